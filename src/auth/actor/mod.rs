//! Who a signed-in request is by, told to functions in the platform's forms (reference 2.3, 2.6).
//!
//! Three of them, for three readers. The envelope is bound to one request and proves to the library in a function, wherever it runs,
//! that the edge has seen the session. The token is a user token for a minute, with which a function calls on the user's behalf. And
//! the record is what the library would read out of an envelope, with what an envelope has no place for: the session's true id. The
//! host hands it over within the process, so it needs no proof.

mod envelope;
mod token;

pub use envelope::{About, envelope};
pub(in crate::auth) use token::TokenCache;
pub use token::token;

use crate::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// A signed-in user, as a session has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub id: Box<str>,
    /// Its address for mail; empty when there is none.
    pub email: Box<str>,
    /// Whether it is a user for tests.
    pub is_test: bool,
    /// Whether the address is known to be the user's.
    pub email_verified: bool,
    /// When the user last proved who it is, in seconds since 1970.
    pub auth_time: u64,
    /// How: `pwd`, `passkey`, `tenant_password`, ...
    pub amr: Vec<Box<str>>,
    /// When each of those was last done, in seconds since 1970.
    pub amr_times: BTreeMap<Box<str>, u64>,
    /// Grows when what the user may do changes.
    pub authz_version: u64,
    /// The session.
    pub session_id: Box<str>,
}

/// An actor in the library's own spelling (reference 2.3).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spelled<'a> {
    id: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_test: bool,
    email_verified: bool,
    auth_time: u64,
    amr: &'a [Box<str>],
    amr_times: &'a BTreeMap<Box<str>, u64>,
    authz_version: u64,
    /// Left out of the envelope, which has no place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
}

impl Actor {
    fn spelled(&self) -> Spelled<'_> {
        Spelled {
            id: &self.id,
            email: &self.email,
            is_test: self.is_test,
            email_verified: self.email_verified,
            auth_time: self.auth_time,
            amr: &self.amr,
            amr_times: &self.amr_times,
            authz_version: self.authz_version,
            session_id: None,
        }
    }

    /// What the host hands to the library as the context's `actor` (reference 2.3), as JSON. With the session's own id, from which a
    /// page's CSRF token follows: with an envelope alone it would be another in each request.
    ///
    /// # Errors
    /// None that happens: the record is plain data.
    pub fn record(&self) -> Result<String> {
        serde_json::to_string(&Spelled { session_id: Some(&self.session_id), ..self.spelled() })
            .map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests;
