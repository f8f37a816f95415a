//! Reference 3.5: the static manifest, row by row.

use crate::support::node::Node;
use crate::support::spec::{files, sha256};
use serde_json::{Value, json};

fn node(site: Value) -> Node {
    let node = Node::start();
    node.site(json!({ "site": site }));
    node
}

/// What `resolve` says of a path of `site.test`.
fn resolve(node: &Node, path: &str) -> Value {
    let output = node.cli(&["resolve", "--url", &format!("http://site.test{path}")]);
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["resolution"].take()
}

/// A public path's text, or the status without one.
fn got(node: &Node, path: &str) -> String {
    let response = node.get(path);
    if response.status == 200 { response.text() } else { response.status.to_string() }
}

fn explicit(declared: &[(&str, &str)]) -> Value {
    let replace: serde_json::Map<String, Value> =
        declared.iter().map(|(path, asset)| ((*path).to_owned(), json!({ "asset": asset }))).collect();
    json!({ "mode": "explicit", "replace": replace })
}

/// A document with a version, a public path's entry for each, and the fallback; its digest is that of its JSON with sorted keys.
#[test]
fn manifest() {
    let node = node(files(&[("index.html", "home"), ("docs/index.html", "docs"), ("a.0123abcd.css", "a{}")]));
    let entry = |path: &str, text: &str, kind: &str, class: &str, source: &str| {
        format!(
            r#"{{"asset_path":"{path}","authority":"implicit_file_path","cache_class":"{class}","cache_class_source":"{source}","content_type":"{kind}","direct":true,"sha256":"{}","size":{}}}"#,
            sha256(text.as_bytes()),
            text.len()
        )
    };
    let page = |path: &str, text: &str| entry(path, text, "text/html; charset=utf-8", "html", "inferred_html");
    let manifest = format!(
        r#"{{"files":{{"/":{home},"/a.0123abcd.css":{css},"/docs/":{docs},"/docs/index.html":{docs},"/index.html":{home}}},"spa_fallback":"/index.html","version":"run402.static_manifest.v1"}}"#,
        home = page("index.html", "home"),
        docs = page("docs/index.html", "docs"),
        css = entry("a.0123abcd.css", "a{}", "text/css", "immutable_versioned", "inferred_sha_filename"),
    );
    let report = resolve(&node, "/");
    assert_eq!(report["static_manifest_sha256"], json!(sha256(manifest.as_bytes())), "{manifest}");
    assert_eq!(
        report["static_manifest_metadata"],
        json!({
            "file_count": 5,
            "total_bytes": 19,
            "cache_classes": { "html": 4, "immutable_versioned": 1 },
            "cache_class_sources": { "inferred_html": 4, "inferred_sha_filename": 1 },
            "spa_fallback": "/index.html",
        })
    );
    // The same site is the same manifest, another one is not.
    node.site(json!({ "i18n": null }));
    assert_eq!(resolve(&node, "/")["static_manifest_sha256"], report["static_manifest_sha256"]);
    node.site(json!({ "site": { "patch": { "put": { "a.0123abcd.css": { "data": "a{}", "content_type": "text/plain" } } } } }));
    assert_ne!(resolve(&node, "/")["static_manifest_sha256"], report["static_manifest_sha256"]);
}

/// What makes a file reachable is said: its own path, a declared one, or a route.
#[test]
fn authority() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("a.txt", "a")]),
        "routes": { "replace": [{ "pattern": "/alias", "target": { "type": "static", "file": "a.txt" } }] },
    }));
    for (path, authority, direct) in [("/a.txt", "implicit_file_path", true), ("/alias", "route_static_alias", false)] {
        let report = resolve(&node, path);
        assert_eq!(
            (&report["reachability_authority"], &report["direct"]),
            (&json!(authority), &json!(direct)),
            "{path}"
        );
        assert_eq!((&report["asset_path"], got(&node, path).as_str()), (&json!("a.txt"), "a"));
    }
    node.site(json!({ "site": { "public_paths": explicit(&[("/b", "a.txt")]) } }));
    assert_eq!(resolve(&node, "/b")["reachability_authority"], "explicit_public_path");
    assert_eq!(resolve(&node, "/a.txt")["reachability_authority"], Value::Null);
    // A route reaches a file that is not public.
    assert_eq!(resolve(&node, "/alias")["reachability_authority"], "route_static_alias");
}

/// Every file is public at its own path, the root's index also at `/`, a folder's also at the folder.
#[test]
fn implicit_mode() {
    let node = node(files(&[
        ("index.html", "home"),
        ("d/index.html", "d"),
        ("d/e/index.html", "e"),
        ("d/x.txt", "x"),
        (".well-known/y", "y"),
    ]));
    for (path, text) in [
        ("/", "home"),
        ("/index.html", "home"),
        ("/d/", "d"),
        ("/d", "d"),
        ("/d/index.html", "d"),
        ("/d/e/", "e"),
        ("/d/x.txt", "x"),
        ("/.well-known/y", "y"),
        ("/d/y.txt", "404"),
    ] {
        assert_eq!(got(&node, path), text, "{path}");
    }
    assert_eq!(resolve(&node, "/d/")["match"], "static_index");
    assert_eq!(resolve(&node, "/d/x.txt")["match"], "static_exact");
}

/// Only declared paths are public; there is no index, no clean URL and no fallback.
#[test]
fn explicit_mode() {
    let mut site = files(&[("index.html", "home"), ("events.html", "events"), ("d/index.html", "d")]);
    site["public_paths"] =
        explicit(&[("/events", "events.html"), ("/caf%C3%A9", "index.html"), ("/d/", "d/index.html")]);
    let node = node(site);
    for (path, text) in [
        ("/events", "events"),
        ("/caf%c3%a9", "home"),
        ("/d/", "d"),
        ("/d", "404"),
        ("/events/", "404"),
        ("/events.html", "404"),
        ("/", "404"),
        ("/index.html", "404"),
        ("/d/index.html", "404"),
        ("/some/view", "404"),
    ] {
        assert_eq!(got(&node, path), text, "{path}");
    }
    let report = resolve(&node, "/some/view");
    assert_eq!(report["static_manifest_metadata"]["spa_fallback"], Value::Null);
    assert_eq!((&report["match"], &report["fallback_state"]), (&json!("none"), &json!("not_configured")));
}

/// The mode stays when a release does not speak of it, through replaced and patched files, and changes when it does.
#[test]
fn explicit_mode_is_sticky() {
    let mut site = files(&[("index.html", "home"), ("a.txt", "a")]);
    site["public_paths"] = explicit(&[("/a", "a.txt")]);
    let node = node(site);
    node.site(json!({ "site": { "patch": { "put": { "b.txt": { "data": "b" }, "a.txt": { "data": "a2" } } } } }));
    assert_eq!(["/a", "/b.txt", "/"].map(|path| got(&node, path)), ["a2", "404", "404"]);
    node.site(json!({ "site": files(&[("a.txt", "a3"), ("index.html", "home")]) }));
    assert_eq!(["/a", "/a.txt", "/"].map(|path| got(&node, path)), ["a3", "404", "404"]);
    // Declared paths are replaced as a whole.
    node.site(json!({ "site": { "public_paths": explicit(&[("/only", "a.txt")]) } }));
    assert_eq!(["/a", "/only"].map(|path| got(&node, path)), ["404", "a3"]);
    // Open again, with everything that goes with it, and closed again.
    node.site(json!({ "site": { "public_paths": { "mode": "implicit" } } }));
    assert_eq!(["/only.txt", "/a.txt", "/", "/view"].map(|path| got(&node, path)), ["404", "a3", "home", "home"]);
    node.site(json!({ "site": { "public_paths": explicit(&[]) } }));
    assert_eq!(["/a.txt", "/", "/view"].map(|path| got(&node, path)), ["404", "404", "404"]);
}

/// A declared path without a file is refused, also when the file goes while the path is carried forward.
#[test]
fn explicit_mode_needs_its_files() {
    let mut site = files(&[("a.txt", "a"), ("b.txt", "b")]);
    site["public_paths"] = explicit(&[("/a", "a.txt"), ("/b", "b.txt")]);
    let node = node(site);
    for (spec, missing) in [
        (json!({ "site": { "patch": { "delete": ["a.txt"] } } }), json!(["a.txt"])),
        (json!({ "site": files(&[("c.txt", "c")]) }), json!(["a.txt", "b.txt"])),
        (json!({ "site": { "public_paths": explicit(&[("/x", "x.txt"), ("/a", "a.txt")]) } }), json!(["x.txt"])),
    ] {
        let mut spec = spec;
        spec["project"] = "site".into();
        let envelope = node.refused(&spec);
        assert_eq!(
            (&envelope["code"], &envelope["details"]["missing"]),
            (&json!("INVALID_SPEC"), &missing),
            "{envelope}"
        );
        assert_eq!(["/a", "/b"].map(|path| got(&node, path)), ["a", "b"]);
    }
    // With the path, the file may go.
    node.site(json!({ "site": { "patch": { "delete": ["a.txt"] }, "public_paths": explicit(&[("/b", "b.txt")]) } }));
    assert_eq!(["/a", "/b"].map(|path| got(&node, path)), ["404", "b"]);
}

/// Nine ways a path can be wrong, each with its code; decoded once, then composed.
#[test]
fn path_errors() {
    let node = node(files(&[("caf\u{e9}.txt", "cafe"), ("100%.txt", "percent"), ("%41.txt", "not A")]));
    for (path, code) in [
        ("/a\\b", "PATH_RAW_BACKSLASH"),
        ("/a%0ab", "PATH_CONTROL_CHARACTER"),
        ("/a//b", "PATH_DUPLICATE_SLASH"),
        ("/a%2fb", "PATH_ENCODED_SEPARATOR"),
        ("/a%5Cb", "PATH_ENCODED_SEPARATOR"),
        ("/a%g0", "PATH_INVALID_PERCENT_ENCODING"),
        ("/%252E%252E/a", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/a%255cb", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/a/./b", "PATH_DOT_SEGMENT"),
        ("/a/%2E%2e", "PATH_DOT_SEGMENT"),
        ("/_cas/x", "PATH_INTERNAL_NAMESPACE"),
        ("/_run402", "PATH_INTERNAL_NAMESPACE"),
    ] {
        let refused = node.get(path);
        assert_eq!((refused.status, refused.code().as_str()), (400, code), "{path}");
        let report = resolve(&node, path);
        assert_eq!((&report["match"], &report["error_code"]), (&json!("path_error"), &json!(code)), "{path}");
    }
    let mut connection = crate::support::http::Connection::open(node.edge);
    connection.write(b"GET x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    let refused = connection.read("GET").unwrap().unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (400, "PATH_MUST_START_WITH_SLASH"));
    for (path, text) in [
        ("/caf%C3%A9.txt", "cafe"),
        ("/cafe%CC%81.txt", "cafe"),
        ("/c%61f%c3%a9.txt", "cafe"),
        ("/100%25.txt", "percent"),
        ("/%2541.txt", "not A"),
        ("/A.txt", "404"),
    ] {
        assert_eq!(got(&node, path), text, "{path}");
    }
}

/// The class and the source of a file at a declared path, as `resolve` has them.
fn classified(node: &Node, declared: &[(&str, &str, Option<&str>)]) -> Vec<(String, String)> {
    let replace: serde_json::Map<String, Value> = declared
        .iter()
        .map(|(path, asset, class)| {
            let mut entry = json!({ "asset": asset });
            if let Some(class) = class {
                entry["cache_class"] = (*class).into();
            }
            ((*path).to_owned(), entry)
        })
        .collect();
    node.site(json!({ "site": { "public_paths": { "mode": "explicit", "replace": replace } } }));
    let sources = |path: &str| {
        let report = resolve(node, path);
        let class = report["cache_class"].as_str().unwrap().to_owned();
        assert_eq!(report["cache_policy"], json!(node.get(path).header("cache-control").unwrap()), "{path}");
        class
    };
    let sources_of_all = resolve(node, declared[0].0)["static_manifest_metadata"]["cache_class_sources"].clone();
    declared.iter().map(|(path, ..)| (sources(path), sources_of_all.to_string())).collect()
}

/// A page is a page whatever is declared; immutable is granted to fingerprinted names; what is not declared is inferred.
#[test]
fn cache_class() {
    let node = node(files(&[("p.html", "<p>"), ("a.js", "1"), ("feed", "x")]));
    for (path, asset, declared, class) in [
        ("/p.html", "p.html", None, "html"),
        ("/p.0123abcd.html", "p.html", Some("immutable_versioned"), "html"),
        ("/page", "p.html", Some("revalidating_asset"), "html"),
        ("/a.0123abcd.js", "a.js", Some("immutable_versioned"), "immutable_versioned"),
        ("/b.0123abcd.js", "a.js", None, "immutable_versioned"),
        ("/c.0123abcd.js", "a.js", Some("revalidating_asset"), "revalidating_asset"),
        ("/a.js", "a.js", Some("immutable_versioned"), "revalidating_asset"),
        ("/b.js", "a.js", None, "revalidating_asset"),
        ("/feed", "feed", Some("html"), "html"),
        ("/d.0123abcd.js", "a.js", Some("of_the_future"), "revalidating_asset"),
    ] {
        assert_eq!(classified(&node, &[(path, asset, declared)])[0].0, class, "{path} {declared:?}");
    }
    // A route's file is not kept for a year: the route may lead to another one tomorrow.
    node.site(json!({
        "site": { "patch": { "put": { "app.0123abcd.js": { "data": "1" } } }, "public_paths": { "mode": "implicit" } },
        "routes": { "replace": [{ "pattern": "/latest.js", "target": { "type": "static", "file": "app.0123abcd.js" } }] },
    }));
    assert_eq!(resolve(&node, "/app.0123abcd.js")["cache_class"], "immutable_versioned");
    assert_eq!(resolve(&node, "/latest.js")["cache_class"], "revalidating_asset");
    assert_eq!(node.get("/latest.js").header("cache-control"), Some("public, max-age=0, must-revalidate"));
}

/// Eight hex digits between delimiters, or twelve at the end of the name.
#[test]
fn fingerprint() {
    let with = [
        "a.0123abcd.js",
        "a-DEADBEEF.css",
        "a_01234567_b.png",
        "deadbeef.js",
        "x/y.abcdef012345.woff2",
        "chunk0123456789ab.js",
        "0123456789abcdef",
    ];
    let without =
        ["a.js", "a.0123abc.js", "a.0123abcg.js", "deadbeef", "chunk0123456789a.js", "deadbeef.d/app.js", "a.01234567"];
    let texts: Vec<(&str, &str)> = with.iter().chain(&without).map(|name| (*name, "x")).collect();
    let node = node(files(&texts));
    for (names, class) in [(&with[..], "immutable_versioned"), (&without, "revalidating_asset")] {
        for name in names {
            assert_eq!(resolve(&node, &format!("/{name}"))["cache_class"], class, "{name}");
        }
    }
}

/// Who decided on a class is counted in the manifest's figures.
#[test]
fn cache_class_source() {
    let node = node(files(&[("p.html", "<p>"), ("a.js", "1")]));
    for (path, asset, declared, source) in [
        ("/a.0123abcd.js", "a.js", Some("immutable_versioned"), "declared"),
        ("/a.js", "a.js", Some("revalidating_asset"), "declared"),
        ("/p", "p.html", Some("immutable_versioned"), "inferred_html"),
        ("/b.0123abcd.js", "a.js", None, "inferred_sha_filename"),
        ("/a.js", "a.js", Some("immutable_versioned"), "downgraded"),
        ("/a.js", "a.js", None, "downgraded"),
    ] {
        let counted = json!({ source: 1 }).to_string();
        assert_eq!(classified(&node, &[(path, asset, declared)])[0].1, counted, "{path} {declared:?}");
    }
}
