//! Reference 3.4: the order in which a request is resolved, row by row.

use crate::support::http::{self, Response};
use crate::support::node::Node;
use crate::support::spec::{files, function, mirror, to_function, to_function_for};
use serde_json::{Value, json};

/// What answered: the function's name, the file's text, or the error's code.
fn answer(response: &Response) -> String {
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(body) => body["name"].as_str().or(body["code"].as_str()).unwrap_or_default().to_owned(),
        Err(_) => response.text(),
    }
}

/// Asks the edge and the diagnosis, which must agree, and checks what answered.
fn check(node: &Node, cases: &[(&str, &str, u16, &str)]) {
    for (method, path, status, expected) in cases {
        let got = node.send(method, path, &[], b"");
        assert_eq!((got.status, answer(&got).as_str()), (*status, *expected), "{method} {path}");
        let output = node.cli(&["resolve", "--url", &format!("http://site.test{path}"), "--method", method]);
        let report = serde_json::from_slice::<Value>(&output.stdout).unwrap()["resolution"].take();
        assert_eq!(report["result"], *status, "{method} {path}: {report}");
        let allow: Vec<&str> = report["allow"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(allow.join(", "), got.header("allow").unwrap_or_default(), "{method} {path}");
    }
}

fn site(site: Value) -> Node {
    let node = Node::start();
    node.site(site);
    node
}

fn renderer(name: &str) -> Value {
    let mut renderer = mirror(name);
    renderer["class"] = "ssr".into();
    renderer
}

/// 1: the host leads to a project and its release, or the answer says what is missing.
#[test]
fn host_to_release() {
    let node = site(json!({ "site": files(&[("index.html", "page")]) }));
    let ask = |host: &str| http::request(node.edge, "GET", host, "/", &[], b"");
    for host in ["site.test", "SITE.test", "site.test.", "site.test:8080"] {
        assert_eq!(ask(host).text(), "page", "{host}");
    }
    let unknown = ask("other.test");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "HOST_NOT_CONFIGURED"));
    assert!(unknown.header("x-run402-edge").is_some());
}

/// 2: a path without one meaning is refused before anything is looked up; the query plays no part and is kept.
#[test]
fn path_before_everything() {
    let node = site(json!({
        "site": files(&[("index.html", "page")]),
        "functions": { "replace": { "f": mirror("f"), "ssr": renderer("ssr") } },
        "routes": { "replace": [to_function("/f/*", "f")] },
    }));
    check(
        &node,
        &[
            ("GET", "/f/../x", 400, "PATH_DOT_SEGMENT"),
            ("POST", "/f/%2e%2e/x", 400, "PATH_DOT_SEGMENT"),
            ("GET", "/f//x", 400, "PATH_DUPLICATE_SLASH"),
            ("GET", "/anything%2f", 400, "PATH_ENCODED_SEPARATOR"),
            ("GET", "/?a=/../%2f//", 200, "page"),
        ],
    );
    let seen = node.get("/f/%78?a=1&b=%2F&c").json();
    assert_eq!((&seen["path"], &seen["query"]), (&json!("/f/%78"), &json!("?a=1&b=%2F&c")));
}

/// 4: exact before prefix, the longest prefix, a prefix only below itself.
#[test]
fn route_order() {
    let node = site(json!({
        "site": files(&[("admin.css", "css"), ("admin/shadowed.txt", "file")]),
        "functions": { "replace": { "exact": mirror("exact"), "wide": mirror("wide"), "deep": mirror("deep") } },
        "routes": { "replace": [
            to_function("/admin/*", "wide"), to_function("/admin/deep/*", "deep"), to_function("/admin/deep/one", "exact"),
        ] },
    }));
    check(
        &node,
        &[
            ("GET", "/admin/x", 200, "wide"),
            ("GET", "/admin/shadowed.txt", 200, "wide"),
            ("GET", "/admin/deep", 200, "wide"),
            ("GET", "/admin/deep/", 200, "wide"),
            ("GET", "/admin/deep/two", 200, "deep"),
            ("GET", "/admin/deep/one", 200, "exact"),
            ("GET", "/admin/deep/one/", 200, "exact"),
            ("GET", "/admin", 404, "static_not_found"),
            ("GET", "/admin/", 404, "static_not_found"),
            ("GET", "/admin.css", 200, "css"),
            ("GET", "/administrator", 404, "static_not_found"),
        ],
    );
}

/// 4: a slash at the end makes no difference to an exact pattern, however either is written.
#[test]
fn trailing_slash() {
    let node = site(json!({
        "functions": { "replace": { "bare": mirror("bare"), "slash": mirror("slash"), "root": mirror("root") } },
        "routes": { "replace": [to_function("/bare", "bare"), to_function("/slash/", "slash"), to_function("/", "root")] },
    }));
    check(
        &node,
        &[
            ("GET", "/bare", 200, "bare"),
            ("GET", "/bare/", 200, "bare"),
            ("GET", "/slash", 200, "slash"),
            ("GET", "/slash/", 200, "slash"),
            ("GET", "/", 200, "root"),
            ("GET", "//", 400, "PATH_DUPLICATE_SLASH"),
            ("GET", "/bare//", 400, "PATH_DUPLICATE_SLASH"),
        ],
    );
}

/// 4: within one pattern the entry that admits the method; GET admits HEAD; no list is all seven.
#[test]
fn method_choice() {
    let node = site(json!({
        "functions": { "replace": { "read": mirror("read"), "write": mirror("write"), "all": mirror("all") } },
        "routes": { "replace": [
            to_function_for(&["GET"], "/x", "read"), to_function_for(&["POST"], "/x", "write"), to_function("/all/*", "all"),
        ] },
    }));
    check(&node, &[("GET", "/x", 200, "read"), ("POST", "/x", 200, "write"), ("HEAD", "/x", 200, "")]);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        check(&node, &[(method, "/all/x", 200, "all")]);
    }
}

/// 5: a matched function answers, and its failure stays its own: no file and no page takes its place.
#[test]
fn matched_function() {
    let node = site(json!({
        "site": files(&[("index.html", "page"), ("broken", "file"), ("broken/index.html", "folder")]),
        "functions": { "replace": { "broken": function("export default () => { throw new Error('x') }"), "gone": function("export default () => new Response('own', { status: 404 })") } },
        "routes": { "replace": [to_function("/broken", "broken"), to_function("/gone", "gone")] },
    }));
    check(&node, &[("GET", "/broken/x", 200, "page")]);
    let broken = node.get("/broken");
    assert_eq!((broken.status, broken.code().as_str()), (500, "local_executor_failed"));
    let gone = node.get("/gone");
    assert_eq!((gone.status, gone.text().as_str()), (404, "own"));
}

/// 5: an alias serves its file at the route's URL, without a redirect, and answers no other method.
#[test]
fn static_alias() {
    let node = site(json!({
        "site": files(&[("legal/imprint.html", "imprint"), ("index.html", "page")]),
        "routes": { "replace": [{ "pattern": "/imprint", "methods": ["GET"], "target": { "type": "static", "file": "legal/imprint.html" } }] },
    }));
    check(
        &node,
        &[
            ("GET", "/imprint", 200, "imprint"),
            ("GET", "/imprint/", 200, "imprint"),
            ("HEAD", "/imprint", 200, ""),
            ("POST", "/imprint", 405, "ROUTE_METHOD_NOT_ALLOWED"),
        ],
    );
    assert_eq!(node.get("/imprint").header("location"), None);
}

/// The end of 3.4: an alias at a path that a file has of its own wins, as every route does.
#[test]
fn alias_over_a_public_path() {
    let route = |pattern: &str| json!({ "pattern": pattern, "methods": ["GET", "HEAD"], "target": { "type": "static", "file": "b.html" } });
    let node = site(json!({
        "site": files(&[("a.html", "a"), ("b.html", "b"), ("index.html", "page"), ("docs/index.html", "docs")]),
        "routes": { "replace": [route("/a.html"), route("/"), route("/docs/")] },
    }));
    check(
        &node,
        &[
            ("GET", "/a.html", 200, "b"),
            ("GET", "/a", 200, "a"),
            ("GET", "/", 200, "b"),
            ("GET", "/docs", 200, "b"),
            ("GET", "/docs/", 200, "b"),
            ("GET", "/docs/index.html", 200, "docs"),
            ("GET", "/index.html", 200, "page"),
        ],
    );
    // Also over a declared path.
    node.site(json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/a.html": { "asset": "a.html" }, "/c": { "asset": "a.html" } } } } }));
    check(&node, &[("GET", "/a.html", 200, "b"), ("GET", "/c", 200, "a")]);
}

/// 6: a pattern that does not take the method lets reads through to files and pages, and refuses the rest with `Allow`.
#[test]
fn method_miss() {
    let node = site(json!({
        "site": files(&[("index.html", "app"), ("form.html", "form")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function_for(&["POST"], "/form", "f"), to_function_for(&["PUT", "DELETE"], "/api/*", "f")] },
    }));
    check(
        &node,
        &[
            ("GET", "/form", 200, "form"),
            ("HEAD", "/form", 200, ""),
            ("GET", "/api/view", 200, "app"),
            ("DELETE", "/form", 405, "ROUTE_METHOD_NOT_ALLOWED"),
            ("POST", "/api/view", 405, "ROUTE_METHOD_NOT_ALLOWED"),
            ("GET", "/api/x.json", 405, "ROUTE_METHOD_NOT_ALLOWED"),
        ],
    );
    assert_eq!(node.send("DELETE", "/form", &[], b"").header("allow"), Some("GET, HEAD, POST"));
    assert_eq!(node.send("POST", "/api/view", &[], b"").header("allow"), Some("PUT, DELETE"));
}

/// 7: a file at its path, a folder's index with and without its slash, a page without its extension.
#[test]
fn static_resolution() {
    let node = site(json!({
        "site": files(&[("docs/index.html", "docs"), ("about.html", "about"), ("v1.0.html", "version"), ("a/b.txt", "b")]),
    }));
    check(
        &node,
        &[
            ("GET", "/a/b.txt", 200, "b"),
            ("GET", "/docs/index.html", 200, "docs"),
            ("GET", "/docs/", 200, "docs"),
            ("GET", "/docs", 200, "docs"),
            ("GET", "/about.html", 200, "about"),
            ("GET", "/about", 200, "about"),
            ("GET", "/v1.0.html", 200, "version"),
            ("GET", "/v1.0", 404, "static_not_found"),
            ("GET", "/a/b", 404, "static_not_found"),
            ("GET", "/a", 404, "static_not_found"),
        ],
    );
}

/// 8: the renderer gets every path that nothing else answers, with every method, and goes before the fallback.
#[test]
fn renderer_takes_the_rest() {
    let node = site(json!({
        "site": files(&[("index.html", "page"), ("a.css", "css")]),
        "functions": { "replace": { "ssr": renderer("ssr"), "api": mirror("api") } },
        "routes": { "replace": [to_function("/api/*", "api")] },
    }));
    check(
        &node,
        &[
            ("GET", "/", 200, "page"),
            ("GET", "/a.css", 200, "css"),
            ("GET", "/api/x", 200, "api"),
            ("GET", "/api", 200, "ssr"),
            ("GET", "/blog/1", 200, "ssr"),
            ("GET", "/missing.png", 200, "ssr"),
            ("DELETE", "/blog/1", 200, "ssr"),
            ("POST", "/a.css", 405, "method_not_allowed"),
        ],
    );
}

/// 9: the fallback of an application answers reads of what looks like a page, in implicit mode with a root index.
#[test]
fn spa_fallback() {
    let node = site(json!({ "site": files(&[("index.html", "app"), ("a.css", "css")]) }));
    check(
        &node,
        &[
            ("GET", "/some/view", 200, "app"),
            ("HEAD", "/some/view", 200, ""),
            ("GET", "/user/jo.", 200, "app"),
            ("GET", "/missing.js", 404, "static_not_found"),
            ("GET", "/missing.abcdefghijkl", 404, "static_not_found"),
            ("GET", "/not.anextension7", 404, "static_not_found"),
            ("GET", "/version.abcdefghijklm", 200, "app"),
            ("POST", "/some/view", 404, "static_not_found"),
        ],
    );
    node.site(json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/index.html": { "asset": "index.html" } } } } }));
    check(&node, &[("GET", "/some/view", 404, "static_not_found"), ("GET", "/index.html", 200, "app")]);
}

/// 10: what nothing answers is not found; a file is there, but not for writing.
#[test]
fn not_found_and_not_allowed() {
    let node = site(json!({ "site": files(&[("a.txt", "a")]) }));
    check(
        &node,
        &[
            ("GET", "/b.txt", 404, "static_not_found"),
            ("POST", "/b", 404, "static_not_found"),
            ("POST", "/a.txt", 405, "method_not_allowed"),
            ("DELETE", "/a.txt", 405, "method_not_allowed"),
        ],
    );
    assert_eq!(node.send("PUT", "/a.txt", &[], b"x").header("allow"), Some("GET, HEAD"));
}

/// The end of 3.4: `/` is a pattern like any other, and goes before the root's index.
#[test]
fn root_route() {
    let node = site(json!({
        "site": files(&[("index.html", "page")]),
        "functions": { "replace": { "home": mirror("home") } },
        "routes": { "replace": [to_function("/", "home")] },
    }));
    check(&node, &[("GET", "/", 200, "home"), ("POST", "/", 200, "home"), ("GET", "/index.html", 200, "page")]);
}
