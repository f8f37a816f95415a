//! `/apply/v1/resolve`: what would serve a request, and why, told by the code that serves it (reference 3.9).

use crate::api::input::Params;
use crate::api::reply::Reply;
use crate::node::{Asked, Node};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// `GET /apply/v1/resolve?host=&path=&method=` or `?url=&method=`.
pub async fn resolve(State(node): State<Arc<Node>>, Params(asked): Params<Asked>) -> Reply {
    Ok(Json(node.resolve(asked).await?))
}
