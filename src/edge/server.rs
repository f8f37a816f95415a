//! Listeners, and a stop that takes as long as the last request and no longer.
//!
//! Pingora's server waits out a fixed grace period even when it is idle, retries a port that is taken for half a minute,
//! and panics after that (reference `pingora.md` 6). So the accepting is done here: an address that cannot be bound is an error
//! before anything is served, connections are counted, and the stop ends when the count is zero.

use super::Shared;
use super::client::ClientLimits;
use super::connection::Connections;
use super::gateway::Gateway;
use super::upstream::Upstreams;
use crate::config::{Config, Limits};
use crate::error::{Error, Result};
use crate::limits;
use pingora::proxy::http_proxy;
use pingora::server::configuration::ServerConf;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// Connections the kernel holds until they are accepted.
const BACKLOG: u32 = 4096;

/// The running edge.
pub struct Edge {
    addresses: Vec<SocketAddr>,
    drain_limit: Duration,
    stop: watch::Sender<bool>,
    stopping: Arc<AtomicBool>,
    accepting: Vec<JoinHandle<()>>,
    open: Arc<Open>,
}

impl Edge {
    /// Binds every address of the configuration and starts to serve. Needs a running tokio runtime.
    ///
    /// # Errors
    /// An address that cannot be bound. Nothing is served then.
    pub async fn start(shared: Shared) -> Result<Self> {
        let listeners = shared.config.listen.iter().map(|address| bind(*address)).collect::<Result<Vec<_>>>()?;
        Self::start_on(shared, listeners)
    }

    /// Serves on listeners that are bound already: a test's, or a supervisor's.
    ///
    /// # Errors
    /// A listener without an address.
    pub fn start_on(shared: Shared, listeners: Vec<TcpListener>) -> Result<Self> {
        let addresses = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<std::io::Result<Vec<_>>>()
            .map_err(Error::internal)?;
        let drain_limit = Duration::from_secs(shared.config.drain_seconds);
        let (stop, stopped) = watch::channel(false);
        let stopping = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(connections(shared, stopped.clone(), Arc::clone(&stopping)));
        let open = Arc::new(Open::default());
        let accepting = listeners
            .into_iter()
            .map(|listener| {
                let (connections, open) = (Arc::clone(&connections), Arc::clone(&open));
                tokio::spawn(accept(listener, connections, open, stopped.clone()))
            })
            .collect();
        Ok(Self { addresses, drain_limit, stop, stopping, accepting, open })
    }

    /// The addresses that are served, with the ports the system chose where the configuration has 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until `shutdown` is true, then drains for at most the configuration's `drain_seconds`.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        // An error means that nobody can ask any more: a stop as well.
        let _ = shutdown.wait_for(|stop| *stop).await;
        let limit = self.drain_limit;
        self.drain(limit).await;
    }

    /// Stops to accept, ends idle connections at once, and waits until the last request is answered, but no longer than
    /// `limit`.
    pub async fn drain(self, limit: Duration) {
        self.stopping.store(true, Ordering::Relaxed);
        // Nobody listening means that no connection is open.
        let _ = self.stop.send(true);
        for accepting in self.accepting {
            // It ends by itself; a panic in it would have ended it as well.
            let _ = accepting.await;
        }
        if tokio::time::timeout(limit, self.open.none()).await.is_err() {
            tracing::warn!(connections = self.open.count(), "stopping with requests under way");
        }
    }
}

fn connections(shared: Shared, stop: watch::Receiver<bool>, stopping: Arc<AtomicBool>) -> Connections {
    let limits = client_limits(&shared.config.limits);
    let requests_max = shared.config.limits.requests_per_connection_max.max(1);
    let conf = Arc::new(pingora_conf(&shared.config));
    let upstreams = Upstreams::new(&shared.config.upstreams);
    let gateway = Gateway::new(shared, upstreams);
    let proxy = Arc::new(http_proxy(&conf, gateway.clone()));
    Connections { proxy, gateway, limits, requests_max, stop, stopping }
}

fn client_limits(configured: &Limits) -> ClientLimits {
    ClientLimits {
        header_bytes_max: configured.header_bytes_max,
        header: Duration::from_secs(configured.header_seconds_max),
        idle: Duration::from_secs(configured.keepalive_idle_seconds_max),
        body_idle: Duration::from_secs(configured.body_idle_seconds_max),
        write_idle: Duration::from_secs(limits::WRITE_IDLE_SECONDS_MAX),
    }
}

/// The few of Pingora's settings that matter without its server: all about upstream connections.
fn pingora_conf(config: &Config) -> ServerConf {
    let idle: usize = config.upstreams.values().map(|upstream| upstream.idle_connections_max).sum();
    ServerConf {
        // The pool's size is this times the threads.
        upstream_keepalive_pool_size: idle.max(1),
        threads: 1,
        max_retries: limits::UPSTREAM_TRIES_MAX,
        ..ServerConf::default()
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart must not wait for the connections of the last process to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|error| Error::internal(format!("cannot listen on {address}: {error}")))
}

async fn accept(
    listener: TcpListener,
    connections: Arc<Connections>,
    open: Arc<Open>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(limits::ACCEPT_RETRY_MS)).await;
                continue;
            }
        };
        // Answers are gathered here, so the kernel should not wait for more. It fails only on a dead socket.
        let _ = stream.set_nodelay(true);
        let (connections, counted) = (Arc::clone(&connections), Counted::new(&open));
        tokio::spawn(async move {
            connections.serve(stream, client, false).await;
            drop(counted);
        });
    }
}

/// How many connections are open.
#[derive(Debug, Default)]
struct Open {
    connections: AtomicUsize,
    last: Notify,
}

impl Open {
    fn count(&self) -> usize {
        self.connections.load(Ordering::Acquire)
    }

    /// Waits until there is none. Meaningful once no more are accepted.
    async fn none(&self) {
        loop {
            let last = self.last.notified();
            if self.count() == 0 {
                return;
            }
            last.await;
        }
    }
}

/// One open connection. Counted until it is dropped, so a panic in its task counts down as well.
struct Counted(Arc<Open>);

impl Counted {
    fn new(open: &Arc<Open>) -> Self {
        open.connections.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.connections.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.last.notify_waiters();
        }
    }
}
