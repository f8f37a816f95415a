//! A function's answer, checked before it is believed (reference 2.4, 2.8).

use super::super::exchange::Exchange;
use super::super::headers;
use super::super::responder;
use super::super::wire::{Head, Wire};
use super::feed::Feed;
use crate::error::{Code, Error};
use crate::functions::{Reply, ReplyBody, ReplyStream};
use crate::limits;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use pingora::{ErrorType, Result};
use std::time::Duration;

/// The status of an answer that may be sent: 200 to 599. A 101 would leave HTTP.
pub(crate) fn check(reply: &Reply) -> Result<StatusCode, Error> {
    match reply.status {
        200..=599 => StatusCode::from_u16(reply.status).map_err(Error::internal),
        status => Err(Error::new(Code::RoutedResponseInvalid, "The function's answer is not a valid response.")
            .because(format!("status {status}"))),
    }
}

/// Writes an answer. `feed` goes on handing the request's body over while the answer is written piece by piece.
pub(super) async fn write<W: Wire>(
    wire: &mut W,
    exchange: &mut Exchange,
    feed: Feed,
    status: StatusCode,
    mut reply: Reply,
) -> Result<()> {
    let header = response_header(&wire.request().method, exchange, status, &mut reply)?;
    match reply.body {
        ReplyBody::Whole(body) => responder::send(wire, exchange, header, body).await,
        ReplyBody::Stream(pieces) => write_stream(wire, exchange, feed, header, pieces).await,
    }
}

async fn write_stream<W: Wire>(
    wire: &mut W,
    exchange: &mut Exchange,
    mut feed: Feed,
    header: Head,
    mut pieces: ReplyStream,
) -> Result<()> {
    if !responder::begin_stream(wire, exchange, header).await? {
        return Ok(());
    }
    let pause = Duration::from_secs(limits::FUNCTION_STREAM_IDLE_SECONDS_MAX);
    loop {
        let piece = match pieces.next_now() {
            Some(piece) => Some(Ok(piece)),
            None => tokio::select! {
                biased;
                piece = tokio::time::timeout(pause, pieces.next()) => piece.unwrap_or_else(|_| Some(Err(silent()))),
                // Also what sends what was written so far: who reads has nothing more to write for now.
                fed = feed.go_on(wire) => {
                    fed?;
                    continue;
                }
            },
        };
        match piece {
            Some(Ok(bytes)) => responder::body(wire, bytes, false).await?,
            Some(Err(error)) => {
                exchange.error = Some(error);
                // The connection ends without an end of the body: the client can tell.
                return Err(pingora::Error::explain(ErrorType::InternalError, "a function's answer broke off"));
            }
            None => break,
        }
    }
    if !wire.is_body_done() {
        // The rest of a request that the function did not want.
        wire.end_connection();
    }
    responder::body(wire, Bytes::new(), true).await
}

fn silent() -> Error {
    Error::new(Code::RuntimeTimeout, "The function sent nothing for too long.")
}

fn response_header(method: &Method, exchange: &Exchange, status: StatusCode, reply: &mut Reply) -> Result<Head> {
    let mut header = Head::with_fields(status, answer_fields(method, reply));
    header.insert(headers::REQUEST_ID, exchange.id_value()?);
    Ok(header)
}

/// The fields of a function's answer that its client gets, and what is said to caches where the function says nothing. They are taken out of
/// the answer.
pub(crate) fn answer_fields(method: &Method, reply: &mut Reply) -> Vec<(HeaderName, HeaderValue)> {
    let mut fields = std::mem::take(&mut reply.headers);
    let blocked = headers::blocked_in_list(&fields);
    // The answer is for who asked. What the function says for browsers stays; what it says for shared caches does not.
    let tainted = fields.iter().any(|(name, _)| *name == headers::CACHE_TAINTED);
    let mut policies = fields.iter().filter(|(name, _)| *name == CACHE_CONTROL).map(|(_, value)| value);
    let drops_policy = tainted && !policies.any(keeps_private);
    let length = fields.iter().rfind(|(name, _)| *name == CONTENT_LENGTH).map(|(_, value)| value.clone());
    fields.retain(|(name, _)| match name {
        // The date is set by who writes the answer.
        &CONTENT_LENGTH | &DATE => false,
        &CACHE_CONTROL if drops_policy => false,
        name => !blocked.contains(name),
    });
    // What a function says of its body's length is believed only where there is no body to count: an answer to HEAD. A stream may say
    // how long it will be; if it is not, the connection ends and the client can tell.
    let believed = match &reply.body {
        ReplyBody::Whole(body) => *method == Method::HEAD && body.is_empty(),
        ReplyBody::Stream(_) => true,
    };
    if let Some(length) = length.filter(|length| believed && is_number(length)) {
        fields.push((CONTENT_LENGTH, length));
    }
    if !fields.iter().any(|(name, _)| *name == CACHE_CONTROL) {
        fields.push((CACHE_CONTROL, HeaderValue::from_static("private, no-store")));
        fields.retain(|(name, _)| *name != headers::CACHE);
        fields.push((headers::CACHE, HeaderValue::from_static("dynamic-bypass")));
    }
    fields
}

/// Whether a `Cache-Control` leaves an answer out of shared caches (RFC 9111 section 5.2.2).
fn keeps_private(value: &HeaderValue) -> bool {
    let directives = value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    directives.into_iter().any(|name| name.eq_ignore_ascii_case(b"private") || name.eq_ignore_ascii_case(b"no-store"))
}

fn is_number(value: &HeaderValue) -> bool {
    (1..=18).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, fields: &[(&'static str, &'static str)], body: &'static str) -> Reply {
        let headers = fields.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        Reply { status, headers, body: ReplyBody::Whole(Bytes::from_static(body.as_bytes())) }
    }

    fn written(method: Method, fields: &[(&'static str, &'static str)], body: &'static str) -> Vec<String> {
        let mut reply = reply(200, fields, body);
        let header = response_header(&method, &Exchange::new(), StatusCode::OK, &mut reply).unwrap();
        let fields = header.fields().iter().filter(|(name, _)| *name != headers::REQUEST_ID);
        fields.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn each_cookie_is_a_field_of_its_own() {
        let fields = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("cache-control", "no-cache")];
        assert_eq!(
            written(Method::GET, &fields, "x"),
            ["set-cookie: a=1", "set-cookie: b=2", "cache-control: no-cache"]
        );
    }

    #[test]
    fn an_answer_without_a_cache_policy_is_not_cached() {
        assert_eq!(
            written(Method::GET, &[], ""),
            ["cache-control: private, no-store", "x-run402-cache: dynamic-bypass"]
        );
    }

    #[test]
    fn an_answer_that_depends_on_who_asks_is_in_no_shared_cache() {
        let with = |cache: &'static str| {
            written(Method::GET, &[("x-run402-cache-tainted", "true"), ("cache-control", cache)], "x")
        };
        let refused = ["cache-control: private, no-store", "x-run402-cache: dynamic-bypass"];
        for cache in ["public, max-age=60", "s-maxage=60", "max-age=60", "no-cache", "privately", "x=private"] {
            assert_eq!(with(cache), refused, "{cache}");
        }
        for cache in ["private, max-age=60", "max-age=0, Private", "no-store"] {
            assert_eq!(with(cache), [format!("cache-control: {cache}")]);
        }
        assert_eq!(written(Method::GET, &[("x-run402-cache-tainted", "true")], "x"), refused);
    }

    #[test]
    fn a_function_does_not_decide_about_the_connection_or_the_length() {
        let fields = [
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
            ("x-run402-mint-directive", "d"),
            ("x-run402-request-id", "mine"),
            ("cache-control", "no-cache"),
        ];
        assert_eq!(written(Method::GET, &fields, "x"), ["cache-control: no-cache"]);
    }

    #[test]
    fn head_keeps_the_length_that_get_would_have() {
        let fields = [("content-length", "5"), ("cache-control", "no-cache")];
        assert_eq!(written(Method::HEAD, &fields, ""), ["cache-control: no-cache", "content-length: 5"]);
        let wrong = [("content-length", "5x"), ("cache-control", "no-cache")];
        assert_eq!(written(Method::HEAD, &wrong, ""), ["cache-control: no-cache"]);
    }

    #[test]
    fn only_final_answers_are_answers() {
        for (status, valid) in
            [(101, false), (100, false), (199, false), (200, true), (299, true), (599, true), (600, false), (0, false)]
        {
            assert_eq!(check(&reply(status, &[], "")).is_ok(), valid, "{status}");
        }
    }
}
