//! Which of several routes, files and functions answers (reference 3.4).

use crate::support::http::Response;
use crate::support::node::Node;
use crate::support::spec::{files, mirror, to_function, to_function_for};
use serde_json::{Value, json};

/// The function that answered, or the text of the file.
fn answered(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(seen) => seen["name"].as_str().unwrap().to_owned(),
        Err(_) => response.text(),
    }
}

fn refusal(response: &Response) -> (u16, String, Option<&str>) {
    (response.status, response.code(), response.header("allow"))
}

#[test]
fn exact_beats_prefix_and_the_longest_prefix_wins() {
    let node = Node::start();
    let functions = ["exact", "admin", "deep", "login"];
    let functions: serde_json::Map<_, _> = functions.iter().map(|name| ((*name).to_owned(), mirror(name))).collect();
    node.site(json!({
        "site": files(&[("admin.css", "css"), ("administrator.txt", "file"), ("admin/file.txt", "shadowed")]),
        "functions": { "replace": functions },
        "routes": { "replace": [
            // In no order that would give the answer away.
            to_function("/admin/*", "admin"),
            to_function("/admin/users/*", "deep"),
            to_function("/admin/users/me", "exact"),
            to_function("/admin", "login"),
        ] },
    }));
    for (path, name) in [
        ("/admin", "login"),
        ("/admin/", "login"),
        ("/admin?x", "login"),
        ("/admin/x", "admin"),
        ("/admin/x/", "admin"),
        ("/admin/file.txt", "admin"),
        ("/admin/users", "admin"),
        ("/admin/users/", "admin"),
        ("/admin/usersx/y", "admin"),
        ("/admin/users/1", "deep"),
        ("/admin/users/1/2", "deep"),
        ("/admin/users/me", "exact"),
        ("/admin/users/me/", "exact"),
        ("/admin/users/me/x", "deep"),
        ("/%61dmin/users/m%65", "exact"),
        ("/admin.css", "css"),
        ("/administrator.txt", "file"),
    ] {
        assert_eq!(answered(&node.get(path)), name, "{path}");
    }
    assert_eq!(node.get("/Admin/x").status, 404);
    // Functions see the path as it was asked for, not as it was compared.
    assert_eq!(node.get("/admin/users/m%65?a=%2F").json()["path"], "/admin/users/m%65");
}

#[test]
fn a_prefix_does_not_match_its_own_folder() {
    let node = Node::start();
    node.site(json!({ "functions": { "replace": { "f": mirror("f") } }, "routes": { "replace": [to_function("/api/*", "f")] } }));
    for path in ["/api", "/api/", "/apix", "/api.json", "/"] {
        assert_eq!(node.get(path).status, 404, "{path}");
    }
    assert_eq!(answered(&node.get("/api/x")), "f");
}

#[test]
fn one_path_may_be_a_page_and_a_function() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("login.html", "<form>")]),
        "functions": { "replace": { "login": mirror("login") } },
        "routes": { "replace": [to_function_for(&["POST"], "/login", "login")] },
    }));
    assert_eq!(answered(&node.get("/login")), "<form>");
    assert_eq!(node.send("HEAD", "/login", &[], b"").header("content-length"), Some("6"));
    let posted = node.send("POST", "/login", &[], b"user=x").json();
    assert_eq!((&posted["method"], &posted["body"]), (&json!("POST"), &json!("user=x")));
    // What the page would answer is allowed as well, and said so.
    let expected = (405, "ROUTE_METHOD_NOT_ALLOWED".to_owned(), Some("GET, HEAD, POST"));
    assert_eq!(refusal(&node.send("DELETE", "/login", &[], b"")), expected);
    assert_eq!(refusal(&node.send("PUT", "/login/", &[], b"x")).0, 405);
}

#[test]
fn a_missed_method_is_refused_when_unsafe_and_falls_through_when_not() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "app"), ("api/list.json", "[]")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function_for(&["POST", "DELETE"], "/api/*", "f")] },
    }));
    assert_eq!(answered(&node.send("DELETE", "/api/x", &[], b"")), "f");
    assert_eq!(node.get("/api/list.json").text(), "[]");
    // An application's page is a static answer too.
    assert_eq!(node.get("/api/view").text(), "app");
    let refused = node.send("PUT", "/api/view", &[], b"x");
    assert_eq!(refusal(&refused), (405, "ROUTE_METHOD_NOT_ALLOWED".to_owned(), Some("POST, DELETE")));
    assert_eq!(refused.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(refused.json()["category"], "route_method");
}

/// With nothing static to fall through to, a read is told what there is instead of being told there is nothing.
#[test]
fn a_missed_read_without_a_file_names_the_methods() {
    let node = Node::start();
    node.site(json!({
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function_for(&["POST"], "/hook", "f")] },
    }));
    assert_eq!(refusal(&node.get("/hook")), (405, "ROUTE_METHOD_NOT_ALLOWED".to_owned(), Some("POST")));
    assert_eq!(answered(&node.send("POST", "/hook", &[], b"")), "f");
}

#[test]
fn get_admits_head_and_no_methods_admit_all_seven() {
    let node = Node::start();
    node.site(json!({
        "functions": { "replace": { "read": mirror("read"), "all": mirror("all") } },
        "routes": { "replace": [to_function_for(&["GET"], "/read", "read"), to_function("/all", "all")] },
    }));
    assert_eq!(node.send("HEAD", "/read", &[], b"").status, 200);
    assert_eq!(refusal(&node.send("POST", "/read", &[], b"")).2, Some("GET, HEAD"));
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(node.send(method, "/all", &[], b"").json()["method"], method);
    }
    assert_eq!(node.send("HEAD", "/all", &[], b"").status, 200);
    // Methods outside HTTP's own seven have no route.
    let purge = node.send("PURGE", "/all", &[], b"");
    assert_eq!(refusal(&purge).2, Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    assert_eq!(purge.status, 405);
}

#[test]
fn routes_of_one_pattern_share_it_by_method() {
    let node = Node::start();
    node.site(json!({
        "functions": { "replace": { "read": mirror("read"), "write": mirror("write"), "rest": mirror("rest") } },
        "routes": { "replace": [
            to_function_for(&["GET"], "/x", "read"),
            to_function_for(&["POST", "PUT"], "/x", "write"),
            to_function("/x/*", "rest"),
        ] },
    }));
    assert_eq!(answered(&node.get("/x")), "read");
    assert_eq!(answered(&node.send("PUT", "/x", &[], b"")), "write");
    assert_eq!(answered(&node.send("PUT", "/x/y", &[], b"")), "rest");
    assert_eq!(refusal(&node.send("DELETE", "/x", &[], b"")).2, Some("GET, HEAD, POST, PUT"));
}

/// Where the best pattern does not take the method, the next best that does is asked.
#[test]
fn a_shorter_pattern_takes_the_methods_a_longer_one_leaves() {
    let node = Node::start();
    node.site(json!({
        "functions": { "replace": { "wide": mirror("wide"), "narrow": mirror("narrow") } },
        "routes": { "replace": [to_function("/a/*", "wide"), to_function_for(&["POST"], "/a/b/*", "narrow")] },
    }));
    assert_eq!(answered(&node.send("POST", "/a/b/c", &[], b"")), "narrow");
    assert_eq!(answered(&node.send("GET", "/a/b/c", &[], b"")), "wide");
}

#[test]
fn a_file_may_be_served_at_a_path_of_a_route() {
    let node = Node::start();
    node.site(json!({
        "site": {
            "replace": { "legal/imprint.html": "<p>imprint", "index.html": "<p>root" },
            "public_paths": { "mode": "explicit", "replace": { "/": { "asset": "index.html" } } },
        },
        "routes": { "replace": [
            { "pattern": "/imprint", "methods": ["GET", "HEAD"], "target": { "type": "static", "file": "legal/imprint.html" } },
        ] },
    }));
    for path in ["/imprint", "/imprint/"] {
        let page = node.get(path);
        assert_eq!((page.status, page.text().as_str(), page.header("location")), (200, "<p>imprint", None), "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("etag").is_some());
    }
    assert_eq!(node.get("/legal/imprint.html").status, 404);
    assert_eq!(
        refusal(&node.send("POST", "/imprint", &[], b"")),
        (405, "ROUTE_METHOD_NOT_ALLOWED".to_owned(), Some("GET, HEAD"))
    );
}

#[test]
fn the_renderer_gets_what_nothing_else_answers() {
    let node = Node::start();
    let mut renderer = mirror("ssr");
    renderer["class"] = "ssr".into();
    node.site(json!({
        "site": files(&[("index.html", "page"), ("a.css", "css")]),
        "functions": { "replace": { "render": renderer, "api": mirror("api") } },
        "routes": { "replace": [to_function("/api/*", "api"), to_function_for(&["POST"], "/form", "api")] },
    }));
    for (method, path, name) in [
        ("GET", "/", "page"),
        ("GET", "/a.css", "css"),
        ("GET", "/api/x", "api"),
        ("POST", "/form", "api"),
        ("GET", "/form", "ssr"),
        ("GET", "/blog/1", "ssr"),
        ("GET", "/missing.png", "ssr"),
        ("POST", "/blog/1", "ssr"),
        ("DELETE", "/anything", "ssr"),
    ] {
        assert_eq!(answered(&node.send(method, path, &[], b"")), name, "{method} {path}");
    }
    // A route that matched, and a file that is there, keep the methods they do not take from the renderer.
    assert_eq!(node.send("DELETE", "/form", &[], b"").status, 405);
    assert_eq!(node.send("POST", "/a.css", &[], b"").status, 405);
}

#[test]
fn a_failing_function_does_not_fall_through_to_a_page() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "app"), ("x.html", "a file of that path")]),
        "functions": { "replace": { "f": { "runtime": "node22", "source": { "data": "export default () => { throw new Error('no'); }" } } } },
        "routes": { "replace": [to_function("/x", "f")] },
    }));
    let failed = node.get("/x");
    assert_eq!((failed.status, failed.code().as_str()), (500, "local_executor_failed"));
    assert!(!failed.text().contains("Error('no')") && !failed.text().contains("index.js"), "{}", failed.text());
}
