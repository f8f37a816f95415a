//! When a key was used last: to the minute, in memory, and now and then on disk.
//!
//! A write for each request would cost more than the request. What a crash forgets is some minutes of a hint for operators.

use super::super::super::vault::Vault;
use crate::limits;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Name of the document in the vault.
const DOCUMENT: &str = "api-key-use";

/// Seconds since 1970; 0 is never.
#[derive(Default)]
pub(super) struct Used {
    at: AtomicU64,
    kept: AtomicU64,
}

impl Used {
    /// It is used now. Keys that are used by every request are written to memory once a minute.
    pub(super) fn note(&self, now: u64) {
        let minute = now - now % limits::API_KEY_USE_SECONDS;
        if self.at.load(Ordering::Relaxed) < minute {
            self.at.store(minute, Ordering::Relaxed);
        }
    }

    /// When that was.
    pub(super) fn at(&self) -> Option<u64> {
        Some(self.at.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }
}

/// What was kept of a project's keys. That there is nothing, or nothing to be read, is no reason to stop.
pub(super) fn load(vault: &Vault, project: &str) -> HashMap<String, Arc<Used>> {
    let kept: BTreeMap<String, u64> = match vault.load(project, DOCUMENT) {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(project, %error, "when API keys were used is not known any more");
            BTreeMap::new()
        }
    };
    let used = |at: u64| Arc::new(Used { at: AtomicU64::new(at), kept: AtomicU64::new(at) });
    kept.into_iter().map(|(id, at)| (id, used(at))).collect()
}

/// Keeps it for the projects where something has changed.
pub(super) fn save<'k>(vault: &Vault, keys: impl Iterator<Item = (&'k str, &'k str, &'k Used)>) {
    let mut projects: BTreeMap<&str, Vec<(&str, &Used)>> = BTreeMap::new();
    for (project, id, used) in keys {
        projects.entry(project).or_default().push((id, used));
    }
    for (project, keys) in projects {
        let at = |used: &Used| used.at.load(Ordering::Relaxed);
        if keys.iter().all(|(_, used)| at(used) == used.kept.load(Ordering::Relaxed)) {
            continue;
        }
        let document: BTreeMap<&str, u64> =
            keys.iter().map(|(id, used)| (*id, at(used))).filter(|(_, at)| *at > 0).collect();
        match vault.save(project, DOCUMENT, &document) {
            Ok(()) => keys
                .iter()
                .for_each(|(id, used)| used.kept.store(document.get(id).copied().unwrap_or(0), Ordering::Relaxed)),
            Err(error) => tracing::warn!(project, %error, "when API keys were used is not kept"),
        }
    }
}
