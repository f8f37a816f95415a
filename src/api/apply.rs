//! `/apply/v1/apply`: a release in one call.

use crate::api::input::Body;
use crate::api::reply::Reply;
use crate::node::{Allowed, Consent, Files, Node};
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
    /// Warnings that need confirmation and have it: all of them, or those with these codes.
    allow_warnings: Option<Allowed>,
    /// The same by code, as the platform's clients say it.
    #[serde(default)]
    allow_warning_codes: Vec<String>,
    /// Say what would happen, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /apply/v1/apply`: everything is live when this answers, or nothing has changed.
pub async fn apply(State(node): State<Arc<Node>>, Body(body): Body<Apply>) -> Reply {
    let consent = Consent::of(body.allow_warnings, body.allow_warning_codes)?;
    let spec = spec::from_value(&body.spec)?;
    let project = body.project.as_deref();
    if body.dry_run {
        return Ok(Json(node.rehearse(spec, project, Files::Refused, &consent).await?));
    }
    Ok(Json(json!(node.apply(spec, project, Files::Refused, &consent).await?)))
}
