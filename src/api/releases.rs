//! `/apply/v1/releases`: the releases of a project, one of them, two of them compared, and going back to one.

use crate::api::input::{Body, Params};
use crate::api::reply::Reply;
use crate::error::{Code, Error, Result};
use crate::limits::{DIFF_ENTRIES_DEFAULT, DIFF_ENTRIES_MAX, INVENTORY_PATHS_DEFAULT, INVENTORY_PATHS_MAX};
use crate::node::{Allowed, Consent, Node};
use crate::release::inventory::SiteLimit;
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

/// Which project is meant, and how much of its release.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    project: String,
    site_limit: Option<usize>,
    /// The document as it is kept, instead of the platform's inventory.
    #[serde(default)]
    raw: bool,
}

/// Which releases are compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    project: String,
    from: String,
    to: String,
    limit: Option<usize>,
}

/// The body of a promotion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promote {
    project: String,
    allow_warnings: Option<Allowed>,
    #[serde(default)]
    allow_warning_codes: Vec<String>,
}

/// `GET /apply/v1/releases?project=`: every release, newest first.
pub async fn list(State(node): State<Arc<Node>>, Params(of): Params<OfProject>) -> Reply {
    let releases = node.releases(&of.project).await?;
    Ok(Json(json!({ "project_id": of.project, "releases": releases })))
}

/// `GET /apply/v1/releases/{id}?project=&site_limit=`: what one release holds (reference 3.10).
pub async fn show(State(node): State<Arc<Node>>, Path(id): Path<String>, Params(of): Params<Inventory>) -> Reply {
    if of.raw {
        return Ok(Json(json!({ "release": node.release(&of.project, &id).await? })));
    }
    let limit = bounded("site_limit", of.site_limit, INVENTORY_PATHS_DEFAULT, INVENTORY_PATHS_MAX)?;
    Ok(Json(node.inventory(&of.project, &id, SiteLimit(limit)).await?))
}

/// `GET /apply/v1/releases/diff?project=&from=&to=&limit=`: what is different between two releases (reference 3.10).
pub async fn diff(State(node): State<Arc<Node>>, Params(of): Params<Compared>) -> Reply {
    let limit = bounded("limit", of.limit, DIFF_ENTRIES_DEFAULT, DIFF_ENTRIES_MAX)?;
    Ok(Json(json!(node.diff(&of.project, &of.from, &of.to, limit).await?)))
}

/// `POST /apply/v1/releases/{id}/promote`: makes an older release live again (reference 3.11).
pub async fn promote(State(node): State<Arc<Node>>, Path(id): Path<String>, Body(of): Body<Promote>) -> Reply {
    let consent = Consent::of(of.allow_warnings, of.allow_warning_codes)?;
    Ok(Json(json!(node.promote(&of.project, &id, &consent).await?)))
}

/// A number of entries that was asked for.
fn bounded(field: &str, asked: Option<usize>, default: usize, max: usize) -> Result<usize> {
    let number = asked.unwrap_or(default);
    if number <= max {
        return Ok(number);
    }
    Err(Error::new(Code::BadField, format!("`{field}` is at most {max}.")).detail("field", field).detail("max", max))
}
