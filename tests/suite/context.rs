//! What a handler is told about its request beside the request, and what belongs to a request while others run interleaved with it.

use crate::support::functions::functions;
use crate::support::http::Connection;
use crate::support::node::Node;
use serde_json::{Value, json};

fn node(source: &str) -> Node {
    let node = Node::start();
    node.site(functions(&[("f", source)]));
    node
}

#[test]
fn the_context_tells_of_the_request_and_its_release() {
    let node = Node::start();
    let source = "export default (req, context) => {
        const { env, waitUntil, requestId, locale, defaultLocale, releaseId } = context;
        return Response.json({ keys: Object.keys(context).sort(), spread: { ...context }.requestId === requestId,
          env: env.NODE_ENV, same: env === context.env, waitUntil: typeof waitUntil, requestId, locale, defaultLocale, releaseId });
      }";
    let first = node.site(functions(&[("f", source)]));
    let answer = node.get("/f");
    let told = answer.json();
    assert_eq!(told["keys"], json!(["defaultLocale", "env", "locale", "releaseId", "requestId", "waitUntil"]));
    assert_eq!(told["requestId"], answer.header("x-run402-request-id").unwrap());
    assert_eq!(told["releaseId"], first["release_id"], "{first}");
    assert_eq!((&told["locale"], &told["defaultLocale"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&told["spread"], &told["same"], &told["env"], &told["waitUntil"]),
        (&json!(true), &json!(true), &json!("production"), &json!("function"))
    );
    // Of the same function in another release, in the isolate that serves both.
    let mut spec = functions(&[("f", source)]);
    spec["i18n"] = json!({ "defaultLocale": "en", "locales": ["en", "de"] });
    let second = node.site(spec);
    let told = node.send("GET", "/f", &[("accept-language", "de")], b"").json();
    assert_eq!((&told["locale"], &told["defaultLocale"]), (&json!("de"), &json!("en")));
    assert_ne!(first["release_id"], second["release_id"]);
    assert_eq!(told["releaseId"], second["release_id"]);
}

#[test]
fn an_environment_belongs_to_one_request() {
    let node = node(
        "export default async (req, { env }) => {
           if (req.url.endsWith('set')) { env.NODE_ENV = 'changed'; env.MORE = 'x'; delete env.RUN402_PROJECT_ID; }
           await null;
           return Response.json([env.NODE_ENV, env.MORE ?? null, process.env.NODE_ENV, process.env.MORE ?? null]); }",
    );
    assert_eq!(node.get("/f/set").json(), json!(["changed", "x", "production", null]));
    assert_eq!(node.get("/f").json(), json!(["production", null, "production", null]));
}

#[test]
fn wait_until_takes_anything_and_keeps_the_context_alive() {
    let node = node(
        "export default (req, context) => {
           const { waitUntil } = context;
           waitUntil(5); waitUntil(undefined); waitUntil({ then(done) { console.log('a thenable'); done(); } });
           waitUntil((async () => {
             await new Promise((done) => setTimeout(done, 100));
             console.log(`after the answer ${context.requestId === req.headers.get('x-run402-request-id')} ${context.releaseId.slice(0, 4)} ${req.signal.aborted}`);
             waitUntil((async () => { await new Promise((done) => setTimeout(done, 100)); console.log('more work of work'); })());
           })());
           return new Response('answered'); }",
    );
    let answer = node.get("/f");
    assert_eq!(answer.text(), "answered");
    node.wait_for_log("a thenable");
    node.wait_for_log("after the answer true rel_ false");
    node.wait_for_log("more work of work");
    // Its lines are those of its request.
    let log = node.log();
    let line = log.lines().find(|line| line.contains("more work of work")).unwrap();
    assert!(line.contains(answer.header("x-run402-request-id").unwrap()), "{line}");
}

#[test]
fn a_signal_tells_of_a_client_that_has_left_also_when_a_body_is_gathered() {
    let node = node(
        "export default (req) => {
           req.signal.addEventListener('abort', () => console.log(`left: ${req.signal.reason.name}`));
           return new Response(new ReadableStream({
             start(c) { c.enqueue(new Uint8Array(1)); console.log('has begun'); },
             cancel() { console.log('is cancelled'); },
           })); }",
    );
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /f HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    node.wait_for_log("has begun");
    drop(connection);
    node.wait_for_log("left: AbortError");
    node.wait_for_log("is cancelled");
}

#[test]
fn a_signal_is_left_alone_by_an_answer() {
    let node = node(
        "let last; export default (req) => {
           if (req.url.endsWith('last')) return new Response(String(last.aborted));
           last = req.signal; return new Response('x'); }",
    );
    for _ in 0..3 {
        node.get("/f");
        assert_eq!(node.get("/f/last").text(), "false");
    }
}

/// As under Node 22, in the handler of an HTTP server.
const ORDER: &str = "first,tick,tick of a tick,promise,microtask,after await,promise of a tick,after another,tick of a microtask,\
    immediate,after a timer,promise after a timer,tick after a timer,tick in a timer,promise in a timer,end";

#[test]
fn ticks_promises_and_timers_come_in_nodes_order() {
    let node = node(
        r#"export default async function (request) {
            const seen = [];
            const say = (text) => () => seen.push(text);
            Promise.resolve().then(say("promise"));
            queueMicrotask(say("microtask"));
            process.nextTick(() => {
                seen.push("tick");
                process.nextTick(say("tick of a tick"));
                Promise.resolve().then(say("promise of a tick"));
            });
            setImmediate(say("immediate"));
            seen.push("first");
            await null;
            seen.push("after await");
            process.nextTick(say("tick of a microtask"));
            await null;
            seen.push("after another");
            await new Promise((done) => setTimeout(done, 5));
            seen.push("after a timer");
            process.nextTick(say("tick after a timer"));
            Promise.resolve().then(say("promise after a timer"));
            await new Promise((done) => setTimeout(() => {
                process.nextTick(say("tick in a timer"));
                Promise.resolve().then(say("promise in a timer"));
                done();
            }, 5));
            seen.push("end");
            await new Promise((done) => setImmediate(done));
            return new Response(seen.join());
        }"#,
    );
    for _ in 0..2 {
        assert_eq!(node.get("/f").text(), ORDER);
    }
}

#[test]
fn a_tick_that_throws_or_never_ends_harms_nobody_else() {
    let node = node(
        "export default (req) => {
           if (req.url.endsWith('throw')) process.nextTick(() => { throw new Error('out of a tick'); });
           if (req.url.endsWith('loop')) process.nextTick(function again() { process.nextTick(again); });
           return new Response('ok'); }",
    );
    assert_eq!(node.get("/f/throw").text(), "ok");
    node.wait_for_log("out of a tick");
    // It is answered before its ticks run; they are ended like any code that does not end.
    assert_eq!(node.get("/f/loop").text(), "ok");
    node.wait_for_log("isolate condemned");
    assert_eq!(node.get("/f").text(), "ok");
}

/// Goes through everything that may put code off, and says whose it is each time.
const WAYS: &str = r#"
    import { AsyncLocalStorage } from "node:async_hooks";
    import { EventEmitter, once } from "node:events";
    import { Readable, Transform } from "node:stream";
    import { pipeline } from "node:stream/promises";
    import { setTimeout as wait, setImmediate as turn } from "node:timers/promises";
    const storage = new AsyncLocalStorage();
    // Of the module, and so of all requests.
    const shared = new EventEmitter();
    const target = new EventTarget();
    const broken = [];
    let first;
    const channel = new MessageChannel();
    const together = new Promise((done) => { first = done; });
    let here = 0;

    export default async (request) => {
        const id = new URL(request.url).searchParams.get("id");
        if (id === "broken") return Response.json(broken);
        if (storage.getStore() !== undefined) broken.push(`${id} begins as ${storage.getStore()}`);
        storage.enterWith(`left over from ${id}`);
        return storage.run(id, async () => {
            const look = (where) => { if (storage.getStore() !== id) broken.push(`${id} is ${storage.getStore()} ${where}`); };
            if (++here === 8) first();
            await together;
            for (let round = 0; round < 5; round++) {
                await wait(Math.random() * 3); look("after wait");
                await turn(); look("after an immediate");
                await new Promise((done) => process.nextTick(() => { look("in a tick"); done(); }));
                await new Promise((done) => queueMicrotask(() => { look("in a microtask"); done(); }));
                await new Promise((done) => setTimeout(() => { look("in a timer"); done(); }, 1));
                await new Promise((done) => { let n = 0; const timer = setInterval(() => { look("in an interval"); if (++n === 2) { clearInterval(timer); done(); } }, 1); });
                await new Promise((done) => {
                    const { port1, port2 } = new MessageChannel();
                    port1.onmessage = ({ data }) => { look("in a message"); if (data !== id) broken.push(`${id} got ${data}`); port1.close(); port2.close(); done(); };
                    port2.postMessage(id);
                });
                channel.port1.onmessage ??= () => { if (storage.getStore() !== undefined) broken.push(`a message of all is ${storage.getStore()}'s`); };
                channel.port2.postMessage(id);
                const own = new EventEmitter();
                own.on("event", () => look("in a listener"));
                setTimeout(() => own.emit("event"), 1);
                await once(own, "event"); look("after once");
                const listen = () => look("in a listener of all");
                shared.on(`to ${id}`, listen); shared.emit(`to ${id}`); shared.off(`to ${id}`, listen);
                target.addEventListener(`to ${id}`, listen, { once: true }); target.dispatchEvent(new Event(`to ${id}`));
                const controller = new AbortController();
                controller.signal.addEventListener("abort", () => look("in an abort"));
                setTimeout(() => controller.abort(), 1); await wait(3);
                const stream = new ReadableStream({
                    async start() { await null; look("in start"); },
                    async pull(c) { await wait(1); look("in pull"); c.enqueue(id); c.close(); },
                }).pipeThrough(new TransformStream({ transform(chunk, c) { look("in transform"); c.enqueue(chunk); } }));
                for await (const chunk of stream) look("reading a stream");
                await pipeline(Readable.from([id, id]), new Transform({ transform(chunk, _, done) { look("in a node transform"); setTimeout(() => done(null, chunk), 1); } }),
                    async (source) => { for await (const _ of source) look("reading a node stream"); });
                await crypto.subtle.digest("SHA-256", new Uint8Array(3)).then(() => look("after a digest"));
                await fetch("data:text/plain,x").then((r) => r.text()).then(() => look("after a fetch"));
                await new Response(new Blob([id]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(); look("after compression");
                await request.text().catch(() => {}); look("after the body");
                console.log(`line of ${id}.`);
            }
            return new Response(new ReadableStream({ async pull(c) { await wait(1); look("in the answer"); c.enqueue(new TextEncoder().encode(id)); c.close(); } }));
        });
    };
"#;

#[test]
fn what_a_request_stores_is_seen_by_nobody_else() {
    // One thread: all requests come to one isolate.
    let node = Node::with("[functions]\nthreads = 1\n");
    node.site(functions(&[("f", WAYS)]));
    let answers: Vec<(String, String)> = std::thread::scope(|scope| {
        let ask = |id: usize| {
            let answer = node.send("POST", &format!("/f?id=r{id}"), &[], b"body");
            assert_eq!(answer.text(), format!("r{id}"));
            (format!("r{id}"), answer.header("x-run402-request-id").unwrap().to_owned())
        };
        let all: Vec<_> = (0..8).map(|id| scope.spawn(move || ask(id))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(node.get("/f?id=broken").json(), json!([]));
    // So is the request that a line of the log belongs to.
    let log = node.log();
    for (id, request_id) in answers {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(&format!("line of {id}."))).collect();
        assert!(lines.len() == 5 && lines.iter().all(|line| line.contains(&request_id)), "{id}: {lines:?}");
    }
}
