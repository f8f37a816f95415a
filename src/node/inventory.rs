//! What the node knows of its projects and releases, for people who ask.

use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::release::diff::{Diff, diff};
use crate::release::inventory::{Given, SiteLimit, Standing, Status, inventory};
use crate::release::model::{BlobRef, Release};
use crate::release::store::LivePointer;
use crate::release::warnings::warnings;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// The live release, where a release is named.
const ACTIVE: &str = "active";

/// No release at all, where a diff begins.
const EMPTY: &str = "empty";

/// One line of a list of releases.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseLine {
    /// The release.
    pub release_id: String,
    /// `active`, `superseded`, or `staged` when it never was live (reference 3.10).
    pub status: &'static str,
    /// The digest of what it holds.
    pub digest: String,
    /// The release it was made from.
    pub parent_id: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub created_at: u64,
    /// Files of the site.
    pub files: usize,
    /// Names of its functions.
    pub functions: Vec<String>,
}

/// One line of a list of projects.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectLine {
    /// The project.
    pub project_id: String,
    /// Its live release, if it has one.
    pub release_id: Option<String>,
    /// Activations so far.
    pub generation: u64,
    /// Its hosts.
    pub hosts: Vec<String>,
}

impl Node {
    /// The releases of a project, newest first.
    pub async fn releases(self: &Arc<Self>, project: &str) -> Result<Vec<ReleaseLine>> {
        let project = project.to_owned();
        self.blocking(move |node| {
            node.known_project(&project)?;
            let live = node.releases.live(&project);
            let mut lines = Vec::new();
            for id in node.releases.list(&project)? {
                match node.releases.load(&project, &id) {
                    Ok(release) => lines.push(line(&release, live.as_ref())),
                    Err(error) => tracing::error!(project, release = id, %error, "a release cannot be read"),
                }
            }
            lines.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.release_id.cmp(&a.release_id)));
            Ok(lines)
        })
        .await
    }

    /// The whole document of one release of a project; `active` means the live one.
    pub async fn release(self: &Arc<Self>, project: &str, id: &str) -> Result<Release> {
        let (project, id) = (project.to_owned(), id.to_owned());
        self.blocking(move |node| node.document(&project, &id)).await
    }

    /// What one release of a project holds (reference 3.10); `active` means the live one.
    ///
    /// # Errors
    /// `NO_ACTIVE_RELEASE`, `RELEASE_NOT_FOUND`, `STORAGE_UNAVAILABLE` when its document cannot be read.
    pub async fn inventory(self: &Arc<Self>, project: &str, id: &str, limit: SiteLimit) -> Result<Value> {
        let (project, id) = (project.to_owned(), id.to_owned());
        self.blocking(move |node| {
            let release = node.document(&project, &id)?;
            let live = node.releases.live(&project);
            let standing = standing(&release, live.as_ref(), id == ACTIVE);
            // What was said when it was made; a parent that cannot be read any more has nothing to compare with.
            let parent = release.parent.as_ref().and_then(|parent| node.releases.load(&project, parent).ok());
            let warnings = warnings(&release, parent.as_ref(), None);
            Ok(inventory(&release, &release.tables(None), &standing, &node.given(), limit, &warnings))
        })
        .await
    }

    /// What is different between two releases of a project (reference 3.10). `from` is `empty`, `active` or an id, `to` is
    /// `active` or an id.
    ///
    /// # Errors
    /// `INVALID_DIFF_TARGET`, `DIFF_SAME_RELEASE`, `NO_ACTIVE_RELEASE`, `STORAGE_UNAVAILABLE`.
    pub async fn diff(self: &Arc<Self>, project: &str, from: &str, to: &str, limit: usize) -> Result<Diff> {
        let (project, from, to) = (project.to_owned(), from.to_owned(), to.to_owned());
        self.blocking(move |node| {
            let side = |field: &str, name: &str| {
                node.document(&project, name).map_err(|error| match error.code {
                    Code::ReleaseNotFound => Error::new(
                        Code::InvalidDiffTarget,
                        format!("`{name}` is no release of the project: `{field}` is `active` or the id of one."),
                    )
                    .detail("field", field)
                    .detail("target", name),
                    _ => error,
                })
            };
            let before = if from == EMPTY { None } else { Some(side("from", &from)?) };
            let after = side("to", &to)?;
            if before.as_ref().is_some_and(|before| before.id == after.id) {
                let message = "Both sides of the diff are the same release.";
                return Err(Error::new(Code::DiffSameRelease, message).detail("release_id", after.id));
            }
            let stored = |blob: &BlobRef| node.store().contains(&blob.sha256, blob.size);
            Ok(diff(before.as_ref(), &after, &node.given(), limit, &stored))
        })
        .await
    }

    /// What this node gives functions that do not ask, and at most.
    pub(super) fn given(&self) -> Given {
        let node = &self.config.functions;
        Given {
            timeout_seconds: (node.timeout_seconds_default, node.timeout_seconds_max),
            memory_mb: (node.memory_mb_default, node.memory_mb_max),
        }
    }

    /// Reads a release; `active` is the live one. Blocking.
    fn document(&self, project: &str, id: &str) -> Result<Release> {
        self.known_project(project)?;
        if id != ACTIVE {
            return self.releases.load(project, id);
        }
        let none = || Error::new(Code::NoActiveRelease, "The project has no live release.");
        self.releases.load(project, &self.releases.live(project).ok_or_else(none)?.release)
    }

    /// Every project of the node, by name.
    pub async fn projects(self: &Arc<Self>) -> Result<Vec<ProjectLine>> {
        self.blocking(|node| {
            let live = node.releases.all_live();
            let table = node.live.table();
            let hosts_of = |project: &str| {
                table.hosts().bindings.iter().filter(|b| b.project == project).map(|b| b.host.clone()).collect()
            };
            let lines = node.releases.projects()?.into_iter().map(|project| ProjectLine {
                release_id: live.get(&project).map(|pointer| pointer.release.clone()),
                generation: live.get(&project).map_or(0, |pointer| pointer.generation),
                hosts: hosts_of(&project),
                project_id: project,
            });
            Ok(lines.collect())
        })
        .await
    }
}

/// How a release stands to what is live. Only the last two activations are on record, so a release that never became live
/// is known as such only while it is newer than the last one.
fn standing(release: &Release, live: Option<&LivePointer>, as_live: bool) -> Standing {
    let mut standing =
        Standing { status: Status::Staged, as_live, generation: None, activated_at: None, superseded_at: None };
    let Some(live) = live else { return standing };
    if live.release == release.id {
        standing.status = Status::Active;
        standing.generation = Some(live.generation);
        standing.activated_at = Some(live.activated_at);
    } else if release.created_at <= live.activated_at {
        standing.status = Status::Superseded;
        standing.superseded_at = live.previous.as_ref().filter(|id| **id == release.id).map(|_| live.activated_at);
    }
    standing
}

fn line(release: &Release, live: Option<&LivePointer>) -> ReleaseLine {
    ReleaseLine {
        release_id: release.id.clone(),
        status: standing(release, live, false).status.as_str(),
        digest: release.digest.to_string(),
        parent_id: release.parent.clone(),
        created_at: release.created_at,
        files: release.site.files.len(),
        functions: release.functions.keys().cloned().collect(),
    }
}
