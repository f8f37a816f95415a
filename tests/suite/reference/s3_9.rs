//! Reference 3.9: resolve and diagnose, row by row. What the answers agree with on the wire is in `agreement.rs`.
//!
//! Literals without a test have no cause on one node: `unauthorized_cas_object`, `unfinalized_or_deleting_cas_object`,
//! `negative_cache_hit`.

use crate::support::node::Node;
use crate::support::spec::{files, mirror, sha256, to_function_for};
use serde_json::{Value, json};
use std::fs;

fn diagnose(node: &Node, url: &str, method: &str) -> Value {
    let output = node.cli(&["diagnose", url, "--method", method]);
    // A miss is an answer, too.
    assert_eq!(output.status.code(), Some(0), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is expected of a path of `site.test`: match, result, authorization, fallback, category.
fn check(node: &Node, method: &str, path: &str, expected: [&str; 4], result: u16) -> Value {
    let envelope = diagnose(node, &format!("http://site.test{path}"), method);
    let resolution = &envelope["resolution"];
    let found =
        [&envelope["match"], &resolution["authorization_result"], &resolution["fallback_state"], &envelope["category"]];
    assert_eq!(found.map(|value| value.as_str().unwrap_or("null")), expected, "{method} {path}: {envelope}");
    assert_eq!((&envelope["diagnostic_status"], &resolution["result"]), (&json!(result), &json!(result)));
    let served = (200..400).contains(&result);
    assert_eq!((&envelope["would_serve"], &resolution["authorized"]), (&json!(served), &json!(served)), "{path}");
    assert_eq!(node.send(method, path, &[], b"").status, result, "{method} {path} on the wire");
    envelope
}

fn steps(envelope: &Value) -> Vec<&str> {
    envelope["next_steps"].as_array().unwrap().iter().map(|step| step["code"].as_str().unwrap()).collect()
}

fn site() -> Value {
    json!({
        "site": files(&[("index.html", "page"), ("docs/index.html", "docs"), ("a.css", "css")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [
            to_function_for(&["GET", "POST"], "/api/*", "f"),
            to_function_for(&["POST"], "/only-post.txt", "f"),
            { "pattern": "/style", "target": { "type": "static", "file": "a.css" } },
        ] },
    })
}

/// Where the release documents of the project `site` are.
fn document(node: &Node, applied: &Value) -> std::path::PathBuf {
    node.state().join(format!("projects/site/releases/{}.json", applied["release_id"].as_str().unwrap()))
}

fn blob(node: &Node, text: &str) -> std::path::PathBuf {
    let digest = sha256(text.as_bytes());
    node.state().join("blobs").join(&digest[..2]).join(&digest)
}

/// Exactly one of URL and host; absolute, without credentials; query and fragment are ignored and said; exit status.
#[test]
fn request_rules() {
    let node = Node::start();
    node.site(site());
    let said = diagnose(&node, "https://SITE.test:8443/a.css?utm=x&y#hero", "get");
    assert_eq!(
        (&said["request"]["host"], &said["request"]["path"], &said["request"]["method"]),
        (&json!("site.test"), &json!("/a.css"), &json!("GET"))
    );
    assert_eq!(said["request"]["ignored"], json!({ "query": "?utm=x&y", "fragment": "#hero" }));
    let warnings: Vec<&Value> = said["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert_eq!(warnings, ["query_ignored", "fragment_ignored"]);
    assert!(said.get("status").is_none());
    let by_host = node.cli(&["resolve", "--host", "site.test", "--path", "/a.css", "--project", "other"]);
    let by_host: Value = serde_json::from_slice(&by_host.stdout).unwrap();
    assert_eq!((&by_host["match"], &by_host["request"]["ignored"]), (&json!("static_exact"), &json!({})));
    assert_eq!(by_host["warnings"][0]["code"], "other_project");
    for (args, status, code) in [
        (&["resolve"][..], 2, "BAD_USAGE"),
        (&["resolve", "--url", "http://a/", "--host", "a"], 2, "BAD_USAGE"),
        (&["resolve", "--path", "/a"], 2, "BAD_USAGE"),
        (&["diagnose"], 2, "BAD_USAGE"),
        (&["diagnose", "site.test/a"], 1, "BAD_FIELD"),
        (&["diagnose", "ftp://site.test/"], 1, "BAD_FIELD"),
        (&["diagnose", "http://me:pw@site.test/"], 1, "BAD_FIELD"),
        (&["diagnose", "http://site.test/", "--method", "GE T"], 1, "BAD_FIELD"),
        (&["resolve", "--host", "a b"], 1, "BAD_FIELD"),
        (&["resolve", "--host", "site.test", "--path", "a"], 1, "BAD_FIELD"),
        (&["resolve", "--host", "site.test", "--path", "/a?b"], 1, "BAD_FIELD"),
    ] {
        let output = node.cli(args);
        let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &envelope["code"]), (Some(status), &json!(code)), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

/// Every field of the platform's type, in every answer.
#[test]
fn response_fields() {
    let node = Node::start();
    node.site(site());
    let fields = "hostname host_binding_id binding_status project_id channel release_id release_generation \
        route_manifest_sha256 static_manifest_sha256 static_manifest_metadata normalized_path match route asset_path \
        reachability_authority direct static_sha256 content_type cache_class cache_policy authorization_result cas_object \
        response_variant allow route_pattern target_type target_name target_file authorized fallback_state error_code \
        legacy_immutable_risk emergency_fallback result edge_propagation";
    for path in ["/a.css", "/api/x", "/style", "/none.txt", "/a%2fb"] {
        let resolution = diagnose(&node, &format!("http://site.test{path}"), "GET")["resolution"].clone();
        for field in fields.split_whitespace() {
            assert!(resolution.get(field).is_some(), "{path}: {field} is missing");
        }
        assert!(resolution["authorized"].is_boolean() && resolution["result"].is_u64());
        assert!(resolution["match"].is_string() && resolution["fallback_state"].is_string());
        let propagation = &resolution["edge_propagation"];
        assert_eq!(propagation["status"], "settled");
        for field in ["binding", "claimed_at", "kvs_synced_at", "kvs_source", "expected_visible_by", "hint"] {
            assert!(propagation.get(field).is_some(), "{field}");
        }
    }
    let file = diagnose(&node, "http://site.test/docs/", "GET");
    let variant = &file["resolution"]["response_variant"];
    for field in ["kind", "varies_by", "variant_inputs_hash"] {
        assert!(!variant[field].is_null(), "{field}");
    }
    assert_eq!(
        (&variant["hostname"], &variant["path"], &variant["raw_static_sha256"]),
        (&json!("site.test"), &json!("/docs/"), &json!(sha256(b"docs")))
    );
    assert_eq!(
        (&variant["release_id"], &variant["release_generation"]),
        (&file["resolution"]["release_id"], &json!(1))
    );
    let other = diagnose(&node, "http://site.test/docs", "GET")["resolution"]["response_variant"].clone();
    assert_ne!(other["variant_inputs_hash"], variant["variant_inputs_hash"]);
}

/// Files.
#[test]
fn static_exact_static_index_spa_fallback() {
    let node = Node::start();
    node.site(site());
    check(&node, "GET", "/a.css", ["static_exact", "authorized", "not_used", "static"], 200);
    check(&node, "HEAD", "/a.css", ["static_exact", "authorized", "not_used", "static"], 200);
    check(&node, "GET", "/docs/", ["static_index", "authorized", "not_used", "static"], 200);
    let page = check(&node, "GET", "/some/view", ["spa_fallback", "authorized", "used", "static"], 200);
    assert!(steps(&page).is_empty());
    assert_eq!(page["resolution"]["asset_path"], "index.html");
}

/// Routes: a function is authorized, and what that would mean is not applicable.
#[test]
fn route_function_route_static_alias() {
    let node = Node::start();
    node.site(site());
    let function = check(&node, "POST", "/api/x", ["route_function", "not_applicable", "not_used", "route"], 200);
    assert_eq!(
        (&function["resolution"]["target_type"], &function["resolution"]["target_name"]),
        (&json!("function"), &json!("f"))
    );
    let alias = check(&node, "GET", "/style", ["route_static_alias", "authorized", "not_used", "route"], 200);
    assert_eq!(
        (&alias["resolution"]["target_type"], &alias["resolution"]["target_file"]),
        (&json!("static"), &json!("a.css"))
    );
}

/// 405, with the methods that have an answer.
#[test]
fn route_method_miss() {
    let node = Node::start();
    node.site(site());
    for (method, path, allow, code, fallback) in [
        ("DELETE", "/api/x", json!(["GET", "HEAD", "POST"]), "ROUTE_METHOD_NOT_ALLOWED", "method_not_static"),
        ("POST", "/a.css", json!(["GET", "HEAD"]), "method_not_allowed", "method_not_static"),
        ("GET", "/only-post.txt", json!(["POST"]), "ROUTE_METHOD_NOT_ALLOWED", "not_eligible"),
    ] {
        let miss = check(&node, method, path, ["route_method_miss", "not_applicable", fallback, "route_method"], 405);
        assert_eq!((&miss["resolution"]["allow"], &miss["resolution"]["error_code"]), (&allow, &json!(code)), "{path}");
        assert_eq!(steps(&miss), ["check_route_methods", "inspect_route"]);
    }
    node.site(json!({ "base": { "release": "empty" }, "site": files(&[("a.css", "css")]), "functions": { "replace": { "f": mirror("f") } }, "routes": { "replace": [to_function_for(&["POST"], "/only-post.txt", "f")] } }));
    let expected = ["route_method_miss", "not_applicable", "not_configured", "route_method"];
    check(&node, "GET", "/only-post.txt", expected, 405);
}

/// Nothing answers, and no page stands in.
#[test]
fn none() {
    let node = Node::start();
    node.site(site());
    let miss = check(&node, "GET", "/none.txt", ["none", "not_public", "not_eligible", "miss"], 404);
    assert_eq!(steps(&miss), ["check_static_path", "check_spa_fallback"]);
    check(&node, "POST", "/view", ["none", "not_public", "method_not_static", "miss"], 404);
    node.site(json!({ "site": { "public_paths": { "mode": "explicit", "replace": {} } } }));
    check(&node, "GET", "/index.html", ["none", "not_public", "not_configured", "miss"], 404);
}

/// A path that the page of an application would answer, if the site had one.
#[test]
fn spa_fallback_missing() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    let expected = ["spa_fallback_missing", "target_missing", "target_missing", "fallback"];
    assert_eq!(steps(&check(&node, "GET", "/view", expected, 404)), ["restore_spa_fallback"]);
}

/// A path that is refused.
#[test]
fn path_error() {
    let node = Node::start();
    node.site(site());
    for (path, code) in
        [("/a%2fb", "PATH_ENCODED_SEPARATOR"), ("/a/../b", "PATH_DOT_SEGMENT"), ("/_cas/x", "PATH_INTERNAL_NAMESPACE")]
    {
        let refused = check(&node, "GET", path, ["path_error", "path_error", "path_error", "path"], 400);
        assert_eq!(
            (&refused["resolution"]["error_code"], &refused["resolution"]["normalized_path"]),
            (&json!(code), &Value::Null)
        );
        assert_eq!(steps(&refused), ["check_public_path"]);
    }
}

/// A host of no project.
#[test]
fn host_missing() {
    let node = Node::start();
    let miss = diagnose(&node, "http://nowhere.test/", "GET");
    let resolution = &miss["resolution"];
    assert_eq!(
        (&miss["match"], &miss["category"], &miss["would_serve"]),
        (&json!("host_missing"), &json!("host"), &json!(false))
    );
    assert_eq!((&resolution["fallback_state"], &resolution["result"]), (&json!("unavailable"), &json!(404)));
    assert_eq!(steps(&miss), ["check_domain_binding", "check_dns", "check_credentials"]);
}

/// The live release's document is gone or damaged, or of a version that this program does not know.
#[test]
fn manifest_missing_unsupported_manifest_version() {
    let mut node = Node::start();
    let applied = node.site(site());
    let file = document(&node, &applied);
    let whole = fs::read_to_string(&file).unwrap();
    let newer = whole.replace("portico.release.v1", "portico.release.v9");
    assert_ne!(whole, newer);
    let missing = ["manifest_missing", "manifest_missing", "unavailable", "manifest"];
    let unsupported =
        ["unsupported_manifest_version", "unsupported_manifest_version", "unsupported_manifest_version", "manifest"];
    for (text, expected, next) in [
        (None, missing, ["check_active_release", "redeploy_static_site"]),
        (Some("{"), missing, ["check_active_release", "redeploy_static_site"]),
        (
            Some("{\"version\": \"portico.release.v9\", \"more\": 1}"),
            unsupported,
            ["redeploy_static_site", "inspect_release"],
        ),
        (Some(newer.as_str()), unsupported, ["redeploy_static_site", "inspect_release"]),
    ] {
        node.kill();
        match text {
            None => fs::remove_file(&file).unwrap(),
            Some(text) => fs::write(&file, text).unwrap(),
        }
        node.run();
        let outage = check(&node, "GET", "/a.css", expected, 503);
        let resolution = &outage["resolution"];
        assert_eq!(
            (&resolution["error_code"], &resolution["project_id"], &resolution["release_id"]),
            (&json!("STORAGE_UNAVAILABLE"), &json!("site"), &applied["release_id"])
        );
        assert_eq!(node.get("/a.css").code(), "STORAGE_UNAVAILABLE");
        assert_eq!(steps(&outage), next);
    }
    // What is whole again is served again.
    node.kill();
    fs::write(&file, whole).unwrap();
    node.run();
    check(&node, "GET", "/a.css", ["static_exact", "authorized", "not_used", "static"], 200);
}

/// A project without a live release, or with one that cannot be started.
#[test]
fn active_release_missing() {
    let mut node = Node::start();
    node.site(json!({ "site": files(&[("a.css", "css")]), "functions": { "replace": { "f": crate::support::spec::function("export default () => new Response('code')") } } }));
    let expected = ["active_release_missing", "active_release_missing", "active_release_missing", "release"];
    node.kill();
    let code = "export default () => new Response('code')";
    let bytes = fs::read(blob(&node, code)).unwrap();
    fs::remove_file(blob(&node, code)).unwrap();
    node.run();
    let outage = check(&node, "GET", "/a.css", expected, 503);
    assert_eq!(outage["resolution"]["error_code"], "STORAGE_UNAVAILABLE");
    node.kill();
    fs::write(blob(&node, code), bytes).unwrap();
    fs::remove_file(node.state().join("projects/site/live.json")).unwrap();
    node.run();
    let none = check(&node, "GET", "/a.css", expected, 404);
    assert_eq!(
        (&none["resolution"]["error_code"], steps(&none)),
        (&json!("NO_SITE_DEPLOYED"), vec!["check_active_release", "deploy_release"])
    );
}

/// The file is known and its bytes are gone.
#[test]
fn missing_cas_object() {
    let node = Node::start();
    node.site(site());
    fs::remove_file(blob(&node, "css")).unwrap();
    let gone = check(&node, "GET", "/a.css", ["static_exact", "missing_cas_object", "not_used", "cas"], 503);
    assert_eq!(steps(&gone), ["redeploy_static_asset", "inspect_release_asset"]);
    let object = json!({ "sha256": sha256(b"css"), "exists": false, "expected_size": 3, "actual_size": null });
    assert_eq!(gone["resolution"]["cas_object"], object);
}

/// The file is known and its bytes are more or fewer than they were.
#[test]
fn size_mismatch() {
    let node = Node::start();
    node.site(site());
    fs::write(blob(&node, "css"), "cs").unwrap();
    let cut = check(&node, "GET", "/style", ["route_static_alias", "size_mismatch", "not_used", "cas"], 503);
    assert_eq!(steps(&cut), ["redeploy_static_asset", "inspect_cas_object"]);
    assert_eq!(cut["resolution"]["cas_object"]["actual_size"], 2);
}
