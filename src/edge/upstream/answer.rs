//! The header of an upstream's answer, read strictly.
//!
//! What two readers could take for two different answers is no answer: lines that end in a bare LF, folded lines, a length beside chunks,
//! two lengths that differ, a transfer coding that is not chunked (RFC 9112 sections 2.2, 4, 5, 6). Each byte is
//! looked at once, however the answer is cut into pieces, and fields are remembered by their place, so nothing is copied.

use super::super::headers::Nominated;
use crate::limits;
use http::StatusCode;
use memchr::memchr;
use std::ops::Range;

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// A field: where its name, in lower case, and its value are in the header.
#[derive(Debug, Clone)]
pub(super) struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

/// A header, while it is read and afterwards. Kept from answer to answer for the memory of its list.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Its length so far: where the first line begins that was not looked at yet.
    bytes: usize,
    /// Bytes after it that are known to hold no LF.
    searched: usize,
    status: Option<StatusCode>,
    reason: Range<usize>,
    fields: Vec<Field>,
    http_10: bool,
    closes: bool,
    length: Option<u64>,
    chunked: bool,
}

impl Head {
    /// Forgets the answer.
    pub(super) fn reset(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        *self = Self { fields, ..Self::default() };
    }

    /// Looks at what is new in `input`, which has grown since the last call and is otherwise the same, and says whether the header
    /// is complete. Names of fields become lower case.
    pub(super) fn advance(&mut self, input: &mut [u8]) -> Result<bool, Malformed> {
        loop {
            let unsearched = self.bytes + self.searched;
            let Some(found) = memchr(b'\n', &input[unsearched..]) else {
                self.searched = input.len() - self.bytes;
                return if input.len() > limits::UPSTREAM_HEADER_BYTES_MAX { Err(too_large()) } else { Ok(false) };
            };
            let end = unsearched + found;
            let start = std::mem::replace(&mut self.bytes, end + 1);
            self.searched = 0;
            if self.bytes > limits::UPSTREAM_HEADER_BYTES_MAX {
                return Err(too_large());
            }
            if end == start || input[end - 1] != b'\r' {
                return Err(Malformed("a line of the header does not end in CR LF"));
            }
            let line = start..end - 1;
            if self.status.is_none() {
                self.status_line(input, line)?;
            } else if line.is_empty() {
                return self.finish().map(|()| true);
            } else {
                self.field(input, line)?;
            }
        }
    }

    fn status_line(&mut self, input: &[u8], line: Range<usize>) -> Result<(), Malformed> {
        let malformed = Malformed("the status line is not a version, a status and a reason");
        let (version, rest) = input[line.clone()].split_at_checked(9).ok_or(malformed)?;
        self.http_10 = match version {
            b"HTTP/1.1 " => false,
            b"HTTP/1.0 " => true,
            _ => return Err(malformed),
        };
        let (status, rest) = rest.split_at_checked(3).ok_or(malformed)?;
        self.status = Some(StatusCode::from_bytes(status).map_err(|_| malformed)?);
        let reason = match rest {
            [] => rest,
            [b' ', reason @ ..] if is_value(reason) => reason,
            _ => return Err(malformed),
        };
        self.reason = line.end - reason.len()..line.end;
        Ok(())
    }

    fn field(&mut self, input: &mut [u8], line: Range<usize>) -> Result<(), Malformed> {
        if self.fields.len() >= limits::UPSTREAM_HEADERS_MAX {
            return Err(too_large());
        }
        // A folded line has white space for a name.
        let colon = memchr(b':', &input[line.clone()]).ok_or(Malformed("a header field has no colon"))?;
        let name = line.start..line.start + colon;
        if !lower_name(&mut input[name.clone()]) {
            return Err(Malformed("a header field has no valid name"));
        }
        let mut value = name.end + 1..line.end;
        let blank = |byte: u8| byte == b' ' || byte == b'\t';
        while !value.is_empty() && blank(input[value.start]) {
            value.start += 1;
        }
        while !value.is_empty() && blank(input[value.end - 1]) {
            value.end -= 1;
        }
        let text = &input[value.clone()];
        if !is_value(text) {
            return Err(Malformed("a header field has no valid value"));
        }
        match &input[name.clone()] {
            b"content-length" => self.content_length(text)?,
            b"transfer-encoding" => self.transfer_encoding(text)?,
            b"connection" => {
                self.closes |=
                    text.split(|&byte| byte == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"close"));
            }
            _ => {}
        }
        self.fields.push(Field { name, value });
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse().ok());
        match (self.length, number) {
            (_, None) => Err(Malformed("Content-Length is not a number")),
            (Some(before), Some(number)) if before != number => Err(Malformed("two lengths that differ")),
            (_, number) => {
                self.length = number;
                Ok(())
            }
        }
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Malformed> {
        if self.chunked || self.http_10 || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Malformed("a transfer coding that is not chunked, once, in HTTP/1.1"));
        }
        self.chunked = true;
        Ok(())
    }

    fn finish(&self) -> Result<(), Malformed> {
        if self.chunked && self.length.is_some() {
            return Err(Malformed("a length beside chunks"));
        }
        Ok(())
    }

    /// Bytes of a complete header, with the empty line.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The status, of a header that has begun.
    pub(super) fn status(&self) -> StatusCode {
        self.status.unwrap_or(StatusCode::BAD_GATEWAY)
    }

    /// The reason as it was sent, out of the header's bytes.
    pub(super) fn reason<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        &input[self.reason.clone()]
    }

    /// Names in lower case and values, out of the header's bytes.
    pub(super) fn fields<'i>(&self, input: &'i [u8]) -> impl Iterator<Item = (&'i [u8], &'i [u8])> {
        self.fields.iter().map(|field| (&input[field.name.clone()], &input[field.value.clone()]))
    }

    /// The fields that end with the connection because `Connection` names them.
    pub(super) fn nominated<'i>(&self, input: &'i [u8]) -> Nominated<'i> {
        Nominated::of_bytes(self.fields(input).filter(|(name, _)| *name == b"connection").map(|(_, value)| value))
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// Whether the connection may have another request after this answer.
    pub(super) fn keeps_connection(&self) -> bool {
        !self.http_10 && !self.closes
    }
}

fn too_large() -> Malformed {
    Malformed("the header is too large")
}

/// For each byte what it is in a name, in lower case; 0 for those that are in no name (RFC 9110 section 5.6.2).
const NAME: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let token = b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        if token {
            table[byte] = b.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Makes a name lower case, and says whether it is one.
fn lower_name(name: &mut [u8]) -> bool {
    let mut valid = !name.is_empty();
    for byte in name {
        *byte = NAME[usize::from(*byte)];
        valid &= *byte != 0;
    }
    valid
}

/// Whether every byte may be in a value (RFC 9110 section 5.5; bytes that are no ASCII are opaque).
fn is_value(value: &[u8]) -> bool {
    value.iter().fold(true, |valid, &byte| valid & ((byte >= b' ' && byte != 0x7f) || byte == b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<(Head, Vec<u8>), Malformed> {
        let (mut head, mut input) = (Head::default(), answer.as_bytes().to_vec());
        match head.advance(&mut input)? {
            true => Ok((head, input)),
            false => Err(Malformed("incomplete")),
        }
    }

    fn fields(head: &Head, input: &[u8]) -> Vec<String> {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        head.fields(input).map(|(name, value)| format!("{}={}", text(name), text(value))).collect()
    }

    #[test]
    fn a_header_is_read_and_what_follows_is_left() {
        let (head, input) =
            read("HTTP/1.1 404 Not  Found\r\nX-A: \t b c \t\r\nX-E:\r\nContent-Length: 3\r\n\r\nabc").unwrap();
        assert_eq!((head.status(), head.reason(&input)), (StatusCode::NOT_FOUND, &b"Not  Found"[..]));
        assert_eq!(fields(&head, &input), ["x-a=b c", "x-e=", "content-length=3"]);
        assert_eq!((head.length(), head.is_chunked(), head.keeps_connection()), (Some(3), false, true));
        assert_eq!(&input[head.bytes()..], b"abc");
    }

    #[test]
    fn a_header_in_pieces_is_the_same_header() {
        let answer = b"HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: Chunked\r\nConnection: x, Close\r\n\r\n";
        let (mut head, mut input) = (Head::default(), Vec::new());
        for (index, byte) in answer.iter().enumerate() {
            input.push(*byte);
            assert_eq!(head.advance(&mut input), Ok(index + 1 == answer.len()), "{index}");
        }
        assert!(head.is_chunked() && !head.keeps_connection());
        assert_eq!(fields(&head, &input), ["a=1", "transfer-encoding=Chunked", "connection=x, Close"]);
        head.reset();
        let mut next = b"HTTP/1.1 204 No Content\r\n\r\n".to_vec();
        assert_eq!(head.advance(&mut next), Ok(true));
        assert_eq!((head.status().as_u16(), head.is_chunked(), fields(&head, &next).len()), (204, false, 0));
    }

    #[test]
    fn odd_answers_that_are_answers() {
        for (answer, status) in [
            ("HTTP/1.1 200\r\n\r\n", 200),
            ("HTTP/1.1 200 \r\n\r\n", 200),
            ("HTTP/1.0 599 \u{e9}\r\n\r\n", 599),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 200),
        ] {
            let (head, _) = read(answer).unwrap_or_else(|error| panic!("{answer:?}: {error:?}"));
            assert_eq!(head.status().as_u16(), status);
        }
    }

    #[test]
    fn rfc9112_what_could_be_read_in_two_ways_is_no_answer() {
        for answer in [
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n\n",
            "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
            "HTTP/1.1 200 O\u{7f}K\r\n\r\n",
            "HTTP/1.1 200OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.2 200 OK\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n",
            "ICY 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            let error = read(answer).map(|_| ()).expect_err(answer);
            assert_ne!(error, Malformed("incomplete"), "{answer:?}");
        }
    }

    #[test]
    fn a_header_has_its_bounds() {
        let many = "a: b\r\n".repeat(limits::UPSTREAM_HEADERS_MAX + 1);
        assert_eq!(read(&format!("HTTP/1.1 200 OK\r\n{many}\r\n")).unwrap_err(), too_large());
        let long = "x".repeat(limits::UPSTREAM_HEADER_BYTES_MAX);
        assert_eq!(read(&format!("HTTP/1.1 200 OK\r\na: {long}\r\n\r\n")).unwrap_err(), too_large());
        assert_eq!(read(&format!("HTTP/1.1 200 OK\r\na: {long}")).unwrap_err(), too_large());
    }
}
