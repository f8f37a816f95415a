//! Warnings about routes that lead to functions and upstreams.

use super::{Carried, LISTED_MAX, Severity, State, Warning};
use crate::limits::{ROUTES_MAX, ROUTES_NEAR_MAX};
use crate::route::method::{Method, Methods};
use crate::route::path::canonicalize;
use crate::route::resolve::{Resolution, StaticHow};
use crate::route::table::{Route, RouteKind, RouteMatch, Target};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(new: State<'_>, base: Option<State<'_>>, carried: Option<&Carried>, found: &mut Vec<Warning>) {
    public_functions(new, base, found);
    carried_forward(new, carried, found);
    shadows(new, found);
    static_fallbacks(new, found);
    read_only_prefixes(new, base, carried, found);
    near_limit(new, found);
}

/// Functions that anybody can call: those with a route, and the renderer, where no gate is in front of them.
fn public(state: State<'_>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut public: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in &state.release.routes {
        if let Target::Function { name } = &route.target {
            public.entry(name).or_default().insert(&route.pattern);
        }
    }
    if let Some(renderer) = state.release.ssr() {
        public.entry(renderer).or_default().insert("/*");
    }
    public.retain(|name, _| state.release.functions.get(*name).is_none_or(|function| function.gate.is_open()));
    public
}

fn public_functions(new: State<'_>, base: Option<State<'_>>, found: &mut Vec<Warning>) {
    let before = base.map(public).unwrap_or_default();
    let after: BTreeMap<_, _> = public(new).into_iter().filter(|(name, _)| !before.contains_key(name)).collect();
    if after.is_empty() {
        return;
    }
    let names: Vec<&str> = after.keys().copied().collect();
    let message = format!(
        "From this release on anybody can call {}: authentication, CSRF and CORS are the function's own.",
        names.join(", ")
    );
    // A gate that was there and is not is what somebody may have forgotten.
    let had_gate = |name: &&&str| {
        base.is_some_and(|base| base.release.functions.get(**name).is_some_and(|function| !function.gate.is_open()))
    };
    let gone: Vec<&str> = names.iter().filter(had_gate).copied().collect();
    let severity = if gone.is_empty() { Severity::Info } else { Severity::High };
    let mut warning =
        Warning::new("PUBLIC_ROUTED_FUNCTION", severity, message, names.clone()).detail("routes", json!(after));
    if !gone.is_empty() {
        warning = warning.detail("gates_removed", json!(gone));
    }
    found.push(warning);
}

fn carried_forward(new: State<'_>, carried: Option<&Carried>, found: &mut Vec<Warning>) {
    let Some(carried) = carried.filter(|carried| carried.routes) else { return };
    let mut functions = BTreeSet::new();
    let mut patterns = BTreeSet::new();
    for route in &new.release.routes {
        if let Target::Function { name } = &route.target
            && carried.functions.contains(name)
        {
            functions.insert(name.as_str());
            patterns.insert(route.pattern.as_str());
        }
    }
    if patterns.is_empty() {
        return;
    }
    let message =
        "Routes that this spec leaves out lead to functions it leaves out: both are those of the release before.";
    found.push(
        Warning::new("ROUTE_TARGET_CARRIED_FORWARD", Severity::Info, message, patterns)
            .detail("functions", json!(functions)),
    );
}

/// Files that a function or an upstream keeps from being served.
fn shadows(new: State<'_>, found: &mut Vec<Warning>) {
    let mut hidden: BTreeMap<(RouteKind, &str), BTreeSet<&str>> = BTreeMap::new();
    for (path, _) in new.tables.statics.entries() {
        let (Resolution::Function { route: Some(route), .. } | Resolution::Proxy { route, .. }) =
            new.tables.resolve(Method::Get, path)
        else {
            continue;
        };
        hidden.entry((route.kind, &route.pattern)).or_default().insert(path);
    }
    for (kind, code, message) in [
        (
            RouteKind::Exact,
            "ROUTE_SHADOWS_STATIC_PATH",
            "A route answers where a file of the site is: the file is not served there.",
        ),
        (
            RouteKind::Prefix,
            "WILDCARD_ROUTE_SHADOWS_STATIC_PATHS",
            "A route answers for paths below it where files of the site are: they are not served there.",
        ),
    ] {
        let routes: BTreeMap<&str, Value> = hidden
            .iter()
            .filter(|((of, _), _)| *of == kind)
            .map(|((_, pattern), paths)| {
                let listed: Vec<&&str> = paths.iter().take(LISTED_MAX).collect();
                (*pattern, json!({ "static_paths": listed, "total": paths.len() }))
            })
            .collect();
        if !routes.is_empty() {
            let patterns: Vec<&str> = routes.keys().copied().collect();
            found.push(Warning::new(code, Severity::Warn, message, patterns).detail("routes", json!(routes)));
        }
    }
}

/// Routes that shut GET out, where GET then gets a file or the page of an application.
fn static_fallbacks(new: State<'_>, found: &mut Vec<Warning>) {
    let mut routes: BTreeMap<&str, Value> = BTreeMap::new();
    let dynamic = |route: &&Route| !matches!(route.target, Target::Static { .. });
    for route in new.release.routes.iter().filter(dynamic).filter(|r| !r.admitted().contains(Method::Get)) {
        let Some(path) = fallback(new, route) else { continue };
        if let Resolution::Static { file, how, .. } = new.tables.resolve(Method::Get, &path) {
            let via = if how == StaticHow::SpaFallback { "spa_fallback" } else { "static_path" };
            let entry = json!({ "path": path, "asset_path": file.asset_path, "via": via, "methods": route.methods });
            routes.insert(&route.pattern, entry);
        }
    }
    if !routes.is_empty() {
        let message = "A route leaves GET out, so a GET of its paths gets a file of the site instead of a 405.";
        let patterns: Vec<&str> = routes.keys().copied().collect();
        found.push(
            Warning::new("METHOD_SPECIFIC_ROUTE_ALLOWS_GET_STATIC_FALLBACK", Severity::Warn, message, patterns)
                .detail("routes", json!(routes)),
        );
    }
}

/// A path of the route whose GET falls through to something static.
fn fallback(new: State<'_>, route: &Route) -> Option<String> {
    let missed = |path: &str| match new.tables.routes.lookup(path, Method::Get) {
        RouteMatch::MethodMiss { .. } => matches!(new.tables.resolve(Method::Get, path), Resolution::Static { .. }),
        RouteMatch::Hit(_) | RouteMatch::None => false,
    };
    let key = route.key();
    if route.kind == RouteKind::Exact {
        return Some(key).filter(|path| missed(path));
    }
    let mut below: Vec<&str> = new.tables.statics.entries().map(|(path, _)| path).collect();
    below.retain(|path| path.len() > key.len() && path.starts_with(&key) && missed(path));
    below.sort_unstable();
    // Any path below will do for the page of an application.
    let any = canonicalize(&format!("{key}_")).ok().map(|path| path.into_owned());
    below.first().map(|path| (*path).to_owned()).or_else(|| any.filter(|path| missed(path)))
}

/// Prefixes of functions that take nothing but reads, and do not say that this is meant (as the platform's SDK finds them).
fn read_only_prefixes(new: State<'_>, base: Option<State<'_>>, carried: Option<&Carried>, found: &mut Vec<Warning>) {
    // Routes that nobody wrote this time were confirmed when somebody did.
    let known = |route: &Route| match carried {
        Some(carried) => carried.routes,
        None => base.is_some_and(|base| base.release.routes.contains(route)),
    };
    let read_only = |route: &&Route| {
        matches!(route.target, Target::Function { .. })
            && route.kind == RouteKind::Prefix
            && !route.acknowledge_readonly
            && route.methods.is_some_and(|methods| methods.intersection(Methods::READ) == methods)
            && !known(route)
    };
    let patterns: BTreeSet<&str> =
        new.release.routes.iter().filter(read_only).map(|route| route.pattern.as_str()).collect();
    if patterns.is_empty() {
        return;
    }
    let message = "A function's route for all paths below it takes GET and HEAD only: POST, PUT, PATCH and DELETE are refused before the function sees them.";
    found.push(
        Warning::new("WILDCARD_ROUTE_EXCLUDES_MUTATION_METHODS", Severity::Warn, message, patterns)
            .detail("missing_common_methods", json!(["POST", "PUT", "PATCH", "DELETE"]))
            .detail("fix", "Add the methods, leave `methods` out, or set `acknowledge_readonly` to true.")
            .heuristic()
            .confirm(),
    );
}

fn near_limit(new: State<'_>, found: &mut Vec<Warning>) {
    let count = new.release.routes.len();
    if count >= ROUTES_NEAR_MAX {
        let message = format!("The release has {count} of at most {ROUTES_MAX} routes.");
        found.push(
            Warning::new("ROUTE_TABLE_NEAR_LIMIT", Severity::Warn, message, ["routes"])
                .detail("count", count)
                .detail("max", ROUTES_MAX),
        );
    }
}
