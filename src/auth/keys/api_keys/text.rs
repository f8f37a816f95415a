//! The text of an API key: `portico_<kind>_<id>_<secret>`.
//!
//! The prefix lets scanners find keys in places where none belong. The id is public and names the key in lists and logs; the secret is
//! 32 random bytes in base64url. It is compared as text, so that a key has one spelling.

use crate::error::{Error, Result};
use crate::limits;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const PREFIX: &str = "portico_";

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// Characters of a secret: 32 bytes in base64url.
const SECRET_CHARS: usize = 43;

/// Random bytes of an id; twice as many hex digits.
const ID_BYTES: usize = 8;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Says which project is meant; may be in a page's source.
    Anon,
    /// For backends.
    Service,
}

impl KeyKind {
    /// Its name in a key's text, in calls and in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::Service => "service",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Anon, Self::Service].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A key's text, taken apart. No `Debug`: it has the secret.
pub(super) struct Presented<'t> {
    pub(super) kind: KeyKind,
    pub(super) id: &'t str,
    pub(super) secret: &'t str,
}

/// Whether a text would be a key of some node: such a text is no user's token, whether or not the key is good.
pub fn looks_like_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Takes a key's text apart. An id may have `_` in it, so the secret is counted from the end.
pub(super) fn read(text: &str) -> Option<Presented<'_>> {
    if text.len() > limits::API_KEY_BYTES_MAX || !text.is_ascii() {
        return None;
    }
    let (kind, rest) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let (id, secret) = rest.split_at_checked(rest.len().checked_sub(SECRET_CHARS)?)?;
    let id = id.strip_suffix('_').filter(|id| !id.is_empty())?;
    Some(Presented { kind: KeyKind::parse(kind)?, id, secret })
}

/// The text of a key with that secret.
pub(super) fn write(kind: KeyKind, id: &str, secret: &str) -> String {
    format!("{PREFIX}{}_{id}_{secret}", kind.as_str())
}

/// A secret's text, from its bytes.
pub(super) fn encode(secret: &[u8; SECRET_BYTES]) -> String {
    URL_SAFE_NO_PAD.encode(secret)
}

/// A new secret.
pub(super) fn new_secret() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(&mut *bytes).map_err(Error::internal)?;
    Ok(Zeroizing::new(encode(&bytes)))
}

/// A new id.
pub(super) fn new_id() -> Result<String> {
    let mut bytes = [0; ID_BYTES];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(hex::encode(bytes))
}

/// What is kept of a secret. It is as random as a hash can be, so that one round of SHA-256 is enough.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for (kind, id) in [(KeyKind::Anon, "00ff00ff00ff00ff"), (KeyKind::Service, "rt-a_b-c_")] {
            let secret = new_secret().unwrap();
            let text = write(kind, id, &secret);
            let read = read(&text).unwrap();
            assert_eq!((read.kind, read.id, read.secret), (kind, id, secret.as_str()));
            assert!(looks_like_key(&text));
        }
        assert_ne!(new_id().unwrap(), new_id().unwrap());
        assert_eq!((new_id().unwrap().len(), new_secret().unwrap().len()), (16, SECRET_CHARS));
    }

    #[test]
    fn what_is_no_key() {
        let secret = "s".repeat(SECRET_CHARS);
        for text in [
            String::new(),
            "portico_".into(),
            format!("portico_anon_{secret}"),
            format!("portico_anon__{secret}"),
            format!("portico_anon_id{secret}"),
            format!("portico_root_id_{secret}"),
            format!("PORTICO_anon_id_{secret}"),
            format!(" portico_anon_id_{secret}"),
            format!("portico_anon_id_{}", &secret[1..]),
            format!("portico_anon_ä_{secret}"),
            format!("portico_anon_{}_{secret}", "i".repeat(limits::API_KEY_BYTES_MAX)),
        ] {
            assert!(read(&text).is_none(), "{text}");
        }
    }
}
