//! Which project a call is for, whether it may call the function, and as whom.

use super::Release;
use super::credential::{
    Field, X_API_KEY, X_PROJECT_ID, X_SERVICE_KEY, authorization, credential_required, field, key_required,
};
use crate::auth::credential::{Bearer, Cookie};
use crate::auth::gate::{Admission, Denial, User};
use crate::auth::keys::api_keys::{KeyGrant, KeyKind, looks_like_key};
use crate::auth::project::{Asking, Refused};
use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::release::model::Function;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::sync::Arc;

/// A call that may go on.
pub(super) struct Admitted {
    pub(super) release: Arc<Release>,
    pub(super) admission: Admission,
}

/// `/functions/v1`: the key first, then the function, then its gate.
pub(super) async fn direct(node: &Node, name: &str, headers: &HeaderMap) -> Result<Admitted> {
    let keys = node.api_keys();
    let mut user = authorization(headers);
    let grant = match (field(headers, &super::credential::APIKEY), user) {
        (Field::One(text), _) => keys.check(text),
        // A backend that holds a service key may send it the way it sends tokens.
        (Field::None, Bearer::Token(token)) => keys.check(token).filter(|grant| grant.kind == KeyKind::Service),
        (Field::None | Field::Unclear, _) => None,
    };
    let grant = grant.ok_or_else(key_required)?;
    if let Bearer::Token(token) = user
        && looks_like_key(token)
    {
        // Clients that know one key only send it twice. It is no user; and it is not another project's either.
        let second = keys.check(token).filter(|second| second.project == grant.project);
        second.ok_or_else(key_required)?;
        user = Bearer::None;
    }
    let (release, function) = granted(node, &grant, name)?;
    // The library in a function believes every good signature; that a token was revoked is known here only.
    if let Bearer::Token(token) = user
        && function.gate.is_open()
        && release.payload.auth.is_revoked(token).await
    {
        return Err(Error::new(Code::AuthRequired, "The token is not valid, or not any more."));
    }
    let admission = admit(&release, &function, user).await?;
    Ok(Admitted { release, admission })
}

/// The function that a key may call. A key that may not is told so before it learns whether there is such a function.
fn granted(node: &Node, grant: &KeyGrant, name: &str) -> Result<(Arc<Release>, Function)> {
    if !grant.scopes.allow_invoke(name) {
        return Err(Error::new(Code::ApiKeyForbidden, "The API key may not call this function."));
    }
    find(node, &grant.project, name)?
        .ok_or_else(|| Error::new(Code::FunctionNotFound, "The project's live release has no such function."))
}

fn find(node: &Node, project: &str, name: &str) -> Result<Option<(Arc<Release>, Function)>> {
    let Some(release) = node.live_release(project)? else { return Ok(None) };
    let function = release.release.functions.get(name).cloned();
    Ok(function.map(|function| (release, function)))
}

/// The function's gate, which knows users by their token: cookies are a site's, and nobody is sent to sign in.
async fn admit(release: &Release, function: &Function, bearer: Bearer<'_>) -> Result<Admission> {
    let asking = Asking {
        bearer,
        cookie: Cookie::None,
        is_safe: true,
        origin: None,
        referer: None,
        authority: "",
        secure: false,
        accept: None,
    };
    let roles = release.payload.roles.as_deref();
    release.payload.auth.admit(&function.gate, roles, &asking).await.map_err(|denial| match denial {
        Denial::Error(error) => error,
        Denial::SignIn(_) => Error::new(Code::AuthRequired, "This needs a signed-in user."),
    })
}

/// What proves a Fluxbase call.
enum Proof {
    /// A key.
    Key(KeyGrant),
    /// A token of the project: of a user, or of role `anon`.
    Token(String, Option<User>),
}

impl Proof {
    fn project(&self) -> &str {
        match self {
            Self::Key(grant) => &grant.project,
            Self::Token(project, _) => project,
        }
    }
}

/// `/api/v1/functions`: a key or a token; or nothing at all where the function allows that.
pub(super) async fn fluxbase(node: &Node, name: &str, headers: &HeaderMap) -> Result<Admitted> {
    let bearer = authorization(headers);
    let proof = prove(node, headers, bearer).await?;
    let found = match &proof {
        Some(Proof::Key(grant)) => Some(granted(node, grant, name)?),
        Some(proof) => {
            let missing = || Error::new(Code::FunctionNotFound, "The project's live release has no such function.");
            Some(find(node, proof.project(), name)?.ok_or_else(missing)?)
        }
        // Whoever presents nothing good learns nothing, not even whether there is a function that needs it.
        None => match meant(node, headers) {
            Some(project) => find(node, &project, name)?.filter(|(_, function)| function.allows_unauthenticated()),
            None => None,
        },
    };
    let (release, function) = found.ok_or_else(credential_required)?;
    let user = match proof {
        Some(Proof::Token(_, user)) => user,
        Some(Proof::Key(_)) => user_beside_key(&release, bearer).await?,
        None => None,
    };
    let token = match bearer {
        Bearer::Token(token) if looks_like_key(token) => Bearer::None,
        other => other,
    };
    let mut admission = admit(&release, &function, token).await?;
    if admission.user.is_none() {
        // Without a gate nobody asked; the handler is told all the same who it is.
        admission.gated = user.is_some();
        admission.user = user;
    }
    Ok(Admitted { release, admission })
}

/// What of the call's credentials is good. Two keys are one too many.
async fn prove(node: &Node, headers: &HeaderMap, bearer: Bearer<'_>) -> Result<Option<Proof>> {
    let keys = node.api_keys();
    match (field(headers, &X_SERVICE_KEY), field(headers, &X_API_KEY)) {
        (Field::One(text), Field::None) => {
            Ok(keys.check(text).filter(|grant| grant.kind == KeyKind::Service).map(Proof::Key))
        }
        (Field::None, Field::One(text)) => Ok(keys.check(text).map(Proof::Key)),
        (Field::None, Field::None) => match bearer {
            Bearer::Token(token) if looks_like_key(token) => Ok(keys.check(token).map(Proof::Key)),
            Bearer::Token(token) => prove_token(node, headers, token).await,
            Bearer::None | Bearer::Unclear => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Looks at a token with the keys of the project that it names itself. If it lies, those keys do not verify it.
async fn prove_token(node: &Node, headers: &HeaderMap, token: &str) -> Result<Option<Proof>> {
    let Some(project) = named_project(token).or_else(|| meant(node, headers)) else { return Ok(None) };
    let Some(release) = node.live_release(&project)? else { return Ok(None) };
    match release.payload.auth.user_of_token(token).await {
        Ok(user) => Ok(Some(Proof::Token(project, user))),
        Err(Refused::Outage(error)) => Err(error),
        Err(Refused::Token(_)) => Ok(None),
    }
}

/// The user of a token that comes with a key. One that is not good is refused: its sender believes to be somebody.
async fn user_beside_key(release: &Release, bearer: Bearer<'_>) -> Result<Option<User>> {
    let token = match bearer {
        Bearer::None => return Ok(None),
        Bearer::Token(token) if looks_like_key(token) => return Ok(None),
        Bearer::Token(token) => token,
        Bearer::Unclear => return Err(credential_required()),
    };
    release.payload.auth.user_of_token(token).await.map_err(|refused| match refused {
        Refused::Outage(error) => error,
        Refused::Token(refusal) => credential_required().because(refusal.as_str()),
    })
}

/// The project that a call without a credential means: its host's, or the one it names.
fn meant(node: &Node, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.and_then(|host| node.project_of_host(host)).or_else(|| match field(headers, &X_PROJECT_ID) {
        Field::One(project) => Some(project.to_owned()),
        Field::None | Field::Unclear => None,
    })
}

/// The project that a token names. Not verified: it only says with which keys that is to be done.
fn named_project(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        project_id: String,
    }
    let payload = token.split('.').nth(1)?;
    let claims: Named = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    Some(claims.project_id)
}
