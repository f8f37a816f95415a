//! Releases through `portico apply`: what a manifest may say, what is carried forward, and what is refused with which words.
//! Whatever is refused leaves the release before it alone.

use crate::support::node::Node;
use crate::support::spec::{base64, files, function, mirror, says, sha256, to_function};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// A node on which project `site` serves a page and a function.
fn node_with_release() -> Node {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "one"), ("app.0123abcd.js", "1")]),
        "functions": { "replace": { "f": says("f of one") } },
        "routes": { "replace": [to_function("/f", "f")] },
    }));
    node
}

/// Applies what must be refused, and sees to it that nothing has changed.
fn refused(node: &Node, mut spec: Value) -> Value {
    if spec.get("project_id").is_none() {
        spec["project"] = "site".into();
    }
    let envelope = node.refused(&spec);
    assert_eq!(envelope["status"], "error", "{envelope}");
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "f of one".to_owned()), "{envelope}");
    envelope
}

/// Expects a code and a place for each of some specs.
fn all_refused(node: &Node, cases: Vec<(Value, &str, &str)>) {
    for (spec, code, path) in cases {
        let envelope = refused(node, spec.clone());
        assert_eq!((&envelope["code"], &envelope["details"]["path"]), (&json!(code), &json!(path)), "{spec}\n{envelope}");
        // A place without a word of what is wrong there would be half an answer.
        assert!(envelope["message"].as_str().is_some_and(|message| message.len() > 10), "{envelope}");
    }
}

fn route(pattern: &str, more: Value) -> Value {
    let mut route = to_function(pattern, "f");
    for (key, value) in more.as_object().unwrap() {
        route[key] = value.clone();
    }
    json!({ "routes": { "replace": [route] } })
}

#[test]
fn content_is_text_base64_or_a_file_beside_the_manifest() {
    let node = Node::start();
    let folder = node.path().join("shop");
    fs::create_dir_all(folder.join("pages")).unwrap();
    fs::write(folder.join("pages/home.html"), "<h1>home</h1>").unwrap();
    fs::write(folder.join("hello.js"), "import { word } from './lib/word.js'; export default () => new Response(word);").unwrap();
    fs::write(node.path().join("shared.txt"), "outside").unwrap();
    let spec = json!({
        "$schema": "https://run402.com/schemas/release-spec.v1.json",
        "project_id": "shop",
        "idempotency_key": "once",
        "site": { "replace": {
            "bare.txt": "a bare string is text ✓",
            "text.txt": { "data": "text", "encoding": "utf-8" },
            "bytes.bin": { "data": base64(&[0, 255, 128]), "encoding": "base64" },
            "index.html": { "path": "pages/home.html" },
            "outside.txt": { "path": "../shared.txt" },
            "renamed": { "path": "pages/home.html" },
        } },
        "functions": { "replace": { "hello": {
            "runtime": "node22",
            "entrypoint": "main.js",
            "files": { "main.js": { "path": "hello.js" }, "lib/word.js": "export const word = 'from two files';" },
        } } },
        "routes": { "replace": [to_function("/hello", "hello")] },
    });
    fs::write(folder.join("portico.json"), spec.to_string()).unwrap();
    // Paths are the manifest's, wherever the command is run.
    let output = node.cli(&["apply", "--manifest", "shop/portico.json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let applied: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&applied["project_id"], &applied["is_noop"]), (&json!("shop"), &json!(false)));
    assert!(applied["release_id"].as_str().unwrap().starts_with("rel_"));
    node.cli(&["hosts", "bind", "site.test", "--project", "shop"]);
    for (path, body) in [
        ("/bare.txt", "a bare string is text ✓".as_bytes()),
        ("/text.txt", b"text"),
        ("/bytes.bin", &[0, 255, 128]),
        ("/", b"<h1>home</h1>"),
        ("/outside.txt", b"outside"),
        ("/hello", b"from two files"),
    ] {
        assert_eq!(node.get(path).body, body, "{path}");
    }
    // A name that says nothing takes the type of the file it was read from.
    assert_eq!(node.get("/renamed").header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn a_folder_is_released_without_what_is_not_meant_for_the_public() {
    let node = Node::start();
    for (path, text) in [
        ("dist/page.html", "page"),
        ("dist/a/b.css", "css"),
        ("dist/.well-known/security.txt", "contact"),
        ("dist/.env", "SECRET=1"),
        ("dist/.git/config", "git"),
        ("dist/node_modules/x/index.js", "package"),
    ] {
        let file = node.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    node.site(json!({ "site": { "replace": { "__source": "local-dir", "path": "dist" } } }));
    for (path, text) in [("/page", "page"), ("/a/b.css", "css"), ("/.well-known/security.txt", "contact")] {
        assert_eq!((node.get(path).status, node.get(path).text().as_str()), (200, text), "{path}");
    }
    for path in ["/.env", "/.git/config", "/node_modules/x/index.js"] {
        assert_eq!(node.get(path).status, 404, "{path}");
    }
    // A link out of the folder would release a file that was never named.
    std::os::unix::fs::symlink("/etc/hostname", node.path().join("dist/link.txt")).unwrap();
    let envelope = node.refused(&json!({ "project": "site", "site": { "replace": { "__source": "local-dir", "path": "dist" } } }));
    assert_eq!((&envelope["code"], &envelope["details"]["path"]), (&json!("INVALID_SPEC"), &json!("site.replace")));
    assert_eq!(node.get("/page").text(), "page");
}

#[test]
fn both_spellings_of_a_field_are_the_same_field() {
    let node = Node::start();
    let spec = |content_type: &str, public_paths: &str, cache: &str, timeout: &str, default_locale: &str| {
        json!({
            "project": "site",
            "site": {
                "replace": { "a.txt": { "data": "a", content_type: "text/html" } },
                public_paths: { "mode": "explicit", "replace": { "/a": { "asset": "a.txt", cache: "html" } } },
            },
            "functions": { "replace": { "f": { "runtime": "node22", "source": { "data": "export default () => new Response('f')" }, "config": { timeout: 3 } } } },
            "i18n": { default_locale: "en", "locales": ["en"] },
        })
    };
    let snake = node.apply(&spec("content_type", "public_paths", "cache_class", "timeout_seconds", "default_locale"));
    let camel = node.apply(&spec("contentType", "publicPaths", "cacheClass", "timeoutSeconds", "defaultLocale"));
    assert_eq!((&camel["is_noop"], &camel["release_id"], &camel["digest"]), (&json!(true), &snake["release_id"], &snake["digest"]));
}

#[test]
fn applying_what_is_live_changes_nothing() {
    let node = Node::start();
    let spec = json!({ "site": files(&[("index.html", "one")]), "functions": { "replace": { "f": mirror("f") } } });
    let first = node.site(spec.clone());
    let again = node.site(spec.clone());
    assert_eq!((&first["is_noop"], &again["is_noop"]), (&json!(false), &json!(true)));
    for field in ["release_id", "digest", "generation", "parent_id"] {
        assert_eq!(first[field], again[field], "{field}");
    }
    let listed: Value = serde_json::from_slice(&node.cli(&["releases", "--project", "site"]).stdout).unwrap();
    assert_eq!(listed["releases"].as_array().unwrap().len(), 1);
    // Back to it after another one is a release of its own, with the same digest.
    node.site(json!({ "site": files(&[("index.html", "two")]) }));
    let back = node.site(json!({ "site": files(&[("index.html", "one")]) }));
    assert_eq!((&back["is_noop"], &back["digest"]), (&json!(false), &first["digest"]));
    assert_ne!(back["release_id"], first["release_id"]);
}

#[test]
fn content_the_node_has_is_named_by_its_digest() {
    let node = node_with_release();
    let named = |text: &str, size: usize| json!({ "sha256": sha256(text.as_bytes()), "size": size });
    node.apply(&json!({ "project": "other", "site": { "replace": { "copy.html": named("one", 3) } } }));
    node.cli(&["hosts", "bind", "other.test", "--project", "other"]);
    let copy = crate::support::http::request(node.edge, "GET", "other.test", "/copy.html", &[], b"");
    assert_eq!((copy.status, copy.text().as_str()), (200, "one"));
    for (text, size) in [("never seen", 10), ("one", 4)] {
        let envelope = refused(&node, json!({ "site": { "replace": { "a.txt": named(text, size) } } }));
        assert_eq!((&envelope["code"], &envelope["details"]["path"]), (&json!("CONTENT_DIGEST_MISSING"), &json!("site.replace[\"a.txt\"]")));
        assert_eq!(envelope["details"]["sha256"], sha256(text.as_bytes()));
    }
}

#[test]
fn what_a_release_leaves_out_it_carries_forward() {
    let node = node_with_release();
    node.site(json!({ "i18n": { "default_locale": "de", "locales": ["de"] } }));
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "f of one".to_owned()));
    node.site(json!({ "functions": { "patch": { "set": { "g": mirror("g") } } }, "routes": { "replace": [to_function("/f", "f"), to_function("/g", "g")] } }));
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "f of one".to_owned()));
    assert_eq!(node.get("/g").json()["headers"]["x-run402-locale"], "de");
    node.site(json!({ "i18n": null, "site": { "patch": { "put": { "new.txt": "new" }, "delete": ["app.0123abcd.js"] } } }));
    assert_eq!((node.get("/").text(), node.get("/new.txt").text()), ("one".to_owned(), "new".to_owned()));
    assert_eq!(node.get("/app.0123abcd.js").status, 404);
    assert!(node.get("/g").json()["headers"].get("x-run402-locale").is_none());
    // An empty list is a word, `null` is none.
    node.site(json!({ "routes": null, "site": { "patch": { "delete": ["new.txt"] } } }));
    assert_eq!(node.get("/f").text(), "f of one");
    node.site(json!({ "routes": { "replace": [] }, "functions": { "patch": { "delete": ["f", "g"] } } }));
    assert_eq!((node.get("/f").text(), node.get("/").text()), ("one".to_owned(), "one".to_owned()), "the page of an application");
    node.site(json!({ "base": { "release": "empty" }, "site": files(&[("only.txt", "only")]) }));
    assert_eq!((node.get("/only.txt").status, node.get("/").status), (200, 404));
}

#[test]
fn a_release_is_made_from_the_one_it_names_or_not_at_all() {
    let node = node_with_release();
    let first: Value = serde_json::from_slice(&node.cli(&["releases", "--project", "site"]).stdout).unwrap();
    let id = &first["releases"][0]["release_id"];
    let conflict = refused(&node, json!({ "base": { "release_id": "rel_000000000000000000000000" }, "site": files(&[("index.html", "x")]) }));
    assert_eq!((&conflict["code"], &conflict["retryable"]), (&json!("BASE_RELEASE_CONFLICT"), &json!(true)));
    let next = node.site(json!({ "base": { "release_id": id }, "site": files(&[("index.html", "two")]) }));
    assert_eq!((&next["parent_id"], node.get("/").text().as_str()), (id, "two"));
}

#[test]
fn an_older_release_comes_back_in_one_step() {
    let node = Node::start();
    let spec = |n: &str| json!({
        "site": files(&[("index.html", n)]),
        "functions": { "replace": { "f": says(n) } },
        "routes": { "replace": [to_function("/f", "f")] },
    });
    let one = node.site(spec("one"));
    let two = node.site(spec("two"));
    let back = node.cli(&["releases", "--project", "site", "--promote", one["release_id"].as_str().unwrap()]);
    assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "one".to_owned()));
    // The newest first, and the live one marked.
    let listed: Value = serde_json::from_slice(&node.cli(&["releases"]).stdout).unwrap();
    let lines: Vec<_> = listed["releases"].as_array().unwrap().iter().map(|r| (r["release_id"].clone(), r["status"].clone())).collect();
    assert_eq!(lines, [(two["release_id"].clone(), json!("superseded")), (one["release_id"].clone(), json!("active"))]);
    let unknown = node.cli(&["releases", "--project", "site", "--promote", "rel_000000000000000000000000"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("RELEASE_NOT_FOUND"));
    assert_eq!(node.get("/").text(), "one");
}

#[test]
fn unknown_fields_are_refused_with_the_nearest_known_one() {
    let node = node_with_release();
    for (spec, path, near) in [
        (json!({ "sites": files(&[("a", "a")]) }), "sites", "site"),
        (json!({ "subdomain": "shop" }), "subdomain", "subdomains"),
        (json!({ "site": { "files": {} } }), "site.files", "replace"),
        (json!({ "site": { "replace": { "a.txt": { "data": "a", "contentTyp": "text/html" } } } }), "site.replace[\"a.txt\"].contentTyp", "content_type"),
        (json!({ "functions": { "replace": { "f": { "runtime": "node22", "source": "x", "config": { "timeoutSecond": 1 } } } } }), "functions.replace.f.config.timeoutSecond", "timeout_seconds"),
        (route("/x", json!({ "patern": "/y" })), "routes.replace[0].patern", "pattern"),
    ] {
        let envelope = refused(&node, spec);
        assert_eq!((&envelope["code"], &envelope["details"]["path"]), (&json!("INVALID_SPEC"), &json!(path)), "{envelope}");
        assert_eq!((&envelope["details"]["did_you_mean"], &envelope["fix"]["to"]), (&json!(near), &json!(near)), "{envelope}");
        assert_eq!(envelope["fix"]["action"], "rename_field");
    }
    let strange = refused(&node, json!({ "xyzzy": 1, "site": files(&[("a", "a")]) }));
    assert_eq!((&strange["details"]["path"], &strange["fix"]["action"]), (&json!("xyzzy"), &json!("remove_field")));
    assert!(strange["details"]["known_fields"].as_array().unwrap().contains(&json!("routes")));
    let twice = refused(&node, json!({ "i18n": { "defaultLocale": "en", "default_locale": "en", "locales": ["en"] } }));
    assert_eq!((&twice["code"], &twice["details"]["path"]), (&json!("INVALID_SPEC"), &json!("i18n.defaultLocale")));
}

#[test]
fn a_manifest_that_does_nothing_is_empty() {
    let node = node_with_release();
    for nothing in [json!({}), json!({ "site": { "replace": {} } }), json!({ "routes": null }), json!({ "functions": {} })] {
        assert_eq!(refused(&node, nothing.clone())["code"], "MANIFEST_EMPTY", "{nothing}");
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_line() {
    let node = node_with_release();
    let file = node.path().join("broken.json");
    fs::write(&file, "{\n  \"site\": {,}\n}").unwrap();
    let output = node.cli(&["apply", "--manifest", "broken.json", "--project", "site"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&envelope["code"], &envelope["details"]["line"]), (&json!("INVALID_SPEC"), &json!(2)));
    assert_eq!(envelope["details"]["file"], "broken.json");
    let missing = node.cli(&["apply", "--manifest", "missing.json"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("missing.json"));
    assert_eq!(node.get("/").text(), "one");
}

#[test]
fn features_that_would_be_ignored_are_refused_instead() {
    let node = node_with_release();
    let with = |key: &str, value: Value| {
        let mut f = says("x");
        f[key] = value;
        json!({ "functions": { "replace": { "f": f } } })
    };
    let role = json!({ "table": "members", "idColumn": "user_id", "roleColumn": "role", "allowed": ["admin"] });
    all_refused(&node, vec![
        (with("requireAuth", true.into()), "UNSUPPORTED_FEATURE", "functions.replace.f.requireAuth"),
        (with("require_auth", true.into()), "UNSUPPORTED_FEATURE", "functions.replace.f.require_auth"),
        (with("requireRole", role), "UNSUPPORTED_FEATURE", "functions.replace.f.requireRole"),
        (with("schedule", "*/5 * * * *".into()), "UNSUPPORTED_FEATURE", "functions.replace.f.schedule"),
        (with("deps", json!(["lodash"])), "UNSUPPORTED_FEATURE", "functions.replace.f.deps"),
        (json!({ "database": { "migrations": [{ "id": "1", "sql": "select 1" }] } }), "UNSUPPORTED_FEATURE", "database.migrations"),
        (json!({ "site": files(&[("index.html", "two")]), "checks": [{}, 1] }), "UNSUPPORTED_FEATURE", "checks"),
        (json!({ "assets": { "put": [{ "key": "a", "data": "x" }] } }), "UNSUPPORTED_FEATURE", "assets.put"),
    ]);
    // Asking for nothing of the kind is no request.
    let mut plain = with("requireAuth", false.into());
    plain["functions"]["replace"]["f"]["schedule"] = Value::Null;
    plain["database"] = json!({ "migrations": [] });
    node.site(plain);
    assert_eq!(node.get("/f").text(), "x");
}

#[test]
fn locales_and_subdomains_have_rules_of_their_own() {
    let node = node_with_release();
    let locale = refused(&node, json!({ "i18n": { "defaultLocale": "en", "locales": ["en", "de-at"] } }));
    assert_eq!((&locale["code"], &locale["details"]["path"]), (&json!("R402_LOCALE_NOT_CANONICAL"), &json!("i18n.locales[1]")));
    assert_eq!((&locale["fix"]["input"], &locale["fix"]["canonical"]), (&json!("de-at"), &json!("de-AT")));
    all_refused(&node, vec![
        (json!({ "i18n": { "defaultLocale": "fr", "locales": ["en"] } }), "INVALID_SPEC", "i18n.defaultLocale"),
        (json!({ "i18n": { "defaultLocale": "en", "locales": [] } }), "INVALID_SPEC", "i18n.locales"),
        (json!({ "i18n": { "defaultLocale": "en", "locales": ["en"], "detect": ["header:x"] } }), "INVALID_SPEC", "i18n.detect[0]"),
        (json!({ "subdomains": { "set": ["a", "b"] } }), "SUBDOMAIN_MULTI_NOT_SUPPORTED", "subdomains.set"),
        (json!({ "subdomains": { "set": ["Not-Lower"] } }), "INVALID_SPEC", "subdomains.set[0]"),
    ]);
}

#[test]
fn routes_that_cannot_be_meant_are_refused() {
    let node = node_with_release();
    let page = json!({ "type": "static", "file": "index.html" });
    let many: Vec<_> = (0..101).map(|n| to_function(&format!("/{n}"), "f")).collect();
    all_refused(&node, vec![
        (route("admin", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/*", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a/*/b", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a*", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a?x=1", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a/../b", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a%2fb", json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route(&format!("/{}", "a".repeat(256)), json!({})), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a", json!({ "methods": [] })), "INVALID_SPEC", "routes.replace[0].methods"),
        (route("/a", json!({ "methods": ["GET", "get"] })), "INVALID_SPEC", "routes.replace[0].methods[1]"),
        (route("/a", json!({ "methods": ["GET", "GET"] })), "INVALID_SPEC", "routes.replace[0].methods[1]"),
        (route("/a", json!({ "methods": ["CONNECT"] })), "INVALID_SPEC", "routes.replace[0].methods[0]"),
        (route("/a", json!({ "target": { "function": "f" } })), "INVALID_SPEC", "routes.replace[0].target"),
        (route("/a", json!({ "target": { "type": "worker", "name": "f" } })), "INVALID_SPEC", "routes.replace[0].target.type"),
        (route("/a/*", json!({ "target": page })), "INVALID_SPEC", "routes.replace[0].pattern"),
        (route("/a", json!({ "target": page, "methods": ["POST"] })), "INVALID_SPEC", "routes.replace[0].methods"),
        (route("/a", json!({ "target": { "type": "static", "file": "/index.html" } })), "INVALID_SPEC", "routes.replace[0].target.file"),
        (route("/a", json!({ "target": { "type": "static", "file": "../x" } })), "INVALID_SPEC", "routes.replace[0].target.file"),
        (route("/a", json!({ "target": { "type": "static", "file": "none.html" } })), "INVALID_SPEC", "routes.replace[0].target.file"),
        (route("/a", json!({ "target": { "type": "proxy", "upstream": "backend" } })), "INVALID_SPEC", "routes.replace[0].target.upstream"),
        (route("/a", json!({ "acknowledge_readonly": true })), "INVALID_SPEC", "routes.replace[0].acknowledge_readonly"),
        (json!({ "routes": { "replace": [to_function("/a", "f"), to_function("/a/", "f")] } }), "INVALID_SPEC", "routes.replace[1]"),
        (json!({ "routes": { "replace": many } }), "INVALID_SPEC", "routes.replace"),
        (json!({ "routes": { "/a": { "function": "f" } } }), "INVALID_SPEC", "routes"),
        // What is carried forward counts as well: the route still leads to the function.
        (json!({ "functions": { "patch": { "delete": ["f"] } } }), "INVALID_SPEC", "routes.replace[0].target.name"),
    ]);
    let near = refused(&node, json!({ "functions": { "replace": { "orders": says("x"), "f": says("f") } }, "routes": { "replace": [to_function("/a", "order")] } }));
    assert_eq!(near["details"]["missing"], json!(["function:order"]));
    assert!(near["message"].as_str().unwrap().contains("`orders`"), "{near}");
    assert_eq!(refused(&node, route("admin", json!({})))["fix"]["value"], "/admin");
    assert_eq!(refused(&node, route("/a", json!({ "methods": ["post"] })))["fix"]["value"], "POST");
}

#[test]
fn an_upstream_is_one_of_the_nodes_configuration() {
    let node = Node::with("[upstreams.backend]\naddress = \"127.0.0.1:9\"");
    let to = |upstream: &str| json!({ "project": "site", "routes": { "replace": [{ "pattern": "/a", "target": { "type": "proxy", "upstream": upstream } }] } });
    let unknown = node.refused(&to("backends"));
    assert_eq!((&unknown["code"], &unknown["details"]["missing"]), (&json!("INVALID_SPEC"), &json!(["proxy:backends"])));
    assert!(unknown["message"].as_str().unwrap().contains("`backend`"), "{unknown}");
    node.apply(&to("backend"));
}

#[test]
fn files_that_cannot_be_released_are_refused() {
    let node = node_with_release();
    fs::create_dir(node.path().join("folder")).unwrap();
    let site = |path: &str, entry: Value| json!({ "site": { "replace": { path: entry } } });
    all_refused(&node, vec![
        (site("a.txt", json!({ "path": "missing.txt" })), "INVALID_SPEC", "site.replace[\"a.txt\"]"),
        (site("a", json!({ "path": "folder" })), "INVALID_SPEC", "site.replace.a"),
        (site("a", json!({ "data": "!", "encoding": "base64" })), "INVALID_SPEC", "site.replace.a.data"),
        (site("a", json!({ "data": "a", "encoding": "latin1" })), "INVALID_SPEC", "site.replace.a.encoding"),
        (site("a", json!({ "data": "a", "path": "b" })), "INVALID_SPEC", "site.replace.a"),
        (site("a", json!({})), "INVALID_SPEC", "site.replace.a"),
        (site("a", json!(7)), "INVALID_SPEC", "site.replace.a"),
        (site("a", json!({ "data": "a", "content_type": "text/html\r\nx: y" })), "INVALID_SPEC", "site.replace.a.content_type"),
        (site("/a", json!("a")), "INVALID_SPEC", "site.replace./a"),
        (site("a//b", json!("a")), "INVALID_SPEC", "site.replace.a//b"),
        (site("../a", json!("a")), "INVALID_SPEC", "site.replace[\"../a\"]"),
        (site("_cas/a", json!("a")), "INVALID_SPEC", "site.replace._cas/a"),
        (site("run402/adapter.json", json!("{}")), "ASTRO_ADAPTER_TREE_IN_SITE", "site.replace[\"run402/adapter.json\"]"),
        (site("app.0123abcd.js", json!("2")), "STATIC_IMMUTABLE_PATH_CHANGED", "site"),
        (json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/x": { "asset": "none.txt" } } } } }), "INVALID_SPEC", "site.public_paths.replace./x.asset"),
        (json!({ "site": { "public_paths": { "mode": "implicit", "replace": {} } } }), "INVALID_SPEC", "site.public_paths.replace"),
        (json!({ "site": { "public_paths": { "mode": "explicit" } } }), "INVALID_SPEC", "site.public_paths"),
    ]);
}

#[test]
fn secrets_are_named_by_a_release_and_kept_by_the_node() {
    let node = node_with_release();
    let show = function("export default () => new Response(process.env.STRIPE_KEY)");
    let spec = json!({ "secrets": { "require": ["STRIPE_KEY"] }, "functions": { "replace": { "f": show } } });
    let missing = refused(&node, spec.clone());
    assert_eq!((&missing["code"], &missing["details"]["missing"]), (&json!("MISSING_REQUIRED_SECRET"), &json!(["STRIPE_KEY"])));
    let given = refused(&node, json!({ "secrets": { "set": { "STRIPE_KEY": "sk_live" } } }));
    assert_eq!((&given["code"], &given["details"]["path"]), (&json!("INVALID_SPEC"), &json!("secrets.set")));

    let file = node.state().join("secrets/site.env");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "STRIPE_KEY=sk_test_1\n").unwrap();
    // A secret that everybody may read is none: the file is refused, and its value said to nobody.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let shared = refused(&node, spec.clone());
    assert_eq!(shared["code"], "STORAGE_UNAVAILABLE");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    node.site(spec.clone());
    assert_eq!(node.get("/f").text(), "sk_test_1");

    // The same release again takes a new value.
    fs::write(&file, "STRIPE_KEY=sk_test_2\n").unwrap();
    node.site(spec);
    assert_eq!(node.get("/f").text(), "sk_test_2");
    assert!(!node.log().contains("sk_test"), "a secret is in the log");
}

#[test]
fn code_that_does_not_load_never_goes_live() {
    let node = node_with_release();
    let syntax = refused(&node, json!({ "functions": { "replace": { "f": function("export default () => {\n  return new Response('x'\n};\n") } } }));
    assert_eq!((&syntax["code"], &syntax["details"]["function"]), (&json!("FUNCTION_BUILD_FAILED"), &json!("f")));
    assert_eq!((&syntax["details"]["file"], &syntax["details"]["line"]), (&json!("index.js"), &json!(2)), "{syntax}");
    assert!(syntax["message"].as_str().unwrap().contains("SyntaxError"), "{syntax}");

    // In the module it is in, not in the one that imports it.
    let files = json!({ "main.js": "import './lib/bad.js';\nexport default () => new Response('x');", "lib/bad.js": "const a = 1;\nnope.nope();\n" });
    let thrown = refused(&node, json!({ "functions": { "replace": { "f": { "runtime": "node22", "files": files, "entrypoint": "main.js" } } } }));
    assert_eq!((&thrown["code"], &thrown["details"]["file"], &thrown["details"]["line"]), (&json!("FUNCTION_BUILD_FAILED"), &json!("lib/bad.js"), &json!(2)));
    assert!(thrown["message"].as_str().unwrap().contains("nope"), "{thrown}");

    for (code, says) in [
        ("import 'left-pad'; export default () => new Response('x')", "left-pad"),
        ("import './none.js'; export default () => new Response('x')", "none.js"),
        ("export const handler = 1;", "export"),
    ] {
        let failed = refused(&node, json!({ "functions": { "replace": { "f": function(code) } } }));
        assert_eq!(failed["code"], "FUNCTION_BUILD_FAILED", "{code}");
        assert!(failed["message"].as_str().unwrap().contains(says), "{failed}");
    }
}

#[test]
fn projects_do_not_touch_each_other() {
    let node = node_with_release();
    node.apply(&json!({ "project": "other", "site": files(&[("index.html", "other")]) }));
    assert_eq!(node.get("/").text(), "one");
    // The call's project wins over the manifest's.
    let manifest = node.path().join("m.json");
    fs::write(&manifest, json!({ "project": "site", "site": files(&[("index.html", "third")]) }).to_string()).unwrap();
    let output = node.cli(&["apply", "-m", "m.json", "-p", "third"]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["project_id"], "third");
    assert_eq!(node.get("/").text(), "one");
    for name in ["../etc", "", "a/b", "_x"] {
        let bad = node.refused(&json!({ "project": name, "site": files(&[("index.html", "x")]) }));
        assert!(["BAD_FIELD", "INVALID_SPEC"].contains(&bad["code"].as_str().unwrap()), "{bad}");
    }
    let nameless = node.refused(&json!({ "site": files(&[("index.html", "x")]) }));
    assert_eq!((&nameless["code"], &nameless["details"]["path"]), (&json!("INVALID_SPEC"), &json!("project")));
}
