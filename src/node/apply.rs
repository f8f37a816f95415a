//! Applying a release: the one way by which what is served changes.
//!
//! Everything that can fail happens before anything is visible: content is stored, the release is made from the spec and
//! the live release, its secrets and functions are tried. Then the document is kept and the live pointer swapped,
//! on disk first. Kill the process at any point: it comes back with the old release or with the new one.

use crate::edge::Attached;
use crate::error::{Code, Error, Result};
use crate::functions::Handles;
use crate::node::Node;
use crate::node::consent::Consent;
use crate::node::content::{self, Files};
use crate::node::prepare::{Prepared, Stored};
use crate::release::live::LiveRelease;
use crate::release::model::Release;
use crate::release::spec::ReleaseSpec;
use crate::release::warnings::Warning;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an apply did.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    /// The release that is live now.
    pub release_id: String,
    /// Its project.
    pub project_id: String,
    /// The digest of what it holds.
    pub digest: String,
    /// The release that was live when it was made.
    pub parent_id: Option<String>,
    /// Counts the activations of the project.
    pub generation: u64,
    /// Whether the release was live already.
    pub is_noop: bool,
    /// Where it is served.
    pub urls: Vec<String>,
    /// What is allowed and probably not meant.
    pub warnings: Vec<Warning>,
}

impl Applied {
    fn warned(self, warnings: &[Warning]) -> Self {
        Self { warnings: warnings.to_vec(), ..self }
    }
}

impl Node {
    /// Applies `spec` to `project`, or to the project it names itself; the first apply makes the project.
    ///
    /// # Errors
    /// Every code of a release spec, `FUNCTION_BUILD_FAILED`, `MISSING_REQUIRED_SECRET`, `CONTENT_DIGEST_MISSING`,
    /// `HOST_ALREADY_BOUND`, `BASE_RELEASE_CONFLICT`, `DEPLOY_WARNING_REQUIRES_CONFIRMATION`. What was live goes on being
    /// live.
    pub async fn apply(
        self: &Arc<Self>,
        mut spec: ReleaseSpec,
        project: Option<&str>,
        files: Files,
        consent: &Consent,
    ) -> Result<Applied> {
        let project = Self::project_meant(&spec, project)?;
        // Storing takes as long as the content is large and changes nothing that is served: no turn is needed.
        let (spec, stored) = self
            .blocking(move |node| {
                files.expand(&mut spec)?;
                content::store(node.store(), &spec, &files).map(|stored| (spec, stored))
            })
            .await?;
        let (spec, stored) = (Arc::new(spec), Arc::new(stored));
        let encodings = self.precompress(&spec, &project, &stored).await?;

        let _turn = self.turn().await;
        let live = self.base_of(&spec, &project)?;
        let base = live.clone();
        let stored = Stored { blobs: Arc::unwrap_or_clone(stored), encodings, ..Stored::default() };
        let Prepared { release, handles, warnings } =
            self.blocking(move |node| node.prepare(&spec, &project, base.as_deref(), &stored)).await?;
        let before = live.as_ref().map(|live| &live.payload.handles);
        self.check(&handles, before).await?;
        if let Err(error) = self.check_gates(&release).await {
            self.discard(&handles, before);
            return Err(error);
        }
        // The digest says nothing of encoded forms: a release from before there were any gains them.
        let is_noop = live
            .as_ref()
            .is_some_and(|live| live.release.digest == release.digest && live.release.site == release.site);
        // What is wrong is said before what may not be meant.
        if !is_noop && let Err(error) = consent.check(&warnings, Code::DeployWarningRequiresConfirmation) {
            self.discard(&handles, before);
            return Err(error);
        }

        let applied = match live {
            Some(live) if is_noop => self.keep(&live, handles).await,
            _ => self.activate(release, handles).await,
        };
        Ok(applied?.warned(&warnings))
    }

    /// The content is what is live already. Only the functions' environment may have changed with the secrets; then the
    /// same release is activated once more.
    pub(super) async fn keep(self: &Arc<Self>, live: &Arc<LiveRelease<Attached>>, handles: Handles) -> Result<Applied> {
        let same =
            |(name, handle): (&String, &Arc<_>)| live.payload.get(name).is_some_and(|old| Arc::ptr_eq(old, handle));
        if handles.iter().all(same) {
            return Ok(self.applied(&live.release, live.generation, true));
        }
        let again = self.activate(live.release.clone(), handles).await?;
        Ok(Applied { is_noop: true, ..again })
    }

    /// Lets what is live go by the project's users as they are known now: their roles, at once, and the environment of its functions.
    ///
    /// # Errors
    /// A function does not load with its environment, and keeps the one it has; the rest counts all the same.
    pub(super) async fn refresh(self: &Arc<Self>, project: &str) -> Result<()> {
        let Some(live) = self.live.table().project(project).cloned() else { return Ok(()) };
        let (again, name) = (Arc::clone(&live), project.to_owned());
        let handles = self
            .blocking(move |node| {
                let secrets = node.secrets.load(&name)?;
                let attached = Some((&again.release, &again.payload.handles));
                node.handles(&again.release, &secrets, attached, &BTreeMap::new())
            })
            .await;
        let before = &live.payload.handles;
        let (handles, checked) = match handles {
            Ok(handles) => match self.check(&handles, Some(before)).await {
                Ok(()) => (handles, Ok(())),
                Err(error) => {
                    self.discard(&handles, Some(before));
                    (before.clone(), Err(error))
                }
            },
            Err(error) => (before.clone(), Err(error)),
        };
        self.activate(live.release.clone(), handles).await?;
        checked.map_err(|error| {
            let message =
                format!("It counts from now on, but a function goes on with its old environment: {}", error.message);
            Error { message, ..error }
        })
    }

    /// Keeps `release` and makes it live, on disk and then in memory. One step for whoever cancels: what has begun on a
    /// blocking thread is finished there.
    pub(super) async fn activate(self: &Arc<Self>, release: Release, handles: Handles) -> Result<Applied> {
        self.blocking(move |node| {
            let project = release.project.clone();
            let replaced = node.live.table().project(&project).cloned();
            let before = match &replaced {
                Some(live) => Some(live.release.id.clone()),
                // None yet, or one that could not be read and is replaced now.
                None => node.releases.live(&project).map(|pointer| pointer.release),
            };
            let attached = node.attached(&release, handles)?;
            node.releases.save(&release)?;
            let pointer = node.releases.activate(&project, before.as_deref(), &release.id)?;
            let previous = replaced.as_ref().map(|replaced| &replaced.release);
            let live = LiveRelease::new(release, pointer.generation, attached, node.superseding(previous));
            node.live.publish(node.releases.hosts(), Arc::clone(&live));
            // Isolates of versions that nothing routes to any more need not wait until they are idle for long.
            for (name, function) in replaced.iter().flat_map(|replaced| &replaced.payload.handles) {
                if !live.payload.get(name).is_some_and(|now| Arc::ptr_eq(now, function)) {
                    node.functions.retire(function);
                }
            }
            tracing::info!(project, release = live.release.id, generation = pointer.generation, "release is live");
            Ok(node.applied(&live.release, live.generation, false))
        })
        .await
    }

    pub(super) fn applied(&self, release: &Release, generation: u64, is_noop: bool) -> Applied {
        Applied {
            release_id: release.id.clone(),
            project_id: release.project.clone(),
            digest: release.digest.to_string(),
            parent_id: release.parent.clone(),
            generation,
            is_noop,
            urls: self.urls(&release.project),
            warnings: Vec::new(),
        }
    }

    /// Where a project is served.
    pub(super) fn urls(&self, project: &str) -> Vec<String> {
        if self.is_development() {
            return vec![self.public_url("localhost")];
        }
        let table = self.live.table();
        let hosts = table.hosts().bindings.iter().filter(|binding| binding.project == project);
        hosts.map(|binding| self.public_url(&binding.host)).collect()
    }
}
