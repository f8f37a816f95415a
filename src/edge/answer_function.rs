//! Functions: the request is gathered, handed to JavaScript, and the answer is checked before it is believed.
//!
//! Rules of reference 2.4 and 2.8. The body is held whole, up to a limit that is enforced before the client has sent more
//! than that. When the client leaves, the call is dropped, and with it cancelled.

use super::exchange::Exchange;
use super::headers::{self, Nominated};
use super::request::{Request, asks_for_upgrade, content_length, expects_continue};
use super::{Release, dispatch, responder};
use crate::error::{Code, Error};
use crate::functions::{Host, Invocation, Reply};
use crate::limits;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LENGTH, COOKIE, DATE, EXPECT, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{ErrorType, Result};
use std::sync::Arc;

/// Asks the function for an answer and writes it; or gives the error that the client is to get instead, before anything
/// was written.
pub(super) async fn answer(
    host: &Host,
    session: &mut Session,
    exchange: &mut Exchange,
    release: &Arc<Release>,
    name: &str,
) -> Result<Option<Error>> {
    if asks_for_upgrade(session.req_header()) {
        return Ok(Some(Error::new(Code::UpgradeNotSupported, "Functions do not take upgraded connections.")));
    }
    let Some(function) = release.payload.get(name).cloned() else {
        let error = Error::new(Code::RuntimeUnavailable, "The function is not available.");
        return Ok(Some(error.because(format!("the release has no handle for function {name}"))));
    };
    exchange.function = Some(name.to_owned());
    let body = match gather(session, exchange).await? {
        Ok(body) => body,
        Err(error) => return Ok(Some(error)),
    };
    let invocation = match invocation(session, exchange, release, body) {
        Ok(invocation) => invocation,
        Err(error) => return Ok(Some(error)),
    };
    let reply = tokio::select! {
        reply = host.invoke(&function, invocation) => reply,
        gone = left(session) => return Err(gone),
    };
    match reply.and_then(|reply| check(&reply).map(|status| (status, reply))) {
        Ok((status, reply)) => write(session, exchange, status, reply).await.map(|()| None),
        Err(error) => Ok(Some(error)),
    }
}

/// Ends when the client is gone.
async fn left(session: &mut Session) -> Box<pingora::Error> {
    if !session.is_body_done() {
        // The rest of a body that nobody wants stands between here and the client's end.
        return std::future::pending().await;
    }
    match session.downstream_session.read_body_or_idle(true).await {
        Err(error) => error.into_down(),
        // Nothing but an end is read after the body.
        Ok(_) => std::future::pending().await,
    }
}

/// Reads the request body. The outer error is the client's end, the inner one what the client is told.
async fn gather(session: &mut Session, exchange: &Exchange) -> Result<Result<Bytes, Error>> {
    const MAX: usize = limits::FUNCTION_REQUEST_BODY_BYTES_MAX;
    // The function gets no body with these (the Fetch standard has none), so there is nothing to wait for.
    if matches!(session.req_header().method, Method::GET | Method::HEAD) || session.is_body_done() {
        return Ok(Ok(Bytes::new()));
    }
    let announced = content_length(session.req_header());
    if announced.is_some_and(|length| length > MAX as u64) {
        return Ok(Err(dispatch::body_too_large()));
    }
    if expects_continue(session.req_header()) {
        session.downstream_session.write_continue_response().await.map_err(|error| error.into_down())?;
    }
    let mut body = Gathered::None;
    loop {
        match session.downstream_session.read_request_body().await {
            Ok(Some(bytes)) => {
                if body.len() + bytes.len() > MAX {
                    return Ok(Err(dispatch::body_too_large()));
                }
                body.push(bytes, announced);
            }
            Ok(None) => return Ok(Ok(body.into_bytes())),
            Err(error) => {
                // The stream knows whether the client was too slow, or is gone, or sent no chunks where it said it would.
                let told = super::upstream::failure(exchange.connection.as_deref(), &error);
                let malformed = matches!(error.etype(), ErrorType::Custom(_) | ErrorType::InvalidHTTPHeader);
                return match told {
                    Some(told) if told.code == Code::RequestTimeout => Ok(Err(told)),
                    _ if malformed => Ok(Err(Error::new(Code::BadRequest, "The request body is malformed.").because(error))),
                    _ => Err(error.into_down()),
                };
            }
        }
    }
}

/// A body as it comes in. Most come in one piece, which is then not copied.
enum Gathered {
    None,
    One(Bytes),
    Many(BytesMut),
}

impl Gathered {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, bytes: Bytes, announced: Option<u64>) {
        match self {
            Self::None => *self = Self::One(bytes),
            Self::One(first) => {
                // The announced length is at most the limit, and was checked; it saves growing.
                let expected = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(first.len() * 2);
                let mut all = BytesMut::with_capacity(expected.max(first.len() + bytes.len()));
                all.extend_from_slice(first);
                all.extend_from_slice(&bytes);
                *self = Self::Many(all);
            }
            Self::Many(all) => all.extend_from_slice(&bytes),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}

/// The request as the function sees it.
fn invocation(session: &Session, exchange: &Exchange, release: &Release, body: Bytes) -> Result<Invocation, Error> {
    let request = Request::read(session.req_header())?;
    let header = request.header();
    let secure = exchange.connection.as_ref().is_some_and(|connection| connection.secure);
    let nominated = Nominated::of(&header.headers);
    let mut fields: Vec<(HeaderName, HeaderValue)> = Vec::with_capacity(header.headers.len() + 10);
    let passing = header.headers.iter().filter(|(name, _)| {
        // The edge has answered the expectation, and the length is that of the body as it is handed over.
        headers::passes_inward(name, &nominated) && **name != EXPECT && **name != CONTENT_LENGTH
    });
    fields.extend(passing.map(|(name, value)| (name.clone(), value.clone())));
    if !body.is_empty() || matches!(header.method, Method::POST | Method::PUT | Method::PATCH) {
        fields.push((CONTENT_LENGTH, HeaderValue::from(body.len())));
    }
    if let Some(connection) = &exchange.connection {
        fields.extend(headers::forwarding(connection.client, secure, header.headers.get(http::header::HOST)));
    }
    let mut say = |name: HeaderName, text: &str| {
        let value = HeaderValue::from_str(text).map_err(|error| Error::internal(format!("{name}: {error}")))?;
        fields.push((name, value));
        Ok::<_, Error>(())
    };
    say(headers::REQUEST_ID, exchange.id.as_str())?;
    say(headers::PROJECT_ID, &release.release.project)?;
    say(headers::RELEASE_ID, &release.release.id)?;
    say(headers::HOST, &request.host)?;
    let (mut locale, mut default_locale) = (None, None);
    if let Some(locales) = &release.tables.i18n {
        let (languages, cookies) = (request.field(ACCEPT_LANGUAGE, ", "), request.field(COOKIE, "; "));
        let chosen = locales.negotiate(languages.as_deref(), cookies.as_deref());
        // With the policy `pass-through` it may be a client's own text, which may be no valid value.
        if say(headers::LOCALE, &chosen).is_ok() {
            locale = Some(chosen.into_owned());
        }
        say(headers::DEFAULT_LOCALE, locales.default_locale())?;
        default_locale = Some(locales.default_locale().to_owned());
    }
    Ok(Invocation {
        request_id: exchange.id.as_str().to_owned(),
        release_id: release.release.id.clone(),
        method: header.method.clone(),
        url: request.url(secure),
        headers: fields,
        body,
        locale,
        default_locale,
    })
}

/// The status of an answer that may be sent: 200 to 599. A 101 would leave HTTP.
fn check(reply: &Reply) -> Result<StatusCode, Error> {
    match reply.status {
        200..=599 => StatusCode::from_u16(reply.status).map_err(Error::internal),
        status => Err(Error::new(Code::RoutedResponseInvalid, "The function's answer is not a valid response.")
            .because(format!("status {status}"))),
    }
}

async fn write(session: &mut Session, exchange: &Exchange, status: StatusCode, reply: Reply) -> Result<()> {
    let header = response_header(&session.req_header().method, exchange, status, &reply)?;
    responder::send(session, header, reply.body).await
}

fn response_header(method: &Method, exchange: &Exchange, status: StatusCode, reply: &Reply) -> Result<Box<ResponseHeader>> {
    let nominated = Nominated::of_list(&reply.headers);
    let mut header = responder::header(status.as_u16(), reply.headers.len() + 3)?;
    let mut length = None;
    for (name, value) in &reply.headers {
        match name {
            &CONTENT_LENGTH => length = Some(value),
            // Pingora sets the date.
            &DATE => {}
            name if headers::passes_outward(name, &nominated) => {
                header.append_header(name.clone(), value.clone())?;
            }
            _ => {}
        }
    }
    // What a function says of its body's length is believed only where there is no body to count: an answer to HEAD.
    if *method == Method::HEAD
        && reply.body.is_empty()
        && let Some(length) = length.filter(|length| is_number(length))
    {
        header.insert_header(CONTENT_LENGTH, length.clone())?;
    }
    if !header.headers.contains_key(CACHE_CONTROL) {
        header.insert_header(CACHE_CONTROL, HeaderValue::from_static("private, no-store"))?;
        header.insert_header(headers::CACHE, HeaderValue::from_static("dynamic-bypass"))?;
    }
    header.insert_header(headers::REQUEST_ID, responder::id_value(exchange.id)?)?;
    Ok(header)
}

fn is_number(value: &HeaderValue) -> bool {
    (1..=18).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, fields: &[(&'static str, &'static str)], body: &'static str) -> Reply {
        let headers = fields.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        Reply { status, headers, body: Bytes::from_static(body.as_bytes()) }
    }

    fn written(method: Method, fields: &[(&'static str, &'static str)], body: &'static str) -> Vec<String> {
        let reply = reply(200, fields, body);
        let header = response_header(&method, &Exchange::new(), StatusCode::OK, &reply).unwrap();
        let fields = header.headers.iter().filter(|(name, _)| **name != headers::REQUEST_ID);
        fields.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn each_cookie_is_a_field_of_its_own() {
        let fields = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("cache-control", "no-cache")];
        assert_eq!(written(Method::GET, &fields, "x"), ["set-cookie: a=1", "set-cookie: b=2", "cache-control: no-cache"]);
    }

    #[test]
    fn an_answer_without_a_cache_policy_is_not_cached() {
        assert_eq!(written(Method::GET, &[], ""), ["cache-control: private, no-store", "x-run402-cache: dynamic-bypass"]);
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
        for (status, valid) in [(101, false), (100, false), (199, false), (200, true), (299, true), (599, true), (600, false), (0, false)] {
            assert_eq!(check(&reply(status, &[], "")).is_ok(), valid, "{status}");
        }
    }

    #[test]
    fn a_body_in_pieces_is_one_body() {
        let mut body = Gathered::None;
        for piece in ["ab", "c", "def"] {
            body.push(Bytes::from_static(piece.as_bytes()), None);
        }
        assert_eq!((body.len(), body.into_bytes()), (6, Bytes::from_static(b"abcdef")));
    }
}
