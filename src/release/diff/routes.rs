//! Routes that came, went and changed.

use super::Totals;
use crate::digest::Digest;
use crate::release::model::Release;
use crate::route::table::{Route, RouteTable};
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Serialize)]
pub(super) struct RoutesDiff {
    manifest_sha256_old: Option<Digest>,
    manifest_sha256_new: Option<Digest>,
    added: Vec<Value>,
    removed: Vec<Value>,
    changed: Vec<Changed>,
    totals: Totals,
}

#[derive(Debug, Clone, Serialize)]
struct Changed {
    pattern: String,
    before: Value,
    after: Value,
    fields_changed: Vec<&'static str>,
}

impl RoutesDiff {
    pub(super) fn between(from: Option<&Release>, to: &Release) -> Self {
        let table = |release: &Release| RouteTable::build(release.routes.clone());
        let (before, after) = (from.map(table).unwrap_or_default(), table(to));
        let mut removed = only_in(before.routes(), after.routes());
        let mut added = only_in(after.routes(), before.routes());
        // A pattern may have several routes: first the ones with the same methods are one another, then any two.
        let mut changed = pair(&mut removed, &mut added, |a, b| a.pattern == b.pattern && a.methods == b.methods);
        changed.extend(pair(&mut removed, &mut added, |a, b| a.pattern == b.pattern));
        changed.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        Self {
            manifest_sha256_old: before.digest(),
            manifest_sha256_new: after.digest(),
            totals: Totals { added: added.len(), removed: removed.len(), changed: changed.len() },
            added: added.into_iter().map(Route::manifest_entry).collect(),
            removed: removed.into_iter().map(Route::manifest_entry).collect(),
            changed,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.totals.added + self.totals.removed + self.totals.changed
    }
}

/// Routes of `a` that `b` has not. What their authors acknowledge is no part of what they do.
fn only_in<'r>(a: &'r [Route], b: &[Route]) -> Vec<&'r Route> {
    let same = |a: &Route, b: &Route| (&a.pattern, a.methods, &a.target) == (&b.pattern, b.methods, &b.target);
    a.iter().filter(|route| !b.iter().any(|other| same(route, other))).collect()
}

/// Takes out of both lists what is one route, before and after.
fn pair(removed: &mut Vec<&Route>, added: &mut Vec<&Route>, same: impl Fn(&Route, &Route) -> bool) -> Vec<Changed> {
    let mut changed = Vec::new();
    removed.retain(|before| match added.iter().position(|after| same(before, after)) {
        Some(position) => {
            changed.push(Changed::new(before, added.remove(position)));
            false
        }
        None => true,
    });
    changed
}

impl Changed {
    fn new(before: &Route, after: &Route) -> Self {
        let fields = [
            ("methods", before.methods != after.methods),
            ("target", before.target != after.target),
            ("kind", before.kind != after.kind),
            ("prefix", before.prefix() != after.prefix()),
        ];
        Self {
            pattern: after.pattern.clone(),
            before: before.manifest_entry(),
            after: after.manifest_entry(),
            fields_changed: fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect(),
        }
    }
}
