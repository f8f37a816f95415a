//! What a function can see: nothing of the host, and nothing of another function.
//!
//! `tests/isolation/walk.js` walks the graph of everything a function can reach and lists what belongs to the host.

use crate::support::functions::functions;
use crate::support::node::Node;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const WALK: &str = include_str!("../isolation/walk.js");

fn walk(node: &Node) -> Value {
    // What the process that runs the functions knows and no function may: in base64, because the body itself is within reach.
    let secrets = [
        node.state().to_str().unwrap().to_owned(),
        env!("CARGO_MANIFEST_DIR").to_owned(),
        std::env::var("PATH").unwrap(),
        std::fs::read_to_string(node.state().join("api-token")).unwrap().trim().to_owned(),
        "canary-of-the-neighbour".to_owned(),
    ];
    let body = json!(secrets.map(|text| STANDARD.encode(text)));
    let answer = node.send("POST", "/walk", &[("content-type", "application/json")], body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}\n{}", answer.text(), node.log());
    answer.json()
}

/// A node with the walker and a neighbour that has a secret, on one thread.
fn node(allow_eval: bool) -> Node {
    let node = Node::with("[functions]\nthreads = 1");
    let neighbour = "globalThis.secret = 'canary-of-the-neighbour'; const kept = ['canary-of-the-neighbour']; \
                     export default () => new Response(kept[0].slice(0, 6) + globalThis.secret.length)";
    let mut spec = functions(&[("neighbour", neighbour), ("walk", WALK)]);
    spec["functions"]["replace"]["walk"]["config"] = json!({ "timeoutSeconds": 30, "allowEval": allow_eval });
    node.site(spec);
    assert_eq!(node.get("/neighbour").text(), "canary23");
    assert!(!node.log().contains("Uncaught"), "starting an isolate fails somewhere: {}", node.log());
    node
}

#[test]
fn nothing_that_a_function_can_reach_belongs_to_the_host() {
    for allow_eval in [true, false] {
        let node = node(allow_eval);
        let seen = walk(&node);
        assert_eq!(seen["found"], json!([]), "eval {allow_eval}: {seen:#}");
        assert!(seen["size"].as_u64().unwrap() > 3000, "the walk goes nowhere: {}", seen["size"]);
        assert!(seen["kept"].as_u64().unwrap() > 10, "the spies saw nothing: {}", seen["kept"]);
        eprintln!("eval {allow_eval}: {} values, {} seen by spies", seen["size"], seen["kept"]);
        eprintln!("functions of the runtime that spies see: {:#}", seen["inner"]);
    }
}

#[test]
fn a_walk_leaves_the_isolate_usable() {
    let node = node(true);
    let first = walk(&node);
    let second = walk(&node);
    assert_eq!(second["found"], json!([]), "{second:#}");
    assert_eq!(first["globals"], second["globals"]);
}

/// Two functions with the same code, of which the first leaves whatever it can behind.
const STATE: &str = r#"
const marks = () => ({
    global: globalThis.left ?? null,
    prototype: [].left ?? ({}).left ?? Promise.prototype.left ?? Response.prototype.left ?? null,
    intrinsic: Error.prepareStackTrace?.toString() ?? Math.left ?? JSON.left ?? Intl.left ?? null,
    environment: process.env.LEFT ?? null,
    entries: performance.getEntriesByName("left").length,
    symbol: Object.getOwnPropertySymbols(globalThis).some((symbol) => symbol.description === "left"),
    limit: Error.stackTraceLimit,
});
let fired = 0;
export default async (request) => {
    const { action, text } = await request.json();
    switch (action) {
        case "leave": {
            globalThis.left = Math.left = JSON.left = Intl.left = "left";
            Array.prototype.left = Promise.prototype.left = Response.prototype.left = "left";
            Object.defineProperty(Object.prototype, "left", { value: "left", configurable: true });
            Error.prepareStackTrace = () => "left";
            Error.stackTraceLimit = 77;
            globalThis[Symbol.for("left")] = "left";
            try { process.env.LEFT = "left"; } catch {}
            performance.mark("left");
            console.count("left");
            globalThis.timers = Array.from({ length: 20 }, () => setTimeout(() => fired++, 100));
            globalThis.channel = new MessageChannel();
            channel.port2.onmessage = (event) => { globalThis.heard = event.data; };
            return new Response(URL.createObjectURL(new Blob(["left"])));
        }
        case "look":
            return Response.json(marks());
        case "fetch":
            try { return new Response(await (await fetch(text)).text()); } catch { return new Response("nothing"); }
        case "disturb":
            for (let id = 0; id < 10000; id++) { clearTimeout(id); clearInterval(id); }
            URL.revokeObjectURL(text);
            return new Response(typeof BroadcastChannel);
        case "fired":
            await new Promise((resolve) => setTimeout(resolve, 300));
            return new Response(String(fired));
    }
};
"#;

#[test]
fn what_a_function_leaves_behind_is_not_another_ones() {
    let node = Node::with("[functions]\nthreads = 1");
    // The code is the same: a cache of it must not carry state.
    node.site(functions(&[("a", STATE), ("b", STATE)]));
    let ask = |name: &str, action: &str, text: &str| {
        let body = json!({ "action": action, "text": text }).to_string();
        let answer = node.send("POST", &format!("/{name}"), &[], body.as_bytes());
        assert_eq!(answer.status, 200, "{name} {action}: {}\n{}", answer.text(), node.log());
        answer
    };
    let clean = ask("b", "look", "").json();
    let blob = ask("a", "leave", "").text();
    assert_eq!(ask("a", "fetch", &blob).text(), "left", "its own blob is there");
    assert_eq!(ask("b", "fetch", &blob).text(), "nothing", "a blob of another function");
    assert_eq!(ask("b", "look", "").json(), clean);
    assert_eq!(ask("b", "disturb", &blob).text(), "undefined");
    assert_eq!(ask("a", "fetch", &blob).text(), "left", "another function took it away");
    assert_eq!(ask("a", "fired", "").text(), "20", "another function stopped its timers");
    assert_eq!(ask("a", "look", "").json()["global"], "left", "its own state is there");
}

#[test]
fn a_new_version_of_a_function_begins_clean() {
    let node = Node::with("[functions]\nthreads = 1");
    let source = "globalThis.count = (globalThis.count ?? 0) + 1; Array.prototype.left = 1; let n = 0; \
                  export default () => new Response(`${globalThis.count} ${++n}`)";
    node.site(functions(&[("f", source)]));
    assert_eq!(node.get("/f").text(), "1 1");
    assert_eq!(node.get("/f").text(), "1 2");
    node.site(functions(&[("f", &format!("{source} // changed"))]));
    assert_eq!(node.get("/f").text(), "1 1");
    // The first version again: its isolate may have lived on, and its state with it, but no other one's.
    node.site(functions(&[("f", source)]));
    let answer = node.get("/f").text();
    assert!(["1 1", "1 3"].contains(&answer.as_str()), "{answer}");
}
