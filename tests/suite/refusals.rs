//! Releases that `portico apply` refuses: the code, the place in the manifest, and what would be right. Whatever is refused
//! leaves the release before it alone.

use crate::apply::{node_with_release, refused};
use crate::support::node::Node;
use crate::support::spec::{files, function, says, to_function};
use serde_json::{Value, json};
use std::fs;

/// Expects a code and a place for each of some specs.
fn all_refused(node: &Node, cases: Vec<(Value, &str, &str)>) {
    for (spec, code, path) in cases {
        let envelope = refused(node, spec.clone());
        assert_eq!(
            (&envelope["code"], &envelope["details"]["path"]),
            (&json!(code), &json!(path)),
            "{spec}\n{envelope}"
        );
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
fn unknown_fields_are_refused_with_the_nearest_known_one() {
    let node = node_with_release();
    for (spec, path, near) in [
        (json!({ "sites": files(&[("a", "a")]) }), "sites", "site"),
        (json!({ "subdomain": "shop" }), "subdomain", "subdomains"),
        (json!({ "site": { "files": {} } }), "site.files", "replace"),
        (
            json!({ "site": { "replace": { "a.txt": { "data": "a", "contentTyp": "text/html" } } } }),
            "site.replace[\"a.txt\"].contentTyp",
            "content_type",
        ),
        (
            json!({ "functions": { "replace": { "f": { "runtime": "node22", "source": "x", "config": { "timeoutSecond": 1 } } } } }),
            "functions.replace.f.config.timeoutSecond",
            "timeout_seconds",
        ),
        (route("/x", json!({ "patern": "/y" })), "routes.replace[0].patern", "pattern"),
    ] {
        let envelope = refused(&node, spec);
        assert_eq!(
            (&envelope["code"], &envelope["details"]["path"]),
            (&json!("INVALID_SPEC"), &json!(path)),
            "{envelope}"
        );
        assert_eq!(
            (&envelope["details"]["did_you_mean"], &envelope["fix"]["to"]),
            (&json!(near), &json!(near)),
            "{envelope}"
        );
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
    for nothing in
        [json!({}), json!({ "site": { "replace": {} } }), json!({ "routes": null }), json!({ "functions": {} })]
    {
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
    all_refused(
        &node,
        vec![
            (with("schedule", "*/5 * * * *".into()), "UNSUPPORTED_FEATURE", "functions.replace.f.schedule"),
            (with("deps", json!(["lodash"])), "UNSUPPORTED_FEATURE", "functions.replace.f.deps"),
            (
                json!({ "database": { "migrations": [{ "id": "1", "sql": "select 1" }] } }),
                "UNSUPPORTED_FEATURE",
                "database.migrations",
            ),
            (json!({ "site": files(&[("index.html", "two")]), "checks": [{}, 1] }), "UNSUPPORTED_FEATURE", "checks"),
            (json!({ "assets": { "put": [{ "key": "a", "data": "x" }] } }), "UNSUPPORTED_FEATURE", "assets.put"),
        ],
    );
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
    assert_eq!(
        (&locale["code"], &locale["details"]["path"]),
        (&json!("R402_LOCALE_NOT_CANONICAL"), &json!("i18n.locales[1]"))
    );
    assert_eq!((&locale["fix"]["input"], &locale["fix"]["canonical"]), (&json!("de-at"), &json!("de-AT")));
    all_refused(
        &node,
        vec![
            (json!({ "i18n": { "defaultLocale": "fr", "locales": ["en"] } }), "INVALID_SPEC", "i18n.defaultLocale"),
            (json!({ "i18n": { "defaultLocale": "en", "locales": [] } }), "INVALID_SPEC", "i18n.locales"),
            (
                json!({ "i18n": { "defaultLocale": "en", "locales": ["en"], "detect": ["header:x"] } }),
                "INVALID_SPEC",
                "i18n.detect[0]",
            ),
            (json!({ "subdomains": { "set": ["a", "b"] } }), "SUBDOMAIN_MULTI_NOT_SUPPORTED", "subdomains.set"),
            (json!({ "subdomains": { "set": ["Not-Lower"] } }), "INVALID_SPEC", "subdomains.set[0]"),
        ],
    );
}

#[test]
fn routes_that_cannot_be_meant_are_refused() {
    let node = node_with_release();
    let page = json!({ "type": "static", "file": "index.html" });
    let many: Vec<_> = (0..101).map(|n| to_function(&format!("/{n}"), "f")).collect();
    all_refused(
        &node,
        vec![
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
            (
                route("/a", json!({ "target": { "type": "worker", "name": "f" } })),
                "INVALID_SPEC",
                "routes.replace[0].target.type",
            ),
            (route("/a/*", json!({ "target": page })), "INVALID_SPEC", "routes.replace[0].pattern"),
            (route("/a", json!({ "target": page, "methods": ["POST"] })), "INVALID_SPEC", "routes.replace[0].methods"),
            (
                route("/a", json!({ "target": { "type": "static", "file": "/index.html" } })),
                "INVALID_SPEC",
                "routes.replace[0].target.file",
            ),
            (
                route("/a", json!({ "target": { "type": "static", "file": "../x" } })),
                "INVALID_SPEC",
                "routes.replace[0].target.file",
            ),
            (
                route("/a", json!({ "target": { "type": "static", "file": "none.html" } })),
                "INVALID_SPEC",
                "routes.replace[0].target.file",
            ),
            (
                route("/a", json!({ "target": { "type": "proxy", "upstream": "backend" } })),
                "INVALID_SPEC",
                "routes.replace[0].target.upstream",
            ),
            (
                route("/a", json!({ "acknowledge_readonly": true })),
                "INVALID_SPEC",
                "routes.replace[0].acknowledge_readonly",
            ),
            (
                json!({ "routes": { "replace": [to_function("/a", "f"), to_function("/a/", "f")] } }),
                "INVALID_SPEC",
                "routes.replace[1]",
            ),
            (json!({ "routes": { "replace": many } }), "INVALID_SPEC", "routes.replace"),
            (json!({ "routes": { "/a": { "function": "f" } } }), "INVALID_SPEC", "routes"),
            // What is carried forward counts as well: the route still leads to the function.
            (json!({ "functions": { "patch": { "delete": ["f"] } } }), "INVALID_SPEC", "routes.replace[0].target.name"),
        ],
    );
    let near = refused(
        &node,
        json!({ "functions": { "replace": { "orders": says("x"), "f": says("f") } }, "routes": { "replace": [to_function("/a", "order")] } }),
    );
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
    assert_eq!(
        (&unknown["code"], &unknown["details"]["missing"]),
        (&json!("INVALID_SPEC"), &json!(["proxy:backends"]))
    );
    assert!(unknown["message"].as_str().unwrap().contains("`backend`"), "{unknown}");
    node.apply(&to("backend"));
}

#[test]
fn files_that_cannot_be_released_are_refused() {
    let node = node_with_release();
    fs::create_dir(node.path().join("folder")).unwrap();
    let site = |path: &str, entry: Value| json!({ "site": { "replace": { path: entry } } });
    all_refused(
        &node,
        vec![
            (site("a.txt", json!({ "path": "missing.txt" })), "INVALID_SPEC", "site.replace[\"a.txt\"]"),
            (site("a", json!({ "path": "folder" })), "INVALID_SPEC", "site.replace.a"),
            (site("a", json!({ "data": "!", "encoding": "base64" })), "INVALID_SPEC", "site.replace.a.data"),
            (site("a", json!({ "data": "a", "encoding": "latin1" })), "INVALID_SPEC", "site.replace.a.encoding"),
            (site("a", json!({ "data": "a", "path": "b" })), "INVALID_SPEC", "site.replace.a"),
            (site("a", json!({})), "INVALID_SPEC", "site.replace.a"),
            (site("a", json!(7)), "INVALID_SPEC", "site.replace.a"),
            (
                site("a", json!({ "data": "a", "content_type": "text/html\r\nx: y" })),
                "INVALID_SPEC",
                "site.replace.a.content_type",
            ),
            (site("/a", json!("a")), "INVALID_SPEC", "site.replace./a"),
            (site("a//b", json!("a")), "INVALID_SPEC", "site.replace.a//b"),
            (site("../a", json!("a")), "INVALID_SPEC", "site.replace[\"../a\"]"),
            (site("_cas/a", json!("a")), "INVALID_SPEC", "site.replace._cas/a"),
            (
                site("run402/adapter.json", json!("{}")),
                "ASTRO_ADAPTER_TREE_IN_SITE",
                "site.replace[\"run402/adapter.json\"]",
            ),
            (site("app.0123abcd.js", json!("2")), "STATIC_IMMUTABLE_PATH_CHANGED", "site"),
            (
                json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/x": { "asset": "none.txt" } } } } }),
                "INVALID_SPEC",
                "site.public_paths.replace./x.asset",
            ),
            (
                json!({ "site": { "public_paths": { "mode": "implicit", "replace": {} } } }),
                "INVALID_SPEC",
                "site.public_paths.replace",
            ),
            (json!({ "site": { "public_paths": { "mode": "explicit" } } }), "INVALID_SPEC", "site.public_paths"),
        ],
    );
}

#[test]
fn code_that_does_not_load_never_goes_live() {
    let node = node_with_release();
    let syntax = refused(
        &node,
        json!({ "functions": { "replace": { "f": function("export default () => {\n  return new Response('x'\n};\n") } } }),
    );
    assert_eq!((&syntax["code"], &syntax["details"]["function"]), (&json!("FUNCTION_BUILD_FAILED"), &json!("f")));
    assert_eq!((&syntax["details"]["file"], &syntax["details"]["line"]), (&json!("index.js"), &json!(2)), "{syntax}");
    assert!(syntax["message"].as_str().unwrap().contains("SyntaxError"), "{syntax}");

    // In the module it is in, not in the one that imports it.
    let files = json!({ "main.js": "import './lib/bad.js';\nexport default () => new Response('x');", "lib/bad.js": "const a = 1;\nnope.nope();\n" });
    let thrown = refused(
        &node,
        json!({ "functions": { "replace": { "f": { "runtime": "node22", "files": files, "entrypoint": "main.js" } } } }),
    );
    assert_eq!(
        (&thrown["code"], &thrown["details"]["file"], &thrown["details"]["line"]),
        (&json!("FUNCTION_BUILD_FAILED"), &json!("lib/bad.js"), &json!(2))
    );
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
