//! Issuers for tests: keys of every kind, and tokens of any shape signed with them.

use super::compact::encode;
use super::{OwnKey, Refusal, Verifier, VerifierSettings};
use crate::auth::claims::Claims;
use crate::auth::clock::Clock;
use crate::auth::document::{Issuer, Secret};
use crate::config;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RsaKeyPair,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

pub const NOW: u64 = 1_800_000_000;
pub const SECRET: &str = "a secret of the project's own that is long enough";
pub const ISSUER: &str = "https://issuer.example/";

/// A signer of an issuer: its key's private half.
pub struct Signer {
    pub algorithm: &'static str,
    pub id: Option<&'static str>,
    key: Private,
}

enum Private {
    Hmac(&'static str),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn signature::RsaEncoding),
}

pub static ES256: LazyLock<Signer> = LazyLock::new(|| ecdsa("ES256", "es256"));
pub static ES384: LazyLock<Signer> = LazyLock::new(|| ecdsa("ES384", "es384"));
pub static OTHER: LazyLock<Signer> = LazyLock::new(|| ecdsa("ES256", "es256"));
pub static RS256: LazyLock<Signer> = LazyLock::new(|| rsa("RS256", "rs256", KeySize::Rsa2048));
pub static PS256: LazyLock<Signer> = LazyLock::new(|| rsa("PS256", "ps256", KeySize::Rsa3072));
pub static EDDSA: LazyLock<Signer> = LazyLock::new(|| {
    let key = Private::Ed25519(Ed25519KeyPair::generate().unwrap());
    Signer { algorithm: "EdDSA", id: Some("eddsa"), key }
});
pub static HS256: Signer = hmac_with(SECRET);

pub const fn hmac_with(secret: &'static str) -> Signer {
    Signer { algorithm: "HS256", id: None, key: Private::Hmac(secret) }
}

fn ecdsa(algorithm: &'static str, id: &'static str) -> Signer {
    let curve = if algorithm == "ES256" { &ECDSA_P256_SHA256_FIXED_SIGNING } else { &ECDSA_P384_SHA384_FIXED_SIGNING };
    Signer { algorithm, id: Some(id), key: Private::Ecdsa(EcdsaKeyPair::generate(curve).unwrap()) }
}

fn rsa(algorithm: &'static str, id: &'static str, size: KeySize) -> Signer {
    let padding: &'static dyn signature::RsaEncoding =
        if algorithm == "RS256" { &signature::RSA_PKCS1_SHA256 } else { &signature::RSA_PSS_SHA256 };
    Signer { algorithm, id: Some(id), key: Private::Rsa(RsaKeyPair::generate(size).unwrap(), padding) }
}

impl Signer {
    /// A token with this header and payload, beside `alg`, `typ` and `kid`.
    pub fn token(&self, payload: &Value) -> String {
        self.with_header(&self.header(), payload)
    }

    /// The header a token of this key usually has.
    pub fn header(&self) -> Value {
        match self.id {
            Some(id) => json!({ "alg": self.algorithm, "typ": "JWT", "kid": id }),
            None => json!({ "alg": self.algorithm, "typ": "JWT" }),
        }
    }

    pub fn with_header(&self, header: &Value, payload: &Value) -> String {
        self.of_text(&header.to_string(), &payload.to_string())
    }

    pub fn of_text(&self, header: &str, payload: &str) -> String {
        self.of_parts(&encode(header.as_bytes()), &encode(payload.as_bytes()))
    }

    pub fn of_parts(&self, header: &str, payload: &str) -> String {
        let message = format!("{header}.{payload}");
        format!("{message}.{}", encode(&self.sign(message.as_bytes())))
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Private::Hmac(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message).as_ref().to_vec()
            }
            Private::Ecdsa(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Private::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Private::Rsa(key, padding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*padding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// The public bytes: a point, or the DER of an RSA key.
    pub fn public(&self) -> Vec<u8> {
        match &self.key {
            Private::Hmac(_) => panic!("a secret has no public half"),
            Private::Ecdsa(key) => key.public_key().as_ref().to_vec(),
            Private::Ed25519(key) => key.public_key().as_ref().to_vec(),
            Private::Rsa(key, _) => key.public_key().as_ref().to_vec(),
        }
    }

    /// The public half as a JWK.
    pub fn jwk(&self) -> Value {
        let public = self.public();
        let mut jwk = match &self.key {
            Private::Ecdsa(_) => {
                let (x, y) = public[1..].split_at((public.len() - 1) / 2);
                let curve = if self.algorithm == "ES256" { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) })
            }
            Private::Rsa(key, _) => {
                let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
                json!({ "kty": "RSA", "n": encode(n.big_endian_without_leading_zero()),
                        "e": encode(e.big_endian_without_leading_zero()) })
            }
            _ => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&public) }),
        };
        jwk["alg"] = self.algorithm.into();
        if let Some(id) = self.id {
            jwk["kid"] = id.into();
        }
        jwk
    }
}

/// A payload of the project's own, with some members changed; null takes one away.
pub fn own(changes: Value) -> Value {
    changed(json!({ "sub": "user-1", "project_id": "shop", "iat": NOW, "exp": NOW + 3600 }), changes)
}

/// A payload of the issuer, with some members changed; null takes one away.
pub fn theirs(changes: Value) -> Value {
    changed(json!({ "iss": ISSUER, "sub": "user-1", "iat": NOW, "exp": NOW + 3600 }), changes)
}

fn changed(mut payload: Value, changes: Value) -> Value {
    let members = payload.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    payload
}

/// An issuer whose keys are written down.
pub fn issuer(keys: &[Value]) -> Issuer {
    Issuer { issuer: ISSUER.to_owned(), keys: Some(json!({ "keys": keys })), ..Issuer::default() }
}

/// Settings of the project "shop" with its own secret, at [`NOW`].
pub fn settings(issuers: Vec<Issuer>) -> VerifierSettings {
    VerifierSettings {
        own: vec![OwnKey::Hs256 { kid: None, secret: Secret::new(SECRET) }],
        issuers,
        clock: stopped(),
        ..VerifierSettings::new("shop", &config::Auth::default())
    }
}

/// A clock that stands at [`NOW`].
pub fn stopped() -> Clock {
    Clock::Manual(Arc::new(AtomicU64::new(NOW * 1_000)))
}

/// Moves a clock of [`stopped`].
pub fn advance(clock: &Clock, seconds: u64) {
    match clock {
        Clock::Manual(now) => now.fetch_add(seconds * 1_000, Ordering::SeqCst),
        Clock::Machine => panic!("it cannot be moved"),
    };
}

// === Asking a verifier ===

/// A signer of each kind.
pub fn every() -> Vec<&'static Signer> {
    vec![&ES256, &ES384, &RS256, &PS256, &EDDSA]
}

/// A verifier that knows the issuer with a key of each kind.
pub fn verifier() -> Arc<Verifier> {
    Verifier::new(settings(vec![issuer(&every().iter().map(|signer| signer.jwk()).collect::<Vec<_>>())])).unwrap()
}

/// Its verdict with the keys at hand.
pub fn verdict(verifier: &Verifier, token: &str) -> Result<Arc<Claims>, Refusal> {
    let verdict = verifier.verify_now(token).expect("keys are at hand");
    // What is remembered must not differ from what was found out.
    assert_eq!(verifier.verify_now(token), Some(verdict.clone()), "a second look at {token}");
    verdict
}

/// Why [`verifier`] refuses it.
pub fn refusal(token: &str) -> Option<Refusal> {
    verdict(&verifier(), token).err()
}
