//! `/hosts/v1`: which host belongs to which project.

use crate::api::input::Body;
use crate::api::reply::Reply;
use crate::node::Node;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The body of a binding.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    project: String,
}

/// `GET /hosts/v1`: every binding of the node.
pub async fn list(State(node): State<Arc<Node>>) -> Reply {
    Ok(Json(json!({ "hosts": node.hosts() })))
}

/// `PUT /hosts/v1/{host}`: binds a host to a project. Binding it again to the same project changes nothing.
pub async fn bind(State(node): State<Arc<Node>>, Path(host): Path<String>, Body(body): Body<Bind>) -> Reply {
    Ok(Json(json!(node.bind_host(&host, &body.project).await?)))
}

/// `DELETE /hosts/v1/{host}`: from now on the host is unknown to the node.
pub async fn unbind(State(node): State<Arc<Node>>, Path(host): Path<String>) -> Reply {
    Ok(Json(json!(node.unbind_host(&host).await?)))
}
