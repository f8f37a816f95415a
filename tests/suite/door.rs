//! What functions reach of their own node: the platform's address, and nothing beside it.

use crate::support::dev::Dev;
use crate::support::functions::functions;
use crate::support::node::Node;
use serde_json::{Value, json};

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
