//! The three parts of a token (RFC 7515 section 7.1), and nothing that merely resembles them.

use super::refusal::Refusal;
use crate::limits;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token in its parts.
#[derive(Debug)]
pub(super) struct Parts<'t> {
    /// What was signed: header, dot and payload as they were sent.
    pub message: &'t str,
    /// The header's bytes.
    pub header: Vec<u8>,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// The signature, as it was sent.
    pub signature: &'t str,
}

/// Splits a token. One text is one token: no padding, no white space, no other alphabet, no bits beyond the last byte
/// (RFC 7515 appendix C, RFC 4648 section 3.5), so nobody has a second spelling of a token that is remembered or revoked.
///
/// # Errors
///
/// [`Refusal::TooLarge`], [`Refusal::Malformed`]. An encrypted token (RFC 7516) has five parts and is malformed here.
pub(super) fn split(token: &str) -> Result<Parts<'_>, Refusal> {
    if token.len() > limits::TOKEN_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(Refusal::Malformed)?;
    Ok(Parts { message, header: decode(header)?, payload: decode(payload)?, signature: checked(signature)? })
}

/// The bytes of a part that has some.
pub(super) fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    // A fourth part's dot is not in the alphabet either.
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)?;
    if bytes.is_empty() { Err(Refusal::Malformed) } else { Ok(bytes) }
}

/// A signature may be missing in form only where it cannot be right anyway: whoever says `none` is told so by name.
fn checked(signature: &str) -> Result<&str, Refusal> {
    if signature.is_empty() || decode(signature).is_ok() { Ok(signature) } else { Err(Refusal::Malformed) }
}

/// Bytes as a part.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
#[path = "compact_tests.rs"]
mod tests;
