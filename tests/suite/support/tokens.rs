//! Tokens made by hand: right ones, and every kind of wrong one.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Base64url without padding (RFC 7515 section 2).
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Claims of a good token for a user of a project.
pub fn claims(project: &str, user: &str) -> Value {
    json!({ "sub": user, "role": "authenticated", "project_id": project, "iat": now() - 5, "exp": now() + 600 })
}

/// What is signed, from the texts of header and payload.
pub fn input(header: &str, payload: &str) -> String {
    format!("{}.{}", base64url(header), base64url(payload))
}

/// HMAC with SHA-256 over any text.
pub fn hmac_of(secret: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()).as_ref().to_vec()
}

/// A token under HS256, from the texts of header and payload.
pub fn hs256_raw(secret: &[u8], header: &str, payload: &str) -> String {
    let input = input(header, payload);
    let signature = base64url(hmac_of(secret, &input));
    format!("{input}.{signature}")
}

/// A token under HS256.
pub fn hs256(secret: &str, claims: &Value) -> String {
    hs256_raw(secret.as_bytes(), r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

/// The three parts of a token.
pub fn parts(token: &str) -> [String; 3] {
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

/// The JSON of a part.
pub fn json_of(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A key pair of an issuer.
pub struct Es256 {
    kid: String,
    fixed: EcdsaKeyPair,
    der: EcdsaKeyPair,
}

impl Es256 {
    pub fn new(kid: &str) -> Self {
        let fixed = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let document = fixed.to_pkcs8v1().unwrap();
        let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap();
        Self { kid: kid.to_owned(), fixed, der }
    }

    /// The public point: 0x04, x, y.
    pub fn point(&self) -> Vec<u8> {
        self.fixed.public_key().as_ref().to_vec()
    }

    pub fn jwk(&self) -> Value {
        let point = self.point();
        json!({ "kty": "EC", "crv": "P-256", "kid": self.kid, "alg": "ES256", "use": "sig", "x": base64url(&point[1..33]), "y": base64url(&point[33..]) })
    }

    /// A token with this header, to which `alg` and `kid` are added if it has none.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let input = self.input(header, claims);
        let signature = self.fixed.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", base64url(signature))
    }

    /// A token.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({}), claims)
    }

    /// A token whose signature has the other form of ECDSA's: DER instead of R and S.
    pub fn sign_der(&self, claims: &Value) -> String {
        let input = self.input(&json!({}), claims);
        let signature = self.der.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", base64url(signature))
    }

    fn input(&self, header: &Value, claims: &Value) -> String {
        let mut all = json!({ "alg": "ES256", "kid": self.kid });
        for (name, value) in header.as_object().unwrap() {
            all[name] = value.clone();
        }
        input(&all.to_string(), &claims.to_string())
    }
}

/// An RSA key pair of an issuer.
pub struct Rs256 {
    kid: String,
    pair: RsaKeyPair,
}

impl Rs256 {
    pub fn new(kid: &str) -> Self {
        Self { kid: kid.to_owned(), pair: RsaKeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    /// The public key as its PKCS #1 DER.
    pub fn public_der(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    pub fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        json!({ "kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig",
            "n": base64url(n.big_endian_without_leading_zero()), "e": base64url(e.big_endian_without_leading_zero()) })
    }

    pub fn sign(&self, claims: &Value) -> String {
        let input = input(&json!({ "alg": "RS256", "kid": self.kid }).to_string(), &claims.to_string());
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", base64url(signature))
    }
}
