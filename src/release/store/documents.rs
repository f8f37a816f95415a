//! The files of the projects: releases and live pointers.

use super::{LivePointer, check_project, is_safe_name, storage};
use crate::cas::{StateDir, durable};
use crate::error::{Code, Error, Result};
use crate::release::model::{Release, VERSION};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Reads and writes `projects/`.
#[derive(Debug)]
pub(super) struct Documents {
    state: Arc<StateDir>,
}

impl Documents {
    pub(super) fn new(state: Arc<StateDir>) -> Self {
        Self { state }
    }

    /// Projects with a folder.
    pub(super) fn projects(&self) -> Result<Vec<String>> {
        let names = names_in(&self.state.projects_dir())?;
        Ok(names.into_iter().filter(|name| is_safe_name(name)).collect())
    }

    /// Ids of the releases of a project.
    pub(super) fn list(&self, project: &str) -> Result<Vec<String>> {
        let names = names_in(&self.project(project)?.join("releases"))?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(".json")).map(str::to_owned).collect())
    }

    pub(super) fn save(&self, release: &Release) -> Result<()> {
        let path = self.release(&release.project, &release.id)?;
        let present = durable::read_json::<Release>(&path).map_err(|e| storage(path.display(), &e))?;
        match present {
            Some(present) if present.digest == release.digest => Ok(()),
            Some(_) => Err(Error::internal(format!("release {} exists with another digest", release.id))),
            None => {
                durable::write_json(&self.state.temp_dir(), &path, release).map_err(|e| storage(path.display(), &e))
            }
        }
    }

    pub(super) fn load(&self, project: &str, id: &str) -> Result<Release> {
        let path = self.release(project, id)?;
        let release: Release =
            durable::read_json(&path).map_err(|e| storage(path.display(), &e))?.ok_or_else(|| not_found(id))?;
        let problem = if release.version != VERSION {
            format!("it is of version {:?}", release.version)
        } else if release.id != id || release.project != project {
            format!("it is release {} of project {}", release.id, release.project)
        } else if release.content_digest() != release.digest {
            "its content is not what its digest says".to_owned()
        } else {
            return Ok(release);
        };
        Err(storage(path.display(), &io::Error::other(problem)))
    }

    /// The version that a document names, whatever else is in it.
    pub(super) fn version(&self, project: &str, id: &str) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Versioned {
            version: String,
        }
        let path = self.release(project, id).ok()?;
        durable::read_json::<Versioned>(&path).ok().flatten().map(|document| document.version)
    }

    pub(super) fn live(&self, project: &str) -> Result<Option<LivePointer>> {
        let path = self.project(project)?.join("live.json");
        durable::read_json(&path).map_err(|e| storage(path.display(), &e))
    }

    pub(super) fn set_live(&self, project: &str, pointer: &LivePointer) -> Result<()> {
        let path = self.project(project)?.join("live.json");
        durable::write_json(&self.state.temp_dir(), &path, pointer).map_err(|e| storage(path.display(), &e))
    }

    fn project(&self, project: &str) -> Result<PathBuf> {
        check_project(project)?;
        Ok(self.state.projects_dir().join(project))
    }

    fn release(&self, project: &str, id: &str) -> Result<PathBuf> {
        let project = self.project(project)?;
        if !is_safe_name(id) {
            return Err(not_found(id));
        }
        Ok(project.join("releases").join(format!("{id}.json")))
    }
}

fn not_found(id: &str) -> Error {
    Error::new(Code::ReleaseNotFound, "The project has no such release.").detail("release_id", id)
}

/// Names in a folder; none when it does not exist.
fn names_in(dir: &std::path::Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(storage(dir.display(), &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| storage(dir.display(), &e))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}
