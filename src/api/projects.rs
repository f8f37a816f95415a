//! `/projects/v1`: the projects of the node. A project is made by its first apply.

use crate::api::reply::Reply;
use crate::node::Node;
use axum::Json;
use axum::extract::State;
use serde_json::json;
use std::sync::Arc;

/// `GET /projects/v1`: every project, its live release and its hosts.
pub async fn list(State(node): State<Arc<Node>>) -> Reply {
    Ok(Json(json!({ "projects": node.projects().await? })))
}
