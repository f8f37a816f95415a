//! The platform's own library in a function: its handler runs within the context by which the library finds its request
//! (reference 2.3). A small library takes its place here; the real ones are in `tests/actor`.

use crate::support::functions::{functions, of_files};
use crate::support::node::Node;
use serde_json::{Value, json};

const LIBRARY: &str = r#"
    import { AsyncLocalStorage } from "node:async_hooks";
    const contexts = new AsyncLocalStorage();
    export const runWithContext = (context, begin) => contexts.run(context, begin);
    export const getCurrentContext = () => contexts.getStore();
    export const taint = () => { contexts.getStore().cacheBypassTainted.value = true; };
    export let loads = 0;
    export async function ensureActorContextKeysLoaded() { loads += 1; }
    "#;

const PACKAGE: &str = "node_modules/@run402/functions/package.json";
const INDEX: &str = "node_modules/@run402/functions/dist/index.js";

/// A node whose function brings the library beside it.
fn node(main: &str) -> Node {
    let node = Node::start();
    let manifest = r#"{ "type": "module", "exports": { ".": { "import": "./dist/index.js" } } }"#;
    node.site(of_files(&[("main.js", main), (PACKAGE, manifest), (INDEX, LIBRARY)]));
    node
}

#[test]
fn a_handler_runs_within_the_context_of_its_own_instance_of_the_library() {
    let main = r#"
        import { getCurrentContext, loads } from "@run402/functions";
        export default async (req) => {
            await new Promise((done) => setTimeout(done, 1));
            const { cacheBypassTainted, active, ...context } = getCurrentContext();
            return Response.json({ ...context, actor: context.actor ?? null, flags: [cacheBypassTainted, active], loads,
                hasActor: "actor" in context && context.actor !== undefined });
        };"#;
    let node = node(main);
    let headers = [("X-Mixed", "1"), ("accept", "a"), ("accept", "b"), ("__proto__", "p"), ("get", "g")];
    let spoofed = [("x-run402-actor-context", "e30.AAAA"), ("x-run402-user-role", "admin")];
    let answer = node.send("GET", "/f/a%20b?q=1", &[&headers[..], &spoofed].concat(), b"");
    let told = answer.json();
    let id = answer.header("x-run402-request-id").unwrap();
    assert_eq!(
        (&told["requestId"], &told["projectId"], &told["host"]),
        (&json!(id), &json!("site"), &json!("site.test"))
    );
    assert!(told["releaseId"].as_str().unwrap().starts_with("rel_"));
    assert_eq!((&told["locale"], &told["defaultLocale"]), (&Value::Null, &Value::Null));
    assert_eq!(told["invocationKind"], "routed_http");
    assert_eq!((&told["hasActor"], &told["loads"]), (&json!(false), &json!(0)), "nobody is signed in");
    assert_eq!(told["flags"], json!([{ "value": false }, { "value": true }]));
    assert_eq!(told["request"]["method"], "GET");
    assert!(told["request"]["url"].as_str().unwrap().ends_with("/f/a%20b?q=1"));
    let seen = told["request"]["headers"].as_object().unwrap();
    assert_eq!((&seen["x-mixed"], &seen["accept"], &seen["get"]), (&json!("1"), &json!("a, b"), &json!("g")));
    assert_eq!((&seen["__proto__"], &seen["x-run402-request-id"]), (&json!("p"), &json!(id)));
    assert!(!seen.contains_key("x-run402-actor-context") && !seen.contains_key("x-run402-user-role"), "{seen:?}");
}

#[test]
fn a_session_is_told_to_the_library_with_its_own_id() {
    let main = r#"
        import { getCurrentContext, loads } from "@run402/functions";
        export default (req) => {
            const { actor, request, requestId } = getCurrentContext();
            return Response.json({ actor, headers: request.headers, requestId, loads });
        };"#;
    let node = node(main);
    let cookie = node.session("u_1");
    let told = || node.send("GET", "/f", &[("cookie", &cookie)], b"").json();
    let (first, second) = (told(), told());
    let session = cookie.split('=').nth(1).unwrap().split('.').nth(1).unwrap();
    let actor = &first["actor"];
    assert_eq!(
        (&actor["id"], &actor["email"], &actor["sessionId"]),
        (&json!("u_1"), &json!("zoe@example.com"), &json!(session))
    );
    assert!(
        actor["authTime"].is_u64()
            && actor["amr"].is_array()
            && actor["amrTimes"].is_object()
            && actor["authzVersion"].is_u64()
    );
    assert_eq!(first["actor"], second["actor"], "the same in every request");
    assert_ne!(first["requestId"], second["requestId"]);
    let header = |told: &Value, name: &str| told["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_ne!(
        header(&first, "x-run402-actor-context"),
        header(&second, "x-run402-actor-context"),
        "one for each request"
    );
    assert_eq!(header(&first, "x-run402-actor-token").split('.').count(), 3);
    assert_eq!(first["loads"], 0, "what the host says needs no keys");
}

#[test]
fn requests_that_run_interleaved_have_their_own_contexts() {
    let main = r#"
        import { getCurrentContext } from "@run402/functions";
        export default async (req) => {
            const before = getCurrentContext().requestId;
            await new Promise((done) => setTimeout(done, 20));
            return new Response(before === getCurrentContext().requestId && before === req.headers.get("x-run402-request-id"));
        };"#;
    let node = node(main);
    node.get("/f");
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..16).map(|_| scope.spawn(|| node.get("/f").text())).collect();
        for asked in asked {
            assert_eq!(asked.join().unwrap(), "true");
        }
    });
}

#[test]
fn a_bundle_exports_the_library_that_is_within_it() {
    let bundle =
        format!("{LIBRARY}\nexport default {{ fetch: () => Response.json(getCurrentContext()?.projectId ?? null) }};");
    let hidden = bundle.replace("export const runWithContext", "const runWithContext");
    let fluxbase =
        format!("{LIBRARY}\nexport default (req) => ({{ status: 200, body: getCurrentContext().request.method }});");
    let mut spec = functions(&[("f", &bundle), ("hidden", &hidden), ("flux", &fluxbase)]);
    spec["functions"]["replace"]["flux"]["compat"] = "fluxbase".into();
    let node = Node::start();
    node.site(spec);
    assert_eq!(node.get("/f").json(), json!("site"));
    assert_eq!(node.get("/hidden").json(), Value::Null);
    assert_eq!(node.send("POST", "/flux", &[], b"x").text(), "POST");
}

#[test]
fn the_context_ends_with_the_request() {
    let main = r#"
        import { getCurrentContext } from "@run402/functions";
        const say = (what) => console.log(`${what} ${getCurrentContext().active.value}`);
        const later = (ms) => new Promise((done) => setTimeout(done, ms));
        export default (req, { waitUntil }) => {
            if (req.url.endsWith("/stream")) {
                const body = new ReadableStream({
                    async pull(controller) { await later(20); say("streaming"); controller.enqueue(new Uint8Array(1)); controller.close(); },
                });
                later(60).then(() => say("after the stream"));
                return new Response(body);
            }
            if (req.url.endsWith("/held")) waitUntil(later(20).then(() => { say("held"); later(20).then(() => say("let go")); }));
            else later(20).then(() => say("left behind"));
            return new Response("answered");
        };"#;
    let node = node(main);
    for (path, lines) in [
        ("/f", &["left behind false"][..]),
        ("/f/held", &["held true", "let go false"]),
        ("/f/stream", &["streaming true", "after the stream false"]),
    ] {
        assert_eq!(node.get(path).status, 200);
        lines.iter().for_each(|line| node.wait_for_log(line));
    }
}

#[test]
fn what_the_library_says_depends_on_the_user_is_in_no_shared_cache() {
    let main = r#"
        import { getCurrentContext, taint } from "@run402/functions";
        export default async (req) => {
            const [, path] = new URL(req.url).pathname.slice(1).split("/");
            if (path === "taint") taint();
            if (path === "broken") delete getCurrentContext().cacheBypassTainted;
            return new Response("x", { headers: { "cache-control": "public, max-age=60", "x-run402-cache-tainted": "false" } });
        };"#;
    let node = node(main);
    let cache = |path: &str| {
        let answer = node.get(path);
        assert_eq!(answer.header("x-run402-cache-tainted"), None);
        answer.header("cache-control").unwrap().to_owned()
    };
    assert_eq!(cache("/f/taint"), "private, no-store");
    assert_eq!(cache("/f/broken"), "private, no-store");
}

#[test]
fn an_answer_for_everybody_keeps_what_it_says_of_caches() {
    let main = r#"
        import "@run402/functions";
        export default () => new Response("x", { headers: { "cache-control": "public, max-age=60" } });"#;
    let answer = node(main).get("/f");
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
}

#[test]
fn a_library_that_is_only_imported_on_demand_is_the_same_instance() {
    let main = r#"
        export default async () => {
            const { getCurrentContext } = await import("@run402/functions");
            return Response.json(getCurrentContext()?.projectId ?? null);
        };"#;
    assert_eq!(node(main).get("/f").json(), json!("site"));
}

#[test]
fn a_library_that_nothing_imports_is_not_loaded() {
    let node = Node::start();
    let manifest = r#"{ "exports": "./dist/index.js" }"#;
    let main = "export default () => new Response('well');";
    let broken = "throw new Error('loaded');";
    node.site(of_files(&[("main.js", main), (PACKAGE, manifest), (INDEX, broken)]));
    assert_eq!(node.get("/f").text(), "well");
    // Where something does, its failure is the release's.
    let main = "export default () => import('@run402/functions').then(() => new Response('well'));";
    let mut spec = of_files(&[("main.js", main), (PACKAGE, manifest), (INDEX, broken)]);
    spec["project"] = "site".into();
    let refused = node.refused(&spec);
    assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{refused}");
}

#[test]
fn a_function_cannot_import_what_the_host_does() {
    let node = Node::start();
    for text in ["builtin:///run402/library", "."] {
        let main = format!("import x from '{text}'; export default () => new Response('x');");
        let mut spec = of_files(&[("main.js", &main)]);
        spec["project"] = "site".into();
        let refused = node.refused(&spec);
        assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{refused}");
    }
}
