//! Applying a release: the one way by which what is served changes.
//!
//! Everything that can fail happens before anything is visible: content is stored, the release is made from the spec and
//! the live release, its secrets and functions are tried. Then the document is kept and the live pointer swapped,
//! on disk first. Kill the process at any point: it comes back with the old release or with the new one.

use crate::error::{Code, Error, Result};
use crate::functions::Handles;
use crate::node::Node;
use crate::node::attach::check_secrets;
use crate::node::content::{self, Files};
use crate::node::precompress;
use crate::release::live::LiveRelease;
use crate::release::materialize::{Making, materialize};
use crate::release::model::Release;
use crate::release::rules;
use crate::release::spec::{Base, ReleaseSpec};
use crate::release::store::check_project;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

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
    pub warnings: Vec<Value>,
}

impl Node {
    /// Applies `spec` to `project`, or to the project it names itself; the first apply makes the project.
    ///
    /// # Errors
    /// Every code of a release spec, `FUNCTION_BUILD_FAILED`, `MISSING_REQUIRED_SECRET`, `CONTENT_DIGEST_MISSING`,
    /// `HOST_ALREADY_BOUND`, `BASE_RELEASE_CONFLICT`. What was live goes on being live.
    pub async fn apply(
        self: &Arc<Self>,
        mut spec: ReleaseSpec,
        project: Option<&str>,
        files: Files,
    ) -> Result<Applied> {
        let project = project.or(spec.project()).map(str::to_owned).ok_or_else(|| {
            Error::spec(
                Code::InvalidSpec,
                "project",
                "Which project is meant? The spec does not say, and neither does the call.",
            )
        })?;
        check_project(&project)?;

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
        let live = self.live.table().project(&project).cloned();
        if live.is_none() && spec.base != Base::Empty && self.releases.live(&project).is_some() {
            return Err(Error::new(
                Code::StorageUnavailable,
                "The live release cannot be read, so nothing can be carried forward from it: apply a complete one, with `base` `{\"release\": \"empty\"}`.",
            ));
        }
        let base = live.clone();
        let (release, handles) = self
            .blocking(move |node| {
                let base = base.as_deref();
                let before = base.map(|live| &live.release);
                let making = Making {
                    upstreams: &node.upstreams(),
                    id: release_id(),
                    created_at_ms: now_ms(),
                    superseded_ms: node.config.statics.superseded_ms(),
                };
                let mut release = materialize(&spec, &project, before, &stored, making)?;
                rules::complete(&mut release, &spec, &|file| node.store().load(&file.sha256, file.size))?;
                precompress::attach(&mut release.site, &encodings);
                let secrets = node.releases.secrets(&project)?;
                check_secrets(&release, &secrets)?;
                let handles = node.handles(&release, &secrets, base.map(|live| (&live.release, &live.payload)))?;
                Ok((release, handles))
            })
            .await?;
        self.check(&handles, live.as_ref().map(|live| &live.payload)).await?;

        match live {
            // The digest says nothing of encoded forms: a release from before there were any gains them.
            Some(live) if live.release.digest == release.digest && live.release.site == release.site => {
                self.keep(&live, handles).await
            }
            _ => self.activate(release, handles).await,
        }
    }

    /// The content is what is live already. Only the functions' environment may have changed with the secrets; then the
    /// same release is activated once more.
    async fn keep(self: &Arc<Self>, live: &Arc<LiveRelease<Handles>>, handles: Handles) -> Result<Applied> {
        let same =
            |(name, handle): (&String, &Arc<_>)| live.payload.get(name).is_some_and(|old| Arc::ptr_eq(old, handle));
        if handles.iter().all(same) {
            return Ok(self.applied(&live.release, live.generation, true));
        }
        let again = self.activate(live.release.clone(), handles).await?;
        Ok(Applied { is_noop: true, ..again })
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
            node.releases.save(&release)?;
            let pointer = node.releases.activate(&project, before.as_deref(), &release.id)?;
            let previous = replaced.as_ref().map(|replaced| &replaced.release);
            let live = LiveRelease::new(release, pointer.generation, handles, node.superseding(previous));
            node.live.publish(node.releases.hosts(), Arc::clone(&live));
            // Isolates of versions that nothing routes to any more need not wait until they are idle for long.
            for (name, function) in replaced.iter().flat_map(|replaced| &replaced.payload) {
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
    fn urls(&self, project: &str) -> Vec<String> {
        if self.is_development() {
            return vec![self.public_url("localhost")];
        }
        let table = self.live.table();
        let hosts = table.hosts().bindings.iter().filter(|binding| binding.project == project);
        hosts.map(|binding| self.public_url(&binding.host)).collect()
    }
}

/// `rel_` and 24 hex digits. Only has to be new: a fast generator will do.
fn release_id() -> String {
    format!("rel_{:024x}", fastrand::u128(..) >> 32)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
