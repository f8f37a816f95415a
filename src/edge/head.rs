//! The strict first look at a request's header, before Pingora parses it.
//!
//! Pingora's parser accepts more than a server on the internet should: lines that end in a bare LF, a length beside chunks,
//! a header that grows to a megabyte, and it starts from the first byte again at every read. This scan goes over each
//! byte once, remembers where it was, knows where the header ends and how long the body is, and refuses what two servers
//! could read in two ways (RFC 9112 sections 2.2, 3, 5, 6; RFC 9110 section 7.2). What passes is still parsed by
//! Pingora, which has the last word on names and values.

use super::framing::{Body, Chunks};
use crate::error::{Code, Error};
use crate::limits;
use memchr::memchr;

/// A complete header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Its length in bytes, with the empty line.
    pub(super) bytes: usize,
    /// The body that follows.
    pub(super) body: Body,
}

/// A scan under way.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Start of the first line not looked at yet.
    line: usize,
    /// Bytes after it that are known to hold no LF.
    searched: usize,
    in_fields: bool,
    http_10: bool,
    fields: usize,
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
}

impl Scan {
    /// Looks at the bytes that are new in `input`, which has grown since the last call and is otherwise the same.
    ///
    /// `None`: the header is not complete. An error is what the client is answered with; the connection ends then.
    pub(super) fn advance(&mut self, input: &[u8], bytes_max: usize) -> Result<Option<Head>, Error> {
        loop {
            let unsearched = self.line + self.searched;
            let Some(found) = memchr(b'\n', &input[unsearched..]) else {
                self.searched = input.len() - self.line;
                return if input.len() > bytes_max { Err(too_large()) } else { Ok(None) };
            };
            let end = unsearched + found;
            let start = std::mem::replace(&mut self.line, end + 1);
            self.searched = 0;
            if self.line > bytes_max {
                return Err(too_large());
            }
            let Some(line) = input[start..end].strip_suffix(b"\r") else {
                return Err(bad("A line of the header does not end in CR LF."));
            };
            match (self.in_fields, line) {
                // A server should skip an empty line before a request (RFC 9112 section 2.2).
                (false, []) => {}
                (false, line) => {
                    self.http_10 = request_line(line)?;
                    self.in_fields = true;
                }
                (true, []) => return self.finish().map(Some),
                (true, line) => self.field(line)?,
            }
        }
    }

    fn field(&mut self, line: &[u8]) -> Result<(), Error> {
        self.fields += 1;
        if self.fields > limits::REQUEST_HEADERS_MAX {
            return Err(too_large());
        }
        let Some(colon) = memchr(b':', line) else {
            return Err(bad("A header field has no colon."));
        };
        let (name, value) = (&line[..colon], trim(&line[colon + 1..]));
        // Folded lines begin with white space; white space before the colon hides a name from one of two readers.
        if name.is_empty() || name[0].is_ascii_whitespace() || name[colon - 1].is_ascii_whitespace() {
            return Err(bad("A header field has no valid name."));
        }
        // The lengths keep the three comparisons off every other field.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.hosts += 1,
            14 if name.eq_ignore_ascii_case(b"content-length") => self.content_length(value)?,
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => self.transfer_encoding(value)?,
            _ => {}
        }
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Error> {
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse().ok());
        match (self.length, number) {
            (None, Some(_)) => self.length = number,
            _ => return Err(bad("Content-Length is not one number.")),
        }
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Error> {
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(bad("The only transfer coding of a request is chunked."));
        }
        self.chunked = true;
        Ok(())
    }

    fn finish(&self) -> Result<Head, Error> {
        if self.hosts != 1 && !(self.http_10 && self.hosts == 0) {
            return Err(bad("A request has exactly one Host."));
        }
        let body = match (self.chunked, self.length) {
            (true, Some(_)) => return Err(bad("A request has a Content-Length or chunks, not both.")),
            (true, None) if self.http_10 => return Err(bad("HTTP/1.0 has no chunks.")),
            (true, None) => Body::Chunked(Chunks::START),
            (false, length) => Body::Length(length.unwrap_or(0)),
        };
        Ok(Head { bytes: self.line, body })
    }
}

/// Checks `METHOD SP target SP version` and says whether the version is HTTP/1.0.
fn request_line(line: &[u8]) -> Result<bool, Error> {
    let mut parts = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad("The request line is not a method, a target and a version."));
    };
    let http_10 = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err(bad("This listener speaks HTTP/1.1.")),
    };
    if method.is_empty() || !method.iter().all(|&byte| is_token(byte)) {
        return Err(bad("The method is not a name."));
    }
    if method == b"CONNECT" {
        return Err(Error::new(Code::MethodNotAllowed, "This server is not a forward proxy."));
    }
    check_target(target)?;
    if target == b"*" && method != b"OPTIONS" {
        return Err(bad("Only OPTIONS has the target `*`."));
    }
    Ok(http_10)
}

/// What the parser would refuse without saying why, or would quietly change (reference 3.5 has the names of the path's errors).
fn check_target(target: &[u8]) -> Result<(), Error> {
    let path = &target[..memchr(b'?', target).unwrap_or(target.len())];
    let path_error = |code| Err(Error::new(code, "The path is not valid."));
    let control = |byte: &u8| *byte < b'!' || *byte == 0x7f;
    if path.iter().any(control) {
        return path_error(Code::PathControlCharacter);
    }
    if memchr(b'\\', path).is_some() {
        return path_error(Code::PathRawBackslash);
    }
    // A parser that took the bytes as Latin-1, or replaced them, would see another path than the next one.
    if !path.is_ascii() && std::str::from_utf8(path).is_err() {
        return path_error(Code::PathInvalidPercentEncoding);
    }
    let absolute = path.starts_with(b"http://") || path.starts_with(b"https://");
    if !path.starts_with(b"/") && !absolute && target != b"*" {
        return path_error(Code::PathMustStartWithSlash);
    }
    // A fragment is never sent; one server would keep it and the next would cut it off.
    if target[path.len()..].iter().any(control) || memchr(b'#', target).is_some() {
        return Err(bad("The request target has a character that must be percent-encoded."));
    }
    Ok(())
}

/// Without the white space that may surround a field's value; no other counts as such (RFC 9110 section 5.6.3).
fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}

/// A character of a name (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn bad(message: &'static str) -> Error {
    Error::new(Code::BadRequest, message)
}

fn too_large() -> Error {
    Error::new(Code::RequestHeaderTooLarge, "The request line and headers are too large.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(input: &[u8]) -> Result<Option<Head>, Error> {
        Scan::default().advance(input, 4096)
    }

    fn code(input: &[u8]) -> Option<Code> {
        scan(input).err().map(|error| error.code)
    }

    const GET: &[u8] = b"GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";

    #[test]
    fn a_header_is_found_whole_or_byte_by_byte() {
        let expected = Head { bytes: GET.len(), body: Body::Length(0) };
        assert_eq!(scan(&[GET, b"GET /next"].concat()).unwrap(), Some(expected));
        let mut scan = Scan::default();
        for end in 0..GET.len() {
            assert_eq!(scan.advance(&GET[..end], 4096).unwrap(), None, "{end}");
        }
        assert!(scan.advance(GET, 4096).unwrap().is_some());
    }

    #[test]
    fn bodies_are_framed() {
        let head = |fields: &str| {
            scan(format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes()).unwrap().unwrap().body
        };
        assert_eq!(head("Content-Length: 12\r\n"), Body::Length(12));
        assert_eq!(head("content-length:0\r\n"), Body::Length(0));
        assert_eq!(head("Transfer-Encoding: Chunked\r\n"), Body::Chunked(Chunks::START));
        assert_eq!(head(""), Body::Length(0));
    }

    #[test]
    fn rfc9112_6_ambiguous_framing_is_refused() {
        for fields in [
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: -1\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 0x1\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: \x0bchunked\r\n",
            "Transfer-Encoding: \x0cchunked\r\n",
            "Content-Length : 1\r\n",
            " Content-Length: 1\r\n",
            "X: a\r\n folded\r\n",
            "X\r\n",
            ": x\r\n",
            "Host: y\r\n",
            "A: b\n",
        ] {
            let input = format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
            assert_eq!(code(input.as_bytes()), Some(Code::BadRequest), "{fields:?}");
        }
        let http_10 = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(code(http_10), Some(Code::BadRequest));
    }

    #[test]
    fn rfc9112_3_request_lines() {
        for line in [
            "GET / HTTP/1.1 x",
            "GET  / HTTP/1.1",
            "GET /",
            "GET / HTTP/2.0",
            "GET / http/1.1",
            "GET /a#b HTTP/1.1",
            "GET /?\x01 HTTP/1.1",
            "GET * HTTP/1.1",
            "G{T / HTTP/1.1",
            " / HTTP/1.1",
            "PRI * HTTP/2.0",
        ] {
            assert_eq!(code(format!("{line}\r\nHost: x\r\n\r\n").as_bytes()), Some(Code::BadRequest), "{line:?}");
        }
        let path_errors = [
            ("GET /\x01 HTTP/1.1", Code::PathControlCharacter),
            ("GET /a\\b HTTP/1.1", Code::PathRawBackslash),
            ("GET a HTTP/1.1", Code::PathMustStartWithSlash),
            ("GET ?a HTTP/1.1", Code::PathMustStartWithSlash),
        ];
        for (line, expected) in path_errors {
            assert_eq!(code(format!("{line}\r\nHost: x\r\n\r\n").as_bytes()), Some(expected), "{line:?}");
        }
        for target in [&b"/a\xff"[..], b"/\xc0\xaf", b"/\xed\xa0\x80", b"/a\xc3", b"/\xc3\x28?x"] {
            let request = [b"GET ", target, b" HTTP/1.1\r\nHost: x\r\n\r\n"].concat();
            assert_eq!(code(&request), Some(Code::PathInvalidPercentEncoding), "{target:?}");
        }
        assert!(scan(b"GET /?a\\b HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().is_some());
        assert!(scan(b"GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().is_some());
        assert_eq!(code(b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), Some(Code::MethodNotAllowed));
        assert!(scan(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().is_some());
        assert!(scan("GET /ü HTTP/1.1\r\nHost: x\r\n\r\n".as_bytes()).unwrap().is_some());
        assert!(scan(b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().is_some());
    }

    #[test]
    fn rfc9110_7_2_host() {
        assert_eq!(code(b"GET / HTTP/1.1\r\n\r\n"), Some(Code::BadRequest));
        assert!(scan(b"GET / HTTP/1.0\r\n\r\n").unwrap().is_some());
    }

    #[test]
    fn a_header_has_a_size() {
        let long = format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}", "a".repeat(5000));
        assert_eq!(code(long.as_bytes()), Some(Code::RequestHeaderTooLarge));
        let whole = format!("{long}\r\n\r\n");
        assert_eq!(code(whole.as_bytes()), Some(Code::RequestHeaderTooLarge));
        let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a:b\r\n".repeat(limits::REQUEST_HEADERS_MAX));
        assert_eq!(code(many.as_bytes()), Some(Code::RequestHeaderTooLarge));
    }
}
