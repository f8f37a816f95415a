//! Functions that are written to break the node, or the other functions on it. Whatever they do, the process lives, everything else
//! is answered, and the same function answers good requests again.

use crate::support::functions::{add_file, add_proxy, functions, limit_memory, limit_seconds};
use crate::support::http::{Connection, Response};
use crate::support::node::{Node, PATIENCE};
use crate::support::upstream::Upstream;
use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const GOOD: &str = "export default () => new Response('good')";

/// A function that does one of several evil things, or answers `fine` and how many requests its isolate has seen.
fn attacks(cases: &str) -> String {
    format!(
        r#"let seen = 0;
        const attacks = {{ {cases} }};
        export default async (req) => {{
            seen++;
            const name = new URL(req.url).searchParams.get("a");
            if (name === null) return new Response(`fine ${{seen}}`);
            return (await attacks[name](req)) ?? new Response("survived");
        }};"#
    )
}

/// A node with the attacks at `/bad`, which has one second and 32 MiB, and something of every other kind.
fn node(cases: &str) -> Node {
    let node = Node::start();
    let mut spec = functions(&[("bad", &attacks(cases)), ("good", GOOD)]);
    limit_seconds(&mut spec, "bad", 1);
    limit_memory(&mut spec, "bad", 32);
    add_file(&mut spec, "index.html", "home");
    node.site(spec);
    node
}

/// Everything still works, in the same process. (`Node` keeps its child: another process would be noticed as an end.)
fn assert_well(node: &mut Node) {
    assert!(node.is_alive(), "the node has ended:\n{}", node.log());
    assert_eq!(node.get("/").text(), "home");
    assert_eq!(node.get("/good").text(), "good");
    // Some built-ins do not notice at once that they are to end; their own function waits for that, and nobody else.
    let begun = Instant::now();
    loop {
        let answer = node.get("/bad");
        if answer.status == 200 {
            assert!(answer.text().starts_with("fine "), "{}", answer.text());
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{} {}", answer.status, answer.text());
    }
}

/// Everything but the attacker itself still works: it may be shut out for a while.
fn assert_neighbour_well(node: &mut Node) {
    for _ in 0..20 {
        assert_eq!(node.get("/").text(), "home");
        assert_eq!(node.get("/good").text(), "good");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(node.is_alive(), "the node has ended:\n{}", node.log());
}

fn attack(node: &Node, name: &str) -> Response {
    node.get(&format!("/bad?a={name}"))
}

fn memory_peak(node: &Node) -> u64 {
    let pid = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok())
        .find(|pid| {
            let folder = node.path().to_str().unwrap().to_owned();
            std::fs::read_to_string(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| line.contains(&folder) && line.contains("serve"))
        });
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
fn an_endless_loop_holds_up_nobody_else() {
    let upstream = Upstream::saying("upstream");
    let mut node = Node::with(&upstream.table("up", ""));
    let bad = attacks("loop() { console.log('looping'); for (;;); }");
    // Several, so that some have the looping function's thread for their home.
    let names: Vec<String> = (0..6).map(|n| format!("good{n}")).collect();
    let mut sources: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), GOOD)).collect();
    sources.extend([("good", GOOD), ("bad", &bad)]);
    let mut spec = functions(&sources);
    limit_seconds(&mut spec, "bad", 4);
    add_file(&mut spec, "index.html", "home");
    add_proxy(&mut spec, "/up/*", "up");
    node.site(spec);
    for name in &names {
        assert_eq!(node.get(&format!("/{name}")).text(), "good");
    }
    std::thread::scope(|scope| {
        let node = &node;
        let looping = scope.spawn(|| attack(node, "loop"));
        node.wait_for_log("looping");
        // The loop is taken for one only after a while.
        std::thread::sleep(Duration::from_millis(200));
        for _ in 0..3 {
            assert_eq!(node.get("/").text(), "home");
            assert_eq!(node.get("/up/x").text(), "upstream");
            for name in &names {
                assert_eq!(node.get(&format!("/{name}")).text(), "good");
            }
        }
        assert!(!looping.is_finished(), "the others were answered only after the loop had ended");
        let answer = looping.join().unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (504, "dynamic_runtime_timeout"));
    });
    assert_well(&mut node);
}

#[test]
fn code_that_does_not_end_is_ended_and_the_next_request_is_answered() {
    let mut node = node(
        r#"
        loop() { while (true) {} },
        later() { return new Promise((done) => setTimeout(() => { for (;;); }, 1)); },
        caught() { for (;;) { try { for (;;); } catch {} finally { continue; } } },
        async microtasks() { for (;;) await null; },
        then() { const again = () => Promise.resolve().then(again); again(); return new Promise(() => {}); },
        queue() { const again = () => queueMicrotask(again); again(); return new Promise(() => {}); },
        regex() { return new Response(String(/^(a+)+$/.test("a".repeat(60) + "b"))); },
        regexes() { for (;;) /(x+x+)+y/.test("x".repeat(30)); },
        sort() { return new Response(String(new Array(1e5).fill(0).sort(() => { for (;;); }))); },
        getter() { return { get then() { for (;;); } }; },
        proxy() { return new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } }); },
        json() { return Response.json({ toJSON() { for (;;); } }); },
        wait() { return new Promise(() => {}); },
        timers() { return new Promise(() => { const again = () => setTimeout(again, 0); again(); }); },
        stream() { return new Response(new ReadableStream({ pull() { return new Promise(() => {}); } })); },
        spin() { return new Response(new ReadableStream({ pull() { for (;;); } })); },
        inspect() { console.log({ [Symbol.for("nodejs.util.inspect.custom")]() { for (;;); }, [Symbol.for("Deno.customInspect")]() { for (;;); } }); },
        abort(req) { req.signal.addEventListener("abort", () => { for (;;); }); return new Promise(() => {}); },
        wasm() {
            // (module (func (export "f") (loop br 0)))
            const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11];
            new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code))).exports.f();
        },
        "#,
    );
    let names = [
        "loop",
        "later",
        "caught",
        "microtasks",
        "then",
        "queue",
        "regex",
        "regexes",
        "sort",
        "getter",
        "proxy",
        "json",
        "wait",
        "timers",
        "stream",
        "spin",
        "abort",
        "wasm",
    ];
    for name in names {
        let answer = attack(&node, name);
        let memory = (503, "dynamic_runtime_memory");
        // A queue of microtasks may fill the heap before the time is over.
        let may_be_memory =
            matches!(name, "then" | "queue" | "microtasks") && (answer.status, answer.code().as_str()) == memory;
        assert!(
            may_be_memory || (answer.status, answer.code().as_str()) == (504, "dynamic_runtime_timeout"),
            "{name}: {}",
            answer.text()
        );
        assert_well(&mut node);
    }
    // Whether a console calls such methods is its own affair.
    let answer = attack(&node, "inspect");
    assert!(matches!(answer.status, 200 | 504), "{}", answer.status);
    assert_well(&mut node);
}

#[test]
fn a_slow_promise_does_not_condemn_the_isolate() {
    let node = node("wait() { return new Promise(() => {}); }");
    assert_eq!(attack(&node, "wait").status, 504);
    // Nothing ran too long: the isolate and its state are the same.
    assert_eq!(node.get("/bad").text(), "fine 2");
}

#[test]
fn a_heap_that_grows_is_ended() {
    let mut node = node(
        r#"
        objects() { const all = []; for (;;) all.push({ a: all.length, b: [all.length] }); },
        array() { const all = []; for (;;) all.push(new Array(1e5).fill(1.5)); },
        one() { const a = [1.5]; for (;;) a.push(...a.slice(0, 50000)); },
        strings() { const all = []; for (let i = 0; ; i++) all.push(("x" + i).repeat(10000).split("").join("")); },
        map() { const map = new Map(); for (let i = 0; ; i++) map.set(i, "value" + i); },
        async promises() { const all = []; for (;;) all.push(new Promise(() => {}).then(() => {})); },
        closures() { let f = () => 0; for (;;) { const g = f; f = () => g() + 1; } },
        "#,
    );
    for name in ["objects", "array", "one", "strings", "map", "promises", "closures"] {
        let answer = attack(&node, name);
        // Whichever limit comes first: memory, or on a slow machine the time.
        assert!(matches!(answer.status, 500 | 503 | 504), "{name}: {} {}", answer.status, answer.text());
        assert_well(&mut node);
    }
    assert!(node.log().contains("dynamic_runtime_memory"), "none of them reached the memory limit");
}

/// Runs attacks one after the other, and says how much memory the node ever had.
fn assert_memory_stays_small(cases: &str, names: &[&str]) {
    let mut node = node(cases);
    for name in names {
        let answer = attack(&node, name);
        assert!(answer.status >= 500, "{name}: {}", answer.status);
        assert_well(&mut node);
        assert!(memory_peak(&node) < 600, "{name}: a function of 32 MiB made the node take {} MiB", memory_peak(&node));
    }
}

#[test]
fn memory_outside_of_the_heap_is_limited_too() {
    let cases = r#"
        buffers() { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); },
        buffer() { return new Response(String(new Uint8Array(2 ** 32).fill(1).length)); },
        gigabyte() { return new Response(String(new Uint8Array(2 ** 30).fill(1).length)); },
        views() { const all = []; for (;;) all.push(new Float64Array(1e5), new DataView(new ArrayBuffer(1e6)), new ArrayBuffer(5e6).slice()); },
        "#;
    assert_memory_stays_small(cases, &["buffers", "buffer", "gigabyte", "views"]);
}

#[test]
fn memory_that_v8_maps_itself_is_limited_too() {
    let cases = r#"
        growing() { const b = new ArrayBuffer(1, { maxByteLength: 2 ** 31 }); b.resize(2 ** 31); new Uint8Array(b).fill(1); },
        wasm() { const all = []; for (;;) { const m = new WebAssembly.Memory({ initial: 256 }); new Uint8Array(m.buffer).fill(1); all.push(m); } },
        "#;
    assert_memory_stays_small(cases, &["growing", "wasm"]);
}

#[test]
fn half_a_billion_characters_do_not_end_the_node() {
    let mut node = node(
        r#"
        encode() { const all = []; for (;;) { all.push("x".repeat(5e8)); new TextEncoder().encode(all.at(-1)); } },
        split() { "x".repeat(5e8).split(""); },
        body() { return new Response("\u1234".repeat(5e8)); },
        header() { return new Response("x", { headers: { a: "x".repeat(5e8) } }); },
        match() { "x".repeat(5e8).match(/./g); },
        spread() { [..."x".repeat(5e8)]; },
        "#,
    );
    for name in ["encode", "split", "body", "header", "match", "spread"] {
        let answer = attack(&node, name);
        assert!(answer.status >= 500, "{name}: {}", answer.status);
        assert_well(&mut node);
    }
}

#[test]
fn other_uses_of_them_cost_a_thread_at_most() {
    let cases = r#"
        regex() { "x".repeat(5e8).match(/x/g); },
        "#;
    let mut node = node(cases);
    attack(&node, "regex");
    assert_neighbour_well(&mut node);
}

#[test]
fn built_ins_that_do_not_look_for_their_end_cost_a_thread_at_most() {
    let cases = r#"
        fill() { return new Response(String(new Array(1e8).fill({}).length)); },
        source() { new Function("x".repeat(5e8)); },
        json() { let text = "[1]"; for (;;) { text = `[${text},${text}]`; globalThis.kept = JSON.parse(text); } },
        "#;
    for name in ["fill", "source", "json"] {
        let mut node = node(cases);
        attack(&node, name);
        assert_neighbour_well(&mut node);
    }
}

#[test]
fn deep_and_huge_things_are_exceptions() {
    let mut node = node(
        r#"
        recursion() { (function deeper() { deeper(); })(); },
        mutual() { const a = { toJSON: () => JSON.stringify(a) }; JSON.stringify(a); },
        nested() { let x = []; for (let i = 0; i < 1e5; i++) x = [x]; JSON.stringify(x); structuredClone(x); },
        parse() { JSON.parse("[".repeat(1e6)); },
        source() { new Function("return " + "(".repeat(1e5) + "1" + ")".repeat(1e5))(); },
        pattern() { new RegExp("(".repeat(1e5) + ")".repeat(1e5)); },
        string() { "x".repeat(2 ** 30); },
        array() { new Array(-1); },
        buffer() { new ArrayBuffer(2 ** 50); },
        bigint() { (2n ** 64n) ** 100000000n; },
        spread() { Math.max(...new Array(1e6)); },
        proxies() { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x; },
        getters() { const o = { get x() { return this.x; } }; o.x; },
        cause() { let e = new Error("end"); for (let i = 0; i < 5000; i++) e = new Error("x", { cause: e }); throw e; },
        circle() { const e = new Error("round"); e.cause = e; throw e; },
        "#,
    );
    for name in [
        "recursion",
        "mutual",
        "nested",
        "parse",
        "source",
        "pattern",
        "string",
        "array",
        "buffer",
        "bigint",
        "spread",
        "proxies",
        "getters",
        "cause",
        "circle",
    ] {
        let answer = attack(&node, name);
        // Some are no trouble at all, which is as good.
        assert!(matches!(answer.status, 200 | 500 | 503 | 504), "{name}: {}", answer.status);
        assert_well(&mut node);
    }
    assert_eq!(attack(&node, "recursion").code(), "local_executor_failed");
}

#[test]
fn an_error_that_nobody_catches_leaves_the_isolate_usable() {
    let node = node(
        r#"
        rejection() { Promise.reject(new Error("nobody-1")); },
        async late() { setTimeout(() => { Promise.reject(new Error("nobody-2")); }, 5); },
        timer() { setTimeout(() => { throw new Error("nobody-3"); }, 5); },
        microtask() { queueMicrotask(() => { throw new Error("nobody-4"); }); },
        event() { const t = new EventTarget(); t.addEventListener("x", () => { throw new Error("nobody-5"); }); t.dispatchEvent(new Event("x")); },
        reported() { reportError(new Error("nobody-6")); },
        "#,
    );
    for (number, name) in ["rejection", "late", "timer", "microtask", "event", "reported"].into_iter().enumerate() {
        assert_eq!(attack(&node, name).text(), "survived", "{name}");
        node.wait_for_log(&format!("nobody-{}", number + 1));
    }
    assert_eq!(node.get("/bad").text(), "fine 7", "the isolate is the same");
}

#[test]
fn a_module_that_does_not_load_never_goes_live() {
    let mut node = node("");
    for source in [
        "await new Promise(() => {});",
        "setInterval(() => {}, 1000); await new Promise(() => {});",
        "while (true) {}",
        "for (;;) await null;",
        "const all = []; for (;;) all.push({});",
        "const again = () => Promise.resolve().then(again); again();",
        "(function f() { f(); })();",
        "export { x } from './x.mjs';",
        "await Promise.reject(new Error('no'));",
    ] {
        let mut spec =
            functions(&[("bad", &format!("{source}\nexport default () => new Response('never');")), ("good", GOOD)]);
        limit_memory(&mut spec, "bad", 32);
        spec["project"] = "site".into();
        let begun = Instant::now();
        let refused = node.refused(&spec);
        assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{source}: {refused}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{source}: {:?}", begun.elapsed());
        assert_well(&mut node);
    }
}

#[test]
fn the_host_is_out_of_reach() {
    let node = Node::start();
    // Looks at everything that can be reached from the global scope, from requests, answers, errors, stack frames and callers.
    let mut spec = functions(&[(
        "walk",
        r#"const found = [];
        const roots = { globalThis };
        globalThis.seenThis = undefined;
        const reach = new Function("try { return arguments.callee.caller } catch { return null }");
        const frames = () => {
            const before = Error.prepareStackTrace;
            Error.prepareStackTrace = (_, sites) => sites;
            const sites = new Error().stack;
            Error.prepareStackTrace = before;
            const all = [];
            for (const site of Array.isArray(sites) ? sites : []) {
                for (const ask of ["getThis", "getFunction", "getEvalOrigin", "getTypeName"]) {
                    try { all.push(site[ask]()); } catch {}
                }
                all.push(site);
            }
            return all;
        };
        function walk(roots) {
            const seen = new Set();
            const queue = Object.entries(roots).map(([name, value]) => [name, value]);
            while (queue.length > 0 && seen.size < 200000) {
                const [path, value] = queue.pop();
                if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
                seen.add(value);
                if (typeof value === "function" && /^(async_)?op_|^(loadExtScript|evalContext|dispatch|install)$/.test(value.name)) {
                    found.push(`${path} (${value.name})`);
                    continue;
                }
                let keys = [];
                try { keys = Reflect.ownKeys(value); } catch {}
                for (const key of keys) {
                    const name = `${path}.${String(key)}`;
                    if (["__bootstrap", "Deno", "ops", "primordials", "internals", "loadExtScript", "setUpAsyncStub", "portico"].includes(key)) found.push(name);
                    let property;
                    try { property = Reflect.getOwnPropertyDescriptor(value, key); } catch { continue; }
                    for (const part of ["value", "get", "set"]) if (property?.[part]) queue.push([name, property[part]]);
                    // Getters of the web's classes throw on the wrong object; on the right one they lead on.
                    try { queue.push([name + "()", value[key]]); } catch {}
                }
                try { queue.push([path + ".__proto__", Object.getPrototypeOf(value)]); } catch {}
                try { queue.push([path + ".caller", value.caller]); } catch {}
                try { queue.push([path + ".arguments", value.arguments]); } catch {}
            }
            return seen.size;
        }
        export default {
            async fetch(request, context) {
                let thrown = [];
                for (const wrong of [() => new Headers(5), () => fetch("x:"), () => new Request("no"), () => request.json(), () => structuredClone(() => 0)]) {
                    try { await wrong(); } catch (error) { thrown.push(error); }
                }
                const all = {
                    globalThis, request, context, response: new Response("x"), headers: new Headers(), stream: new Response("x").body,
                    thrown, frames: frames(), caller: reach(), then: { then: 0 },
                    controller: await new Promise((done) => new ReadableStream({ start: done })),
                    event: await new Promise((done) => { const t = new EventTarget(); t.addEventListener("x", done); t.dispatchEvent(new Event("x")); }),
                    inspected: await new Promise((done) => {
                        console.log({ [Symbol.for("Deno.customInspect")](...args) { done([this, ...args, reach()]); return ""; } });
                        setTimeout(done, 100);
                    }),
                    replacer: await new Promise((done) => JSON.stringify({ toJSON() { done([this, reach()]); return 1; } })),
                    sort: [reach()], sloppy: new Function("return [this, arguments.callee.caller]")(),
                };
                const size = walk(all);
                const named = ["Deno", "__bootstrap", "bootstrap", "require", "module", "Bun", "SharedArrayBuffer", "Atomics", "gc", "load", "print", "quit"]
                    .filter((name) => name in globalThis);
                return Response.json({ size, found: found.slice(0, 50), named,
                    streaming: [typeof WebAssembly.compileStreaming, typeof WebAssembly.instantiateStreaming] });
            },
        };"#,
    )]);
    spec["functions"]["replace"]["walk"]["config"]["allowEval"] = true.into();
    node.site(spec);
    let answer = node.get("/walk");
    assert_eq!(answer.status, 200, "{}\n{}", answer.text(), node.log());
    let seen = answer.json();
    assert!(seen["size"].as_u64().unwrap() > 1000, "the walk goes nowhere: {seen}");
    assert_eq!(seen["found"], json!([]), "{seen:#}");
    assert_eq!(seen["named"], json!([]));
    assert_eq!(seen["streaming"], json!(["undefined", "undefined"]));
}

#[test]
fn nothing_but_its_own_files_can_be_imported_at_run_time() {
    let node = Node::start();
    node.site(functions(&[(
        "f",
        r#"const names = ["ext:core/ops", "ext:core/mod.js", "ext:portico/30_dispatch.js", "ext:deno_web/02_event.js", "node:nothing", "left-pad", "file:///etc/passwd",
            "https://example.com/x.js", "data:text/javascript,export default Deno", "blob:x", "internal:deno_core", "checkin:x", "fn:///../x", "/etc/passwd"];
        export default async () => {
            const got = [];
            for (const name of names) { try { await import(name); got.push(name); } catch {} }
            try { await import("data:application/json,{}", { with: { type: "json" } }); got.push("json"); } catch {}
            return Response.json(got);
        };"#,
    )]));
    assert_eq!(node.get("/f").json(), json!([]));
}

#[test]
fn built_ins_that_are_replaced_harm_nobody_else() {
    let mut node = Node::start();
    for (number, name) in BUILT_INS.into_iter().enumerate() {
        // A changed function has an isolate of its own: each attack begins on clean ground.
        let source = format!("{}\n// {number}", attacks(REPLACEMENTS));
        let mut spec = functions(&[("bad", &source), ("good", GOOD)]);
        limit_seconds(&mut spec, "bad", 1);
        add_file(&mut spec, "index.html", "home");
        node.site(spec);
        // Its own answers may suffer. They must come, and in time.
        attack(&node, name);
        for _ in 0..2 {
            let answer = node.get("/bad");
            assert!(
                matches!(answer.status, 200 | 299 | 500 | 502 | 504),
                "{name}: {} {}",
                answer.status,
                answer.text()
            );
        }
        assert!(node.is_alive(), "{name}");
        assert_eq!(node.get("/good").text(), "good", "{name}");
        assert_eq!(node.get("/").text(), "home", "{name}");
    }
}

const REPLACEMENTS: &str = r#"
        arrays() {
            for (const name of ["push", "pop", "map", "forEach", "join", "slice", "shift", "includes"]) Array.prototype[name] = () => { throw new Error("gotcha"); };
            Array.prototype[Symbol.iterator] = function* () { for (;;) yield "gotcha"; };
        },
        objects() {
            Object.prototype.headers = { a: "gotcha" };
            Object.prototype.status = 299;
            Object.prototype.get = () => "gotcha";
            Object.prototype.value = "gotcha";
            Object.keys = Object.assign = Object.create = Object.defineProperty = () => { throw new Error("gotcha"); };
        },
        thenable() { Object.prototype.then = function (done) { done(5); }; },
        setters() { for (let i = 0; i < 8; i++) Object.defineProperty(Array.prototype, i, { set() { throw new Error("gotcha"); }, get() { return "gotcha"; }, configurable: true }); },
        promises() {
            Promise.prototype.then = () => { throw new Error("gotcha"); };
            Promise.prototype.catch = Promise.prototype.finally = () => { throw new Error("gotcha"); };
            Promise.resolve = Promise.reject = Promise.all = () => { throw new Error("gotcha"); };
            globalThis.Promise = function () { throw new Error("gotcha"); };
        },
        maps() {
            for (const kind of [Map, Set, WeakMap]) for (const name of ["get", "set", "has", "delete", "add"]) kind.prototype[name] = () => { throw new Error("gotcha"); };
            globalThis.Map = globalThis.Set = globalThis.WeakMap = undefined;
        },
        functions() { Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw new Error("gotcha"); }; },
        strings() { for (const name of ["split", "slice", "toLowerCase", "replace", "indexOf", "charCodeAt"]) String.prototype[name] = () => { throw new Error("gotcha"); }; RegExp.prototype.exec = RegExp.prototype.test = () => { throw new Error("gotcha"); }; },
        globals() {
            for (const name of Object.getOwnPropertyNames(globalThis)) { try { globalThis[name] = undefined; } catch {} }
        },
        web() { for (const kind of [Headers, Response, Request, URL]) for (const name of Object.getOwnPropertyNames(kind.prototype)) { try { Object.defineProperty(kind.prototype, name, { get() { throw new Error("gotcha"); } }); } catch {} } },
        console() { globalThis.console = { log() { throw new Error("gotcha"); } }; Error.prepareStackTrace = () => { throw new Error("gotcha"); }; Error.stackTraceLimit = Infinity; },
        proto() { Object.setPrototypeOf(globalThis, new Proxy({}, { get() { throw new Error("gotcha"); } })); },
        frozen() { Object.freeze(globalThis); Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Promise.prototype); },
        "#;

const BUILT_INS: [&str; 13] = [
    "arrays",
    "objects",
    "thenable",
    "setters",
    "promises",
    "maps",
    "functions",
    "strings",
    "globals",
    "web",
    "console",
    "proto",
    "frozen",
];

#[test]
fn an_answer_without_an_end_is_cut_off() {
    let mut node = node(
        r#"
        endless() { return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } })); },
        huge() { return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(20 << 20)); c.close(); } })); },
        trickle() { return new Response(new ReadableStream({ async pull(c) { await new Promise((done) => setTimeout(done, 10)); c.enqueue(new Uint8Array(1)); } })); },
        empty() { return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(0)); } })); },
        "#,
    );
    for (name, statuses) in
        [("endless", [502, 502]), ("huge", [502, 502]), ("trickle", [504, 504]), ("empty", [503, 504])]
    {
        let answer = attack(&node, name);
        assert!(statuses.contains(&answer.status), "{name}: {}", answer.status);
        assert_well(&mut node);
    }
}

#[test]
fn the_log_cannot_be_flooded() {
    const ENOUGH: usize = 400 * 1024;
    let mut node = node(
        r#"
        many() { for (let i = 0; i < 3000; i++) console.log("x".repeat(1000)); },
        long() { console.log("y".repeat(5 << 20)); },
        after() { setTimeout(() => { for (let i = 0; i < 3000; i++) console.log("z".repeat(1000)); console.log("done with z"); }, 20); },
        throws() { throw new Error("w".repeat(5 << 20)); },
        rejects() { Promise.reject(new Error("v".repeat(5 << 20))); },
        lines() { console.log("u\n".repeat(1 << 20)); },
        "#,
    );
    for name in ["many", "long", "after", "throws", "rejects", "lines"] {
        let before = node.log().len();
        attack(&node, name);
        // The isolate answers only when the timer's code has run.
        std::thread::sleep(Duration::from_millis(50));
        assert_well(&mut node);
        let grown = node.log().len() - before;
        assert!(grown < ENOUGH, "{name}: the log grew by {grown} bytes");
    }
    assert!(node.log().contains("...[truncated]"));
    assert!(node.log().contains("further lines of this request are dropped"));
    assert_eq!(attack(&node, "long").text(), "survived");
}

#[test]
fn the_machine_and_its_neighbours_cannot_be_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let node = Node::start();
    node.site(functions(&[(
        "f",
        r#"export default async (req) => {
            const got = [];
            for (const url of await req.json()) {
                try { got.push([url, (await fetch(url)).status]); } catch (error) { if (!(error instanceof Error)) got.push([url, "not an error"]); }
                try { new EventSource(url).close(); } catch {}
            }
            return Response.json(got);
        };"#,
    )]));
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.8.8.8",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "0",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "172.16.0.1",
        "user:pass@127.0.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "100.64.0.1",
    ];
    let mut urls: Vec<String> = hosts.iter().map(|host| format!("http://{host}:{port}/")).collect();
    urls.extend(
        ["file:///etc/passwd", "ftp://127.0.0.1/", "unix:///tmp/x", "http+unix://%2Ftmp%2Fx/"].map(str::to_owned),
    );
    urls.push(format!("http://{}/health", node.api));
    let answer = node.send("POST", "/f", &[], json!(urls).to_string().as_bytes());
    assert_eq!((answer.status, answer.json()), (200, json!([])), "{}", node.log());
    assert!(listener.accept().is_err(), "a function has connected to this machine");
}

#[test]
fn one_functions_secrets_and_globals_are_not_anothers() {
    let node = Node::start();
    node.site(functions(&[
        ("a", "globalThis.shared = 'a'; Array.prototype.marked = true; let n = 0; export default () => new Response(String(++n))"),
        ("b", "export default () => new Response(`${globalThis.shared} ${[].marked}`)"),
    ]));
    assert_eq!(node.get("/a").text(), "1");
    assert_eq!(node.get("/b").text(), "undefined undefined");
}

#[test]
fn many_isolates_come_and_go() {
    let node = Node::with("[functions]\nisolates_per_thread_max = 2\nthreads = 2");
    let names: Vec<String> = (0..12).map(|n| format!("f{n}")).collect();
    let sources: Vec<(&str, String)> =
        names.iter().map(|name| (name.as_str(), format!("export default () => new Response('{name}')"))).collect();
    node.site(functions(&sources.iter().map(|(name, source)| (*name, source.as_str())).collect::<Vec<_>>()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for round in 0..5 {
                    for name in &names {
                        assert_eq!(node.get(&format!("/{name}")).text(), *name, "round {round}");
                    }
                }
            });
        }
    });
}

#[test]
fn clients_that_leave_at_once_do_no_harm() {
    let mut node = node("slow() { return new Promise((done) => setTimeout(() => done(new Response('slow')), 50)); }");
    for number in 0..100 {
        let mut connection = Connection::open(node.edge);
        connection.write(b"GET /bad?a=slow HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
        if number % 2 == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(connection);
        drop(TcpStream::connect(node.edge).unwrap());
    }
    assert_eq!(attack(&node, "slow").text(), "slow");
    assert_well(&mut node);
}
