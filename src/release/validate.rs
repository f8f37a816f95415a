//! The rules that need more than one field (reference 3.2, 3.3).
//!
//! [`spec`] checks what a spec says by itself; [`routes`] and [`site`] check what a release made from it refers to,
//! when the sections the spec leaves out are known.

use super::model::{Class, Function, Site};
use super::rules::is_rule_file;
use super::spec::{FunctionSpec, ReleaseSpec, Section, SiteFiles, join, nearest};
use crate::error::{Code, Error, Result};
use crate::limits::{FUNCTIONS_MAX, SITE_FILES_MAX};
use crate::route::method::{Method, Methods};
use crate::route::statics::PublicPaths;
use crate::route::table::{Route, RouteKind, Target};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Checks a spec: that it says something, the rules between its fields, and that this node can do what it asks for.
///
/// # Errors
/// `MANIFEST_EMPTY`, `INVALID_SPEC`, and last `UNSUPPORTED_FEATURE`.
pub fn spec(spec: &ReleaseSpec) -> Result<()> {
    if says_nothing(spec) {
        return Err(Error::new(Code::ManifestEmpty, "The release spec has no section that does anything."));
    }
    if let Some(routes) = &spec.routes {
        for (i, route) in routes.iter().enumerate() {
            check_route(&format!("routes.replace[{i}]"), route)?;
        }
        check_duplicates(routes)?;
    }
    if let Some(functions) = &spec.functions {
        check_one_role_table(functions)?;
    }
    let Some(first) = spec.unsupported.first() else { return Ok(()) };
    let all: Vec<&str> = spec.unsupported.iter().map(|feature| feature.at.as_str()).collect();
    let message = format!("This node does not do what `{}` asks for yet: nothing here {}.", first.at, first.what);
    let error = Error::spec(Code::UnsupportedFeature, first.at.as_str(), message).detail("unsupported", all);
    Err(error.with_fix(json!({ "action": "remove_field", "path": first.at })))
}

/// Reference 3.2: an empty list of routes, `i18n: null` and public paths say something; empty maps of files do not.
fn says_nothing(spec: &ReleaseSpec) -> bool {
    let files = match &spec.site.files {
        Some(SiteFiles::Folder(_)) => false,
        Some(SiteFiles::Listed(files)) => files.is_empty(),
        None => true,
    };
    let subdomains = &spec.subdomains;
    files
        && spec.site.public_paths.is_none()
        && spec.functions.as_ref().is_none_or(Section::is_empty)
        && spec.routes.is_none()
        && spec.i18n.is_none()
        && subdomains.set.is_none()
        && subdomains.add.is_empty()
        && subdomains.remove.is_empty()
        && spec.secrets_required.as_ref().is_none_or(Vec::is_empty)
        && spec.unsupported.is_empty()
}

/// What a route's fields mean together.
fn check_route(at: &str, route: &Route) -> Result<()> {
    let invalid = |field: &str, message: &str| Err(Error::spec(Code::InvalidSpec, format!("{at}.{field}"), message));
    if let Target::Static { .. } = route.target {
        if route.kind == RouteKind::Prefix {
            return invalid("pattern", "A static target has an exact pattern: it is one file.");
        }
        let get = Methods::NONE.with(Method::Get);
        if route.methods.is_some_and(|methods| methods != get && methods != Methods::READ) {
            return invalid("methods", "A static target answers [\"GET\"] or [\"GET\", \"HEAD\"].");
        }
    }
    if route.acknowledge_readonly {
        let readonly = route.methods.is_some_and(|methods| methods.intersection(Methods::READ) == methods);
        if !(matches!(route.target, Target::Function { .. }) && route.kind == RouteKind::Prefix && readonly) {
            let message =
                "What is acknowledged is a function's route with a pattern that ends in `/*`, for GET and HEAD only.";
            return invalid("acknowledge_readonly", message);
        }
    }
    Ok(())
}

/// Two routes may share a pattern, but not a method of it.
fn check_duplicates(routes: &[Route]) -> Result<()> {
    let mut taken: HashMap<(RouteKind, String), Methods> = HashMap::new();
    for (i, route) in routes.iter().enumerate() {
        let methods = taken.entry((route.kind, route.key())).or_default();
        let both = methods.intersection(route.admitted());
        if !both.is_empty() {
            let message = format!("Another route of the same pattern has {} already.", both.allow_header());
            return Err(Error::spec(Code::InvalidSpec, format!("routes.replace[{i}]"), message)
                .detail("pattern", route.pattern.as_str())
                .detail("methods", both.names()));
        }
        *methods = methods.union(route.admitted());
    }
    Ok(())
}

/// All gates of a release look roles up in the same columns of the same table.
fn check_one_role_table(functions: &Section<FunctionSpec>) -> Result<()> {
    let mut gates = functions.set().values().filter_map(|function| function.require_role.as_ref()?.as_ref());
    let Some(first) = gates.next() else { return Ok(()) };
    match gates.find(|other| other.gate.columns != first.gate.columns) {
        Some(other) => Err(Error::spec(Code::InvalidSpec, &other.at, ONE_ROLE_TABLE)),
        None => Ok(()),
    }
}

/// Why two gates of a release contradict each other (reference 3.3).
const ONE_ROLE_TABLE: &str = "All functions of a release look roles up in one table, by the same columns.";

/// Checks that every target of a release's routes exists.
///
/// # Errors
/// `INVALID_SPEC` at the first that does not, with all of them in `details.missing`.
pub fn routes(
    routes: &[Route],
    functions: &BTreeMap<String, Function>,
    site: &Site,
    upstreams: &BTreeSet<String>,
) -> Result<()> {
    for (i, route) in routes.iter().enumerate() {
        if let Target::Static { file } = &route.target {
            check_not_rules(&format!("routes.replace[{i}].target.file"), file)?;
        }
    }
    let exists = |target: &Target| match target {
        Target::Function { name } => functions.contains_key(name),
        Target::Static { file } => site.files.contains_key(file),
        Target::Proxy { upstream } => upstreams.contains(upstream),
    };
    let mut missing = routes.iter().enumerate().filter(|(_, route)| !exists(&route.target)).peekable();
    let Some((i, first)) = missing.peek().copied() else { return Ok(()) };
    let (field, what, near) = match &first.target {
        Target::Function { name } => {
            ("name", "function of the release", nearest(name, functions.keys().map(String::as_str)))
        }
        Target::Static { file } => ("file", "file of the site", nearest(file, site.files.keys().map(String::as_str))),
        Target::Proxy { upstream } => {
            ("upstream", "upstream of this node", nearest(upstream, upstreams.iter().map(String::as_str)))
        }
    };
    let at = format!("routes.replace[{i}].target.{field}");
    let name = first.target.name();
    let names: Vec<String> =
        missing.map(|(_, route)| format!("{}:{}", route.target.type_name(), route.target.name())).collect();
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_else(|| ".".to_owned());
    let error = Error::spec(
        Code::InvalidSpec,
        at,
        format!("The route {} leads to `{name}`, which is no {what}{hint}", first.pattern),
    );
    Err(error.detail("pattern", first.pattern.as_str()).detail("missing", names))
}

/// Checks a release's site: its size, and that every public path has its file.
///
/// # Errors
/// `INVALID_SPEC` at the first path that has not, with all of them in `details.missing`.
pub fn site(site: &Site) -> Result<()> {
    if site.files.len() > SITE_FILES_MAX {
        let message = format!("The site has more than {SITE_FILES_MAX} files.");
        return Err(Error::spec(Code::InvalidSpec, "site", message).detail("max", SITE_FILES_MAX));
    }
    let PublicPaths::Explicit { replace } = &site.public_paths else { return Ok(()) };
    for (path, public) in replace {
        check_not_rules(&join(&join("site.public_paths.replace", path), "asset"), &public.asset)?;
    }
    let missing: Vec<_> = replace.iter().filter(|(_, public)| !site.files.contains_key(&public.asset)).collect();
    let Some((path, public)) = missing.first() else { return Ok(()) };
    let at = join(&join("site.public_paths.replace", path), "asset");
    let message = format!("The public path {path} shows `{}`, which is no file of the site.", public.asset);
    let assets: Vec<&str> = missing.iter().map(|(_, public)| public.asset.as_str()).collect();
    Err(Error::spec(Code::InvalidSpec, at, message).detail("missing", assets))
}

/// Files of rules are read when a release is made, and shown to nobody.
fn check_not_rules(at: &str, file: &str) -> Result<()> {
    if !is_rule_file(file) {
        return Ok(());
    }
    let message = format!("`{file}` holds rules of the site and is not public: give what is to be shown another name.");
    Err(Error::spec(Code::InvalidSpec, at, message).detail("file", file))
}

/// Checks a release's functions: how many there are, and that at most one is the renderer.
///
/// # Errors
/// `INVALID_SPEC`.
pub fn functions(functions: &BTreeMap<String, Function>) -> Result<()> {
    if functions.len() > FUNCTIONS_MAX {
        let message = format!("A release has at most {FUNCTIONS_MAX} functions.");
        return Err(Error::spec(Code::InvalidSpec, "functions", message).detail("max", FUNCTIONS_MAX));
    }
    let renderers: Vec<&str> =
        functions.iter().filter(|(_, function)| function.class == Class::Ssr).map(|(name, _)| name.as_str()).collect();
    if renderers.len() > 1 {
        let message = format!(
            "Only one function gets every path nothing else answers, but {} are of class `ssr`.",
            renderers.join(", ")
        );
        return Err(Error::spec(Code::InvalidSpec, "functions", message).detail("functions", renderers));
    }
    one_role_table(functions)
}

/// The same rule as for a spec, with the functions that are carried forward.
fn one_role_table(functions: &BTreeMap<String, Function>) -> Result<()> {
    let mut gates = functions.iter().filter_map(|(name, function)| Some((name, function.gate.require_role.as_ref()?)));
    let Some((first, gate)) = gates.next() else { return Ok(()) };
    match gates.find(|(_, other)| other.columns != gate.columns) {
        Some((other, _)) => Err(Error::spec(Code::InvalidSpec, "functions", ONE_ROLE_TABLE)
            .detail("functions", vec![first.as_str(), other])),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
