//! Sessions: an opaque cookie, and where it is looked up (reference 2.6).
//!
//! A session has an id, which may be shown, and a secret, of which only the SHA-256 is kept: whoever reads the store cannot use what is in
//! it. There is no cache in front: a session that is revoked is gone at the next request. The id is looked up and the secret compared in constant time;
//! one that ended, was revoked, or has another secret is none.

mod memory;
mod postgres;
mod secret;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;

pub use memory::SessionsInMemory;
pub use postgres::SessionsInPostgres;
pub use secret::SessionSecret;

use super::actor::Actor;
use super::clock::Clock;
use crate::error::{Code, Error};
use crate::limits;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A user who signed in. Times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its public name: letters, digits, `-` and `_`.
    pub id: String,
    /// The user.
    pub user_id: String,
    /// The user's email.
    pub email: Option<String>,
    /// Whether the email is known to be the user's.
    pub email_verified: bool,
    /// Whether the user is one of tests.
    pub is_test: bool,
    /// When the user proved who they are.
    pub auth_time: u64,
    /// How (RFC 8176, and the platform's own).
    pub amr: Vec<String>,
    /// When each of these was.
    pub amr_times: BTreeMap<String, u64>,
    /// Which state of the user's rights the session was made under.
    pub authz_version: u64,
    /// Who vouched for the user, such as `tenant:NAME`.
    pub issuer: Option<String>,
    /// When it began.
    pub created_at: u64,
    /// When it ends.
    pub expires_at: u64,
}

/// What a session is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewSession {
    /// As in [`Session`]; not empty.
    pub user_id: String,
    /// As in [`Session`].
    pub email: Option<String>,
    /// As in [`Session`].
    pub email_verified: bool,
    /// As in [`Session`].
    pub is_test: bool,
    /// As in [`Session`]; now, if there is none.
    pub auth_time: Option<u64>,
    /// As in [`Session`].
    pub amr: Vec<String>,
    /// As in [`Session`]; `auth_time` for those of `amr` that are not here.
    pub amr_times: BTreeMap<String, u64>,
    /// As in [`Session`].
    pub authz_version: u64,
    /// As in [`Session`].
    pub issuer: Option<String>,
    /// How long it lasts, at most [`limits::SESSION_SECONDS_MAX`].
    pub lifetime: Duration,
}

impl Session {
    /// What may be shown of it: everything but its secret, which is not here.
    pub fn public(&self) -> Value {
        json!({
            "id": self.id, "user_id": self.user_id, "email": self.email, "email_verified": self.email_verified,
            "is_test": self.is_test, "auth_time": self.auth_time, "amr": self.amr, "issuer": self.issuer,
            "created_at": self.created_at, "expires_at": self.expires_at,
        })
    }

    /// Its user, as functions are told of it.
    pub fn actor(&self) -> Actor {
        Actor {
            id: self.user_id.as_str().into(),
            email: self.email.as_deref().unwrap_or_default().into(),
            is_test: self.is_test,
            email_verified: self.email_verified,
            auth_time: self.auth_time,
            amr: self.amr.iter().map(|method| method.as_str().into()).collect(),
            amr_times: self.amr_times.iter().map(|(method, time)| (method.as_str().into(), *time)).collect(),
            authz_version: self.authz_version,
            session_id: self.id.as_str().into(),
        }
    }
}

/// Where sessions are kept. All methods end in bounded time and fail with `SESSION_LOOKUP_UNAVAILABLE` when the store cannot be asked.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Begins a session. The secret is told once.
    async fn create(&self, new: NewSession) -> Result<(Session, SessionSecret), Error>;

    /// The session of this id, if the secret is its own and it neither ended nor was revoked.
    async fn find(&self, id: &str, secret: &str) -> Result<Option<Session>, Error>;

    /// Ends a session. Whether there was one.
    async fn revoke(&self, id: &str) -> Result<bool, Error>;

    /// Ends all sessions of a user. How many there were.
    async fn revoke_user(&self, user: &str) -> Result<u64, Error>;

    /// Sessions that have not ended, of one user or all, youngest first; at most [`limits::SESSIONS_LIST_MAX`].
    async fn list(&self, user: Option<&str>) -> Result<Vec<Session>, Error>;
}

impl NewSession {
    /// A session of a user that lasts as long as sessions do.
    pub fn of(user: impl Into<String>) -> Self {
        let lifetime = Duration::from_secs(limits::SESSION_SECONDS_DEFAULT);
        Self { user_id: user.into(), lifetime, ..Self::default() }
    }

    /// The session, and its secret.
    fn begin(self, clock: &Clock) -> Result<(Session, SessionSecret), Error> {
        if self.user_id.is_empty() || self.user_id.contains('\0') {
            return Err(Error::new(Code::BadField, "A session needs a user.").detail("path", "user_id"));
        }
        let now = clock.unix_seconds();
        let auth_time = self.auth_time.unwrap_or(now);
        let mut amr_times = self.amr_times;
        for method in &self.amr {
            amr_times.entry(method.clone()).or_insert(auth_time);
        }
        let lifetime = self.lifetime.as_secs().clamp(1, limits::SESSION_SECONDS_MAX);
        let session = Session {
            id: secret::new_id()?,
            user_id: self.user_id,
            email: self.email,
            email_verified: self.email_verified,
            is_test: self.is_test,
            auth_time,
            amr: self.amr,
            amr_times,
            authz_version: self.authz_version,
            issuer: self.issuer,
            created_at: now,
            expires_at: now.saturating_add(lifetime),
        };
        Ok((session, SessionSecret::new()?))
    }
}

fn unavailable(cause: impl std::fmt::Display) -> Error {
    Error::new(Code::SessionLookupUnavailable, "Sessions cannot be looked up at the moment.").because(cause)
}
