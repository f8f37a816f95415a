//! Several parts of a file in one answer: `multipart/byteranges` (RFC 9110 section 14.6).

use super::content_range;
use crate::route::range::Part;
use bytes::Bytes;

/// Parts, each with what comes before it in the body.
#[derive(Debug)]
pub(super) struct Parts {
    boundary: String,
    parts: Vec<(Bytes, Part)>,
    end: Bytes,
}

impl Parts {
    /// Parts of a file of `size` bytes.
    pub(super) fn new(parts: &[Part], content_type: &str, size: u64) -> Self {
        // Whoever made the file cannot know it, so it is not in the file.
        let boundary = format!("{:032x}", fastrand::u128(..));
        let mut parts: Vec<(Bytes, Part)> = parts
            .iter()
            .map(|part| {
                let range = content_range(*part, size);
                let head =
                    format!("\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {range}\r\n\r\n");
                (Bytes::from(head), *part)
            })
            .collect();
        // The line end before a delimiter is part of it; before the first there is nothing to end (RFC 2046 section 5.1.1).
        if let Some((head, _)) = parts.first_mut() {
            drop(head.split_to(2));
        }
        let end = Bytes::from(format!("\r\n--{boundary}--\r\n"));
        Self { boundary, parts, end }
    }

    /// The `Content-Type` of the answer.
    pub(super) fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// Length of the body in bytes.
    pub(super) fn length(&self) -> u64 {
        let parts = self.parts.iter().map(|(head, part)| head.len() as u64 + part.length);
        parts.sum::<u64>() + self.end.len() as u64
    }

    /// The parts, and what comes after the last.
    pub(super) fn into_body(self) -> (Vec<(Bytes, Part)>, Bytes) {
        (self.parts, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9110_14_6_the_body_is_as_long_as_it_says() {
        let file = b"0123456789";
        let parts = Parts::new(&[Part { first: 7, length: 3 }, Part { first: 0, length: 1 }], "text/plain", 10);
        let (length, content_type) = (parts.length(), parts.content_type());
        let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap().to_owned();
        let (parts, end) = parts.into_body();
        let mut body = Vec::new();
        for (head, part) in parts {
            body.extend_from_slice(&head);
            body.extend_from_slice(&file[part.first as usize..=part.last() as usize]);
        }
        body.extend_from_slice(&end);
        assert_eq!(body.len() as u64, length);
        let head = |range: &str| {
            format!("--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes {range}/10\r\n\r\n")
        };
        let expected = format!("{}789\r\n{}0\r\n--{boundary}--\r\n", head("7-9"), head("0-0"));
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn no_two_answers_have_the_same_boundary() {
        let content_type = || Parts::new(&[Part { first: 0, length: 1 }], "a/b", 1).content_type();
        assert_ne!(content_type(), content_type());
    }
}
