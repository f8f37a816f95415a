//! A function that signs a user in: it says who it is, and this node begins the session (reference 2.6).
//!
//! The function never sees the session's secret, and what it says is a field of its answer that no client gets to see. Only a function
//! that the release grants it to (`auth.sessionMint`) may: everything else that runs in the project could otherwise be anybody.

use super::super::Release;
use crate::auth::session::NewSession;
use crate::error::{Code, Error};
use crate::functions::{Reply, ReplyBody};
use crate::limits;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use serde_json::json;

const DIRECTIVE: HeaderName = HeaderName::from_static("x-run402-mint-directive");

/// What the function says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Directive {
    v: u8,
    tenant: String,
    user: Who,
    method: Method,
    #[serde(default)]
    advanced: Advanced,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Who {
    id: String,
    email: String,
    #[serde(default)]
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
}

#[derive(Debug, Deserialize, Default)]
struct Advanced {
    #[serde(default)]
    amr: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    Password,
    Sso,
}

/// Follows the directive of an answer, if it has one: a session is begun and the answer has its cookie.
pub(super) async fn follow(release: &Release, function: &str, reply: &mut Reply) -> Result<(), Error> {
    let mut directives = reply.headers.iter().filter(|(name, _)| *name == DIRECTIVE).map(|(_, value)| value);
    let Some(directive) = directives.next() else { return Ok(()) };
    if !release.release.functions.get(function).is_some_and(|function| function.begins_sessions) {
        // A field of that name with something else in it asks for nothing. It does not leave the node either way.
        return match read(directive).is_some() || directives.next().is_some() {
            true => Err(untrusted("the function has no capability auth.sessionMint")),
            false => Ok(()),
        };
    }
    if directives.next().is_some() {
        return Err(untrusted("it has two directives"));
    }
    if reply.status != 200 || !matches!(reply.body, ReplyBody::Whole(_)) {
        return Err(untrusted("only a whole answer with status 200 begins a session"));
    }
    let directive = read(directive).ok_or_else(|| untrusted("the directive is not understood"))?;
    let way = match directive.method {
        Method::Password => "tenant_password",
        Method::Sso => "tenant_sso",
    };
    let mut amr = vec![way.to_owned()];
    amr.extend(directive.advanced.amr.into_iter().filter(|named| named != way).take(limits::SESSION_AMR_MAX));
    let new = NewSession {
        email: Some(directive.user.email.clone()).filter(|email| !email.is_empty()),
        email_verified: directive.user.email_verified,
        amr,
        issuer: Some(format!("tenant:{}", directive.tenant)),
        ..NewSession::of(directive.user.id.clone())
    };
    let (_, cookie) = release.payload.auth.begin_session(new).await.map_err(|error| match error.code {
        // What the function said is no fault of its client.
        Code::BadField => untrusted("nobody can have a session by that id"),
        _ => error,
    })?;
    let cookie = HeaderValue::from_str(&cookie.set_cookie()).map_err(|_| untrusted("its cookie is no field"))?;
    // What the function said of the body it gave is not true of this one, and nobody but this client may have it.
    reply.headers.retain(|(name, _)| ![DIRECTIVE, CONTENT_LENGTH, CONTENT_TYPE, CACHE_CONTROL].contains(name));
    reply.headers.push((SET_COOKIE, cookie));
    reply.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")));
    reply.headers.push((CACHE_CONTROL, HeaderValue::from_static("private, no-store")));
    reply.body = ReplyBody::Whole(json!({ "ok": true, "user": directive.user }).to_string().into());
    Ok(())
}

fn read(value: &HeaderValue) -> Option<Directive> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(value.to_str().ok()?.trim_end_matches('=')).ok()?;
    let directive: Directive = serde_json::from_slice(&text).ok()?;
    let tenant = &directive.tenant;
    let named = (1..=64).contains(&tenant.len()) && tenant.bytes().all(|b| b.is_ascii_graphic());
    (directive.v == 1 && named).then_some(directive)
}

fn untrusted(cause: &str) -> Error {
    Error::new(Code::UntrustedContext, "The function asked for something it may not have.").because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directive(text: &str) -> Option<Directive> {
        read(&HeaderValue::from_str(&BASE64_URL_SAFE_NO_PAD.encode(text)).unwrap())
    }

    #[test]
    fn a_directive_names_a_tenant_a_user_and_a_way() {
        let text = r#"{"v":1,"tenant":"crm","user":{"id":"u-7","email":"a@example.com","emailVerified":true},"method":"password"}"#;
        let read = directive(text).unwrap();
        assert_eq!((read.tenant.as_str(), read.user.id.as_str(), read.user.email_verified), ("crm", "u-7", true));
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("crm", ""),
            ("crm", "c m"),
            ("password", "guess"),
            ("\"id\":\"u-7\",", ""),
            ("\"method\"", "\"way\""),
        ] {
            assert!(directive(&text.replace(from, to)).is_none(), "{from} -> {to}");
        }
        assert!(read_raw("not base64!").is_none() && read_raw("").is_none());
    }

    fn read_raw(text: &str) -> Option<Directive> {
        read(&HeaderValue::from_str(text).unwrap())
    }
}
