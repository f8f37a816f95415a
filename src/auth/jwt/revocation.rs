//! What is refused at once, whatever it says of itself.
//!
//! A token is good until it ends; nobody can be asked about it in between. So what must not be good any more is kept here, until it
//! would have ended anyway.

use super::compact;
use super::refusal::Refusal;
use crate::auth::claims::Claims;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a project has revoked. Times are in seconds since 1970; `None` is for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Revocations {
    /// Keys by their `kid`, and until when.
    pub keys: BTreeMap<String, Option<u64>>,
    /// Tokens by their `jti`, and until when.
    pub token_ids: BTreeMap<String, Option<u64>>,
    /// Users, and from when on their tokens count again.
    pub users: BTreeMap<String, Cutoff>,
    /// Tokens by the SHA-256 of what is signed in them, and until when. Not of the whole token: who has an ECDSA signature can
    /// write another of the same text (`s` and `n - s`).
    pub tokens: BTreeMap<Digest, Option<u64>>,
}

/// From when on tokens of a user count again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cutoff {
    /// Tokens issued in this second or before, and those that do not say when, are refused.
    pub issued_until: u64,
    /// When no such token can be left. `None`: not known.
    pub forget_at: Option<u64>,
}

impl Revocations {
    /// Revokes every token that the key of that name has signed or will sign.
    ///
    /// # Errors
    ///
    /// [`Code::BadField`] if there is no room: nothing that is revoked is forgotten for something new.
    pub fn revoke_key(&mut self, id: &str, until: Option<u64>) -> Result<()> {
        // The last resort has room of its own.
        if !self.keys.contains_key(id) && self.keys.len() >= limits::REVOKED_KEYS_PER_PROJECT_MAX {
            return Err(no_room(limits::REVOKED_KEYS_PER_PROJECT_MAX));
        }
        longest(self.keys.entry(id.to_owned()).or_insert(until), until);
        Ok(())
    }

    /// Revokes the token with that `jti`.
    ///
    /// # Errors
    ///
    /// See [`revoke_key`](Self::revoke_key).
    pub fn revoke_token_id(&mut self, id: &str, until: Option<u64>) -> Result<()> {
        self.room(self.token_ids.contains_key(id))?;
        longest(self.token_ids.entry(id.to_owned()).or_insert(until), until);
        Ok(())
    }

    /// Revokes a token that is at hand, whoever signed it.
    ///
    /// # Errors
    ///
    /// See [`revoke_key`](Self::revoke_key); [`Code::BadField`] if it is no token.
    pub fn revoke_token(&mut self, token: &str, until: Option<u64>) -> Result<()> {
        let parts = compact::split(token).map_err(|_| Error::new(Code::BadField, "That is not a token."))?;
        let digest = Digest::of(parts.message.as_bytes());
        self.room(self.tokens.contains_key(&digest))?;
        longest(self.tokens.entry(digest).or_insert(until), until);
        Ok(())
    }

    /// Revokes every token of a user that was issued until `issued_until`.
    ///
    /// # Errors
    ///
    /// See [`revoke_key`](Self::revoke_key).
    pub fn revoke_user(&mut self, user: &str, issued_until: u64, forget_at: Option<u64>) -> Result<()> {
        self.room(self.users.contains_key(user))?;
        let cutoff = self.users.entry(user.to_owned()).or_insert(Cutoff { issued_until, forget_at });
        cutoff.issued_until = cutoff.issued_until.max(issued_until);
        longest(&mut cutoff.forget_at, forget_at);
        Ok(())
    }

    /// Drops what cannot matter any more at `now`.
    pub fn prune(&mut self, now: u64) {
        let lasts = |until: &Option<u64>| until.is_none_or(|until| until > now);
        self.keys.retain(|_, until| lasts(until));
        self.token_ids.retain(|_, until| lasts(until));
        self.tokens.retain(|_, until| lasts(until));
        self.users.retain(|_, cutoff| lasts(&cutoff.forget_at));
    }

    /// Whether the key of that name is revoked.
    pub(super) fn has_key(&self, id: &str) -> bool {
        self.keys.contains_key(id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len() + self.token_ids.len() + self.users.len() + self.tokens.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Holds a good token against it. Only [`prune`](Self::prune) lets anything lapse: an entry that is still there counts.
    pub(super) fn check(&self, claims: &Claims, signed_part: &Digest) -> Result<(), Refusal> {
        if self.is_empty() {
            return Ok(());
        }
        let revoked = (!claims.key_id.is_empty() && self.keys.contains_key(&*claims.key_id))
            || claims.token_id.as_deref().is_some_and(|id| self.token_ids.contains_key(id))
            || claims
                .subject
                .as_deref()
                .and_then(|user| self.users.get(user))
                .is_some_and(|cutoff| claims.issued_at.is_none_or(|issued| issued <= cutoff.issued_until))
            || self.tokens.contains_key(signed_part);
        if revoked { Err(Refusal::Revoked) } else { Ok(()) }
    }

    /// Whether one more fits beside the keys; what is there already always does.
    fn room(&self, is_there: bool) -> Result<()> {
        if is_there || self.len() - self.keys.len() < limits::REVOCATIONS_PER_PROJECT_MAX {
            return Ok(());
        }
        Err(no_room(limits::REVOCATIONS_PER_PROJECT_MAX))
    }
}

fn no_room(limit: usize) -> Error {
    let message = "So many tokens, keys and users are revoked that there is no room. Revoke the signing key instead.";
    Error::new(Code::BadField, message).detail("limit", limit)
}

fn longest(kept: &mut Option<u64>, until: Option<u64>) {
    *kept = kept.zip(until).map(|(kept, until)| kept.max(until));
}

#[cfg(test)]
#[path = "revocation_tests.rs"]
mod tests;
