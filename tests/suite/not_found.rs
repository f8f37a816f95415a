//! `404.html`: the nearest one up the tree says that there is nothing.

use crate::support::http::Connection;
use crate::support::node::Node;
use crate::support::spec::{content_digest, files, function, to_function};
use serde_json::json;

const REVALIDATE: &str = "public, max-age=0, must-revalidate";

#[test]
fn the_nearest_page_answers_with_404() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[
            ("index.html", "home"),
            ("404.html", "nothing here"),
            ("docs/404.html", "no such page"),
            ("docs/a/b.html", "b"),
        ]),
        "functions": { "replace": { "f": function("export default () => { throw new Error('broken') }") } },
        "routes": { "replace": [to_function("/api/*", "f")] },
    }));
    for (path, text) in [
        ("/docs/a/c", "no such page"),
        ("/docs/a/", "no such page"),
        ("/docs/x/y/z.png", "no such page"),
        ("/docs/", "no such page"),
        ("/docs", "nothing here"),
        ("/x", "nothing here"),
        ("/documents/x?y=1", "nothing here"),
    ] {
        let got = node.get(path);
        assert_eq!((got.status, got.text().as_str()), (404, text), "{path}");
        assert_eq!(got.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!((got.header("cache-control"), got.header("etag")), (Some(REVALIDATE), None), "{path}");
        assert_eq!(got.header("content-digest"), Some(content_digest(text.as_bytes()).as_str()), "{path}");
        assert!(got.header("accept-ranges").is_none() && got.header("last-modified").is_none(), "{path}");
    }
    // Conditions and ranges are about a file, and there is none.
    for (name, value) in [("if-none-match", "*"), ("if-match", "\"x\""), ("range", "bytes=0-1"), ("range", "bytes=99-")]
    {
        let got = node.send("GET", "/x", &[(name, value)], b"");
        assert_eq!((got.status, got.text().as_str()), (404, "nothing here"), "{name}: {value}");
    }
    let mut connection = Connection::open(node.edge);
    let head = connection.request("HEAD", "site.test", "/docs/x", &[], b"").unwrap();
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (404, Some("12"), 0));
    let next = connection.request("GET", "site.test", "/docs/a/b", &[], b"").unwrap();
    assert_eq!((next.status, next.text().as_str()), (200, "b"));
    // Itself, it is a file.
    for path in ["/404", "/404.html", "/docs/404"] {
        let got = node.get(path);
        assert_eq!((got.status, got.header("etag").is_some()), (200, true), "{path}");
    }
    // Not for those who would change something, not in place of a function's failure or a bad path.
    for (method, path, status) in [
        ("POST", "/x", 404),
        ("DELETE", "/docs/x", 404),
        ("POST", "/404", 405),
        ("GET", "/api/x", 500),
        ("GET", "//x", 400),
    ] {
        let got = node.send(method, path, &[], b"");
        assert_eq!(
            (got.status, got.header("content-type")),
            (status, Some("application/json; charset=utf-8")),
            "{path}"
        );
    }
}

#[test]
fn a_site_with_such_a_page_is_no_single_page_application() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "home"), ("docs/404.html", "no such page")]) }));
    assert_eq!((node.get("/docs/app").status, node.get("/docs/app").text().as_str()), (404, "no such page"));
    assert_eq!((node.get("/app/route").status, node.get("/app/route").text().as_str()), (200, "home"));
    assert_eq!(node.get("/app/x.png").code(), "static_not_found");
}

#[test]
fn in_explicit_mode_it_is_declared_or_it_is_nobodys() {
    let node = Node::start();
    let mut site = files(&[("index.html", "home"), ("404.html", "not for you"), ("miss.html", "declared")]);
    site["public_paths"] = json!({ "mode": "explicit", "replace": {
        "/": { "asset": "index.html" },
        "/docs/404.html": { "asset": "miss.html" },
    } });
    node.site(json!({ "site": site }));
    assert_eq!(node.get("/x").code(), "static_not_found");
    assert_eq!((node.get("/docs/x").status, node.get("/docs/x").text().as_str()), (404, "declared"));
}

#[test]
fn the_renderer_comes_first() {
    let node = Node::start();
    let mut ssr = function("export default () => new Response('rendered', { status: 404 })");
    ssr["class"] = "ssr".into();
    node.site(json!({ "site": files(&[("404.html", "nothing here")]), "functions": { "replace": { "ssr": ssr } } }));
    assert_eq!((node.get("/x").status, node.get("/x").text().as_str()), (404, "rendered"));
}
