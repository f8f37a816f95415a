//! `/auth/v1/projects/{project}`: who may call a project's functions.

use crate::api::input::{Body, Params};
use crate::api::reply::Reply;
use crate::auth::authority::now;
use crate::auth::document::AuthDocument;
use crate::auth::keys::signing::{CONFIGURED, Rotate};
use crate::auth::session::NewSession;
use crate::error::{Code, Error};
use crate::limits;
use crate::node::{Node, TokenWanted};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// `GET`: the settings, without secrets, and the public keys.
pub async fn show(State(node): State<Arc<Node>>, Path(project): Path<String>) -> Reply {
    Ok(Json(node.auth_settings(&project).await?))
}

/// `PUT`: replaces the settings.
pub async fn configure(
    State(node): State<Arc<Node>>,
    Path(project): Path<String>,
    Body(settings): Body<Value>,
) -> Reply {
    Ok(Json(node.configure_auth(&project, AuthDocument::read(&settings)?).await?))
}

/// What is revoked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// All tokens of the key with this `kid`.
    kid: Option<String>,
    /// The token with this `jti`.
    jti: Option<String>,
    /// All tokens of this user until now.
    user: Option<String>,
    /// This token.
    token: Option<String>,
}

/// `POST .../revoke`: what is named is not good any more, from this answer on.
pub async fn revoke(State(node): State<Arc<Node>>, Path(project): Path<String>, Body(what): Body<Revoke>) -> Reply {
    let named = [&what.kid, &what.jti, &what.user, &what.token].iter().filter(|named| named.is_some()).count();
    if named != 1 {
        return Err(Error::new(Code::BadField, "Name one: `kid`, `jti`, `user` or `token`.").into());
    }
    if [&what.kid, &what.jti, &what.user, &what.token].iter().any(|named| named.as_ref().is_some_and(String::is_empty))
    {
        return Err(Error::new(Code::BadField, "What is to be revoked has no name.").into());
    }
    if what.kid.as_deref() == Some(CONFIGURED) {
        let message = "Tokens of the project's `jwt_secret` go by any key name: replace it in the settings instead.";
        return Err(Error::new(Code::BadField, message).detail("field", "kid").into());
    }
    // An issuer's clock may be ahead, and its tokens are taken all the same.
    let issued_until = now() + node.config().auth.leeway_seconds;
    node.revoke_tokens(&project, move |revocations| {
        // What is revoked is forgotten when no token of that time can be good any more.
        let until = Some(now() + limits::TOKEN_SECONDS_MAX);
        match what {
            Revoke { kid: Some(kid), .. } => revocations.revoke_key(&kid, None),
            Revoke { jti: Some(jti), .. } => revocations.revoke_token_id(&jti, until),
            Revoke { user: Some(user), .. } => revocations.revoke_user(&user, issued_until, until),
            Revoke { token: Some(token), .. } => revocations.revoke_token(token.trim(), until),
            _ => Ok(()),
        }
    })
    .await?;
    Ok(Json(json!({ "revoked": true })))
}

/// Whose role is forgotten.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// The user; everybody's without.
    user: Option<String>,
}

/// `POST .../roles/forget`: the next request of the user asks the database.
pub async fn forget_roles(
    State(node): State<Arc<Node>>,
    Path(project): Path<String>,
    Body(whose): Body<Forget>,
) -> Reply {
    Ok(Json(json!({ "forgotten": node.forget_roles_of(&project, whose.user.as_deref()) })))
}

/// Which keys are rotated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateKeys {
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Hs256,
    Es256,
    Actor,
    All,
}

/// `POST .../rotate`: new signing keys.
pub async fn rotate(State(node): State<Arc<Node>>, Path(project): Path<String>, Body(keys): Body<RotateKeys>) -> Reply {
    let what = match keys.what {
        What::Hs256 => Rotate::Hs256,
        What::Es256 => Rotate::Es256,
        What::Actor => Rotate::Actor,
        What::All => Rotate::All,
    };
    Ok(Json(node.rotate_signing_keys(&project, what).await?))
}

/// What a token is to say.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Mint {
    user: Option<String>,
    role: Option<String>,
    email: Option<String>,
    ttl: Option<u64>,
    hs256: bool,
}

/// `POST .../tokens`: a token for a user.
pub async fn mint(State(node): State<Arc<Node>>, Path(project): Path<String>, Body(mint): Body<Mint>) -> Reply {
    let Mint { user, role, email, ttl, hs256 } = mint;
    Ok(Json(node.mint_token(&project, TokenWanted { user, role, email, ttl, hs256 }).await?))
}

/// Whose session begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    user_id: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    is_test: bool,
    #[serde(default)]
    amr: Vec<String>,
    ttl: Option<u64>,
}

/// `POST .../sessions`: begins one.
pub async fn begin_session(
    State(node): State<Arc<Node>>,
    Path(project): Path<String>,
    Body(begin): Body<Begin>,
) -> Reply {
    let Begin { user_id, email, email_verified, is_test, amr, ttl } = begin;
    let mut new = NewSession { email, email_verified, is_test, amr, ..NewSession::of(user_id) };
    if let Some(seconds) = ttl {
        new.lifetime = Duration::from_secs(seconds);
    }
    Ok(Json(node.begin_session(&project, new).await?))
}

/// Which sessions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    session: Option<String>,
    user: Option<String>,
}

/// `GET .../sessions`: those that are good.
pub async fn sessions(
    State(node): State<Arc<Node>>,
    Path(project): Path<String>,
    Params(which): Params<Which>,
) -> Reply {
    Ok(Json(node.sessions(&project, which.user.as_deref()).await?))
}

/// `DELETE .../sessions`: ends one, or all of a user.
pub async fn end_sessions(
    State(node): State<Arc<Node>>,
    Path(project): Path<String>,
    Params(which): Params<Which>,
) -> Reply {
    Ok(Json(node.end_sessions(&project, which.session.as_deref(), which.user.as_deref()).await?))
}
