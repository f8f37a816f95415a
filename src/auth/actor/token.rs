//! The actor token: a user token of a minute, for what a function does on the user's behalf (reference 2.4, 2.6).
//!
//! A signature of ES256 costs as much as ten envelopes, and nothing in the token is of one request: so a session's token is signed once
//! and handed out until little of its life is left.

use super::Actor;
use crate::auth::keys::signing::{Algorithm, SigningKeys};
use crate::error::Result;
use crate::limits;
use moka::sync::Cache;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// The issuer that the platform's own library names in such tokens.
const ISSUER: &str = "agentdb";

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    role: &'a str,
    email: &'a str,
    project_id: &'a str,
    iss: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_test: bool,
    amr: &'a [Box<str>],
    auth_time: u64,
    aal: &'a str,
    session_id: &'a str,
    authz_version: u64,
    iat: u64,
    exp: u64,
}

/// A token that was handed out.
#[derive(Debug)]
struct Minted {
    actor: Actor,
    project: Box<str>,
    token: Arc<str>,
    expires_at: u64,
}

/// Tokens that may be handed out once more, by session.
#[derive(Debug)]
pub(in crate::auth) struct TokenCache(Cache<Box<str>, Arc<Minted>>);

impl Default for TokenCache {
    fn default() -> Self {
        let left = limits::ACTOR_SECONDS_MAX - limits::ACTOR_TOKEN_LEFT_SECONDS_MIN;
        let cache =
            Cache::builder().max_capacity(limits::ACTOR_TOKENS_PER_PROJECT_MAX).time_to_live(Duration::from_secs(left));
        Self(cache.build())
    }
}

impl TokenCache {
    /// Forgets all: their key signs no more.
    pub(in crate::auth) fn clear(&self) {
        self.0.invalidate_all();
    }

    /// A token of this session that says the same of the actor, and is good for long enough.
    fn get(&self, actor: &Actor, project: &str, now: u64) -> Option<Arc<str>> {
        let minted = self.0.get(&actor.session_id)?;
        let good = minted.expires_at.saturating_sub(now) >= limits::ACTOR_TOKEN_LEFT_SECONDS_MIN
            // A clock that was set back: the token is of the future.
            && minted.expires_at <= now.saturating_add(limits::ACTOR_SECONDS_MAX);
        (good && minted.actor == *actor && *minted.project == *project).then(|| Arc::clone(&minted.token))
    }
}

/// The value of `x-run402-actor-token`. `now` is in seconds since 1970.
///
/// # Errors
/// `INTERNAL` when the system gives no random numbers.
pub fn token(keys: &SigningKeys, actor: &Actor, project: &str, now: u64) -> Result<Arc<str>> {
    if let Some(token) = keys.actor_tokens.get(actor, project, now) {
        return Ok(token);
    }
    let expires_at = now.saturating_add(limits::ACTOR_SECONDS_MAX);
    let claims = Claims {
        sub: &actor.id,
        role: "authenticated",
        email: &actor.email,
        project_id: project,
        iss: ISSUER,
        is_test: actor.is_test,
        amr: &actor.amr,
        auth_time: actor.auth_time,
        aal: if actor.amr.iter().any(|method| **method == *"passkey") { "aal2" } else { "aal1" },
        session_id: &actor.session_id,
        authz_version: actor.authz_version,
        iat: now,
        exp: expires_at,
    };
    let token: Arc<str> = keys.sign(&claims, Algorithm::Es256)?.into();
    let minted = Minted { actor: actor.clone(), project: project.into(), token: Arc::clone(&token), expires_at };
    keys.actor_tokens.0.insert(actor.session_id.clone(), Arc::new(minted));
    Ok(token)
}
