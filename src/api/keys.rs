//! `/keys/v1`: the API keys of a project. A key's text is in the answer that makes it, and in no other.

use crate::api::input::Body;
use crate::api::reply::{Failure, Reply};
use crate::auth::keys::api_keys::{KeyKind, NewKey, Scopes};
use crate::error::{Code, Error};
use crate::limits::API_KEY_GRACE_SECONDS_DEFAULT;
use crate::node::Node;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The body of a creation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    kind: KeyKind,
    #[serde(default)]
    name: String,
    /// All functions if it is left out.
    scopes: Option<Vec<String>>,
    /// From now on. Without an end if it is left out.
    expires_in_seconds: Option<u64>,
}

/// The body of a rotation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// How long the old secret is good.
    #[serde(default = "grace_seconds_default")]
    grace_seconds: u64,
}

const fn grace_seconds_default() -> u64 {
    API_KEY_GRACE_SECONDS_DEFAULT
}

/// `GET /keys/v1/{project}`: every key but its secret.
pub async fn list(State(node): State<Arc<Node>>, Path(project): Path<String>) -> Reply {
    let keys = node.keys(&project).await?;
    Ok(Json(json!({ "project": project, "keys": keys })))
}

/// `POST /keys/v1/{project}`: makes a key.
pub async fn create(State(node): State<Arc<Node>>, Path(project): Path<String>, Body(body): Body<Create>) -> Reply {
    let scopes = body.scopes.as_deref().map_or(Ok(Scopes::all()), Scopes::parse)?;
    let expires_at = body.expires_in_seconds.map(from_now).transpose()?;
    let new = NewKey { kind: body.kind, name: body.name, scopes, expires_at };
    Ok(Json(json!(node.create_key(&project, new).await?)))
}

/// `POST /keys/v1/{project}/{id}/rotate`: another secret for a key; the one it had is good for a while.
pub async fn rotate(
    State(node): State<Arc<Node>>,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body<Rotate>,
) -> Reply {
    Ok(Json(json!(node.rotate_key(&project, &id, body.grace_seconds).await?)))
}

/// `DELETE /keys/v1/{project}/{id}`: from now on the key is good for nothing.
pub async fn revoke(State(node): State<Arc<Node>>, Path((project, id)): Path<(String, String)>) -> Reply {
    node.revoke_key(&project, &id).await?;
    Ok(Json(json!({ "project": project, "id": id, "revoked": true })))
}

fn from_now(seconds: u64) -> Result<u64, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // Milliseconds of it are shown as a date with four digits for the year.
    let end = now.checked_add(seconds).filter(|end| *end < 253_402_300_800);
    let refused = || Error::new(Code::BadField, "The key would end after the year 9999.");
    end.ok_or_else(|| refused().detail("field", "expires_in_seconds").into())
}
