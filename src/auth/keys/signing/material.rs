//! Keys: as they are kept, and as they sign.

use super::super::super::document::Secret;
use super::Rotate;
use crate::error::{Error, Result};
use crate::limits;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use aws_lc_rs::{hmac, rand};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Length of the secrets that are made here, in bytes: that of the hash they are used with (RFC 7518 section 3.2), and the least that
/// the library in functions takes for an actor key.
const SECRET_BYTES: usize = 32;

/// The keys of a project as they are kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    hs256: StoredRing,
    es256: StoredRing,
    actor: StoredRing,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stored(redacted)")
    }
}

/// The keys of one kind.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRing {
    signing: StoredKey,
    standby: StoredKey,
    /// The latest first.
    retired: Vec<StoredKey>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: String,
    /// HS256: the text that is the secret. ES256: PKCS #8 in base64. Actor: bytes in base64.
    secret: Secret,
    /// When it stopped signing, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at: Option<u64>,
}

/// What a key is for.
#[derive(Clone, Copy)]
enum Kind {
    Hs256,
    Es256,
    Actor,
}

impl Kind {
    /// How long a key that has stopped signing goes on verifying, in seconds.
    const fn overlap(self) -> u64 {
        match self {
            Self::Hs256 | Self::Es256 => limits::USER_KEY_OVERLAP_SECONDS,
            Self::Actor => limits::ACTOR_KEY_OVERLAP_SECONDS,
        }
    }
}

impl Stored {
    /// New keys of every kind.
    pub(super) fn make() -> Result<Self> {
        Ok(Self {
            hs256: StoredRing::make(Kind::Hs256)?,
            es256: StoredRing::make(Kind::Es256)?,
            actor: StoredRing::make(Kind::Actor)?,
        })
    }

    pub(super) fn rotate(&mut self, what: Rotate, now: u64) -> Result<()> {
        let all = what == Rotate::All;
        if all || what == Rotate::Hs256 {
            self.hs256.rotate(Kind::Hs256, now)?;
        }
        if all || what == Rotate::Es256 {
            self.es256.rotate(Kind::Es256, now)?;
        }
        if all || what == Rotate::Actor {
            self.actor.rotate(Kind::Actor, now)?;
        }
        Ok(())
    }
}

impl StoredRing {
    fn make(kind: Kind) -> Result<Self> {
        Ok(Self { signing: StoredKey::make(kind)?, standby: StoredKey::make(kind)?, retired: Vec::new() })
    }

    fn rotate(&mut self, kind: Kind, now: u64) -> Result<()> {
        let standby = std::mem::replace(&mut self.standby, StoredKey::make(kind)?);
        let mut signed = std::mem::replace(&mut self.signing, standby);
        signed.retired_at = Some(now);
        self.retired.insert(0, signed);
        self.retired.retain(|key| key.retired_at.is_none_or(|at| now < at.saturating_add(kind.overlap())));
        // Who rotates in a loop gives up the oldest first.
        self.retired.truncate(limits::SIGNING_KEYS_RETIRED_MAX);
        Ok(())
    }
}

impl StoredKey {
    fn make(kind: Kind) -> Result<Self> {
        let mut id = [0; 8];
        fill(&mut id)?;
        let (prefix, secret) = match kind {
            Kind::Hs256 => ("hs256", secret_text()?),
            Kind::Actor => ("actor", secret_text()?),
            Kind::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(Error::internal)?;
                let document = pair.to_pkcs8v1().map_err(Error::internal)?;
                ("es256", BASE64_STANDARD.encode(document.as_ref()))
            }
        };
        // Lower case, digits and a hyphen: a name that the library can also read out of an environment variable's.
        Ok(Self { kid: format!("{prefix}-{}", hex::encode(id)), secret: Secret::new(secret), retired_at: None })
    }
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    rand::fill(bytes).map_err(Error::internal)
}

fn secret_text() -> Result<String> {
    let mut secret = [0; SECRET_BYTES];
    fill(&mut secret)?;
    Ok(BASE64_STANDARD.encode(secret))
}

/// A key that can sign.
pub(in crate::auth) enum Material {
    // Its state is half a kilobyte.
    Hmac(Box<hmac::Key>),
    Ecdsa(Box<EcdsaKeyPair>),
}

impl Material {
    /// The key of HS256: the bytes of the text, as the libraries in functions take it.
    pub(super) fn of_text(text: &str) -> Self {
        Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())))
    }

    /// A signature of 32 bytes (HMAC) or 64 (ECDSA: R and S, RFC 7518 section 3.4).
    pub(in crate::auth) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Self::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(Error::internal)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

/// A key of the ring.
pub(super) struct Key {
    pub(super) kid: String,
    pub(super) secret: Secret,
    pub(super) material: Material,
    retired_at: Option<u64>,
}

impl Key {
    fn read(stored: &StoredKey, kind: Kind) -> Result<Self> {
        let damaged = || Error::internal(format!("the signing key {} is damaged", stored.kid));
        let text = stored.secret.expose();
        let decoded = || BASE64_STANDARD.decode(text).map_err(|_| damaged());
        let material = match kind {
            Kind::Hs256 => Material::of_text(text),
            Kind::Actor => {
                let key = Some(decoded()?).filter(|key| key.len() >= SECRET_BYTES).ok_or_else(damaged)?;
                Material::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &key)))
            }
            Kind::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &decoded()?);
                Material::Ecdsa(Box::new(pair.map_err(|_| damaged())?))
            }
        };
        Ok(Self { kid: stored.kid.clone(), secret: stored.secret.clone(), material, retired_at: stored.retired_at })
    }

    /// The public point of a key pair; nothing of a secret.
    pub(super) fn point(&self) -> &[u8] {
        match &self.material {
            Material::Hmac(_) => &[],
            Material::Ecdsa(pair) => pair.public_key().as_ref(),
        }
    }
}

/// The keys of one kind, ready to sign.
pub(super) struct Ring {
    kind: Kind,
    pub(super) signing: Key,
    standby: Key,
    retired: Vec<Key>,
}

impl Ring {
    fn read(stored: &StoredRing, kind: Kind) -> Result<Self> {
        Ok(Self {
            kind,
            signing: Key::read(&stored.signing, kind)?,
            standby: Key::read(&stored.standby, kind)?,
            retired: stored.retired.iter().map(|key| Key::read(key, kind)).collect::<Result<_>>()?,
        })
    }

    /// The keys that are good for verification at that time.
    pub(super) fn verifying(&self, now: u64) -> impl Iterator<Item = &Key> {
        let good = move |key: &&Key| key.retired_at.is_none_or(|at| now < at.saturating_add(self.kind.overlap()));
        [&self.signing, &self.standby].into_iter().chain(self.retired.iter().filter(good))
    }
}

/// All keys of a project, ready to sign.
pub(super) struct Keyring {
    pub(super) stored: Stored,
    pub(super) hs256: Ring,
    pub(super) es256: Ring,
    pub(super) actor: Ring,
}

impl Keyring {
    pub(super) fn read(stored: Stored) -> Result<Self> {
        Ok(Self {
            hs256: Ring::read(&stored.hs256, Kind::Hs256)?,
            es256: Ring::read(&stored.es256, Kind::Es256)?,
            actor: Ring::read(&stored.actor, Kind::Actor)?,
            stored,
        })
    }
}
