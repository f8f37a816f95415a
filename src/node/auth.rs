//! Changing who may call a project's functions, on a running node.

use crate::auth::authority::now;
use crate::auth::database::ProjectDatabase;
use crate::auth::document::AuthDocument;
use crate::auth::gate::is_user_id;
use crate::auth::jwt::Revocations;
use crate::auth::keys::signing::{Algorithm, Rotate};
use crate::auth::project::ProjectAuth;
use crate::auth::session::NewSession;
use crate::error::{Code, Error, Result};
use crate::limits;
use crate::node::Node;
use crate::release::store::check_project;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Keys that sign or stand by: as many rotations get rid of them.
const SIGNING_KEYS_AHEAD: usize = 2;

/// What a token is to say.
#[derive(Debug, Clone, Default)]
pub struct TokenWanted {
    /// `sub`; none for a token of role `anon`.
    pub user: Option<String>,
    /// `role`.
    pub role: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// How long it is good, in seconds.
    pub ttl: Option<u64>,
    /// Signed with the secret that functions know, instead of the key they do not.
    pub hs256: bool,
}

impl Node {
    /// Lets retired signing keys go when their time is over.
    pub(super) async fn tidy_keys(self: Arc<Self>) {
        let mut timer = tokio::time::interval(Duration::from_secs(limits::AUTH_TIDY_SECONDS));
        timer.tick().await;
        loop {
            timer.tick().await;
            let tidied = self.blocking(|node| {
                node.authority.tidy();
                Ok(())
            });
            if let Err(error) = tidied.await {
                tracing::error!(%error, "keys could not be looked through");
            }
        }
    }

    /// The users of a project, made if it was never met. A project need not have a release yet: its settings come first.
    pub(super) async fn users_of(self: &Arc<Self>, project: &str) -> Result<Arc<ProjectAuth>> {
        check_project(project)?;
        let project = project.to_owned();
        self.blocking(move |node| node.authority.project(&project)).await
    }

    /// A project's settings, without secrets.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn auth_settings(self: &Arc<Self>, project: &str) -> Result<Value> {
        let parts = self.users_of(project).await?.parts();
        let keys = parts.signing.project_jwt_keys(now());
        Ok(json!({ "project": project, "settings": parts.document.redacted(), "keys": keys["keys"] }))
    }

    /// Replaces a project's settings. From its answer on they count: for tokens, for sessions, and for the roles of the live release.
    ///
    /// # Errors
    /// `INVALID_AUTH_SETTINGS`, `STORAGE_UNAVAILABLE`; `DEPLOY_INVALID_ROLE_GATE` when the live release has gates that could not be
    /// asked any more.
    pub async fn configure_auth(self: &Arc<Self>, project: &str, document: AuthDocument) -> Result<Value> {
        check_project(project)?;
        let (node, project) = (Arc::clone(self), project.to_owned());
        Self::whole(async move { node.configure_auth_whole(&project, document).await }).await
    }

    async fn configure_auth_whole(self: &Arc<Self>, project: &str, document: AuthDocument) -> Result<Value> {
        let _turn = self.turn().await;
        let before = self.users_of(project).await?.parts();
        // What is live must be able to go on with them. A database that is the same is not asked again: it may be down while an issuer
        // has to go.
        let live = self.live.table().project(project).cloned();
        if let Some(columns) = live.as_ref().and_then(|live| live.release.role_columns()) {
            match &document.database {
                Some(_) if document.database == before.document.database => {}
                Some(database) => {
                    let (name, settings) = (project.to_owned(), database.clone());
                    // It reads certificates.
                    let open = move |node: &Self| ProjectDatabase::new(&name, &settings, &node.config.auth);
                    self.blocking(open).await?.check_gate(columns).await?;
                }
                None if !document.roles.is_empty() => {}
                None => {
                    let message = "The live release looks roles up, so the project needs its database.";
                    return Err(Error::new(Code::DeployInvalidRoleGate, message).detail("path", "database"));
                }
            }
        }
        let name = project.to_owned();
        self.blocking(move |node| node.authority.configure(&name, document)).await?;
        self.refresh(project).await?;
        self.auth_settings(project).await
    }

    /// [`Node::configure_auth`] when they are others than now: `portico dev` has read them again.
    ///
    /// # Errors
    /// The same.
    pub async fn follow_auth(self: &Arc<Self>, project: &str, document: AuthDocument) -> Result<()> {
        if self.users_of(project).await?.parts().document == document {
            return Ok(());
        }
        self.configure_auth(project, document).await.map(drop)
    }

    /// Revokes tokens: of a key, of a user, or one.
    ///
    /// # Errors
    /// `BAD_FIELD` when nothing is named; `STORAGE_UNAVAILABLE`, and then nothing is revoked.
    pub async fn revoke_tokens(
        self: &Arc<Self>,
        project: &str,
        edit: impl FnOnce(&mut Revocations) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        check_project(project)?;
        let (node, project) = (Arc::clone(self), project.to_owned());
        Self::whole(async move {
            let name = project.clone();
            // Not in turn: an apply that is under way must not put it off.
            node.blocking(move |node| {
                // Whoever misspells the project would believe that it is done.
                if !node.authority.has(&name)? {
                    node.known_project(&name)?;
                }
                node.authority.revoke(&name, edit)
            })
            .await?;
            let _turn = node.turn().await;
            // A key of this node that is revoked signs nothing any more.
            for (algorithm, what) in [(Algorithm::Es256, Rotate::Es256), (Algorithm::Hs256, Rotate::Hs256)] {
                for _ in 0..SIGNING_KEYS_AHEAD {
                    let parts = node.users_of(&project).await?.parts();
                    let is_configured = algorithm == Algorithm::Hs256 && parts.document.jwt_secret.is_some();
                    if is_configured || !parts.verifier.is_key_revoked(&parts.signing.user_key_id(algorithm)) {
                        break;
                    }
                    node.rotate_whole(&project, what).await?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Forgets the role of a user, or everybody's. Says whether there was anything that could remember one.
    pub fn forget_roles_of(&self, project: &str, user: Option<&str>) -> bool {
        let table = self.live.table();
        let roles = table.project(project).and_then(|live| live.payload.roles.as_ref());
        if let Some(roles) = roles {
            roles.forget(user);
        }
        roles.is_some()
    }

    /// New keys sign from now on; what the old ones signed stays good until it is over.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn rotate_signing_keys(self: &Arc<Self>, project: &str, what: Rotate) -> Result<Value> {
        check_project(project)?;
        let (node, project) = (Arc::clone(self), project.to_owned());
        Self::whole(async move {
            let _turn = node.turn().await;
            node.rotate_whole(&project, what).await?;
            node.auth_settings(&project).await
        })
        .await
    }

    async fn rotate_whole(self: &Arc<Self>, project: &str, what: Rotate) -> Result<()> {
        if what == Rotate::Hs256 && self.users_of(project).await?.parts().document.jwt_secret.is_some() {
            let message =
                "The secret of HS256 tokens is the one in the project's settings: replace `jwt_secret` there.";
            return Err(Error::new(Code::BadField, message).detail("field", "what"));
        }
        let name = project.to_owned();
        self.blocking(move |node| node.authority.rotate(&name, what)).await?;
        self.refresh(project).await
    }

    /// A token for a user of a project.
    ///
    /// # Errors
    /// `BAD_FIELD`: for nobody, or good for longer than a token may be.
    pub async fn mint_token(self: &Arc<Self>, project: &str, wanted: TokenWanted) -> Result<Value> {
        let ttl = wanted.ttl.unwrap_or(limits::TOKEN_SECONDS_DEFAULT);
        if !(1..=limits::TOKEN_SECONDS_MAX).contains(&ttl) {
            let message = format!("A token is good for 1 to {} seconds.", limits::TOKEN_SECONDS_MAX);
            return Err(Error::new(Code::BadField, message).detail("field", "ttl"));
        }
        let role =
            wanted.role.unwrap_or_else(|| if wanted.user.is_some() { "authenticated" } else { "anon" }.to_owned());
        if wanted.user.is_none() && role != "anon" {
            return Err(Error::new(Code::BadField, "A token of that role names a user.").detail("field", "user"));
        }
        if wanted.user.as_deref().is_some_and(|user| !is_user_id(user)) {
            let message = "A user's id is visible ASCII characters, without spaces.";
            return Err(Error::new(Code::BadField, message).detail("field", "user"));
        }
        let users = self.users_of(project).await?;
        let issued = now();
        let mut claims = json!({
            "iss": "portico", "project_id": project, "role": role, "iat": issued, "exp": issued + ttl,
            "jti": format!("tok_{:024x}", fastrand::u128(..) >> 32),
        });
        for (name, value) in [("sub", wanted.user), ("email", wanted.email)] {
            if let Some(value) = value {
                claims[name] = value.into();
            }
        }
        let algorithm = if wanted.hs256 { Algorithm::Hs256 } else { Algorithm::Es256 };
        let token = users.parts().signing.mint(&claims, algorithm)?;
        Ok(json!({ "token": token, "project": project, "claims": claims }))
    }

    /// Begins a session, for whoever proved elsewhere who it is.
    ///
    /// # Errors
    /// `SESSION_LOOKUP_UNAVAILABLE`.
    pub async fn begin_session(self: &Arc<Self>, project: &str, new: NewSession) -> Result<Value> {
        let users = self.users_of(project).await?;
        let (session, cookie) = users.begin_session(new).await?;
        Ok(json!({ "session": session.public(), "set_cookie": cookie.set_cookie(), "cookie": cookie.pair() }))
    }

    /// Sessions that are good now.
    ///
    /// # Errors
    /// `SESSION_LOOKUP_UNAVAILABLE`.
    pub async fn sessions(self: &Arc<Self>, project: &str, user: Option<&str>) -> Result<Value> {
        let sessions = self.users_of(project).await?.parts().sessions.list(user).await?;
        let sessions: Vec<Value> = sessions.iter().map(|session| session.public()).collect();
        Ok(json!({ "sessions": sessions }))
    }

    /// Ends a session, or all of a user.
    ///
    /// # Errors
    /// `SESSION_NOT_FOUND`, `SESSION_LOOKUP_UNAVAILABLE`.
    pub async fn end_sessions(self: &Arc<Self>, project: &str, id: Option<&str>, user: Option<&str>) -> Result<Value> {
        let sessions = Arc::clone(&self.users_of(project).await?.parts().sessions);
        let ended = match (id, user) {
            (Some(id), None) if sessions.revoke(id).await? => 1,
            (Some(_), None) => return Err(Error::new(Code::SessionNotFound, "The project has no such session.")),
            (None, Some(user)) => sessions.revoke_user(user).await?,
            _ => return Err(Error::new(Code::BadField, "Say which session, or whose: one of them.")),
        };
        Ok(json!({ "ended": ended }))
    }
}
