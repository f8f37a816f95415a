//! Reference 3.10: inventory and diff, row by row.

use crate::support::node::Node;
use crate::support::spec::{files, function, says, sha256, to_function, to_function_for};
use serde_json::{Value, json};
use std::fs;

fn cli(node: &Node, args: &[&str]) -> Value {
    let output = node.cli(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn show(node: &Node, id: &Value) -> Value {
    cli(node, &["releases", "show", id.as_str().unwrap(), "--project", "site"])["release"].clone()
}

fn diff(node: &Node, from: &Value, to: &Value) -> Value {
    let (from, to) = (from.as_str().unwrap(), to.as_str().unwrap());
    cli(node, &["releases", "diff", "--from", from, "--to", to, "--project", "site"])["diff"].clone()
}

/// Every field of a list is there.
fn has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "{field} is missing: {value}");
    }
}

fn spec() -> Value {
    json!({
        "site": files(&[("index.html", "page"), ("docs/index.html", "docs"), ("app.0123abcd.js", "1")]),
        "functions": { "replace": { "f": {
            "runtime": "node22", "source": { "data": "export default () => new Response('f')" },
            "config": { "timeout_seconds": 3 },
        } } },
        "routes": { "replace": [
            to_function_for(&["GET", "POST"], "/f/*", "f"),
            { "pattern": "/start", "target": { "type": "static", "file": "index.html" } },
        ] },
        "i18n": { "default_locale": "de", "locales": ["de", "en"], "detect": ["cookie:lang", "accept-language"] },
        "subdomains": { "set": ["shop"] },
    })
}

/// What identifies a release, and how it stands to what is live.
#[test]
fn inventory_identity_and_state() {
    let node = Node::start();
    let one = node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    let two = node.site(spec());
    let live = show(&node, &json!("active"));
    has(
        &live,
        &["parent_id", "created_by", "superseded_at", "operation_id", "plan_id", "events_url", "migrations_applied"],
    );
    assert_eq!(
        (&live["kind"], &live["schema_version"]),
        (&json!("release_inventory"), &json!("agent-deploy-observability.v1"))
    );
    assert_eq!(
        (&live["release_id"], &live["project_id"], &live["parent_id"], &live["manifest_digest"]),
        (&two["release_id"], &json!("site"), &one["release_id"], &two["digest"])
    );
    assert_eq!(
        (&live["status"], &live["state_kind"], &live["effective"], &live["release_generation"]),
        (&json!("active"), &json!("current_live"), &json!(true), &json!(2))
    );
    for moment in ["created_at", "activated_at"] {
        let text = live[moment].as_str().unwrap();
        assert!(text.len() == 24 && text.ends_with('Z') && &text[10..11] == "T", "{moment}: {text}");
    }
    let by_id = show(&node, &two["release_id"]);
    assert_eq!((&by_id["status"], &by_id["state_kind"]), (&json!("active"), &json!("effective")));
    let before = show(&node, &one["release_id"]);
    assert_eq!((&before["status"], &before["state_kind"]), (&json!("superseded"), &json!("effective")));
    assert_eq!((&before["superseded_at"], &before["release_generation"]), (&live["activated_at"], &Value::Null));
    // One that was kept and never became live, because a subdomain is another project's.
    node.apply(&json!({ "project": "other", "subdomains": { "set": ["store"] }, "site": files(&[("b.txt", "b")]) }));
    let refused = node.refused(&json!({ "project": "site", "subdomains": { "add": ["store"] } }));
    assert_eq!(refused["code"], "HOST_ALREADY_BOUND");
    let listed = cli(&node, &["releases", "--project", "site"]);
    let staged = show(&node, &listed["releases"][0]["release_id"]);
    assert_eq!((&staged["status"], &staged["state_kind"]), (&json!("staged"), &json!("desired_manifest")));
    assert_eq!((&staged["effective"], &staged["activated_at"]), (&json!(false), &Value::Null));
}

/// Files, and the paths that lead to them, agree with what the edge serves.
#[test]
fn inventory_site_and_static_public_paths() {
    let node = Node::start();
    node.site(spec());
    let live = show(&node, &json!("active"));
    let page = json!({ "path": "index.html", "content_sha256": sha256(b"page"), "content_type": "text/html; charset=utf-8", "size": 4 });
    assert!(live["site"]["paths"].as_array().unwrap().contains(&page), "{}", live["site"]);
    assert_eq!(live["site"]["totals"]["paths"], 3);
    let paths = live["static_public_paths"].as_array().unwrap();
    for entry in paths {
        has(
            entry,
            &["asset_path", "reachability_authority", "direct", "cache_class", "content_type", "route_id", "methods"],
        );
        let answer = node.get(entry["public_path"].as_str().unwrap());
        assert_eq!((answer.status, answer.header("content-type")), (200, entry["content_type"].as_str()), "{entry}");
    }
    let of = |path: &str| paths.iter().find(|entry| entry["public_path"] == path).unwrap();
    assert_eq!((&of("/docs/")["asset_path"], &of("/docs/")["direct"]), (&json!("docs/index.html"), &json!(true)));
    assert_eq!(of("/app.0123abcd.js")["cache_class"], "immutable_versioned");
    let alias = of("/start");
    assert_eq!(
        (&alias["reachability_authority"], &alias["direct"], &alias["methods"]),
        (&json!("route_static_alias"), &json!(false), &json!(["GET", "HEAD"]))
    );
    // The number of paths is the caller's, up to a limit.
    let short = cli(&node, &["releases", "show", "--site-limit", "1"])["release"].clone();
    assert_eq!((short["site"]["paths"].as_array().unwrap().len(), &short["site"]["totals"]["paths"]), (1, &json!(3)));
    assert_eq!(node.cli(&["releases", "show", "--site-limit", "25001"]).status.code(), Some(1));
}

/// The static manifest and its numbers are those that a resolution names.
#[test]
fn inventory_static_manifest() {
    let node = Node::start();
    node.site(spec());
    let live = show(&node, &json!("active"));
    let resolved = cli(&node, &["diagnose", "http://site.test/"])["resolution"].clone();
    for field in ["static_manifest_sha256", "static_manifest_metadata", "release_generation", "release_id"] {
        assert_eq!(live[field], resolved[field], "{field}");
    }
    assert_eq!(live["routes"]["manifest_sha256"], resolved["route_manifest_sha256"]);
    let metadata = &live["static_manifest_metadata"];
    has(metadata, &["file_count", "total_bytes", "cache_classes", "cache_class_sources"]);
    assert_eq!(metadata["spa_fallback"], "/index.html");
}

/// Functions, routes, names and locales.
#[test]
fn inventory_functions_routes_names_and_i18n() {
    let node = Node::start();
    let first = node.site(spec());
    let live = show(&node, &json!("active"));
    let function = &live["functions"][0];
    assert_eq!(
        (&function["name"], &function["runtime"], &function["timeout_seconds"], &function["schedule"]),
        (&json!("f"), &json!("node22"), &json!(3), &Value::Null)
    );
    assert!(function["memory_mb"].as_u64().is_some_and(|mb| mb > 0));
    assert_eq!(function["code_hash"].as_str().map(str::len), Some(64));
    assert_eq!(
        live["routes"]["entries"][1],
        json!({ "pattern": "/f/*", "kind": "prefix", "prefix": "/f/", "methods": ["GET", "POST"], "target": { "type": "function", "name": "f" } })
    );
    assert_eq!((&live["secrets"]["keys"], &live["subdomains"]["names"]), (&json!([]), &json!(["shop"])));
    assert_eq!(
        (&live["i18n"]["defaultLocale"], &live["i18n"]["locales"], &live["i18n"]["detect"]),
        (&json!("de"), &json!(["de", "en"]), &json!(["cookie:lang", "accept-language"]))
    );
    assert!(live["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "PUBLIC_ROUTED_FUNCTION"));
    // The same code has the same hash in another release, other code another one.
    node.site(json!({ "i18n": null }));
    let next = show(&node, &json!("active"));
    assert_eq!((&next["functions"][0]["code_hash"], &next["i18n"]), (&function["code_hash"], &Value::Null));
    node.site(json!({ "functions": { "patch": { "set": { "f": says("other") } } } }));
    assert_ne!(show(&node, &json!("active"))["functions"][0]["code_hash"], function["code_hash"]);
    assert_eq!(show(&node, &first["release_id"])["functions"][0]["code_hash"], function["code_hash"]);
}

/// Every list of a diff, from one release to the next.
#[test]
fn diff_lists() {
    let node = Node::start();
    let one = node.site(spec());
    let two = node.site(json!({
        "site": { "patch": { "put": { "index.html": "new page", "more.txt": "more" }, "delete": ["docs/index.html"] } },
        "functions": { "replace": {
            "f": { "runtime": "node22", "source": { "data": "export default () => new Response('new')" }, "config": { "timeout_seconds": 4, "memory_mb": 64 } },
            "g": function("export default () => new Response('g')"),
        } },
        "routes": { "replace": [to_function_for(&["POST"], "/f/*", "f"), to_function("/g", "g")] },
        "i18n": null,
        "subdomains": { "set": ["store"] },
    }));
    let changes = diff(&node, &one["release_id"], &two["release_id"]);
    assert_eq!((&changes["kind"], &changes["is_noop"]), (&json!("release_diff"), &json!(false)));
    assert_eq!(
        (&changes["from_release_id"], &changes["to_release_id"], &changes["schema_version"]),
        (&one["release_id"], &two["release_id"], &json!("agent-deploy-observability.v1"))
    );
    assert!(changes["summary"].as_str().unwrap().contains("3 files"), "{}", changes["summary"]);
    assert_eq!(changes["migrations"], json!({ "applied_between_releases": [] }));
    let site = &changes["site"];
    let text = "text/plain; charset=utf-8";
    assert_eq!(site["added"], json!([{ "path": "more.txt", "sha256": sha256(b"more"), "content_type": text }]));
    assert_eq!(
        (&site["removed"], &site["totals"]),
        (&json!(["docs/index.html"]), &json!({ "added": 1, "removed": 1, "changed": 1 }))
    );
    assert_eq!(
        (&site["changed"][0]["path"], &site["changed"][0]["sha256_old"], &site["changed"][0]["sha256_new"]),
        (&json!("index.html"), &json!(sha256(b"page")), &json!(sha256(b"new page")))
    );
    has(&site["changed"][0], &["content_type_old", "content_type_new"]);
    assert_eq!((&changes["functions"]["added"], &changes["functions"]["removed"]), (&json!(["g"]), &json!([])));
    let changed = &changes["functions"]["changed"][0];
    assert_eq!(
        (&changed["name"], &changed["fields_changed"]),
        (&json!("f"), &json!(["code_hash", "timeout_seconds", "memory_mb"]))
    );
    assert_eq!(changes["subdomains"], json!({ "added": ["store"], "removed": ["shop"] }));
    assert_eq!(changes["secrets"], json!({ "added": [], "removed": [] }));
    let routes = &changes["routes"];
    assert_eq!((&routes["added"][0]["pattern"], &routes["removed"][0]["pattern"]), (&json!("/g"), &json!("/start")));
    assert_eq!(
        (&routes["changed"][0]["pattern"], &routes["changed"][0]["fields_changed"]),
        (&json!("/f/*"), &json!(["methods"]))
    );
    assert_eq!(routes["changed"][0]["after"]["methods"], json!(["POST"]));
    for (field, release) in [("manifest_sha256_old", &one), ("manifest_sha256_new", &two)] {
        assert_eq!(routes[field], show(&node, &release["release_id"])["routes"]["manifest_sha256"], "{field}");
    }
}

/// The seven numbers over files, and what browsers would keep wrongly.
#[test]
fn diff_static_assets() {
    // Files of earlier releases are not kept reachable here, so their names may come back.
    let node = Node::with("[static]\nsuperseded_hours = 0");
    let one = node.site(
        json!({ "site": files(&[("a.txt", "aaaa"), ("b.txt", "bb"), ("c.txt", "c"), ("k.0123abcd.js", "old")]) }),
    );
    let two = node.site(
        json!({ "site": files(&[("a.txt", "aaaa"), ("copy.txt", "aaaa"), ("b.txt", "new"), ("d.txt", "ddddd")]) }),
    );
    let assets = diff(&node, &one["release_id"], &two["release_id"])["static_assets"].clone();
    let numbers = [
        ("unchanged", 1),
        ("changed", 1),
        ("added", 2),
        ("removed", 2),
        ("newly_uploaded_cas_bytes", 8),
        ("reused_cas_bytes", 4),
        ("deployment_copy_bytes_eliminated", 8),
    ];
    for (field, number) in numbers {
        assert_eq!(assets[field], number, "{field}: {assets}");
    }
    for list in ["legacy_immutable_warnings", "previous_immutable_failures", "cas_authorization_failures"] {
        assert_eq!(assets[list], json!([]), "{list}");
    }
    // A path that browsers keep for a year gets other bytes, two releases later.
    let three = node.site(json!({ "site": files(&[("k.0123abcd.js", "new one")]) }));
    let failures =
        diff(&node, &one["release_id"], &three["release_id"])["static_assets"]["previous_immutable_failures"].clone();
    assert_eq!(
        failures,
        json!([{ "path": "/k.0123abcd.js", "previous_sha256": sha256(b"old"), "candidate_sha256": sha256(b"new one") }])
    );
    let blob = sha256(b"new one");
    fs::remove_file(node.state().join("blobs").join(&blob[..2]).join(&blob)).unwrap();
    let missing = diff(&node, &json!("empty"), &json!("active"))["static_assets"]["cas_authorization_failures"].clone();
    assert_eq!(missing, json!([blob]));
}

/// Which releases can be compared.
#[test]
fn diff_targets() {
    let node = Node::start();
    let one = node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    let two = node.site(json!({ "site": files(&[("a.txt", "b")]) }));
    let three = node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    let id = |release: &Value| release["release_id"].as_str().unwrap().to_owned();
    let whole = diff(&node, &json!("empty"), &json!("active"));
    assert_eq!((&whole["from_release_id"], &whole["to_release_id"]), (&Value::Null, &three["release_id"]));
    assert_eq!(diff(&node, &one["release_id"], &two["release_id"])["is_noop"], false);
    let same = diff(&node, &one["release_id"], &three["release_id"]);
    assert_eq!((&same["is_noop"], &same["summary"]), (&json!(true), &json!("Nothing is different.")));
    for (from, to, code) in [
        ("active", id(&three), "DIFF_SAME_RELEASE"),
        ("empty", "empty".to_owned(), "INVALID_DIFF_TARGET"),
        ("rel_000000000000000000000000", "active".to_owned(), "INVALID_DIFF_TARGET"),
        ("active", "../live".to_owned(), "INVALID_DIFF_TARGET"),
    ] {
        let output = node.cli(&["releases", "diff", "--from", from, "--to", &to, "--project", "site"]);
        let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &envelope["code"]), (Some(1), &json!(code)), "{from} {to}");
    }
    let mut node = node;
    node.kill();
    fs::remove_file(node.state().join("projects/site/live.json")).unwrap();
    node.run();
    for args in [&["releases", "diff", "--from", "empty", "--to", "active"][..], &["releases", "show"]] {
        let output = node.cli(args);
        let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(envelope["code"], "NO_ACTIVE_RELEASE", "{args:?}");
    }
}
