//! The keys of one issuer, and which of them a token means.

use super::algorithm::Algorithm;
use super::header::Header;
use super::json;
use super::key::{Key, Unusable};
use super::refusal::Refusal;
use crate::limits;
use serde_json::Value;

/// Keys of one issuer.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

/// A JWK Set that was read, and what of it was left out.
#[derive(Debug)]
pub(super) struct Read {
    /// The keys that are used.
    pub set: KeySet,
    /// The places of keys that should not be in a set, and why.
    pub dangerous: Vec<(usize, &'static str)>,
}

impl KeySet {
    /// A set of keys.
    pub(super) fn of(keys: Vec<Key>) -> Self {
        Self { keys }
    }

    /// Reads the bytes of a JWK Set (RFC 7517 section 5).
    ///
    /// # Errors
    ///
    /// Why it is none, or has no key that can be used: such an answer says nothing about the keys there are.
    pub(super) fn read(bytes: &[u8]) -> Result<Read, &'static str> {
        let document = json::object(bytes).ok_or("it is no JSON object")?;
        Self::read_members(document.get("keys"))
    }

    /// Reads the `keys` of a JWK Set.
    ///
    /// # Errors
    ///
    /// See [`read`](Self::read).
    pub(super) fn read_members(keys: Option<&Value>) -> Result<Read, &'static str> {
        let list = keys.and_then(Value::as_array).ok_or("it has no list of keys")?;
        if list.len() > limits::JWKS_KEYS_MAX {
            return Err("it has too many keys");
        }
        let mut read = Read { set: Self::default(), dangerous: Vec::new() };
        for (place, jwk) in list.iter().enumerate() {
            match Key::of_jwk(jwk) {
                // The same key again says nothing new.
                Ok(key) if read.set.keys.iter().any(|known| known.is(&key)) => {}
                Ok(key) => read.set.keys.push(key),
                Err(Unusable::NotForUs) => {}
                Err(Unusable::Dangerous(why)) => read.dangerous.push((place, why)),
            }
        }
        if read.set.keys.is_empty() { Err("it has no key that can be used") } else { Ok(read) }
    }

    /// The keys a token may be signed with: the one it names, or without a name every one of its algorithm, of which only so many
    /// are tried. A secret without a name is the one that an operator shares with whoever makes the tokens, and goes by any.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownKey`], [`Refusal::AlgorithmMismatch`], [`Refusal::AmbiguousKey`].
    pub(super) fn candidates(&self, header: &Header) -> Result<Vec<&Key>, Refusal> {
        let fits = |key: &&Key| key.algorithm == header.algorithm;
        let some = |keys: Vec<_>, otherwise| if keys.is_empty() { Err(otherwise) } else { Ok(keys) };
        let Some(id) = header.key_id.as_deref() else {
            let all = self.keys.iter().filter(fits).take(limits::TOKEN_KEYS_TRIED_MAX).collect();
            return some(all, Refusal::AlgorithmMismatch);
        };
        let named: Vec<_> = self.keys.iter().filter(|key| key.id.as_deref() == Some(id)).collect();
        if named.is_empty() {
            let shared = |key: &&Key| key.id.is_none() && key.algorithm == Algorithm::Hs256;
            let shared = self.keys.iter().filter(fits).filter(shared).take(limits::TOKEN_KEYS_TRIED_MAX).collect();
            return some(shared, Refusal::UnknownKey);
        }
        // One name may stand for a key of each kind (RFC 7517 section 4.5), not for two of one.
        match some(named.into_iter().filter(fits).collect(), Refusal::AlgorithmMismatch)? {
            fitting if fitting.len() == 1 => Ok(fitting),
            _ => Err(Refusal::AmbiguousKey),
        }
    }

    /// Whether both sets verify the same tokens.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len() && self.keys.iter().all(|key| other.keys.iter().any(|one| one.is(key)))
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys that no other key shares its name and algorithm with.
    pub(super) fn unambiguous(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| {
            let alike = |one: &&Key| one.id == key.id && one.algorithm == key.algorithm;
            self.keys.iter().filter(alike).count() == 1
        })
    }
}
