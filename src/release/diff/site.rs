//! Files that came, went and changed, and the paths that lead to them.

use super::Totals;
use super::truncated;
use crate::digest::Digest;
use crate::release::model::Release;
use crate::release::warnings::Warning;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Serialize)]
pub(super) struct SiteDiff {
    added: Vec<Added>,
    removed: Vec<String>,
    changed: Vec<Changed>,
    totals: Totals,
    /// Paths, not files: a change of `site.public_paths` shows here and nowhere else.
    public_paths: PublicPaths,
}

#[derive(Debug, Clone, Serialize)]
struct Added {
    path: String,
    sha256: Digest,
    content_type: String,
}

#[derive(Debug, Clone, Serialize)]
struct Changed {
    path: String,
    sha256_old: Digest,
    sha256_new: Digest,
    content_type_old: String,
    content_type_new: String,
}

#[derive(Debug, Clone, Serialize)]
struct PublicPaths {
    mode_old: Option<&'static str>,
    mode_new: &'static str,
    added: Vec<String>,
    removed: Vec<String>,
    totals: Value,
}

impl SiteDiff {
    pub(super) fn between(from: Option<&Release>, to: &Release) -> Self {
        let nothing = BTreeMap::new();
        let (before, after) = (from.map_or(&nothing, |from| &from.site.files), &to.site.files);
        let mut added = Vec::new();
        let mut changed = Vec::new();
        for (path, file) in after {
            match before.get(path) {
                None => added.push(Added {
                    path: path.clone(),
                    sha256: file.sha256,
                    content_type: file.content_type.clone(),
                }),
                Some(old) if (old.sha256, &old.content_type) != (file.sha256, &file.content_type) => {
                    changed.push(Changed {
                        path: path.clone(),
                        sha256_old: old.sha256,
                        sha256_new: file.sha256,
                        content_type_old: old.content_type.clone(),
                        content_type_new: file.content_type.clone(),
                    });
                }
                Some(_) => {}
            }
        }
        let removed: Vec<String> = before.keys().filter(|path| !after.contains_key(*path)).cloned().collect();
        let totals = Totals { added: added.len(), removed: removed.len(), changed: changed.len() };
        Self { added, removed, changed, totals, public_paths: PublicPaths::between(from, to) }
    }

    pub(super) fn count(&self) -> usize {
        self.totals.added + self.totals.removed + self.totals.changed
    }

    pub(super) fn public_path_count(&self) -> usize {
        self.public_paths.added.len() + self.public_paths.removed.len()
    }

    /// Cuts every list at `limit`, and says which were longer.
    pub(super) fn cut(&mut self, limit: usize) -> Option<Warning> {
        let lists = [
            ("site.added", self.added.len()),
            ("site.removed", self.removed.len()),
            ("site.changed", self.changed.len()),
            ("site.public_paths.added", self.public_paths.added.len()),
            ("site.public_paths.removed", self.public_paths.removed.len()),
        ];
        self.added.truncate(limit);
        self.removed.truncate(limit);
        self.changed.truncate(limit);
        self.public_paths.added.truncate(limit);
        self.public_paths.removed.truncate(limit);
        let cut: Vec<_> = lists.into_iter().filter(|(_, length)| *length > limit).collect();
        (!cut.is_empty()).then(|| truncated(limit, &cut))
    }
}

impl PublicPaths {
    fn between(from: Option<&Release>, to: &Release) -> Self {
        let mode = |release: &Release| match release.site.public_paths {
            crate::route::statics::PublicPaths::Implicit => "implicit",
            crate::route::statics::PublicPaths::Explicit { .. } => "explicit",
        };
        let paths = |release: &Release| -> BTreeSet<String> {
            release.static_table().entries().map(|(path, _)| path.to_owned()).collect()
        };
        let (before, after) = (from.map(paths).unwrap_or_default(), paths(to));
        let added: Vec<String> = after.difference(&before).cloned().collect();
        let removed: Vec<String> = before.difference(&after).cloned().collect();
        let totals = json!({ "added": added.len(), "removed": removed.len() });
        Self { mode_old: from.map(mode), mode_new: mode(to), added, removed, totals }
    }
}
