//! The deploy API itself: who gets in, and how it says no.

use crate::support::http::{self, Response};
use crate::support::node::Node;
use crate::support::spec::files;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const CALLS: [(&str, &str); 10] = [
    ("POST", "/apply/v1/apply"),
    ("GET", "/apply/v1/releases?project=site"),
    ("GET", "/apply/v1/releases/active?project=site"),
    ("GET", "/apply/v1/releases/diff?project=site&from=empty&to=active"),
    ("POST", "/apply/v1/releases/rel_0/promote"),
    ("GET", "/apply/v1/resolve?url=http://site.test/"),
    ("GET", "/hosts/v1"),
    ("PUT", "/hosts/v1/new.test"),
    ("DELETE", "/hosts/v1/site.test"),
    ("GET", "/projects/v1"),
];

fn token(node: &Node) -> String {
    fs::read_to_string(node.state().join("api-token")).unwrap().trim().to_owned()
}

fn call(node: &Node, method: &str, path: &str, body: &[u8]) -> Response {
    let bearer = format!("Bearer {}", token(node));
    http::request(node.api, method, "api.test", path, &[("authorization", &bearer)], body)
}

/// Failures are the platform's envelope, with the id that the log has.
fn assert_envelope(node: &Node, answer: &Response, status: u16, code: &str) -> Value {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    let id = answer.header("x-run402-request-id").unwrap();
    assert_eq!((&body["request_id"], id.len()), (&json!(id), 28));
    for field in
        ["error", "message", "category", "retryable", "safe_to_retry", "mutation_state", "details", "next_actions"]
    {
        assert!(!body[field].is_null(), "{field}");
    }
    node.wait_for_log(id);
    body
}

#[test]
fn without_the_token_nothing_is_said_or_done() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "page")]) }));
    let token = token(&node);
    let wrong = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer wrong".to_owned(),
        format!("Basic {token}"),
        token.clone(),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {token}x"),
    ];
    for (method, path) in CALLS.iter().copied().chain([("GET", "/nowhere"), ("PATCH", "/hosts/v1")]) {
        let bare = http::request(node.api, method, "api.test", path, &[], b"");
        assert_envelope(&node, &bare, 401, "UNAUTHORIZED");
        assert_eq!(bare.header("www-authenticate"), Some("Bearer"));
        for wrong in &wrong {
            let answer = http::request(node.api, method, "api.test", path, &[("authorization", wrong)], b"{}");
            assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHORIZED"), "{method} {path} {wrong}");
        }
    }
    assert_eq!(node.get("/").text(), "page");
    assert!(!node.log().contains(&token), "the token is in the log");
    // Health is for those who only watch.
    let health = http::request(node.api, "GET", "api.test", "/health", &[], b"");
    assert_eq!((health.status, health.json()), (200, json!({ "status": "ok" })));
}

#[test]
fn the_token_is_its_owners_and_stays_the_same() {
    let mut node = Node::start();
    let file = node.state().join("api-token");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = token(&node);
    assert!(before.len() >= 32, "{} characters", before.len());
    node.kill();
    node.run();
    assert_eq!(token(&node), before);
    assert_ne!(token(&Node::start()), before);
    // One that others may read is refused, not used.
    node.kill();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = crate::support::node::portico()
        .args(["serve", "--config"])
        .arg(node.path().join("portico.toml"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("api-token"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    node.run();
}

#[test]
fn what_cannot_be_understood_is_an_envelope() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "page")]) }));
    for (method, path, body, status, code) in [
        ("GET", "/", "", 404, "NOT_FOUND"),
        ("GET", "/apply/v1/nothing", "", 404, "NOT_FOUND"),
        ("POST", "/apply/v1/apply", "", 400, "BAD_FIELD"),
        ("POST", "/apply/v1/apply", "{", 400, "BAD_FIELD"),
        ("POST", "/apply/v1/apply", "[]", 400, "BAD_FIELD"),
        ("POST", "/apply/v1/apply", "{\"spec\": {}, \"extra\": 1}", 400, "BAD_FIELD"),
        ("POST", "/apply/v1/apply", "{\"spec\": 7}", 400, "INVALID_SPEC"),
        ("POST", "/apply/v1/apply", "{\"spec\": {\"project\": \"site\"}}", 400, "MANIFEST_EMPTY"),
        ("GET", "/apply/v1/releases", "", 400, "BAD_FIELD"),
        ("GET", "/apply/v1/releases?project=site&x=1", "", 400, "BAD_FIELD"),
        ("GET", "/apply/v1/releases?project=none", "", 404, "PROJECT_NOT_FOUND"),
        ("GET", "/apply/v1/releases/rel_000000000000000000000000?project=site", "", 404, "RELEASE_NOT_FOUND"),
        ("GET", "/apply/v1/releases/..%2f..%2flive?project=site", "", 404, "RELEASE_NOT_FOUND"),
        ("GET", "/apply/v1/releases?project=..%2fsite", "", 400, "BAD_FIELD"),
        ("POST", "/apply/v1/releases/rel_0/promote", "{\"project\": \"site\"}", 404, "PROMOTE_TARGET_NOT_FOUND"),
        ("PUT", "/hosts/v1/new.test", "{}", 400, "BAD_FIELD"),
        ("PUT", "/hosts/v1/new.test", "{\"project\": \"none\"}", 404, "PROJECT_NOT_FOUND"),
        ("PUT", "/hosts/v1/not%20a%20host", "{\"project\": \"site\"}", 400, "BAD_FIELD"),
        ("DELETE", "/hosts/v1/new.test", "", 404, "HOST_NOT_FOUND"),
        ("GET", "/apply/v1/releases/active?project=site&site_limit=25001", "", 400, "BAD_FIELD"),
        ("GET", "/apply/v1/releases/diff?project=site&from=empty", "", 400, "BAD_FIELD"),
        ("GET", "/apply/v1/resolve", "", 400, "BAD_FIELD"),
        ("GET", "/apply/v1/resolve?host=a.test&path=x", "", 400, "BAD_FIELD"),
        ("GET", "/apply/v1/resolve?host=a.test&url=http://a.test/", "", 400, "BAD_FIELD"),
    ] {
        let answer = call(&node, method, path, body.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path} {body}");
        assert_envelope(&node, &answer, status, code);
    }
    for (method, path, allow) in
        [("PATCH", "/hosts/v1", "GET"), ("GET", "/apply/v1/apply", "POST"), ("POST", "/health", "GET")]
    {
        let answer = call(&node, method, path, b"{}");
        assert_envelope(&node, &answer, 405, "method_not_allowed");
        assert!(answer.header("allow").is_some_and(|methods| methods.contains(allow)), "{path}");
    }
    assert_eq!(node.get("/").text(), "page");
}

#[test]
fn a_body_over_the_limit_is_refused_by_its_size() {
    let node = Node::start();
    let large = vec![b' '; 65 * 1024];
    assert_envelope(&node, &call(&node, "PUT", "/hosts/v1/new.test", &large), 413, "request_body_too_large");
    // An apply brings content with it and may be larger.
    let spec = json!({ "spec": { "project": "site", "site": files(&[("a.txt", &"a".repeat(200_000))]) } });
    assert_eq!(call(&node, "POST", "/apply/v1/apply", spec.to_string().as_bytes()).status, 200);
}

/// A path means a file of whoever reads it: over the API that would be any file of the node.
#[test]
fn a_spec_over_the_api_names_no_files() {
    let node = Node::start();
    for site in [
        json!({ "replace": { "a.txt": { "path": "/etc/hostname" } } }),
        json!({ "replace": { "__source": "local-dir", "path": "/etc" } }),
    ] {
        let body = json!({ "spec": { "project": "site", "site": site } }).to_string();
        assert_envelope(&node, &call(&node, "POST", "/apply/v1/apply", body.as_bytes()), 400, "INVALID_SPEC");
    }
}

#[test]
fn the_public_listener_has_no_way_to_it() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    let bearer = format!("Bearer {}", token(&node));
    for (method, path) in CALLS {
        let answer = node.send(method, path, &[("authorization", &bearer)], b"");
        assert_eq!((answer.status, answer.code().as_str()), (404, "static_not_found"), "{method} {path}");
    }
}

#[test]
fn calls_answer_with_what_they_did() {
    let node = Node::start();
    let applied = call(
        &node,
        "POST",
        "/apply/v1/apply",
        json!({ "spec": { "site": files(&[("a.txt", "a")]) }, "project": "site" }).to_string().as_bytes(),
    );
    assert_eq!(applied.status, 200);
    let id = applied.json()["release_id"].clone();
    let bound = call(&node, "PUT", "/hosts/v1/site.test", b"{\"project\": \"site\"}");
    assert_eq!(
        (bound.status, bound.json()),
        (200, json!({ "host": "site.test", "project": "site", "source": "custom" }))
    );
    let release = call(&node, "GET", "/apply/v1/releases/active?project=site", b"").json();
    assert_eq!((&release["release_id"], &release["project_id"]), (&id, &json!("site")));
    let raw = call(&node, "GET", "/apply/v1/releases/active?project=site&raw=true", b"").json();
    assert_eq!((&raw["release"]["id"], &raw["release"]["project"]), (&id, &json!("site")));
    let projects = call(&node, "GET", "/projects/v1", b"").json();
    assert_eq!(
        projects["projects"],
        json!([{ "project_id": "site", "release_id": id, "generation": 1, "hosts": ["site.test"] }])
    );
    let resolved = call(&node, "GET", "/apply/v1/resolve?host=site.test&path=/a.txt&method=HEAD", b"").json();
    assert_eq!((&resolved["match"], &resolved["release_id"]), (&json!("static_exact"), &id));
}
