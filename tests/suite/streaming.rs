//! Functions that stream, work that goes on after the answer, and processor time.

use crate::support::functions::functions;
use crate::support::http::Connection;
use crate::support::node::{Node, PATIENCE};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A node with one function at `/f`, with these settings.
fn node(source: &str, config: Value) -> Node {
    let node = Node::start();
    let mut spec = functions(&[("f", source)]);
    spec["functions"]["replace"]["f"]["config"] = config;
    node.site(spec);
    node
}

fn streaming(source: &str) -> Node {
    node(source, json!({ "streaming": true }))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Reads one chunk of a chunked body; nothing at its end.
fn chunk(connection: &mut Connection) -> Option<String> {
    let mut line = String::new();
    while !line.ends_with("\r\n") {
        line.push(char::from(connection.read_raw(1).unwrap()[0]));
    }
    let length = usize::from_str_radix(line.trim(), 16).unwrap();
    let data = connection.read_raw(length + 2).unwrap();
    (length > 0).then(|| String::from_utf8(data[..length].to_vec()).unwrap())
}

#[test]
fn pieces_of_an_answer_arrive_while_the_function_makes_the_next() {
    let node = streaming(
        "let next; export default (req) => {
           if (req.url.endsWith('next')) { next(); return new Response(); }
           return new Response(new ReadableStream({ async start(c) {
             for (let n = 0; n < 3; n++) { c.enqueue(new TextEncoder().encode(`data: ${n}\\n\\n`)); await new Promise((r) => next = r); }
             c.close(); } }), { headers: { 'content-type': 'text/event-stream' } }); }",
    );
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /f HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    let (_, headers) = connection.read_head().unwrap().unwrap();
    assert!(headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("transfer-encoding") && value == "chunked"));
    for n in 0..3 {
        assert_eq!(chunk(&mut connection).unwrap(), format!("data: {n}\n\n"));
        // Only now the function goes on: had anything waited for a buffer to fill, this would hang.
        assert_eq!(node.get("/f/next").status, 200);
    }
    assert_eq!(chunk(&mut connection), None);
    // The connection carries the next request.
    connection.write(b"GET /f/next HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    assert_eq!(connection.read("GET").unwrap().unwrap().status, 200);
}

#[test]
fn a_request_body_is_read_as_it_comes() {
    let node = streaming(
        "export default async (req) => { const reader = req.body.getReader(); const first = await reader.read();
           console.log('first', first.value.byteLength); let rest = 0;
           for (;;) { const { done, value } = await reader.read(); if (done) break; rest += value.byteLength; }
           return Response.json([first.value.byteLength, rest]); }",
    );
    let mut connection = Connection::open(node.edge);
    connection.write(b"POST /f HTTP/1.1\r\nHost: site.test\r\nContent-Length: 10\r\n\r\nabc").unwrap();
    node.wait_for_log("first 3");
    connection.write(b"defghij").unwrap();
    assert_eq!(connection.read("POST").unwrap().unwrap().json(), json!([3, 7]));
}

#[test]
fn bodies_may_be_larger_than_buffered_ones_and_are_not_held() {
    const SOURCE: &str = "export default async (req) => { let size = 0; for await (const piece of req.body ?? []) size += piece.byteLength;
       return new Response(new ReadableStream({ pull(c) { const n = Math.min(size, 65536); if (n === 0) return c.close();
         size -= n; c.enqueue(new Uint8Array(n).fill(7)); } })); }";
    let node = streaming(SOURCE);
    let body = vec![7; 100 << 20];
    node.get("/f");
    node.reset_memory_peak();
    let before = node.memory_peak_mb();
    let answer = node.send("POST", "/f", &[], &body);
    assert!(answer.status == 200 && answer.body == body);
    let grown = node.memory_peak_mb().saturating_sub(before);
    assert!(grown < 80, "the node grew by {grown} MiB");
    let buffered = self::node(SOURCE, json!({}));
    assert_eq!(buffered.send("POST", "/f", &[], &body[..8 << 20]).code(), "request_body_too_large");
}

#[test]
fn a_slow_client_slows_the_function_down() {
    let node = streaming(
        "let sent = 0; export default (req) => req.url.endsWith('sent') ? new Response(String(sent))
           : new Response(new ReadableStream({ pull(c) { sent += 65536; c.enqueue(new Uint8Array(65536)); } }))",
    );
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /f HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    connection.read_head().unwrap().unwrap();
    let sent = || node.get("/f/sent").text().parse::<u64>().unwrap();
    // What is sent soon stands still: as much as sockets hold.
    let mut last = 0;
    wait_until("the function goes on without end", || std::mem::replace(&mut last, sent()) == sent());
    assert!(last < 64 << 20, "{last} bytes were made for a client that reads nothing");
}

#[test]
fn a_client_that_leaves_aborts_the_signal_and_cancels_the_stream() {
    let node = streaming(
        "export default (req) => { req.signal.addEventListener('abort', () => console.log('signal aborted'));
           return new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('x')); }, cancel() { console.log('stream cancelled'); } })); }",
    );
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /f HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    connection.read_head().unwrap().unwrap();
    drop(connection);
    node.wait_for_log("signal aborted");
    node.wait_for_log("stream cancelled");
}

#[test]
fn a_stream_that_breaks_off_is_not_a_whole_answer() {
    let node = streaming(
        "export default () => { let n = 0; return new Response(new ReadableStream({ pull(c) {
           if (n++ < 2) c.enqueue(new TextEncoder().encode('part')); else throw new Error('broken inside'); } })); }",
    );
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /f HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    assert!(connection.read("GET").is_err(), "there was an end");
    node.wait_for_log("broken inside");
    assert_eq!(node.send("HEAD", "/f", &[], b"").status, 200);
}

#[test]
fn work_handed_to_wait_until_goes_on_after_the_answer_and_has_a_time() {
    let node = node(
        "export default (req, context) => { const { waitUntil } = context;
           waitUntil(new Promise((done) => setTimeout(() => { console.log('work is done'); done(); }, 1500)));
           waitUntil(Promise.reject(new Error('work has failed')));
           if (req.url.endsWith('long')) waitUntil(new Promise(() => {}));
           req.signal.addEventListener('abort', () => console.log('told to end'));
           return new Response('answered'); }",
        json!({ "waitUntilSeconds": 3 }),
    );
    assert_eq!(node.get("/f").text(), "answered");
    assert!(!node.log().contains("work is done"));
    node.wait_for_log("work has failed");
    node.wait_for_log("work is done");
    assert_eq!(node.get("/f/long").text(), "answered");
    node.wait_for_log("work of waitUntil was ended");
    node.wait_for_log("told to end");
    assert_eq!(node.get("/f").text(), "answered");
}

#[test]
fn processor_time_is_limited_over_all_turns_and_waiting_is_free() {
    let node = node(
        "const burn = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
         export default async (req) => {
           if (req.url.endsWith('loop')) for (;;);
           if (req.url.endsWith('turns')) for (;;) { burn(20); await new Promise((r) => setTimeout(r, 1)); }
           if (req.url.endsWith('wait')) await new Promise((r) => setTimeout(r, 900));
           return new Response('ok'); }",
        json!({ "cpuMs": 300, "timeoutSeconds": 20 }),
    );
    assert_eq!(node.get("/f").text(), "ok");
    for path in ["/f/loop", "/f/turns"] {
        let answer = node.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (503, "dynamic_runtime_cpu"), "{path}");
    }
    assert_eq!(node.get("/f/wait").text(), "ok");
    assert!(node.log().contains("is near its processor time"));
    let metrics = node.metrics();
    assert!(metrics.contains(r#"reason="cpu""#) && metrics.contains("portico_isolates_started_total"), "{metrics}");
}

#[test]
fn code_that_cannot_be_ended_costs_a_thread_and_its_own_function_only() {
    let mut node = Node::with("[functions]\nthreads = 1\n");
    let mut spec = functions(&[
        (
            "bad",
            "export default () => { Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 0); return new Response('never'); }",
        ),
        ("good", "export default () => new Response('good')"),
    ]);
    spec["functions"]["replace"]["bad"]["config"] = json!({ "timeoutSeconds": 1 });
    node.site(spec);
    assert_eq!(node.get("/bad").code(), "dynamic_runtime_timeout");
    for _ in 0..5 {
        assert_eq!(node.get("/good").text(), "good");
    }
    wait_until("the function is never shut out", || node.get("/bad").code() == "dynamic_runtime_unavailable");
    assert_eq!(node.get("/good").text(), "good");
    assert!(node.is_alive());
}

#[test]
fn a_stream_from_a_thread_that_stops_breaks_off() {
    let mut node = Node::with("[functions]\nthreads = 1\n");
    let mut spec = functions(&[
        // V8 has no way to say that there are more matches than an array can hold.
        (
            "bad",
            "export default () => Response.json(RegExp.prototype[Symbol.match].call(/x/g, 'x'.repeat(2 ** 29 - 24)))",
        ),
        (
            "good",
            "export default () => new Response(new ReadableStream({ async pull(c) {
               await new Promise((done) => setTimeout(done, 20)); c.enqueue(new TextEncoder().encode('x')); } }))",
        ),
    ]);
    spec["functions"]["replace"]["good"]["config"] = json!({ "streaming": true });
    node.site(spec);
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /good HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    connection.read_head().unwrap().unwrap();
    assert_eq!(chunk(&mut connection).as_deref(), Some("x"));
    assert_eq!(node.get("/bad").code(), "dynamic_runtime_memory");
    let begun = Instant::now();
    while connection.read_raw(1).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "the stream goes on");
    }
    // Another thread has taken its place.
    assert_eq!(node.send("HEAD", "/good", &[], b"").status, 200);
    node.wait_for_log("a JavaScript thread is given up");
    let log = node.log();
    let line = log.lines().find(|line| line.contains("is given up")).unwrap();
    assert!(line.contains("function=\"bad\" release=\"rel_"), "{line}");
    assert!(node.is_alive());
}
