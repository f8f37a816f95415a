//! One line per request: what was asked, what answered, how long it took.
//!
//! The query, cookies and bodies are never in it: they carry tokens. The path is written as it came, escaped by the
//! log's format, so a client cannot forge a line.

use super::log::ACCESS_TARGET;
use std::time::Duration;

/// What answered a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServedBy {
    /// The edge itself: an error, a redirect, a refusal.
    Edge,
    /// A static file.
    Static,
    /// A function.
    Function,
    /// An upstream server.
    Upstream,
}

impl ServedBy {
    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Static => "static",
            Self::Function => "function",
            Self::Upstream => "upstream",
        }
    }
}

/// A finished request.
#[derive(Debug, Clone)]
pub struct AccessLine<'a> {
    /// Our id of the request.
    pub request_id: &'a str,
    /// Address of the client.
    pub client: &'a str,
    /// `http/1.1` or `h2`.
    pub protocol: &'a str,
    /// Method as sent.
    pub method: &'a str,
    /// Normalised host, or as sent when it cannot be normalised.
    pub host: &'a str,
    /// Path as sent, without the query.
    pub path: &'a str,
    /// Status of the answer; 0 when the client left before there was one.
    pub status: u16,
    /// Bytes of the request body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// From the end of the request's header to the end of the answer.
    pub took: Duration,
    /// What answered.
    pub served_by: ServedBy,
    /// Name of the function or upstream.
    pub target: Option<&'a str>,
    /// Project of the host.
    pub project: Option<&'a str>,
    /// Release that answered.
    pub release: Option<&'a str>,
    /// Code of the error, if the answer is one of ours.
    pub error: Option<&'a str>,
    /// Its cause, which the client did not see.
    pub cause: Option<&'a str>,
}

/// Whether access lines are written at all; ask before gathering one.
pub fn enabled() -> bool {
    tracing::enabled!(target: ACCESS_TARGET, tracing::Level::INFO)
}

/// Writes the line.
pub fn emit(line: &AccessLine<'_>) {
    tracing::info!(
        target: ACCESS_TARGET,
        request_id = line.request_id,
        client = line.client,
        protocol = line.protocol,
        method = line.method,
        host = line.host,
        path = line.path,
        status = line.status,
        bytes_in = line.bytes_in,
        bytes_out = line.bytes_out,
        took_us = u64::try_from(line.took.as_micros()).unwrap_or(u64::MAX),
        served_by = line.served_by.as_str(),
        served_by_name = line.target,
        project = line.project,
        release = line.release,
        error = line.error,
        cause = line.cause,
        "request"
    );
}
