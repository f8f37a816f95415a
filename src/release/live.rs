//! Which release each host gets right now, in memory.
//!
//! One immutable [`LiveTable`] holds every host of the node. A request loads the table, finds its host, and takes a
//! reference to the release, which it holds to its end: a swap never changes a request in flight. A lookup waits
//! for nobody and allocates nothing. A change builds the next table beside the old one and swaps the pointer, so
//! readers see the old world or the new one, never a mixture.
//!
//! The payload `X` is what the runtime attaches to a release (its function handles), so that this module does not
//! know functions.

use super::model::Release;
use super::store::HostMap;
use crate::error::Code;
use crate::route::host::HostTable;
use crate::route::report::Outage;
use crate::route::resolve::Tables;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A release that is ready to answer requests.
#[derive(Debug)]
pub struct LiveRelease<X> {
    /// The document.
    pub release: Release,
    /// Its lookup tables.
    pub tables: Tables,
    /// The project's activation it came with.
    pub generation: u64,
    /// What the runtime attached.
    pub payload: X,
}

impl<X> LiveRelease<X> {
    /// Builds the tables of a release. `previous` is the one that was live before, if its fingerprinted files are to be
    /// answered too.
    pub fn new(release: Release, generation: u64, payload: X, previous: Option<&Release>) -> Arc<Self> {
        let tables = release.tables(previous);
        Arc::new(Self { release, tables, generation, payload })
    }
}

/// Why a host has no release to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostMiss {
    /// The host belongs to no project.
    NotConfigured,
    /// It is a subdomain of the node's domain that no release claims.
    SubdomainNotConfigured,
    /// It belongs to this project, which has no live release.
    NoRelease {
        /// The project.
        project: Arc<str>,
    },
    /// It belongs to this project, whose live release cannot be used.
    Unavailable {
        /// The project.
        project: Arc<str>,
        /// Why not.
        outage: Outage,
    },
}

impl HostMiss {
    /// What the client is answered with.
    pub const fn code(&self) -> Code {
        match self {
            Self::NotConfigured => Code::HostNotConfigured,
            Self::SubdomainNotConfigured => Code::SubdomainNotConfigured,
            Self::NoRelease { .. } => Code::NoSiteDeployed,
            Self::Unavailable { .. } => Code::StorageUnavailable,
        }
    }

    /// The project of the host, if it has one.
    pub fn project(&self) -> Option<&str> {
        match self {
            Self::NotConfigured | Self::SubdomainNotConfigured => None,
            Self::NoRelease { project } | Self::Unavailable { project, .. } => Some(project),
        }
    }
}

/// What a host leads to.
#[derive(Debug)]
struct Slot<X> {
    project: Arc<str>,
    state: ProjectState<X>,
}

/// What a project answers with.
#[derive(Debug)]
enum ProjectState<X> {
    Live(Arc<LiveRelease<X>>),
    NoRelease,
    Unavailable(Outage),
}

/// Every host and every live release at one moment. Immutable.
#[derive(Debug)]
pub struct LiveTable<X> {
    hosts: HostTable<Slot<X>>,
    map: HostMap,
    releases: Releases<X>,
}

/// What is known of the projects.
#[derive(Debug)]
struct Releases<X> {
    live: BTreeMap<String, Arc<LiveRelease<X>>>,
    /// Projects whose live release cannot be read.
    unavailable: BTreeMap<String, Outage>,
}

impl<X> Clone for Releases<X> {
    fn clone(&self) -> Self {
        Self { live: self.live.clone(), unavailable: self.unavailable.clone() }
    }
}

impl<X> Releases<X> {
    fn state(&self, project: &str) -> ProjectState<X> {
        match self.live.get(project) {
            Some(release) => ProjectState::Live(release.clone()),
            None => match self.unavailable.get(project) {
                Some(outage) => ProjectState::Unavailable(*outage),
                None => ProjectState::NoRelease,
            },
        }
    }
}

impl<X> LiveTable<X> {
    /// The live release of a normalised host.
    pub fn lookup(&self, host: &str) -> Result<Arc<LiveRelease<X>>, HostMiss> {
        let slot = self.hosts.lookup(host).ok_or_else(|| self.stranger(host))?;
        match &slot.state {
            ProjectState::Live(release) => Ok(release.clone()),
            ProjectState::NoRelease => Err(HostMiss::NoRelease { project: slot.project.clone() }),
            ProjectState::Unavailable(outage) => {
                Err(HostMiss::Unavailable { project: slot.project.clone(), outage: *outage })
            }
        }
    }

    /// What to call a host that nobody has.
    fn stranger(&self, host: &str) -> HostMiss {
        let label = host.strip_suffix(&*self.map.domain).and_then(|rest| rest.strip_suffix('.'));
        match label {
            Some(label) if !label.is_empty() && !label.contains('.') => HostMiss::SubdomainNotConfigured,
            _ => HostMiss::NotConfigured,
        }
    }

    /// The project of a normalised host.
    pub fn project_of(&self, host: &str) -> Option<&str> {
        self.hosts.lookup(host).map(|slot| &*slot.project)
    }

    /// The live release of a project.
    pub fn project(&self, project: &str) -> Option<&Arc<LiveRelease<X>>> {
        self.releases.live.get(project)
    }

    /// All live releases, by project.
    pub fn projects(&self) -> &BTreeMap<String, Arc<LiveRelease<X>>> {
        &self.releases.live
    }

    /// The hosts the table was built from.
    pub fn hosts(&self) -> &HostMap {
        &self.map
    }
}

/// The current [`LiveTable`], and the only way to change it.
#[derive(Debug)]
pub struct Live<X> {
    table: ArcSwap<LiveTable<X>>,
    /// Held while the next table is built from the current one.
    writer: Mutex<()>,
    /// The project that gets every host nobody else has (`portico dev`).
    catch_all: Option<Arc<str>>,
}

impl<X> Live<X> {
    /// A node without hosts.
    pub fn new() -> Self {
        Self::with(None)
    }

    /// A node where every host is `project`'s.
    pub fn catch_all(project: &str) -> Self {
        Self::with(Some(project.into()))
    }

    fn with(catch_all: Option<Arc<str>>) -> Self {
        let map = HostMap::default();
        let releases = Releases { live: BTreeMap::new(), unavailable: BTreeMap::new() };
        let table = build(map, releases, catch_all.as_ref());
        Self { table: ArcSwap::from_pointee(table), writer: Mutex::new(()), catch_all }
    }

    /// The live release of a normalised host. Waits for nobody, allocates nothing.
    pub fn lookup(&self, host: &str) -> Result<Arc<LiveRelease<X>>, HostMiss> {
        self.table.load().lookup(host)
    }

    /// The table of this moment, for more than one question.
    pub fn table(&self) -> Arc<LiveTable<X>> {
        self.table.load_full()
    }

    /// Makes a release live together with the hosts it brings, in one swap. What is older than what is already live
    /// (by generation, by revision) is left out, so callers that finish in another order do no harm. Returns the
    /// release that was live before; it ends with the last request that holds it.
    pub fn publish(&self, hosts: HostMap, release: Arc<LiveRelease<X>>) -> Option<Arc<LiveRelease<X>>> {
        self.publish_all(hosts, [release]).pop()
    }

    /// [`Live::publish`] for many releases in one swap: the start of a node.
    pub fn publish_all(
        &self,
        hosts: HostMap,
        releases: impl IntoIterator<Item = Arc<LiveRelease<X>>>,
    ) -> Vec<Arc<LiveRelease<X>>> {
        self.change(Some(hosts), |known| {
            let mut replaced = Vec::new();
            for release in releases {
                let project = release.release.project.clone();
                match known.live.get(&project) {
                    Some(current) if current.generation >= release.generation => {}
                    _ => {
                        known.unavailable.remove(&project);
                        replaced.extend(known.live.insert(project, release));
                    }
                }
            }
            replaced
        })
    }

    /// The live release of a project cannot be used: its hosts answer 503 until one is published that can.
    pub fn publish_unavailable(&self, project: &str, outage: Outage) {
        self.change(None, |known| {
            known.live.remove(project);
            known.unavailable.insert(project.to_owned(), outage);
        });
    }

    /// Swaps in new hosts; the releases stay.
    pub fn publish_hosts(&self, hosts: HostMap) {
        self.change(Some(hosts), |_| ());
    }

    fn change<R>(&self, hosts: Option<HostMap>, edit: impl FnOnce(&mut Releases<X>) -> R) -> R {
        // A panic while building leaves the old table in place, so a poisoned lock guards nothing broken.
        let _one_at_a_time = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.table.load_full();
        let mut releases = current.releases.clone();
        let result = edit(&mut releases);
        let newest = hosts.filter(|hosts| hosts.revision >= current.map.revision);
        let hosts = newest.unwrap_or_else(|| current.map.clone());
        self.table.store(Arc::new(build(hosts, releases, self.catch_all.as_ref())));
        result
    }
}

impl<X> Default for Live<X> {
    fn default() -> Self {
        Self::new()
    }
}

fn build<X>(map: HostMap, releases: Releases<X>, catch_all: Option<&Arc<str>>) -> LiveTable<X> {
    let slot = |project: &str| Slot { project: project.into(), state: releases.state(project) };
    let hosts = map.bindings.iter().map(|binding| (binding.host.clone(), slot(&binding.project)));
    let hosts = HostTable::new(hosts, catch_all.map(|project| slot(project)));
    LiveTable { hosts, map, releases }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
