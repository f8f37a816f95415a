//! Reference 3.5: how a static file is answered, row by row.

use crate::support::http::Response;
use crate::support::node::Node;
use crate::support::spec::{content_digest, files, sha256};
use serde_json::{Value, json};
use std::fs;

const BODY: &str = "body { color: green }";

fn node_with(texts: &[(&str, &str)]) -> Node {
    let node = Node::start();
    node.site(json!({ "site": files(texts) }));
    node
}

/// Fingerprinted names are kept for a year; pages and everything else are asked for again each time.
#[test]
fn cache_control() {
    let node =
        node_with(&[("a.0123abcd.css", BODY), ("a.css", BODY), ("index.html", "page"), ("b.0123abcd.html", "page")]);
    for (path, expected) in [
        ("/a.0123abcd.css", "public, max-age=31536000, immutable"),
        ("/a.css", "public, max-age=0, must-revalidate"),
        ("/", "public, max-age=0, must-revalidate"),
        ("/b.0123abcd.html", "public, max-age=0, must-revalidate"),
    ] {
        assert_eq!(node.get(path).header("cache-control"), Some(expected), "{path}");
    }
}

fn assert_described(response: &Response) {
    for (name, value) in [
        ("content-type", "text/css".to_owned()),
        ("content-length", BODY.len().to_string()),
        ("etag", format!("\"sha256-{}\"", sha256(BODY.as_bytes()))),
        ("x-run402-content-sha256", sha256(BODY.as_bytes())),
        ("content-digest", content_digest(BODY.as_bytes())),
        ("cache-control", "public, max-age=0, must-revalidate".to_owned()),
    ] {
        assert_eq!(response.header(name), Some(value.as_str()), "{name}");
    }
}

/// Type, length, tag, the digest twice, and how long the file may be kept.
#[test]
fn response() {
    let response = node_with(&[("a.css", BODY)]).get("/a.css");
    assert_eq!((response.status, response.text().as_str()), (200, BODY));
    assert_described(&response);
}

/// HEAD has the same fields, and no body.
#[test]
fn head() {
    let response = node_with(&[("a.css", BODY)]).send("HEAD", "/a.css", &[], b"");
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert_described(&response);
}

/// The types the platform knows by extension; what is not known is bytes.
#[test]
fn content_types() {
    let types = [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css"),
        ("a.js", "application/javascript"),
        ("a.mjs", "application/javascript"),
        ("a.json", "application/json"),
        ("a.js.map", "application/json"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.jpeg", "image/jpeg"),
        ("a.svg", "image/svg+xml"),
        ("a.wasm", "application/wasm"),
        ("a.unheard-of", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ];
    let node = node_with(&types.map(|(path, _)| (path, "x")));
    for (path, expected) in types {
        assert_eq!(node.get(&format!("/{path}")).header("content-type"), Some(expected), "{path}");
    }
}

/// A release that names content which is not there is refused; if it is lost later, the answer is 503 and the diagnosis says why.
#[test]
fn missing_bytes() {
    let node = node_with(&[("a.css", BODY)]);
    let absent = json!({ "sha256": sha256(b"absent"), "size": 6 });
    let refused = node.refused(&json!({ "project": "site", "site": { "replace": { "b.css": absent } } }));
    assert_eq!(refused["code"].as_str().map(str::to_lowercase).as_deref(), Some("content_digest_missing"), "{refused}");

    let name = sha256(BODY.as_bytes());
    fs::remove_file(node.state().join("blobs").join(&name[..2]).join(&name)).unwrap();
    let lost = node.get("/a.css");
    assert_eq!((lost.status, lost.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
    let output = node.cli(&["resolve", "--url", "http://site.test/a.css"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let report = &report["resolution"];
    assert_eq!((&report["authorization_result"], &report["result"]), (&json!("missing_cas_object"), &json!(503)));
}

/// Left to us: who has the bytes is told so, who wants a part gets it.
#[test]
fn conditional_and_range() {
    let node = node_with(&[("a.css", BODY)]);
    let tag = format!("\"sha256-{}\"", sha256(BODY.as_bytes()));
    let known = node.send("GET", "/a.css", &[("if-none-match", &tag)], b"");
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(tag.as_str())));
    let part = node.send("GET", "/a.css", &[("range", "bytes=0-3")], b"");
    assert_eq!((part.status, part.text().as_str()), (206, "body"));
    assert_eq!(part.header("content-range"), Some(format!("bytes 0-3/{}", BODY.len()).as_str()));
}
