//! Whether a request may call a function, and as whom (reference 3.7).
//!
//! Pure but for the look-ups, which are its callers' ([`super::project`]): what a client presents is read here, and what becomes of it is
//! decided here. Everything that is doubtful is refused: two tokens, two sessions, a token that is not good beside a session that is.

use super::claims::Claims;
use super::session::Session;
use crate::error::{Code, Error};
use crate::release::gate::{Gate, OnDeny};
use std::sync::Arc;

/// Who asks.
#[derive(Debug, Clone)]
pub struct User {
    /// The user, as the gate's table knows it.
    pub id: Arc<str>,
    /// How that is known.
    pub proof: Proof,
}

/// How a user is known.
#[derive(Debug, Clone)]
pub enum Proof {
    /// By a token.
    Token(Arc<Claims>),
    /// By a session's cookie.
    Session(Arc<Session>),
}

impl User {
    /// The user of a good token. One for everybody (`anon`), or for the platform itself, names none.
    pub fn of_token(claims: &Arc<Claims>) -> Option<Self> {
        let nobody = matches!(claims.role.as_deref(), Some("anon" | "service_role"));
        let id = claims.subject.as_deref().filter(|id| !nobody && is_user_id(id))?;
        Some(Self { id: id.into(), proof: Proof::Token(Arc::clone(claims)) })
    }

    /// The user of a session.
    pub fn of_session(session: Arc<Session>) -> Option<Self> {
        is_user_id(&session.user_id)
            .then(|| Self { id: session.user_id.as_str().into(), proof: Proof::Session(session) })
    }
}

/// Whether a text can stand in a header field and mean one user: visible ASCII. An id with a space or a line break in it would be another
/// one after it was trimmed.
pub fn is_user_id(id: &str) -> bool {
    (1..=crate::limits::USER_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}

/// What passed a gate.
#[derive(Debug, Clone, Default)]
pub struct Admission {
    /// Whether there was a gate.
    pub gated: bool,
    /// Who asks; nobody in front of an open gate.
    pub user: Option<User>,
    /// The role that was asked for.
    pub role: Option<Arc<str>>,
}

/// Why a gate stays shut.
#[derive(Debug)]
pub enum Denial {
    /// The client is told so.
    Error(Error),
    /// A browser is sent to the sign-in page, a path of the same origin.
    SignIn(String),
}

impl From<Error> for Denial {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What somebody without a user gets. `presented` says whether there was a token or a session at all: a client may want to know that a
/// new one is needed, and no more than that.
pub fn no_user(gate: &Gate, presented: bool, asks_for_page: bool) -> Denial {
    let role = gate.require_role.as_ref();
    if asks_for_page
        && let Some(gate) = role.filter(|gate| gate.on_deny == OnDeny::Redirect)
        && let Some(path) = &gate.sign_in_path
    {
        return Denial::SignIn(path.clone());
    }
    let message = match presented {
        true => "The token or session is not valid, or not any more.",
        false => "This needs a signed-in user.",
    };
    Denial::Error(Error::new(Code::AuthRequired, message))
}

/// Whether a role passes. Who has the wrong one is told which are right, and never sent to sign in, which would not help.
///
/// # Errors
/// `ROLE_FORBIDDEN`.
pub fn check_role(gate: &Gate, role: Option<&str>) -> Result<(), Error> {
    let Some(wanted) = &gate.require_role else { return Ok(()) };
    if role.is_some_and(|role| wanted.allowed.iter().any(|allowed| allowed == role)) {
        return Ok(());
    }
    let error = Error::new(Code::RoleForbidden, "The user does not have a role that may do this.");
    Err(error.detail("allowed_roles", wanted.allowed.clone()))
}

/// Whether the client is a browser that asks for a page: it names HTML among what it takes, as no script does by itself
/// (RFC 9110 section 12.5.1).
pub fn asks_for_page(accept: Option<&str>) -> bool {
    let ranges = accept.unwrap_or_default().split(',');
    ranges.map(|range| range.split(';').map(str::trim).collect::<Vec<_>>()).any(|range| {
        let is_html = range.first().is_some_and(|kind| {
            kind.eq_ignore_ascii_case("text/html") || kind.eq_ignore_ascii_case("application/xhtml+xml")
        });
        let refused = range.iter().skip(1).any(|parameter| {
            let quality = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
            quality.and_then(|quality| quality.parse::<f32>().ok()).is_some_and(|quality| quality <= 0.0)
        });
        is_html && !refused
    })
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
