//! Pingora's way to an upstream: it forwards both ways at once and does not hold bodies.

use super::super::client::Connection;
use super::super::deadline::Wait;
use super::super::exchange::Exchange;
use super::super::{headers, responder};
use super::rules::{self, Facts};
use super::{Upstream, timeout, unavailable};
use crate::error::{Code, Error};
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE, VIA};
use http::{StatusCode, Version};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;
use pingora::upstreams::peer::{HttpPeer, Peer};
use pingora::{ErrorSource, ErrorType, OrErr, Result};
use std::time::Duration;

impl Upstream {
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
pub(in crate::edge) async fn peer(exchange: &mut Exchange) -> Result<Box<HttpPeer>> {
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

/// After a connection could not be made.
pub(in crate::edge) fn connect_failed(exchange: &mut Exchange, peer: &HttpPeer, error: &mut pingora::Error) {
    let Some(attempt) = &mut exchange.attempt else { return };
    let Some(address) = peer.address().as_inet() else { return };
    error.set_retry(attempt.connect_failed(address.ip()));
}

/// The request as the upstream gets it.
pub(in crate::edge) fn request(exchange: &Exchange, request: &mut RequestHeader) -> Result<()> {
    let Some(connection) = &exchange.connection else {
        return Err(pingora::Error::new_in(ErrorType::InternalError));
    };
    // Pingora has removed what is about the connection, and put back what a WebSocket needs and how the body is framed.
    let websocket = request.headers.contains_key(UPGRADE);
    let kept = |name: &HeaderName| name == TRANSFER_ENCODING || (websocket && (name == UPGRADE || name == CONNECTION));
    let facts = Facts {
        forwarded_for: connection.forwarded_for(),
        secure: connection.secure,
        id: exchange.id,
        host: exchange.attempt.as_ref().and_then(|attempt| attempt.upstream.host.as_ref()),
    };
    let mut fields = Vec::with_capacity(request.headers.len() + 8);
    rules::request_fields(&request.headers, &facts, kept, |name, value| {
        fields.push((name.clone(), HeaderValue::from_bytes(value)));
    });
    let before: Vec<HeaderName> = request.headers.keys().cloned().collect();
    for name in before {
        request.remove_header(&name);
    }
    for (name, value) in fields {
        request.append_header(name, value.or_err(ErrorType::InternalError, "what was a value is one")?)?;
    }
    // An upstream is no proxy: it gets a path, whatever form the client chose (RFC 9112 section 3.2.1).
    if !request.raw_path().starts_with(b"/")
        && let Some(target) = request.uri.path_and_query().cloned()
    {
        request.set_uri(http::Uri::from(target));
    }
    Ok(())
}

/// The request has been sent whole: the upstream's time begins.
pub(in crate::edge) fn request_sent(exchange: &Exchange) {
    if let (Some(connection), Some(attempt)) = (&exchange.connection, &exchange.attempt) {
        connection.expect_answer_within(Duration::from_secs(attempt.upstream.config.response_timeout_seconds));
    }
}

/// The answer as the client gets it.
pub(in crate::edge) fn response(
    session: &mut Session,
    exchange: &Exchange,
    response: &mut ResponseHeader,
) -> Result<()> {
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
pub(in crate::edge) fn broken_off(exchange: &Exchange, answer: &ResponseHeader) {
    let framed = answer.headers.contains_key(CONTENT_LENGTH) || answer.headers.contains_key(TRANSFER_ENCODING);
    if let Some(connection) = exchange.connection.as_ref().filter(|_| !framed) {
        connection.abort();
    }
}

/// What the client is told when there is no answer; `None` when it is gone itself.
pub(in crate::edge) fn failure(connection: Option<&Connection>, error: &pingora::Error) -> Option<Error> {
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
