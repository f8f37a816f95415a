//! Keys for the platform's library in functions (reference 2.5): what it verifies users by. For the project whose service key is
//! presented, and no other.

use crate::api::reply::Reply;
use crate::auth::keys::api_keys::KeyKind;
use crate::error::{Code, Error, Result};
use crate::node::Node;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;

/// The endpoints, wherever functions may be.
pub fn routes() -> Router<Arc<Node>> {
    Router::new()
        .route("/internal/v1/project-jwt-keys", get(project_jwt_keys))
        .route("/internal/v1/actor-context-keys", get(actor_context_keys))
}

/// Public keys of tokens of the project's users.
async fn project_jwt_keys(State(node): State<Arc<Node>>, headers: HeaderMap) -> Reply {
    let project = project_of(&node, &headers)?;
    Ok(Json(node.project_jwt_keys(&project).await?))
}

/// Keys of the actor envelope.
async fn actor_context_keys(State(node): State<Arc<Node>>, headers: HeaderMap) -> Reply {
    let project = project_of(&node, &headers)?;
    Ok(Json(node.actor_context_keys(&project).await?))
}

/// The project whose functions have the key that is presented. A key that an operator made is another matter: it calls functions, and has no
/// business with what they verify users by.
fn project_of(node: &Node, headers: &HeaderMap) -> Result<String> {
    let mut presented = headers.get_all(header::AUTHORIZATION).iter();
    let key = match (presented.next(), presented.next()) {
        (Some(value), None) => value.to_str().ok().and_then(|value| value.split_once(' ')),
        _ => None,
    };
    let key = key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    let Some(grant) = key.and_then(|key| node.api_keys().check(key)) else {
        return Err(Error::new(Code::ApiKeyRequired, "The call needs the service key of a project's functions."));
    };
    if !grant.is_runtime || grant.kind != KeyKind::Service {
        let message = "Only the service key that the project's functions have may do this.";
        return Err(Error::new(Code::ApiKeyForbidden, message));
    }
    Ok(grant.project.to_string())
}
