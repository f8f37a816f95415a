//! Calls of functions by their name, past what the edge looks at.

use super::node;
use crate::support::auth::PROJECT;
use crate::support::http::{Response, request};
use crate::support::node::Node;

/// An API key of the project.
fn key(node: &Node, more: &[&str]) -> String {
    let made = node.run_cli(&[&["keys", "create", "--kind", "anon", "--project", PROJECT], more].concat());
    made["key"].as_str().unwrap().to_owned()
}

fn call(node: &Node, path: &str, fields: &[(&str, &str)]) -> Response {
    request(node.api, "GET", "localhost", path, fields, b"")
}

#[test]
fn a_path_that_leads_to_another_function() {
    let node = node();
    let key = key(&node, &[]);
    assert_eq!(call(&node, "/functions/v1/open", &[("apikey", &key)]).status, 200);
    for path in [
        "/functions/v1/open/../gated",
        "/functions/v1/open/%2e%2e/gated",
        "/functions/v1/open//x",
        "/functions/v1/open/%2fx",
        "/functions/v1/open/..%2fgated",
    ] {
        let answer = call(&node, path, &[("apikey", &key)]);
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
    }
}

#[test]
fn a_revoked_token_for_a_function_without_a_gate() {
    let node = node();
    let (key, token) = (key(&node, &[]), format!("Bearer {}", node.token("u1")));
    let fields = [("apikey", key.as_str()), ("authorization", token.as_str())];
    assert_eq!(call(&node, "/functions/v1/open", &fields).status, 200);
    drop(node.run_cli(&["auth", "revoke", "--user", "u1", "--project", PROJECT]));
    // The library in a function could not know.
    let answer = call(&node, "/functions/v1/open", &fields);
    assert_eq!((answer.status, answer.code().as_str()), (401, "R402_AUTH_REQUIRED"));
}

#[test]
fn a_key_of_this_node_that_was_revoked_signs_no_more() {
    let node = node();
    let shown = |node: &Node| node.run_cli(&["auth", "show", "--project", PROJECT])["keys"].clone();
    let token = node.token("u1");
    let kid =
        crate::support::tokens::json_of(&crate::support::tokens::parts(&token)[0])["kid"].as_str().unwrap().to_owned();
    drop(node.run_cli(&["auth", "revoke", "--kid", &kid, "--project", PROJECT]));
    super::refused(&node.get_as(&token, "/gated"), "of the revoked key");
    super::passed(&node.get_as(&node.token("u1"), "/gated"), "u1");
    assert!(!shown(&node).is_null());
}

#[test]
fn two_keys_to_the_deploy_api() {
    let node = node();
    let token = std::fs::read_to_string(node.state().join("api-token")).unwrap();
    let good = format!("Bearer {}", token.trim());
    assert_eq!(call(&node, "/projects/v1", &[("authorization", &good)]).status, 200);
    assert_eq!(call(&node, "/projects/v1", &[("authorization", &good), ("authorization", "Bearer x")]).status, 401);
}
