//! Releases through `portico apply`: what a manifest may say, what is carried forward, and the way back.

use crate::support::node::Node;
use crate::support::spec::{base64, files, function, mirror, says, sha256, to_function};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

/// A node on which project `site` serves a page and a function.
pub fn node_with_release() -> Node {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "one"), ("app.0123abcd.js", "1")]),
        "functions": { "replace": { "f": says("f of one") } },
        "routes": { "replace": [to_function("/f", "f")] },
    }));
    node
}

/// Applies what must be refused, and sees to it that nothing has changed.
pub fn refused(node: &Node, mut spec: Value) -> Value {
    if spec.get("project_id").is_none() {
        spec["project"] = "site".into();
    }
    let envelope = node.refused(&spec);
    assert_eq!(envelope["status"], "error", "{envelope}");
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "f of one".to_owned()), "{envelope}");
    envelope
}

#[test]
fn content_is_text_base64_or_a_file_beside_the_manifest() {
    let node = Node::start();
    let folder = node.path().join("shop");
    fs::create_dir_all(folder.join("pages")).unwrap();
    fs::write(folder.join("pages/home.html"), "<h1>home</h1>").unwrap();
    fs::write(
        folder.join("hello.js"),
        "import { word } from './lib/word.js'; export default () => new Response(word);",
    )
    .unwrap();
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
    let envelope =
        node.refused(&json!({ "project": "site", "site": { "replace": { "__source": "local-dir", "path": "dist" } } }));
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
    assert_eq!(
        (&camel["is_noop"], &camel["release_id"], &camel["digest"]),
        (&json!(true), &snake["release_id"], &snake["digest"])
    );
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
        assert_eq!(
            (&envelope["code"], &envelope["details"]["path"]),
            (&json!("CONTENT_DIGEST_MISSING"), &json!("site.replace[\"a.txt\"]"))
        );
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
    node.site(
        json!({ "i18n": null, "site": { "patch": { "put": { "new.txt": "new" }, "delete": ["app.0123abcd.js"] } } }),
    );
    assert_eq!((node.get("/").text(), node.get("/new.txt").text()), ("one".to_owned(), "new".to_owned()));
    assert_eq!(node.get("/app.0123abcd.js").status, 404);
    assert!(node.get("/g").json()["headers"].get("x-run402-locale").is_none());
    // An empty list is a word, `null` is none.
    node.site(json!({ "routes": null, "site": { "patch": { "delete": ["new.txt"] } } }));
    assert_eq!(node.get("/f").text(), "f of one");
    node.site(json!({ "routes": { "replace": [] }, "functions": { "patch": { "delete": ["f", "g"] } } }));
    assert_eq!(
        (node.get("/f").text(), node.get("/").text()),
        ("one".to_owned(), "one".to_owned()),
        "the page of an application"
    );
    node.site(json!({ "base": { "release": "empty" }, "site": files(&[("only.txt", "only")]) }));
    assert_eq!((node.get("/only.txt").status, node.get("/").status), (200, 404));
}

#[test]
fn a_release_is_made_from_the_one_it_names_or_not_at_all() {
    let node = node_with_release();
    let first: Value = serde_json::from_slice(&node.cli(&["releases", "--project", "site"]).stdout).unwrap();
    let id = &first["releases"][0]["release_id"];
    let conflict = refused(
        &node,
        json!({ "base": { "release_id": "rel_000000000000000000000000" }, "site": files(&[("index.html", "x")]) }),
    );
    assert_eq!((&conflict["code"], &conflict["retryable"]), (&json!("BASE_RELEASE_CONFLICT"), &json!(true)));
    let next = node.site(json!({ "base": { "release_id": id }, "site": files(&[("index.html", "two")]) }));
    assert_eq!((&next["parent_id"], node.get("/").text().as_str()), (id, "two"));
}

#[test]
fn an_older_release_comes_back_in_one_step() {
    let node = Node::start();
    let spec = |n: &str| {
        json!({
            "site": files(&[("index.html", n)]),
            "functions": { "replace": { "f": says(n) } },
            "routes": { "replace": [to_function("/f", "f")] },
        })
    };
    let one = node.site(spec("one"));
    let two = node.site(spec("two"));
    let back = node.cli(&["releases", "--project", "site", "--promote", one["release_id"].as_str().unwrap()]);
    assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "one".to_owned()));
    // The newest first, and the live one marked.
    let listed: Value = serde_json::from_slice(&node.cli(&["releases"]).stdout).unwrap();
    let lines: Vec<_> =
        listed["releases"].as_array().unwrap().iter().map(|r| (r["release_id"].clone(), r["status"].clone())).collect();
    assert_eq!(lines, [(two["release_id"].clone(), json!("superseded")), (one["release_id"].clone(), json!("active"))]);
    let unknown = node.cli(&["releases", "--project", "site", "--promote", "rel_000000000000000000000000"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("PROMOTE_TARGET_NOT_FOUND"));
    assert_eq!(node.get("/").text(), "one");
}

#[test]
fn secrets_are_named_by_a_release_and_kept_by_the_node() {
    let node = node_with_release();
    let show = function("export default () => new Response(process.env.STRIPE_KEY)");
    let spec = json!({ "secrets": { "require": ["STRIPE_KEY"] }, "functions": { "replace": { "f": show } } });
    let missing = refused(&node, spec.clone());
    assert_eq!(
        (&missing["code"], &missing["details"]["missing"]),
        (&json!("MISSING_REQUIRED_SECRET"), &json!(["STRIPE_KEY"]))
    );
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

    // The file was taken in. The same release again takes a new value from a new one.
    assert!(!file.exists());
    fs::write(&file, "STRIPE_KEY=sk_test_2\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    node.site(spec);
    assert_eq!(node.get("/f").text(), "sk_test_2");
    assert!(!node.log().contains("sk_test"), "a secret is in the log");
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

#[test]
fn applies_at_the_same_time_take_turns() {
    const APPLIES: u64 = 12;
    let node = Node::start();
    // Each adds a file of its own to what the one before it has left.
    thread::scope(|scope| {
        for n in 0..APPLIES {
            let node = &node;
            scope.spawn(move || node.apply(&json!({ "project": "site", "site": { "patch": { "put": { format!("{n}.txt"): n.to_string() } } } })));
        }
    });
    let last = node.site(json!({ "i18n": { "default_locale": "en", "locales": ["en"] } }));
    assert_eq!(last["generation"], APPLIES + 1);
    for n in 0..APPLIES {
        assert_eq!(node.get(&format!("/{n}.txt")).text(), n.to_string());
    }
}
