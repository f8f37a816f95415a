//! What is known about one request, from its first byte to its line in the log.

use super::Release;
use super::client::Connection;
use super::request_id::RequestId;
use super::responder;
use super::upstream::Attempt;
use super::wire::Wire;
use crate::error::Error;
use crate::functions::Function;
use crate::telemetry::{AccessLine, ServedBy, access};
use http::header::HeaderValue;
use pingora::Result;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// One request and its answer. Holds the release that answers to the last byte: a swap does not change a request that is
/// under way.
pub(super) struct Exchange {
    pub(super) id: RequestId,
    id_value: OnceLock<HeaderValue>,
    begun: Instant,
    pub(super) connection: Option<Arc<Connection>>,
    pub(super) release: Option<Arc<Release>>,
    pub(super) served_by: ServedBy,
    /// The function that was asked.
    pub(super) function: Option<Arc<Function>>,
    /// The upstream that is asked.
    pub(super) attempt: Option<Attempt>,
    /// What the client was told instead of an answer, with what it was not told.
    pub(super) error: Option<Error>,
    /// Bytes of the request body that went to the upstream.
    pub(super) forwarded: u64,
    /// `Vary`, when rules of the site looked at the client before they chose the answer.
    pub(super) vary: Option<HeaderValue>,
    /// The client's country, from whom the operator trusts: two capital letters.
    pub(super) country: Option<[u8; 2]>,
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self {
            id: RequestId::new(),
            id_value: OnceLock::new(),
            begun: Instant::now(),
            connection: None,
            release: None,
            served_by: ServedBy::Edge,
            function: None,
            attempt: None,
            error: None,
            forwarded: 0,
            vary: None,
            country: None,
        }
    }

    fn function_name(&self) -> Option<&str> {
        self.function.as_ref().map(|function| function.source().name.as_str())
    }

    /// The id as a field's value, which the function and the client get.
    pub(super) fn id_value(&self) -> Result<HeaderValue> {
        if let Some(value) = self.id_value.get() {
            return Ok(value.clone());
        }
        let value = responder::id_value(self.id)?;
        Ok(self.id_value.get_or_init(|| value).clone())
    }

    /// Whether the edge stops: the answer is the connection's last.
    pub(super) fn is_stopping(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.is_stopping())
    }

    /// Whether its upstream is one that plain requests go to without Pingora.
    pub(super) fn takes_plain_request(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.upstream.takes_plain_requests())
    }

    /// Writes the request's line. `failure` is what ended it early, when no error of ours did.
    pub(super) fn log<W: Wire>(&self, wire: &W, failure: Option<&str>) {
        if !access::enabled() {
            self.log_failure();
            return;
        }
        let request = wire.request();
        let release = self.release.as_ref().map(|live| &live.release);
        let upstream = self.attempt.as_ref().map(|attempt| attempt.upstream.name.as_str());
        let status = wire.status().map_or(0, |status| status.as_u16());
        access::emit(&AccessLine {
            request_id: self.id.as_str(),
            client: self.connection.as_ref().map(|connection| connection.client),
            protocol: "http/1.1",
            method: request.method.as_str(),
            host: super::request::host_for_log(request),
            path: request.uri.path(),
            status,
            bytes_in: wire.bytes_in(),
            bytes_out: wire.bytes_out(),
            took: self.begun.elapsed(),
            served_by: self.served_by,
            target: self.function_name().or(upstream),
            project: release.map(|release| release.project.as_str()),
            release: release.map(|release| release.id.as_str()),
            error: self.error.as_ref().map(|error| error.code.as_str()),
            cause: self.error.as_ref().and_then(|error| error.cause.as_deref()).or(failure),
        });
    }

    /// Without a line for each request, one for each that failed on this side.
    fn log_failure(&self) {
        let Some(error) = self.error.as_ref().filter(|error| error.code.status() >= 500) else { return };
        tracing::warn!(
            request_id = self.id.as_str(),
            project = self.release.as_ref().map(|live| live.release.project.as_str()),
            function = self.function_name(),
            release = self.release.as_ref().map(|live| live.release.id.as_str()),
            error = error.code.as_str(),
            cause = error.cause.as_deref(),
            "a request failed"
        );
    }
}

/// The line of a connection that sent something that is not a request.
pub(super) fn log_refusal(id: RequestId, connection: &Connection, error: &Error) {
    if !access::enabled() {
        return;
    }
    access::emit(&AccessLine {
        request_id: id.as_str(),
        client: Some(connection.client),
        protocol: "http/1.1",
        method: "-",
        host: "-",
        path: "-",
        status: error.code.status(),
        bytes_in: 0,
        bytes_out: 0,
        took: std::time::Duration::ZERO,
        served_by: ServedBy::Edge,
        target: None,
        project: None,
        release: None,
        error: Some(error.code.as_str()),
        cause: Some(&error.message),
    });
}
