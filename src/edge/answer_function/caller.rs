//! Who asks for a function, and whether the gate in front of it opens (reference 3.7).

use super::super::Release;
use super::super::exchange::Exchange;
use super::super::wire::{Head, Wire};
use super::super::{headers, responder};
use crate::auth::credential::{Bearer, bearer, session_cookie};
use crate::auth::gate::{Admission, Denial};
use crate::auth::project::Asking;
use crate::error::{Code, Error};
use crate::release::gate::Gate;
use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN, REFERER};
use http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use http::request::Parts;
use pingora::{ErrorType, OrErr, Result};

/// What becomes of a request at the gate.
pub(in crate::edge) enum Passage {
    /// It goes on.
    Open(Admission),
    /// It was answered.
    Answered,
}

/// Asks the gate of a function, and answers those who do not pass.
pub(in crate::edge) async fn pass<W: Wire>(
    wire: &mut W,
    exchange: &mut Exchange,
    release: &Release,
    gate: &Gate,
) -> Result<Passage> {
    let header = wire.request();
    let secure = exchange.connection.as_ref().is_some_and(|connection| connection.secure);
    // Without a gate and without a cookie there is nothing to find out.
    if gate.is_open() && !header.headers.contains_key(COOKIE) {
        return Ok(Passage::Open(Admission::default()));
    }
    let asking = asking(header, secure);
    let had_token = !matches!(asking.bearer, Bearer::None);
    let auth = &release.payload.auth;
    match auth.admit(gate, release.payload.roles.as_deref(), &asking).await {
        Ok(admission) => Ok(Passage::Open(admission)),
        Err(Denial::Error(error)) => {
            let challenge = challenge(&error, had_token);
            responder::send_error_with(wire, exchange, error, challenge).await?;
            Ok(Passage::Answered)
        }
        Err(Denial::SignIn(path)) => {
            sign_in(wire, exchange, &path).await?;
            Ok(Passage::Answered)
        }
    }
}

/// What a request presents.
pub(in crate::edge) fn asking(header: &Parts, secure: bool) -> Asking<'_> {
    let headers = &header.headers;
    let authority = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    Asking {
        bearer: bearer(headers.get_all(AUTHORIZATION).iter().map(|value| value.to_str().ok())),
        cookie: session_cookie(headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes)),
        is_safe: header.method.is_safe(),
        origin: one(headers, ORIGIN),
        referer: one(headers, REFERER),
        authority: authority.or(header.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default(),
        secure,
        accept: headers.get(ACCEPT).and_then(|value| value.to_str().ok()),
    }
}

/// A field that is there at most once. Two of them, or one that is no text, count as one that says nothing good.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { Some("") } else { Some(first.to_str().unwrap_or_default()) }
}

/// What a client that has to present something else is told of how (RFC 6750 section 3).
fn challenge(error: &Error, had_token: bool) -> Option<(HeaderName, HeaderValue)> {
    let text = match (error.code, had_token) {
        (Code::AuthRequired, false) => "Bearer",
        (Code::AuthRequired, true) => "Bearer error=\"invalid_token\"",
        _ => return None,
    };
    Some((WWW_AUTHENTICATE, HeaderValue::from_static(text)))
}

/// Sends a browser to the sign-in page; with GET, whatever it had asked for (RFC 9110 section 15.4.4).
async fn sign_in<W: Wire>(wire: &mut W, exchange: &Exchange, path: &str) -> Result<()> {
    let mut header = Head::new(StatusCode::SEE_OTHER, 4);
    let location = HeaderValue::from_str(path).or_err(ErrorType::InternalError, "the path was checked")?;
    header.insert(LOCATION, location);
    header.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    header.insert(headers::REQUEST_ID, responder::id_value(exchange.id)?);
    responder::send(wire, exchange, header, Bytes::new()).await
}
