//! Secrets on a running node: what changes is seen at once.
//!
//! The live release is activated once more with the new environment. That is tried before anything is kept: a value with which a
//! function no longer loads changes nothing, unless the caller insists.

use crate::auth::document::Secret;
use crate::auth::secrets::{Edit, SecretLine};
use crate::edge::Attached;
use crate::error::{Code, Error, Result};
use crate::functions::Handles;
use crate::node::Node;
use crate::release::inventory::rfc3339;
use crate::release::live::LiveRelease;
use crate::release::store::check_project;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a change of a secret did.
#[derive(Debug, Clone, Serialize)]
pub struct SecretChanged {
    /// The project.
    pub project: String,
    /// The secret.
    pub name: String,
    /// Whether there was none of that name before.
    pub created: bool,
    /// The live release, whose functions see the change from now on; none if nothing is live.
    pub release_id: Option<String>,
}

/// A secret without its value, as clients see it.
#[derive(Debug, Clone, Serialize)]
pub struct SecretShown {
    name: String,
    updated_at: String,
}

impl From<SecretLine> for SecretShown {
    fn from(line: SecretLine) -> Self {
        Self { name: line.name, updated_at: rfc3339(line.updated_at) }
    }
}

impl Node {
    /// Names of a project's secrets. A project without a release may have some.
    ///
    /// # Errors
    /// `BAD_FIELD` for what is no project, `STORAGE_UNAVAILABLE`.
    pub async fn secrets(self: &Arc<Self>, project: &str) -> Result<Vec<SecretShown>> {
        check_project(project)?;
        let project = project.to_owned();
        let lines = self.blocking(move |node| node.secrets.list(&project)).await?;
        Ok(lines.into_iter().map(SecretShown::from).collect())
    }

    /// Sets a secret of a project.
    ///
    /// # Errors
    /// `BAD_FIELD` for a name or a value that none may have; without `force` also whatever keeps a function of the live release from
    /// loading with it. Then nothing has changed.
    pub async fn set_secret(
        self: &Arc<Self>,
        project: &str,
        name: &str,
        value: Secret,
        force: bool,
    ) -> Result<SecretChanged> {
        self.change_secret(project, name, Edit::Set(name.to_owned(), value), force).await
    }

    /// Deletes a secret of a project.
    ///
    /// # Errors
    /// `SECRET_NOT_FOUND`; without `force` also `SECRET_IN_USE` when the live release requires it, and whatever keeps a function of
    /// that from loading without it.
    pub async fn delete_secret(self: &Arc<Self>, project: &str, name: &str, force: bool) -> Result<SecretChanged> {
        self.change_secret(project, name, Edit::Delete(name.to_owned()), force).await
    }

    /// Gives a project these secrets and no others; its live release notices when it is applied next.
    ///
    /// # Errors
    /// `BAD_FIELD` when they are too many or too large.
    pub async fn replace_secrets(self: &Arc<Self>, project: &str, all: BTreeMap<String, String>) -> Result<()> {
        let project = project.to_owned();
        self.blocking(move |node| node.secrets.change(&project, &Edit::Replace(all)).map(|_| ())).await
    }

    async fn change_secret(
        self: &Arc<Self>,
        project: &str,
        name: &str,
        edit: Edit,
        force: bool,
    ) -> Result<SecretChanged> {
        check_project(project)?;
        let (node, project, name) = (Arc::clone(self), project.to_owned(), name.to_owned());
        Self::whole(async move { node.change_secret_whole(&project, &name, edit, force).await }).await
    }

    async fn change_secret_whole(
        self: &Arc<Self>,
        project: &str,
        name: &str,
        edit: Edit,
        force: bool,
    ) -> Result<SecretChanged> {
        let _turn = self.turn().await;
        let live = self.live.table().project(project).cloned();
        let (owner, edit) = (project.to_owned(), Arc::new(edit));
        let (tried, base) = (Arc::clone(&edit), live.clone());
        let handles = self.blocking(move |node| node.rehearse_edit(&owner, &tried, base.as_deref(), force)).await?;
        if let (Some(live), Some(handles), false) = (&live, &handles, force) {
            let checked = self.check(handles, Some(&live.payload.handles)).await;
            checked.map_err(|error| without_value(self.unkept(handles, live, error)).detail("secret", name))?;
        }

        let owner = project.to_owned();
        let kept = self.blocking(move |node| node.secrets.change(&owner, &edit)).await;
        let release_id = match (&live, handles) {
            (Some(live), Some(handles)) => match kept {
                Ok(_) => Some(self.keep(live, handles).await?.release_id),
                Err(error) => return Err(self.unkept(&handles, live, error)),
            },
            _ => None,
        };
        let created = kept?;
        let release_id = match release_id {
            None => self.revive(project).await?,
            known => known,
        };
        tracing::info!(project, name, release = release_id, "secrets changed");
        Ok(SecretChanged { project: project.to_owned(), name: name.to_owned(), created, release_id })
    }

    /// The live release's functions with an environment as it would be. Blocking.
    fn rehearse_edit(
        &self,
        project: &str,
        edit: &Edit,
        live: Option<&LiveRelease<Attached>>,
        force: bool,
    ) -> Result<Option<Handles>> {
        let secrets = self.secrets.preview(project, edit)?;
        let Some(live) = live else { return Ok(None) };
        if let Edit::Delete(name) = edit
            && live.release.secrets_required.contains(name)
            && !force
        {
            let message = "The live release requires this secret: apply one that does not, or delete it by force.";
            return Err(Error::new(Code::SecretInUse, message).detail("release_id", live.release.id.as_str()));
        }
        let before = Some((&live.release, &live.payload.handles));
        self.handles(&live.release, &secrets, before, &BTreeMap::new()).map(Some)
    }

    /// Gives up functions that were made for a change that is not kept.
    fn unkept(&self, handles: &Handles, live: &LiveRelease<Attached>, error: Error) -> Error {
        self.discard(handles, Some(&live.payload.handles));
        error
    }

    /// A live release that could not be read may have wanted nothing but its secrets.
    async fn revive(self: &Arc<Self>, project: &str) -> Result<Option<String>> {
        let Some(pointer) = self.releases.live(project) else { return Ok(None) };
        let project = project.to_owned();
        self.blocking(move |node| match node.restore_one(&project, &pointer) {
            Ok(release) => {
                node.live.publish(node.releases.hosts(), release);
                Ok(Some(pointer.release))
            }
            Err(error) => {
                tracing::error!(project, release = pointer.release, %error, "the live release cannot be read");
                Ok(None)
            }
        })
        .await
    }
}

/// An error of a function that was tried with a new value: it may quote it.
fn without_value(error: Error) -> Error {
    let mut told = Error::new(error.code, "A function of the live release does not load with this value.");
    for place in ["function", "file", "line", "column"] {
        if let Some(value) = error.details.get(place) {
            told.details.insert(place.to_owned(), value.clone());
        }
    }
    told
}
