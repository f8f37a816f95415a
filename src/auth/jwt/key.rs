//! A key that knows the one algorithm it is for.
//!
//! What a token's header says of an algorithm is a claim of whoever made the token. Were it believed, the public half of an RSA key
//! would be the secret of an HMAC (RFC 8725 section 2.1). So an algorithm is read from the key, and a token has to agree with it.

use super::algorithm::Algorithm;
use super::compact;
use crate::limits;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};
use std::fmt;

/// A key that verifies.
pub(super) struct Key {
    /// `kid`.
    pub id: Option<Box<str>>,
    /// What it is for.
    pub algorithm: Algorithm,
    /// Its public numbers one after the other; empty for a secret.
    public: Box<[u8]>,
    checks: DecodingKey,
}

/// Why a JWK is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is for something else, or of a kind that is not known here: a set may have such keys (RFC 7517 section 5).
    NotForUs,
    /// It should not be where it is, or proves nothing: the reason.
    Dangerous(&'static str),
}

impl Key {
    /// The key of HS256 tokens, if `secret` has at least as many bytes as its digest (RFC 7518 section 3.2).
    pub(super) fn of_secret(id: Option<&str>, secret: &[u8]) -> Option<Self> {
        (secret.len() >= limits::HS256_SECRET_BYTES_MIN).then(|| Self {
            id: id.map(Box::from),
            algorithm: Algorithm::Hs256,
            public: Box::default(),
            checks: DecodingKey::from_secret(secret),
        })
    }

    /// The key of ES256 tokens at an uncompressed point of P-256 (65 bytes), if it is on the curve.
    pub(super) fn of_point(id: Option<&str>, point: &[u8]) -> Option<Self> {
        Self::elliptic(id, Algorithm::Es256, point)
    }

    /// Reads a JWK (RFC 7517) of an issuer. Secrets (`oct`) are never taken from one: an issuer signs, the project does not share.
    pub(super) fn of_jwk(jwk: &Value) -> Result<Self, Unusable> {
        let members = jwk.as_object().ok_or(Unusable::Dangerous("it is no JSON object"))?;
        for_signatures(members)?;
        let id = match members.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= limits::KEY_ID_BYTES_MAX => Some(id.as_str()),
            Some(_) => return Err(Unusable::Dangerous("its kid is no text, or too long")),
        };
        let kind = text(members, "kty").ok_or(Unusable::Dangerous("it has no kty"))?;
        if kind == "oct" || members.contains_key("k") {
            return Err(Unusable::Dangerous("it is a shared secret"));
        }
        if members.contains_key("d") {
            return Err(Unusable::Dangerous("it is a private key"));
        }
        let algorithm = algorithm(members, kind)?;
        match kind {
            "RSA" => Self::rsa(id, algorithm, &bytes(members, "n")?, &bytes(members, "e")?),
            "EC" => {
                let mut point = vec![4];
                point.extend(bytes(members, "x")?);
                point.extend(bytes(members, "y")?);
                Self::elliptic(id, algorithm, &point).ok_or(Unusable::Dangerous("it is no point of its curve"))
            }
            _ => Self::edwards(id, &bytes(members, "x")?),
        }
    }

    /// Whether `signature`, as it stands in the token, is this key's for `message`.
    pub(super) fn signed(&self, message: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.checks, self.algorithm.of_library())
            .unwrap_or(false)
    }

    /// Whether both are one key under one name.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.id == other.id && self.same_material(other)
    }

    /// Whether both verify the same signatures. Never so for secrets, which are not compared.
    pub(super) fn same_material(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && !self.public.is_empty() && self.public == other.public
    }

    /// The key as a JWK, if it is an ES256 key with a name: functions know no others (reference 2.6).
    pub(super) fn es256_jwk(&self) -> Option<Value> {
        let id = self.id.as_deref()?;
        let (x, y) = match (self.algorithm, self.public.get(1..33), self.public.get(33..65)) {
            (Algorithm::Es256, Some(x), Some(y)) => (compact::encode(x), compact::encode(y)),
            _ => return None,
        };
        Some(json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "alg": "ES256", "use": "sig" }))
    }

    fn elliptic(id: Option<&str>, algorithm: Algorithm, point: &[u8]) -> Option<Self> {
        let (curve, half) = match algorithm {
            Algorithm::Es256 => (&ECDSA_P256_SHA256_FIXED, 32),
            Algorithm::Es384 => (&ECDSA_P384_SHA384_FIXED, 48),
            _ => return None,
        };
        // Both coordinates in full length (RFC 7518 section 6.2.1.2), uncompressed.
        if point.len() != 1 + 2 * half || point.first() != Some(&4) {
            return None;
        }
        ParsedPublicKey::new(curve, point).ok()?;
        let checks = DecodingKey::from_ec_der(point);
        Some(Self { id: id.map(Box::from), algorithm, public: point.into(), checks })
    }

    fn edwards(id: Option<&str>, x: &[u8]) -> Result<Self, Unusable> {
        if x.len() != 32 || ParsedPublicKey::new(&ED25519, x).is_err() {
            return Err(Unusable::Dangerous("it is no point of its curve"));
        }
        let checks = DecodingKey::from_ed_der(x);
        Ok(Self { id: id.map(Box::from), algorithm: Algorithm::Ed25519, public: x.into(), checks })
    }

    fn rsa(id: Option<&str>, algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<Self, Unusable> {
        let (n, e) = (without_zeros(n), without_zeros(e));
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        if !(limits::RSA_BITS_MIN..=limits::RSA_BITS_MAX).contains(&bits) {
            return Err(Unusable::Dangerous("its RSA modulus has fewer than 2048 bits, or more than 8192"));
        }
        let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        // An exponent of one leaves every message as it is; a long one only costs time.
        if !odd(n) || !odd(e) || e == [1] || e.len() > 4 {
            return Err(Unusable::Dangerous("its RSA numbers are not those of a key"));
        }
        let public = [n, e].concat().into();
        let checks = DecodingKey::from_rsa_raw_components(n, e);
        Ok(Self { id: id.map(Box::from), algorithm, public, checks })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// `use` and `key_ops` must allow it to verify (RFC 7517 sections 4.2 and 4.3).
fn for_signatures(members: &Map<String, Value>) -> Result<(), Unusable> {
    let of_use = members.get("use").is_none_or(|purpose| purpose == "sig");
    let operations = members.get("key_ops");
    let of_operations = operations
        .is_none_or(|list| list.as_array().is_some_and(|list| list.iter().any(|operation| operation == "verify")));
    if of_use && of_operations { Ok(()) } else { Err(Unusable::NotForUs) }
}

/// The key's own algorithm: what kind and curve leave open, `alg` says. RSA without `alg` is RS256 alone, as it would otherwise be for
/// two algorithms at once.
fn algorithm(members: &Map<String, Value>, kind: &str) -> Result<Algorithm, Unusable> {
    let said = match members.get("alg") {
        None => None,
        Some(Value::String(name)) => Some(Algorithm::named(name).ok_or(Unusable::NotForUs)?),
        Some(_) => return Err(Unusable::Dangerous("its alg is no text")),
    };
    let possible: &[Algorithm] = match (kind, text(members, "crv")) {
        ("RSA", _) => &[Algorithm::Rs256, Algorithm::Ps256],
        ("EC", Some("P-256")) => &[Algorithm::Es256],
        ("EC", Some("P-384")) => &[Algorithm::Es384],
        ("OKP", Some("Ed25519")) => &[Algorithm::Ed25519],
        _ => return Err(Unusable::NotForUs),
    };
    match said {
        None => possible.first().copied().ok_or(Unusable::NotForUs),
        Some(said) if possible.contains(&said) => Ok(said),
        Some(_) => Err(Unusable::Dangerous("its alg is not one of its kind")),
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name).and_then(Value::as_str)
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unusable> {
    let fault = Unusable::Dangerous("one of its numbers is missing or not base64url");
    compact::decode(text(members, name).ok_or(fault)?).map_err(|_| fault)
}

/// Some write a zero before a number whose first bit is set (RFC 7518 section 6.3.1.1 says not to).
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
