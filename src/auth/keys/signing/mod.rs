//! The keys that a node signs with, of one project: user tokens (HS256, ES256) and the actor envelope (HMAC).
//!
//! Of each kind there is one that signs, and one that stands by: it is published like the others and signs nothing yet. A rotation lets the
//! standby sign and makes a new one, so whoever fetched the keys before a rotation can verify what is signed after it. The library in
//! functions needs that: it fetches keys once and never again. What signed before stays good for verification until all it has
//! signed is over.

mod material;

pub use material::Stored;

use super::super::document::Secret;
use super::super::jwt::OwnKey;
use super::super::vault::Vault;
use crate::error::{Error, Result};
use arc_swap::ArcSwap;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use material::{Keyring, Material};
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the keys of projects are kept between two lives of the node. What is handed over are secrets: it is kept sealed.
pub trait KeyStore: Send + Sync {
    /// The keys of a project, if it has any. Blocking.
    ///
    /// # Errors
    /// They are there and cannot be read. Making new ones then would make every token of the project worthless.
    fn load(&self, project: &str) -> Result<Option<Stored>>;
    /// Keeps the keys of a project, durably. Blocking.
    ///
    /// # Errors
    /// They are not kept.
    fn save(&self, project: &str, keys: &Stored) -> Result<()>;
}

/// The name of the keys in the vault.
const DOCUMENT: &str = "signing-keys";

impl KeyStore for Vault {
    fn load(&self, project: &str) -> Result<Option<Stored>> {
        Self::load(self, project, DOCUMENT)
    }

    fn save(&self, project: &str, keys: &Stored) -> Result<()> {
        Self::save(self, project, DOCUMENT, keys)
    }
}

/// How a user token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with the project's secret, which functions know (`RUN402_JWT_SECRET`).
    Hs256,
    /// With a key whose private half never leaves the node.
    Es256,
}

impl Algorithm {
    /// Its name in the header of a token (RFC 7518 section 3.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Es256 => "ES256",
        }
    }
}

/// Which keys are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotate {
    /// The secret of HS256 tokens.
    Hs256,
    /// The key pair of ES256 tokens.
    Es256,
    /// The key of the actor envelope.
    Actor,
    /// All of them.
    All,
}

/// The name in tokens signed with a secret of the operator's. It says nothing of the secret.
pub const CONFIGURED: &str = "configured";

/// The signing keys of one project. There is one of these for each: two would not see each other's rotations.
pub struct SigningKeys {
    project: Box<str>,
    store: Arc<dyn KeyStore>,
    configured: Option<Secret>,
    keyring: ArcSwap<Keyring>,
    /// Held while keys are replaced.
    changing: Mutex<()>,
    pub(in crate::auth) actor_tokens: super::super::actor::TokenCache,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").field("project", &self.project).finish_non_exhaustive()
    }
}

impl SigningKeys {
    /// The keys of a project, made and kept when it has none. `configured` is the operator's secret for HS256, which then is the only
    /// one. Blocking.
    ///
    /// # Errors
    /// Those of the store, and `INTERNAL` when what it has are no keys.
    pub fn load_or_create(store: Arc<dyn KeyStore>, project: &str, configured: Option<Secret>) -> Result<Arc<Self>> {
        let stored = match store.load(project)? {
            Some(stored) => stored,
            None => {
                let made = Stored::make()?;
                store.save(project, &made)?;
                made
            }
        };
        Ok(Arc::new(Self {
            project: project.into(),
            store,
            configured,
            keyring: ArcSwap::from_pointee(Keyring::read(stored)?),
            changing: Mutex::new(()),
            actor_tokens: super::super::actor::TokenCache::default(),
        }))
    }

    /// Lets the standby keys of a kind sign, and makes new ones to stand by. `now` is in seconds since 1970, here and below. Blocking.
    ///
    /// # Errors
    /// The store's; then nothing is changed.
    pub fn rotate(&self, what: Rotate, now: u64) -> Result<()> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stored = self.keyring.load().stored.clone();
        stored.rotate(what, now)?;
        let keyring = Keyring::read(stored)?;
        self.store.save(&self.project, &keyring.stored)?;
        self.keyring.store(Arc::new(keyring));
        self.actor_tokens.clear();
        Ok(())
    }

    /// Names the keys that sign: another text after each rotation.
    pub fn generation(&self) -> String {
        let keyring = self.keyring.load();
        [&keyring.hs256, &keyring.es256, &keyring.actor].map(|ring| ring.signing.kid.as_str()).join(" ")
    }

    /// The keys that verify tokens of this node, at that time. A secret of the operator's has no name: who else has it may have signed
    /// under any.
    pub fn own_keys(&self, now: u64) -> Vec<OwnKey> {
        let keyring = self.keyring.load();
        let secrets = match &self.configured {
            Some(secret) => vec![OwnKey::Hs256 { kid: None, secret: secret.clone() }],
            None => {
                let own = keyring.hs256.verifying(now);
                own.map(|key| OwnKey::Hs256 { kid: Some(key.kid.clone()), secret: key.secret.clone() }).collect()
            }
        };
        let pairs = keyring.es256.verifying(now);
        let pairs = pairs.map(|key| OwnKey::Es256 { kid: key.kid.clone(), point: key.point().to_vec() });
        secrets.into_iter().chain(pairs).collect()
    }

    /// What functions are told at `/internal/v1/project-jwt-keys` (reference 2.5): the public halves, each with its `kid`.
    pub fn project_jwt_keys(&self, now: u64) -> Value {
        let keyring = self.keyring.load();
        let good = keyring.es256.verifying(now);
        let keys: Vec<Value> = good.filter_map(|key| public_jwk(&key.kid, key.point())).collect();
        json!({ "keys": keys })
    }

    /// What functions are told at `/internal/v1/actor-context-keys` (reference 2.5). Secrets: only for functions of this project.
    pub fn actor_context_keys(&self, now: u64) -> Value {
        let keyring = self.keyring.load();
        let good = keyring.actor.verifying(now);
        let keys: serde_json::Map<String, Value> =
            good.map(|key| (key.kid.clone(), key.secret.expose().into())).collect();
        json!({ "keys": keys })
    }

    /// The secret of HS256 tokens, for functions that verify by it (`RUN402_JWT_SECRET`, reference 2.2).
    pub fn hs256_secret(&self) -> Secret {
        match &self.configured {
            Some(secret) => secret.clone(),
            None => self.keyring.load().hs256.signing.secret.clone(),
        }
    }

    /// A token with these claims, as they are. Its header names the key.
    ///
    /// # Errors
    /// `INTERNAL` when the claims are no object or the system gives no random numbers.
    pub fn mint(&self, claims: &Value, algorithm: Algorithm) -> Result<String> {
        if !claims.is_object() {
            return Err(Error::internal("the claims of a token are an object"));
        }
        self.sign(claims, algorithm)
    }

    /// The name of the key that signs users' tokens now.
    pub fn user_key_id(&self, algorithm: Algorithm) -> String {
        let keyring = self.keyring.load();
        match algorithm {
            Algorithm::Hs256 => keyring.hs256.signing.kid.to_string(),
            Algorithm::Es256 => keyring.es256.signing.kid.to_string(),
        }
    }

    /// [`SigningKeys::mint`] of anything that serialises to an object.
    pub(in crate::auth) fn sign(&self, claims: &impl serde::Serialize, algorithm: Algorithm) -> Result<String> {
        let keyring = self.keyring.load();
        let configured = self.configured.as_ref().map(|secret| Material::of_text(secret.expose()));
        let (kid, key) = match (algorithm, &configured) {
            (Algorithm::Hs256, Some(key)) => (CONFIGURED, key),
            (Algorithm::Hs256, None) => (keyring.hs256.signing.kid.as_str(), &keyring.hs256.signing.material),
            (Algorithm::Es256, _) => (keyring.es256.signing.kid.as_str(), &keyring.es256.signing.material),
        };
        let header = json!({ "alg": algorithm.as_str(), "typ": "JWT", "kid": kid });
        let mut token = String::with_capacity(1024);
        BASE64_URL_SAFE_NO_PAD.encode_string(header.to_string(), &mut token);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).map_err(Error::internal)?, &mut token);
        let signature = key.sign(token.as_bytes())?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Runs `with` on the key of the actor envelope and its name.
    pub(in crate::auth) fn with_actor_key<R>(&self, with: impl FnOnce(&str, &Material) -> R) -> R {
        let keyring = self.keyring.load();
        let key = &keyring.actor.signing;
        with(&key.kid, &key.material)
    }
}

/// A public key of P-256 as functions and verifiers take it (RFC 7517, RFC 7518 section 6.2). `None` if it is no such point.
pub fn public_jwk(kid: &str, point: &[u8]) -> Option<Value> {
    let (&[4], rest) = point.split_at_checked(1)? else { return None };
    let (x, y) = rest.split_at_checked(32).filter(|(_, y)| y.len() == 32)?;
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Some(json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "kid": kid, "alg": "ES256", "use": "sig" }))
}

#[cfg(test)]
#[path = "../signing_tests.rs"]
pub(in crate::auth) mod tests;
