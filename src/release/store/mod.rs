//! Releases on disk, and which one of each project is live.
//!
//! `projects/<project>/releases/<id>.json` holds a release for ever; `projects/<project>/live.json` names the live
//! one. Replacing that small file is the only step that changes what is served: everything before it (blobs, the
//! release document) is invisible, everything after it (the table in memory) can be rebuilt from it. A kill at any
//! point therefore leaves the old release live or the new one, whole.
//!
//! The subdomains of a release are in that small file too, so who owns which changes in the same step. Custom hosts,
//! which no release mentions, have a file of their own ([`hosts`]).
//!
//! All calls block: use a thread that may.

mod documents;
pub mod hosts;
pub mod token;

pub use hosts::{HostBinding, HostMap, HostSource};
pub use token::ApiToken;

use super::model::{Release, VERSION};
use crate::cas::{StateDir, Store};
use crate::error::{Code, Error, Result};
use crate::route::report::Outage;
use documents::Documents;
use hosts::Hosts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Which release of a project is live; the content of `live.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LivePointer {
    /// Id of the live release.
    pub release: String,
    /// Counts the activations of the project, from 1.
    pub generation: u64,
    /// Id of the release that was live before.
    pub previous: Option<String>,
    /// When it was activated, in milliseconds since 1970.
    pub activated_at: u64,
    /// Subdomains of the live release. Here as well, so that they keep their owner even if its document is damaged.
    #[serde(default)]
    pub subdomains: Vec<String>,
}

/// The releases, live pointers and hosts of a node.
#[derive(Debug)]
pub struct ReleaseStore {
    documents: Documents,
    blobs: Arc<Store>,
    /// Held for every change, so that comparing and swapping are one step.
    index: Mutex<Index>,
}

/// What the disk says about every project, kept in memory.
#[derive(Debug)]
struct Index {
    live: BTreeMap<String, LivePointer>,
    /// Subdomain -> project, from the live pointers.
    subdomains: BTreeMap<String, String>,
    hosts: Hosts,
    /// Counts changes, so that a reader can tell which of two host maps is newer.
    revision: u64,
}

impl ReleaseStore {
    /// Reads the live pointers and hosts of a state folder. `domain` is the node's.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when one of them cannot be understood: a node that does not know who owns which host
    /// could give one to somebody else. `HOST_ALREADY_BOUND` when another `domain` makes two owners of one host.
    pub fn open(state: Arc<StateDir>, blobs: Arc<Store>, domain: &str) -> Result<Self> {
        let hosts = Hosts::open(&state, domain)?;
        let documents = Documents::new(state);
        let mut index = Index { live: BTreeMap::new(), subdomains: BTreeMap::new(), hosts, revision: 1 };
        for project in documents.projects()? {
            if let Some(pointer) = documents.live(&project)? {
                index.check_claims(&project, &pointer.subdomains)?;
                index.set_live(&project, pointer);
            }
        }
        Ok(Self { documents, blobs, index: Mutex::new(index) })
    }

    /// Projects with a release or a bound host.
    pub fn projects(&self) -> Result<Vec<String>> {
        let mut projects = self.documents.projects()?;
        projects.extend(self.index().hosts.projects().map(str::to_owned));
        projects.sort_unstable();
        projects.dedup();
        Ok(projects)
    }

    /// Keeps a release, durably. It is not live yet.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when another release of that id exists: releases are immutable.
    pub fn save(&self, release: &Release) -> Result<()> {
        self.documents.save(release)
    }

    /// A release of a project.
    ///
    /// # Errors
    /// `RELEASE_NOT_FOUND`, or `STORAGE_UNAVAILABLE` when its document cannot be read.
    pub fn load(&self, project: &str, id: &str) -> Result<Release> {
        self.documents.load(project, id)
    }

    /// Why a release that did not become live did not. Blocking.
    pub fn outage(&self, project: &str, id: &str) -> Outage {
        match self.documents.load(project, id) {
            Ok(_) => Outage::Content,
            Err(_) if self.documents.version(project, id).is_some_and(|version| version != VERSION) => Outage::Version,
            Err(_) => Outage::Document,
        }
    }

    /// The project that has a release of that id.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub fn owner(&self, id: &str) -> Result<Option<String>> {
        for project in self.documents.projects()? {
            if self.documents.list(&project)?.iter().any(|known| known == id) {
                return Ok(Some(project));
            }
        }
        Ok(None)
    }

    /// Refuses subdomains that another project has.
    ///
    /// # Errors
    /// `HOST_ALREADY_BOUND`.
    pub fn check_claims(&self, project: &str, subdomains: &[String]) -> Result<()> {
        self.index().check_claims(project, subdomains)
    }

    /// Ids of the releases of a project, in no particular order.
    pub fn list(&self, project: &str) -> Result<Vec<String>> {
        self.documents.list(project)
    }

    /// The live pointer of a project.
    pub fn live(&self, project: &str) -> Option<LivePointer> {
        self.index().live.get(project).cloned()
    }

    /// Every live pointer.
    pub fn all_live(&self) -> BTreeMap<String, LivePointer> {
        self.index().live.clone()
    }

    /// Makes a saved release live, if `expected` (an id; `None`: no release) still is.
    ///
    /// # Errors
    /// - `BASE_RELEASE_CONFLICT` when another one is live
    /// - `CONTENT_DIGEST_MISSING` when one of its blobs is not in the store
    /// - `HOST_ALREADY_BOUND` when another project has one of its subdomains
    /// - `RELEASE_NOT_FOUND` when it was not saved
    pub fn activate(&self, project: &str, expected: Option<&str>, new: &str) -> Result<LivePointer> {
        let release = self.documents.load(project, new)?;
        self.prove_present(&release)?;

        let mut index = self.index();
        let current = self.documents.live(project)?;
        let live = current.as_ref().map(|pointer| pointer.release.as_str());
        if live != expected {
            return Err(Error::new(
                Code::BaseReleaseConflict,
                "Another release became live while this one was being prepared.",
            )
            .detail("expected", expected)
            .detail("live", live));
        }
        index.check_claims(project, &release.subdomains)?;
        let pointer = LivePointer {
            release: new.to_owned(),
            generation: current.as_ref().map_or(0, |pointer| pointer.generation) + 1,
            previous: current.and_then(|pointer| match pointer.release == new {
                // The same release once more, say with other secrets: what was before it stays so.
                true => pointer.previous,
                false => Some(pointer.release),
            }),
            activated_at: now_ms(),
            subdomains: release.subdomains.clone(),
        };
        self.documents.set_live(project, &pointer)?;
        // From here on it is live, whatever happens.
        index.set_live(project, pointer.clone());
        Ok(pointer)
    }

    /// Host -> project, over subdomains and custom hosts.
    pub fn hosts(&self) -> HostMap {
        let index = self.index();
        index.hosts.map(&index.subdomains, index.revision)
    }

    /// Binds a custom host to a project; binding it again changes nothing. Returns the normalised host.
    ///
    /// # Errors
    /// `BAD_FIELD` for what is not a host, `HOST_ALREADY_BOUND` when it is another project's.
    pub fn bind(&self, host: &str, project: &str) -> Result<String> {
        check_project(project)?;
        let mut index = self.index();
        let Index { hosts, subdomains, .. } = &mut *index;
        let host = hosts.bind(host, project, subdomains)?;
        index.revision += 1;
        Ok(host)
    }

    /// Removes the binding of a custom host; returns the project it was bound to.
    ///
    /// # Errors
    /// `HOST_NOT_FOUND` when there is none.
    pub fn unbind(&self, host: &str) -> Result<String> {
        let mut index = self.index();
        let project = index.hosts.unbind(host)?;
        index.revision += 1;
        Ok(project)
    }

    fn prove_present(&self, release: &Release) -> Result<()> {
        // Without an encoded form the file is sent as it is.
        for blob in release.originals() {
            if !self.blobs.contains(&blob.sha256, blob.size) {
                return Err(Error::new(Code::ContentDigestMissing, "The release names content that is not stored.")
                    .detail("sha256", blob.sha256.to_string())
                    .detail("size", blob.size));
            }
        }
        Ok(())
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // The index is changed only after the disk was, in steps that cannot panic half-way.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    /// Refuses subdomains whose host is another project's.
    fn check_claims(&self, project: &str, subdomains: impl IntoIterator<Item: AsRef<str>>) -> Result<()> {
        for name in subdomains {
            let name = name.as_ref();
            let claimed = self.subdomains.get(name).map(String::as_str);
            let bound = self.hosts.owner(&self.hosts.managed(name));
            if [claimed, bound].into_iter().flatten().any(|owner| owner != project) {
                return Err(Error::new(Code::HostAlreadyBound, "The subdomain belongs to another project.")
                    .detail("subdomain", name));
            }
        }
        Ok(())
    }

    /// Follows a live pointer: the project has its subdomains, and no others.
    fn set_live(&mut self, project: &str, pointer: LivePointer) {
        self.subdomains.retain(|_, owner| owner != project);
        for name in &pointer.subdomains {
            self.subdomains.insert(name.clone(), project.to_owned());
        }
        self.live.insert(project.to_owned(), pointer);
        self.revision += 1;
    }
}

/// Refuses a project id that is not a safe name of a folder: letters, digits, `_` and `-`, at most 64 of them, and
/// neither `_` nor `-` first.
///
/// # Errors
/// `BAD_FIELD`.
pub fn check_project(project: &str) -> Result<()> {
    if is_safe_name(project) {
        return Ok(());
    }
    Err(Error::new(
        Code::BadField,
        "A project id is 1 to 64 letters, digits, `_` or `-`, and begins with a letter or digit.",
    )
    .detail("field", "project"))
}

/// Whether `name` can be part of a path: `^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`.
fn is_safe_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// A failure of the disk: the client learns only that there was one.
fn storage(what: impl fmt::Display, error: &io::Error) -> Error {
    Error::new(Code::StorageUnavailable, "The node's storage is not available.").because(format!("{what}: {error}"))
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
