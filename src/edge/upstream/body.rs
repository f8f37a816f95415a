//! Where the body of an upstream's answer ends (RFC 9112 section 6.3).

use super::super::framing::Chunks;
use super::answer::{Head, Malformed};
use http::{Method, StatusCode};

/// What is still to come of a body.
#[derive(Debug)]
pub(super) enum Body {
    /// So many bytes. Zero: nothing.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// All that comes before the connection ends.
    UntilClose,
}

/// What comes next in the bytes at hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Bytes that are not of the body, before those that are.
    pub(super) framing: usize,
    /// Bytes of the body.
    pub(super) data: usize,
}

impl Body {
    /// The body of a final answer to a request with this method.
    pub(super) fn of(head: &Head, method: &Method) -> Self {
        let none =
            *method == Method::HEAD || matches!(head.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        match head.length() {
            _ if none => Self::Length(0),
            _ if head.is_chunked() => Self::Chunked(Chunks::START),
            Some(length) => Self::Length(length),
            None => Self::UntilClose,
        }
    }

    /// Whether all of it has been taken. A body that lasts until the connection ends has no other end.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks::Done))
    }

    /// Whether the end of the connection is its end, too.
    pub(super) fn ends_with_connection(&self) -> bool {
        matches!(self, Self::UntilClose)
    }

    /// Takes what comes next of `bytes`. A part without data is all there is of them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Part, Malformed> {
        match self {
            Self::Length(left) => {
                let data = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= data as u64;
                Ok(Part { framing: 0, data })
            }
            Self::UntilClose => Ok(Part { framing: 0, data: bytes.len() }),
            Self::Chunked(chunks) => {
                let (framing, data) = chunks.next_data(bytes);
                match chunks {
                    Chunks::Broken => Err(Malformed("the chunks of the answer are malformed")),
                    _ => Ok(Part { framing, data }),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body in `bytes`, and what is left behind it.
    fn decode(bytes: &[u8], step: usize) -> Result<(Vec<u8>, usize), Malformed> {
        let (mut body, mut data, mut at) = (Body::Chunked(Chunks::START), Vec::new(), 0);
        for end in (1..=bytes.len()).filter(|end| end % step == 0 || *end == bytes.len()) {
            while at < end && !body.is_done() {
                let part = body.take(&bytes[at..end])?;
                at += part.framing;
                data.extend_from_slice(&bytes[at..at + part.data]);
                at += part.data;
            }
        }
        assert!(body.is_done(), "{data:?}");
        Ok((data, bytes.len() - at))
    }

    #[test]
    fn chunks_are_undone_however_they_come() {
        let sent = b"5\r\nhello\r\n00a;x=\"y\"\r\n, wide wor\r\n2\r\nld\r\n0\r\nX-Trailer: 1\r\n\r\nHTTP/1.1";
        for step in 1..=sent.len() {
            assert_eq!(decode(sent, step).unwrap(), (b"hello, wide world".to_vec(), 8), "{step}");
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for sent in
            ["5\nhello", "x\r\n", "\r\n", "5\r\nhelloX", "5\r\nhello\n", "-1\r\n", "11111111111111111\r\n", "0\r\n\n"]
        {
            assert!(decode(sent.as_bytes(), 1).is_err(), "{sent:?}");
        }
    }

    fn of(answer: &str, method: &Method) -> Body {
        let (mut head, mut input) = (Head::default(), answer.as_bytes().to_vec());
        assert_eq!(head.advance(&mut input), Ok(true), "{answer:?}");
        Body::of(&head, method)
    }

    #[test]
    fn rfc9112_6_3_which_answers_have_a_body() {
        let (length, chunked) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n");
        for framing in [length, chunked, ""] {
            assert!(of(&format!("HTTP/1.1 200 OK\r\n{framing}\r\n"), &Method::HEAD).is_done());
            assert!(of(&format!("HTTP/1.1 204 No\r\n{framing}\r\n"), &Method::GET).is_done());
            assert!(of(&format!("HTTP/1.1 304 No\r\n{framing}\r\n"), &Method::GET).is_done());
        }
        assert!(matches!(of(&format!("HTTP/1.1 200 OK\r\n{length}\r\n"), &Method::GET), Body::Length(5)));
        assert!(matches!(of(&format!("HTTP/1.1 200 OK\r\n{chunked}\r\n"), &Method::GET), Body::Chunked(_)));
        assert!(of("HTTP/1.1 200 OK\r\n\r\n", &Method::GET).ends_with_connection());
        assert!(of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &Method::POST).is_done());
    }
}
