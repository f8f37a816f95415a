//! `_headers`: fields of static answers by rule.

use crate::support::node::Node;
use crate::support::spec::{files, says, to_function};
use serde_json::json;

const RULES: &str = "\
# Everything
/*
  X-Frame-Options: DENY
  Link: </style.css>; rel=preload
/docs/*
  X-Robots-Tag: noindex
  Link: </docs.css>; rel=preload
/docs/open
  ! X-Robots-Tag
  X-Open: yes
/page.html
  Content-Type: text/plain
/moved
  X-Moved: 1
";

fn node() -> Node {
    let node = Node::start();
    node.site(json!({
        "site": files(&[
            ("index.html", "home"),
            ("page.html", "page"),
            ("docs/open.html", "open"),
            ("docs/closed.html", "closed"),
            ("docs/404.html", "no page"),
            ("_headers", RULES),
            ("_redirects", "/moved /page\n/stands-in /docs/closed 200\n/docs/fn /api/x 200"),
        ]),
        "functions": { "replace": { "f": says("function") } },
        "routes": { "replace": [
            to_function("/api/*", "f"),
            { "pattern": "/docs/alias", "target": { "type": "static", "file": "page.html" } },
        ] },
    }));
    node
}

#[test]
fn all_blocks_that_match_count_in_order() {
    let node = node();
    let both = "</style.css>; rel=preload, </docs.css>; rel=preload";
    let one = "</style.css>; rel=preload";
    for (path, link, robots, open) in [
        ("/", one, None, None),
        ("/docs/closed", both, Some("noindex"), None),
        ("/docs/closed.html", both, Some("noindex"), None),
        ("/docs/open", both, None, Some("yes")),
        ("/docs/open/", both, None, Some("yes")),
        ("/docs/open.html", both, Some("noindex"), None),
        // What stands in for a path gets the fields of that path.
        ("/stands-in", one, None, None),
        ("/docs/alias", both, Some("noindex"), None),
        ("/docs/none", both, Some("noindex"), None),
        ("/app/route", one, None, None),
    ] {
        for method in ["GET", "HEAD"] {
            let got = node.send(method, path, &[], b"");
            assert_eq!(got.header("x-frame-options"), Some("DENY"), "{method} {path}");
            assert_eq!(got.header("link"), Some(link), "{method} {path}");
            assert_eq!((got.header("x-robots-tag"), got.header("x-open")), (robots, open), "{method} {path}");
        }
    }
    assert_eq!(node.get("/docs/none").status, 404);
    assert_eq!(node.get("/page.html").header("content-type"), Some("text/plain"));
    assert_eq!(node.get("/page").header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn parts_and_304_have_them_too() {
    let node = node();
    let tag = node.get("/docs/closed").header("etag").unwrap().to_owned();
    for (name, value, status) in [("if-none-match", tag.as_str(), 304), ("range", "bytes=0-1", 206)] {
        let got = node.send("GET", "/docs/closed", &[(name, value)], b"");
        assert_eq!((got.status, got.header("x-robots-tag")), (status, Some("noindex")), "{name}");
        assert_eq!(got.header("x-frame-options"), Some("DENY"));
    }
}

#[test]
fn functions_redirects_and_errors_say_their_own() {
    let node = node();
    for (method, path, status) in [
        ("GET", "/api/x", 200),
        ("GET", "/docs/fn", 200),
        ("GET", "/moved", 301),
        ("POST", "/page", 405),
        ("GET", "//", 400),
    ] {
        let got = node.send(method, path, &[], b"");
        assert_eq!((got.status, got.header("x-frame-options")), (status, None), "{method} {path}");
        assert_eq!((got.header("x-moved"), got.header("x-robots-tag")), (None, None), "{method} {path}");
    }
}

#[test]
fn bad_lines_refuse_the_release() {
    let node = node();
    let refused = node.refused(&json!({ "project": "site", "site": { "patch": { "put": { "_headers": { "data":
        "/*\n  Cache-Control: no-store\n  X-Good: 1\n  Set-Cookie: a=b\nX-Not-Indented: 1\n" } } } } }));
    assert_eq!(
        (&refused["code"], &refused["details"]["path"]),
        (&json!("INVALID_SPEC"), &json!("site.patch.put._headers"))
    );
    let problems = refused["details"]["problems"].as_array().unwrap();
    let lines: Vec<&serde_json::Value> = problems.iter().map(|problem| &problem["line"]).collect();
    assert_eq!(lines, [2, 4, 5]);
    assert!(problems[0]["message"].as_str().unwrap().contains("cache_class"), "{refused}");
    assert!(problems[1]["message"].as_str().unwrap().contains("function"), "{refused}");
    assert_eq!(node.get("/").header("x-frame-options"), Some("DENY"));
}
