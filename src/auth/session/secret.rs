//! Ids and secrets of sessions.

use crate::error::Error;
use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// Random bytes of a secret: 256 bits, so its plain SHA-256 cannot be guessed.
const SECRET_BYTES: usize = 32;

/// Random bytes of an id: enough that no two are the same.
const ID_BYTES: usize = 18;

/// What the user's browser has, and nobody else. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionSecret(String);

/// The SHA-256 of a secret: what is kept.
#[derive(Clone, Copy)]
pub(super) struct Hash([u8; 32]);

impl SessionSecret {
    pub(super) fn new() -> Result<Self, Error> {
        random::<SECRET_BYTES>().map(Self)
    }

    /// The text for the cookie: 43 characters of base64url.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(redacted)")
    }
}

impl Hash {
    fn of(text: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Self(hash)
    }

    /// The hash of a text that may be a secret; nothing if it cannot be one.
    pub(super) fn of_presented(text: &str) -> Option<Self> {
        let plausible = text.len() == (SECRET_BYTES * 8).div_ceil(6) && is_base64url(text);
        plausible.then(|| Self::of(text))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether a stored hash is this one, in constant time.
    pub(super) fn is(&self, stored: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.0, stored).is_ok()
    }
}

/// A new id.
pub(super) fn new_id() -> Result<String, Error> {
    random::<ID_BYTES>()
}

/// Whether a text can be an id; what cannot is not looked up.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID_BYTES * 8 / 6 && is_base64url(text)
}

fn is_base64url(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn random<const N: usize>() -> Result<String, Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
