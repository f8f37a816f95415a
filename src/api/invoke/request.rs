//! The call as the function sees it. The rules are those of the public edge (reference 2.4); there is no host of a site, because nobody
//! asked one.

use super::credential::reaches_function;
use super::{Release, Seen};
use crate::auth::gate::Admission;
use crate::edge::headers::{self, Nominated};
use crate::error::{Code, Error, Result};
use crate::functions::{self, BodySender, Invocation, InvocationKind, RequestBody};
use crate::limits;
use crate::route::{host, path};
use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, COOKIE, EXPECT, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// Makes the invocation; also says how many bytes of a body were read. Whole bodies are read before, streams while it runs.
pub(super) async fn invocation(
    request: Request,
    seen: &Seen,
    release: &Release,
    admission: &Admission,
    streams: bool,
    pause: Duration,
) -> Result<(Invocation, u64)> {
    let (parts, body) = request.into_parts();
    let url = url(&parts.headers, &parts.uri)?;
    let announced = length(&parts.headers);
    let bodiless = matches!(parts.method, Method::GET | Method::HEAD);
    let mut fields = passing(&parts.headers);
    let (body, bytes_in) = if bodiless {
        (RequestBody::Whole(Bytes::new()), 0)
    } else if streams {
        fields.extend(announced.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
        (RequestBody::Stream(hand_over(body, pause)), 0)
    } else {
        let body = gather(body, announced, pause).await?;
        if !body.is_empty() || matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
            fields.push((CONTENT_LENGTH, HeaderValue::from(body.len())));
        }
        let bytes_in = body.len() as u64;
        (RequestBody::Whole(body), bytes_in)
    };
    if let Some(client) = seen.client {
        fields.extend(headers::forwarding(headers::forwarded_for(client), false, parts.headers.get(HOST)));
    }
    let mut say = |name: HeaderName, text: &str| {
        let value = HeaderValue::from_str(text).map_err(|error| Error::internal(format!("{name}: {error}")))?;
        fields.push((name, value));
        Ok::<_, Error>(())
    };
    say(headers::REQUEST_ID, &seen.id)?;
    say(headers::PROJECT_ID, &release.release.project)?;
    say(headers::RELEASE_ID, &release.release.id)?;
    if let Some(user) = admission.user.as_ref().filter(|_| admission.gated) {
        say(headers::USER_ID, &user.id)?;
    }
    if let Some(role) = &admission.role {
        say(headers::USER_ROLE, role)?;
    }
    let (mut locale, mut default_locale) = (None, None);
    if let Some(locales) = &release.tables.i18n {
        let joined = |name, separator| joined(&parts.headers, name, separator);
        let (languages, cookies) = (joined(ACCEPT_LANGUAGE, ", "), joined(COOKIE, "; "));
        let chosen = locales.negotiate(languages.as_deref(), cookies.as_deref());
        if say(headers::LOCALE, &chosen).is_ok() {
            locale = Some(chosen.into_owned());
        }
        say(headers::DEFAULT_LOCALE, locales.default_locale())?;
        default_locale = Some(locales.default_locale().to_owned());
    }
    let invocation = Invocation {
        request_id: seen.id.clone(),
        release_id: release.release.id.clone(),
        method: parts.method,
        url,
        headers: fields,
        body,
        locale,
        default_locale,
        kind: InvocationKind::Direct,
        actor: None,
    };
    Ok((invocation, bytes_in))
}

/// The URL as the client wrote it.
fn url(headers: &HeaderMap, uri: &axum::http::Uri) -> Result<String> {
    let refused = || Error::new(Code::BadRequest, "The request has no valid Host.");
    let mut hosts = headers.get_all(HOST).iter();
    let authority = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().map_err(|_| refused())?,
        _ => return Err(refused()),
    };
    host::normalize(authority).ok_or_else(refused)?;
    // As at the edge: what a function makes of its URL is what was looked at here.
    path::canonicalize(uri.path()).map_err(|error| Error::new(error.code(), "The path is not valid."))?;
    let target = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    Ok(format!("http://{authority}{target}"))
}

/// The caller's own fields, without those that end here.
fn passing(all: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let nominated = Nominated::of(all);
    let passes = |name: &HeaderName, value: &HeaderValue| {
        headers::passes_inward(name, &nominated)
            && *name != EXPECT
            && *name != CONTENT_LENGTH
            && reaches_function(name, value)
    };
    let fields = all.iter().filter(|(name, value)| passes(name, value));
    let mut fields = fields.filter_map(|(name, value)| headers::for_others(name, value)).collect();
    headers::join_cookies(&mut fields);
    fields
}

fn joined(headers: &HeaderMap, name: HeaderName, separator: &str) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(separator))
}

/// What the client announced; hyper has refused a field that is no number, or two that differ.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn too_large() -> Error {
    Error::new(Code::RequestBodyTooLarge, "The request body is too large.")
}

/// The body, whole and not larger than any function takes.
async fn gather(body: Body, announced: Option<u64>, pause: Duration) -> Result<Bytes> {
    const MAX: usize = limits::FUNCTION_REQUEST_BODY_BYTES_MAX;
    let mut pieces = body.into_data_stream();
    if announced.is_some_and(|length| length > MAX as u64) {
        discard(pieces);
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    loop {
        let piece = timeout(pause, pieces.next()).await;
        match piece.map_err(|_| Error::new(Code::RequestTimeout, "The request body came too slowly."))? {
            None => return Ok(whole.freeze()),
            Some(Ok(piece)) if whole.len() + piece.len() <= MAX => whole.extend_from_slice(&piece),
            Some(Ok(_)) => {
                discard(pieces);
                return Err(too_large());
            }
            Some(Err(error)) => return Err(Error::new(Code::BadRequest, "The request body broke off.").because(error)),
        }
    }
}

/// Goes on reading for a moment what is not wanted: a client that is still sending when the connection closes may never see its answer
/// (RFC 9112 section 9.6).
fn discard(mut pieces: BodyDataStream) {
    let limit = Duration::from_secs(limits::UNWANTED_BODY_SECONDS_MAX);
    tokio::spawn(timeout(limit, async move {
        let mut left = limits::FUNCTION_REQUEST_BODY_BYTES_MAX;
        while let Some(Ok(piece)) = pieces.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    }));
}

/// The body, piece by piece and no faster than the function reads it.
fn hand_over(body: Body, pause: Duration) -> functions::BodyPieces {
    let (sender, pieces) = functions::body_stream(limits::FUNCTION_STREAM_PIECES);
    // Ends with the body, with its client, or with the function: whichever is first.
    tokio::spawn(feed(body.into_data_stream(), sender, pause));
    pieces
}

async fn feed(mut body: BodyDataStream, sender: BodySender, pause: Duration) {
    loop {
        let piece = tokio::select! {
            () = sender.closed() => return,
            piece = timeout(pause, body.next()) => piece,
        };
        // Without an end in the channel, the body broke off.
        let sent = match piece {
            Ok(Some(Ok(piece))) => sender.send(Some(piece)).await,
            Ok(None) => {
                let _ = sender.send(None).await;
                return;
            }
            Ok(Some(Err(_))) | Err(_) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}
