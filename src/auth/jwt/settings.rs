//! What a verifier is made of, and what an operator may not ask for.

use super::keeper::{Keeper, Name, Timing};
use super::key::Key;
use super::key_set::KeySet;
use super::revocation::Revocations;
use super::source::Source;
use crate::auth::clock::Clock;
use crate::auth::document::{self, Secret};
use crate::config;
use crate::error::{Code, Error, Result};
use crate::limits;
use std::sync::Arc;
use std::time::Duration;

/// What a project's verifier is made of.
#[derive(Debug, Clone)]
pub struct VerifierSettings {
    /// The project. Its own tokens must name it.
    pub project: String,
    /// The keys of the project's own tokens, current and previous ones.
    pub own: Vec<OwnKey>,
    /// Who else issues tokens for its users.
    pub issuers: Vec<document::Issuer>,
    /// What is revoked from the beginning.
    pub revocations: Revocations,
    /// How far an issuer's clock may be off.
    pub leeway: Duration,
    /// Time between two readings of an issuer's keys.
    pub refresh: Duration,
    /// Shortest time between two readings, as an unknown key asks for one.
    pub unknown_key_min: Duration,
    /// Age after which an issuer's keys are not good any more.
    pub stale_max: Duration,
    /// What time it is.
    pub clock: Clock,
}

/// A key of the project's own tokens.
#[derive(Debug, Clone)]
pub enum OwnKey {
    /// A shared secret, of at least 32 bytes.
    Hs256 {
        /// `kid`; tokens without one are tried with every secret.
        kid: Option<String>,
        /// The secret; its bytes are the key.
        secret: Secret,
    },
    /// A public key of P-256.
    Es256 {
        /// `kid`.
        kid: String,
        /// Its uncompressed point: 4, then x and y, 65 bytes.
        point: Vec<u8>,
    },
}

/// An issuer that is ready to be held against.
#[derive(Debug)]
pub(super) struct Issuer {
    pub name: String,
    pub audience: Vec<String>,
    pub require_project_id: bool,
    pub keys: Arc<Keeper>,
}

impl VerifierSettings {
    /// Settings without keys and issuers, timed as the node's configuration says.
    pub fn new(project: impl Into<String>, times: &config::Auth) -> Self {
        // A second at least: nothing that is configured lets us ask an issuer without pause.
        let seconds = |seconds: u64| Duration::from_secs(seconds.max(1));
        Self {
            project: project.into(),
            own: Vec::new(),
            issuers: Vec::new(),
            revocations: Revocations::default(),
            leeway: Duration::from_secs(times.leeway_seconds),
            refresh: seconds(times.jwks_refresh_seconds),
            unknown_key_min: seconds(times.jwks_unknown_key_seconds_min),
            stale_max: seconds(times.jwks_stale_seconds_max),
            clock: Clock::default(),
        }
    }

    /// The project's own keys.
    pub(super) fn own_keys(&self) -> Result<KeySet> {
        let read = |key: &OwnKey| match key {
            OwnKey::Hs256 { kid, secret } => {
                Key::of_secret(kid.as_deref(), secret.expose().as_bytes()).ok_or_else(|| {
                    invalid("jwt_secret", format!("must have at least {} bytes", limits::HS256_SECRET_BYTES_MIN))
                })
            }
            OwnKey::Es256 { kid, point } => {
                Key::of_point(Some(kid), point).ok_or_else(|| Error::internal("an own ES256 key is no point of P-256"))
            }
        };
        let keys = self.own.iter().map(read).collect::<Result<Vec<_>>>()?;
        let named_twice = |key: &Key| {
            key.id.is_some() && keys.iter().filter(|one| one.id == key.id && one.algorithm == key.algorithm).count() > 1
        };
        if keys.iter().any(named_twice) {
            return Err(Error::internal("two own keys of one algorithm have the same name"));
        }
        Ok(KeySet::of(keys))
    }

    /// The issuers. Those whose keys `previous` keeps in the same way go on with what it has.
    pub(super) fn ready_issuers(&self, previous: &[Issuer]) -> Result<Vec<Issuer>> {
        if self.issuers.len() > limits::ISSUERS_PER_PROJECT_MAX {
            return Err(invalid("issuers", format!("must be at most {}", limits::ISSUERS_PER_PROJECT_MAX)));
        }
        let mut ready: Vec<Issuer> = Vec::new();
        for (place, issuer) in self.issuers.iter().enumerate() {
            let at = |field: &str| format!("issuers[{place}].{field}");
            if issuer.issuer.is_empty() || issuer.issuer.chars().any(char::is_control) {
                return Err(invalid(at("issuer"), "must be the issuer's name, as in iss"));
            }
            if ready.iter().any(|other| other.name == issuer.issuer) {
                return Err(invalid(at("issuer"), "is there twice"));
            }
            if let Some(empty) = issuer.audience.iter().position(String::is_empty) {
                return Err(invalid(at(&format!("audience[{empty}]")), "must not be empty"));
            }
            ready.push(Issuer {
                name: issuer.issuer.clone(),
                audience: issuer.audience.clone(),
                require_project_id: issuer.require_project_id,
                keys: self.keeper(issuer, &at, previous)?,
            });
        }
        Ok(ready)
    }

    fn keeper(
        &self,
        issuer: &document::Issuer,
        at: &dyn Fn(&str) -> String,
        previous: &[Issuer],
    ) -> Result<Arc<Keeper>> {
        let name = Name { project: self.project.clone(), issuer: issuer.issuer.clone() };
        let timing = Timing { refresh: self.refresh, pause_min: self.unknown_key_min, age_max: self.stale_max };
        match (&issuer.jwks, &issuer.keys) {
            (Some(jwks), None) => {
                let source = Source::parse(jwks).map_err(|what| invalid(at("jwks"), what))?;
                let known = previous.iter().find(|other| other.keys.serves(&name, &source, timing));
                Ok(match known {
                    Some(known) => Arc::clone(&known.keys),
                    None => Keeper::of_source(name, source, timing, self.clock.clone()),
                })
            }
            (None, Some(keys)) => {
                let list = keys.get("keys");
                let read =
                    KeySet::read_members(list).map_err(|what| invalid(at("keys"), format!("is no key set: {what}")))?;
                if let Some((place, why)) = read.dangerous.first() {
                    return Err(invalid(at(&format!("keys.keys[{place}]")), format!("must not be there: {why}")));
                }
                Ok(Keeper::fixed(name, read.set, timing, self.clock.clone()))
            }
            _ => Err(invalid(at("jwks"), "must be there, or keys in its stead, and not both")),
        }
    }
}

fn invalid(path: impl Into<String>, what: impl AsRef<str>) -> Error {
    let path = path.into();
    let message = format!("{path} {}.", what.as_ref());
    Error::new(Code::InvalidAuthSettings, message).detail("path", path)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
