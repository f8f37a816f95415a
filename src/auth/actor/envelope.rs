//! The actor envelope (reference 2.6): who, and for which one request, under an HMAC.

use super::{Actor, Spelled};
use crate::auth::keys::signing::SigningKeys;
use crate::error::{Error, Result};
use crate::limits;
use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Serialize;
use std::borrow::Cow;
use url::Url;

const VERSION: u8 = 1;
const ISSUER: &str = "run402-gateway";
const AUDIENCE: &str = "run402-functions-runtime";

/// The request that an envelope is bound to.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The project that answers.
    pub project: &'a str,
    /// The request's id: also in `x-run402-request-id`.
    pub request_id: &'a str,
    /// The method as the function sees it.
    pub method: &'a str,
    /// The absolute URL as the function sees it.
    pub url: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    v: u8,
    iss: &'a str,
    aud: &'a str,
    kid: &'a str,
    project_id: &'a str,
    request_id: &'a str,
    method: &'a str,
    host: &'a str,
    path_hash: &'a str,
    iat: u64,
    exp: u64,
    actor: Spelled<'a>,
}

/// The value of `x-run402-actor-context`. `now` is in seconds since 1970.
///
/// # Errors
/// `INTERNAL` when the URL of `about` is none; a request with such a URL does not get as far as a function.
pub fn envelope(keys: &SigningKeys, actor: &Actor, about: &About<'_>, now: u64) -> Result<String> {
    let url = Url::parse(about.url).map_err(|error| Error::internal(format!("a request's URL: {error}")))?;
    let host = host(&url);
    let path_hash = hex::encode(digest(&SHA256, url.path().as_bytes()));
    // The library compares with its own request's method in capital letters, whatever it was.
    let method = upper(about.method);
    keys.with_actor_key(|kid, key| {
        let claims = Claims {
            v: VERSION,
            iss: ISSUER,
            aud: AUDIENCE,
            kid,
            project_id: about.project,
            request_id: about.request_id,
            method: &method,
            host: &host,
            path_hash: &path_hash,
            iat: now,
            exp: now.saturating_add(limits::ACTOR_SECONDS_MAX),
            actor: actor.spelled(),
        };
        let json = serde_json::to_vec(&claims).map_err(Error::internal)?;
        let mut text = String::with_capacity(json.len() * 4 / 3 + 48);
        BASE64_URL_SAFE_NO_PAD.encode_string(&json, &mut text);
        text.push('.');
        // Over the bytes themselves, not over their base64.
        BASE64_URL_SAFE_NO_PAD.encode_string(key.sign(&json)?, &mut text);
        Ok(text)
    })
}

/// Host and port as the WHATWG has them in `URL.host`, without a port of 80 or 443 whatever the scheme: the library takes both away.
fn host(url: &Url) -> Cow<'_, str> {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        None | Some(80 | 443) => host.into(),
        Some(port) => format!("{host}:{port}").into(),
    }
}

fn upper(method: &str) -> Cow<'_, str> {
    if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return method.to_ascii_uppercase().into();
    }
    method.into()
}
