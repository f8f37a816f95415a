//! `portico resolve` says what the edge does (reference 3.9).

use crate::support::node::Node;
use crate::support::spec::{files, mirror, sha256, to_function, to_function_for};
use serde_json::{Value, json};

fn resolve_url(node: &Node, url: &str, method: &str) -> Value {
    let output = node.cli(&["resolve", "--url", url, "--method", method]);
    assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    let envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&envelope["match"], &envelope["diagnostic_status"]),
        (&envelope["resolution"]["match"], &envelope["resolution"]["result"])
    );
    envelope["resolution"].clone()
}

/// What is said of a path of `site.test`, after seeing that the edge answers with the same status.
fn resolve(node: &Node, method: &str, path: &str) -> Value {
    let report = resolve_url(node, &format!("http://site.test{path}"), method);
    let answer = node.send(method, path, &[], b"");
    assert_eq!(report["result"], answer.status, "{method} {path}: {report}");
    if answer.status >= 400 && method != "HEAD" {
        assert_eq!(report["error_code"], answer.code(), "{method} {path}");
    }
    let allow: Vec<&str> = report["allow"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
    assert_eq!(allow.join(", "), answer.header("allow").unwrap_or_default(), "{method} {path}");
    // What the platform's SDK takes as "this would be served" (reference 3.9).
    let would_serve = report["authorized"] == true
        && ["authorized", "not_applicable"].iter().any(|good| report["authorization_result"] == *good)
        && report["result"].as_u64().is_some_and(|result| (200..400).contains(&result));
    assert_eq!(would_serve, answer.status < 400, "{method} {path}: {report}");
    report
}

fn site() -> Value {
    json!({
        "site": files(&[("index.html", "page"), ("docs/index.html", "docs"), ("a.css", "css"), ("app.0123abcd.js", "1")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [
            to_function_for(&["GET", "POST"], "/api/*", "f"),
            to_function_for(&["POST"], "/form", "f"),
            { "pattern": "/style", "methods": ["GET"], "target": { "type": "static", "file": "a.css" } },
        ] },
    })
}

#[test]
fn every_kind_of_match_has_its_literals() {
    let node = Node::start();
    node.site(site());
    for (method, path, matched, result, fallback) in [
        ("GET", "/a.css", "static_exact", 200, "not_used"),
        ("HEAD", "/a.css", "static_exact", 200, "not_used"),
        ("GET", "/", "static_index", 200, "not_used"),
        ("GET", "/docs/", "static_index", 200, "not_used"),
        ("GET", "/docs", "static_index", 200, "not_used"),
        ("GET", "/spa/route", "spa_fallback", 200, "used"),
        ("GET", "/form", "spa_fallback", 200, "used"),
        ("GET", "/api/x", "route_function", 200, "not_used"),
        ("POST", "/form", "route_function", 200, "not_used"),
        ("GET", "/style", "route_static_alias", 200, "not_used"),
        ("DELETE", "/form", "route_method_miss", 405, "method_not_static"),
        ("POST", "/a.css", "route_method_miss", 405, "method_not_static"),
        ("PURGE", "/a.css", "route_method_miss", 405, "method_not_static"),
        ("GET", "/missing.js", "none", 404, "not_eligible"),
        ("POST", "/nowhere", "none", 404, "method_not_static"),
        ("GET", "/a%2fb", "path_error", 400, "path_error"),
        ("GET", "/../a", "path_error", 400, "path_error"),
    ] {
        let report = resolve(&node, method, path);
        assert_eq!(
            (&report["match"], &report["result"]),
            (&json!(matched), &json!(result)),
            "{method} {path}: {report}"
        );
        assert_eq!(report["fallback_state"], fallback, "{method} {path}");
    }
}

#[test]
fn a_file_is_described_as_it_is_sent() {
    let node = Node::start();
    let applied = node.site(site());
    let report = resolve(&node, "GET", "/app.0123abcd.js");
    let sent = node.get("/app.0123abcd.js");
    assert_eq!(
        (&report["hostname"], &report["project_id"], &report["binding_status"]),
        (&json!("site.test"), &json!("site"), &json!("active"))
    );
    assert_eq!(
        (&report["release_id"], &report["release_generation"]),
        (&applied["release_id"], &applied["generation"])
    );
    assert_eq!(
        (&report["normalized_path"], &report["asset_path"]),
        (&json!("/app.0123abcd.js"), &json!("app.0123abcd.js"))
    );
    assert_eq!((&report["reachability_authority"], &report["direct"]), (&json!("implicit_file_path"), &json!(true)));
    assert_eq!(
        (&report["cache_class"], &report["cache_policy"]),
        (&json!("immutable_versioned"), &json!(sent.header("cache-control").unwrap()))
    );
    assert_eq!(report["content_type"], sent.header("content-type").unwrap());
    assert_eq!(report["static_sha256"], sent.header("x-run402-content-sha256").unwrap());
    let object = json!({ "sha256": sha256(b"1"), "exists": true, "expected_size": 1, "actual_size": 1 });
    assert_eq!((&report["cas_object"], &report["authorization_result"]), (&object, &json!("authorized")));
    assert_eq!(
        (&report["response_variant"]["path"], &report["response_variant"]["raw_static_sha256"]),
        (&json!("/app.0123abcd.js"), &json!(sha256(b"1")))
    );
    for field in ["static_manifest_sha256", "route_manifest_sha256"] {
        assert_eq!(report[field].as_str().map(str::len), Some(64), "{field}");
    }
    assert!(report["route"].is_null() && report["target_type"].is_null() && report["error_code"].is_null());

    let alias = resolve(&node, "GET", "/style");
    assert_eq!(
        (&alias["target_type"], &alias["target_file"], &alias["route_pattern"]),
        (&json!("static"), &json!("a.css"), &json!("/style"))
    );
    assert_eq!(
        (&alias["reachability_authority"], &alias["direct"], &alias["asset_path"]),
        (&json!("route_static_alias"), &json!(false), &json!("a.css"))
    );
}

#[test]
fn a_function_is_described_by_its_route() {
    let node = Node::start();
    node.site(site());
    let report = resolve(&node, "POST", "/api/x");
    assert_eq!(
        (&report["target_type"], &report["target_name"], &report["route_pattern"]),
        (&json!("function"), &json!("f"), &json!("/api/*"))
    );
    assert_eq!(
        report["route"],
        json!({ "pattern": "/api/*", "methods": ["GET", "POST"], "target": { "type": "function", "name": "f" } })
    );
    assert_eq!((&report["authorized"], &report["authorization_result"]), (&json!(true), &json!("not_applicable")));
    assert!(report["static_sha256"].is_null() && report["cas_object"].is_null());
}

#[test]
fn a_renderer_is_told_as_the_pattern_it_amounts_to() {
    let node = Node::start();
    let mut renderer = mirror("ssr");
    renderer["class"] = "ssr".into();
    node.site(json!({ "site": files(&[("index.html", "page")]), "functions": { "replace": { "render": renderer } } }));
    let report = resolve(&node, "GET", "/blog/1");
    assert_eq!(
        (&report["match"], &report["target_name"], &report["route_pattern"]),
        (&json!("route_function"), &json!("render"), &json!("/*"))
    );
    assert_eq!(resolve(&node, "GET", "/")["match"], "static_index");
}

#[test]
fn an_upstream_is_named_and_its_address_is_not() {
    let node = Node::with("[upstreams.backend]\naddress = \"127.0.0.1:9\"");
    node.site(json!({ "routes": { "replace": [{ "pattern": "/up/*", "target": { "type": "proxy", "upstream": "backend" } }] } }));
    let report = resolve_url(&node, "http://site.test/up/x", "GET");
    assert_eq!(
        (&report["target_type"], &report["target_name"], &report["result"]),
        (&json!("proxy"), &json!("backend"), &json!(200))
    );
    assert!(!report.to_string().contains("127.0.0.1"));
}

#[test]
fn an_explicit_site_says_who_declared_the_path() {
    let node = Node::start();
    node.site(json!({ "site": { "replace": { "index.html": "page" }, "public_paths": { "mode": "explicit", "replace": { "/home": { "asset": "index.html" } } } } }));
    let home = resolve(&node, "GET", "/home");
    assert_eq!(
        (&home["match"], &home["reachability_authority"], &home["asset_path"]),
        (&json!("static_exact"), &json!("explicit_public_path"), &json!("index.html"))
    );
    let hidden = resolve(&node, "GET", "/index.html");
    assert_eq!(
        (&hidden["match"], &hidden["authorization_result"], &hidden["fallback_state"]),
        (&json!("none"), &json!("not_public"), &json!("not_configured"))
    );
}

#[test]
fn a_site_without_a_root_page_says_that_there_is_none_to_fall_back_to() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    let report = resolve(&node, "GET", "/spa/route");
    assert_eq!(
        (&report["match"], &report["fallback_state"], &report["authorization_result"]),
        (&json!("spa_fallback_missing"), &json!("target_missing"), &json!("target_missing"))
    );
}

#[test]
fn hosts_that_lead_nowhere_are_an_answer() {
    let mut node = Node::start();
    node.site(site());
    let unbound = resolve_url(&node, "http://other.test/", "GET");
    assert_eq!(
        (&unbound["match"], &unbound["result"], &unbound["error_code"]),
        (&json!("host_missing"), &json!(404), &json!("HOST_NOT_CONFIGURED"))
    );
    assert_eq!(
        (&unbound["binding_status"], &unbound["authorized"], &unbound["project_id"]),
        (&json!("unbound"), &json!(false), &Value::Null)
    );
    node.kill();
    std::fs::remove_file(node.state().join("projects/site/live.json")).unwrap();
    node.run();
    let empty = resolve(&node, "GET", "/");
    assert_eq!(
        (&empty["match"], &empty["authorization_result"]),
        (&json!("active_release_missing"), &json!("active_release_missing"))
    );
    assert_eq!(
        (&empty["project_id"], &empty["release_id"], &empty["error_code"]),
        (&json!("site"), &Value::Null, &json!("NO_SITE_DEPLOYED"))
    );
}

#[test]
fn the_question_is_read_as_a_client_would_send_it() {
    let node = Node::start();
    node.site(site());
    let report = resolve_url(&node, "https://SITE.test.:8443/a.css?x=1#top", "get");
    assert_eq!(
        (&report["hostname"], &report["match"], &report["normalized_path"]),
        (&json!("site.test"), &json!("static_exact"), &json!("/a.css"))
    );
    assert_eq!(
        (&report["query_ignored"], &report["fragment_ignored"], &report["method"]),
        (&json!(true), &json!(true), &json!("GET"))
    );
    for bad in ["site.test/", "ftp://site.test/", "http://me:pw@site.test/", "http:///x", "http://a b/"] {
        let output = node.cli(&["resolve", "--url", bad]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{bad}");
        let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(envelope["code"], "BAD_FIELD", "{bad}");
    }
    let method = node.cli(&["resolve", "--url", "http://site.test/", "--method", "GE T"]);
    assert_eq!(method.status.code(), Some(1));
    // Exact and prefix patterns meet at a slash, and both sides agree on which is which.
    node.site(json!({ "routes": { "replace": [to_function("/x/*", "f"), to_function("/x", "f")] } }));
    assert_eq!(resolve(&node, "GET", "/x/")["route_pattern"], "/x");
    assert_eq!(resolve(&node, "GET", "/x/y")["route_pattern"], "/x/*");
}

#[test]
fn what_no_request_can_have_is_refused_in_both() {
    let node = Node::start();
    node.site(site());
    for path in ["/a<b", "/a>b", "/a`b", "/a b"] {
        let sent = node.get(path);
        assert_eq!((sent.status, sent.code().as_str()), (400, "BAD_REQUEST"), "{path}");
        let told = resolve(&node, "GET", path);
        assert_eq!((&told["match"], &told["result"]), (&json!("path_error"), &json!(400)), "{path}");
        assert_eq!(told["error_code"], "BAD_REQUEST", "{path}");
    }
    // Encoded they are characters like any other.
    for path in ["/a%3Cb", "/a%3Eb", "/a%60b", "/a%20b", "/a\"b", "/a{b}", "/a^b|c"] {
        let told = resolve(&node, "GET", path);
        assert_eq!(told["result"], node.get(path).status, "{path}");
    }
}
