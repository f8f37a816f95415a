//! API keys: made once, shown once, and good for no more than they say.

use crate::support::functions::functions;
use crate::support::http::{self, Response};
use crate::support::node::Node;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A node whose projects `site` and `other` have functions that say where they are.
fn node() -> Node {
    let node = Node::start();
    for project in ["site", "other"] {
        let source = "export default (req) => new Response(process.env.RUN402_PROJECT_ID);";
        let mut spec = functions(&[("f", source), ("g", source)]);
        spec["project"] = project.into();
        node.apply(&spec);
    }
    node
}

fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn create(node: &Node, project: &str, more: &[&str]) -> Value {
    done(&node.cli(&[&["keys", "create", "--project", project], more].concat()))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

fn call(node: &Node, key: &str, function: &str) -> Response {
    http::request(node.api, "POST", "api.test", &format!("/functions/v1/{function}"), &[("apikey", key)], b"")
}

/// Refused, and in the one way that every bad key is.
fn refused(node: &Node, key: &str) {
    let answer = call(node, key, "f");
    assert_eq!((answer.status, answer.code().as_str()), (401, "API_KEY_REQUIRED"), "{key}");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let mut envelope = answer.json();
    for name in ["request_id", "trace_id"] {
        envelope[name] = Value::Null;
    }
    let mut unknown = call(node, &format!("portico_anon_{}_{}", "0".repeat(16), "A".repeat(43)), "f").json();
    for name in ["request_id", "trace_id"] {
        unknown[name] = Value::Null;
    }
    assert_eq!(envelope, unknown, "{key}");
}

#[test]
fn a_key_is_for_one_project() {
    let mut node = node();
    let site = create(&node, "site", &["--kind", "anon", "--name", "website"]);
    let other = create(&node, "other", &["--kind", "service"]);
    assert_eq!((text(&site, "kind"), text(&site, "name")), ("anon", "website"));
    assert_eq!(site["scopes"], json!(["functions:invoke"]));
    for _ in 0..2 {
        assert_eq!(call(&node, text(&site, "key"), "f").text(), "site");
        assert_eq!(call(&node, text(&other, "key"), "f").text(), "other");
        node.restart();
    }
    // Ids belong to their projects as well.
    for command in ["revoke", "rotate"] {
        let output = node.cli(&["keys", command, text(&other, "id"), "--project", "site"]);
        assert_eq!(serde_json::from_slice::<Value>(&output.stderr).unwrap()["code"], "KEY_NOT_FOUND");
    }
    assert_eq!(call(&node, text(&other, "key"), "f").status, 200);
}

#[test]
fn a_key_that_is_not_whole_is_none() {
    let node = node();
    let key = create(&node, "site", &["--kind", "anon"]);
    let key = text(&key, "key");
    let service = create(&node, "site", &["--kind", "service"]);
    let service = text(&service, "key");
    let cut = key.len() - 43;
    let mixed = format!("{}{}", &key[..cut], &service[service.len() - 43..]);
    for wrong in [
        "",
        "x",
        "portico_",
        &key[..key.len() - 1],
        &key[1..],
        &key[..cut],
        &format!("{key}x"),
        &key.replace("_anon_", "_service_"),
        &service.replace("_service_", "_anon_"),
        &mixed,
        &key.to_uppercase(),
        &format!("Bearer {key}"),
        &format!("{key},{key}"),
        &"A".repeat(8_000),
        // The node's own token opens the API, not a project's functions.
        fs::read_to_string(node.state().join("api-token")).unwrap().trim(),
    ] {
        refused(&node, wrong);
    }
    assert_eq!(call(&node, key, "f").status, 200);
}

#[test]
fn a_revoked_key_is_as_if_it_had_never_been() {
    let mut node = node();
    let key = create(&node, "site", &["--kind", "anon"]);
    assert_eq!(call(&node, text(&key, "key"), "f").status, 200);
    done(&node.cli(&["keys", "revoke", text(&key, "id"), "--project", "site"]));
    refused(&node, text(&key, "key"));
    node.restart();
    refused(&node, text(&key, "key"));
    assert_eq!(done(&node.cli(&["keys", "list", "--project", "site"]))["keys"], json!([]));
}

#[test]
fn a_rotated_key_has_an_old_secret_for_as_long_as_was_said() {
    let node = node();
    let first = create(&node, "site", &["--kind", "service"]);
    let id = text(&first, "id");
    let rotate = |more: &[&str]| done(&node.cli(&[&["keys", "rotate", id, "--project", "site"], more].concat()));
    let second = rotate(&[]);
    assert!(second["previous_until"].is_string() && text(&second, "id") == id);
    for key in [&first, &second] {
        assert_eq!(call(&node, text(key, "key"), "f").status, 200);
    }
    let third = rotate(&["--grace", "0s"]);
    assert_eq!(third["previous_until"], Value::Null);
    refused(&node, text(&first, "key"));
    refused(&node, text(&second, "key"));
    assert_eq!(call(&node, text(&third, "key"), "f").status, 200);
}

#[test]
fn a_key_ends_by_itself() {
    let node = node();
    let key = create(&node, "site", &["--kind", "anon", "--expires-in", "2s"]);
    let rotated = done(&node.cli(&["keys", "rotate", text(&key, "id"), "--project", "site"]));
    // Another secret does not make it live longer.
    assert_eq!(rotated["expires_at"], key["expires_at"]);
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    refused(&node, text(&key, "key"));
    refused(&node, text(&rotated, "key"));
}

#[test]
fn a_key_may_be_for_some_functions_only() {
    let node = node();
    let key = create(&node, "site", &["--kind", "anon", "--function", "f"]);
    assert_eq!(key["scopes"], json!(["functions:invoke:f"]));
    assert_eq!(call(&node, text(&key, "key"), "f").status, 200);
    // Whether there is such a function is not its business either.
    for function in ["g", "nothing", "F"] {
        let answer = call(&node, text(&key, "key"), function);
        assert_eq!((answer.status, answer.code().as_str()), (403, "API_KEY_FORBIDDEN"), "{function}");
    }
    for scopes in [json!([]), json!(["*"]), json!(["functions:invoke:"]), json!("functions:invoke"), json!([1])] {
        let body = json!({ "kind": "anon", "scopes": scopes }).to_string();
        let answer = node.call("POST", "/keys/v1/site", body.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_FIELD"), "{scopes}");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_key_is_shown_once_and_kept_nowhere() {
    let mut node = Node::with("[log]\nlevel = \"trace\"");
    node.site(functions(&[("f", "export default (req) => { throw new Error('on purpose'); }")]));
    let key = create(&node, "site", &["--kind", "service"]);
    let rotated = done(&node.cli(&["keys", "rotate", text(&key, "id"), "--project", "site"]));
    let secrets = [&key, &rotated].map(|key| text(key, "key")[text(key, "key").len() - 43..].to_owned());
    for key in [&key, &rotated] {
        assert_eq!(call(&node, text(key, "key"), "f").status, 500);
        assert_eq!(call(&node, &format!("{}x", text(key, "key")), "f").status, 401);
    }
    let listed = done(&node.cli(&["keys", "list", "--project", "site"]));
    let fields: Vec<&String> = listed["keys"][0].as_object().unwrap().keys().collect();
    assert!(!fields.iter().any(|name| ["key", "hash", "secret"].contains(&name.as_str())), "{fields:?}");
    assert!(listed["keys"][0]["last_used_at"].is_string(), "{listed}");
    let metrics = node.metrics();
    node.signal("TERM");
    assert_eq!(node.wait(), Some(0));
    for secret in secrets {
        assert!(!listed.to_string().contains(&secret) && !metrics.contains(&secret));
        assert!(!node.log().contains(&secret), "{}", node.log());
        for file in files(&node.state()) {
            let bytes = fs::read(&file).unwrap();
            assert!(!bytes.windows(43).any(|window| window == secret.as_bytes()), "{}", file.display());
        }
    }
    // That it was used is known after a restart.
    node.run();
    assert_eq!(done(&node.cli(&["keys", "list", "--project", "site"])), listed);
}

#[test]
fn keys_that_cannot_be_read_are_not_good() {
    let mut node = node();
    let (site, other) = (create(&node, "site", &["--kind", "anon"]), create(&node, "other", &["--kind", "anon"]));
    let place = |project: &str| node.state().join("vault").join(project).join("api-keys");
    // Put into another project's place, they do not open there.
    let (from, to) = (place("other"), place("site"));
    fs::copy(from, to).unwrap();
    node.restart();
    refused(&node, text(&site, "key"));
    assert_eq!(call(&node, text(&other, "key"), "f").text(), "other");
    let output = node.cli(&["keys", "create", "--project", "site", "--kind", "anon"]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stderr).unwrap()["code"], "STORAGE_UNAVAILABLE");
}

#[test]
fn the_api_of_keys_needs_the_nodes_token() {
    let node = node();
    let key = create(&node, "site", &["--kind", "service"]);
    let bearer = format!("Bearer {}", text(&key, "key"));
    let id = format!("/keys/v1/site/{}", text(&key, "id"));
    for (method, path) in [
        ("GET", "/keys/v1/site"),
        ("POST", "/keys/v1/site"),
        ("DELETE", id.as_str()),
        ("POST", &format!("{id}/rotate")),
        ("GET", "/secrets/v1/site"),
        ("POST", "/apply/v1/apply"),
        ("GET", "/projects/v1"),
        ("GET", "/metrics"),
    ] {
        for fields in [&[][..], &[("authorization", bearer.as_str())], &[("apikey", text(&key, "key"))]] {
            let answer = http::request(node.api, method, "localhost", path, fields, b"{}");
            assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHORIZED"), "{method} {path}");
        }
    }
    assert_eq!(call(&node, text(&key, "key"), "f").status, 200);
}
