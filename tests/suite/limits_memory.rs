//! Memory outside of V8's heap: it counts as the function's, in time, and what the function lets go of is given back.

use crate::limits::{REACHABLE, ask, node, text};
use crate::support::upstream::Upstream;
use serde_json::json;

/// Things of a mebibyte that the host keeps for JavaScript, each made by a call of `make`.
const KEPT: &str = r#"
    blobs() { return cases.kept(() => new Blob([new Uint8Array(1 << 20)])); },
    slices() { const b = new Blob([new Uint8Array(1 << 20)]); return cases.kept((i) => b.slice(0, (1 << 20) - (i & 1))); },
    copies() { const b = new Blob([new Uint8Array(1 << 20)]); return cases.kept(() => structuredClone(b)); },
    urls() { const b = new Blob([new Uint8Array(1 << 20)]); return cases.kept(() => URL.createObjectURL(b)); },
    requests() { const url = URL.createObjectURL(new Blob([new Uint8Array(1 << 20)])); return cases.kept(() => new Request(url)); },
    encoded() { const t = "x".repeat(1 << 20); return cases.kept(() => new TextEncoder().encode(t)); },
    brotli() { return cases.kept(() => new CompressionStream("brotli")); },
    bodies(to) { const body = new Uint8Array(1 << 20); return cases.kept(() => { fetch(to, { method: "POST", body }).catch(() => {}); }); },
    growing() { return cases.kept(() => new ArrayBuffer(0, { maxByteLength: 1 << 20 })); },
"#;

/// Keeps what `make` makes, and so twice of what a function of 32 MiB may hold until it is ended.
const KEEP: &str =
    "kept(make) { globalThis.all = []; for (let i = 0; i < 256; i++) all.push(make(i)); return 'kept'; },";

#[test]
fn memory_of_the_host_counts_as_the_functions() {
    let silent = Upstream::start_at("127.0.0.2:0", |call| call.wait_for_end());
    let settings = [("subrequests", json!(1000)), ("concurrentFetches", json!(1))];
    let mut node = node(REACHABLE, &settings, &format!("{KEEP}{KEPT}"));
    let cases: Vec<&str> = KEPT.lines().filter_map(|line| line.trim().split_once('(')).map(|(name, _)| name).collect();
    assert!(cases.len() >= 9, "{cases:?}");
    for case in cases {
        let answer = ask(&node, case, &format!("http://{}/", silent.address));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (503, "dynamic_runtime_memory"),
            "{case}: {}",
            answer.text()
        );
        assert!(node.is_alive());
    }
}

#[test]
fn what_a_function_lets_go_of_is_given_back() {
    let node = node(
        "",
        &[],
        r#"
        async blobs() { for (let i = 0; i < 400; i++) { new Blob([new Uint8Array(1 << 20)]); await new Promise((done) => setTimeout(done, 0)); } return "done"; },
        async read() { for (let i = 0; i < 100; i++) await new Blob([new Uint8Array(1 << 20)]).arrayBuffer(); return "done"; },
        async urls() { const b = new Blob([new Uint8Array(1 << 20)]); for (let i = 0; i < 400; i++) { URL.revokeObjectURL(URL.createObjectURL(b)); if (i % 20 === 0) await new Promise((done) => setTimeout(done, 0)); } return "done"; },
        async messages() {
            const { port1, port2 } = new MessageChannel();
            for (let i = 0; i < 100; i++) { const got = new Promise((done) => { port1.onmessage = done; }); port2.postMessage(new Uint8Array(1 << 20)); await got; }
            port1.close(); port2.close();
            return "done";
        },
        async compressors() { for (let i = 0; i < 60; i++) await new Response(new Blob(["x"]).stream().pipeThrough(new CompressionStream("brotli"))).text(); return "done"; },
        "#,
    );
    for case in ["blobs", "read", "urls", "messages", "compressors"] {
        assert_eq!(text(&node, case, ""), "done", "{case}");
    }
}

#[test]
fn what_is_larger_than_the_memory_is_refused_at_once() {
    let node = node(
        "",
        &[],
        r#"
        messages() { const { port1 } = new MessageChannel(); for (let i = 0; i < 512; i++) port1.postMessage(new Uint8Array(1 << 20)); return "sent"; },
        growing() { return new ArrayBuffer(0, { maxByteLength: 2 ** 27 }).maxByteLength; },
        wasm() { return new WebAssembly.Memory({ initial: 2000 }).buffer.byteLength; },
        most() { const memory = new WebAssembly.Memory({ initial: 1, maximum: 60000 }); memory.grow(600); return memory.buffer.byteLength; },
        shared() { return new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer.byteLength; },
        "#,
    );
    let too_large = "RangeError: The memory of the function does not suffice";
    for case in ["messages", "growing", "wasm"] {
        assert_eq!(text(&node, case, ""), too_large, "{case}");
    }
    // 32 MiB are 512 pages.
    assert_eq!(text(&node, "most", ""), "RangeError: WebAssembly.Memory.grow(): Maximum memory size exceeded");
    assert_eq!(text(&node, "shared", ""), "TypeError: Shared memory is not supported");
}

#[test]
fn decompression_makes_no_more_than_fits() {
    let node = node(
        "",
        &[],
        r#"
        async round(format) {
            const text = "hello ".repeat(50000);
            const packed = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer();
            const plain = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream(format))).text();
            return plain === text;
        },
        async bomb(format) {
            const zeros = new Uint8Array(1 << 20);
            let n = 0;
            const source = new ReadableStream({ pull(c) { if (n++ < 400) c.enqueue(zeros); else c.close(); } });
            const packed = await new Response(source.pipeThrough(new CompressionStream(format))).bytes();
            const bomb = new DecompressionStream(format);
            const writer = bomb.writable.getWriter();
            writer.write(packed).catch(() => {});
            writer.close().catch(() => {});
            return (await new Response(bomb.readable).arrayBuffer()).byteLength;
        },
        "#,
    );
    for format in ["gzip", "deflate", "deflate-raw", "brotli"] {
        assert_eq!(text(&node, "round", format), "true", "{format}");
        node.reset_memory_peak();
        let before = node.memory_peak_mb();
        let answer = text(&node, "bomb", format);
        assert_eq!(answer, "RangeError: The decompressed data is larger than the memory of the function", "{format}");
        let grown = node.memory_peak_mb().saturating_sub(before);
        assert!(grown < 200, "{format}: the node grew by {grown} MiB");
    }
}
