//! Cookies that look like a session, and sessions that others use.

use super::{passed, refused};
use crate::support::auth::{PROJECT, for_users};
use crate::support::http::{Response, request};
use crate::support::node::Node;

const NAME: &str = "__Host-Http-r402_session";

fn node() -> Node {
    let node = Node::start();
    node.site(for_users());
    node
}

fn with(node: &Node, cookie: &str) -> Response {
    node.send("GET", "/gated", &[("cookie", cookie)], b"")
}

/// Id and secret of a session's cookie.
fn parts(cookie: &str) -> (String, String) {
    let value = cookie.strip_prefix(&format!("{NAME}=v1.")).unwrap();
    let (id, secret) = value.split_once('.').unwrap();
    (id.to_owned(), secret.to_owned())
}

#[test]
fn a_session_that_was_made_up() {
    let node = node();
    let (id, secret) = parts(&node.session("u1"));
    let (other_id, other_secret) = parts(&node.session("u2"));
    for value in [
        format!("v1.{id}.{other_secret}"),
        format!("v1.{other_id}.{secret}"),
        format!("v1.{id}.{}", "A".repeat(43)),
        format!("v1.{id}.{}", &secret[..42]),
        format!("v1.{id}.{secret}A"),
        format!("v1.{id}."),
        format!("v1.{id}"),
        format!("v2.{id}.{secret}"),
        format!("{id}.{secret}"),
        format!("v1.{}.{secret}", id.to_lowercase()),
        format!("v1.%27%20OR%201%3D1--.{secret}"),
        format!("v1.' OR '1'='1.{secret}"),
        "v1..".to_owned(),
        "deleted".to_owned(),
        "x".repeat(4000),
    ] {
        refused(&with(&node, &format!("{NAME}={value}")), &value);
    }
    passed(&with(&node, &format!("{NAME}=v1.{id}.{secret}")), "u1");
}

#[test]
fn a_cookie_of_another_name() {
    let node = node();
    let (id, secret) = parts(&node.session("u1"));
    for name in [
        "r402_session",
        "__Host-r402_session",
        "__Secure-Http-r402_session",
        "__host-http-r402_session",
        "x__Host-Http-r402_session",
        "__Host-Http-r402_session2",
        "\u{a0}__Host-Http-r402_session",
        "\u{2003}__Host-Http-r402_session",
    ] {
        refused(&with(&node, &format!("{name}=v1.{id}.{secret}")), name);
    }
}

#[test]
fn two_sessions_at_once() {
    let node = node();
    let (mine, theirs) = (node.session("u1"), node.session("u2"));
    refused(&with(&node, &format!("{mine}; {theirs}")), "one field");
    refused(&node.send("GET", "/gated", &[("cookie", &mine), ("cookie", &theirs)], b""), "two fields");
    refused(&with(&node, &format!("{mine}; {NAME}=")), "one is empty");
    passed(&with(&node, &format!("a=b; {mine}; c=\u{e4}")), "u1");
}

#[test]
fn a_session_of_another_project() {
    let node = node();
    let mut spec = for_users();
    spec["project"] = "other".into();
    node.apply(&spec);
    assert!(node.cli(&["hosts", "bind", "other.test", "--project", "other"]).status.success());
    let cookie = node.session("u1");
    passed(&with(&node, &cookie), "u1");
    refused(&request(node.edge, "GET", "other.test", "/gated", &[("cookie", &cookie)], b""), "another project");
}

#[test]
fn a_session_that_was_ended() {
    let node = node();
    let (one, other, theirs) = (node.session("u1"), node.session("u1"), node.session("u2"));
    passed(&with(&node, &one), "u1");
    drop(node.run_cli(&["sessions", "revoke", &parts(&one).0, "--project", PROJECT]));
    refused(&with(&node, &one), "this one");
    passed(&with(&node, &other), "u1");
    drop(node.run_cli(&["sessions", "revoke", "--user", "u1", "--project", PROJECT]));
    refused(&with(&node, &other), "all of the user");
    passed(&with(&node, &theirs), "u2");
}

#[test]
fn a_session_that_is_over() {
    let node = node();
    let made = node.run_cli(&["sessions", "create", "--user", "u1", "--ttl", "2", "--project", PROJECT]);
    let cookie = made["cookie"].as_str().unwrap();
    passed(&with(&node, cookie), "u1");
    std::thread::sleep(std::time::Duration::from_secs(3));
    refused(&with(&node, cookie), "over");
}

/// A request that changes something, from a page of `origin`.
fn post(node: &Node, cookie: &str, fields: &[(&str, &str)]) -> Response {
    node.send("POST", "/gated", &[&[("cookie", cookie)], fields].concat(), b"a=b")
}

#[track_caller]
fn forbidden(response: &Response, what: &str) {
    assert_eq!((response.status, response.code().as_str()), (403, "R402_AUTH_ORIGIN_MISMATCH"), "{what}");
}

#[test]
fn a_form_on_another_site() {
    let node = node();
    let cookie = node.session("u1");
    passed(&post(&node, &cookie, &[("origin", "http://site.test")]), "u1");
    passed(&post(&node, &cookie, &[("origin", "https://site.test")]), "u1");
    passed(&post(&node, &cookie, &[("referer", "https://site.test/form?x")]), "u1");
    for origin in [
        "https://evil.test",
        "null",
        "",
        "https://site.test.evil.test",
        "https://evil-site.test",
        "https://sub.site.test",
        "https://site.test:8443",
        "site.test",
        "https://site.test@evil.test",
        "https://evil.test/https://site.test",
        "https://site.test/",
        "file://",
        "HTTPS://EVIL.TEST",
        "https://site.test https://evil.test",
    ] {
        forbidden(&post(&node, &cookie, &[("origin", origin)]), origin);
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        forbidden(&node.send(method, "/gated", &[("cookie", &cookie), ("origin", "https://evil.test")], b""), method);
    }
}

#[test]
fn a_request_that_does_not_say_where_it_is_from() {
    let node = node();
    let cookie = node.session("u1");
    forbidden(&post(&node, &cookie, &[]), "nothing");
    forbidden(&post(&node, &cookie, &[("referer", "https://evil.test/https://site.test/")]), "another's referer");
    forbidden(&post(&node, &cookie, &[("origin", "null"), ("referer", "https://site.test/")]), "null is not nothing");
    forbidden(
        &post(&node, &cookie, &[("origin", "https://evil.test"), ("referer", "https://site.test/")]),
        "the origin counts",
    );
    forbidden(
        &post(&node, &cookie, &[("origin", "https://site.test"), ("origin", "https://evil.test")]),
        "two origins",
    );
    forbidden(&post(&node, &cookie, &[("sec-fetch-site", "same-origin")]), "another field");
    // Reading changes nothing.
    passed(&node.send("GET", "/gated", &[("cookie", &cookie), ("origin", "https://evil.test")], b""), "u1");
}

#[test]
fn a_form_on_another_site_for_an_open_function() {
    let node = node();
    let cookie = node.session("u1");
    let told = |fields: &[(&str, &str)]| {
        node.send("POST", "/open", &[&[("cookie", cookie.as_str())], fields].concat(), b"").json()
    };
    assert!(told(&[("origin", "https://site.test")])["actor"].is_string());
    // It runs, as it would for anybody, and is not told of a user.
    assert!(told(&[("origin", "https://evil.test")])["actor"].is_null());
    assert!(told(&[])["token"].is_null());
}

#[test]
fn a_bad_token_beside_a_good_session() {
    let node = node();
    let cookie = node.session("u1");
    refused(
        &node.send("GET", "/gated", &[("cookie", &cookie), ("authorization", "Bearer nonsense")], b""),
        "the token counts",
    );
    // Another scheme is the function's own business.
    passed(&node.send("GET", "/gated", &[("cookie", &cookie), ("authorization", "Basic dTpw")], b""), "u1");
}

#[test]
fn secrets_of_sessions_at_rest() {
    let node = node();
    let (id, secret) = parts(&node.session("u1"));
    passed(&with(&node, &format!("{NAME}=v1.{id}.{secret}")), "u1");
    let listed = node.run_cli(&["sessions", "list", "--project", PROJECT]).to_string();
    assert!(listed.contains(&id) && !listed.contains(&secret), "{listed}");
    assert!(!node.log().contains(&secret));
}

#[test]
fn a_function_that_collects_cookies() {
    let node = Node::start();
    let code = "export default (req) => new Response(req.headers.get('cookie') ?? 'none')";
    node.site(crate::support::functions::functions(&[("f", code)]));
    let cookie = node.session("u1");
    assert_eq!(node.send("GET", "/f", &[("cookie", &cookie)], b"").text(), "none");
    assert_eq!(node.send("GET", "/f", &[("cookie", &format!("a=b; {cookie}; c=d"))], b"").text(), "a=b; c=d");
}

#[test]
fn a_session_of_a_store_that_was_left() {
    let node = node();
    let cookie = node.session("u1");
    passed(&with(&node, &cookie), "u1");
    // Nobody could end it while another store is asked.
    let elsewhere =
        serde_json::json!({ "database": { "url": "postgres://nobody@127.0.0.1:1/x" }, "sessions": "postgres" });
    node.auth(PROJECT, &elsewhere);
    node.auth(PROJECT, &serde_json::json!({}));
    refused(&with(&node, &cookie), "the store before");
}
