//! What the node knows of its projects and releases, for people who ask.

use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::release::model::Release;
use crate::release::store::LivePointer;
use serde::Serialize;
use std::sync::Arc;

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

    /// One release of a project; `active` means the live one.
    pub async fn release(self: &Arc<Self>, project: &str, id: &str) -> Result<Release> {
        let (project, id) = (project.to_owned(), id.to_owned());
        self.blocking(move |node| {
            node.known_project(&project)?;
            let id = match id.as_str() {
                "active" => {
                    let none = || Error::new(Code::NoActiveRelease, "The project has no live release.");
                    node.releases.live(&project).ok_or_else(none)?.release
                }
                _ => id,
            };
            node.releases.load(&project, &id)
        })
        .await
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

fn line(release: &Release, live: Option<&LivePointer>) -> ReleaseLine {
    let status = match live {
        Some(pointer) if pointer.release == release.id => "active",
        // Only the last activations are on record; a release older than the live one was live once, or lost a race.
        _ => "superseded",
    };
    ReleaseLine {
        release_id: release.id.clone(),
        status,
        digest: release.digest.to_string(),
        parent_id: release.parent.clone(),
        created_at: release.created_at,
        files: release.site.files.len(),
        functions: release.functions.keys().cloned().collect(),
    }
}
