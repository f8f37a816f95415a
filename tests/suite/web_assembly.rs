//! WebAssembly within its limits is WebAssembly; beyond them it is an error that a program can handle.

use crate::support::functions::{functions, limit_memory};
use crate::support::node::Node;
use serde_json::Value;

/// A module is put together from its sections, so that each test says what matters to it.
const MODULES: &str = r#"
    const long = (n) => [(n & 127) | 128, ((n >> 7) & 127) | 128, (n >> 14) & 127];
    const section = (id, ...content) => [id, ...long(content.length), ...content];
    const module = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]);
    const text = (name) => [name.length, ...name].map((c) => typeof c === "string" ? c.charCodeAt(0) : c);
    const memory = section(5, 1, 1, 1, 100);
    const exported = section(7, 1, ...text("m"), 2, 0);
    const signature = section(1, 1, 0x60, 0, 0);
    const imported = section(2, 1, ...text("a"), ...text("m"), 2, 0, 1);
    const described = (error) => `${error.name}: ${error.message}`;
    const of = async (run) => { try { return await run(); } catch (error) { return described(error); } };
"#;

fn run(cases: &str) -> Value {
    let node = Node::start();
    let source = format!(
        "{MODULES} export default async () => {{
            const out = {{}}; const cases = {{ {cases} }};
            for (const name in cases) out[name] = await of(cases[name]);
            return Response.json(out);
        }};"
    );
    let mut spec = functions(&[("f", &source)]);
    limit_memory(&mut spec, "f", 32);
    node.site(spec);
    node.get("/f").json()
}

#[test]
fn every_way_to_an_instance_gives_one() {
    let answers = run(r#"
        constructor() {
            const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module(memory, exported)));
            const before = exports.m.grow(2);
            return `${before} ${exports.m.buffer.byteLength / 65536} ${exports.m instanceof WebAssembly.Memory}`;
        },
        async bytes() {
            const { instance, module: made } = await WebAssembly.instantiate(module(memory, exported));
            return `${instance instanceof WebAssembly.Instance} ${made instanceof WebAssembly.Module}`;
        },
        async view() {
            const bytes = new Uint8Array([1, 2, ...module(memory)]);
            const compiled = await WebAssembly.compile(new Uint8Array(bytes.buffer, 2));
            return (await WebAssembly.instantiate(compiled)) instanceof WebAssembly.Instance;
        },
        async many() {
            const bytes = module(memory), all = [];
            for (let n = 0; n < 100; n++) all.push(WebAssembly.compile(bytes));
            // Those that wait have a copy.
            bytes.fill(0);
            const made = await Promise.all(all);
            return made.every((module) => module instanceof WebAssembly.Module);
        },
        subclass() {
            class Own extends WebAssembly.Instance {}
            class Pages extends WebAssembly.Memory {}
            const own = new Own(new WebAssembly.Module(module(memory)));
            return own instanceof Own && new Pages({ initial: 1 }) instanceof Pages;
        },
        shared() {
            const m = new WebAssembly.Memory({ initial: 2 });
            const other = new WebAssembly.Instance(new WebAssembly.Module(module(imported, exported)), { a: { m } });
            return other.exports.m === m;
        },
        valid() { return `${WebAssembly.validate(module(memory))} ${WebAssembly.validate(new Uint8Array(8))}`; },
        statics() { return WebAssembly.Module.exports(new WebAssembly.Module(module(memory, exported)))[0].kind; },
        async wrong() { await WebAssembly.instantiate(module(memory), null); },
        tag() { return Object.prototype.toString.call(new WebAssembly.Tag({ parameters: ["i32", "i64"] })); },
    "#);
    let expected = [
        ("constructor", "1 3 true"),
        ("bytes", "true true"),
        ("view", "true"),
        ("many", "true"),
        ("subclass", "true"),
        ("shared", "true"),
        ("valid", "true false"),
        ("statics", "memory"),
        ("wrong", "TypeError: WebAssembly.instantiate(): Argument 1 must be an object"),
        ("tag", "[object WebAssembly.Tag]"),
    ];
    for (case, answer) in expected {
        let given = answers[case].as_str().map_or_else(|| answers[case].to_string(), str::to_owned);
        assert_eq!(given, answer, "{case}");
    }
}

#[test]
fn memories_are_counted_as_long_as_they_live() {
    let many = "RangeError: More than 32 WebAssembly memories at a time are not allowed";
    let answers = run(r#"
        kept() {
            const kept = [];
            try { for (;;) kept.push(new WebAssembly.Memory({ initial: 0 })); }
            catch (error) { return `${kept.length} ${described(error)}`; }
        },
        declared() {
            const kept = [], made = new WebAssembly.Module(module(memory));
            try { for (;;) kept.push(new WebAssembly.Instance(made)); }
            catch (error) { return `${kept.length} ${described(error)}`; }
        },
        exported() {
            const kept = [], made = new WebAssembly.Module(module(memory, exported));
            try { for (;;) kept.push(new WebAssembly.Instance(made).exports.m); }
            catch (error) { return `${kept.length} ${described(error)}`; }
        },
        async dropped() {
            const made = new WebAssembly.Module(module(memory, exported));
            for (let n = 0; n < 200; n++) {
                new WebAssembly.Instance(made);
                await WebAssembly.instantiate(module(memory));
                new WebAssembly.Memory({ initial: 1 });
            }
            return "all of them";
        },
        failing() {
            const made = new WebAssembly.Module(module(imported, section(5), exported));
        },
        start() {
            const body = section(10, 1, 3, 0, 0, 11);
            const made = new WebAssembly.Module(module(signature, section(3, 1, 0), memory, section(8, 0), body));
            let failed = 0;
            for (let n = 0; n < 200; n++) try { new WebAssembly.Instance(made); } catch (error) { if (error instanceof WebAssembly.RuntimeError) failed++; }
            return `${failed} failed`;
        },
        module() { new WebAssembly.Module(module(section(5, 33, ...Array(33).fill([0, 0]).flat()))); },
        large() { new WebAssembly.Instance(new WebAssembly.Module(module(section(5, 1, 0, ...long(600))))); },
    "#);
    for case in ["kept", "declared", "exported"] {
        assert_eq!(answers[case], format!("32 {many}"), "{case}");
    }
    assert_eq!(answers["dropped"], "all of them");
    assert_eq!(answers["start"], "200 failed");
    assert!(answers["failing"].as_str().unwrap().starts_with("CompileError: "), "{answers}");
    let refused = "CompileError: WebAssembly cannot be compiled: it has more memories than a function may have";
    assert_eq!(answers["module"], refused);
    assert_eq!(answers["large"], "RangeError: The memory of the function does not suffice");
}

#[test]
fn what_stays_in_the_process_is_bounded() {
    let answers = run(r#"
        shared() { new WebAssembly.Module(module(section(5, 1, 3, 1, 1))); },
        async sharedLater() { await WebAssembly.instantiate(module(section(5, 1, 3, 1, 1))); },
        sharedMemory() { new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }); },
        types() {
            const count = 110000, types = new Uint8Array(count * 3).fill(0).map((_, at) => at % 3 ? 0 : 0x60);
            const long4 = (n) => [(n & 127) | 128, ((n >> 7) & 127) | 128, ((n >> 14) & 127) | 128, n >> 21];
            const head = module([1, ...long4(types.length + 4), ...long4(count)]);
            const bytes = new Uint8Array(head.length + types.length);
            bytes.set(head); bytes.set(types, head.length);
            new WebAssembly.Module(bytes);
        },
        async stacks() {
            const b = new WebAssembly.Suspending(() => new Promise((done) => waiting.push(done)));
            const calls = section(2, 1, ...text("a"), ...text("b"), 0, 0);
            const called = section(7, 1, ...text("f"), 0, 1);
            const made = module(signature, calls, section(3, 1, 0), called, section(10, 1, 4, 0, 16, 0, 11));
            const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made), { a: { b } });
            const waiting = [], f = WebAssembly.promising(exports.f), running = [];
            let refused;
            try { for (;;) running.push(f()); } catch (error) { refused = described(error); }
            for (const done of waiting) done();
            await Promise.all(running);
            const again = f();
            waiting.at(-1)();
            await again;
            return `${running.length} ${refused}`;
        },
    "#);
    let shared = "CompileError: WebAssembly cannot be compiled: shared memory is not supported";
    assert_eq!((&answers["shared"], &answers["sharedLater"]), (&shared.into(), &shared.into()));
    assert_eq!(answers["sharedMemory"], "TypeError: Shared memory is not supported");
    let types = "CompileError: WebAssembly cannot be compiled: the modules of the function have too many types";
    assert_eq!(answers["types"], types);
    let stacks = "64 RangeError: More than 64 calls that wait in WebAssembly are not allowed";
    assert_eq!(answers["stacks"], stacks);
}
