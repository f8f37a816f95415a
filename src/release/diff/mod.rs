//! What is different between two releases, as the platform's clients read it (reference 3.10).
//!
//! Pure. Lists of files are cut at a limit, and `DIFF_TRUNCATED` says so; their totals and the seven numbers of
//! `static_assets` are always those of the whole.

mod assets;
mod functions;
mod routes;
mod site;

use super::inventory::{Given, SCHEMA_VERSION, i18n};
use super::model::{BlobRef, Release};
use super::warnings::{Severity, Warning};
use crate::limits::DIFF_ENTRIES_DEFAULT;
use serde::Serialize;
use serde_json::{Value, json};

/// How many entries a list has in all, of which it may show fewer.
#[derive(Debug, Clone, Copy, Serialize)]
struct Totals {
    added: usize,
    removed: usize,
    changed: usize,
}

/// Entries of each list of files, unless the caller says another number.
pub const LIMIT_DEFAULT: usize = DIFF_ENTRIES_DEFAULT;

/// The differences from one release to another.
#[derive(Debug, Clone, Serialize)]
pub struct Diff {
    kind: &'static str,
    schema_version: &'static str,
    /// The release it is from; none: from nothing.
    pub from_release_id: Option<String>,
    /// The release it is to; none: one that does not exist yet.
    pub to_release_id: Option<String>,
    /// Whether both hold the same.
    pub is_noop: bool,
    /// One sentence for people.
    pub summary: String,
    /// About the diff itself.
    pub warnings: Vec<Warning>,
    migrations: Value,
    site: site::SiteDiff,
    functions: functions::FunctionsDiff,
    secrets: Names,
    subdomains: Names,
    routes: routes::RoutesDiff,
    static_assets: assets::AssetsDiff,
    /// The locales before and after, when they differ.
    i18n: Value,
}

/// Names that came and went.
#[derive(Debug, Clone, Serialize)]
struct Names {
    added: Vec<String>,
    removed: Vec<String>,
}

impl Names {
    fn between(from: &[String], to: &[String]) -> Self {
        let only_in = |a: &[String], b: &[String]| a.iter().filter(|name| !b.contains(name)).cloned().collect();
        Self { added: only_in(to, from), removed: only_in(from, to) }
    }

    fn count(&self) -> usize {
        self.added.len() + self.removed.len()
    }
}

/// Compares two releases; `from` is none for nothing at all. `limit` cuts each list of files. `stored` says whether the node
/// has some bytes.
pub fn diff(
    from: Option<&Release>,
    to: &Release,
    given: &Given,
    limit: usize,
    stored: &dyn Fn(&BlobRef) -> bool,
) -> Diff {
    let mut site = site::SiteDiff::between(from, to);
    let functions = functions::FunctionsDiff::between(from, to, given);
    let routes = routes::RoutesDiff::between(from, to);
    let static_assets = assets::AssetsDiff::between(from, to, limit, stored);
    let secrets = Names::between(from.map_or(&[], |from| &from.secrets_required), &to.secrets_required);
    let subdomains = Names::between(from.map_or(&[], |from| &from.subdomains), &to.subdomains);
    let (i18n_before, i18n_after) = (from.map_or(Value::Null, i18n), i18n(to));
    let locales = usize::from(i18n_before != i18n_after);
    let is_noop = from.is_some_and(|from| from.digest == to.digest);
    let counts = [
        (site.count(), "file"),
        (site.public_path_count(), "public path"),
        (functions.count(), "function"),
        (routes.count(), "route"),
        (secrets.count(), "required secret"),
        (subdomains.count(), "subdomain"),
        (locales, "locale table"),
    ];
    Diff {
        kind: "release_diff",
        schema_version: SCHEMA_VERSION,
        from_release_id: from.map(|from| from.id.clone()),
        to_release_id: Some(to.id.clone()),
        is_noop,
        summary: summary(is_noop, &counts),
        warnings: site.cut(limit).into_iter().collect(),
        migrations: json!({ "applied_between_releases": [] }),
        site,
        functions,
        secrets,
        subdomains,
        routes,
        static_assets,
        i18n: if locales == 0 { Value::Null } else { json!({ "before": i18n_before, "after": i18n_after }) },
    }
}

fn summary(is_noop: bool, counts: &[(usize, &str)]) -> String {
    if is_noop {
        return "Nothing is different.".to_owned();
    }
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    match parts.as_slice() {
        [] => "Only settings are different.".to_owned(),
        parts => format!("Different: {}.", parts.join(", ")),
    }
}

/// The warning that lists were cut.
fn truncated(limit: usize, cut: &[(&str, usize)]) -> Warning {
    let message = format!("Lists of this diff end after {limit} entries; the totals count all.");
    let mut warning = Warning::new("DIFF_TRUNCATED", Severity::Info, message, cut.iter().map(|(list, _)| *list));
    for (list, total) in cut {
        warning = warning.detail(list, *total);
    }
    warning.detail("limit", limit)
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
