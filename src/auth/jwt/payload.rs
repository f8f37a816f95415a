//! What a token says about its user (RFC 7519 section 4).

use super::json;
use super::refusal::Refusal;
use crate::auth::claims::Claims;
use crate::limits;
use serde_json::{Map, Value};

/// A payload that is well formed. Whether it is true is for the signature to say.
#[derive(Debug)]
pub(super) struct Payload {
    /// What it says.
    pub claims: Claims,
    audience: Vec<String>,
}

impl Payload {
    /// Reads a payload. Claims that decide anything must have their type; of the others, what has not is as if it were not there.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`], [`Refusal::BadClaim`].
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let members = json::object(bytes).ok_or(Refusal::Malformed)?;
        let claims = Claims {
            subject: subject(&members)?,
            role: lenient(&members, "role"),
            email: lenient(&members, "email"),
            project_id: text(&members, "project_id")?,
            session_id: lenient(&members, "session_id"),
            issuer: text(&members, "iss")?,
            token_id: text(&members, "jti")?,
            is_test: members.get("is_test").and_then(Value::as_bool).unwrap_or(false),
            auth_time: members.get("auth_time").and_then(numeric_date),
            amr: methods(&members),
            issued_at: date(&members, "iat")?,
            not_before: date(&members, "nbf")?,
            // Without an end a token would be good for ever.
            expires_at: date(&members, "exp")?.ok_or(Refusal::BadClaim)?,
            key_id: Box::default(),
        };
        Ok(Self { claims, audience: audience(&members)? })
    }

    /// Whether it is for one of `accepted`. None of them named: for anyone.
    pub(super) fn is_for(&self, accepted: &[String]) -> bool {
        accepted.is_empty() || self.audience.iter().any(|one| accepted.contains(one))
    }
}

/// The user. It becomes a header field and a query's parameter, so it has no control characters, and a length.
fn subject(members: &Map<String, Value>) -> Result<Option<Box<str>>, Refusal> {
    let subject = text(members, "sub")?;
    match &subject {
        Some(id) if id.is_empty() || id.len() > limits::TOKEN_SUBJECT_BYTES_MAX => Err(Refusal::BadClaim),
        _ => Ok(subject),
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Result<Option<Box<str>>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.chars().any(char::is_control) => Ok(Some(text.as_str().into())),
        Some(_) => Err(Refusal::BadClaim),
    }
}

/// A text of an issuer that may mean something else by the name, as some do by `role`.
fn lenient(members: &Map<String, Value>, name: &str) -> Option<Box<str>> {
    text(members, name).ok().flatten()
}

/// `amr`: texts (RFC 8176), or objects that have one as their `method`.
fn methods(members: &Map<String, Value>) -> Vec<Box<str>> {
    let Some(Value::Array(items)) = members.get("amr") else { return Vec::new() };
    let method = |item: &Value| item.as_str().or_else(|| item.get("method")?.as_str()).map(Box::from);
    items.iter().filter_map(method).collect()
}

/// `aud`: a text, or several (RFC 7519 section 4.1.3).
fn audience(members: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let text = |item: &Value| item.as_str().map(str::to_owned).ok_or(Refusal::BadClaim);
    match members.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(text).collect(),
        Some(one) => Ok(vec![text(one)?]),
    }
}

fn date(members: &Map<String, Value>, name: &str) -> Result<Option<u64>, Refusal> {
    members.get(name).map(|value| numeric_date(value).ok_or(Refusal::BadClaim)).transpose()
}

/// A NumericDate (RFC 7519 section 2): seconds since 1970, a part of one cut off. What is beyond the year 9999 was meant as
/// milliseconds or as an attack, and would never end.
fn numeric_date(value: &Value) -> Option<u64> {
    let seconds = match value.as_u64() {
        Some(seconds) => seconds,
        None => {
            let seconds = value.as_f64().filter(|seconds| (0.0..1e18).contains(seconds))?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
            let whole = seconds as u64;
            whole
        }
    };
    (seconds <= limits::TOKEN_DATE_SECONDS_MAX).then_some(seconds)
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
