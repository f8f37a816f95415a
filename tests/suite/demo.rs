//! The examples do what their pages and the README say.

use crate::support::dev::Dev;
use crate::support::http::Connection;
use serde_json::json;

/// The demo, with the example upstream behind it, as `make run` starts them.
fn demo() -> (Dev, Dev) {
    let upstream = Dev::example("upstream", &[]);
    let demo = Dev::example("demo", &["--upstream", &format!("demo={}", upstream.address)]);
    (demo, upstream)
}

#[test]
fn its_pages_are_where_the_release_declares_them() {
    let (demo, _upstream) = demo();
    for (path, text) in [("/", "This page came from Portico"), ("/events", "Events"), ("/login", "Log in")] {
        let page = demo.get(path);
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(page.text().contains(&format!("<h1>{text}")), "{path}");
    }
    for (path, kind) in [("/assets/site.css", "text/css"), ("/assets/try.js", "application/javascript")] {
        let asset = demo.get(path);
        assert_eq!((asset.status, asset.header("content-type")), (200, Some(kind)), "{path}");
    }
    // Only declared paths are public, so neither the files' own names nor other paths lead to a page.
    for path in ["/events.html", "/index.html", "/nowhere"] {
        let missing = demo.get(path);
        assert_eq!((missing.status, missing.code().as_str()), (404, "static_not_found"), "{path}");
    }
    let refused = demo.send("DELETE", "/", &[], b"");
    assert_eq!((refused.status, refused.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
}

#[test]
fn its_function_sees_the_whole_request() {
    let (demo, _upstream) = demo();
    let answer =
        demo.send("GET", "/api/hello?from=demo&from2=x", &[("user-agent", "test"), ("accept-language", "de-AT")], b"");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let seen = answer.json();
    assert_eq!(seen["method"], "GET");
    assert_eq!((&seen["path"], &seen["query"]), (&json!("/api/hello"), &json!({ "from": "demo", "from2": "x" })));
    assert_eq!((&seen["headers"]["user-agent"], &seen["headers"]["host"]), (&json!("test"), &json!("localhost")));
    assert_eq!(seen["locale"], "de");

    let posted = demo.send(
        "POST",
        "/api/notes",
        &[("content-type", "text/plain"), ("cookie", "locale=fr")],
        "ein Zettel ✓".as_bytes(),
    );
    let seen = posted.json();
    assert_eq!(
        (&seen["method"], &seen["body"], &seen["locale"]),
        (&json!("POST"), &json!("ein Zettel ✓"), &json!("fr"))
    );
    assert_eq!(seen["headers"]["content-type"], "text/plain");

    let options = demo.send("OPTIONS", "/api/notes", &[], b"");
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, POST, OPTIONS")));
    let refused = demo.send("PUT", "/api/notes", &[], b"x");
    assert_eq!((refused.status, refused.code().as_str()), (405, "ROUTE_METHOD_NOT_ALLOWED"));
    assert_eq!(refused.header("allow"), Some("GET, HEAD, POST, OPTIONS"));

    // HEAD goes where GET goes, and its answer has no body that the next request could trip over.
    let mut connection = Connection::open(demo.address);
    let head = connection.request("HEAD", "localhost", "/api/hello", &[], b"").unwrap();
    assert_eq!((head.status, head.header("content-type")), (200, Some("application/json")));
    let next = connection.request("GET", "localhost", "/api/hello", &[], b"").unwrap();
    assert_eq!(next.json()["method"], "GET");
}

#[test]
fn one_url_is_a_page_and_a_function() {
    let (demo, _upstream) = demo();
    assert!(demo.get("/login").text().contains("<form method=\"post\" action=\"/login\">"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let done = demo.send("POST", "/login", &form, b"name=Ada+L%C3%B6w");
    assert_eq!((done.status, done.json()), (200, json!({ "ok": true, "name": "Ada Löw" })));
    assert_eq!(done.header("set-cookie"), Some("name=Ada%20L%C3%B6w; Path=/; HttpOnly; SameSite=Lax"));
    // `curl -X POST` sends neither a form nor a type.
    assert_eq!(demo.send("POST", "/login", &[], b"").json()["name"], "guest");
    let refused = demo.send("DELETE", "/login", &[], b"");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD, POST")));
}

#[test]
fn its_upstream_gets_what_is_below_up() {
    let (demo, upstream) = demo();
    for (path, method, body) in [("/up", "GET", ""), ("/up/", "GET", ""), ("/up/anything", "PUT", "some body")] {
        let answer = demo.send(method, &format!("{path}?x=1"), &[("user-agent", "test")], body.as_bytes());
        assert_eq!(answer.status, 200, "{path}");
        let seen = answer.json();
        assert_eq!((&seen["from"], &seen["method"], &seen["body"]), (&json!("upstream"), &json!(method), &json!(body)));
        assert_eq!((&seen["path"], &seen["query"]), (&json!(path), &json!("?x=1")));
        assert_eq!(seen["headers"]["user-agent"], "test");
    }
    // Without the upstream the rest of the site goes on.
    drop(upstream);
    let gone = demo.get("/up/anything");
    assert_eq!((gone.status, gone.code().as_str()), (502, "UPSTREAM_UNAVAILABLE"));
    assert_eq!(demo.get("/").status, 200);
}

#[test]
fn its_rules_redirect_rewrite_and_say_what_is_missing() {
    let (demo, _upstream) = demo();
    for (path, status, location) in [("/home", 301, "/"), ("/calendar/2024?x=1", 302, "/events/2024?x=1")] {
        let got = demo.get(path);
        assert_eq!((got.status, got.header("location")), (status, Some(location)), "{path}");
    }
    assert_eq!(demo.get("/v1/hello").json()["path"], "/v1/hello");
    let missing = demo.get("/events/1999");
    assert_eq!((missing.status, missing.text().contains("<h1>No such event")), (404, true));
    for path in ["/", "/login", "/assets/site.css", "/events/1999"] {
        assert_eq!(demo.get(path).header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(demo.get("/login").header("x-robots-tag"), Some("noindex"));
    assert_eq!(demo.get("/api/hello").header("x-content-type-options"), None);
}

#[test]
fn hello_greets_as_in_the_readme() {
    let hello = Dev::example("hello", &[]);
    assert!(hello.get("/").text().contains("<h1>Hello</h1>"));
    assert_eq!(hello.get("/hello/you").text(), "Hello, you!\n");
    assert_eq!(hello.get("/hello/J%C3%BCrgen").text(), "Hello, Jürgen!\n");
}

#[test]
fn members_sign_in_and_see_what_their_role_lets_them() {
    let members = Dev::example("members", &[]);
    assert!(members.get("/").text().contains("<h1>Members"));
    assert_eq!(members.get("/account").status, 401);
    let browser = members.send("GET", "/console", &[("accept", "text/html")], b"");
    assert_eq!((browser.status, browser.header("location")), (303, Some("/")));
    let signed_in = |name: &str| {
        let body = json!({ "name": name }).to_string();
        let answer = members.send("POST", "/sign-in", &[("content-type", "application/json")], body.as_bytes());
        assert_eq!((answer.status, &answer.json()["user"]["id"]), (200, &json!(name)), "{}", answer.text());
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let (ada, bob) = (signed_in("ada"), signed_in("bob"));
    let see = |cookie: &str, path: &str| members.send("GET", path, &[("cookie", cookie)], b"");
    assert_eq!(see(&ada, "/account").text(), "Hello, ada.\n");
    assert_eq!(see(&ada, "/console").text(), "ada, you may: your role is admin.\n");
    assert_eq!(see(&bob, "/account").text(), "Hello, bob.\n");
    assert_eq!((see(&bob, "/console").status, see(&bob, "/console").code().as_str()), (403, "ROLE_FORBIDDEN"));
    let refused = members.send("POST", "/sign-in", &[], br#"{"name":"eve"}"#);
    assert_eq!((refused.status, refused.header("set-cookie")), (401, None));
}
