//! A node's life: start, serve, stop.
//!
//! The order of the start is given by V8, which must be prepared by the main thread before there is any other; by
//! the state, which must be whole before the first request; and by the supervisor, which is told of readiness when
//! every address is bound. The stop is the reverse: nothing new is accepted, what is under way is finished.

use crate::api;
use crate::api::door::Door;
use crate::config::{self, Config};
use crate::edge::{Edge, Shared};
use crate::error::{Error, Result};
use crate::functions;
use crate::node::signals::Signals;
use crate::node::{Mode, Node};
use crate::release::store::ApiToken;
use crate::telemetry;
use sd_notify::NotifyState;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Exit status when a second signal ends the process before its requests are done: 128 + SIGINT, as shells have it.
const EXIT_SECOND_SIGNAL: i32 = 130;

/// Time that tasks which nobody waits for have to end, in milliseconds.
const RUNTIME_STOP_MS: u64 = 500;

/// Runs a node until SIGTERM or SIGINT. `beside` runs next to it, from when it serves until it stops.
///
/// Must be called on the main thread before any other is started ([`functions::platform::init`]).
pub fn run<F>(config: Config, mode: Mode, beside: impl FnOnce(Arc<Node>, Vec<SocketAddr>) -> F) -> Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    // First, so that it goes last: whatever ends the node, the lines of its requests are written.
    let _flush = telemetry::FlushAtEnd;
    functions::platform::init();
    let door = Door::open(&config)?;
    functions::configure_egress(&config, door.as_ref().map(Door::address));
    let host = functions::Host::start(&config.functions)?;
    let runtime = io_threads(&config)?;
    let node = Node::open(config, mode, host, door.as_ref().map(Door::address))?;
    let served = runtime.block_on(serve(&node, door, beside));
    runtime.shutdown_timeout(Duration::from_millis(RUNTIME_STOP_MS));
    served
}

fn io_threads(config: &Config) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(config::threads_or_cores(config.threads))
        .thread_name("portico-io")
        .enable_all()
        .build()
        .map_err(Error::internal)
}

async fn serve<F>(
    node: &Arc<Node>,
    door: Option<Door>,
    beside: impl FnOnce(Arc<Node>, Vec<SocketAddr>) -> F,
) -> Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    // First of all: a signal during the start must not kill the process half-way.
    let mut signals = Signals::listen().map_err(Error::internal)?;
    let (stop, stopping) = watch::channel(false);
    let api = start_api(node, stopping).await?;
    let (close, closing) = watch::channel(false);
    let door = door.map(|door| start_door(node, door, closing)).transpose()?;
    let edge = Edge::start(Shared {
        config: node.config.clone(),
        live: Arc::clone(&node.live),
        blobs: node.blobs.clone(),
        functions: node.functions.clone(),
    })
    .await?;
    let addresses = edge.addresses().to_vec();
    tracing::info!(public = ?addresses, api = ?api.as_ref().map(|_| node.config.api_listen), "serving");
    notify(NotifyState::Ready);
    let uses = tokio::spawn(Arc::clone(node).keep_uses());
    let tidying = tokio::spawn(Arc::clone(node).tidy_keys());
    let beside = tokio::spawn(beside(Arc::clone(node), addresses));

    let signal = signals.next().await;
    tracing::info!(signal, "stopping as soon as the last request is answered");
    notify(NotifyState::Stopping);
    tokio::spawn(stop_at_once(signals));
    beside.abort();
    // The receiver is gone only when the API has ended already.
    let _ = stop.send(true);
    let limit = Duration::from_secs(node.config.drain_seconds);
    tokio::join!(edge.drain(limit), finish(api, limit));
    tidying.abort();
    uses.abort();
    node.keep_uses_now().await;
    // Last: functions that were still answering may have needed it.
    let _ = close.send(true);
    finish(door, Duration::from_millis(RUNTIME_STOP_MS)).await;
    // The last word is the log's last line. It may have to wait for whoever reads the log.
    let _ = tokio::task::spawn_blocking(telemetry::flush).await;
    tracing::info!("stopped");
    Ok(())
}

/// Ends the process at the next signal: whoever sends a second one does not want to wait.
#[expect(clippy::disallowed_methods, reason = "the drain is what the second signal skips")]
async fn stop_at_once(mut signals: Signals) {
    let signal = signals.next().await;
    tracing::warn!(signal, "stopping at once");
    telemetry::flush();
    std::process::exit(EXIT_SECOND_SIGNAL);
}

/// Starts the API, which a node in development does not have.
async fn start_api(node: &Arc<Node>, mut stopping: watch::Receiver<bool>) -> Result<Option<JoinHandle<()>>> {
    if node.is_development() {
        return Ok(None);
    }
    let address = node.config.api_listen;
    let token = ApiToken::load_or_create(&node.state)?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Error::internal(format!("the API cannot listen on {address}: {error}")))?;
    let node = Arc::clone(node);
    Ok(Some(tokio::spawn(async move {
        let stop = async move {
            // An error means that the node is gone, which is a stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        if let Err(error) = api::serve(listener, node, token, stop).await {
            tracing::error!(%error, "the API ended");
        }
    })))
}

/// Starts the listener that functions reach.
fn start_door(node: &Arc<Node>, door: Door, mut closing: watch::Receiver<bool>) -> Result<JoinHandle<()>> {
    let (node, listener) = (Arc::clone(node), door.into_listener()?);
    Ok(tokio::spawn(async move {
        let stop = async move {
            let _ = closing.wait_for(|stop| *stop).await;
        };
        if let Err(error) = api::door::serve(listener, node, stop).await {
            tracing::error!(%error, "the listener for functions ended");
        }
    }))
}

async fn finish(listener: Option<JoinHandle<()>>, limit: Duration) {
    if let Some(mut listener) = listener
        && timeout(limit, &mut listener).await.is_err()
    {
        listener.abort();
    }
}

/// Tells the supervisor, if there is one that listens.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the supervisor cannot be notified");
    }
}
