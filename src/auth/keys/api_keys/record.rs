//! What is kept of a key: never its secret. Times are in seconds since 1970.

use super::scope::Scopes;
use super::text::KeyKind;
use serde::{Deserialize, Serialize};

/// The keys of a project, as the vault has them.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) keys: Vec<Record>,
}

/// One of them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) kind: KeyKind,
    pub(super) name: String,
    pub(super) scopes: Scopes,
    /// SHA-256 of the secret.
    #[serde(with = "hex::serde")]
    pub(super) hash: [u8; 32],
    /// The secret before the last rotation, while it is still good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<Previous>,
    pub(super) created_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rotated_at: Option<u64>,
}

/// A secret that has been replaced.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Previous {
    #[serde(with = "hex::serde")]
    pub(super) hash: [u8; 32],
    /// From then on it is not good.
    pub(super) until: u64,
}

/// A key without what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// Its public id.
    pub id: String,
    /// What it is for.
    pub kind: KeyKind,
    /// What its maker called it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: u64,
    /// From when on it is not good.
    pub expires_at: Option<u64>,
    /// When its secret was replaced last.
    pub rotated_at: Option<u64>,
    /// Until when the secret before that is good.
    pub previous_until: Option<u64>,
    /// When it was used last, to the minute; forgotten with a crash.
    pub last_used_at: Option<u64>,
}

impl Record {
    /// What may be shown of it at that time.
    pub(super) fn line(&self, last_used_at: Option<u64>, now: u64) -> KeyLine {
        KeyLine {
            id: self.id.clone(),
            kind: self.kind,
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            rotated_at: self.rotated_at,
            previous_until: self.previous.as_ref().map(|previous| previous.until).filter(|until| *until > now),
            last_used_at,
        }
    }
}
