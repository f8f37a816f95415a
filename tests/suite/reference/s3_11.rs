//! Reference 3.11: promote, row by row. `FUNCTION_VERSION_MISMATCH` and `MIGRATIONS_NOT_REVERSIBLE` have no cause here.

use crate::support::http;
use crate::support::node::Node;
use crate::support::spec::{files, mirror, says, to_function};
use serde_json::{Value, json};
use std::fs;

/// One call of the API, as the platform's SDK makes it.
fn promote(node: &Node, id: &str, body: Value) -> (u16, Value) {
    let token = fs::read_to_string(node.state().join("api-token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let path = format!("/apply/v1/releases/{id}/promote");
    let headers = [("authorization", bearer.as_str())];
    let answer = http::request(node.api, "POST", "api.test", &path, &headers, body.to_string().as_bytes());
    (answer.status, answer.json())
}

fn id(applied: &Value) -> &str {
    applied["release_id"].as_str().unwrap()
}

fn of_site() -> Value {
    json!({ "project": "site" })
}

fn with(page: &str) -> Value {
    json!({
        "site": files(&[("index.html", page)]),
        "functions": { "replace": { "f": says(page) } },
        "routes": { "replace": [to_function("/f", "f")] },
    })
}

/// The answer has the platform's fields, and what it says is so.
#[test]
fn effect_is_a_pointer_swap() {
    let node = Node::start();
    let one = node.site(with("one"));
    let mut second = with("two");
    second["site"] = files(&[("index.html", "two"), ("more.txt", "more")]);
    second["functions"]["replace"]["g"] = mirror("g");
    let two = node.site(second);
    let (status, answer) = promote(&node, id(&one), of_site());
    assert_eq!((status, &answer["status"], &answer["release_id"]), (200, &json!("ok"), &one["release_id"]), "{answer}");
    assert_eq!(answer["previous_release_id"], two["release_id"]);
    assert!(answer["operation_id"].as_str().unwrap().starts_with("op_"));
    assert_eq!(
        answer["diff"],
        json!({
            "functions": { "only_in_current": ["g"], "only_in_target": [], "changed": ["f"] },
            "migrations": { "only_in_current": [], "only_in_target": [] },
            "site_paths": { "added_in_current": 1, "removed_in_current": 0 },
        })
    );
    let codes: Vec<&Value> = answer["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("DESTRUCTIVE_FUNCTION_REMOVAL")), "{codes:?}");
    // The fields of an apply are there too.
    assert_eq!((&answer["generation"], &answer["is_noop"]), (&json!(3), &json!(false)));
    // The code comes back with the release: FUNCTION_VERSION_MISMATCH has no cause.
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "one".to_owned()));
    // And forward again.
    assert_eq!(promote(&node, id(&two), of_site()).0, 200);
    assert_eq!((node.get("/").text(), node.get("/more.txt").text()), ("two".to_owned(), "more".to_owned()));
}

/// No project has a release of that id.
#[test]
fn promote_target_not_found() {
    let node = Node::start();
    node.site(with("one"));
    for unknown in ["rel_000000000000000000000000", "..%2flive"] {
        let (status, envelope) = promote(&node, unknown, of_site());
        assert_eq!((status, &envelope["code"]), (404, &json!("PROMOTE_TARGET_NOT_FOUND")), "{unknown}");
    }
    assert_eq!(node.get("/").text(), "one");
}

/// The release is another project's.
#[test]
fn promote_project_mismatch() {
    let node = Node::start();
    node.site(with("one"));
    let other = node.apply(&json!({ "project": "other", "site": files(&[("index.html", "other")]) }));
    let (status, envelope) = promote(&node, id(&other), of_site());
    assert_eq!((status, &envelope["code"]), (409, &json!("PROMOTE_PROJECT_MISMATCH")));
    assert_eq!(node.get("/").text(), "one");
}

/// A release whose document or content is damaged is not ready.
#[test]
fn promote_release_not_ready() {
    let node = Node::start();
    let one = node.site(with("one"));
    let two = node.site(with("two"));
    node.site(with("three"));
    fs::write(node.state().join(format!("projects/site/releases/{}.json", id(&one))), "{").unwrap();
    let blob = crate::support::spec::sha256(b"two");
    fs::remove_file(node.state().join("blobs").join(&blob[..2]).join(&blob)).unwrap();
    for damaged in [&one, &two] {
        let (status, envelope) = promote(&node, id(damaged), of_site());
        assert_eq!((status, &envelope["code"]), (409, &json!("PROMOTE_RELEASE_NOT_READY")), "{envelope}");
        assert_eq!((node.get("/").text(), node.get("/f").text()), ("three".to_owned(), "three".to_owned()));
    }
}

/// The live release is live already.
#[test]
fn promote_no_op() {
    let node = Node::start();
    let one = node.site(with("one"));
    let (status, envelope) = promote(&node, id(&one), of_site());
    assert_eq!((status, &envelope["code"]), (409, &json!("PROMOTE_NO_OP")));
    assert_eq!(envelope["mutation_state"], "not_started");
    let listed: Value = serde_json::from_slice(&node.cli(&["releases", "show"]).stdout).unwrap();
    assert_eq!(listed["release"]["release_generation"], 1);
}

/// Going back to a release without the page or the functions stops until that is allowed.
#[test]
fn promote_warning_requires_ack() {
    let node = Node::start();
    let empty = node.site(json!({ "site": files(&[("a.txt", "a")]) }));
    node.site(with("one"));
    let (status, envelope) = promote(&node, id(&empty), of_site());
    assert_eq!((status, &envelope["code"]), (409, &json!("PROMOTE_WARNING_REQUIRES_ACK")));
    assert_eq!(envelope["details"]["blocking"], json!(["SITE_ENTRYPOINT_REMOVED", "ZERO_FUNCTIONS_AFTER"]));
    assert_eq!(node.get("/").text(), "one");
    for (body, done) in [
        (json!({ "allow_warning_codes": ["ZERO_FUNCTIONS_AFTER"] }), 409),
        (json!({ "allow_warnings": ["ZERO_FUNCTION_AFTER"] }), 400),
        (
            json!({ "allow_warning_codes": ["ZERO_FUNCTIONS_AFTER", "SITE_ENTRYPOINT_REMOVED", "MIGRATIONS_NOT_REVERSIBLE"] }),
            200,
        ),
    ] {
        let mut body = body;
        body["project"] = "site".into();
        let (status, answer) = promote(&node, id(&empty), body);
        assert_eq!(status, done, "{answer}");
    }
    assert_eq!((node.get("/").status, node.get("/a.txt").text()), (404, "a".to_owned()));
    let back = node.cli(&["releases", "--promote", id(&empty), "--allow-warning", "ZERO_FUNCTIONS_AFTR"]);
    assert!(String::from_utf8_lossy(&back.stderr).contains("ZERO_FUNCTIONS_AFTER"), "the nearest code is told");
}
