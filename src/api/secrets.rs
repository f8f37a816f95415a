//! `/secrets/v1`: the secrets of a project, by name. No call answers with a value.

use crate::api::input::Params;
use crate::api::reply::Reply;
use crate::auth::document::Secret;
use crate::error::{Code, Error, Result};
use crate::node::Node;
use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// How a change is made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manner {
    /// Whether it is made although the live release suffers.
    #[serde(default)]
    force: bool,
}

/// `GET /secrets/v1/{project}`: names, and when each was set.
pub async fn list(State(node): State<Arc<Node>>, Path(project): Path<String>) -> Reply {
    let secrets = node.secrets(&project).await?;
    Ok(Json(json!({ "project": project, "secrets": secrets })))
}

/// `PUT /secrets/v1/{project}/{name}?force=`, with `{"value": "..."}`: sets it, and the functions of the live release see it.
pub async fn set(
    State(node): State<Arc<Node>>,
    Path((project, name)): Path<(String, String)>,
    Params(manner): Params<Manner>,
    body: Bytes,
) -> Reply {
    let value = value_in(&body)?;
    Ok(Json(json!(node.set_secret(&project, &name, value, manner.force).await?)))
}

/// `DELETE /secrets/v1/{project}/{name}?force=`.
pub async fn delete(
    State(node): State<Arc<Node>>,
    Path((project, name)): Path<(String, String)>,
    Params(manner): Params<Manner>,
) -> Reply {
    let done = node.delete_secret(&project, &name, manner.force).await?;
    Ok(Json(json!({ "project": project, "name": name, "deleted": true, "release_id": done.release_id })))
}

/// The value in a body. Serde's own words would quote what they do not understand, which is the secret.
fn value_in(body: &[u8]) -> Result<Secret> {
    let refused = || Error::new(Code::BadField, "The body must be {\"value\": \"...\"}, with nothing else in it.");
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Err(refused()) };
    let mut fields = fields.into_iter();
    match (fields.next(), fields.next()) {
        (Some((name, Value::String(value))), None) if name == "value" => Ok(Secret::new(value)),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_not_understood_is_not_repeated() {
        assert_eq!(value_in(br#"{"value": "x"}"#).unwrap().expose(), "x");
        for body in [
            &br#""canary""#[..],
            b"canary",
            br#"{"canary": 1}"#,
            br#"{"value": "x", "canary": 1}"#,
            br#"{"value": 4711}"#,
            br#"{"value": ["canary"]}"#,
            br#"{"value": "canary""#,
            b"{}",
            b"",
            b"\xff",
        ] {
            let error = value_in(body).unwrap_err();
            assert_eq!(error.code, Code::BadField);
            assert!(!error.to_string().contains("canary") && !error.to_string().contains("4711"), "{error}");
        }
    }
}
