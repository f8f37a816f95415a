//! The `routes` section (reference 3.2, 3.3): the form of each route. What its fields mean together is checked in
//! [`crate::release::validate`].

use super::functions::says_nothing;
use super::types::Unsupported;
use super::walk::Node;
use crate::error::Result;
use crate::limits::{ROUTE_PATTERN_BYTES_MAX, ROUTES_MAX};
use crate::route::method::{Method, Methods};
use crate::route::path::canonicalize;
use crate::route::table::{Route, RouteKind, Target};
use serde_json::json;

/// Reads the section; `None` when the routes are carried forward.
pub fn read(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<Option<Vec<Route>>> {
    if let Some((path, _)) = node.entries()?.iter().find(|(key, _)| key.starts_with('/')) {
        let error = node.invalid("Routes are a list in `routes.replace`, not a map keyed by path.");
        return Err(
            error.with_fix(json!({ "action": "set_field", "path": "routes.replace", "value": [{ "pattern": path }] }))
        );
    }
    let Some(replace) = node.object(&["replace"])?.some("replace") else {
        return Err(node.invalid("`routes` needs `replace`, the list of routes; `null` carries the routes forward."));
    };
    let entries = replace.list()?;
    if entries.len() > ROUTES_MAX {
        return Err(replace.invalid(format!("A release has at most {ROUTES_MAX} routes.")).detail("max", ROUTES_MAX));
    }
    entries.iter().map(|entry| read_route(entry, unsupported)).collect::<Result<_>>().map(Some)
}

fn read_route(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<Route> {
    let fields = ["pattern", "methods", "target", "acknowledge_readonly", "pricing"];
    let object = node.object_with_hints(&fields, &[("path", "pattern"), ("method", "methods")])?;
    if let Some(pricing) = object.some("pricing")
        && !says_nothing(pricing.value)
    {
        unsupported.push(Unsupported { at: pricing.at, what: "charges for routes" });
    }
    let pattern = object.required("pattern")?;
    let acknowledge_readonly = match object.some("acknowledge_readonly") {
        None => false,
        Some(acknowledged) if acknowledged.boolean()? => true,
        Some(acknowledged) => return Err(acknowledged.invalid("`acknowledge_readonly` is `true` or absent.")),
    };
    Ok(Route {
        pattern: pattern.string()?.to_owned(),
        kind: read_kind(&pattern)?,
        methods: object.some("methods").map(|methods| read_methods(&methods)).transpose()?,
        target: read_target(&object.required("target")?)?,
        acknowledge_readonly,
    })
}

/// Checks a pattern and says how it matches.
fn read_kind(node: &Node<'_>) -> Result<RouteKind> {
    let pattern = node.non_empty_string()?;
    if !pattern.starts_with('/') {
        let fix = json!({ "action": "set_field", "path": node.at, "value": format!("/{pattern}") });
        return Err(node.invalid("A pattern begins with a slash.").with_fix(fix));
    }
    if pattern.len() > ROUTE_PATTERN_BYTES_MAX {
        let message = format!("A pattern has at most {ROUTE_PATTERN_BYTES_MAX} bytes.");
        return Err(node.invalid(message).detail("max", ROUTE_PATTERN_BYTES_MAX));
    }
    if pattern.contains(['?', '#']) {
        return Err(node.invalid("A pattern is a path: queries and fragments play no part in routing."));
    }
    let (path, kind) = match pattern.strip_suffix("/*") {
        Some("") => {
            return Err(node.invalid("`/*` alone is no pattern: a function of class `ssr` gets every other path."));
        }
        Some(path) => (path, RouteKind::Prefix),
        None => (pattern, RouteKind::Exact),
    };
    if path.contains('*') {
        return Err(node.invalid("A `*` stands only at the end, after a slash: `/admin/*`."));
    }
    // With what may come after the prefix, so that a double slash before the `*` is seen.
    let reachable = if kind == RouteKind::Prefix { format!("{path}/x") } else { path.to_owned() };
    match canonicalize(&reachable) {
        Ok(_) => Ok(kind),
        Err(error) => Err(node
            .invalid(format!("No request can match this pattern: {error}."))
            .detail("reason", error.code().as_str())),
    }
}

fn read_methods(node: &Node<'_>) -> Result<Methods> {
    let mut methods = Methods::NONE;
    for element in node.list()? {
        let name = element.string()?;
        let method = Method::parse(name);
        if method == Method::Other {
            let mut error =
                element.invalid(format!("`{name}` is no method of a route.")).detail("known", Methods::ALL.names());
            let upper = name.to_ascii_uppercase();
            if Method::parse(&upper) != Method::Other {
                error = error.with_fix(json!({ "action": "set_field", "path": element.at, "value": upper }));
            }
            return Err(error);
        }
        if methods.contains(method) {
            return Err(element.invalid(format!("`{name}` is listed twice.")));
        }
        methods = methods.with(method);
    }
    if methods.is_empty() {
        return Err(node.invalid("A route without methods matches nothing; leave `methods` out for all of them."));
    }
    Ok(methods)
}

fn read_target(node: &Node<'_>) -> Result<Target> {
    for shorthand in ["function", "static", "proxy"] {
        if node.value.get(shorthand).is_some() {
            let field = field_of(shorthand);
            let value = json!({ "type": shorthand, field: node.value[shorthand] });
            let fix = json!({ "action": "set_field", "path": node.at, "value": value });
            let message = format!("A target is written {{\"type\": \"{shorthand}\", \"{field}\": …}}.");
            return Err(node.invalid(message).with_fix(fix));
        }
    }
    let kind = node.object(&["type", "name", "file", "upstream"])?.required("type")?;
    let text = |field: &'static str| -> Result<String> {
        Ok(node.object(&["type", field])?.required(field)?.non_empty_string()?.to_owned())
    };
    match kind.string()? {
        "function" => Ok(Target::Function { name: text("name")? }),
        "proxy" => Ok(Target::Proxy { upstream: text("upstream")? }),
        "static" => {
            let file = text("file")?;
            check_file(&Node { at: super::join(&node.at, "file"), value: node.value }, &file)?;
            Ok(Target::Static { file })
        }
        _ => {
            let known = vec!["function", "static", "proxy"];
            Err(kind.invalid("A target is of type `function`, `static` or `proxy`.").detail("known", known))
        }
    }
}

fn field_of(kind: &str) -> &'static str {
    match kind {
        "function" => "name",
        "static" => "file",
        _ => "upstream",
    }
}

/// The file of a static target is a path in the site, not a URL.
fn check_file(node: &Node<'_>, file: &str) -> Result<()> {
    if file.contains(['?', '#', '*']) {
        return Err(node.invalid("A static target names a file of the site, not a URL."));
    }
    super::check_site_path(&node.at, file)
}
