//! An answer's header on the wire.

use super::super::wire::Head;
use bytes::{BufMut, BytesMut};
use http::StatusCode;
use pingora::protocols::http::date::get_cached_date;
use std::fmt::Write as _;

/// What a header has beside its fields, in bytes: the status line, the date, the connection, the empty line.
const FRAME_BYTES: usize = 128;

/// Writes a header, with the two fields that are nobody's but the connection's.
pub(super) fn head(output: &mut BytesMut, head: &Head, keep_alive: bool) {
    let fields: usize = head.fields().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    output.reserve(FRAME_BYTES + fields);
    match head.status {
        StatusCode::OK => output.put_slice(b"HTTP/1.1 200 OK\r\n"),
        status => {
            output.put_slice(b"HTTP/1.1 ");
            output.put_slice(status.as_str().as_bytes());
            output.put_u8(b' ');
            output.put_slice(status.canonical_reason().unwrap_or_default().as_bytes());
            output.put_slice(b"\r\n");
        }
    }
    for (name, value) in head.fields() {
        output.put_slice(name.as_str().as_bytes());
        output.put_slice(b": ");
        output.put_slice(value.as_bytes());
        output.put_slice(b"\r\n");
    }
    output.put_slice(b"date: ");
    output.put_slice(get_cached_date().as_bytes());
    output.put_slice(if keep_alive { b"\r\nconnection: keep-alive\r\n\r\n" } else { b"\r\nconnection: close\r\n\r\n" });
}

/// Writes what a chunk begins with (RFC 9112 section 7.1).
pub(super) fn chunk_size(output: &mut BytesMut, bytes: usize) {
    // Writing into memory does not fail.
    let _ = write!(output, "{bytes:x}\r\n");
}

/// What comes after a chunk, or in the place of one without bytes; `last` also ends the body.
pub(super) const fn chunk_end(empty: bool, last: bool) -> &'static [u8] {
    match (empty, last) {
        (false, false) => b"\r\n",
        (false, true) => b"\r\n0\r\n\r\n",
        (true, false) => b"",
        (true, true) => b"0\r\n\r\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{CONTENT_LENGTH, HeaderValue, SET_COOKIE};

    #[test]
    fn a_header_is_lines() {
        let cookie = |text| (SET_COOKIE, HeaderValue::from_static(text));
        let mut answer = Head::with_fields(StatusCode::NOT_FOUND, vec![cookie("a=1"), cookie("b=2")]);
        answer.insert(CONTENT_LENGTH, HeaderValue::from(0));
        let mut output = BytesMut::new();
        head(&mut output, &answer, false);
        let text = String::from_utf8(output.to_vec()).unwrap();
        let date = get_cached_date();
        let date = date.to_str().unwrap();
        assert_eq!(
            text,
            format!(
                "HTTP/1.1 404 Not Found\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\ndate: {date}\r\nconnection: close\r\n\r\n"
            )
        );
    }
}
