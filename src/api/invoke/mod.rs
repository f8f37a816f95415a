//! Functions, called by their name (reference 3.8): `ANY /functions/v1/{name}` with a project's API key, and Fluxbase's
//! `POST /api/v1/functions/{name}/invoke` with a key or a token (reference 5, seed 1).
//!
//! The key says which project is meant and whether the function may be called at all; the function's own gate then asks for the user
//! (seed 0, "Direct vs routed invocation"). What the function sees and what its client sees goes by the rules of the public edge.
//!
//! | file | idea |
//! |---|---|
//! | `credential` | what a caller presents, read from the header |
//! | `admission` | which project that opens, and as whom |
//! | `request` | the call as the function sees it |
//! | `answer` | the function's answer as the caller sees it |

mod admission;
mod answer;
mod credential;
mod request;

use crate::api::reply::{Failure, OfFunction, RequestId};
use crate::edge::Attached;
use crate::error::{Code, Error};
use crate::node::Node;
use crate::release::live::LiveRelease;
use crate::telemetry::{AccessLine, ServedBy, access};
use admission::Admitted;
use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// The live release of the project that is meant.
type Release = LiveRelease<Attached>;

/// The methods a function can be asked with.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// The endpoints that need no token of the node.
pub fn router(node: Arc<Node>) -> Router {
    let fluxbase = post(fluxbase).with_state(Arc::clone(&node));
    by_name(node).route("/api/v1/functions/{name}/invoke", fluxbase)
}

/// Those that are the platform's.
pub fn by_name(node: Arc<Node>) -> Router {
    Router::new()
        .route("/functions/v1/{name}", any(direct))
        .route("/functions/v1/{name}/", any(direct))
        // What is below belongs to the function, as below its routes.
        .route("/functions/v1/{name}/{*rest}", any(direct_below))
        .with_state(node)
}

/// Whose rules a call goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `/functions/v1`.
    Direct,
    /// `/api/v1/functions`.
    Fluxbase,
}

async fn direct(State(node): State<Arc<Node>>, Path(name): Path<String>, request: Request) -> Response {
    call(node, Way::Direct, name, request).await
}

async fn direct_below(
    State(node): State<Arc<Node>>,
    Path((name, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    call(node, Way::Direct, name, request).await
}

async fn fluxbase(State(node): State<Arc<Node>>, Path(name): Path<String>, request: Request) -> Response {
    call(node, Way::Fluxbase, name, request).await
}

/// What is known of a call, for its line in the log.
struct Seen {
    id: String,
    client: Option<SocketAddr>,
    method: Method,
    host: String,
    path: String,
    name: String,
    begun: Instant,
}

async fn call(node: Arc<Node>, way: Way, name: String, request: Request) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("-");
    let seen = Seen {
        id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        client: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0),
        method: request.method().clone(),
        host: host.to_owned(),
        path: request.uri().path().to_owned(),
        name,
        begun: Instant::now(),
    };
    if !METHODS.contains(&seen.method) {
        return method_not_allowed();
    }
    let mut release = None;
    match answered(&node, way, &seen, request, &mut release).await {
        Ok(answer) => {
            log(&seen, release.as_deref(), Some(&answer), None);
            let mut response = answer.response;
            response.extensions_mut().insert(OfFunction);
            response
        }
        Err(error) => {
            log(&seen, release.as_deref(), None, Some(&error));
            Failure::from(error).into_response()
        }
    }
}

async fn answered(
    node: &Arc<Node>,
    way: Way,
    seen: &Seen,
    request: Request,
    release: &mut Option<Arc<Release>>,
) -> Result<answer::Answer, Error> {
    let headers = request.headers();
    if asks_for_upgrade(&request) {
        return Err(Error::new(Code::UpgradeNotSupported, "Functions do not take upgraded connections."));
    }
    let Admitted { release: live, admission } = match way {
        Way::Direct => admission::direct(node, &seen.name, headers).await?,
        Way::Fluxbase => admission::fluxbase(node, &seen.name, headers).await?,
    };
    let live = release.insert(live);
    let function = live.payload.get(&seen.name).cloned().ok_or_else(|| {
        let cause = format!("the release has no handle for function {}", seen.name);
        Error::new(Code::RuntimeUnavailable, "The function is not available.").because(cause)
    })?;
    let streams = function.source().settings.streaming;
    let pause = std::time::Duration::from_secs(node.config().limits.body_idle_seconds_max);
    let (invocation, sent) = request::invocation(request, seen, live, &admission, streams, pause).await?;
    let reply = node.functions().invoke(&function, invocation).await?;
    answer::of(&seen.method, reply, sent)
}

/// Whether the client asks to leave HTTP. An offer of HTTP/2 may be ignored (RFC 9110 section 7.8).
fn asks_for_upgrade(request: &Request) -> bool {
    request.headers().get_all(header::UPGRADE).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"h2c"))
}

fn method_not_allowed() -> Response {
    let error = Error::new(Code::MethodNotAllowed, "Functions do not take this method.");
    let mut response = Failure::from(error).into_response();
    let allow = METHODS.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    if let Ok(allow) = HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn log(seen: &Seen, release: Option<&Release>, answer: Option<&answer::Answer>, error: Option<&Error>) {
    if !access::enabled() {
        return;
    }
    let status = answer.map(|answer| answer.response.status().as_u16()).or(error.map(|error| error.code.status()));
    access::emit(&AccessLine {
        request_id: &seen.id,
        client: seen.client,
        protocol: "http/1.1",
        method: seen.method.as_str(),
        host: &seen.host,
        path: &seen.path,
        status: status.unwrap_or_default(),
        bytes_in: answer.map_or(0, |answer| answer.bytes_in),
        bytes_out: answer.map_or(0, |answer| answer.bytes_out),
        took: seen.begun.elapsed(),
        served_by: if answer.is_some() { ServedBy::Function } else { ServedBy::Edge },
        target: release.map(|_| seen.name.as_str()),
        project: release.map(|live| live.release.project.as_str()),
        release: release.map(|live| live.release.id.as_str()),
        error: error.map(|error| error.code.as_str()),
        cause: error.and_then(|error| error.cause.as_deref()),
    });
}
