//! Going back to an older release, or forward again: a pointer swap (reference 3.11).
//!
//! The platform's warning `FUNCTION_VERSION_MISMATCH` has no cause here: a release brings the code its functions had.

use crate::edge::Attached;
use crate::error::{Code, Error, Result};
use crate::functions::Handles;
use crate::node::attach::check_secrets;
use crate::node::consent::Consent;
use crate::node::{Applied, Node};
use crate::release::live::LiveRelease;
use crate::release::model::Release;
use crate::release::warnings::{Warning, warnings};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a promotion did.
#[derive(Debug, Clone, Serialize)]
pub struct Promoted {
    /// `ok`: what failed is an error.
    pub status: &'static str,
    /// A name for this promotion in the log.
    pub operation_id: String,
    /// The release that was live before; none if nothing was.
    pub previous_release_id: Option<String>,
    /// What is different, seen from the release that was live.
    pub diff: Value,
    /// The rest is as after an apply.
    #[serde(flatten)]
    pub applied: Applied,
}

/// The release that is to become live.
struct Target {
    release: Release,
    handles: Handles,
    /// Against the one that is live.
    warnings: Vec<Warning>,
    diff: Value,
}

impl Node {
    /// Makes a release of the project live that was applied before. Its functions come back with the code they had.
    ///
    /// # Errors
    /// `PROMOTE_TARGET_NOT_FOUND`, `PROMOTE_PROJECT_MISMATCH`, `PROMOTE_NO_OP` for the live one,
    /// `PROMOTE_RELEASE_NOT_READY` when it is damaged or its content is gone, `PROMOTE_WARNING_REQUIRES_ACK`, and whatever
    /// keeps a release from being applied today: a secret that is gone, a function that no longer loads.
    pub async fn promote(self: &Arc<Self>, project: &str, id: &str, consent: &Consent) -> Result<Promoted> {
        let (project, id) = (project.to_owned(), id.to_owned());
        let _turn = self.turn().await;
        let live = self.live.table().project(&project).cloned();
        if live.as_ref().is_some_and(|live| live.release.id == id) {
            let message = "The release is live already; nothing has changed.";
            return Err(Error::new(Code::PromoteNoOp, message).detail("release_id", id));
        }
        let current = live.clone();
        let Target { release, handles, warnings, diff } =
            self.blocking(move |node| node.target(&project, &id, current.as_deref())).await?;
        let attached = live.as_ref().map(|live| &live.payload.handles);
        self.check(&handles, attached).await?;
        if let Err(error) = self.check_gates(&release).await {
            self.discard(&handles, attached);
            return Err(error);
        }
        if let Err(error) = consent.check(&warnings, Code::PromoteWarningRequiresAck) {
            self.discard(&handles, attached);
            return Err(error);
        }

        let previous = match &live {
            Some(live) => Some(live.release.id.clone()),
            // One that could not be read, and is replaced now.
            None => self.releases.live(&release.project).map(|pointer| pointer.release),
        };
        let applied = self.activate(release, handles).await.map_err(not_ready)?;
        let operation_id = format!("op_{:024x}", fastrand::u128(..) >> 32);
        tracing::info!(
            project = applied.project_id,
            release = applied.release_id,
            operation_id,
            "release was promoted"
        );
        let applied = Applied { warnings, ..applied };
        Ok(Promoted { status: "ok", operation_id, previous_release_id: previous, diff, applied })
    }

    /// Reads the release that is to become live and its functions, and compares it with the one that is. Blocking.
    fn target(&self, project: &str, id: &str, live: Option<&LiveRelease<Attached>>) -> Result<Target> {
        self.known_project(project)?;
        let release = match self.releases.load(project, id) {
            Ok(release) => release,
            Err(error) if error.code == Code::ReleaseNotFound => return Err(self.no_target(project, id)?),
            Err(error) => return Err(not_ready(error)),
        };
        let secrets = self.secrets.load(project)?;
        check_secrets(&release, &secrets)?;
        let attached = live.map(|live| (&live.release, &live.payload.handles));
        let handles = self.handles(&release, &secrets, attached, &BTreeMap::new()).map_err(not_ready)?;
        let before = live.map(|live| &live.release);
        let (warnings, diff) = (warnings(&release, before, None), difference(before, &release));
        Ok(Target { release, handles, warnings, diff })
    }

    /// Why the project has no such release.
    fn no_target(&self, project: &str, id: &str) -> Result<Error> {
        let error = match self.releases.owner(id)? {
            Some(_) => Error::new(Code::PromoteProjectMismatch, "The release is another project's."),
            None => Error::new(Code::PromoteTargetNotFound, "The project has no such release."),
        };
        Ok(error.detail("release_id", id).detail("project", project))
    }
}

/// A release that is there and cannot be used: its document or its content is not what it should be.
fn not_ready(error: Error) -> Error {
    if !matches!(error.code, Code::StorageUnavailable | Code::ContentDigestMissing) {
        return error;
    }
    let message = "The release is damaged, or content it needs is gone: apply it again from its manifest.";
    let cause = error.to_string();
    let mut refused = Error::new(Code::PromoteReleaseNotReady, message).detail("reason", error.code.as_str());
    refused.details.extend(error.details);
    refused.because(cause)
}

/// The differences in the form of the platform's type for promotions, which looks from the release that was live.
fn difference(current: Option<&Release>, target: &Release) -> Value {
    let no_functions = BTreeMap::new();
    let functions = current.map_or(&no_functions, |current| &current.functions);
    let no_files = BTreeMap::new();
    let files = current.map_or(&no_files, |current| &current.site.files);
    let (their_functions, their_files) = (&target.functions, &target.site.files);
    let changed =
        functions.iter().filter(|(name, function)| their_functions.get(*name).is_some_and(|f| f != *function));
    json!({
        "functions": {
            "only_in_current": functions.keys().filter(|name| !their_functions.contains_key(*name)).collect::<Vec<_>>(),
            "only_in_target": their_functions.keys().filter(|name| !functions.contains_key(*name)).collect::<Vec<_>>(),
            "changed": changed.map(|(name, _)| name).collect::<Vec<_>>(),
        },
        "migrations": { "only_in_current": [], "only_in_target": [] },
        "site_paths": {
            "added_in_current": files.keys().filter(|path| !their_files.contains_key(*path)).count(),
            "removed_in_current": their_files.keys().filter(|path| !files.contains_key(*path)).count(),
        },
    })
}
