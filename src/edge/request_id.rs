//! The id of a request: in every log line about it, and in the answer, so that a user can quote it.

use std::fmt;

const PREFIX: &str = "req_";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// `req_` and 24 hexadecimal digits. Always ours: one that a client sends would let it write into other people's traces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestId([u8; 28]);

impl RequestId {
    /// A new one. Unique, not secret: it comes from a fast generator of the thread's own.
    pub(super) fn new() -> Self {
        let mut id = [0; 28];
        id[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        let mut random = (u128::from(fastrand::u64(..)) << 64) | u128::from(fastrand::u64(..));
        for digit in &mut id[PREFIX.len()..] {
            *digit = HEX[(random & 15) as usize];
            random >>= 4;
        }
        Self(id)
    }

    pub(super) fn as_str(&self) -> &str {
        // Made of ASCII only.
        std::str::from_utf8(&self.0).unwrap_or(PREFIX)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_platforms_form_and_differ() {
        let (a, b) = (RequestId::new(), RequestId::new());
        assert_ne!(a, b);
        let hex = a.as_str().strip_prefix("req_").unwrap();
        assert!(hex.len() == 24 && hex.bytes().all(|byte| HEX.contains(&byte)), "{hex}");
    }
}
