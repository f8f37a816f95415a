//! Warnings about routes that lead to files.

use super::{Severity, State, Warning};
use crate::limits::{ROUTES_MAX, ROUTES_NEAR_MAX};
use crate::route::content_type;
use crate::route::resolve::Tables;
use crate::route::statics::{StaticKind, public_path};
use crate::route::table::{Route, Target};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn check(new: State<'_>, found: &mut Vec<Warning>) {
    let aliases: Vec<(&Route, &str)> = new
        .release
        .routes
        .iter()
        .filter_map(|route| match &route.target {
            Target::Static { file } => Some((route, file.as_str())),
            Target::Function { .. } | Target::Proxy { .. } => None,
        })
        .collect();
    found.extend(shadows(new, &aliases));
    found.extend(relative_assets(new, &aliases));
    found.extend(duplicates(new, &aliases));
    found.extend(without_extension(new, &aliases));
    let (count, all) = (aliases.len(), new.release.routes.len());
    if all >= ROUTES_NEAR_MAX && count * 2 >= all {
        let message =
            format!("{count} of at most {ROUTES_MAX} routes name one file each: public paths need no routes.");
        found.push(
            Warning::new("STATIC_ALIAS_TABLE_NEAR_LIMIT", Severity::Warn, message, ["routes"])
                .detail("count", count)
                .detail("max", ROUTES_MAX),
        );
    }
}

/// A warning about the aliases for which `about` has something to say.
fn over<'r>(
    aliases: &[(&'r Route, &'r str)],
    code: &'static str,
    severity: Severity,
    message: &str,
    about: impl Fn(&'r Route, &'r str) -> Option<Value>,
) -> Option<Warning> {
    let routes: BTreeMap<&str, Value> = aliases
        .iter()
        .filter_map(|(route, file)| about(route, file).map(|details| (route.pattern.as_str(), details)))
        .collect();
    let patterns: Vec<&str> = routes.keys().copied().collect();
    (!routes.is_empty()).then(|| Warning::new(code, severity, message, patterns).detail("routes", json!(routes)))
}

/// Another file has the path by itself. The path of a folder is only a convenience, which an alias may replace (reference 3.4).
fn shadows(new: State<'_>, aliases: &[(&Route, &str)]) -> Option<Warning> {
    let message = "A route shows one file where another has its public path: that one is not served there.";
    over(aliases, "STATIC_ALIAS_SHADOWS_STATIC_PATH", Severity::Warn, message, |route, file| {
        let hit = new.tables.statics.lookup(&route.key())?;
        let other = hit.file.asset_path.as_str();
        (hit.how == StaticKind::Exact && other != file)
            .then(|| json!({ "asset_path": file, "shadowed_asset_path": other }))
    })
}

/// A page at a path of another folder than its own: `style.css` in it means another file there.
fn relative_assets(new: State<'_>, aliases: &[(&Route, &str)]) -> Option<Warning> {
    let message =
        "A route shows a page at a path in another folder than the page's own: relative links in it lead elsewhere.";
    let warning = over(aliases, "STATIC_ALIAS_RELATIVE_ASSET_RISK", Severity::Warn, message, |route, file| {
        let own = public_path(file);
        let shown = route.key();
        (is_html(new, file) && folder(&own) != folder(&shown))
            .then(|| json!({ "asset_path": file, "asset_folder": folder(&own), "shown_in_folder": folder(&shown) }))
    });
    warning.map(Warning::heuristic)
}

fn duplicates(new: State<'_>, aliases: &[(&Route, &str)]) -> Option<Warning> {
    let message = "A file has a public path of its own and one by a route: search engines see two pages.";
    let public = public_paths_by_asset(new.tables);
    over(aliases, "STATIC_ALIAS_DUPLICATE_CANONICAL_URL", Severity::Info, message, |route, file| {
        let shown = route.key();
        // The path of the route itself, with or without a slash, is no second one.
        let others: Vec<&&str> = public.get(file)?.iter().filter(|path| !same_page(path, &shown)).collect();
        (!others.is_empty()).then(|| json!({ "asset_path": file, "public_paths": others }))
    })
}

fn without_extension(new: State<'_>, aliases: &[(&Route, &str)]) -> Option<Warning> {
    let message =
        "A path without an extension shows a file that is no page: clients that guess by the path guess wrong.";
    over(aliases, "STATIC_ALIAS_EXTENSIONLESS_NON_HTML", Severity::Warn, message, |route, file| {
        let shown = route.key();
        let last = shown.rsplit('/').next().unwrap_or_default();
        (!last.contains('.') && !is_html(new, file)).then(|| {
            let content_type = new.release.site.files.get(file).map(|file| file.content_type.as_str());
            json!({ "asset_path": file, "content_type": content_type })
        })
    })
}

fn public_paths_by_asset(tables: &Tables) -> BTreeMap<&str, Vec<&str>> {
    let mut public: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, hit) in tables.statics.entries() {
        public.entry(&hit.file.asset_path).or_default().push(path);
    }
    public.values_mut().for_each(|paths| paths.sort_unstable());
    public
}

fn same_page(a: &str, b: &str) -> bool {
    a.trim_end_matches('/') == b.trim_end_matches('/')
}

fn is_html(new: State<'_>, file: &str) -> bool {
    let content_type = new.release.site.files.get(file).map(|file| file.content_type.as_str());
    content_type.unwrap_or_else(|| content_type::guess(file)).starts_with("text/html")
}

/// The path up to its last slash, which is what relative links begin at (RFC 3986, 5.2.3).
fn folder(path: &str) -> &str {
    path.rfind('/').map_or("/", |slash| &path[..=slash])
}
