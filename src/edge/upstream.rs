//! Requests that another server answers.
//!
//! Pingora forwards them, both ways at once and without holding bodies. What is decided here: where the upstream is, how long
//! each part may take, which header fields pass, when another attempt is safe, and what the client is told when
//! there is no answer. An answer that breaks off is broken off towards the client too, never ended as if it were whole.

use super::client::Connection;
use super::deadline::Wait;
use super::exchange::Exchange;
use super::headers;
use super::resolver::Resolver;
use super::responder;
use crate::auth::credential::has_session;
use crate::config;
use crate::error::{Code, Error};
use http::header::{CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING, UPGRADE, VIA};
use http::{StatusCode, Version};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;
use pingora::upstreams::peer::{HttpPeer, Peer};
use pingora::{ErrorSource, ErrorType, Result};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// The upstreams of the node, by name.
#[derive(Debug)]
pub(super) struct Upstreams(BTreeMap<String, Arc<Upstream>>);

/// One upstream.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) name: String,
    config: config::Upstream,
    resolver: Resolver,
    /// The `Host` it sees, unless it sees the client's.
    host: Option<HeaderValue>,
    /// Keeps connections of upstreams apart that happen to be at the same address.
    group: u64,
}

/// An upstream that a request goes to.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) upstream: Arc<Upstream>,
    /// Addresses that could not be reached.
    failed: usize,
}

impl Upstreams {
    pub(super) fn new(configured: &BTreeMap<String, config::Upstream>) -> Self {
        let upstream =
            |(name, config): (&String, &config::Upstream)| (name.clone(), Arc::new(Upstream::new(name, config)));
        Self(configured.iter().map(upstream).collect())
    }

    /// # Errors
    /// `UPSTREAM_UNAVAILABLE` when the configuration no longer has an upstream that a release names.
    pub(super) fn attempt(&self, name: &str) -> Result<Attempt, Error> {
        let upstream = self
            .0
            .get(name)
            .cloned()
            .ok_or_else(|| unavailable().because(format!("the configuration has no upstream named {name}")))?;
        Ok(Attempt { upstream, failed: 0 })
    }
}

impl Upstream {
    fn new(name: &str, config: &config::Upstream) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let host = (!config.preserve_host).then(|| HeaderValue::try_from(config.address.as_str()).ok()).flatten();
        Self {
            name: name.to_owned(),
            resolver: Resolver::new(&config.address),
            host,
            group: hasher.finish(),
            config: config.clone(),
        }
    }

    async fn peer(&self) -> std::io::Result<Box<HttpPeer>> {
        let address = self.resolver.address().await?;
        let sni = if self.config.tls { self.config.tls_name().to_owned() } else { String::new() };
        if self.config.tls && sni.is_empty() {
            // Pingora would skip the check of the certificate.
            return Err(std::io::Error::other("an upstream with TLS needs a name to check"));
        }
        // An address, not a name: this constructor would resolve a name on this thread and panic if it could not.
        let mut peer = HttpPeer::new(address, self.config.tls, sni);
        peer.group_key = self.group;
        let seconds = Duration::from_secs;
        let (connect, idle) = (seconds(self.config.connect_timeout_seconds), seconds(self.config.idle_timeout_seconds));
        let options = &mut peer.options;
        options.connection_timeout = Some(connect);
        options.total_connection_timeout = Some(connect);
        // Pingora has one timeout for the first byte and for pauses. It gets the longer one; the first byte's is kept on
        // the client's side (`Connection::expect_answer_within`).
        options.read_timeout = Some(idle.max(seconds(self.config.response_timeout_seconds)));
        options.write_timeout = Some(idle);
        options.idle_timeout = Some(idle);
        Ok(Box::new(peer))
    }
}

/// Where the next attempt goes.
pub(super) async fn peer(exchange: &mut Exchange) -> Result<Box<HttpPeer>> {
    let Some(attempt) = &exchange.attempt else {
        return Err(pingora::Error::new_in(ErrorType::InternalError));
    };
    exchange.forwarded = 0;
    match attempt.upstream.peer().await {
        Ok(peer) => Ok(peer),
        Err(error) => {
            exchange.error = Some(unavailable().because(error));
            Err(pingora::Error::new_up(ErrorType::ConnectNoRoute))
        }
    }
}

/// After a connection could not be made: nothing was sent, so another address may be tried whatever the method.
pub(super) fn connect_failed(exchange: &mut Exchange, peer: &HttpPeer, error: &mut pingora::Error) {
    let Some(attempt) = &mut exchange.attempt else { return };
    let Some(address) = peer.address().as_inet() else { return };
    let others = attempt.upstream.resolver.failed(address.ip());
    attempt.failed += 1;
    error.set_retry(attempt.failed <= others);
}

/// The request as the upstream gets it.
pub(super) fn request(session: &Session, exchange: &Exchange, request: &mut RequestHeader) -> Result<()> {
    let client_host = request.headers.get(HOST).cloned();
    let websocket = request.headers.contains_key(UPGRADE);
    for name in headers::blocked(&request.headers, headers::passes_inward) {
        // Pingora has removed what is about the connection, and put back what a WebSocket needs and how the body is framed.
        let kept = name == TRANSFER_ENCODING || (websocket && (name == UPGRADE || name == http::header::CONNECTION));
        if !kept {
            request.remove_header(&name);
        }
    }
    if request.headers.get_all(http::header::COOKIE).iter().any(|value| has_session(value.as_bytes())) {
        let kept: Vec<_> =
            request.headers.get_all(http::header::COOKIE).iter().filter_map(headers::cookie_for_others).collect();
        request.remove_header(&http::header::COOKIE);
        for value in kept {
            request.append_header(http::header::COOKIE, value)?;
        }
    }
    if let Some(connection) = &exchange.connection {
        for (name, value) in headers::forwarding(connection.client, connection.secure, client_host.as_ref()) {
            request.insert_header(name, value)?;
        }
    }
    request.insert_header(VIA, headers::via(&session.req_header().headers))?;
    request.insert_header(headers::REQUEST_ID, responder::id_value(exchange.id)?)?;
    // An upstream is no proxy: it gets a path, whatever form the client chose (RFC 9112 section 3.2.1).
    if !request.raw_path().starts_with(b"/")
        && let Some(target) = request.uri.path_and_query().cloned()
    {
        request.set_uri(http::Uri::from(target));
    }
    if let Some(host) = exchange.attempt.as_ref().and_then(|attempt| attempt.upstream.host.clone()) {
        request.insert_header(HOST, host)?;
    }
    Ok(())
}

/// The request has been sent whole: the upstream's time begins.
pub(super) fn request_sent(exchange: &Exchange) {
    if let (Some(connection), Some(attempt)) = (&exchange.connection, &exchange.attempt) {
        connection.expect_answer_within(Duration::from_secs(attempt.upstream.config.response_timeout_seconds));
    }
}

/// The answer as the client gets it.
pub(super) fn response(session: &mut Session, exchange: &Exchange, response: &mut ResponseHeader) -> Result<()> {
    let interim = response.status.is_informational() && response.status != StatusCode::SWITCHING_PROTOCOLS;
    if !interim && let Some(connection) = &exchange.connection {
        connection.answer_begun();
    }
    let upgraded = response.status == StatusCode::SWITCHING_PROTOCOLS;
    for name in headers::blocked(&response.headers, headers::passes_outward) {
        let kept = name == TRANSFER_ENCODING || (upgraded && (name == UPGRADE || name == http::header::CONNECTION));
        if !kept {
            response.remove_header(&name);
        }
    }
    if interim {
        return Ok(());
    }
    // HTTP/1.0 has no chunks: the end of the connection is the end of the answer.
    if session.req_header().version == Version::HTTP_10 && response.headers.contains_key(TRANSFER_ENCODING) {
        response.remove_header(&TRANSFER_ENCODING);
        session.set_keepalive(None);
    }
    if exchange.connection.as_ref().is_some_and(|connection| connection.is_stopping()) {
        session.set_keepalive(None);
    }
    response.insert_header(VIA, headers::via(&response.headers))?;
    if let Some(names) = &exchange.vary {
        headers::add_vary(response, names)?;
    }
    response.insert_header(headers::REQUEST_ID, responder::id_value(exchange.id)?)
}

/// An answer breaks off that has begun. Where its end is only the end of the connection, the connection is reset.
pub(super) fn broken_off(exchange: &Exchange, answer: &ResponseHeader) {
    let framed = answer.headers.contains_key(CONTENT_LENGTH) || answer.headers.contains_key(TRANSFER_ENCODING);
    if let Some(connection) = exchange.connection.as_ref().filter(|_| !framed) {
        connection.abort();
    }
}

/// What the client is told when there is no answer; `None` when it is gone itself.
pub(super) fn failure(connection: Option<&Connection>, error: &pingora::Error) -> Option<Error> {
    let expired = |wait| connection.is_some_and(|connection| connection.expired(wait));
    if expired(Wait::Answer) {
        return Some(timeout().because("no answer within response_timeout_seconds"));
    }
    if expired(Wait::Read) {
        return Some(Error::new(Code::RequestTimeout, "The request body took too long to arrive."));
    }
    match (error.esource(), error.etype()) {
        (
            ErrorSource::Upstream,
            ErrorType::ConnectTimedout
            | ErrorType::TLSHandshakeTimedout
            | ErrorType::ReadTimedout
            | ErrorType::WriteTimedout,
        ) => Some(timeout().because(error)),
        (ErrorSource::Upstream, _) => Some(unavailable().because(error)),
        // Pingora's own names are of broken chunks and of bodies that end too soon.
        (ErrorSource::Downstream, ErrorType::InvalidHTTPHeader | ErrorType::Custom(_)) => {
            Some(Error::new(Code::BadRequest, "The request is malformed.").because(error))
        }
        (ErrorSource::Downstream, _) => None,
        (ErrorSource::Internal | ErrorSource::Unset, _) => Some(Error::internal(error)),
    }
}

fn unavailable() -> Error {
    Error::new(Code::UpstreamUnavailable, "The server behind this site cannot be reached.")
}

fn timeout() -> Error {
    Error::new(Code::UpstreamTimeout, "The server behind this site did not answer in time.")
}
