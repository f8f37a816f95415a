//! Which project a host leads to.

use crate::support::http::{self, Connection, Response};
use crate::support::node::Node;
use crate::support::spec::{files, mirror};
use serde_json::{Value, json};

fn page(text: &str, project: &str) -> Value {
    json!({ "project": project, "site": files(&[("index.html", text)]) })
}

fn ask(node: &Node, host: &str) -> Response {
    http::request(node.edge, "GET", host, "/", &[], b"")
}

/// A command that must work; its JSON.
fn done(node: &Node, args: &[&str]) -> Value {
    let output = node.cli(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The code of a command that must fail.
fn fails(node: &Node, args: &[&str]) -> Value {
    let output = node.cli(args);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{args:?}");
    serde_json::from_slice::<Value>(&output.stderr).unwrap()["code"].clone()
}

#[test]
fn a_host_is_unknown_until_it_is_bound_and_again_when_it_is_not() {
    let node = Node::start();
    node.apply(&page("one", "one"));
    let unknown = ask(&node, "one.test");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "HOST_NOT_CONFIGURED"));
    assert_eq!(unknown.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(
        (unknown.json()["category"].as_str(), unknown.header("x-run402-edge")),
        (Some("host"), Some("kvs-miss"))
    );

    done(&node, &["hosts", "bind", "one.test", "--project", "one"]);
    assert_eq!(ask(&node, "one.test").text(), "one");
    assert_eq!(ask(&node, "www.one.test").status, 404);
    // Binding it again says nothing new.
    done(&node, &["hosts", "bind", "one.test", "--project", "one"]);
    let listed = done(&node, &["hosts", "list"]);
    assert_eq!(listed["hosts"], json!([{ "host": "one.test", "project": "one", "source": "custom" }]));

    done(&node, &["hosts", "unbind", "one.test"]);
    assert_eq!(ask(&node, "one.test").code(), "HOST_NOT_CONFIGURED");
    assert_eq!(done(&node, &["hosts", "list"])["hosts"], json!([]));
    assert_eq!(fails(&node, &["hosts", "unbind", "one.test"]), "HOST_NOT_FOUND");
}

/// A connection that was kept open is not tied to what its host led to.
#[test]
fn one_connection_may_ask_for_many_hosts() {
    let node = Node::start();
    node.apply(&page("one", "one"));
    node.apply(&page("two", "two"));
    done(&node, &["hosts", "bind", "one.test", "--project", "one"]);
    done(&node, &["hosts", "bind", "two.test", "--project", "two"]);
    let mut connection = Connection::open(node.edge);
    for (host, text) in [("one.test", "one"), ("two.test", "two"), ("one.test", "one")] {
        assert_eq!(connection.request("GET", host, "/", &[], b"").unwrap().text(), text);
    }
    done(&node, &["hosts", "unbind", "two.test"]);
    assert_eq!(connection.request("GET", "two.test", "/", &[], b"").unwrap().code(), "HOST_NOT_CONFIGURED");
    assert_eq!(connection.request("GET", "one.test", "/", &[], b"").unwrap().text(), "one");
}

#[test]
fn a_host_has_one_spelling() {
    let node = Node::start();
    node.apply(&page("one", "one"));
    done(&node, &["hosts", "bind", "One.Test.", "--project", "one"]);
    assert_eq!(done(&node, &["hosts", "list"])["hosts"][0]["host"], "one.test");
    for host in ["one.test", "ONE.test", "one.test.", "one.test:80", "One.Test.:8080", "one.test:"] {
        assert_eq!(ask(&node, host).text(), "one", "{host}");
    }
    for host in
        ["one.test:80:80", "one..test", "one.test:port", "", "one test", "one.test/", "ön.test", "one.test,two.test"]
    {
        let refused = ask(&node, host);
        assert_eq!((refused.status, refused.code().as_str()), (400, "BAD_REQUEST"), "{host}");
    }
    done(&node, &["hosts", "unbind", "ONE.TEST"]);
    assert_eq!(ask(&node, "one.test").code(), "HOST_NOT_CONFIGURED");
}

#[test]
fn a_host_has_one_owner() {
    let node = Node::start();
    node.apply(&page("one", "one"));
    node.apply(&page("two", "two"));
    done(&node, &["hosts", "bind", "one.test", "--project", "one"]);
    assert_eq!(fails(&node, &["hosts", "bind", "one.test", "--project", "two"]), "HOST_ALREADY_BOUND");
    assert_eq!(fails(&node, &["hosts", "bind", "ONE.test.", "--project", "two"]), "HOST_ALREADY_BOUND");
    assert_eq!(ask(&node, "one.test").text(), "one");
    assert_eq!(fails(&node, &["hosts", "bind", "two.test", "--project", "misspelt"]), "PROJECT_NOT_FOUND");
    assert_eq!(ask(&node, "two.test").code(), "HOST_NOT_CONFIGURED");
    for bad in ["not a host", "a..b", "-a.test", "a/b", "*.test", "a?b"] {
        let output = node.cli(&["hosts", "bind", bad, "--project", "one"]);
        assert_eq!(output.status.code(), Some(if bad.starts_with('-') { 2 } else { 1 }), "{bad}");
    }
    assert_eq!(done(&node, &["hosts", "list"])["hosts"].as_array().unwrap().len(), 1);
}

#[test]
fn a_release_claims_a_subdomain_of_the_nodes_domain() {
    let node = Node::with("domain = \"apps.test\"");
    let with = |text: &str, project: &str, subdomains: Value| {
        let mut spec = page(text, project);
        spec["subdomains"] = subdomains;
        spec
    };
    let applied = node.apply(&with("one", "one", json!({ "set": ["shop"] })));
    assert_eq!(applied["urls"], json!([format!("http://shop.apps.test:{}", node.edge.port())]));
    assert_eq!(ask(&node, "Shop.Apps.Test").text(), "one");
    assert_eq!(
        done(&node, &["hosts", "list"])["hosts"],
        json!([{ "host": "shop.apps.test", "project": "one", "source": "subdomain" }])
    );

    // One name, one owner: by a release as by an operator.
    assert_eq!(node.refused(&with("two", "two", json!({ "set": ["shop"] })))["code"], "HOST_ALREADY_BOUND");
    node.apply(&page("two", "two"));
    assert_eq!(fails(&node, &["hosts", "bind", "shop.apps.test", "--project", "two"]), "HOST_ALREADY_BOUND");
    done(&node, &["hosts", "bind", "taken.apps.test", "--project", "two"]);
    assert_eq!(node.refused(&with("x", "one", json!({ "add": ["taken"] })))["code"], "HOST_ALREADY_BOUND");
    assert_eq!(
        (ask(&node, "shop.apps.test").text(), ask(&node, "taken.apps.test").text()),
        ("one".to_owned(), "two".to_owned())
    );

    // Kept when a release does not mention it, moved when it does.
    node.apply(&page("one again", "one"));
    assert_eq!(ask(&node, "shop.apps.test").text(), "one again");
    node.apply(&json!({ "project": "one", "subdomains": { "add": ["store"], "remove": ["shop"] } }));
    assert_eq!(
        (ask(&node, "store.apps.test").text(), ask(&node, "shop.apps.test").code()),
        ("one again".to_owned(), "SUBDOMAIN_NOT_CONFIGURED".to_owned())
    );
    node.apply(&with("two", "two", json!({ "set": ["shop"] })));
    assert_eq!(ask(&node, "shop.apps.test").text(), "two");
    node.apply(&json!({ "project": "two", "subdomains": { "set": [] } }));
    assert_eq!(ask(&node, "shop.apps.test").code(), "SUBDOMAIN_NOT_CONFIGURED");
    assert_eq!(ask(&node, "apps.test").code(), "HOST_NOT_CONFIGURED");
}

/// The first release of a project is made before its host can be bound, but an older one may be all that is left of it.
#[test]
fn a_bound_host_without_a_release_says_so() {
    let mut node = Node::start();
    node.apply(&page("one", "one"));
    done(&node, &["hosts", "bind", "one.test", "--project", "one"]);
    node.kill();
    std::fs::remove_file(node.state().join("projects/one/live.json")).unwrap();
    node.run();
    let nothing = ask(&node, "one.test");
    assert_eq!((nothing.status, nothing.code().as_str()), (404, "NO_SITE_DEPLOYED"));
    node.apply(&page("one", "one"));
    assert_eq!(ask(&node, "one.test").text(), "one");
}

#[test]
fn a_function_is_told_the_host() {
    let node = Node::start();
    let mut renderer = mirror("f");
    renderer["class"] = "ssr".into();
    node.apply(&json!({ "project": "one", "functions": { "replace": { "f": renderer } } }));
    done(&node, &["hosts", "bind", "one.test", "--project", "one"]);
    let forged = [
        ("x-run402-host", "evil.test"),
        ("x-run402-project-id", "evil"),
        ("x-forwarded-host", "evil.test"),
        ("x-run402-user-id", "root"),
    ];
    let seen = http::request(node.edge, "GET", "ONE.test:8080", "/x", &forged, b"").json();
    let headers = &seen["headers"];
    assert_eq!((&headers["x-run402-host"], &headers["x-run402-project-id"]), (&json!("one.test"), &json!("one")));
    assert_eq!((&headers["host"], &headers["x-forwarded-host"]), (&json!("ONE.test:8080"), &json!("ONE.test:8080")));
    assert!(headers.get("x-run402-user-id").is_none());
}
