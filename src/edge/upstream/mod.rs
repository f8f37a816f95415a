//! Requests that another server answers.
//!
//! Two ways lead there. Plain requests without a body go by this folder's own client, which costs about one write and one read
//! on the upstream's side; all others go by Pingora, which forwards both ways at once. What is decided about a request and its answer is
//! the same on both: where the upstream is, how long each part may take, which header fields pass, when another attempt is safe,
//! and what the client is told when there is no answer. An answer that breaks off is broken off towards the client too, never
//! ended as if it were whole.
//!
//! | file | idea |
//! |---|---|
//! | `rules` | which fields a request and an answer have, for both ways |
//! | `relay` | Pingora's way |
//! | `pass` | our own: one request, its tries, its answer |
//! | `connection` | a connection to an upstream: its buffers and its deadlines |
//! | `pool` | connections that wait for their next request |
//! | `spare` | buffers that connections share |
//! | `answer`, `body` | pure: the header of an answer, and where its body ends |

mod answer;
mod body;
mod connection;
mod pass;
mod pool;
mod relay;
mod rules;
mod spare;

pub(super) use pass::{Ask, Client, Failure, Passed, pass};
pub(super) use relay::{broken_off, connect_failed, failure, peer, request, request_sent, response};

use super::resolver::Resolver;
use crate::config;
use crate::error::{Code, Error};
use http::header::HeaderValue;
use pool::Pool;
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
    /// Connections of our own client.
    pool: Arc<Pool>,
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
        let idle = Duration::from_secs(config.idle_timeout_seconds);
        Self {
            name: name.to_owned(),
            resolver: Resolver::new(&config.address),
            pool: Arc::new(Pool::new(config.idle_connections_max, idle)),
            host,
            group: hasher.finish(),
            config: config.clone(),
        }
    }

    /// Whether [`pass`] speaks to it: it has no TLS.
    pub(super) fn takes_plain_requests(&self) -> bool {
        !self.config.tls
    }
}

impl Attempt {
    /// Notes that nothing can be reached at an address, and says whether another one is worth a try. Nothing was sent, so it may be
    /// tried whatever the method.
    fn connect_failed(&mut self, address: std::net::IpAddr) -> bool {
        let others = self.upstream.resolver.failed(address);
        self.failed += 1;
        self.failed <= others
    }
}

fn unavailable() -> Error {
    Error::new(Code::UpstreamUnavailable, "The server behind this site cannot be reached.")
}

fn timeout() -> Error {
    Error::new(Code::UpstreamTimeout, "The server behind this site did not answer in time.")
}
