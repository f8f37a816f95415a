//! Reference 3.3: what a release must obey, row by row.

use crate::apply::{node_with_release, refused};
use crate::support::node::Node;
use crate::support::spec::{files, function, says, sha256, to_function, to_function_for};
use serde_json::{Map, Value, json};
use std::fs;

/// Refused with this code at this place, and nothing has changed.
fn refuse(node: &Node, spec: Value, code: &str, path: &str) -> Value {
    let envelope = refused(node, spec.clone());
    assert_eq!((&envelope["code"], &envelope["details"]["path"]), (&json!(code), &json!(path)), "{spec}\n{envelope}");
    envelope
}

fn routes(routes: &[Value]) -> Value {
    json!({ "routes": { "replace": routes } })
}

/// What `resolve` says of a path of `site.test`.
fn resolve(node: &Node, path: &str) -> Value {
    let output = node.cli(&["resolve", "--url", &format!("http://site.test{path}")]);
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["resolution"].take()
}

/// 1 to 64 letters, digits, `_` and `-`.
#[test]
fn function_name() {
    let node = node_with_release();
    let named = |name: &str| json!({ "functions": { "patch": { "set": { name: says("x") } } } });
    for name in ["a b", "a/b", "\u{e9}", "a:b", &"a".repeat(65)] {
        refuse(&node, named(name), "INVALID_SPEC", &format!("functions.patch.set.{name}"));
    }
    refuse(&node, named("a.b"), "INVALID_SPEC", "functions.patch.set[\"a.b\"]");
    for name in ["a", "A_b-9", "-", "_", &"z".repeat(64)] {
        node.site(named(name));
    }
}

/// Begins with a slash, has at most 256 bytes and no query, is well encoded, and has a star only as its last segment.
#[test]
fn route_pattern() {
    let node = node_with_release();
    let longest = format!("/{}", "a".repeat(255));
    let of_umlauts = format!("/{}", "\u{fc}".repeat(128));
    for pattern in
        ["x", "", "*", "/*", "/x*", "/*/x", "/x/*/y", "/x?y", "/%", "/%zz", "/%ff", &format!("{longest}a"), &of_umlauts]
    {
        refuse(&node, routes(&[to_function(pattern, "f")]), "INVALID_SPEC", "routes.replace[0].pattern");
    }
    let taken = ["/", "/x", "/x/", "/x/*", "/x/y.z/*", "/caf%C3%A9", "/\u{fc}", "/a%2Ab", &longest];
    for pattern in taken {
        node.site(routes(&[to_function(pattern, "f")]));
    }
    // What was taken last is reached.
    assert_eq!(node.get(&longest).text(), "f of one");
}

/// 100 routes and no more.
#[test]
fn route_table() {
    let node = node_with_release();
    let many = |count: usize| -> Vec<Value> { (0..count).map(|i| to_function(&format!("/r/{i}"), "f")).collect() };
    refuse(&node, routes(&many(101)), "INVALID_SPEC", "routes.replace");
    node.site(routes(&many(100)));
    assert_eq!(node.get("/r/99").text(), "f of one");
}

/// Two routes that would match the same request are refused: a slash at the end, another spelling, and HEAD of GET do not
/// make them two.
#[test]
fn duplicates() {
    let node = node_with_release();
    for (one, other) in [
        (to_function("/x", "f"), to_function("/x", "f")),
        (to_function("/x", "f"), to_function("/x/", "f")),
        (to_function("/%78", "f"), to_function("/x", "f")),
        (to_function("/caf%C3%A9", "f"), to_function("/cafe\u{301}/", "f")),
        (to_function("/x/*", "f"), to_function("/%78/*", "f")),
        (to_function_for(&["GET"], "/x", "f"), to_function_for(&["HEAD"], "/x/", "f")),
        (to_function_for(&["PUT", "GET"], "/x/*", "f"), to_function_for(&["PUT"], "/x/*", "f")),
        (to_function("/x", "f"), to_function_for(&["OPTIONS"], "/x", "f")),
    ] {
        let envelope = refuse(&node, routes(&[one, other.clone()]), "INVALID_SPEC", "routes.replace[1]");
        assert_eq!(envelope["details"]["pattern"], other["pattern"]);
        assert!(!envelope["details"]["methods"].as_array().unwrap().is_empty(), "{envelope}");
    }
    // These are two each.
    node.site(routes(&[
        to_function_for(&["GET"], "/x", "f"),
        to_function_for(&["POST"], "/x/", "f"),
        to_function("/x/*", "f"),
        to_function("/x/y", "f"),
        to_function("/X", "f"),
        to_function("/", "f"),
    ]));
}

/// Every target is in the release that results, and all that are not are named.
#[test]
fn targets() {
    let node = node_with_release();
    let to_file =
        |pattern: &str, file: &str| json!({ "pattern": pattern, "target": { "type": "static", "file": file } });
    let envelope = refuse(
        &node,
        routes(&[
            to_function("/a", "f"),
            to_function("/b", "gone"),
            to_file("/c", "gone.html"),
            to_file("/d", "index.html"),
        ]),
        "INVALID_SPEC",
        "routes.replace[1].target.name",
    );
    assert_eq!(envelope["details"]["missing"], json!(["function:gone", "static:gone.html"]));
    // Sections that are carried forward count: the function goes, and its route stays.
    let envelope = refused(&node, json!({ "functions": { "patch": { "delete": ["f"] } } }));
    assert_eq!((&envelope["code"], &envelope["details"]["missing"]), (&json!("INVALID_SPEC"), &json!(["function:f"])));
    node.site(json!({ "functions": { "patch": { "delete": ["f"] } }, "routes": { "replace": [to_file("/f", "index.html")] } }));
    assert_eq!(node.get("/f").text(), "one");
    let envelope = node.refused(&json!({ "project": "site", "site": { "patch": { "delete": ["index.html"] } } }));
    assert_eq!(envelope["details"]["missing"], json!(["static:index.html"]));
}

/// The table's digest is that of its entries in order: exact before prefix, longer prefixes first, then by pattern, methods
/// and target; none for an empty table.
#[test]
fn route_order_digest() {
    let node = node_with_release();
    let mut table = vec![
        to_function("/b/*", "f"),
        json!({ "pattern": "/page", "methods": ["GET"], "target": { "type": "static", "file": "index.html" } }),
        to_function_for(&["POST", "DELETE"], "/a", "f"),
        to_function("/longer/*", "f"),
        to_function_for(&["GET"], "/a", "f"),
        to_function("/a/*", "f"),
        to_function("/Z", "f"),
    ];
    let entries = [
        r#"{"pattern":"/Z","kind":"exact","prefix":null,"methods":null,"target":{"type":"function","name":"f"}}"#,
        r#"{"pattern":"/a","kind":"exact","prefix":null,"methods":["DELETE","POST"],"target":{"type":"function","name":"f"}}"#,
        r#"{"pattern":"/a","kind":"exact","prefix":null,"methods":["GET"],"target":{"type":"function","name":"f"}}"#,
        r#"{"pattern":"/page","kind":"exact","prefix":null,"methods":["GET","HEAD"],"target":{"type":"static","file":"index.html"}}"#,
        r#"{"pattern":"/longer/*","kind":"prefix","prefix":"/longer/","methods":null,"target":{"type":"function","name":"f"}}"#,
        r#"{"pattern":"/a/*","kind":"prefix","prefix":"/a/","methods":null,"target":{"type":"function","name":"f"}}"#,
        r#"{"pattern":"/b/*","kind":"prefix","prefix":"/b/","methods":null,"target":{"type":"function","name":"f"}}"#,
    ];
    let digest = sha256(format!("[{}]", entries.join(",")).as_bytes());
    for _ in 0..2 {
        node.site(routes(&table));
        assert_eq!(resolve(&node, "/a")["route_manifest_sha256"], json!(digest));
        table.reverse();
    }
    node.site(routes(&[]));
    assert_eq!(resolve(&node, "/a")["route_manifest_sha256"], Value::Null);
}

/// A role gate is checked for its form when it is planned.
#[test]
fn require_role() {
    let node = node_with_release();
    let gated = |gate: Value| {
        let mut f = says("secret");
        f["requireRole"] = gate;
        json!({ "functions": { "replace": { "f": f } } })
    };
    let gate = |field: &str, value: Value| {
        let mut gate = json!({ "table": "members", "idColumn": "user_id", "roleColumn": "role", "allowed": ["admin"] });
        gate[field] = value;
        gated(gate)
    };
    let at = "functions.replace.f.requireRole";
    for (field, value) in [
        ("table", json!("public.members")),
        ("idColumn", json!("1id")),
        ("roleColumn", json!("ro le")),
        ("allowed", json!([])),
        ("cacheTtl", json!(601)),
        ("cacheTtl", json!(-1)),
    ] {
        refuse(&node, gate(field, value), "INVALID_SPEC", &format!("{at}.{field}"));
    }
    for ttl in [0, 60, 600] {
        // The form is good; only then is the table looked for.
        let mut spec = gate("cacheTtl", json!(ttl));
        spec["project"] = "site".into();
        assert_eq!(node.refused(&spec)["code"], "DEPLOY_INVALID_ROLE_GATE", "{ttl}");
    }
    let other = |table: &str| {
        let mut f = says("secret");
        f["requireRole"] = json!({ "table": table, "idColumn": "i", "roleColumn": "r", "allowed": ["a"] });
        f
    };
    let two = json!({ "functions": { "replace": { "a": other("members"), "f": other("staff") } } });
    refuse(&node, two, "INVALID_SPEC", at);
    node.site(gated(Value::Null));
}

/// Tables and columns of a gate are looked for before the swap (more of it in `s3_7`).
#[test]
fn require_role_table_existence() {
    let node = node_with_release();
    let mut f = says("secret");
    f["requireRole"] = json!({ "table": "nowhere", "idColumn": "i", "roleColumn": "r", "allowed": ["a"] });
    let spec = json!({ "project": "site", "functions": { "replace": { "f": f } } });
    let envelope = node.refused(&spec);
    assert_eq!(envelope["code"], "DEPLOY_INVALID_ROLE_GATE");
    assert_eq!(envelope["details"]["table"], "nowhere");
}

/// Locales are written as RFC 5646 has them, and the error says how.
#[test]
fn locale_casing() {
    let node = node_with_release();
    let i18n = |locale: &str| json!({ "i18n": { "defaultLocale": "en", "locales": ["en", locale] } });
    for (input, canonical) in [
        ("EN-us", "en-US"),
        ("pt-br", "pt-BR"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("es-419X", "es-419x"),
        ("DE-CH-1996", "de-CH-1996"),
        ("sl-Rozaj", "sl-rozaj"),
        ("en-X-US", "en-x-us"),
    ] {
        let envelope = refuse(&node, i18n(input), "R402_LOCALE_NOT_CANONICAL", "i18n.locales[1]");
        assert_eq!((&envelope["fix"]["input"], &envelope["fix"]["canonical"]), (&json!(input), &json!(canonical)));
        node.site(i18n(canonical));
    }
}

/// A release that needs a secret the project does not have is refused.
#[test]
fn missing_secret() {
    let node = node_with_release();
    let envelope = refused(&node, json!({ "secrets": { "require": ["B_KEY", "A_KEY"] } }));
    assert_eq!(envelope["code"], "MISSING_REQUIRED_SECRET");
    assert_eq!(envelope["details"]["missing"], json!(["A_KEY", "B_KEY"]));
}

/// Databases are not this node's: a migration is refused by its place, an empty list is not.
#[test]
fn migration() {
    let node = node_with_release();
    let migrate = |migrations: Value| json!({ "i18n": null, "database": { "migrations": migrations } });
    let one = json!([{ "id": "1", "checksum": sha256(b"select 1"), "sql": "select 1" }]);
    refuse(&node, migrate(one), "UNSUPPORTED_FEATURE", "database.migrations");
    node.site(migrate(json!([])));
}

/// A path that browsers keep for a year keeps its bytes, whichever way they would change.
#[test]
fn immutable_bytes_changed() {
    let node = node_with_release();
    for site in [
        json!({ "patch": { "put": { "app.0123abcd.js": { "data": "2" } } } }),
        files(&[("index.html", "one"), ("app.0123abcd.js", "2")]),
        json!({
            "patch": { "put": { "other.js": { "data": "2" } } },
            "public_paths": { "mode": "explicit", "replace": { "/": { "asset": "index.html" }, "/app.0123abcd.js": { "asset": "other.js" } } },
        }),
    ] {
        let envelope = refused(&node, json!({ "site": site }));
        assert_eq!(envelope["code"], "STATIC_IMMUTABLE_PATH_CHANGED", "{envelope}");
        assert_eq!(envelope["details"]["paths"], json!(["/app.0123abcd.js"]));
    }
    // The same bytes, another path, and a path that goes are no change.
    node.site(json!({ "site": files(&[("index.html", "one"), ("app.0123abcd.js", "1"), ("app.89abcdef.js", "2")]) }));
    node.site(json!({ "site": { "patch": { "delete": ["app.0123abcd.js"] } } }));
    assert_eq!(node.get("/app.89abcdef.js").text(), "2");
}

/// What a spec leaves out is the release's before it; explicit public paths stay until the spec says otherwise.
#[test]
fn carry_forward() {
    let node = node_with_release();
    node.site(json!({ "i18n": { "defaultLocale": "en", "locales": ["en"] } }));
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("one".to_owned(), "f of one".to_owned()));
    // Sections that are `null` say nothing, except `i18n`, which they clear.
    let locale = "export default (req) => new Response(String(req.headers.get('x-run402-locale')))";
    node.site(json!({ "routes": null, "functions": { "patch": { "set": { "f": function(locale) } } } }));
    assert_eq!(node.get("/f").text(), "en");
    node.site(json!({ "i18n": null }));
    assert_eq!(node.get("/f").text(), "null");
    // A patch of a function keeps what it does not name.
    node.site(json!({ "functions": { "patch": { "set": { "f": { "config": { "timeoutSeconds": 3 } } } } } }));
    assert_eq!(node.get("/f").text(), "null");
    node.site(
        json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/": { "asset": "index.html" } } } } }),
    );
    node.site(json!({ "site": { "patch": { "put": { "new.txt": { "data": "new" } } } } }));
    assert_eq!((node.get("/").status, node.get("/new.txt").status), (200, 404));
    // A release from nothing carries nothing.
    node.site(json!({ "base": { "release": "empty" }, "site": files(&[("a.txt", "a")]) }));
    assert_eq!((node.get("/").status, node.get("/f").status, node.get("/a.txt").status), (404, 404, 200));
}

/// A release's digest is the SHA-256 of a prefix and of what it holds, as JSON with sorted keys.
#[test]
fn digests() {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(sorted).collect(),
            Value::Object(fields) => {
                let mut keys: Vec<&String> = fields.keys().collect();
                keys.sort();
                keys.into_iter().map(|key| (key.clone(), sorted(&fields[key]))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
    let node = node_with_release();
    let spec = json!({
        "project": "site",
        "site": { "patch": { "put": { "z.txt": { "data": "z" }, "\u{fc}.txt": { "data": "\u{fc}" } } } },
        "i18n": { "defaultLocale": "en", "locales": ["en", "de"] },
    });
    let applied = node.apply(&spec);
    let id = applied["release_id"].as_str().unwrap();
    let file = node.state().join("projects/site/releases").join(format!("{id}.json"));
    let mut document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    // Which release it is, and what it still answers of earlier ones, is not what it holds.
    for identity in ["id", "parent", "created_at", "digest", "superseded"] {
        document.as_object_mut().unwrap().shift_remove(identity);
    }
    let canonical = format!("run402-materialized-release-v1:{}", sorted(&document));
    assert_eq!(applied["digest"], json!(sha256(canonical.as_bytes())));
    // The same content again is the same digest.
    assert_eq!(node.apply(&spec)["digest"], applied["digest"]);
}
