//! Ways around a gate.

use super::{node, passed, refused};
use crate::support::auth::{PROJECT, for_users, gated, tells_user};
use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use serde_json::json;

/// Whether the function behind the gate ran: it answers JSON with a member of its own.
fn ran(response: &Response) -> bool {
    response.status == 200 && response.text().contains("\"actor\"")
}

/// One request in these very bytes.
fn raw(node: &Node, request: &str) -> Vec<Response> {
    let mut connection = Connection::open(node.edge);
    connection.write(request.as_bytes()).unwrap();
    let mut answers = Vec::new();
    while let Ok(Some(answer)) = connection.read("GET") {
        let last = answer.header("connection") == Some("close");
        answers.push(answer);
        if last || answers.len() == 2 {
            break;
        }
    }
    answers
}

#[test]
fn other_spellings_of_the_path() {
    let node = node();
    for path in [
        "/gated/",
        "/%67ated",
        "/gate%64",
        "/gated?",
        "/gated?x=/open",
        "/gated;x",
        "/gated%20",
        "/gated.",
        "/GATED",
        "/Gated",
        "/gated%00",
        "//gated",
        "/./gated",
        "/open/../gated",
        "/%2e/gated",
        "/%2fgated",
        "/gated%2f",
        "/gated%2Fbelow",
        "/gated//",
        "\\gated",
        "/gated\\",
        "/gated/.",
        "/gated/..",
        "/gated/below/../..",
        "/\u{ff47}ated",
        "/gated%c0%80",
        "/gated%252f",
        "/gated/%2e%2e/gated",
        "/gated#open",
        "/g%61ted/below",
    ] {
        let answer = node.send("GET", path, &[], b"");
        assert!(!ran(&answer), "{path}: {}", answer.text());
    }
    let token = node.token("u1");
    for path in ["/gated/", "/%67ated", "/gated?x", "/g%61ted/below"] {
        passed(&node.get_as(&token, path), "u1");
    }
}

#[test]
fn other_methods() {
    let node = node();
    for method in ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "TRACE", "PROPFIND", "GATED"] {
        let answer = node.send(method, "/gated", &[], b"");
        assert!(answer.status != 200 && !ran(&answer), "{method}: {} {}", answer.status, answer.text());
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        refused(&node.send(method, "/gated", &[], b""), method);
    }
}

#[test]
fn fields_that_name_another_path_or_method() {
    let node = node();
    for (name, value) in [
        ("x-original-url", "/open"),
        ("x-rewrite-url", "/open"),
        ("x-http-method-override", "OPTIONS"),
        ("x-method-override", "OPTIONS"),
        ("x-forwarded-path", "/open"),
        ("x-forwarded-prefix", "/open"),
        ("x-forwarded-host", "other.test"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 portico"),
        ("x-middleware-subrequest", "middleware"),
        ("x-internal", "1"),
        ("referer", "https://site.test/open"),
        ("origin", "https://site.test"),
    ] {
        refused(&node.send("GET", "/gated", &[(name, value)], b""), name);
    }
}

#[test]
fn the_target_in_its_other_forms() {
    let node = node();
    for target in
        ["http://site.test/gated", "http://SITE.test/gated", "http://site.test:80/gated", "https://site.test/gated"]
    {
        for answer in raw(&node, &format!("GET {target} HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n")) {
            assert!(answer.status >= 400 && !ran(&answer), "{target}");
        }
    }
    for answer in raw(&node, "GET http://site.test/open HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n") {
        assert!(answer.status >= 400 || answer.json()["user"].is_null());
    }
}

#[test]
fn a_request_hidden_in_another() {
    let node = node();
    let hidden = "GET /gated HTTP/1.1\r\nHost: site.test\r\n\r\n";
    for framing in [
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Content-Length: 5\r\nContent-Length: 0",
    ] {
        let request = format!("POST /open HTTP/1.1\r\nHost: site.test\r\n{framing}\r\n\r\n0\r\n\r\n{hidden}");
        assert!(raw(&node, &request).iter().all(|answer| !ran(answer) || answer.json()["user"].is_null()), "{framing}");
    }
    // What follows on the connection of somebody who passed is asked anew.
    let token = node.token("u1");
    let request = format!("GET /gated HTTP/1.1\r\nHost: site.test\r\nAuthorization: Bearer {token}\r\n\r\n{hidden}");
    let answers = raw(&node, &request);
    passed(&answers[0], "u1");
    refused(&answers[1], "the next request of the connection");
}

#[test]
fn another_way_to_the_same_function() {
    let node = Node::start();
    let mut spec = for_users();
    spec["functions"]["replace"]["gated"]["class"] = "ssr".into();
    spec["routes"]["replace"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "pattern": "/also", "target": { "type": "function", "name": "gated" } }));
    spec["site"]["replace"]["_redirects"] = "/rewritten /gated 200\n/forced /gated 200!\n".into();
    node.site(spec);
    for path in ["/gated", "/also", "/rewritten", "/forced", "/nothing-here", "/deep/er", "/.well-known/x"] {
        refused(&node.get(path), path);
    }
    assert_eq!(node.get("/").text(), "home");
    passed(&node.get_as(&node.token("u1"), "/nothing-here"), "u1");
}

#[test]
fn a_file_in_place_of_the_function() {
    let node = Node::start();
    let mut spec = for_users();
    spec["site"]["replace"]["gated"] = "a file of that name".into();
    spec["site"]["replace"]["gated.html"] = "a page of that name".into();
    spec["site"]["replace"]["gated/index.html"] = "a folder of that name".into();
    spec["site"]["replace"].as_object_mut().unwrap().remove("gated");
    node.site(spec);
    refused(&node.get("/gated"), "the route is before files");
    refused(&node.get("/gated/index.html"), "and so is what is below it");
}

#[test]
fn a_gate_that_a_patch_left_out() {
    let node = node();
    let mut changed = tells_user();
    changed["source"]["data"] = "export default () => new Response('changed')".into();
    node.apply(&json!({ "project": PROJECT, "functions": { "patch": { "set": { "gated": changed } } } }));
    refused(&node.get("/gated"), "what is left out stays");
    assert_eq!(node.get_as(&node.token("u1"), "/gated").text(), "changed");
    node.apply(
        &json!({ "project": PROJECT, "functions": { "patch": { "set": { "gated": { "requireAuth": false } } } } }),
    );
    assert_eq!(node.get("/gated").text(), "changed");
    node.apply(
        &json!({ "project": PROJECT, "functions": { "patch": { "set": { "gated": { "requireAuth": true } } } } }),
    );
    refused(&node.get("/gated"), "and comes back at once");
}

#[test]
fn a_role_gate_without_a_database() {
    let node = Node::start();
    let mut spec = gated(&crate::support::auth::role_gate(&json!({})));
    spec["project"] = PROJECT.into();
    let refused = node.refused(&spec);
    assert_eq!(
        (refused["code"].as_str(), refused["details"]["table"].as_str()),
        (Some("DEPLOY_INVALID_ROLE_GATE"), Some("members"))
    );
}

#[test]
fn a_sign_in_page_that_is_elsewhere() {
    let node = Node::start();
    for path in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "\\/evil.test",
        "javascript:alert(1)",
        "login",
        "",
        "/a\r\nset-cookie: a=b",
    ] {
        let mut spec = gated(&crate::support::auth::role_gate(&json!({ "onDeny": "redirect", "signInPath": path })));
        spec["project"] = PROJECT.into();
        let refused = node.refused(&spec);
        assert_eq!(refused["code"], "INVALID_SPEC", "{path}");
        assert!(refused["details"]["path"].as_str().unwrap().ends_with("signInPath"), "{refused}");
    }
}

#[test]
fn tables_that_are_more_than_a_name() {
    let node = Node::start();
    for table in [
        "public.members",
        "members; DROP TABLE members",
        "members\"--",
        "pg_catalog.pg_user",
        "(SELECT 1)",
        "",
        "1members",
        "mémbers",
    ] {
        let mut spec = gated(&crate::support::auth::role_gate(&json!({ "table": table })));
        spec["project"] = PROJECT.into();
        assert_eq!(node.refused(&spec)["code"], "INVALID_SPEC", "{table}");
    }
}

#[test]
fn a_body_before_the_answer() {
    let node = node();
    // The client says that it will send a lot, and waits: it is told that it need not.
    let mut connection = Connection::open(node.edge);
    connection
        .write(b"POST /gated HTTP/1.1\r\nHost: site.test\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    let answer = connection.read("POST").unwrap().unwrap();
    refused(&answer, "before the body");
}

#[test]
fn what_the_refusal_tells() {
    let node = node();
    let secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canarycanarycanary";
    let answer = node.get_as(secret, "/gated");
    refused(&answer, "a bad token");
    let text = answer.text();
    assert!(!text.contains("canary") && !text.contains("signature") && !text.contains("kid"), "{text}");
    // The log has the reason, and not the token.
    let id = answer.header("x-run402-request-id").unwrap();
    node.wait_for_log(id);
    let line = node.log().lines().find(|line| line.contains(id)).unwrap().to_owned();
    assert!(line.contains("R402_AUTH_REQUIRED") && !node.log().contains("canarycanary"), "{line}");
}

#[test]
fn a_function_that_does_not_load_with_new_settings() {
    let node = Node::start();
    let settings = |role: &str, secret: &str| json!({ "roles": { "u1": role }, "jwt_secret": secret });
    let good = "a-good-secret-of-the-tests-of-more-than-32-bytes";
    node.auth(PROJECT, &settings("admin", good));
    let mut spec = gated(&crate::support::auth::role_gate(&json!({ "cacheTtl": 600 })));
    let picky = "if (process.env.RUN402_JWT_SECRET.startsWith('bad')) throw new Error('no'); export default () => new Response('x')";
    spec["functions"]["replace"]["picky"] = json!({ "runtime": "node22", "source": { "data": picky } });
    node.site(spec);
    let cookie = node.session("u1");
    let ask = || node.send("GET", "/gated", &[("cookie", &cookie)], b"");
    assert_eq!(ask().status, 200);
    let bad = "bad-secret-of-the-tests-which-has-more-than-32-bytes";
    assert!(!node.try_auth(PROJECT, &settings("nobody", bad)).status.success());
    // What the settings say of roles counts, whatever becomes of the function.
    assert_eq!((ask().status, ask().code().as_str()), (403, "ROLE_FORBIDDEN"));
}
