//! One project's answer to the question who asks: its keys, its issuers, its sessions, its database, put together.

use super::cookie::SessionCookie;
use super::credential::{Bearer, Cookie, is_same_origin};
use super::database::ProjectDatabase;
use super::document::AuthDocument;
use super::gate::{Admission, Denial, User, asks_for_page, check_role, is_user_id, no_user};
use super::jwt::{Refusal, Verifier};
use super::keys::signing::SigningKeys;
use super::roles::{RoleSource, Roles};
use super::session::{NewSession, Session, Sessions, SessionsInMemory};
use crate::error::{Code, Error, Result};
use crate::release::gate::Gate;
use arc_swap::ArcSwap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a request presents of who asks, borrowed from its header.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'r> {
    /// `Authorization`.
    pub bearer: Bearer<'r>,
    /// The session's cookie; [`Cookie::None`] where sessions do not count.
    pub cookie: Cookie<'r>,
    /// Whether the method changes nothing (RFC 9110 section 9.2.1).
    pub is_safe: bool,
    /// `Origin`.
    pub origin: Option<&'r str>,
    /// `Referer`.
    pub referer: Option<&'r str>,
    /// Host and port as the client wrote them.
    pub authority: &'r str,
    /// Whether the connection has TLS.
    pub secure: bool,
    /// `Accept`; nothing where nobody is sent to sign in.
    pub accept: Option<&'r str>,
}

/// Everything that is known about a project's users. One for each project, for as long as the node runs.
pub struct ProjectAuth {
    /// The project.
    pub project: String,
    /// Sessions in memory outlive a change of the settings.
    memory: Arc<SessionsInMemory>,
    parts: ArcSwap<Parts>,
}

/// What changes with the project's settings.
pub struct Parts {
    /// The keys this node signs with.
    pub signing: Arc<SigningKeys>,
    /// Judges tokens.
    pub verifier: Arc<Verifier>,
    /// Finds sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The project's database, if there is one.
    pub database: Option<Arc<ProjectDatabase>>,
    /// Where roles are: in the database, or in the settings.
    pub roles: Option<Arc<dyn RoleSource>>,
    /// What it was made from.
    pub document: AuthDocument,
}

impl fmt::Debug for ProjectAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectAuth").field("project", &self.project).finish_non_exhaustive()
    }
}

impl ProjectAuth {
    /// Puts the parts together.
    pub fn new(project: &str, memory: Arc<SessionsInMemory>, parts: Parts) -> Arc<Self> {
        Arc::new(Self { project: project.to_owned(), memory, parts: ArcSwap::from_pointee(parts) })
    }

    pub(super) fn memory_sessions(&self) -> &Arc<SessionsInMemory> {
        &self.memory
    }

    /// The parts of this moment.
    pub fn parts(&self) -> Arc<Parts> {
        self.parts.load_full()
    }

    /// Swaps in other parts.
    pub fn replace(&self, parts: Parts) {
        self.parts.store(Arc::new(parts));
    }

    /// Decides about a request for a function (reference 3.7). `roles` are those of the release that answers it.
    ///
    /// # Errors
    /// Why it may not pass: no user, the wrong role, or nobody who could say.
    pub async fn admit(&self, gate: &Gate, roles: Option<&Roles>, asking: &Asking<'_>) -> Result<Admission, Denial> {
        let decided = self.decide(gate, roles, asking).await;
        if !gate.is_open() {
            super::meter::decided(&decided);
        }
        decided
    }

    async fn decide(&self, gate: &Gate, roles: Option<&Roles>, asking: &Asking<'_>) -> Result<Admission, Denial> {
        if gate.is_open() {
            // Nobody has to be there; who has a session is known to the function all the same.
            let user = match asking.cookie {
                Cookie::Session { .. } => {
                    self.user_of_session(asking).await.unwrap_or_else(|error| self.unknown(&error))
                }
                Cookie::None | Cookie::Unclear => None,
            };
            return Ok(Admission { gated: false, user, role: None });
        }
        let user = match asking.bearer {
            Bearer::Token(token) => self.user_of_token(token).await.map_err(|refused| match refused {
                Refused::Outage(error) => Denial::Error(error),
                Refused::Token(refusal) => because(refused_user(gate, asking), refusal.as_str()),
            })?,
            Bearer::Unclear => return Err(because(refused_user(gate, asking), "unclear_authorization")),
            Bearer::None => match asking.cookie {
                Cookie::Unclear => return Err(because(refused_user(gate, asking), "unclear_cookie")),
                Cookie::Session { .. } => self.user_of_session(asking).await?,
                Cookie::None => return Err(no_user(gate, false, asks_for_page(asking.accept))),
            },
        };
        let Some(user) = user else { return Err(because(refused_user(gate, asking), "no_user")) };
        let role = match &gate.require_role {
            None => None,
            Some(wanted) => {
                let Some(roles) = roles else {
                    return Err(no_database(&self.project).into());
                };
                let ttl = Duration::from_secs(wanted.cache_ttl);
                match roles.cached(&user.id, ttl) {
                    Some(role) => role,
                    None => roles.look_up(&user.id, ttl).await?,
                }
            }
        };
        check_role(gate, role.as_deref())?;
        Ok(Admission { gated: true, user: Some(user), role })
    }

    /// The role of whoever asks, if it can be found out: what rules of a site compare. Nobody is refused here.
    pub async fn role_of(&self, roles: &Arc<Roles>, ttl: Duration, asking: &Asking<'_>) -> Option<Arc<str>> {
        let user = match asking.bearer {
            Bearer::Token(token) => self.user_of_token(token).await.ok()??,
            Bearer::None => self.user_of_session(asking).await.ok()??,
            Bearer::Unclear => return None,
        };
        match roles.cached(&user.id, ttl) {
            Some(role) => role,
            None => roles.look_up(&user.id, ttl).await.ok()?,
        }
    }

    /// Begins a session for a user who proved elsewhere who it is.
    ///
    /// # Errors
    /// `SESSION_LOOKUP_UNAVAILABLE`; `BAD_FIELD` for a user that no header field could name.
    pub async fn begin_session(&self, new: NewSession) -> Result<(Session, SessionCookie)> {
        if !is_user_id(&new.user_id) {
            let message = "A user's id is visible ASCII characters, without spaces.";
            return Err(Error::new(Code::BadField, message).detail("field", "user_id"));
        }
        let sessions = Arc::clone(&self.parts.load().sessions);
        let (session, secret) = sessions.create(new).await?;
        let cookie = SessionCookie::new(&session, secret);
        Ok((session, cookie))
    }

    /// Whether a token was good and was revoked.
    pub async fn is_revoked(&self, token: &str) -> bool {
        matches!(self.user_of_token(token).await, Err(Refused::Token(Refusal::Revoked)))
    }

    /// Nobody, in front of an open gate: less than it might be, and never more. That sessions cannot be looked up is an operator's business.
    fn unknown(&self, error: &Error) -> Option<User> {
        if error.code == Code::SessionLookupUnavailable {
            metrics::counter!("portico_sessions_unknown_total").increment(1);
            tracing::warn!(project = self.project, cause = error.cause.as_deref(), "sessions cannot be looked up");
        }
        None
    }

    /// The user of a bearer token.
    pub async fn user_of_token(&self, token: &str) -> Result<Option<User>, Refused> {
        let mut verifier = Arc::clone(&self.parts.load().verifier);
        let verdict = loop {
            let verdict = match verifier.verify_now(token) {
                Some(verdict) => verdict,
                None => verifier.verify(token).await,
            };
            // What was revoked or replaced while keys were fetched counts for whoever waited for them.
            let current = Arc::clone(&self.parts.load().verifier);
            if Arc::ptr_eq(&current, &verifier) {
                break verdict;
            }
            verifier = current;
        };
        match verdict {
            Ok(claims) => Ok(User::of_token(&claims)),
            Err(Refusal::KeysUnavailable) => Err(Refused::Outage(
                Error::new(Code::IssuerKeysUnavailable, "Tokens cannot be checked at the moment.")
                    .because("the keys of the token's issuer cannot be had"),
            )),
            Err(refusal) => Err(Refused::Token(refusal)),
        }
    }

    /// The user of the session's cookie. `None` when there is no such session (any more).
    ///
    /// # Errors
    /// The request changes something and is another origin's; or sessions cannot be looked up.
    async fn user_of_session(&self, asking: &Asking<'_>) -> Result<Option<User>> {
        let Cookie::Session { id, secret } = asking.cookie else { return Ok(None) };
        if !asking.is_safe && !is_same_origin(asking.origin, asking.referer, asking.authority, asking.secure) {
            let message = "A request with a session that changes something must come from a page of this site.";
            return Err(Error::new(Code::OriginMismatch, message));
        }
        let sessions = Arc::clone(&self.parts.load().sessions);
        Ok(sessions.find(id, secret).await?.and_then(|session| User::of_session(Arc::new(session))))
    }
}

/// Why a token names nobody.
#[derive(Debug)]
pub enum Refused {
    /// Nobody can say at the moment.
    Outage(Error),
    /// It is not good.
    Token(Refusal),
}

/// A role gate on a node that knows no database of the project: nobody passes.
fn no_database(project: &str) -> Error {
    Error::new(Code::RoleLookupUnavailable, "Roles cannot be looked up at the moment.")
        .because(format!("project {project} has no database: portico auth set"))
}

fn refused_user(gate: &Gate, asking: &Asking<'_>) -> Denial {
    no_user(gate, true, asks_for_page(asking.accept))
}

/// Adds what only the log is told.
fn because(denial: Denial, cause: &str) -> Denial {
    match denial {
        Denial::Error(error) => Denial::Error(error.because(cause)),
        sign_in @ Denial::SignIn(_) => sign_in,
    }
}
