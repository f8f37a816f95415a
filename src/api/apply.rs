//! `/apply/v1/apply`: a release in one call.

use crate::api::input::Body;
use crate::api::reply::Reply;
use crate::node::{Files, Node};
use crate::release::spec;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The body of an apply.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The release spec (reference 3.2), its content within it or named by digest.
    spec: Value,
    /// The project, when it is not the one the spec names.
    project: Option<String>,
}

/// `POST /apply/v1/apply`: everything is live when this answers, or nothing has changed.
pub async fn apply(State(node): State<Arc<Node>>, Body(body): Body<Apply>) -> Reply {
    let spec = spec::from_value(&body.spec)?;
    Ok(Json(json!(node.apply(spec, body.project.as_deref(), Files::Refused).await?)))
}
