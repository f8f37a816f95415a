//! What stops a release until it is meant, and what a release would do before it does: `--allow-warning`, `--dry-run`.

use crate::support::dev::Dev;
use crate::support::http;
use crate::support::node::Node;
use crate::support::spec::{files, function, mirror, says, sha256, to_function, to_function_for};
use serde_json::{Value, json};
use std::fs;

fn api(node: &Node, body: &Value) -> (u16, Value) {
    let token = fs::read_to_string(node.state().join("api-token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let headers = [("authorization", bearer.as_str())];
    let answer = http::request(node.api, "POST", "api.test", "/apply/v1/apply", &headers, body.to_string().as_bytes());
    (answer.status, answer.json())
}

/// A release with a page and a function, and a spec that takes both away.
fn node_with_something_to_lose() -> (Node, Value) {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "page"), ("a.txt", "a")]),
        "functions": { "replace": { "f": says("f") } },
        "routes": { "replace": [to_function("/f", "f")] },
    }));
    let spec = json!({ "project": "site", "base": { "release": "empty" }, "site": files(&[("a.txt", "a")]) });
    (node, spec)
}

fn dry_run(node: &Node, spec: &Value, more: &[&str]) -> Value {
    let output = node.try_apply_with(spec, &[&["--dry-run"], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The names of all files of the state folder, but for the log of changes to their times.
fn kept(node: &Node) -> Vec<String> {
    let output = std::process::Command::new("find").arg(node.state()).args(["-type", "f"]).output().unwrap();
    let mut names: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn a_body_allows_all_warnings_or_some() {
    let blocking = ["SITE_ENTRYPOINT_REMOVED", "ZERO_FUNCTIONS_AFTER"];
    for (allowed, status, code) in [
        (json!({}), 409, "DEPLOY_WARNING_REQUIRES_CONFIRMATION"),
        (json!({ "allow_warnings": false }), 409, "DEPLOY_WARNING_REQUIRES_CONFIRMATION"),
        (json!({ "allow_warnings": [blocking[0]] }), 409, "DEPLOY_WARNING_REQUIRES_CONFIRMATION"),
        (json!({ "allow_warnings": ["SITE_ENTRYPOINT_REMOVE"] }), 400, "BAD_FIELD"),
        (json!({ "allow_warnings": "all" }), 400, "BAD_FIELD"),
        (json!({ "allow_warning_codes": ["NO_SUCH_CODE"] }), 400, "BAD_FIELD"),
        (json!({ "allow_warnings": true }), 200, ""),
        (json!({ "allow_warnings": blocking }), 200, ""),
        (json!({ "allow_warning_codes": blocking }), 200, ""),
    ] {
        let (node, spec) = node_with_something_to_lose();
        let mut body = allowed.clone();
        body["spec"] = spec;
        let (found, answer) = api(&node, &body);
        assert_eq!((found, answer["code"].as_str().unwrap_or_default()), (status, code), "{allowed}: {answer}");
        let page = if status == 200 { 404 } else { 200 };
        assert_eq!(node.get("/").status, page, "{allowed}");
        if code == "BAD_FIELD" && allowed["allow_warnings"].is_array() {
            assert_eq!(answer["details"]["did_you_mean"], "SITE_ENTRYPOINT_REMOVED");
        }
        if status == 409 {
            assert_eq!(answer["mutation_state"], "not_started");
            let listed: Vec<&Value> =
                answer["details"]["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
            assert!(listed.contains(&&json!("DESTRUCTIVE_FUNCTION_REMOVAL")), "all of them are listed: {listed:?}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_before_what_may_not_be_meant() {
    let (node, mut spec) = node_with_something_to_lose();
    spec["functions"] = json!({ "replace": { "broken": function("export default (") } });
    assert_eq!(node.refused(&spec)["code"], "FUNCTION_BUILD_FAILED");
    assert_eq!(node.get("/f").text(), "f");
}

#[test]
fn a_dry_run_says_what_would_happen_and_keeps_nothing() {
    let (node, mut spec) = node_with_something_to_lose();
    spec["functions"] = json!({ "replace": { "g": mirror("new function") } });
    spec["routes"] = json!({ "replace": [to_function("/g", "g")] });
    spec["site"] = files(&[("new.txt", "new text"), ("_redirects", "/old /new.txt 301\n")]);
    let before = kept(&node);
    let dry = dry_run(&node, &spec, &[]);
    assert_eq!((&dry["dry_run"], &dry["release_id"], &dry["is_noop"]), (&json!(true), &Value::Null, &json!(false)));
    assert_eq!(dry["blocking"], json!(["SITE_ENTRYPOINT_REMOVED"]));
    assert_eq!(dry_run(&node, &spec, &["--allow-warnings"])["blocking"], json!([]));
    let diff = &dry["diff"];
    assert_eq!((&diff["to_release_id"], &diff["functions"]["added"]), (&Value::Null, &json!(["g"])));
    assert_eq!(
        (&diff["functions"]["removed"], &diff["site"]["removed"]),
        (&json!(["f"]), &json!(["a.txt", "index.html"]))
    );
    assert_eq!(diff["static_assets"]["cas_authorization_failures"], json!([]));
    let codes: Vec<&Value> = dry["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("PUBLIC_ROUTED_FUNCTION")), "{codes:?}");
    assert_eq!(kept(&node), before);
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("page".to_owned(), "f".to_owned()));
    // The real one does what was said, with the same digest.
    let done = node.apply(&spec);
    assert_eq!(done["digest"], dry["digest"]);
    assert!(node.state().join("blobs").join(&sha256(b"new text")[..2]).join(sha256(b"new text")).exists());
    assert_eq!(dry_run(&node, &spec, &[])["is_noop"], true);
}

#[test]
fn a_dry_run_fails_where_the_apply_would() {
    let (node, spec) = node_with_something_to_lose();
    node.apply(&json!({ "project": "other", "site": files(&[("b.txt", "b")]), "subdomains": { "set": ["store"] } }));
    let mut broken = spec.clone();
    broken["functions"] = json!({ "replace": { "broken": function("export default (") } });
    let mut taken = spec.clone();
    taken["subdomains"] = json!({ "set": ["store"] });
    let mut secret = spec.clone();
    secret["secrets"] = json!({ "require": ["KEY"] });
    let mut absent = spec.clone();
    absent["site"] = json!({ "replace": { "x.txt": { "sha256": sha256(b"never seen"), "size": 10 } } });
    let mut rules = spec;
    rules["site"] = files(&[("_redirects", "what is this\n")]);
    for (spec, code) in [
        (broken, "FUNCTION_BUILD_FAILED"),
        (taken, "HOST_ALREADY_BOUND"),
        (secret, "MISSING_REQUIRED_SECRET"),
        (absent, "CONTENT_DIGEST_MISSING"),
        (rules, "INVALID_SPEC"),
    ] {
        let output = node.try_apply_with(&spec, &["--dry-run"]);
        let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &envelope["code"]), (Some(1), &json!(code)), "{envelope}");
    }
    assert_eq!(node.get("/").text(), "page");
}

/// A developer saves and looks: each change is told what it warns of, and none is stopped.
#[test]
fn portico_dev_stops_for_no_warning() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = |routes: Value| {
        let spec = json!({
            "project": "shop",
            "site": files(&[("index.html", "page")]),
            "functions": { "replace": { "api": says("api") } },
            "routes": { "replace": routes },
        });
        fs::write(folder.path().join("portico.json"), spec.to_string()).unwrap();
    };
    manifest(json!([]));
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    manifest(json!([to_function_for(&["GET"], "/api/*", "api")]));
    let second = dev.wait_for_release(2);
    let codes: Vec<&Value> = second["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("WILDCARD_ROUTE_EXCLUDES_MUTATION_METHODS")), "{second}");
    assert_eq!(dev.get("/api/x").text(), "api");
    // What comes after it does not say again what it did not bring.
    fs::write(
        folder.path().join("portico.json"),
        json!({ "project": "shop", "site": files(&[("a.txt", "a")]) }).to_string(),
    )
    .unwrap();
    let third = dev.wait_for_release(3);
    let codes: Vec<&Value> = third["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("SITE_ENTRYPOINT_REMOVED")), "{third}");
    assert!(!codes.contains(&&json!("PUBLIC_ROUTED_FUNCTION")), "{third}");
}
