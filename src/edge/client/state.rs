//! What the stream to a client and the code that answers its requests tell each other.

use super::super::deadline::Wait;
use super::super::headers;
use http::header::HeaderValue;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::time::{Duration, Instant};

/// What a client may take, and how long.
#[derive(Debug, Clone, Copy)]
pub(in crate::edge) struct ClientLimits {
    pub(in crate::edge) header_bytes_max: usize,
    pub(in crate::edge) header: Duration,
    pub(in crate::edge) idle: Duration,
    pub(in crate::edge) body_idle: Duration,
    pub(in crate::edge) write_idle: Duration,
}

/// What the code that answers requests knows of the connection, and may tell it.
#[derive(Debug)]
pub(in crate::edge) struct Connection {
    /// Address of the client.
    pub(in crate::edge) client: SocketAddr,
    /// Whether the client speaks TLS.
    pub(in crate::edge) secure: bool,
    /// The address in `X-Forwarded-For`: the same for all its requests.
    forwarded_for: OnceLock<Option<HeaderValue>>,
    opened: Instant,
    /// Milliseconds after `opened`; 0 is none.
    answer_by_ms: AtomicU64,
    /// The wait that ended the request, plus one; 0 is none.
    expired: AtomicU8,
    /// Whether Pingora took what was sent for a request.
    parsed: AtomicBool,
    aborted: AtomicBool,
    stopping: Arc<AtomicBool>,
}

impl Connection {
    pub(in crate::edge) fn new(client: SocketAddr, secure: bool, stopping: Arc<AtomicBool>) -> Self {
        Self {
            client,
            secure,
            forwarded_for: OnceLock::new(),
            stopping,
            opened: Instant::now(),
            answer_by_ms: AtomicU64::new(0),
            expired: AtomicU8::new(0),
            parsed: AtomicBool::new(false),
            aborted: AtomicBool::new(false),
        }
    }

    /// The client's address as functions and upstreams are told it.
    pub(in crate::edge) fn forwarded_for(&self) -> Option<&HeaderValue> {
        self.forwarded_for.get_or_init(|| headers::forwarded_for(self.client)).as_ref()
    }

    /// Whether the edge stops: the answer under way is the connection's last.
    pub(in crate::edge) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The answer under way has no end that the client would miss, and will not be completed: the connection is reset, so that
    /// its end is not taken for the answer's.
    pub(in crate::edge) fn abort(&self) {
        self.aborted.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Relaxed)
    }

    /// What the client sent is a request. Until this is said, an answer can only be Pingora's refusal.
    pub(in crate::edge) fn parsed(&self) {
        self.parsed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_parsed(&self) -> bool {
        self.parsed.load(Ordering::Relaxed)
    }

    /// Ends the request with an error on the client's side if it is still waiting `limit` from now. This is how an upstream
    /// gets one time for its first byte and another for its pauses: Pingora has one for both.
    pub(in crate::edge) fn expect_answer_within(&self, limit: Duration) {
        let at = self.opened.elapsed() + limit;
        self.answer_by_ms.store(u64::try_from(at.as_millis()).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    /// The answer has begun.
    pub(in crate::edge) fn answer_begun(&self) {
        self.answer_by_ms.store(0, Ordering::Relaxed);
    }

    /// Whether the request was ended because `wait` lasted too long.
    pub(in crate::edge) fn expired(&self, wait: Wait) -> bool {
        self.expired.load(Ordering::Relaxed) == wait as u8 + 1
    }

    pub(super) fn answer_by(&self) -> Option<Instant> {
        match self.answer_by_ms.load(Ordering::Relaxed) {
            0 => None,
            ms => Some(self.opened + Duration::from_millis(ms)),
        }
    }

    pub(super) fn expire(&self, wait: Wait) -> io::Error {
        self.expired.store(wait as u8 + 1, Ordering::Relaxed);
        io::Error::new(io::ErrorKind::TimedOut, "the client, or who answers it, took too long")
    }

    pub(super) fn next_request(&self) {
        self.answer_begun();
        self.expired.store(0, Ordering::Relaxed);
        self.parsed.store(false, Ordering::Relaxed);
    }
}
