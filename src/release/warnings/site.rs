//! Warnings about which files can be reached.

use super::{Severity, State, Warning};
use crate::route::statics::PublicPaths;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn check(new: State<'_>, base: Option<State<'_>>, found: &mut Vec<Warning>) {
    no_reachable_html(new, found);
    if let Some(base) = base {
        widens(new, base, found);
    }
}

/// Files that some path leads to: their own, a declared one, or a route's.
fn reachable(state: State<'_>) -> BTreeSet<&str> {
    let statics = &state.tables.statics;
    let aliases = state.release.site.files.keys().filter(|file| statics.alias(file).is_some()).map(String::as_str);
    statics.entries().map(|(_, hit)| hit.file.asset_path.as_str()).chain(aliases).collect()
}

fn no_reachable_html(new: State<'_>, found: &mut Vec<Warning>) {
    let files = &new.release.site.files;
    let pages: Vec<&str> = files
        .iter()
        .filter(|(_, file)| file.content_type.starts_with("text/html"))
        .map(|(path, _)| path.as_str())
        .collect();
    let reachable = reachable(new);
    if pages.is_empty() || pages.iter().any(|page| reachable.contains(page)) {
        return;
    }
    let message = "The site has pages, and no public path leads to any of them.";
    found.push(
        Warning::new("SITE_NO_REACHABLE_HTML", Severity::Warn, message, pages)
            .detail("fix", "Declare their paths in `site.public_paths.replace`, or use the mode `implicit`."),
    );
}

/// The site was a list of public paths and is now public as a whole.
fn widens(new: State<'_>, base: State<'_>, found: &mut Vec<Warning>) {
    let is_explicit = |state: State<'_>| matches!(state.release.site.public_paths, PublicPaths::Explicit { .. });
    if !is_explicit(base) || is_explicit(new) {
        return;
    }
    let before = reachable(base);
    let opened: Vec<&str> = reachable(new).into_iter().filter(|file| !before.contains(file)).collect();
    if opened.is_empty() {
        return;
    }
    let message = "The public paths were listed and are now those of all files: files become public that were not.";
    found.push(
        Warning::new("PUBLIC_PATH_MODE_WIDENS_TO_IMPLICIT", Severity::Warn, message, opened)
            .detail("modes", json!({ "before": "explicit", "after": "implicit" }))
            .confirm(),
    );
}
