//! One line per request: what was asked, what answered, how long it took.
//!
//! The query, cookies and bodies are never in it: they carry tokens. The path is written as it came, escaped by the
//! log's format, so a client cannot forge a line.

use super::log::ACCESS_TARGET;
use super::{line, sink};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// Longest line whose memory a thread keeps for its next, in bytes.
const LINE_BYTES_KEPT: usize = 4 * 1024;

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
    /// Address of the client, if there is one.
    pub client: Option<SocketAddr>,
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

impl AccessLine<'_> {
    pub(super) fn took_us(&self) -> u64 {
        u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX)
    }
}

/// How access lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Form {
    /// As events, like every other line: in colour, or as `portico dev` shows them.
    Event,
    /// Not at all.
    Off,
    /// For people.
    Text,
    /// For machines.
    Json,
}

// What the subscriber would say costs more to ask than the line to write.
static FORM: AtomicU8 = AtomicU8::new(Form::Event as u8);

thread_local! {
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Form {
    fn current() -> Self {
        // One of ours was stored.
        [Self::Event, Self::Off, Self::Text, Self::Json][usize::from(FORM.load(Ordering::Relaxed) & 3)]
    }
}

/// From now on lines are written like this.
pub(super) fn set_form(form: Form) {
    FORM.store(form as u8, Ordering::Relaxed);
}

/// Whether access lines are written at all; ask before gathering one.
pub fn enabled() -> bool {
    match Form::current() {
        Form::Event => tracing::enabled!(target: ACCESS_TARGET, tracing::Level::INFO),
        Form::Off => false,
        Form::Text | Form::Json => true,
    }
}

/// Writes the line, soon ([`super::sink`]).
pub fn emit(line: &AccessLine<'_>) {
    match Form::current() {
        Form::Event => event(line),
        Form::Off => {}
        Form::Text => push(line, line::text),
        Form::Json => push(line, line::json),
    }
}

fn push(line: &AccessLine<'_>, write: impl FnOnce(&AccessLine<'_>, &mut Vec<u8>)) {
    let mut text = LINE.take();
    text.clear();
    write(line, &mut text);
    sink::STDERR.push(&text);
    if text.capacity() <= LINE_BYTES_KEPT {
        LINE.set(text);
    }
}

fn event(line: &AccessLine<'_>) {
    let client = line.client.map(|client| client.to_string()).unwrap_or_default();
    tracing::info!(
        target: ACCESS_TARGET,
        request_id = line.request_id,
        client,
        protocol = line.protocol,
        method = line.method,
        host = line.host,
        path = line.path,
        status = line.status,
        bytes_in = line.bytes_in,
        bytes_out = line.bytes_out,
        took_us = line.took_us(),
        served_by = line.served_by.as_str(),
        served_by_name = line.target,
        project = line.project,
        release = line.release,
        error = line.error,
        cause = line.cause,
        "request"
    );
}
