//! What was found out about a token, so that a signature is computed once.
//!
//! Remembered is what cannot change: whose signature it is and what it says. Whether that is good *now* is decided at each use
//! ([`Verifier`](super::Verifier)). A token is found by all of its text, so that another one is never taken for it; only tokens
//! whose signature is right get in, so that nobody without an issuer's key can push others out. Signatures that are wrong have a
//! place of their own, and there only their digest.

use super::keeper::Keeper;
use super::key_set::KeySet;
use super::payload::Payload;
use crate::auth::claims::Claims;
use crate::digest::Digest;
use crate::limits;
use moka::sync::Cache;
use std::fmt;
use std::sync::Arc;

/// Which keys a verdict rests on.
#[derive(Debug, Clone)]
pub(super) enum Basis {
    /// The project's own, which a verifier has for life.
    Own,
    /// Those of an issuer at the time.
    Issuer(Arc<Keeper>, Arc<KeySet>),
}

/// A token whose signature is right, and which is for this project.
#[derive(Debug)]
pub(super) struct Found {
    /// What it says.
    pub claims: Arc<Claims>,
    /// Its name among revoked tokens.
    pub signed_part: Digest,
    /// Whose keys say so.
    pub basis: Basis,
}

/// The memory of one verifier.
pub(super) struct Verdicts {
    right: Cache<Arc<str>, Arc<Found>, foldhash::quality::RandomState>,
    wrong: Cache<Digest, Basis>,
}

impl Verdicts {
    /// An empty memory.
    pub(super) fn new() -> Self {
        let weight = |token: &str| u32::try_from(token.len() * 2 + 512).unwrap_or(u32::MAX);
        let right = Cache::builder()
            .max_capacity(limits::TOKEN_VERDICTS_BYTES_MAX)
            .weigher(move |token: &Arc<str>, _| weight(token))
            .build_with_hasher(foldhash::quality::RandomState::default());
        Self { right, wrong: Cache::new(limits::TOKEN_WRONG_SIGNATURES_MAX) }
    }

    /// What is known of a token.
    pub(super) fn right(&self, token: &str) -> Option<Arc<Found>> {
        self.right.get(token)
    }

    /// Remembers a token whose signature is right.
    pub(super) fn is_right(&self, token: &str, found: Arc<Found>) {
        self.right.insert(token.into(), found);
    }

    /// Whether the token's signature is wrong for those keys.
    pub(super) fn wrong(&self, token: &Digest, basis: &Basis) -> bool {
        self.wrong.get(token).is_some_and(|known| known.is(basis))
    }

    /// Remembers a token whose signature is wrong for those keys.
    pub(super) fn is_wrong(&self, token: Digest, basis: &Basis) {
        self.wrong.insert(token, basis.clone());
    }
}

// The cache's own would show the tokens.
impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdicts").field("right", &self.right.entry_count()).finish_non_exhaustive()
    }
}

impl Basis {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own, Self::Own) => true,
            (Self::Issuer(_, one), Self::Issuer(_, other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Found {
    /// What a token says that was signed with the key of that name.
    pub(super) fn new(payload: Payload, key_id: Option<&str>, message: &str, basis: Basis) -> Arc<Self> {
        let claims = Claims { key_id: key_id.unwrap_or_default().into(), ..payload.claims };
        Arc::new(Self { claims: Arc::new(claims), signed_part: Digest::of(message.as_bytes()), basis })
    }
}
