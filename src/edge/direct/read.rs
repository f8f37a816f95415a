//! Which requests are plain, and what is in them.
//!
//! Every check leans to the other side: what this does not know is Pingora's. The header was looked at by [`super::super::head`] before,
//! so that its lines, its one Host and its framing are in order.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{Method, Uri};
use std::mem::MaybeUninit;

/// Fields that a plain request has at most. Browsers send some twenty.
const FIELDS_MAX: usize = 48;

/// Reads a header into `request` if it is plain, and says whether the client wants to keep the connection.
///
/// Without an answer `request` holds anything, and the header is to be read by somebody else.
pub(in crate::edge) fn read(header: &Bytes, request: &mut Parts) -> Option<bool> {
    let mut fields = [const { MaybeUninit::uninit() }; FIELDS_MAX];
    let mut parsed = httparse::Request::new(&mut []);
    let complete = parsed.parse_with_uninit_headers(header, &mut fields).ok()?;
    if complete != httparse::Status::Complete(header.len()) || parsed.version != Some(1) {
        return None;
    }
    request.method = method(parsed.method?)?;
    let target = parsed.path.filter(|target| is_plain(target))?;
    request.uri = Uri::from_maybe_shared(header.slice_ref(target.as_bytes())).ok()?;
    request.headers.clear();
    let mut keep_alive = true;
    for field in parsed.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        let passes = match name {
            HOST => is_host(field.value),
            CONNECTION => {
                keep_alive &= !field.value.eq_ignore_ascii_case(b"close");
                is_plain_connection(field.value)
            }
            CONTENT_LENGTH => field.value == b"0",
            UPGRADE | EXPECT | TRANSFER_ENCODING => false,
            _ => true,
        };
        if !passes {
            return None;
        }
        let value = HeaderValue::from_maybe_shared(header.slice_ref(field.value)).ok()?;
        request.headers.try_append(name, value).ok()?;
    }
    Some(keep_alive)
}

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::GET,
        "HEAD" => Method::HEAD,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        "OPTIONS" => Method::OPTIONS,
        _ => return None,
    })
}

/// Whether a target is a path and perhaps a query, in characters that nobody reads in another way (RFC 3986 section 3.3).
fn is_plain(target: &str) -> bool {
    let bytes = target.as_bytes();
    bytes.first() == Some(&b'/')
        && bytes.get(1) != Some(&b'/')
        && bytes.iter().all(|&byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'/' | b'-'
                        | b'.'
                        | b'_'
                        | b'~'
                        | b'%'
                        | b'?'
                        | b'='
                        | b'&'
                        | b'+'
                        | b','
                        | b'@'
                        | b':'
                        | b'!'
                        | b'$'
                        | b'*'
                )
        })
}

/// Whether a host is a name or an address and perhaps a port.
fn is_host(value: &[u8]) -> bool {
    !value.is_empty()
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

/// Whether `Connection` says nothing but how long it is kept.
fn is_plain_connection(value: &[u8]) -> bool {
    value.eq_ignore_ascii_case(b"keep-alive") || value.eq_ignore_ascii_case(b"close")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(header: &str) -> Option<(bool, Parts)> {
        let mut request = http::Request::new(()).into_parts().0;
        let header = Bytes::copy_from_slice(header.as_bytes());
        read(&header, &mut request).map(|keep_alive| (keep_alive, request))
    }

    #[test]
    fn a_plain_request_is_read_whole() {
        let header = "GET /a%20b/c?x=1&y HTTP/1.1\r\nHost: Shop.example:8080\r\naccept:  text/html \r\nX-Own: a\r\nx-own: b\r\n\r\n";
        let (keep_alive, request) = plain(header).unwrap();
        assert!(keep_alive);
        assert_eq!(request.method, Method::GET);
        assert_eq!((request.uri.path(), request.uri.query()), ("/a%20b/c", Some("x=1&y")));
        assert_eq!(request.headers["host"], "Shop.example:8080");
        assert_eq!(request.headers["accept"], "text/html");
        assert_eq!(request.headers.get_all("x-own").iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn the_one_before_leaves_nothing() {
        let mut request = http::Request::new(()).into_parts().0;
        for header in ["GET /a?b HTTP/1.1\r\nhost: x\r\ncookie: a=1\r\n\r\n", "HEAD /c HTTP/1.1\r\nhost: y\r\n\r\n"] {
            read(&Bytes::from_static(header.as_bytes()), &mut request).unwrap();
        }
        assert_eq!((request.method.as_str(), request.uri.to_string().as_str()), ("HEAD", "/c"));
        assert_eq!(request.headers.len(), 1);
        assert_eq!(request.headers["host"], "y");
    }

    #[test]
    fn who_wants_to_leave_may() {
        for (connection, kept) in [("close", false), ("Close", false), ("keep-alive", true), ("Keep-Alive", true)] {
            let header = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: {connection}\r\n\r\n");
            assert_eq!(plain(&header).unwrap().0, kept, "{connection}");
        }
    }

    #[test]
    fn what_is_not_plain_is_somebody_elses() {
        let line = |line: &str| format!("{line}\r\nhost: x\r\n\r\n");
        let field = |field: &str| format!("GET / HTTP/1.1\r\nhost: x\r\n{field}\r\n\r\n");
        for header in [
            line("GET / HTTP/1.0"),
            line("GET http://x/ HTTP/1.1"),
            line("OPTIONS * HTTP/1.1"),
            line("GET //x HTTP/1.1"),
            line("GET /\\x HTTP/1.1"),
            line("GET /a\"b HTTP/1.1"),
            line("GET /a|b HTTP/1.1"),
            line("GET /\u{e9} HTTP/1.1"),
            line("TRACE / HTTP/1.1"),
            line("get / HTTP/1.1"),
            field("content-length: 1"),
            field("content-length: 00"),
            field("transfer-encoding: chunked"),
            field("expect: 100-continue"),
            field("upgrade: websocket"),
            field("connection: upgrade"),
            field("connection: keep-alive, x-mine"),
            field("connection: close, te"),
            field("na(me: x"),
            field("x: a\u{1}b"),
            field(": x"),
            "GET / HTTP/1.1\r\nhost: user@x\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nhost: \r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nhost: x/y\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nhost: x\r\n\r\nGET".to_owned(),
            "GET / HTTP/1.1\r\nhost: x\r\n".to_owned(),
        ] {
            assert!(plain(&header).is_none(), "{header:?}");
        }
        let many = "a: b\r\n".repeat(FIELDS_MAX);
        assert!(plain(&format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n")).is_none());
    }

    /// What Pingora reads of the same bytes; none if it refuses them.
    async fn pingoras(header: &[u8]) -> Option<Parts> {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        tokio::io::AsyncWriteExt::write_all(&mut far, header).await.unwrap();
        drop(far);
        let mut session = pingora::proxy::Session::new_h1(Box::new(near));
        session.read_request().await.ok().filter(|read| *read)?;
        let read = session.req_header();
        let mut parts = http::Request::new(()).into_parts().0;
        (parts.method, parts.uri, parts.headers) = (read.method.clone(), read.uri.clone(), read.headers.clone());
        Some(parts)
    }

    fn line() -> impl Strategy<Value = String> {
        let name =
            prop_oneof!["[Hh]ost", "[Cc]onnection", "[Cc]ontent-[Ll]ength", "[a-zA-Z0-9!#$_-]{1,12}", "[ -~]{0,6}"];
        let value = prop_oneof!["[ -~]{0,20}", "[a-z0-9.:@/ \\t]{0,12}", "0", "close", "keep-alive", "\\PC{0,6}"];
        (name, "[ \\t]{0,2}", value).prop_map(|(name, blank, value)| format!("{name}:{blank}{value}\r\n"))
    }

    fn header() -> impl Strategy<Value = String> {
        let method = prop_oneof!["GET", "HEAD", "POST", "DELETE", "[A-Za-z]{1,5}"];
        let target = prop_oneof!["/[a-z0-9/._%?=&-]{0,20}", "/[ -~]{0,12}", "[ -~]{1,12}", "/\\PC{0,4}"];
        (method, target, proptest::collection::vec(line(), 0..6)).prop_map(|(method, target, lines)| {
            format!("{method} {target} HTTP/1.1\r\nhost: a.test\r\n{}\r\n", lines.concat())
        })
    }

    proptest! {
        /// A plain request that Pingora refused, or read in another way, would be a request that two servers read in two ways.
        #[test]
        fn whoever_reads_it_reads_the_same(header in header()) {
            let Some((_, plain)) = plain(&header) else { return Ok(()) };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let strict = super::super::super::head::Scan::default().advance(header.as_bytes(), 1 << 16);
            // What the strict look refuses comes to neither, and what has a body is not read here.
            prop_assume!(strict.is_ok_and(|head| head.is_some_and(|head| head.body.is_done())));
            let other = runtime.block_on(pingoras(header.as_bytes()));
            prop_assert!(other.is_some(), "refused: {header:?}");
            let other = other.unwrap();
            prop_assert_eq!(plain.method, other.method);
            prop_assert_eq!(plain.uri, other.uri);
            prop_assert_eq!(plain.headers, other.headers);
        }
    }
}
