//! Which project a host belongs to.
//!
//! A host is either custom, bound by an operator and kept in `hosts.json`, or managed: a subdomain of the node's
//! domain that the project's live release claims. Both share one space of names, and a name has one owner.

use super::storage;
use crate::cas::{StateDir, durable};
use crate::error::{Code, Error, Result};
use crate::route::host::normalize;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a project came to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostSource {
    /// Bound by an operator.
    Custom,
    /// Claimed by the project's live release.
    Subdomain,
}

/// One host of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostBinding {
    /// Normalised: lower case, no port, no trailing dot.
    pub host: String,
    /// Its project.
    pub project: String,
    /// Where that is said.
    pub source: HostSource,
}

/// All hosts of a node at one moment, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostMap {
    /// Grows with every change: of two maps, the larger is the newer.
    pub revision: u64,
    /// Sorted by host.
    pub bindings: Vec<HostBinding>,
    /// The node's domain, which managed hosts are subdomains of.
    pub domain: String,
}

/// The content of `hosts.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostsFile {
    /// Custom host -> project.
    hosts: BTreeMap<String, String>,
}

/// Custom hosts, and the domain that managed ones are under.
#[derive(Debug)]
pub(super) struct Hosts {
    state: Arc<StateDir>,
    domain: String,
    custom: BTreeMap<String, String>,
}

impl Hosts {
    pub(super) fn open(state: &Arc<StateDir>, domain: &str) -> Result<Self> {
        let path = state.hosts_file();
        let file: Option<HostsFile> = durable::read_json(&path).map_err(|e| storage(path.display(), &e))?;
        let custom = file.unwrap_or_default().hosts;
        Ok(Self { state: state.clone(), domain: domain.to_ascii_lowercase(), custom })
    }

    /// The host of a subdomain.
    pub(super) fn managed(&self, subdomain: &str) -> String {
        format!("{subdomain}.{}", self.domain)
    }

    /// The project a host is bound to as a custom host.
    pub(super) fn owner(&self, host: &str) -> Option<&str> {
        self.custom.get(host).map(String::as_str)
    }

    /// Projects with a custom host, with repetitions.
    pub(super) fn projects(&self) -> impl Iterator<Item = &str> {
        self.custom.values().map(String::as_str)
    }

    pub(super) fn bind(&mut self, host: &str, project: &str, subdomains: &BTreeMap<String, String>) -> Result<String> {
        let host = parse(host)?;
        let managed_by = subdomains.iter().find(|(name, _)| self.managed(name) == host);
        let owner = self.owner(&host).or(managed_by.map(|(_, owner)| owner.as_str()));
        if owner.is_some_and(|owner| owner != project) {
            return Err(Error::new(Code::HostAlreadyBound, "The host belongs to another project.").detail("host", host));
        }
        if self.owner(&host) != Some(project) {
            let mut next = self.custom.clone();
            next.insert(host.clone(), project.to_owned());
            self.replace(next)?;
        }
        Ok(host)
    }

    pub(super) fn unbind(&mut self, host: &str) -> Result<String> {
        let host = parse(host)?;
        let mut next = self.custom.clone();
        let project = next
            .remove(&host)
            .ok_or_else(|| Error::new(Code::HostNotFound, "The host is not bound.").detail("host", host.as_str()))?;
        self.replace(next)?;
        Ok(project)
    }

    pub(super) fn map(&self, subdomains: &BTreeMap<String, String>, revision: u64) -> HostMap {
        let binding = |host: String, project: &String, source| {
            (host.clone(), HostBinding { host, project: project.clone(), source })
        };
        let mut bindings: BTreeMap<String, HostBinding> = subdomains
            .iter()
            .map(|(name, project)| binding(self.managed(name), project, HostSource::Subdomain))
            .collect();
        bindings.extend(self.custom.iter().map(|(host, project)| binding(host.clone(), project, HostSource::Custom)));
        HostMap { revision, bindings: bindings.into_values().collect(), domain: self.domain.clone() }
    }

    /// Disk first: what is in memory is never ahead of what a restart would find.
    fn replace(&mut self, next: BTreeMap<String, String>) -> Result<()> {
        let path = self.state.hosts_file();
        let file = HostsFile { hosts: next };
        durable::write_json(&self.state.temp_dir(), &path, &file).map_err(|e| storage(path.display(), &e))?;
        self.custom = file.hosts;
        Ok(())
    }
}

fn parse(host: &str) -> Result<String> {
    normalize(host)
        .map(|host| host.into_owned())
        .ok_or_else(|| Error::new(Code::BadField, "That is not a host name.").detail("field", "host"))
}
