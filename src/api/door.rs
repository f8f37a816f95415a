//! The door: what functions reach of this node (`RUN402_API_BASE`), and all they reach of it.
//!
//! The platform's library finds its services by one address. They cannot be behind the deploy API's, which no function may ever connect
//! to, so they have a listener of their own: on loopback, at a port of the system's choice, which [egress](crate::functions) opens to
//! functions at exactly that address and port. What this node has no service for is answered 501 at once: a 404 or 503 would have
//! the library try again for twenty seconds.

use super::{internal, invoke, reply};
use crate::api::reply::Failure;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::node::Node;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The bound listener, before there is a runtime to serve it: functions are told its address when they are made.
#[derive(Debug)]
pub struct Door {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Door {
    /// Binds it; nothing when the configuration sends functions elsewhere for the platform's services.
    ///
    /// # Errors
    /// `INTERNAL` when loopback has no port left.
    pub fn open(config: &Config) -> Result<Option<Self>> {
        if !config.functions.api_base.is_empty() {
            return Ok(None);
        }
        let failed = |error| Error::internal(format!("no listener for functions on loopback: {error}"));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Some(Self { listener, address }))
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The listener, to be served within a runtime.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub fn into_listener(self) -> Result<TcpListener> {
        TcpListener::from_std(self.listener).map_err(Error::internal)
    }
}

/// Serves the door until `stop` ends; then finishes the calls in flight and returns.
pub async fn serve(
    listener: TcpListener,
    node: Arc<Node>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    axum::serve(listener, router(node).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop)
        .await
        .map_err(Error::internal)
}

fn router(node: Arc<Node>) -> Router {
    let keys = internal::routes()
        .with_state(Arc::clone(&node))
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .layer(middleware::from_fn(in_time));
    Router::new()
        .merge(keys)
        // Functions call each other, with limits of their own.
        .merge(
            invoke::by_name(node)
                .layer(middleware::from_fn_with_state(Arc::new(Semaphore::new(limits::DOOR_CALLS_MAX)), in_turn)),
        )
        // The platform's, not the function's: there are no durable runs here (reference 2.9).
        .route("/functions/v1/{name}/runs", any(unavailable))
        .method_not_allowed_fallback(reply::method_not_allowed)
        .fallback(unavailable)
        .layer(middleware::from_fn(reply::finish))
}

async fn unavailable(request: Request) -> Failure {
    Error::new(Code::PlatformServiceUnavailable, "This node does not have that service of the platform.")
        .detail("method", request.method().as_str())
        .detail("path", request.uri().path())
        .into()
}

/// Refuses a call while too many are under way: functions that call themselves in a circle come to an end.
async fn in_turn(State(calls): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match calls.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => {
            let message = "Functions of this node call each other too often at the moment.";
            Failure::from(Error::new(Code::RuntimeBusy, message)).into_response()
        }
    }
}

/// Gives up a call whose caller does not finish it.
async fn in_time(request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(limits::DOOR_CALL_SECONDS_MAX);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = "The call took too long.";
            Failure::from(Error::new(Code::RequestTimeout, message)).into_response()
        }
    }
}
