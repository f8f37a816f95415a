//! What a function may use besides time and heap: who asks for more gets an error, or loses the isolate, and nobody else notices.

use crate::support::functions::{functions, limit_memory, limit_seconds};
use crate::support::http::Response;
use crate::support::node::Node;
use crate::support::upstream::Upstream;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A node with a function at `/f` that does what is asked for in its query, with 32 MiB and these settings.
pub(crate) fn node(more: &str, settings: &[(&str, Value)], cases: &str) -> Node {
    let node = Node::with(more);
    let source = format!(
        r#"const cases = {{ {cases} }};
        export default async (req) => {{
            const query = new URL(req.url).searchParams;
            try {{
                return new Response(String(await cases[query.get("a")](query.get("b"), req)));
            }} catch (error) {{
                return new Response(`${{error.name}}: ${{error.message}}`);
            }}
        }};"#
    );
    let mut spec = functions(&[("f", &source)]);
    limit_seconds(&mut spec, "f", 60);
    spec["functions"]["replace"]["f"]["config"]["cpuMs"] = json!(50_000);
    limit_memory(&mut spec, "f", 32);
    for (name, value) in settings {
        spec["functions"]["replace"]["f"]["config"][*name] = value.clone();
    }
    node.site(spec);
    node
}

pub(crate) fn ask(node: &Node, case: &str, more: &str) -> Response {
    node.get(&format!("/f?a={case}&b={more}"))
}

pub(crate) fn text(node: &Node, case: &str, more: &str) -> String {
    ask(node, case, more).text()
}

pub(crate) const REACHABLE: &str = "[functions]\negress_allow = [\"127.0.0.2/32\"]";

#[test]
fn a_request_makes_only_so_many_others() {
    let other = Upstream::start_at("127.0.0.2:0", |call| match call.request.target() {
        "/again" => call.answer(302, &[("Location", "/again")], b""),
        _ => call.answer(200, &[], b"ok"),
    });
    let node = node(
        REACHABLE,
        &[("subrequests", json!(5))],
        r#"
        async many(to) { let n = 0; try { for (;;) { await (await fetch(to)).text(); n++; } } catch (e) { return `${n} ${e.message}`; } },
        async later(to) { await 0; await new Promise((done) => setTimeout(done, 5)); return cases.many(to); },
        async redirected(to) { return (await fetch(to)).status; },
        "#,
    );
    let to = format!("http://{}/", other.address);
    let over = "5 fetch failed: the request has made too many requests";
    for _ in 0..2 {
        assert_eq!(text(&node, "many", &to), over);
        assert_eq!(text(&node, "later", &to), over);
    }
    assert_eq!(
        text(&node, "redirected", &format!("{to}again")),
        "TypeError: fetch failed: the request has made too many requests"
    );
}

#[test]
fn fetches_above_the_concurrent_ones_wait() {
    // The most at once, and those under way.
    let most = Arc::<Mutex<(usize, usize)>>::default();
    let seen = Arc::clone(&most);
    let other = Upstream::start_at("127.0.0.2:0", move |call| {
        {
            let mut seen = seen.lock().unwrap();
            seen.1 += 1;
            seen.0 = seen.0.max(seen.1);
        }
        std::thread::sleep(Duration::from_millis(50));
        seen.lock().unwrap().1 -= 1;
        call.answer(200, &[], b"ok");
    });
    let node = node(
        REACHABLE,
        &[("concurrentFetches", json!(3))],
        r#"async all(to) {
            const all = await Promise.all(Array.from({ length: 12 }, async () => (await fetch(to)).status));
            return all.join();
        }"#,
    );
    assert_eq!(text(&node, "all", &format!("http://{}/", other.address)), ["200"; 12].join(","));
    assert_eq!(most.lock().unwrap().0, 3);
}

#[test]
fn a_fetch_takes_only_so_long_and_so_much() {
    let other = Upstream::start_at("127.0.0.2:0", |call| match call.request.target() {
        "/head" => call.wait_for_end(),
        "/body" => {
            call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            call.wait_for_end();
        }
        "/large" => call.answer(200, &[], &vec![b'x'; 3 << 20]),
        "/endless" => {
            call.write(b"HTTP/1.1 200 OK\r\n\r\n");
            while call.write(&[b'x'; 65536]) {}
        }
        "/bomb" => {
            // 8 MiB of zeros in 8 KiB of gzip.
            let bomb = include_bytes!("../fixtures/zeros.gz");
            call.answer(200, &[("Content-Encoding", "gzip")], bomb);
        }
        _ => call.answer(200, &[], &vec![b'x'; 1 << 20]),
    });
    let node = node(
        REACHABLE,
        &[("fetchTimeoutSeconds", json!(4)), ("fetchResponseMb", json!(2))],
        r#"
        async text(to) { return (await (await fetch(to)).text()).length; },
        async stream(to) { let n = 0; for await (const chunk of (await fetch(to)).body) n += chunk.length; return n; },
        async pass(to) { return (await new Response((await fetch(to)).body).arrayBuffer()).byteLength; },
        "#,
    );
    let to = |path: &str| format!("http://{}/{path}", other.address);
    for way in ["text", "stream", "pass"] {
        assert_eq!(text(&node, way, &to("")), "1048576");
        for path in ["head", "body"] {
            assert_eq!(text(&node, way, &to(path)), "TypeError: fetch failed: it took too long", "{way} {path}");
        }
        for path in ["large", "endless", "bomb"] {
            let answer = text(&node, way, &to(path));
            assert_eq!(answer, "TypeError: fetch failed: the response is larger than the limit", "{way} {path}");
        }
    }
}

#[test]
fn redirects_share_the_time_of_a_fetch() {
    let other = Upstream::start_at("127.0.0.2:0", |call| {
        std::thread::sleep(Duration::from_millis(300));
        call.answer(302, &[("Location", "/again")], b"");
    });
    let node =
        node(REACHABLE, &[("fetchTimeoutSeconds", json!(2))], "async get(to) { return (await fetch(to)).status; }");
    // Each hop takes less than that, and twenty are followed.
    assert_eq!(text(&node, "get", &format!("http://{}/", other.address)), "TypeError: fetch failed: it took too long");
}

#[test]
fn only_so_many_fetches_wait() {
    let other = Upstream::start_at("127.0.0.2:0", |call| call.wait_for_end());
    let node = node(
        REACHABLE,
        &[("subrequests", json!(5000)), ("concurrentFetches", json!(1)), ("fetchTimeoutSeconds", json!(30))],
        r#"async many(to) {
            const failed = new Promise((_, reject) => { for (let i = 0; i < 2000; i++) fetch(to).catch(reject); });
            return await failed;
        }"#,
    );
    let answer = text(&node, "many", &format!("http://{}/", other.address));
    assert_eq!(answer, "TypeError: fetch failed: too many requests are waiting");
}

#[test]
fn a_fetch_has_only_so_many_headers_and_names_few_refusals() {
    let node = node(
        REACHABLE,
        &[("subrequests", json!(100))],
        r#"
        async headers(n) { return fetch("http://127.0.0.2:8080/", { headers: Object.fromEntries(Array.from({ length: +n }, (_, i) => [`x-${i}`, "v"])) }); },
        async bytes(n) { return fetch("http://127.0.0.2:8080/", { headers: { "x-long": "v".repeat(+n) } }); },
        async refused() { for (let i = 0; i < 50; i++) await fetch("http://127.0.0.1/").catch(() => {}); },
        "#,
    );
    assert_eq!(text(&node, "headers", "1100"), "TypeError: fetch failed: there are too many headers");
    assert_eq!(text(&node, "bytes", "300000"), "TypeError: fetch failed: the headers are too long");
    text(&node, "refused", "");
    node.wait_for_log("destination not allowed");
    let named = node.log().matches("fetch: destination not allowed").count();
    assert_eq!(named, 10, "{}", node.log());
}

#[test]
fn timers_are_functions_and_only_so_many() {
    let node = node(
        "",
        &[("timers", json!(100))],
        r#"
        flood() { let n = 0; try { for (;;) { setTimeout(() => {}, 100000); n++; } } catch (e) { return `${n} ${e.name}: ${e.message}`; } },
        async fired() { for (let i = 0; i < 1000; i++) await new Promise((done) => setTimeout(done, 0)); return "fired"; },
        cleared() { for (let i = 0; i < 1000; i++) { clearTimeout(setTimeout(() => {}, 1e6)); clearInterval(setInterval(() => {}, 1e6)); } return "cleared"; },
        string() { setTimeout("globalThis.ran = 1", 0); },
        async arguments() { return await new Promise((done) => setTimeout((a, b) => done(a + b), 1, "a", "b")); },
        signals() { let n = 0; try { for (;;) { AbortSignal.timeout(100000); n++; } } catch (e) { return `${n} ${e.name}: ${e.message}`; } },
        async over() { for (let i = 0; i < 120; i++) { const s = AbortSignal.timeout(1); await new Promise((done) => s.addEventListener("abort", done)); } return "over"; },
        async interval() { let n = 0; return await new Promise((done) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); done(n); } }, 1); }); },
        "#,
    );
    assert_eq!(text(&node, "fired", ""), "fired");
    assert_eq!(text(&node, "cleared", ""), "cleared");
    assert_eq!(text(&node, "arguments", ""), "ab");
    assert_eq!(text(&node, "interval", ""), "3");
    assert_eq!(text(&node, "string", ""), "TypeError: The callback of a timer must be a function");
    assert_eq!(text(&node, "over", ""), "over");
    assert_eq!(text(&node, "flood", ""), "100 RangeError: Too many timers are set");
    // All of them together.
    assert_eq!(text(&node, "signals", ""), "0 RangeError: Too many timers are set");
}

#[test]
fn the_timeline_of_performance_does_not_grow_for_ever() {
    let node = node(
        "",
        &[],
        r#"
        marks(n) { for (let i = 0; i < +n; i++) { performance.mark(`m${i}`); performance.measure("x", `m${i}`); } return performance.getEntries().length; },
        cleared() { for (let i = 0; i < 30000; i++) { performance.mark("kept"); performance.clearMarks("kept"); } performance.mark("a"); performance.mark("b"); return performance.measure("m", "a", "b").duration >= 0; },
        "#,
    );
    assert_eq!(text(&node, "marks", "1000"), "2000");
    assert_eq!(text(&node, "cleared", ""), "true");
    let kept: usize = text(&node, "marks", "20000").parse().unwrap();
    assert!(kept <= 10_000, "{kept} are kept");
}

#[test]
fn keys_cost_only_so_much() {
    let node = node(
        "",
        &[("kdfIterations", json!(10_000))],
        r#"
        async pbkdf2(n) {
            const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits", "deriveKey"]);
            const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: +n }, key, 256);
            return bits.byteLength;
        },
        async key(n) {
            const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits", "deriveKey"]);
            const made = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: +n }, key, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
            return made.type;
        },
        async getter(n) {
            const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
            let reads = 0;
            const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), get iterations() { return reads++ === 0 ? 1 : +n; } };
            await crypto.subtle.deriveBits(algorithm, key, 256);
            return reads;
        },
        async rsa(bits) {
            const pair = await crypto.subtle.generateKey({ name: "RSASSA-PKCS1-v1_5", modulusLength: +bits, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["sign", "verify"]);
            return pair.publicKey.type;
        },
        async derived(bits, req) {
            const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
            const iterations = +new URL(req.url).searchParams.get("iterations");
            return (await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations }, key, +bits)).byteLength;
        },
        async hmac(bits) {
            const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveKey"]);
            const made = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 1 }, key, { name: "HMAC", hash: "SHA-256", length: +bits }, true, ["sign"]);
            return made.algorithm.length;
        },
        async argon2(cost) {
            const [memory, passes] = cost.split("-").map(Number);
            const key = await crypto.subtle.importKey("raw-secret", new Uint8Array(8), "Argon2id", false, ["deriveBits"]);
            return (await crypto.subtle.deriveBits({ name: "Argon2id", memory, passes, parallelism: 1, nonce: new Uint8Array(16) }, key, 256)).byteLength;
        },
        async kmac(bits) { return (await crypto.subtle.generateKey({ name: "KMAC128", length: +bits }, true, ["sign"])).algorithm.length; },
        async mac(bits) {
            const key = await crypto.subtle.generateKey({ name: "KMAC128" }, true, ["sign"]);
            return (await crypto.subtle.sign({ name: "KMAC128", outputLength: +bits }, key, new Uint8Array(1))).byteLength;
        },
        async shake(bits) { return (await crypto.subtle.digest({ name: "cSHAKE128", outputLength: +bits }, new Uint8Array(1))).byteLength; },
        async copies(n) {
            const data = new Uint8Array(4 << 20);
            const all = Array.from({ length: +n }, () => crypto.subtle.digest("SHA-512", data).then(() => 1, (e) => e.message));
            return [...new Set(await Promise.all(all))].join();
        },
        async inOrder() {
            const bytes = new Uint8Array(4);
            const all = Array.from({ length: 40 }, (_, i) => crypto.subtle.digest("SHA-256", bytes.fill(i)));
            const texts = (await Promise.all(all)).map((digest) => new Uint8Array(digest).join());
            return texts[39] === new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(4).fill(39))).join() && new Set(texts).size === 40;
        },
        async nonces() {
            const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt", "wrapKey", "unwrapKey"]);
            const [iv, data] = [new Uint8Array(12), new Uint8Array(4)];
            const of = (i) => new Uint8Array(12).fill(i);
            const sealed = await Promise.all(Array.from({ length: 40 }, (_, i) => crypto.subtle.encrypt({ name: "AES-GCM", iv: iv.fill(i) }, key, data.fill(i))));
            const opened = await Promise.all(sealed.map((text, i) => crypto.subtle.decrypt({ name: "AES-GCM", iv: of(i) }, key, text).then((b) => new Uint8Array(b)[0], (e) => e.name)));
            const wrapped = await Promise.all(Array.from({ length: 40 }, (_, i) => crypto.subtle.wrapKey("raw", key, key, { name: "AES-GCM", iv: iv.fill(i) })));
            const keys = await Promise.all(wrapped.map((text, i) => crypto.subtle.unwrapKey("raw", text, key, { name: "AES-GCM", iv: iv.fill(i) }, "AES-GCM", true, ["encrypt"]).then((k) => k.type, (e) => e.name)));
            return `${opened.every((value, i) => value === i)} ${[...new Set(keys)]}`;
        },
        async ecdsa() { return (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])).privateKey.type; },
        "#,
    );
    for case in ["pbkdf2", "key"] {
        assert_eq!(text(&node, case, "10000"), if case == "key" { "secret" } else { "32" });
        assert_eq!(text(&node, case, "10001"), "RangeError: More than 10000 iterations are not allowed");
    }
    assert_eq!(text(&node, "getter", "4000000000"), "1");
    assert_eq!(text(&node, "rsa", "8192"), "RangeError: RSA keys of more than 4096 bits are not allowed");
    assert_eq!(text(&node, "rsa", "-1"), "TypeError: 'modulusLength' is out of range");
    assert_eq!(text(&node, "ecdsa", ""), "private");
    // Each block of a key costs all iterations.
    assert_eq!(text(&node, "derived", "2560&iterations=1000"), "320");
    assert_eq!(
        text(&node, "derived", "2816&iterations=1000"),
        "RangeError: More than 10000 iterations over all blocks of the key are not allowed"
    );
    assert_eq!(text(&node, "argon2", "8192-2"), "32");
    for cost in ["65536-1", "8192-11", "16384-4000000000"] {
        let answer = text(&node, "argon2", cost);
        assert_eq!(answer, "RangeError: The cost of the key derivation is not allowed", "{cost}");
    }
    let too_long = "RangeError: More than 1048576 bytes from one call are not allowed";
    for case in ["hmac", "kmac", "mac", "shake"] {
        let expected = if matches!(case, "mac" | "shake") { "128" } else { "1024" };
        assert_eq!(text(&node, case, "1024"), expected, "{case}");
        assert_eq!(text(&node, case, "4294967288"), too_long, "{case}");
    }
    assert_eq!(text(&node, "derived", "8388616&iterations=1"), too_long);
    // The host works on copies.
    assert_eq!(text(&node, "copies", "16"), "1");
    assert_eq!(text(&node, "copies", "17"), "1,The memory of the function does not suffice");
    assert_eq!(text(&node, "inOrder", ""), "true");
    assert_eq!(text(&node, "nonces", ""), "true secret");
}

#[test]
fn clocks_are_coarse() {
    let node = node(
        "",
        &[],
        r#"clock() {
            const seen = new Set();
            while (seen.size < 50) seen.add(performance.now());
            for (const time of seen) if (Math.abs(time * 10 - Math.round(time * 10)) > 1e-3) return `${time} is too exact`;
            const origin = performance.timeOrigin * 10;
            if (Math.abs(origin - Math.round(origin)) > 0.02) return `${origin} is too exact`;
            return "coarse";
        }"#,
    );
    assert_eq!(text(&node, "clock", ""), "coarse");
}

const CODE: &str = r#"
    eval() { return eval("1 + 1"); },
    indirect() { return (0, eval)("1 + 1"); },
    constructor() { return new Function("return 2")(); },
    generator() { return (function* () {}).constructor("yield 2")().next().value; },
    async wasm() {
        const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
        return Object.keys(new WebAssembly.Instance(new WebAssembly.Module(code)).exports).length;
    },
    streaming() { return [typeof WebAssembly.compileStreaming, typeof WebAssembly.instantiateStreaming].join(); },
    async compiled() { return String(await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))); },
"#;

#[test]
fn code_is_made_only_by_those_who_may() {
    let node_default = node("", &[], CODE);
    for case in ["eval", "indirect", "constructor", "generator"] {
        let answer = text(&node_default, case, "");
        assert_eq!(answer, "EvalError: Code generation from strings disallowed for this context", "{case}");
    }
    assert_eq!(text(&node_default, "wasm", ""), "0");
    assert_eq!(text(&node_default, "streaming", ""), "undefined,undefined");
    let allowed = node("", &[("allowEval", json!(true)), ("allowWasm", json!(false))], CODE);
    for case in ["eval", "indirect", "constructor", "generator"] {
        assert_eq!(text(&allowed, case, ""), "2", "{case}");
    }
    for case in ["wasm", "compiled"] {
        let answer = text(&allowed, case, "");
        assert!(answer.starts_with("CompileError: ") && answer.contains("disallowed by embedder"), "{answer}");
    }
}

/// Texts and names that cost nothing until somebody writes them out.
const HUGE: &str = r#"
    string() { console.log(HUGE, HUGE, "%s", HUGE); },
    nested() { console.info({ a: [HUGE, new Map([["key", HUGE]])] }); },
    error() { console.error(new Error(HUGE), new Error("outer", { cause: new Error(HUGE) })); },
    symbol() { console.warn(Symbol(HUGE)); },
    names() { const f = named(() => {}); class C {} named(C); console.debug(f, new C(), { [Symbol.toStringTag]: HUGE }); },
    boxed() { console.log(new String(HUGE), Object(Symbol(HUGE)), Object(2n ** 200_000_000n)); },
    getters() { class C { static get name() { return HUGE; } } console.log(new C(), { get [Symbol.toStringTag]() { return HUGE; } }); },
    errors() { class E extends Error { get name() { return HUGE; } } console.log(new E("x"), new AggregateError([HUGE], "y"), Promise.resolve({ a: HUGE })); },
    circles() { const e = new Error("round"); e.cause = e; const a = new AggregateError([], "b"); a.errors.push(a); const o = { e, a }; o.o = o; console.log(e, a, o); },
    digits() { console.log(2n ** 200_000_000n); },
    labels() { console.count(HUGE); console.time(HUGE); console.group(HUGE); console.groupEnd(); console.table([{ a: HUGE }]); },
    assertion() { console.assert(false, HUGE); console.trace(HUGE); console.dir(HUGE); },
    thrown() { throw { a: HUGE }; },
    stack() { const f = named(() => new Error("from a name").stack); return f(); },
    method() { class C { m() { return new Error("from a class").stack; } } named(C); return new C().m(); },
    message() { return new Error(HUGE).stack; },
"#;

#[test]
fn what_is_huge_is_not_written_out() {
    let cases: Vec<&str> =
        HUGE.lines().filter_map(|line| line.trim().split_once("() {")).map(|(name, _)| name).collect();
    let mut node = Node::start();
    let source = format!(
        r#"const HUGE = "x".repeat(2 ** 29 - 24);
        const named = (value) => Object.defineProperty(value, "name", {{ value: HUGE }});
        const cases = {{ {HUGE} }};
        export default (req) => {{
            let text;
            try {{ text = cases[new URL(req.url).searchParams.get("a")](); }} catch (error) {{ console.error(error); }}
            return new Response(text?.slice(0, 100) ?? "done");
        }};"#
    );
    let mut spec = functions(&[("f", &source)]);
    spec["functions"]["replace"]["f"]["config"] = json!({ "timeoutSeconds": 10, "memoryMb": 64 });
    node.site(spec);
    for case in cases {
        let answer = ask(&node, case, "");
        assert!(node.is_alive(), "{case}");
        assert_eq!(answer.status, 200, "{case}: {}", answer.text());
        let expected = match case {
            "stack" => "Error: from a name",
            "method" => "Error: from a class",
            "message" => "Error: [536870888 characters]",
            _ => "done",
        };
        assert!(answer.text().starts_with(expected), "{case}: {}", answer.text());
    }
    node.wait_for_log("[a text of 536870888 characters]");
    // Nothing of this is noticed by what is merely large.
    assert!(!node.log().contains("condemned"), "{}", node.log());
}

#[test]
fn what_is_large_is_shown_in_part() {
    let node = node(
        "",
        &[("memoryMb", json!(64))],
        r#"show() {
            const many = {};
            for (let i = 0; i < 110_000; i++) many[`key${i}`] = i;
            console.log("many", many);
            console.log("deep", { a: { b: { c: [1, "two", { d: new Set([3]) }] } } }, null, undefined, 4n);
            console.log("%s of %d", "formats", 2, Symbol("s"), new (class Own { x = 1; })());
            console.log("long", "y".repeat(100_000));
        }"#,
    );
    text(&node, "show", "");
    node.wait_for_log("long yyy");
    let log = node.log();
    for part in ["key0: 0", "key49: 49", r#"{ d: [Set] }"#, "null undefined 4n", "formats of 2 Symbol(s) Own { x: 1 }"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains("key50:"));
}
