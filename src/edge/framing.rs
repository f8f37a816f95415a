//! Where the body of a request ends.
//!
//! The connection hands Pingora the bytes of one request and not one more. What follows stays with the
//! connection until its turn, so a pipelined request gets the same deadlines and the same strict reading as a first one.
//! Pingora frames the body as well. Should the two ever disagree, it either waits for bytes that do not come or
//! finds bytes too many; both end the connection, so a disagreement cannot be used to smuggle a request.

/// What is still to come of a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes. Zero: nothing.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// No requests any more: the connection was upgraded.
    Tunnel,
}

impl Body {
    /// Whether all of it has been handed over.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks::Done))
    }

    /// Whether what came is no body at all.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Chunked(Chunks::Broken))
    }

    /// How many of `bytes` belong to the body; they count as handed over.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                taken
            }
            Self::Chunked(chunks) => chunks.take(bytes),
            Self::Tunnel => bytes.len(),
        }
    }
}

/// Longest line of a chunk's size or of a trailer that is followed here, as a number of bytes. Pingora's bound is lower.
const LINE_BYTES_MAX: u32 = 64 * 1024;

/// Where in a chunked body the next byte is (RFC 9112 section 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunks {
    /// In the hexadecimal size of a chunk.
    Size { size: u64, digits: u8 },
    /// After the size, up to the end of its line.
    Extension { size: u64, seen: u32, cr: bool },
    /// In the chunk, so many bytes before its end.
    Data(u64),
    /// After the chunk: CR.
    DataCr,
    /// After the chunk: LF.
    DataLf,
    /// In the trailer section: bytes of this line so far, and whether the last was CR.
    Trailer { line: u32, cr: bool },
    /// After the last byte.
    Done,
    /// Not a chunked body. It is refused here: Pingora takes some that others would not, such as a bare LF in an extension.
    Broken,
}

impl Chunks {
    /// Before the first byte.
    pub(super) const START: Self = Self::Size { size: 0, digits: 0 };

    fn take(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            match self {
                Self::Done => return at,
                Self::Broken => return bytes.len(),
                Self::Data(left) => {
                    let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                    *left -= skipped as u64;
                    at += skipped;
                    if *left == 0 {
                        *self = Self::DataCr;
                    }
                }
                _ => {
                    *self = self.step(bytes[at]);
                    at += 1;
                }
            }
        }
        at
    }

    /// Takes what is not data, and the data behind it: how many bytes of each `bytes` begins with. Without data the body is done,
    /// broken, or has no more bytes here.
    pub(super) fn next_data(&mut self, bytes: &[u8]) -> (usize, usize) {
        let mut at = 0;
        while at < bytes.len() {
            match self {
                Self::Done | Self::Broken => break,
                &mut Self::Data(left) => {
                    let data = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                    self.take(&bytes[at..at + data]);
                    return (at, data);
                }
                _ => {
                    *self = self.step(bytes[at]);
                    at += 1;
                }
            }
        }
        (at, 0)
    }

    /// The state after `byte`, outside of a chunk's data.
    fn step(&self, byte: u8) -> Self {
        match (self, byte) {
            (&Self::Size { size, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if digits < 16 => {
                // A hexadecimal digit always has a value.
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                Self::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
            }
            (&Self::Size { size, digits: 1.. }, b'\r') => Self::Extension { size, seen: 0, cr: true },
            (&Self::Size { size, digits: 1.. }, b';' | b' ' | b'\t') => Self::Extension { size, seen: 1, cr: false },
            (&Self::Extension { size: 0, cr: true, .. }, b'\n') => Self::Trailer { line: 0, cr: false },
            (&Self::Extension { size, cr: true, .. }, b'\n') => Self::Data(size),
            (&Self::Extension { size, seen, cr: false }, _) if byte != b'\n' && seen < LINE_BYTES_MAX => {
                Self::Extension { size, seen: seen + 1, cr: byte == b'\r' }
            }
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::START,
            (Self::Trailer { line: 0, cr: true }, b'\n') => Self::Done,
            (Self::Trailer { cr: true, .. }, b'\n') => Self::Trailer { line: 0, cr: false },
            (&Self::Trailer { line, cr: false }, b'\r') => Self::Trailer { line, cr: true },
            (&Self::Trailer { line, cr: false }, _) if byte != b'\n' && line < LINE_BYTES_MAX => {
                Self::Trailer { line: line + 1, cr: false }
            }
            _ => Self::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked() -> Body {
        Body::Chunked(Chunks::START)
    }

    #[test]
    fn a_length_takes_its_bytes_and_no_more() {
        let mut body = Body::Length(5);
        assert_eq!(body.take(b"abc"), 3);
        assert!(!body.is_done());
        assert_eq!(body.take(b"deGET /"), 2);
        assert!(body.is_done());
        assert_eq!(body.take(b"GET /"), 0);
    }

    #[test]
    fn chunks_end_where_they_end_however_they_are_split() {
        let wire = b"5\r\nhello\r\n1a;x=\"y\"\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX-T: 1\r\n\r\n";
        let next = b"GET / HTTP/1.1\r\n";
        let all = [&wire[..], &next[..]].concat();
        let mut whole = chunked();
        assert_eq!(whole.take(&all), wire.len());
        assert!(whole.is_done());
        for step in 1..7 {
            let (mut body, mut taken) = (chunked(), 0);
            for piece in all.chunks(step) {
                let n = body.take(piece);
                taken += n;
                if n < piece.len() {
                    break;
                }
            }
            assert_eq!((taken, body.is_done()), (wire.len(), true), "pieces of {step}");
        }
    }

    #[test]
    fn an_empty_chunked_body_ends() {
        let mut body = chunked();
        assert_eq!(body.take(b"0\r\n\r\nX"), 5);
        assert!(body.is_done());
    }

    #[test]
    fn what_is_not_chunked_is_handed_over_whole_for_pingora_to_refuse() {
        for wire in [
            &b"xyz\r\n"[..],
            b"5\nhello",
            b"\r\n",
            b"11111111111111111\r\n",
            b"5\r\nhelloX",
            b"0\r\n\n",
            b"5\r\nhello\n",
            b"0\r\nA: b\n\r\n",
        ] {
            let mut body = chunked();
            assert_eq!(body.take(wire), wire.len(), "{wire:?}");
            assert_eq!(body.take(b"GET / HTTP/1.1"), 14, "{wire:?}");
            assert!(!body.is_done(), "{wire:?}");
        }
    }

    #[test]
    fn the_largest_size_does_not_overflow() {
        let mut body = chunked();
        assert_eq!(body.take(b"ffffffffffffffff\r\nabc"), 21);
        assert!(!body.is_done());
    }
}
