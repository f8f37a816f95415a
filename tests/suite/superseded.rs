//! Fingerprinted files of earlier releases: a page that was loaded before a swap goes on working after it.

use crate::support::node::Node;
use crate::support::spec::{files, says, sha256, to_function};
use serde_json::{Value, json};

/// A version of an application: a page, and the script it names.
fn version(hex: &str) -> Value {
    let script = format!("assets/app-{hex}.js");
    let page = format!("<script src=\"/{script}\"></script>");
    json!({ "site": files(&[("index.html", &page), (&script, hex), ("plain.js", hex)]) })
}

#[test]
fn a_page_that_was_loaded_before_a_release_gets_its_scripts_after_it() {
    let mut node = Node::start();
    for hex in ["aaaaaaaa", "bbbbbbbb", "cccccccc"] {
        node.site(version(hex));
    }
    let check = |node: &Node| {
        for hex in ["aaaaaaaa", "bbbbbbbb", "cccccccc"] {
            let script = node.get(&format!("/assets/app-{hex}.js"));
            assert_eq!((script.status, script.text()), (200, hex.to_owned()));
            assert_eq!(script.header("content-type"), Some("application/javascript"));
            assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
            assert_eq!(script.header("x-run402-content-sha256"), Some(sha256(hex.as_bytes()).as_str()));
        }
        // Without a fingerprint there is only the latest.
        assert_eq!(node.get("/plain.js").text(), "cccccccc");
        // What no release had is not there, and is not the application's page either.
        assert_eq!(node.get("/assets/app-dddddddd.js").status, 404);
    };
    check(&node);
    node.restart();
    check(&node);
}

#[test]
fn going_back_keeps_the_scripts_of_what_was_live_in_between() {
    let mut node = Node::start();
    let first = node.site(version("aaaaaaaa"));
    node.site(version("bbbbbbbb"));
    let release = first["release_id"].as_str().unwrap();
    assert!(node.cli(&["releases", "--project", "site", "--promote", release]).status.success());
    assert_eq!(node.get("/plain.js").text(), "aaaaaaaa");
    assert_eq!(node.get("/assets/app-bbbbbbbb.js").text(), "bbbbbbbb");
    node.restart();
    assert_eq!(node.get("/plain.js").text(), "aaaaaaaa");
    assert_eq!(node.get("/assets/app-bbbbbbbb.js").text(), "bbbbbbbb");
}

#[test]
fn routes_come_before_superseded_files_and_renderers_after() {
    let node = Node::start();
    node.site(version("aaaaaaaa"));
    let mut next = version("bbbbbbbb");
    let mut render = says("rendered");
    render["class"] = json!("ssr");
    next["functions"] = json!({ "replace": { "render": render } });
    node.site(next);
    assert_eq!(node.get("/assets/app-aaaaaaaa.js").text(), "aaaaaaaa");
    assert_eq!(node.get("/elsewhere").text(), "rendered");
    node.site(json!({ "routes": { "replace": [to_function("/assets/*", "render")] } }));
    assert_eq!(node.get("/assets/app-aaaaaaaa.js").text(), "rendered");
}

#[test]
fn a_name_that_browsers_keep_is_not_given_to_other_bytes_later() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a.deadbeef.js", "one"), ("index.html", "x")]) }));
    node.site(json!({ "site": files(&[("index.html", "y")]) }));
    let refused = node.refused(&json!({ "project": "site", "site": files(&[("a.deadbeef.js", "two")]) }));
    assert_eq!(
        (&refused["code"], &refused["details"]["paths"]),
        (&json!("STATIC_IMMUTABLE_PATH_CHANGED"), &json!(["/a.deadbeef.js"]))
    );
    assert_eq!(node.get("/a.deadbeef.js").text(), "one");
}

#[test]
fn a_node_may_be_told_to_forget_at_once() {
    let node = Node::with("[static]\nsuperseded_hours = 0");
    node.site(version("aaaaaaaa"));
    node.site(version("bbbbbbbb"));
    assert_eq!(node.get("/assets/app-aaaaaaaa.js").status, 404);
}
