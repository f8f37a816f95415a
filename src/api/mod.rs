//! The deploy API: a second listener, never the public one, where every call but `/health` needs the token.
//!
//! One file per resource. The handlers read parameters and shape JSON; what they mean is in [`crate::node`].

mod apply;
mod auth;
pub mod door;
mod hosts;
mod input;
mod internal;
mod invoke;
mod keys;
mod projects;
mod releases;
mod reply;
mod resolve;
mod secrets;

use crate::api::reply::Failure;
use crate::error::{Error, Result};
use crate::limits;
use crate::node::Node;
use crate::release::store::ApiToken;
use crate::telemetry;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde_json::json;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves the API on `listener` until `stop` ends; then finishes the calls in flight and returns.
pub async fn serve(
    listener: TcpListener,
    node: Arc<Node>,
    token: ApiToken,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    axum::serve(listener, router(node, token).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop)
        .await
        .map_err(Error::internal)
}

fn router(node: Arc<Node>, token: ApiToken) -> Router {
    let calls = Router::new()
        .route("/apply/v1/apply", post(apply::apply).layer(DefaultBodyLimit::max(limits::API_APPLY_BODY_BYTES_MAX)))
        .route("/apply/v1/releases", get(releases::list))
        .route("/apply/v1/releases/diff", get(releases::diff))
        .route("/apply/v1/releases/{id}", get(releases::show))
        .route("/apply/v1/releases/{id}/promote", post(releases::promote))
        .route("/apply/v1/resolve", get(resolve::resolve))
        .route("/hosts/v1", get(hosts::list))
        .route("/hosts/v1/{host}", put(hosts::bind).delete(hosts::unbind))
        .route("/keys/v1/{project}", get(keys::list).post(keys::create))
        .route("/keys/v1/{project}/{id}", delete(keys::revoke))
        .route("/keys/v1/{project}/{id}/rotate", post(keys::rotate))
        .route("/projects/v1", get(projects::list))
        .route("/auth/v1/projects/{project}", get(auth::show).put(auth::configure))
        .route("/auth/v1/projects/{project}/revoke", post(auth::revoke))
        .route("/auth/v1/projects/{project}/roles/forget", post(auth::forget_roles))
        .route("/auth/v1/projects/{project}/rotate", post(auth::rotate))
        .route("/auth/v1/projects/{project}/tokens", post(auth::mint))
        .route(
            "/auth/v1/projects/{project}/sessions",
            get(auth::sessions).post(auth::begin_session).delete(auth::end_sessions),
        )
        .route("/secrets/v1/{project}", get(secrets::list))
        .route("/secrets/v1/{project}/{name}", put(secrets::set).delete(secrets::delete))
        .route("/metrics", get(async || ([(header::CONTENT_TYPE, METRICS_TYPE)], telemetry::metrics::text())))
        .method_not_allowed_fallback(reply::method_not_allowed)
        .fallback(reply::not_found)
        .layer(middleware::from_fn_with_state(token, authorize))
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES_MAX))
        .with_state(Arc::clone(&node));
    // Health stands beside the calls and not among them: what watches a node need not hold its token. Functions of another machine
    // have a key of their own.
    Router::new()
        .route("/health", get(async || Json(json!({ "status": "ok" }))))
        // Callers of functions hold keys of their projects instead of the node's token.
        .merge(invoke::router(Arc::clone(&node)))
        .merge(internal::routes().with_state(node))
        .method_not_allowed_fallback(reply::method_not_allowed)
        .fallback_service(calls)
        .layer(middleware::from_fn(reply::finish))
}

/// Prometheus' text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Lets a call pass that presents the token, before anything else of it is looked at.
async fn authorize(State(token): State<ApiToken>, request: Request, next: Next) -> Result<Response, Failure> {
    let mut fields = request.headers().get_all(header::AUTHORIZATION).iter();
    // Two of them are none.
    let presented = fields
        .next()
        .filter(|_| fields.next().is_none())
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, presented)| presented.trim());
    token.authorize(presented)?;
    Ok(next.run(request).await)
}
