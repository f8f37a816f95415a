//! Pingora's hooks: delegation only.
//!
//! The order of the calls: `on_connection_reuse`, `early_request_filter`, `request_filter`, which answers or leaves the request to
//! the upstream hooks, then `logging`. `fail_to_proxy` stands in for whatever failed.

use super::Shared;
use super::client::Connection;
use super::exchange::Exchange;
use super::upstream::Upstreams;
use super::{dispatch, responder, upstream};
use crate::error::{Code, Error};
use async_trait::async_trait;
use bytes::Bytes;
use http::request::Parts;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};
use pingora::upstreams::peer::HttpPeer;
use pingora::{ErrorType, Result};
use std::any::Any;
use std::sync::Arc;

/// What answers the node's requests. Clones share it.
#[derive(Clone)]
pub(super) struct Gateway {
    pub(super) shared: Arc<Shared>,
    pub(super) upstreams: Arc<Upstreams>,
}

impl Gateway {
    pub(super) fn new(shared: Shared, upstreams: Upstreams) -> Self {
        Self { shared: Arc::new(shared), upstreams: Arc::new(upstreams) }
    }

    fn body_bytes_max(&self) -> u64 {
        match self.shared.config.limits.request_body_bytes_max {
            0 => u64::MAX,
            limit => limit,
        }
    }
}

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Exchange;

    fn new_ctx(&self) -> Exchange {
        Exchange::new()
    }

    /// None: what they do is not wanted, and each costs every request something.
    fn init_downstream_modules(&self, _: &mut HttpModules) {}

    /// Called for every request, also the first of a connection: [`super::connection`] hands itself over this way.
    fn on_connection_reuse(&self, _: &mut Session, exchange: &mut Exchange, connection: Box<dyn Any + Send + Sync>) {
        exchange.connection = connection.downcast::<Arc<Connection>>().ok().map(|connection| *connection);
    }

    async fn early_request_filter(&self, session: &mut Session, exchange: &mut Exchange) -> Result<()> {
        if let Some(connection) = &exchange.connection {
            connection.parsed();
        }
        // The stream has deadlines of its own. Pingora's would end a WebSocket that is silent for a minute.
        session.set_read_timeout(None);
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, exchange: &mut Exchange) -> Result<bool> {
        dispatch::answer(self, session, exchange).await
    }

    async fn upstream_peer(&self, _: &mut Session, exchange: &mut Exchange) -> Result<Box<HttpPeer>> {
        upstream::peer(exchange).await
    }

    async fn upstream_request_filter(
        &self,
        _: &mut Session,
        request: &mut RequestHeader,
        exchange: &mut Exchange,
    ) -> Result<()> {
        upstream::request(exchange, request)
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        exchange: &mut Exchange,
    ) -> Result<()> {
        // What goes through a WebSocket is no request body.
        if session.was_upgraded() {
            return Ok(());
        }
        exchange.forwarded += body.as_ref().map_or(0, |bytes| bytes.len() as u64);
        if exchange.forwarded > self.body_bytes_max() {
            exchange.error = Some(dispatch::body_too_large());
            return Err(pingora::Error::new_down(ErrorType::HTTPStatus(Code::RequestBodyTooLarge.status())));
        }
        // An upstream may answer before it has the whole body; then there is nothing left to wait for.
        if end && session.response_written().is_none_or(|answer| answer.status.is_informational()) {
            upstream::request_sent(exchange);
        }
        Ok(())
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        exchange: &mut Exchange,
    ) -> Result<()> {
        upstream::response(session, exchange, response)
    }

    fn fail_to_connect(
        &self,
        _: &mut Session,
        peer: &HttpPeer,
        exchange: &mut Exchange,
        mut error: Box<pingora::Error>,
    ) -> Box<pingora::Error> {
        upstream::connect_failed(exchange, peer, &mut error);
        error
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &pingora::Error,
        exchange: &mut Exchange,
    ) -> FailToProxy {
        let told = exchange.error.take().or_else(|| upstream::failure(exchange.connection.as_deref(), error));
        if let Some(begun) = session.response_written().filter(|answer| !answer.status.is_informational()) {
            upstream::broken_off(exchange, begun);
            exchange.error = told;
            return FailToProxy { error_code: 0, can_reuse_downstream: false };
        }
        let Some(told) = told else {
            // The client is gone.
            return FailToProxy { error_code: 0, can_reuse_downstream: false };
        };
        let status = told.code.status();
        session.set_keepalive(None);
        let sent = responder::send_error(session, exchange, told, None).await.is_ok();
        // "Reused" only as far as an orderly end goes: keep-alive is off.
        FailToProxy { error_code: status, can_reuse_downstream: sent }
    }

    async fn logging(&self, session: &mut Session, error: Option<&pingora::Error>, exchange: &mut Exchange) {
        exchange.log(session, error.map(ToString::to_string).as_deref());
    }

    // Both are in the request's own line.
    fn suppress_error_log(&self, _: &Session, _: &Exchange, _: &pingora::Error) -> bool {
        true
    }
    fn suppress_proxy_warn_log(&self, _: &Session, _: &Exchange, _: &pingora::Error, _: ProxyWarnLogContext) -> bool {
        true
    }
}

/// Errors of ours that have to travel through Pingora come back in `fail_to_proxy`.
impl Gateway {
    /// Refuses a body that is announced to be too large for an upstream.
    pub(super) fn check_length(&self, header: &Parts) -> Result<(), Error> {
        match super::request::content_length(header) {
            Some(length) if length > self.body_bytes_max() => Err(dispatch::body_too_large()),
            _ => Ok(()),
        }
    }
}
