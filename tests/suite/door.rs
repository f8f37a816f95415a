//! What functions reach of their own node: the platform's address, and nothing beside it.

use crate::support::auth::JWT_SECRET;
use crate::support::dev::Dev;
use crate::support::functions::functions;
use crate::support::node::Node;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Calls the platform with the method and path of its query, as the library does; or the address that is asked for.
const CALLER: &str = r#"
    export default async (req) => {
        const asked = new URL(req.url).searchParams;
        const base = process.env.RUN402_API_BASE;
        if (!asked.has("path")) return new Response(base);
        const url = asked.get("path").startsWith("/") ? base + asked.get("path") : asked.get("path").replace("PORT", new URL(base).port);
        const key = { service: process.env.RUN402_SERVICE_KEY, anon: process.env.RUN402_ANON_KEY }[asked.get("key")] ?? asked.get("key");
        const headers = key ? { authorization: `Bearer ${key}` } : {};
        try {
            const answer = await fetch(url, { method: asked.get("method") ?? "GET", headers, redirect: "manual" });
            return Response.json({ status: answer.status, ...(await answer.json()) });
        } catch (error) {
            return Response.json({ failed: `${error.message} ${error.cause?.message ?? ""}` });
        }
    };"#;

fn node(more: &str) -> Node {
    let node = Node::with(more);
    node.site(functions(&[("f", CALLER)]));
    node
}

fn call(node: &Node, method: &str, path: &str, key: &str) -> Value {
    let path: String = path.bytes().map(|byte| format!("%{byte:02x}")).collect();
    node.get(&format!("/f?method={method}&path={path}&key={key}")).json()
}

#[test]
fn the_platform_is_on_loopback_and_has_no_slash_at_its_end() {
    let node = node("");
    let base = node.get("/f").text();
    let port = base.strip_prefix("http://127.0.0.1:").unwrap_or_else(|| panic!("{base}"));
    assert!(port.parse::<u16>().unwrap() > 0);
}

#[test]
fn a_service_that_this_node_does_not_have_is_refused_for_good() {
    let node = node("");
    for (method, path) in [
        ("GET", "/rest/v1/items?select=*"),
        ("POST", "/admin/v1/rest/items"),
        ("POST", "/projects/v1/admin/site/sql"),
        ("POST", "/cache/v1/invalidate"),
        ("GET", "/"),
        ("GET", "/internal/v1/other"),
        ("GET", "/internal/v1/actor-context-keys/"),
        // The deploy API's, which are not here.
        ("POST", "/apply/v1/apply"),
        ("GET", "/apply/v1/releases"),
        ("GET", "/projects/v1"),
        ("GET", "/hosts/v1"),
        ("GET", "/metrics"),
        ("GET", "/health"),
    ] {
        let answer = call(&node, method, path, "service");
        assert_eq!(
            (&answer["status"], &answer["code"]),
            (&json!(501), &json!("PLATFORM_SERVICE_UNAVAILABLE")),
            "{path}"
        );
        assert_eq!(answer["details"]["method"], method);
    }
}

fn keys_of(answer: &Value) -> BTreeSet<String> {
    match &answer["keys"] {
        Value::Array(keys) => keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect(),
        Value::Object(keys) => keys.keys().cloned().collect(),
        _ => panic!("{answer}"),
    }
}

const PUBLIC: &str = "/internal/v1/project-jwt-keys";
const SECRET: &str = "/internal/v1/actor-context-keys";

#[test]
fn functions_get_the_keys_of_their_own_project() {
    let node = node("");
    let public = call(&node, "GET", PUBLIC, "service");
    for key in public["keys"].as_array().unwrap() {
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("EC"), &json!("P-256"), &json!("ES256")));
        assert!(key["d"].is_null(), "a private key: {key}");
    }
    let secret = call(&node, "GET", SECRET, "service");
    assert!(!keys_of(&public).is_empty() && !keys_of(&secret).is_empty());
    // A token of this node names one of them.
    let header = node.token("u").split('.').next().unwrap().to_owned();
    let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(&header).unwrap()).unwrap();
    assert!(keys_of(&public).contains(header["kid"].as_str().unwrap()));
    // Another project has others.
    let mut other = functions(&[("f", CALLER)]);
    other["project"] = "other".into();
    node.apply(&other);
    assert!(node.cli(&["hosts", "bind", "other.test", "--project", "other"]).status.success());
    for (path, own) in [(PUBLIC, &public), (SECRET, &secret)] {
        let query = format!("/f?path={}&key=service", path.replace('/', "%2f"));
        let answer = crate::support::http::request(node.edge, "GET", "other.test", &query, &[], b"").json();
        assert_eq!(answer["status"], 200, "{answer}");
        assert!(keys_of(&answer).is_disjoint(&keys_of(own)));
    }
}

#[test]
fn keys_are_for_the_service_key_of_functions_only() {
    let node = node("");
    let operator = std::fs::read_to_string(node.state().join("api-token")).unwrap();
    for path in [PUBLIC, SECRET] {
        for (key, status, code) in [
            ("", 401, "API_KEY_REQUIRED"),
            ("wrong", 401, "API_KEY_REQUIRED"),
            (operator.trim(), 401, "API_KEY_REQUIRED"),
            ("anon", 403, "API_KEY_FORBIDDEN"),
        ] {
            let answer = call(&node, "GET", path, key);
            assert_eq!((&answer["status"], &answer["code"]), (&json!(status), &json!(code)), "{key}");
            assert!(answer["keys"].is_null());
        }
        assert_eq!(call(&node, "POST", path, "service")["status"], 405);
    }
}

#[test]
fn the_api_listener_has_the_keys_as_well_and_takes_no_functions_key_for_more() {
    let source = "export default () => new Response(process.env.RUN402_SERVICE_KEY);";
    let node = Node::start();
    node.site(functions(&[("f", source)]));
    let bearer = format!("Bearer {}", node.get("/f").text());
    let ask = |method: &str, path: &str, headers: &[(&str, &str)]| {
        crate::support::http::request(node.api, method, "localhost", path, headers, b"")
    };
    let with = [("authorization", bearer.as_str())];
    for path in [PUBLIC, SECRET] {
        assert_eq!(ask("GET", path, &with).status, 200);
        assert_eq!(ask("GET", path, &[]).status, 401);
        assert_eq!(ask("GET", path, &[with[0], with[0]]).status, 401, "which of two is meant?");
        assert_eq!(node.call("GET", path, b"").status, 401, "the operator's token is none of them");
        assert_eq!(node.get(path).status, 404, "the public edge");
    }
    for path in ["/projects/v1", "/metrics", "/secrets/v1/site", "/keys/v1/site", "/auth/v1/projects/site"] {
        assert_eq!(ask("GET", path, &with).status, 401, "{path}");
    }
}

#[test]
fn a_projects_own_key_takes_the_place_of_the_platforms() {
    let source = "export default () => Response.json([process.env.RUN402_SERVICE_KEY, process.env.RUN402_JWT_SECRET]);";
    let node = Node::start();
    let set = node.cli_with(&["secrets", "set", "RUN402_SERVICE_KEY", "--project", "site", "--stdin"], b"theirs");
    assert!(set.status.success());
    node.auth("site", &json!({ "jwt_secret": JWT_SECRET }));
    node.site(functions(&[("f", source)]));
    assert_eq!(node.get("/f").json(), json!(["theirs", JWT_SECRET]));
}

#[test]
fn a_rotation_reaches_functions_that_have_fetched_their_keys_before() {
    // As the library does: once.
    let source = "let keys;
        export default async () => {
            const headers = { authorization: `Bearer ${process.env.RUN402_SERVICE_KEY}` };
            keys ??= await (await fetch(`${process.env.RUN402_API_BASE}/internal/v1/actor-context-keys`, { headers })).json();
            return Response.json({ ...keys, secret: process.env.RUN402_JWT_SECRET });
        };";
    let node = Node::start();
    node.site(functions(&[("f", source)]));
    let before = node.get("/f").json();
    assert_eq!(node.get("/f").json(), before);
    for _ in 0..2 {
        node.run_cli(&["auth", "rotate", "--project", "site"]);
    }
    let after = node.get("/f").json();
    assert!(keys_of(&before).is_subset(&keys_of(&after)), "what was signed before is still good");
    assert_eq!(keys_of(&after).difference(&keys_of(&before)).count(), 2);
    assert_ne!(before["secret"], after["secret"]);
}

#[test]
fn functions_call_each_other_by_name() {
    let caller = r#"export default async (req) => {
        const [path, key, token] = JSON.parse(await req.text());
        const headers = { apikey: process.env[`RUN402_${key}_KEY`] ?? "none", ...(token ? { authorization: `Bearer ${token}` } : {}) };
        const answer = await fetch(process.env.RUN402_API_BASE + path, { method: "POST", headers, body: "x".repeat(100_000) });
        return Response.json([answer.status, await answer.text()]);
    };"#;
    let called = "export default async (req) => new Response(`${new URL(req.url).pathname} ${(await req.text()).length} \
        ${req.headers.get('apikey')} ${req.headers.get('x-run402-user-id')}`);";
    let mut spec = functions(&[("f", caller), ("open", called), ("gated", called)]);
    spec["functions"]["replace"]["gated"]["requireAuth"] = true.into();
    let node = Node::start();
    node.site(spec);
    let token = node.token("u_1");
    let ask = |path: &str, key: &str, token: &str| {
        let answer = node.send("POST", "/f", &[], json!([path, key, token]).to_string().as_bytes()).json();
        (answer[0].as_u64().unwrap(), answer[1].as_str().unwrap().to_owned())
    };
    for key in ["ANON", "SERVICE"] {
        let said = "/functions/v1/open/a 100000 null null".to_owned();
        assert_eq!(ask("/functions/v1/open/a", key, ""), (200, said));
        assert_eq!(ask("/functions/v1/gated", key, "").0, 401, "a key is no user");
        assert_eq!(ask("/functions/v1/gated", key, &token), (200, "/functions/v1/gated 100000 null u_1".to_owned()));
    }
    assert_eq!(ask("/functions/v1/open", "NO", "").0, 401);
    // The platform's own endpoint below it, which this node does not have, and Fluxbase's, which is not the platform's.
    for path in ["/functions/v1/open/runs", "/api/v1/functions/open/invoke"] {
        let (status, text) = ask(path, "SERVICE", "");
        assert_eq!(status, 501, "{text}");
    }
}

#[test]
fn only_the_exact_address_is_open_to_functions() {
    let node = node("");
    for path in [
        "http://localhost:PORT/",
        "http://127.0.0.2:PORT/",
        "http://[::1]:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://0.0.0.0:PORT/",
        "https://127.0.0.1:PORT/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/",
    ] {
        let answer = call(&node, "GET", path, "");
        assert!(answer["failed"].as_str().is_some_and(|why| why.contains("not allowed")), "{path}: {answer}");
    }
}

#[test]
fn a_configured_platform_takes_the_place_of_this_node() {
    let node = node("[functions]\napi_base = \"http://192.0.2.1:4022\"\n");
    assert_eq!(node.get("/f").text(), "http://192.0.2.1:4022");
}

#[test]
fn it_is_there_in_development_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = functions(&[("f", CALLER)]);
    spec["project"] = "site".into();
    std::fs::write(folder.path().join("portico.json"), spec.to_string()).unwrap();
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    let answer = dev.get("/f?path=%2frest%2fv1%2fitems").json();
    assert_eq!((&answer["status"], &answer["code"]), (&json!(501), &json!("PLATFORM_SERVICE_UNAVAILABLE")), "{answer}");
}
