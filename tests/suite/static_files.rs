//! Static files on the wire: what is said about them, and which paths lead to them (reference 3.4, 3.5).

use crate::support::http::Connection;
use crate::support::node::Node;
use crate::support::spec::{base64, content_digest, files, mirror, says, sha256, to_function};
use serde_json::{Value, json};
use std::fs;

const REVALIDATE: &str = "public, max-age=0, must-revalidate";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

fn etag(bytes: &[u8]) -> String {
    format!("\"sha256-{}\"", sha256(bytes))
}

/// An error is the platform's envelope whatever the site holds, and a browser is never shown a page instead.
fn assert_envelope(response: &crate::support::http::Response, status: u16, code: &str) {
    assert_eq!((response.status, response.code().as_str()), (status, code));
    assert_eq!(response.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(response.header("cache-control"), Some("private, no-store"));
    let body = response.json();
    for field in [
        "error",
        "message",
        "code",
        "category",
        "retryable",
        "safe_to_retry",
        "mutation_state",
        "details",
        "next_actions",
    ] {
        assert!(!body[field].is_null(), "{field}: {body}");
    }
    let id = response.header("x-run402-request-id").unwrap();
    assert_eq!((&body["request_id"], &body["trace_id"]), (&json!(id), &json!(id)));
}

#[test]
fn a_file_is_sent_with_everything_a_cache_needs() {
    let node = Node::start();
    let texts = [
        ("index.html", "<h1>Hallo ✓</h1>", "text/html; charset=utf-8", REVALIDATE),
        ("style.css", "body{}", "text/css", REVALIDATE),
        ("data.json", "{}", "application/json", REVALIDATE),
        ("read.me", "?", "application/octet-stream", REVALIDATE),
        ("app.0123abcd.js", "1", "application/javascript", IMMUTABLE),
        ("logo-0123456789ab.svg", "<svg/>", "image/svg+xml", IMMUTABLE),
        // Seven hex digits are a word, eight are a fingerprint.
        ("beef123.css", "a{}", "text/css", REVALIDATE),
        // A page is asked for again however it is named.
        ("page.0123abcd.html", "<p>", "text/html; charset=utf-8", REVALIDATE),
    ];
    node.site(json!({ "site": files(&texts.map(|(path, text, ..)| (path, text))) }));
    for (path, text, kind, cache) in texts {
        let got = node.get(&format!("/{path}"));
        assert_eq!((got.status, got.text().as_str()), (200, text), "{path}");
        assert_eq!(got.header("content-type"), Some(kind), "{path}");
        assert_eq!(got.header("content-length"), Some(text.len().to_string().as_str()), "{path}");
        assert_eq!(got.header("cache-control"), Some(cache), "{path}");
        assert_eq!(got.header("etag"), Some(etag(text.as_bytes()).as_str()), "{path}");
        assert_eq!(got.header("content-digest"), Some(content_digest(text.as_bytes()).as_str()), "{path}");
        assert_eq!(got.header("x-run402-content-sha256"), Some(sha256(text.as_bytes()).as_str()), "{path}");
        assert!(got.header("date").is_some(), "{path}");
        assert!(got.header("transfer-encoding").is_none() && got.header("set-cookie").is_none(), "{path}");
    }
}

#[test]
fn the_author_has_a_say_in_type_and_cache_class() {
    let node = Node::start();
    let asset = |asset: &str, class: &str| json!({ "asset": asset, "cache_class": class });
    node.site(json!({ "site": {
        "replace": {
            "a.txt": { "data": "<p>", "content_type": "text/html" },
            "b.0123abcd.js": { "data": "1", "contentType": "text/javascript; charset=utf-8" },
            "c.js": { "data": "2" },
        },
        "public_paths": { "mode": "explicit", "replace": {
            "/page": asset("a.txt", "immutable_versioned"),
            "/b.0123abcd.js": asset("b.0123abcd.js", "immutable_versioned"),
            "/fresh.0123abcd.js": asset("b.0123abcd.js", "revalidating_asset"),
            "/c.js": asset("c.js", "immutable_versioned"),
        } },
    } }));
    for (path, kind, cache) in [
        ("/page", "text/html", REVALIDATE),
        ("/b.0123abcd.js", "text/javascript; charset=utf-8", IMMUTABLE),
        ("/fresh.0123abcd.js", "text/javascript; charset=utf-8", REVALIDATE),
        // A year for a name that does not change with its content could never be taken back.
        ("/c.js", "application/javascript", REVALIDATE),
    ] {
        let got = node.get(path);
        assert_eq!(
            (got.status, got.header("content-type"), got.header("cache-control")),
            (200, Some(kind), Some(cache)),
            "{path}"
        );
    }
}

#[test]
fn head_says_what_get_would_and_sends_no_body() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "<h1>hello</h1>"), ("empty.txt", "")]) }));
    let mut connection = Connection::open(node.edge);
    for path in ["/", "/empty.txt", "/spa/route", "/none.css"] {
        let mut head = connection.request("HEAD", "site.test", path, &[], b"").unwrap();
        let mut get = connection.request("GET", "site.test", path, &[], b"").unwrap();
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for response in [&mut head, &mut get] {
            response
                .headers
                .retain(|(name, _)| !["date", "x-run402-request-id"].contains(&name.to_ascii_lowercase().as_str()));
        }
        assert_eq!(head.headers, get.headers, "{path}");
    }
}

#[test]
fn a_file_of_no_bytes_is_a_file() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("empty.txt", "")]) }));
    let mut connection = Connection::open(node.edge);
    for _ in 0..3 {
        let empty = connection.request("GET", "site.test", "/empty.txt", &[], b"").unwrap();
        assert_eq!((empty.status, empty.header("content-length"), empty.body.len()), (200, Some("0"), 0));
        assert_eq!(empty.header("etag"), Some(etag(b"").as_str()));
    }
}

#[test]
fn a_client_that_has_the_bytes_is_told_so() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "<h1>hello</h1>"), ("app.0123abcd.js", "1")]) }));
    let tag = etag(b"<h1>hello</h1>");
    let mut connection = Connection::open(node.edge);
    for known in
        [tag.clone(), format!("W/{tag}"), "*".to_owned(), format!("\"other\", {tag}"), format!("\"a,b\",W/{tag}")]
    {
        for method in ["GET", "HEAD"] {
            let answer = connection.request(method, "site.test", "/", &[("if-none-match", &known)], b"").unwrap();
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{method} {known}");
            assert_eq!((answer.header("etag"), answer.header("cache-control")), (Some(tag.as_str()), Some(REVALIDATE)));
            assert!(answer.header("content-length").is_none_or(|length| length != "0"), "{method} {known}");
        }
    }
    for other in ["\"other\"", "", "sha256", &tag[1..tag.len() - 1]] {
        let answer = connection.request("GET", "site.test", "/", &[("if-none-match", other)], b"").unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "<h1>hello</h1>"), "{other}");
    }
    let immutable =
        connection.request("GET", "site.test", "/app.0123abcd.js", &[("if-none-match", &etag(b"1"))], b"").unwrap();
    assert_eq!((immutable.status, immutable.header("cache-control")), (304, Some(IMMUTABLE)));
    // A tag in the request is no way around the method.
    let posted = connection.request("POST", "site.test", "/", &[("if-none-match", &tag)], b"x").unwrap();
    assert_eq!(posted.status, 405);
}

#[test]
fn other_methods_are_refused_with_an_envelope_and_never_with_a_page() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "<h1>hello</h1>"), ("docs/index.html", "<h1>docs</h1>"), ("a.txt", "a")]) }));
    let mut connection = Connection::open(node.edge);
    for path in ["/", "/index.html", "/docs", "/docs/", "/a.txt"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
            let body: &[u8] = if method == "POST" { b"some body" } else { b"" };
            let refused = connection.request(method, "site.test", path, &[], body).unwrap();
            assert_envelope(&refused, 405, "method_not_allowed");
            assert_eq!(refused.header("allow"), Some("GET, HEAD"), "{method} {path}");
        }
    }
    // Neither is the page of an application an answer to a POST.
    let refused = connection.request("POST", "site.test", "/spa/route", &[], b"x").unwrap();
    assert_envelope(&refused, 404, "static_not_found");
}

#[test]
fn what_is_not_there_is_an_envelope() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a/b.txt", "b")]) }));
    for path in ["/", "/a", "/a/", "/a/b", "/a/b.txt/", "/A/b.txt", "/a/b.txt.html", "/spa/route"] {
        assert_envelope(&node.get(path), 404, "static_not_found");
    }
    assert_eq!(node.get("/a/b.txt?query=is&not=looked/at").text(), "b");
}

#[test]
fn an_implicit_site_has_clean_paths() {
    let node = Node::start();
    node.site(json!({ "site": files(&[
        ("index.html", "root"),
        ("docs/index.html", "docs"),
        ("about.html", "about"),
        ("both.html", "both file"),
        ("both/index.html", "both folder"),
        ("v1.2.html", "dotted"),
        ("grüße/straße.txt", "unicode"),
        ("with space.txt", "space"),
        ("100%.txt", "percent"),
    ]) }));
    for (path, text) in [
        ("/", "root"),
        ("/index.html", "root"),
        ("/index", "root"),
        ("/docs", "docs"),
        ("/docs/", "docs"),
        ("/docs/index.html", "docs"),
        ("/about", "about"),
        ("/about.html", "about"),
        // The folder has the path with the slash; the page has the one without.
        ("/both", "both file"),
        ("/both/", "both folder"),
        ("/v1.2.html", "dotted"),
        ("/gr%C3%BC%C3%9Fe/stra%C3%9Fe.txt", "unicode"),
        // The same name in Unicode's decomposed form: what macOS writes.
        ("/gru%CC%88%C3%9Fe/stra%C3%9Fe.txt", "unicode"),
        ("/with%20space.txt", "space"),
        ("/100%25.txt", "percent"),
        ("/%61bout", "about"),
    ] {
        let got = node.get(path);
        assert_eq!((got.status, got.text().as_str()), (200, text), "{path}");
    }
    // A dot in the last segment asks for a file of that name, and there is none.
    assert_eq!(node.get("/v1.2").status, 404);
}

#[test]
fn an_explicit_site_shows_what_it_declares_and_nothing_else() {
    let node = Node::start();
    let declared = |paths: &[(&str, &str)]| -> Value {
        let replace: serde_json::Map<_, _> =
            paths.iter().map(|(path, asset)| ((*path).to_owned(), json!({ "asset": asset }))).collect();
        json!({ "mode": "explicit", "replace": replace })
    };
    let pages = files(&[("index.html", "root"), ("secret.html", "secret"), ("docs/index.html", "docs")]);
    node.site(json!({ "site": { "replace": pages["replace"], "public_paths": declared(&[("/", "index.html"), ("/d", "docs/index.html")]) } }));
    assert_eq!((node.get("/").text(), node.get("/d").text()), ("root".to_owned(), "docs".to_owned()));
    for hidden in ["/index.html", "/secret.html", "/secret", "/docs", "/docs/", "/docs/index.html", "/d/", "/spa/route"]
    {
        assert_envelope(&node.get(hidden), 404, "static_not_found");
    }
    // The mode is kept when a release does not mention it: what was hidden does not come to light by itself.
    node.site(json!({ "site": { "patch": { "put": { "new.html": "new" } } } }));
    assert_eq!((node.get("/new.html").status, node.get("/secret.html").status, node.get("/").status), (404, 404, 200));
    node.site(json!({ "site": { "public_paths": { "mode": "implicit" } } }));
    assert_eq!((node.get("/new.html").status, node.get("/secret.html").status, node.get("/").status), (200, 200, 200));
}

#[test]
fn an_application_gets_its_page_for_every_route() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "app"), ("real.txt", "real")]),
        "functions": { "replace": { "api": mirror("api") } },
        "routes": { "replace": [to_function("/api/*", "api")] },
    }));
    for path in ["/users", "/users/7", "/users/7/", "/v1.0/users", "/a.file-that-is-none", "/name.thirteenchars"] {
        let page = node.get(path);
        assert_eq!((page.status, page.text().as_str()), (200, "app"), "{path}");
        assert_eq!(
            (page.header("cache-control"), page.header("etag")),
            (Some(REVALIDATE), Some(etag(b"app").as_str())),
            "{path}"
        );
    }
    // A missing file is missing: a page instead of a script is a riddle in a browser's console.
    for path in ["/app.js", "/img/logo.png", "/users/7.json"] {
        assert_envelope(&node.get(path), 404, "static_not_found");
    }
    assert_eq!(
        (node.get("/real.txt").text(), node.get("/api/x").json()["name"].clone()),
        ("real".to_owned(), json!("api"))
    );
}

#[test]
fn a_renderer_comes_before_the_fallback_of_applications() {
    let node = Node::start();
    let mut renderer = says("rendered");
    renderer["class"] = "ssr".into();
    node.site(json!({ "site": files(&[("index.html", "page")]), "functions": { "replace": { "render": renderer } } }));
    assert_eq!((node.get("/").text(), node.get("/users/7").text()), ("page".to_owned(), "rendered".to_owned()));
}

/// Above the size that is kept in memory a file is sent from disk in chunks.
#[test]
fn a_large_file_arrives_whole() {
    let node = Node::start();
    let mut random = fastrand::Rng::with_seed(7);
    // No multiple of any chunk, so that the last one is short.
    let large: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(9 * 1024 * 1024 + 12_345).collect();
    let medium = &large[..1024 * 1024 + 1];
    fs::write(node.path().join("large.bin"), &large).unwrap();
    fs::write(node.path().join("medium.bin"), medium).unwrap();
    node.site(json!({ "site": { "replace": {
        "large.bin": { "path": "large.bin" },
        "medium.bin": { "path": "medium.bin" },
        "small.txt": "small",
    } } }));
    let address = node.edge;
    let download = move |expected: Vec<u8>, path: &'static str| {
        let mut connection = Connection::open(address);
        for _ in 0..2 {
            let got = connection.request("GET", "site.test", path, &[], b"").unwrap();
            assert_eq!((got.status, got.header("content-length")), (200, Some(expected.len().to_string().as_str())));
            assert_eq!(got.header("etag"), Some(etag(&expected).as_str()));
            assert!(got.body == expected, "{path} arrived with other bytes");
            let head = connection.request("HEAD", "site.test", path, &[], b"").unwrap();
            assert_eq!((head.status, head.header("content-length")), (200, Some(expected.len().to_string().as_str())));
            let known =
                connection.request("GET", "site.test", path, &[("if-none-match", &etag(&expected))], b"").unwrap();
            assert_eq!((known.status, known.body.len()), (304, 0));
            assert_eq!(connection.request("GET", "site.test", "/small.txt", &[], b"").unwrap().text(), "small");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| download(large.clone(), "/large.bin"));
        scope.spawn(|| download(large.clone(), "/large.bin"));
        scope.spawn(|| download(medium.to_vec(), "/medium.bin"));
    });
}

#[test]
fn bytes_are_bytes_whatever_they_are() {
    let node = Node::start();
    let all: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    node.site(json!({ "site": { "replace": { "all.bin": { "data": base64(&all), "encoding": "base64" } } } }));
    let got = node.get("/all.bin");
    assert_eq!((got.status, got.body.len()), (200, all.len()));
    assert!(got.body == all);
    assert_eq!(got.header("etag"), Some(etag(&all).as_str()));
}
