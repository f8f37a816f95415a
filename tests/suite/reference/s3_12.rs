//! Reference 3.12: warnings, row by row. Each with what brings it about and with what is next to it and does not.
//!
//! Rows without a test have no cause here: `ROUTES_NOT_ENABLED`, `MIGRATIONS_NOT_REVERSIBLE`, `FUNCTION_VERSION_MISMATCH`.

use crate::support::node::Node;
use crate::support::spec::{files, mirror, to_function, to_function_for};
use serde_json::{Value, json};

/// Applies to the project `site`, past every warning.
fn apply(node: &Node, mut spec: Value) -> Value {
    spec["project"] = "site".into();
    let applied = node.apply(&spec);
    for warning in applied["warnings"].as_array().unwrap() {
        assert!(["info", "warn", "high"].iter().any(|severity| warning["severity"] == *severity), "{warning}");
        assert!(warning["requires_confirmation"].is_boolean() && warning["details"].is_object(), "{warning}");
        assert!(!warning["message"].as_str().unwrap().is_empty(), "{warning}");
        assert!(!warning["affected"].as_array().unwrap().is_empty(), "{warning}");
    }
    applied
}

/// The warning of that code, `null` when there is none.
fn find(applied: &Value, code: &str) -> Value {
    let all = applied["warnings"].as_array().unwrap();
    assert!(all.iter().filter(|warning| warning["code"] == code).count() <= 1, "{code} twice: {all:?}");
    all.iter().find(|warning| warning["code"] == code).cloned().unwrap_or_default()
}

/// The patterns, paths or names that the warning of a spec is about; none when there is no such warning.
fn affected(node: &Node, spec: Value, code: &str) -> Vec<String> {
    let warning = find(&apply(node, spec), code);
    warning["affected"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// A first release, and the warning of the one that replaces it.
fn after(first: Value, second: Value, code: &str) -> Value {
    let node = Node::start();
    apply(&node, first);
    find(&apply(&node, second), code)
}

/// The change stops with the code and changes nothing, until the code is allowed.
fn stops(first: Value, mut second: Value, code: &str) {
    let node = Node::start();
    let live = apply(&node, first);
    second["project"] = "site".into();
    let refused = node.refused(&second);
    assert_eq!(refused["code"], "DEPLOY_WARNING_REQUIRES_CONFIRMATION", "{refused}");
    let listed = refused["details"]["warnings"].as_array().unwrap();
    assert!(listed.iter().any(|w| w["code"] == code && w["requires_confirmation"] == true), "{refused}");
    let blocking: Vec<&str> =
        refused["details"]["blocking"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert!(blocking.contains(&code) && !refused["next_actions"].as_array().unwrap().is_empty(), "{refused}");
    let releases = node.cli(&["releases", "--project", "site"]);
    let releases: Value = serde_json::from_slice(&releases.stdout).unwrap();
    let first = &releases["releases"][0];
    assert_eq!((&first["release_id"], &first["status"]), (&live["release_id"], &json!("active")));
    // Another warning's code does not help; all the blocking ones do.
    let other = node.try_apply_with(&second, &["--allow-warning", "DIFF_TRUNCATED"]);
    assert_eq!(other.status.code(), Some(1));
    let allowed: Vec<&str> = blocking.iter().flat_map(|code| ["--allow-warning", code]).collect();
    let done = node.try_apply_with(&second, &allowed);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    // What is live already stops at nothing.
    assert!(node.try_apply(&second).status.success());
}

fn api(pattern: &str) -> Value {
    json!({ "functions": { "replace": { "api": mirror("api") } }, "routes": { "replace": [to_function(pattern, "api")] } })
}

fn page() -> Value {
    json!({ "site": files(&[("index.html", "page")]) })
}

fn alias(pattern: &str, file: &str) -> Value {
    json!({ "pattern": pattern, "target": { "type": "static", "file": file } })
}

/// A function that anybody can call from now on is named once, when it becomes public.
#[test]
fn public_routed_function() {
    let node = Node::start();
    let mut spec = api("/api/*");
    spec["functions"]["replace"]["hidden"] = mirror("hidden");
    let warning = find(&apply(&node, spec.clone()), "PUBLIC_ROUTED_FUNCTION");
    assert_eq!((&warning["severity"], &warning["requires_confirmation"]), (&json!("info"), &json!(false)));
    assert_eq!((&warning["affected"], &warning["details"]["routes"]["api"]), (&json!(["api"]), &json!(["/api/*"])));
    spec["site"] = files(&[("a.txt", "a")]);
    assert!(affected(&node, spec.clone(), "PUBLIC_ROUTED_FUNCTION").is_empty(), "it was public before");
    spec["functions"]["replace"]["hidden"]["class"] = "ssr".into();
    assert_eq!(affected(&node, spec, "PUBLIC_ROUTED_FUNCTION"), ["hidden"], "the renderer gets every path");
}

/// A route that is left out and leads to a function that is left out comes from the release before.
#[test]
fn route_target_carried_forward() {
    let node = Node::start();
    assert!(find(&apply(&node, api("/api/*")), "ROUTE_TARGET_CARRIED_FORWARD").is_null());
    let warning = find(&apply(&node, page()), "ROUTE_TARGET_CARRIED_FORWARD");
    assert_eq!((&warning["affected"], &warning["details"]["functions"]), (&json!(["/api/*"]), &json!(["api"])));
    let mut named = api("/api/*");
    named["site"] = files(&[("index.html", "other")]);
    assert!(affected(&node, named.clone(), "ROUTE_TARGET_CARRIED_FORWARD").is_empty(), "both are in the spec");
    named.as_object_mut().unwrap().remove("routes");
    named["functions"]["replace"]["api"] = mirror("new");
    assert!(affected(&node, named, "ROUTE_TARGET_CARRIED_FORWARD").is_empty(), "the function is in the spec");
}

/// An exact route to a function hides the file of that path.
#[test]
fn route_shadows_static_path() {
    let node = Node::start();
    let with = |route: Value| {
        let mut spec = api("/x");
        spec["site"] = files(&[("about.html", "about"), ("docs/index.html", "docs")]);
        spec["routes"]["replace"] = json!([route]);
        spec
    };
    let code = "ROUTE_SHADOWS_STATIC_PATH";
    let applied = apply(&node, with(to_function("/about", "api")));
    let warning = find(&applied, code);
    assert_eq!((&warning["severity"], &warning["affected"]), (&json!("warn"), &json!(["/about"])));
    assert_eq!(warning["details"]["routes"]["/about"]["static_paths"], json!(["/about"]));
    assert_eq!(affected(&node, with(to_function("/docs", "api")), code), ["/docs"]);
    assert!(affected(&node, with(to_function("/contact", "api")), code).is_empty());
    assert!(affected(&node, with(to_function_for(&["POST"], "/about", "api")), code).is_empty(), "GET gets the file");
    assert!(affected(&node, with(to_function("/docs/*", "api")), code).is_empty(), "that is the other code");
}

/// A prefix to a function hides the files below it, but not those that a more exact route shows.
#[test]
fn wildcard_route_shadows_static_paths() {
    let node = Node::start();
    let code = "WILDCARD_ROUTE_SHADOWS_STATIC_PATHS";
    let mut spec = api("/docs/*");
    spec["site"] = files(&[("docs/a.css", "a"), ("docs.html", "docs"), ("b.css", "b")]);
    let warning = find(&apply(&node, spec.clone()), code);
    assert_eq!((&warning["affected"], &warning["severity"]), (&json!(["/docs/*"]), &json!("warn")));
    assert_eq!(warning["details"]["routes"]["/docs/*"], json!({ "static_paths": ["/docs/a.css"], "total": 1 }));
    spec["routes"]["replace"] = json!([to_function("/docs/*", "api"), alias("/docs/a.css", "docs/a.css")]);
    assert!(affected(&node, spec, code).is_empty(), "the file has a route of its own");
}

/// A route without GET lets a GET through to a file or to the page of the application.
#[test]
fn method_specific_route_allows_get_static_fallback() {
    let node = Node::start();
    let code = "METHOD_SPECIFIC_ROUTE_ALLOWS_GET_STATIC_FALLBACK";
    let with = |site: &[(&str, &str)], route: Value| {
        let mut spec = api("/x");
        spec["site"] = files(site);
        spec["routes"]["replace"] = json!([route]);
        spec
    };
    let form = with(&[("form.html", "form")], to_function_for(&["POST"], "/form", "api"));
    let warning = find(&apply(&node, form), code);
    assert_eq!(
        (&warning["affected"], &warning["details"]["routes"]["/form"]["asset_path"]),
        (&json!(["/form"]), &json!("form.html"))
    );
    let application = with(&[("index.html", "app")], to_function_for(&["POST"], "/api/*", "api"));
    let warning = find(&apply(&node, application), code);
    assert_eq!(warning["details"]["routes"]["/api/*"]["via"], "spa_fallback");
    let below = with(&[("api/a.css", "a")], to_function_for(&["POST"], "/api/*", "api"));
    assert_eq!(affected(&node, below, code), ["/api/*"]);
    for (site, methods) in [(&[("a.css", "a")][..], &["POST"][..]), (&[("index.html", "app")], &["GET", "POST"])] {
        assert!(affected(&node, with(site, to_function_for(methods, "/api/*", "api")), code).is_empty());
    }
}

/// A prefix to a function that takes reads only stops the release, unless its author says that this is meant.
#[test]
fn wildcard_route_excludes_mutation_methods() {
    let code = "WILDCARD_ROUTE_EXCLUDES_MUTATION_METHODS";
    let with = |route: Value| {
        let mut spec = api("/x");
        spec["routes"]["replace"] = json!([route]);
        spec
    };
    let read_only = with(to_function_for(&["GET"], "/api/*", "api"));
    stops(page(), read_only.clone(), code);
    let node = Node::start();
    let warning = find(&apply(&node, read_only.clone()), code);
    assert_eq!(
        (&warning["severity"], &warning["confidence"], &warning["affected"]),
        (&json!("warn"), &json!("heuristic"), &json!(["/api/*"]))
    );
    assert_eq!(warning["details"]["missing_common_methods"], json!(["POST", "PUT", "PATCH", "DELETE"]));
    assert!(find(&apply(&node, page()), code).is_null(), "nobody wrote the route this time");
    let mut acknowledged = read_only;
    acknowledged["routes"]["replace"][0]["acknowledge_readonly"] = true.into();
    for quiet in [
        acknowledged,
        with(to_function_for(&["GET", "POST"], "/api/*", "api")),
        with(to_function("/api/*", "api")),
        with(to_function_for(&["GET"], "/api", "api")),
    ] {
        assert!(find(&apply(&node, quiet), code).is_null());
    }
}

/// From 90 of 100 routes on the table is nearly full.
#[test]
fn route_table_near_limit() {
    let node = Node::start();
    let with = |count: usize| {
        let mut spec = api("/x");
        spec["routes"]["replace"] = (0..count).map(|n| to_function(&format!("/r{n}"), "api")).collect();
        spec
    };
    assert!(find(&apply(&node, with(89)), "ROUTE_TABLE_NEAR_LIMIT").is_null());
    let applied = apply(&node, with(90));
    let details = &find(&applied, "ROUTE_TABLE_NEAR_LIMIT")["details"];
    assert_eq!((&details["count"], &details["max"]), (&json!(90), &json!(100)));
    assert!(find(&applied, "STATIC_ALIAS_TABLE_NEAR_LIMIT").is_null(), "functions, not files");
}

fn aliased(site: &[(&str, &str)], route: Value) -> Value {
    json!({ "site": files(site), "routes": { "replace": [route] } })
}

/// An alias at the public path of another file; the path of a folder may be replaced.
#[test]
fn static_alias_shadows_static_path() {
    let node = Node::start();
    let code = "STATIC_ALIAS_SHADOWS_STATIC_PATH";
    let site = [("a.html", "a"), ("b.html", "b"), ("d/index.html", "d")];
    let warning = find(&apply(&node, aliased(&site, alias("/b", "a.html"))), code);
    assert_eq!(
        (&warning["affected"], &warning["details"]["routes"]["/b"]["shadowed_asset_path"]),
        (&json!(["/b"]), &json!("b.html"))
    );
    for quiet in [alias("/a", "a.html"), alias("/c", "a.html"), alias("/d/", "a.html")] {
        assert!(affected(&node, aliased(&site, quiet.clone()), code).is_empty(), "{quiet}");
    }
}

/// A page that is shown in another folder than its own: its relative links lead elsewhere.
#[test]
fn static_alias_relative_asset_risk() {
    let node = Node::start();
    let code = "STATIC_ALIAS_RELATIVE_ASSET_RISK";
    let site = [("pages/events.html", "e"), ("top.html", "t"), ("pages/data.json", "{}")];
    let warning = find(&apply(&node, aliased(&site, alias("/events", "pages/events.html"))), code);
    assert_eq!((&warning["affected"], &warning["confidence"]), (&json!(["/events"]), &json!("heuristic")));
    assert_eq!(affected(&node, aliased(&site, alias("/deep/er", "top.html")), code), ["/deep/er"]);
    for quiet in
        [alias("/event-list", "top.html"), alias("/pages/all", "pages/events.html"), alias("/data", "pages/data.json")]
    {
        assert!(affected(&node, aliased(&site, quiet.clone()), code).is_empty(), "{quiet}");
    }
}

/// A file with a public path of its own and one by a route is two pages to a search engine.
#[test]
fn static_alias_duplicate_canonical_url() {
    let node = Node::start();
    let code = "STATIC_ALIAS_DUPLICATE_CANONICAL_URL";
    let warning = find(&apply(&node, aliased(&[("events.html", "e")], alias("/happenings", "events.html"))), code);
    assert_eq!(warning["details"]["routes"]["/happenings"]["public_paths"], json!(["/events", "/events.html"]));
    let mut hidden = aliased(&[("events.html", "e"), ("a.css", "a")], alias("/happenings", "events.html"));
    hidden["site"]["public_paths"] = json!({ "mode": "explicit", "replace": { "/a.css": { "asset": "a.css" } } });
    assert!(affected(&node, hidden, code).is_empty(), "the route is the only way to the file");
}

/// A path without an extension that shows what is no page.
#[test]
fn static_alias_extensionless_non_html() {
    let node = Node::start();
    let code = "STATIC_ALIAS_EXTENSIONLESS_NON_HTML";
    let site = [("feed.xml", "<x/>"), ("a.html", "a")];
    assert_eq!(affected(&node, aliased(&site, alias("/feed", "feed.xml")), code), ["/feed"]);
    for quiet in [alias("/rss.xml", "feed.xml"), alias("/start", "a.html")] {
        assert!(affected(&node, aliased(&site, quiet.clone()), code).is_empty(), "{quiet}");
    }
}

/// A table that is nearly full of routes to single files.
#[test]
fn static_alias_table_near_limit() {
    let node = Node::start();
    let with = |count: usize| {
        let routes: Vec<Value> = (0..count).map(|n| alias(&format!("/r{n}"), "a.html")).collect();
        json!({ "site": files(&[("a.html", "a")]), "routes": { "replace": routes } })
    };
    assert!(find(&apply(&node, with(89)), "STATIC_ALIAS_TABLE_NEAR_LIMIT").is_null());
    let applied = apply(&node, with(90));
    assert_eq!(find(&applied, "STATIC_ALIAS_TABLE_NEAR_LIMIT")["details"]["count"], 90);
    assert!(!find(&applied, "ROUTE_TABLE_NEAR_LIMIT").is_null());
}

/// A site with pages of which none has a public path.
#[test]
fn site_no_reachable_html() {
    let node = Node::start();
    let code = "SITE_NO_REACHABLE_HTML";
    let with = |path: &str, asset: &str| {
        json!({ "site": {
            "replace": { "index.html": "page", "a.css": "a" },
            "public_paths": { "mode": "explicit", "replace": { path: { "asset": asset } } },
        }, "routes": { "replace": [] } })
    };
    assert_eq!(affected(&node, with("/a.css", "a.css"), code), ["index.html"]);
    assert!(affected(&node, with("/", "index.html"), code).is_empty());
    let mut by_route = with("/a.css", "a.css");
    by_route["routes"]["replace"] = json!([alias("/start", "index.html")]);
    assert!(affected(&node, by_route, code).is_empty(), "a route leads to it");
    assert!(affected(&node, json!({ "site": { "replace": { "b.css": "b" }, "public_paths": { "mode": "explicit", "replace": {} } }, "routes": { "replace": [] } }), code).is_empty(), "no pages");
}

/// A listed site that becomes public as a whole stops the release, if files become public by it.
#[test]
fn public_path_mode_widens_to_implicit() {
    let code = "PUBLIC_PATH_MODE_WIDENS_TO_IMPLICIT";
    let explicit = |paths: Value| {
        json!({ "site": {
            "replace": { "index.html": "page", "notes.txt": "internal" },
            "public_paths": { "mode": "explicit", "replace": paths },
        } })
    };
    let implicit = json!({ "site": { "public_paths": { "mode": "implicit" } } });
    let one = explicit(json!({ "/": { "asset": "index.html" } }));
    stops(one.clone(), implicit.clone(), code);
    assert_eq!(after(one.clone(), implicit.clone(), code)["affected"], json!(["notes.txt"]));
    let all = explicit(json!({ "/": { "asset": "index.html" }, "/n": { "asset": "notes.txt" } }));
    assert!(after(all, implicit, code).is_null(), "nothing becomes public that was not");
    assert!(after(one, json!({ "site": { "patch": { "put": { "b.txt": "b" } } } }), code).is_null(), "it stays a list");
}

/// Functions of the release before that are gone.
#[test]
fn destructive_function_removal() {
    let two = json!({ "functions": { "replace": { "a": mirror("a"), "b": mirror("b") } } });
    let one = json!({ "functions": { "replace": { "a": mirror("other") } } });
    let warning = after(two.clone(), one, "DESTRUCTIVE_FUNCTION_REMOVAL");
    assert_eq!(
        (&warning["affected"], &warning["severity"], &warning["requires_confirmation"]),
        (&json!(["b"]), &json!("high"), &json!(false))
    );
    assert!(after(two, page(), "DESTRUCTIVE_FUNCTION_REMOVAL").is_null(), "left out is carried forward");
}

/// Subdomains that the project gives up.
#[test]
fn destructive_subdomain_removal() {
    let first = json!({ "site": files(&[("a.txt", "a")]), "subdomains": { "set": ["shop"] } });
    let other = after(first.clone(), json!({ "subdomains": { "set": ["store"] } }), "DESTRUCTIVE_SUBDOMAIN_REMOVAL");
    assert_eq!((&other["affected"], &other["severity"]), (&json!(["shop"]), &json!("high")));
    assert!(after(first, json!({ "subdomains": { "add": ["x"] } }), "DESTRUCTIVE_SUBDOMAIN_REMOVAL").is_null());
}

/// Secrets that the release requires no more.
#[test]
fn destructive_secret_removal() {
    let node = Node::start();
    let file = node.state().join("secrets/site.env");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "A=1\nB=2\n").unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    apply(&node, json!({ "secrets": { "require": ["A", "B"] }, "site": files(&[("a.txt", "a")]) }));
    let fewer = apply(&node, json!({ "secrets": { "require": ["B"] } }));
    let warning = find(&fewer, "DESTRUCTIVE_SECRET_REMOVAL");
    assert_eq!((&warning["affected"], &warning["severity"]), (&json!(["A"]), &json!("high")));
    assert!(find(&apply(&node, page()), "DESTRUCTIVE_SECRET_REMOVAL").is_null());
}

/// More than a tenth of the files are gone.
#[test]
fn site_bulk_removal() {
    let names: Vec<String> = (0..20).map(|n| format!("{n}.txt")).collect();
    let first: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let first = json!({ "site": files(&first) });
    let delete = |count: usize| json!({ "site": { "patch": { "delete": &names[..count] } } });
    assert!(after(first.clone(), delete(2), "SITE_BULK_REMOVAL").is_null(), "a tenth is not more than a tenth");
    let warning = after(first, delete(3), "SITE_BULK_REMOVAL");
    assert_eq!((&warning["details"]["removed"], &warning["details"]["before"]), (&json!(3), &json!(20)));
    assert_eq!((&warning["severity"], &warning["requires_confirmation"]), (&json!("high"), &json!(false)));
}

/// The page at `/` is gone, and nothing answers there.
#[test]
fn site_entrypoint_removed() {
    let code = "SITE_ENTRYPOINT_REMOVED";
    let first = json!({ "site": files(&[("index.html", "page"), ("a.txt", "a")]) });
    let without = json!({ "site": files(&[("a.txt", "a")]) });
    stops(first.clone(), without.clone(), code);
    assert_eq!(after(first.clone(), without.clone(), code)["affected"], json!(["index.html"]));
    let mut rendered = without.clone();
    rendered["functions"] = json!({ "replace": { "render": mirror("render") } });
    rendered["functions"]["replace"]["render"]["class"] = "ssr".into();
    assert!(after(first, rendered, code).is_null(), "the renderer has the path");
    assert!(after(without, json!({ "site": files(&[("b.txt", "b")]) }), code).is_null(), "there was none");
}

/// No file is left.
#[test]
fn zero_site_files_after() {
    let code = "ZERO_SITE_FILES_AFTER";
    let first = json!({ "site": files(&[("a.txt", "a")]) });
    let none = json!({ "site": { "patch": { "delete": ["a.txt"] } } });
    stops(first.clone(), none, code);
    assert!(after(first, json!({ "site": files(&[("b.txt", "b")]) }), code).is_null());
    assert!(after(api("/x"), json!({ "i18n": { "default_locale": "en", "locales": ["en"] } }), code).is_null());
}

/// No function is left.
#[test]
fn zero_functions_after() {
    let code = "ZERO_FUNCTIONS_AFTER";
    let none = json!({ "functions": { "patch": { "delete": ["api"] } }, "routes": { "replace": [] } });
    stops(api("/x"), none, code);
    assert!(after(api("/x"), page(), code).is_null());
}

/// No subdomain is left.
#[test]
fn zero_subdomains_after() {
    let code = "ZERO_SUBDOMAINS_AFTER";
    let first = json!({ "site": files(&[("a.txt", "a")]), "subdomains": { "set": ["shop"] } });
    stops(first.clone(), json!({ "subdomains": { "remove": ["shop"] } }), code);
    assert!(after(first, json!({ "subdomains": { "set": ["store"] } }), code).is_null());
}

/// A diff that is cut says so, and its totals do not.
#[test]
fn diff_truncated() {
    let node = Node::start();
    apply(&node, json!({ "site": files(&[("a.txt", "a"), ("b.txt", "b"), ("c.txt", "c")]) }));
    let diff = |limit: &str| -> Value {
        let output =
            node.cli(&["releases", "diff", "--from", "empty", "--to", "active", "--project", "site", "--limit", limit]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["diff"].clone()
    };
    let cut = diff("2");
    assert_eq!(
        (&cut["warnings"][0]["code"], cut["site"]["added"].as_array().unwrap().len()),
        (&json!("DIFF_TRUNCATED"), 2)
    );
    assert_eq!((&cut["site"]["totals"]["added"], &cut["static_assets"]["added"]), (&json!(3), &json!(3)));
    assert_eq!(diff("3")["warnings"], json!([]));
}

/// A secret that is missing is an error, whatever is allowed.
#[test]
fn missing_required_secret() {
    let node = Node::start();
    let spec = json!({ "project": "site", "secrets": { "require": ["KEY"] }, "site": files(&[("a.txt", "a")]) });
    let output = node.try_apply_with(&spec, &["--allow-warning", "MISSING_REQUIRED_SECRET"]);
    let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((output.status.code(), &envelope["code"]), (Some(1), &json!("MISSING_REQUIRED_SECRET")));
}
