//! What a token says about itself (RFC 7515 section 4). Nothing of it is believed: it only names a key and repeats its algorithm.
//!
//! Keys and addresses of keys in it (`jwk`, `jku`, `x5u`, `x5c`) are not looked at, as whoever made the token wrote them.

use super::algorithm::Algorithm;
use super::json;
use super::refusal::Refusal;
use crate::limits;
use serde_json::{Map, Value};

/// The part of a header that matters.
#[derive(Debug)]
pub(super) struct Header {
    /// `alg`.
    pub algorithm: Algorithm,
    /// `kid`.
    pub key_id: Option<String>,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`], [`Refusal::UnsupportedHeader`], [`Refusal::UnsupportedAlgorithm`].
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let members = json::object(bytes).ok_or(Refusal::Malformed)?;
        let algorithm = text(&members, "alg")?.ok_or(Refusal::Malformed)?;
        let algorithm = Algorithm::named(algorithm).ok_or(Refusal::UnsupportedAlgorithm)?;
        // `crit` lists what must be understood, and nothing that it could list is (RFC 7515 section 4.1.11); `b64` changes what is
        // signed (RFC 7797); `cty` is of a token within the token (RFC 7519 section 5.2); `enc` and `zip` of an encrypted one (RFC 7516 sections 4.1.3
        // and 9).
        if ["crit", "b64", "cty", "enc", "zip"].iter().any(|name| members.contains_key(*name)) {
            return Err(Refusal::UnsupportedHeader);
        }
        if !text(&members, "typ")?.is_none_or(is_access_token) {
            return Err(Refusal::UnsupportedHeader);
        }
        let key_id = text(&members, "kid")?;
        if key_id.is_some_and(|id| id.len() > limits::KEY_ID_BYTES_MAX || id.chars().any(char::is_control)) {
            return Err(Refusal::Malformed);
        }
        Ok(Self { algorithm, key_id: key_id.map(str::to_owned) })
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::Malformed),
    }
}

/// `JWT` (RFC 7519 section 5.1) and `at+jwt` (RFC 9068 section 2.1). Everything else is a token for another purpose, such as a proof
/// (`dpop+jwt`) or a notice (`logout+jwt`) that anyone may have been sent (RFC 8725 section 3.11).
fn is_access_token(typ: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
        _ => typ,
    };
    bare.eq_ignore_ascii_case("JWT") || bare.eq_ignore_ascii_case("at+jwt")
}
