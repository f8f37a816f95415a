//! `/apply/v1/releases`: the releases of a project, one of them, and going back to one.

use crate::api::input::{Body, Params};
use crate::api::reply::Reply;
use crate::node::Node;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Which project is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfProject {
    project: String,
}

/// `GET /apply/v1/releases?project=`: every release, newest first.
pub async fn list(State(node): State<Arc<Node>>, Params(of): Params<OfProject>) -> Reply {
    let releases = node.releases(&of.project).await?;
    Ok(Json(json!({ "project_id": of.project, "releases": releases })))
}

/// `GET /apply/v1/releases/{id}?project=`: the whole document of one release.
pub async fn show(State(node): State<Arc<Node>>, Path(id): Path<String>, Params(of): Params<OfProject>) -> Reply {
    Ok(Json(json!({ "release": node.release(&of.project, &id).await? })))
}

/// `POST /apply/v1/releases/{id}/promote`: makes an older release live again (reference 3.11).
pub async fn promote(State(node): State<Arc<Node>>, Path(id): Path<String>, Body(of): Body<OfProject>) -> Reply {
    Ok(Json(json!(node.promote(&of.project, &id).await?)))
}
