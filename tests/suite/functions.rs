//! Functions: what a handler is given, and what becomes of what it answers (reference 2.4, 2.8).

use crate::support::functions::{functions, limit_seconds};
use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;

/// Largest body in either direction.
const BODY_MAX: usize = 6 * 1024 * 1024;

/// A node on which these functions are live.
fn node(sources: &[(&str, &str)]) -> Node {
    let node = Node::start();
    node.site(functions(sources));
    node
}

fn random_bytes(count: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..)).take(count).collect()
}

/// Sends a body in chunks and reads the answer.
fn send_chunked(node: &Node, path: &str, body: &[u8]) -> Response {
    let mut connection = Connection::open(node.edge);
    let head = format!("POST {path} HTTP/1.1\r\nhost: site.test\r\ntransfer-encoding: chunked\r\n\r\n");
    connection.write(head.as_bytes()).unwrap();
    for chunk in body.chunks(100_000) {
        let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        // A server that has refused the body need not take the rest of it.
        if connection.write(&framed).is_err() {
            break;
        }
    }
    let _ = connection.write(b"0\r\n\r\n");
    connection.read("POST").unwrap().expect("an answer")
}

#[test]
fn a_handler_is_a_function_or_an_object_with_fetch() {
    let node = node(&[
        ("plain", "export default () => new Response('plain')"),
        ("promised", "export default async () => new Response('promised')"),
        ("object", "export default { word: 'object', async fetch(req) { return new Response(this.word); } }"),
        ("thenable", "export default () => ({ then(done) { done(new Response('thenable')); } })"),
        (
            "built",
            "const { promise, resolve } = Promise.withResolvers();\nsetTimeout(resolve, 5);\nawait promise;\nexport default () => new Response('built')",
        ),
    ]);
    for name in ["plain", "promised", "object", "thenable", "built"] {
        let answer = node.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.text().as_str()), (200, name));
        assert_eq!(answer.header("content-type"), Some("text/plain;charset=UTF-8"));
    }
    for source in [
        "export const other = () => new Response('x')",
        "export default 5",
        "export default {}",
        "",
        "export default null",
    ] {
        let mut spec = functions(&[("f", source)]);
        spec["project"] = "site".into();
        let refused = node.refused(&spec);
        assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{source}");
    }
    assert_eq!(node.get("/plain").text(), "plain", "a refused release changes nothing");
}

#[test]
fn the_url_is_the_one_the_client_asked_for() {
    let node = node(&[("f", "export default (req) => new Response(req.url)")]);
    for target in [
        "/f",
        "/f/",
        "/f/a%20b/%C3%A9%c3%a9",
        "/f?",
        "/f?x=1&y=%2F+z&x=2&=&%zz",
        "/f/a;b=c,d?q=/../?&r=%00",
        "/f/~a(b)!*'",
    ] {
        let mut connection = Connection::open(node.edge);
        let answer = connection.request("GET", "site.test:8080", target, &[], b"").unwrap();
        assert_eq!(answer.text(), format!("http://site.test:8080{target}"));
    }
    assert_eq!(node.get("/f?a").text(), "http://site.test/f?a");
}

#[test]
fn every_method_arrives_as_it_is() {
    let node = node(&[(
        "f",
        "export default (req) => new Response(`${req.method} ${req.body === null}`, { headers: { 'x-method': req.method } })",
    )]);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(node.send(method, "/f", &[], b"").text(), format!("{method} true"));
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(node.send(method, "/f", &[], b"body").text(), format!("{method} false"));
    }
    // The connection must be in step after an answer without a body.
    let mut connection = Connection::open(node.edge);
    let head = connection.request("HEAD", "site.test", "/f", &[], b"").unwrap();
    assert_eq!((head.status, head.header("x-method"), head.body.len()), (200, Some("HEAD"), 0));
    assert_eq!(head.header("content-length"), Some("9"), "the length that GET would have");
    assert_eq!(connection.request("GET", "site.test", "/f", &[], b"").unwrap().text(), "GET true");
}

#[test]
fn headers_arrive_and_what_a_client_may_not_say_does_not() {
    let node = Node::start();
    let applied = node.site(functions(&[("f", "export default (req) => Response.json([...req.headers])")]));
    let sent = [
        ("X-Twice", "one"),
        ("Cookie", "a=1; b=\"2\"; c=d=e"),
        ("X-Twice", "two"),
        ("Authorization", "Bearer abc"),
        ("X-Empty", ""),
        ("X-Latin", "caf\u{e9}"),
        ("Accept-Encoding", "br"),
        // Not the client's to say:
        ("x-run402-user-id", "admin"),
        ("X-Run402-Request-Id", "req_forged000000000000000000"),
        ("x-run402-project-id", "other"),
        ("X-Forwarded-For", "10.9.8.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.test"),
        ("X-Real-IP", "10.9.8.7"),
        ("Forwarded", "for=10.9.8.7"),
        ("CF-IPCountry", "CH"),
        // About the connection:
        ("Connection", "keep-alive, X-Nominated"),
        ("X-Nominated", "1"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Proxy-Authorization", "Basic x"),
    ];
    let answer = node.send("POST", "/f", &sent, b"12345");
    let seen: BTreeMap<String, String> =
        serde_json::from_slice::<Vec<(String, String)>>(&answer.body).unwrap().into_iter().collect();
    let get = |name: &str| seen.get(name).map(String::as_str);
    assert_eq!(get("x-twice"), Some("one, two"));
    assert_eq!(get("cookie"), Some("a=1; b=\"2\"; c=d=e"));
    assert_eq!(get("authorization"), Some("Bearer abc"));
    assert_eq!(get("x-empty"), Some(""));
    // One character for each byte, as Fetch has it; `é` was sent as two.
    assert_eq!(get("x-latin"), Some("caf\u{c3}\u{a9}"));
    assert_eq!(get("accept-encoding"), Some("br"));
    assert_eq!(get("content-length"), Some("5"));
    assert_eq!(get("host"), Some("site.test"));
    for gone in [
        "x-run402-user-id",
        "x-real-ip",
        "forwarded",
        "cf-ipcountry",
        "connection",
        "x-nominated",
        "keep-alive",
        "te",
        "proxy-authorization",
    ] {
        assert_eq!(get(gone), None, "{gone}");
    }
    assert_eq!(get("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(get("x-forwarded-proto"), Some("http"));
    assert_eq!(get("x-forwarded-host"), Some("site.test"));
    assert_eq!(get("x-run402-request-id"), answer.header("x-run402-request-id"));
    assert_eq!(get("x-run402-project-id"), Some("site"));
    assert_eq!(get("x-run402-release-id"), applied["release_id"].as_str());
    assert_eq!(get("x-run402-host"), Some("site.test"));
    assert_eq!(get("x-run402-locale"), None, "the release has no locales");
}

#[test]
fn a_request_cannot_be_changed_and_its_body_is_read_once() {
    let node = node(&[(
        "f",
        r#"export default async (req) => {
            const said = [];
            try { req.headers.set("x", "y"); } catch (e) { said.push(e.name); }
            const copy = req.clone();
            said.push((await req.text()) + (await copy.text()), req.bodyUsed);
            try { await req.text(); } catch (e) { said.push(e.name); }
            return Response.json(said);
        }"#,
    )]);
    assert_eq!(node.send("POST", "/f", &[], b"ab").json(), json!(["TypeError", "abab", true, "TypeError"]));
}

#[test]
fn each_cookie_that_is_set_is_a_field_of_its_own() {
    let node = node(&[(
        "f",
        r#"export default () => {
            const headers = new Headers({ "Set-Cookie": "a=1; Path=/; Expires=Thu, 01 Jan 2037 00:00:00 GMT" });
            headers.append("set-cookie", "b=2, c");
            headers.append("Set-Cookie", "d=4");
            headers.append("vary", "accept");
            headers.append("vary", "cookie");
            return new Response("x", { headers });
        }"#,
    )]);
    let answer = node.get("/f");
    assert_eq!(answer.all("set-cookie"), ["a=1; Path=/; Expires=Thu, 01 Jan 2037 00:00:00 GMT", "b=2, c", "d=4"]);
    assert_eq!(answer.all("vary").join(", "), "accept, cookie");
}

#[test]
fn bodies_up_to_the_limit_come_and_go_unchanged() {
    let node = node(&[
        ("echo", "export default async (req) => new Response(await req.arrayBuffer())"),
        ("pipe", "export default (req) => new Response(req.body)"),
        ("text", "export default async (req) => new Response(await req.text())"),
    ]);
    let all_bytes: Vec<u8> = (0..=255).collect();
    for body in [all_bytes, b"\0".to_vec(), random_bytes(70_000), random_bytes(BODY_MAX)] {
        for path in ["/echo", "/pipe"] {
            let answer = node.send("POST", path, &[], &body);
            assert_eq!(answer.status, 200);
            assert!(answer.body == body, "{path}: {} bytes of {}", answer.body.len(), body.len());
            let answer = send_chunked(&node, path, &body);
            assert!(answer.body == body, "{path} in chunks: {} bytes of {}", answer.body.len(), body.len());
        }
    }
    assert_eq!(node.send("POST", "/text", &[], "größer \u{1f600}".as_bytes()).text(), "größer \u{1f600}");
    assert_eq!(node.send("POST", "/echo", &[], b"").body, b"");
    assert_eq!(send_chunked(&node, "/echo", b"").body, b"");
}

#[test]
fn a_larger_request_is_refused_before_the_function_sees_it() {
    let node = node(&[("f", "let calls = 0; export default async (req) => new Response(String(++calls))")]);
    let body = vec![b'x'; BODY_MAX + 1];
    for answer in [node.send("POST", "/f", &[], &body), send_chunked(&node, "/f", &body)] {
        assert_eq!((answer.status, answer.code().as_str()), (413, "request_body_too_large"));
        assert_eq!(answer.header("connection"), Some("close"), "what the client still sends is not the next request");
    }
    // Announced and not sent: the answer does not wait for it.
    let mut connection = Connection::open(node.edge);
    connection.write(b"POST /f HTTP/1.1\r\nhost: site.test\r\ncontent-length: 99999999999\r\n\r\n").unwrap();
    assert_eq!(connection.read("POST").unwrap().unwrap().status, 413);
    assert_eq!(node.get("/f").text(), "1");
}

#[test]
fn a_larger_answer_is_refused_however_it_is_made() {
    let node = node(&[(
        "f",
        r#"const MAX = 6 * 1024 * 1024;
        const streamed = (size) => new ReadableStream({
            start() { this.left = size; },
            pull(controller) {
                const part = Math.min(this.left, 65536);
                if (part === 0) return controller.close();
                this.left -= part;
                controller.enqueue(new Uint8Array(part).fill(120));
            },
        });
        export default (req) => {
            const [, , how, more] = new URL(req.url).pathname.split("/");
            const size = MAX + Number(more);
            switch (how) {
                case "bytes": return new Response(new Uint8Array(size).fill(120));
                case "text": return new Response("x".repeat(size));
                // Two bytes of UTF-8 each; an odd rest is one byte.
                case "wide": return new Response("\u00e9".repeat(size >> 1) + "x".repeat(size & 1));
                case "stream": return new Response(streamed(size));
                case "blob": return new Response(new Blob(["x".repeat(size)]));
            }
        };"#,
    )]);
    for how in ["bytes", "text", "wide", "stream", "blob"] {
        let answer = node.get(&format!("/f/{how}/0"));
        assert_eq!((answer.status, answer.body.len()), (200, BODY_MAX), "{how}");
        let answer = node.get(&format!("/f/{how}/1"));
        assert_eq!((answer.status, answer.code().as_str()), (502, "ROUTED_RESPONSE_TOO_LARGE"), "{how}");
    }
}

#[test]
fn head_answers_like_get_without_a_body() {
    let node = node(&[
        ("length", "export default () => new Response(null, { headers: { 'content-length': '1234' } })"),
        ("error", "export default () => new Response('nothing here', { status: 404 })"),
        ("throws", "export default () => { throw new Error('x'); }"),
        ("large", "export default () => new Response(new Uint8Array(3 << 20))"),
    ]);
    let mut connection = Connection::open(node.edge);
    for (path, status, length) in [("/length", 200, "1234"), ("/error", 404, "12"), ("/large", 200, "3145728")] {
        let answer = connection.request("HEAD", "site.test", path, &[], b"").unwrap();
        assert_eq!((answer.status, answer.header("content-length")), (status, Some(length)), "{path}");
    }
    assert_eq!(connection.request("HEAD", "site.test", "/throws", &[], b"").unwrap().status, 500);
    assert_eq!(connection.request("GET", "site.test", "/error", &[], b"").unwrap().text(), "nothing here");
    // A function that promises a length with GET and does not keep it must not break the framing.
    assert_eq!(connection.request("GET", "site.test", "/length", &[], b"").unwrap().body, b"");
    assert_eq!(connection.request("GET", "site.test", "/error", &[], b"").unwrap().status, 404);
}

#[test]
fn statuses_and_redirects_pass_as_they_are() {
    let node = node(&[(
        "f",
        r#"export default (req) => {
            const status = Number(new URL(req.url).pathname.split("/")[2]);
            const headers = status >= 300 && status < 400 ? { location: "../else where?x=1#y" } : {};
            const body = [204, 205, 304].includes(status) ? null : "body";
            return new Response(body, { status, headers });
        };"#,
    )]);
    let mut connection = Connection::open(node.edge);
    for status in
        [200, 201, 204, 205, 206, 299, 301, 303, 304, 307, 308, 400, 401, 404, 418, 429, 451, 499, 500, 503, 599]
    {
        let answer = connection.request("GET", "site.test", &format!("/f/{status}"), &[], b"").unwrap();
        assert_eq!(answer.status, status);
        let location = (300..400).contains(&status).then_some("../else where?x=1#y");
        assert_eq!(answer.header("location"), location, "{status}");
        if matches!(status, 204 | 304) {
            assert_eq!(answer.header("content-length"), None, "{status}");
        }
    }
}

#[test]
fn a_streamed_answer_is_collected() {
    let node = node(&[
        (
            "slow",
            r#"export default () => {
                const { readable, writable } = new TransformStream();
                (async () => {
                    const writer = writable.getWriter();
                    for (let i = 0; i < 5; i++) {
                        await new Promise((done) => setTimeout(done, 5));
                        await writer.write(new TextEncoder().encode(`${i};`));
                    }
                    await writer.close();
                })();
                return new Response(readable, { headers: { "content-type": "text/event-stream" } });
            };"#,
        ),
        (
            "breaks",
            "export default () => new Response(new ReadableStream({ pull(c) { c.error(new Error('canary-detail')); } }))",
        ),
        (
            "text",
            "export default () => new Response(new ReadableStream({ start(c) { c.enqueue('a string'); c.close(); } }))",
        ),
        (
            "zipped",
            "export default () => new Response(new Blob(['zip me']).stream().pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip')))",
        ),
    ]);
    let answer = node.get("/slow");
    assert_eq!((answer.text().as_str(), answer.header("content-length")), ("0;1;2;3;4;", Some("10")));
    for path in ["/breaks", "/text"] {
        let answer = node.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (500, "local_executor_failed"), "{path}");
        assert!(!answer.text().contains("canary"), "{path}");
    }
    assert_eq!(node.get("/zipped").text(), "zip me");
}

#[test]
fn the_environment_is_the_projects_and_not_the_hosts() {
    let node = Node::start();
    let folder = node.state().join("secrets");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("site.env");
    std::fs::write(&file, "API_KEY=canary-secret\nGREETING=\"good day\"\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut spec = functions(&[(
        "f",
        r#"export default (req, { env, requestId }) => {
            // What one request does to its copy, another must not see.
            const before = { ...env };
            env.API_KEY = "changed";
            return Response.json({ env: before, process: { ...process.env }, requestId });
        };"#,
    )]);
    spec["secrets"] = json!({ "require": ["API_KEY"] });
    node.site(spec);
    node.get("/f");
    let answer = node.get("/f");
    let seen = answer.json();
    assert_eq!(seen["requestId"].as_str(), answer.header("x-run402-request-id"));
    let names: Vec<&String> = seen["env"].as_object().unwrap().keys().collect();
    let own = ["API_KEY", "GREETING", "NODE_ENV"];
    let platform = ["API_BASE", "FUNCTION_NAME", "PROJECT_ID", "SERVICE_KEY", "ANON_KEY", "JWT_SECRET"];
    let platform = platform.map(|name| format!("RUN402_{name}"));
    let expected: BTreeSet<&str> = own.into_iter().chain(platform.iter().map(String::as_str)).collect();
    // Neither PATH nor HOME nor anything else of the node's own process.
    assert_eq!(names.iter().map(|name| name.as_str()).collect::<BTreeSet<_>>(), expected);
    assert_eq!(seen["env"], seen["process"]);
    assert_eq!(seen["env"]["API_KEY"], "canary-secret");
    assert_eq!(seen["env"]["GREETING"], "good day");
    assert_eq!(seen["env"]["RUN402_PROJECT_ID"], "site");
    assert_eq!(seen["env"]["RUN402_FUNCTION_NAME"], "f");
    assert_eq!(seen["env"]["NODE_ENV"], "production");
}

/// The line of the log that has `text`.
fn line(node: &Node, text: &str) -> String {
    node.wait_for_log(text);
    node.log().lines().find(|line| line.contains(text)).unwrap().to_owned()
}

#[test]
fn console_lines_are_in_the_log_with_the_id_of_their_request() {
    let node = node(&[(
        "f",
        r#"console.log("while loading");
        export default async (req) => {
            const word = new URL(req.url).searchParams.get("word");
            console.info("%s first %o", word, { a: [1] });
            await new Promise((done) => setTimeout(done, 10));
            console.warn(word, "second");
            setTimeout(() => console.error(word, "after the answer"), 20);
            return new Response("x");
        };"#,
    )]);
    let id = |word: &str| node.get(&format!("/f?word={word}")).header("x-run402-request-id").unwrap().to_owned();
    let (a, b) = (id("apple"), id("banana"));
    assert_ne!(a, b);
    assert!(a.starts_with("req_") && a.len() == 28, "{a}");
    for (word, id) in [("apple", &a), ("banana", &b)] {
        for (text, level) in [("first { a: [ 1", " INFO "), ("second", " WARN "), ("after the answer", "ERROR ")] {
            let line = line(&node, &format!("{word} {text}"));
            for part in [id.as_str(), level, "project=\"site\"", "function=\"f\""] {
                assert!(line.contains(part), "no {part} in {line}");
            }
        }
    }
    assert!(line(&node, "while loading").contains("function=\"f\""));
}

#[test]
fn secrets_queries_and_bodies_are_not_logged() {
    let node = Node::start();
    let folder = node.state().join("secrets");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("site.env"), "API_KEY=canary-secret\n").unwrap();
    std::fs::set_permissions(folder.join("site.env"), std::fs::Permissions::from_mode(0o600)).unwrap();
    node.site(functions(&[
        ("f", "export default async (req) => new Response('canary-answer ' + await req.text())"),
        ("throws", "export default async (req) => { await req.text(); throw new Error('told to the log'); }"),
        ("wrong", "export default () => 'canary-answer'"),
    ]));
    for path in ["/f", "/throws", "/wrong"] {
        let sent = [("cookie", "session=canary-cookie"), ("authorization", "Bearer canary-token")];
        node.send("POST", &format!("{path}?token=canary-query"), &sent, b"canary-body");
    }
    node.wait_for_log("path=\"/wrong\"");
    assert!(node.log().contains("told to the log"));
    assert!(!node.log().contains("canary"), "{}", node.log());
}

#[test]
fn what_a_function_throws_is_for_the_log_only() {
    let node = node(&[
        ("sync", "export default () => {\n  throw new TypeError('canary-sync'); }"),
        (
            "async",
            "export default async () => { await null; throw new Error('outer', { cause: new Error('canary-async') }); }",
        ),
        ("string", "export default () => { throw 'canary-string'; }"),
        ("undefined", "export default async () => { throw undefined; }"),
        ("proxy", "export default async () => { throw new Proxy({}, { get() { throw new Error('again'); } }); }"),
        (
            "getter",
            "export default async () => { const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw e; } }); throw e; }",
        ),
        ("read", "export default async () => { const r = new Response('x'); await r.text(); return r; }"),
    ]);
    for name in ["sync", "async", "string", "undefined", "proxy", "getter", "read"] {
        let answer = node.get(&format!("/{name}"));
        let (expected, message) = match name {
            "read" => ((502, "ROUTED_RESPONSE_INVALID"), "The function's response is not a valid HTTP response."),
            _ => ((500, "local_executor_failed"), "The function failed."),
        };
        assert_eq!((answer.status, answer.code().as_str()), expected, "{name}");
        assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{name}");
        let body = answer.json();
        assert_eq!(body["request_id"].as_str(), answer.header("x-run402-request-id"), "{name}");
        assert_eq!(body["message"], message, "{name}");
        assert!(!answer.text().contains("canary") && !answer.text().contains("fn:///"), "{name}: {}", answer.text());
        assert!(
            line(&node, &format!("path=\"/{name}\"")).contains(answer.header("x-run402-request-id").unwrap()),
            "{name}"
        );
    }
    assert!(
        line(&node, "canary-sync").contains("index.js:2:"),
        "the place in the source: {}",
        line(&node, "canary-sync")
    );
    line(&node, "canary-async");
    line(&node, "canary-string");
}

#[test]
fn a_renderer_that_throws_has_a_code_of_its_own() {
    let node = Node::start();
    let mut spec = functions(&[("page", "export default () => { throw new Error('canary'); }")]);
    spec["functions"]["replace"]["page"]["class"] = "ssr".into();
    node.site(spec);
    let answer = node.get("/any/where");
    assert_eq!((answer.status, answer.code().as_str()), (500, "R402_SSR_RUNTIME_ERROR"));
    assert!(!answer.text().contains("canary"));
}

#[test]
fn an_answer_without_a_cache_policy_is_not_cached() {
    let node = node(&[
        ("none", "export default () => new Response('x')"),
        ("own", "export default () => new Response('x', { headers: { 'Cache-Control': 'public, max-age=60' } })"),
    ]);
    let none = node.get("/none");
    assert_eq!(none.header("cache-control"), Some("private, no-store"));
    assert_eq!(none.header("x-run402-cache"), Some("dynamic-bypass"));
    let own = node.get("/own");
    assert_eq!(own.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(own.header("x-run402-cache"), None);
}

#[test]
fn a_function_does_not_speak_for_the_platform_or_the_connection() {
    let node = node(&[(
        "f",
        r#"export default () => new Response("x", { headers: {
            "x-run402-mint-directive": "session", "x-run402-merchant-fulfillment": "1", "x-run402-request-id": "req_mine",
            "connection": "close, x-private", "x-private": "1", "keep-alive": "timeout=1", "te": "x", "trailer": "x-t",
            "transfer-encoding": "chunked", "upgrade": "h2c", "proxy-authenticate": "Basic", "content-length": "5000",
            "x-mine": "1", "date": "never",
        } });"#,
    )]);
    let mut connection = Connection::open(node.edge);
    let answer = connection.request("GET", "site.test", "/f", &[], b"").unwrap();
    assert_eq!(
        (answer.text().as_str(), answer.header("x-mine"), answer.header("content-length")),
        ("x", Some("1"), Some("1"))
    );
    for gone in [
        "x-run402-mint-directive",
        "x-run402-merchant-fulfillment",
        "x-private",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-authenticate",
    ] {
        assert!(answer.all(gone).is_empty(), "{gone}: {:?}", answer.all(gone));
    }
    assert!(answer.header("x-run402-request-id").unwrap() != "req_mine");
    assert!(answer.header("date").unwrap() != "never");
    // "close" was not its to say either.
    assert_eq!(connection.request("GET", "site.test", "/f", &[], b"").unwrap().text(), "x");
}

#[test]
fn only_a_valid_answer_leaves_the_node() {
    // The inner objects of Fetch's classes can be reached through their symbols, behind every check of a constructor.
    let node = node(&[(
        "f",
        r#"const inner = (object, key) => {
            for (const symbol of Object.getOwnPropertySymbols(object)) {
                const value = object[symbol];
                if (value && typeof value === "object" && key in value) return value;
            }
            throw new Error("there is no " + key);
        };
        const headers = (...more) => (response) => { inner(response, "headerList").headerList.push(...more); };
        const status = (value) => (response) => { inner(response, "headerList").status = value; };
        const attacks = {
            split: headers(["x-a", "1\r\nset-cookie: forged=1"]),
            lf: headers(["x-a", "1\nset-cookie: forged=1"]),
            nul: headers(["x-a", "a\0b"]),
            name: headers(["x-a: 1\r\nset-cookie", "forged=1"]),
            space: headers(["x a", "forged=1"]),
            empty: headers(["", "forged=1"]),
            wide: headers(["x-a", "\u010d\u010a"]),
            many: headers(...Array.from({ length: 300 }, (_, i) => ["x-" + i, "forged"])),
            long: headers(["x-a", "forged".repeat(20000)]),
            number: headers(["x-a", 5]),
            s101: status(101), s100: status(100), s0: status(0), s99: status(99), s600: status(600), s1000: status(1000),
            s65736: status(65736), negative: status(-200),
        };
        export default (req) => {
            const name = new URL(req.url).searchParams.get("a");
            const response = new Response("x");
            attacks[name](response);
            return response;
        };"#,
    )]);
    let attacks = [
        "split", "lf", "nul", "name", "space", "empty", "wide", "many", "long", "number", "s101", "s100", "s0", "s99",
        "s600", "s1000", "s65736", "negative",
    ];
    for attack in attacks {
        let answer = node.get(&format!("/f?a={attack}"));
        assert!(matches!(answer.status, 500 | 502), "{attack}: {answer:?}");
        assert!(!format!("{answer:?}").contains("forged"), "{attack}: {answer:?}");
        if !matches!(attack, "number" | "negative") {
            assert_eq!(answer.code(), "ROUTED_RESPONSE_INVALID", "{attack}");
        }
    }
    // What the constructors themselves refuse is an exception in the function.
    assert_eq!(node.get("/f?a=none").status, 500);
}

#[test]
fn fetchs_own_classes_refuse_what_is_not_http() {
    let node = node(&[(
        "f",
        r#"const tries = [
            () => new Headers([["x", "a\r\nb"]]), () => new Headers([["a b", "c"]]), () => new Response("x", { status: 101 }),
            () => new Response("x", { status: 99 }), () => new Response("x", { status: 600 }), () => new Response("x", { status: 204 }),
            () => Response.redirect("/", 200),
        ];
        export default () => Response.json(tries.map((attempt) => { try { attempt(); return "allowed"; } catch (e) { return e.name; } }));"#,
    )]);
    assert!(!node.get("/f").text().contains("allowed"), "{}", node.get("/f").text());
}

#[test]
fn files_import_each_other() {
    let node = Node::start();
    let files = json!({
        "src/main.mjs": r#"
            import { double } from "./lib/math.mjs";
            import * as words from "../words.js";
            import data from "./data.json" with { type: "json" };
            export default async () => {
                const late = await import("./lib/late.mjs");
                return Response.json([double(data.number), words.greeting, late.default, import.meta.url, import.meta.main ?? null]);
            };"#,
        "src/lib/math.mjs": "import { one } from './one.mjs';\nexport const double = (n) => one * 2 * n;",
        "src/lib/one.mjs": "export const one = 1;",
        "src/lib/late.mjs": "export default 'late';",
        "src/data.json": "{ \"number\": 21 }",
        "words.js": "export const greeting = 'hallo';",
    });
    let mut spec = functions(&[("f", "")]);
    spec["functions"]["replace"]["f"] = json!({ "runtime": "node22", "files": files, "entrypoint": "src/main.mjs" });
    node.site(spec.clone());
    let answer = node.get("/f").json();
    assert_eq!(
        (&answer[0], &answer[1], &answer[2], &answer[3]),
        (&json!(42), &json!("hallo"), &json!("late"), &json!("fn:///src/main.mjs"))
    );

    for wrong in [
        "import './missing.mjs';",
        "import 'lodash';",
        "import 'node:nothing';",
        "import 'https://example.com/x.js';",
        "import 'file:///etc/passwd';",
        "import '../../../../etc/passwd';",
        "import 'data:text/javascript,export default 1';",
        "import 'ext:core/ops';",
        "import 'fn://other/main.mjs';",
    ] {
        let source = format!("{wrong}\nexport default () => new Response('x');");
        spec["functions"]["replace"]["f"]["files"]["src/main.mjs"] = source.into();
        let mut wrong_spec = spec.clone();
        wrong_spec["project"] = "site".into();
        let refused = node.refused(&wrong_spec);
        assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{wrong}: {refused}");
    }
}

#[test]
fn a_mistake_in_the_source_is_named_with_its_place() {
    let node = Node::start();
    for (source, line, text) in [
        ("export default () => new Response('x');\nconst x = ;", 2, "Unexpected token"),
        ("\n\nthrow new Error('canary at load');\nexport default () => 1;", 3, "canary at load"),
        ("\nmissing.call();\nexport default () => 1;", 2, "missing is not defined"),
    ] {
        let mut spec = functions(&[("f", source)]);
        spec["project"] = "site".into();
        let refused = node.refused(&spec);
        assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED");
        assert_eq!(refused["details"]["function"], "f", "{refused}");
        assert_eq!(refused["details"]["line"], line, "{refused}");
        assert!(refused["message"].as_str().unwrap().contains(text), "{refused}");
    }
}

#[test]
fn interleaved_requests_keep_their_own_ids_and_bodies() {
    const REQUESTS: usize = 50;
    // Every request waits for all the others, so that all of them are under way at once in one isolate.
    let node = node(&[(
        "f",
        r#"let waiting = [];
        export default async (req, context) => {
            const id = req.headers.get("x-run402-request-id");
            const body = await req.text();
            await new Promise((done) => { waiting.push(done); if (waiting.length === 50) waiting.forEach((each) => each()); });
            console.log(`line-1 of ${body}`);
            await new Promise((done) => setTimeout(done, Math.random() * 20));
            await null;
            queueMicrotask(() => console.log(`line-2 of ${body}`));
            return Response.json({ body, id, context: context.requestId, again: new URL(req.url).search });
        };"#,
    )]);
    let answers: Vec<(usize, Response)> = std::thread::scope(|scope| {
        let node = &node;
        let ask = |number| node.send("POST", &format!("/f?{number}"), &[], format!("body-{number}-end").as_bytes());
        let threads: Vec<_> = (0..REQUESTS).map(|number| scope.spawn(move || (number, ask(number)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut ids = BTreeSet::new();
    for (number, answer) in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let id = answer.header("x-run402-request-id").unwrap();
        assert!(ids.insert(id.to_owned()), "the id {id} is used twice");
        let body = format!("body-{number}-end");
        assert_eq!(answer.json(), json!({ "body": body, "id": id, "context": id, "again": format!("?{number}") }));
        for part in ["line-1", "line-2"] {
            let line = line(&node, &format!("{part} of {body}"));
            assert!(line.contains(id), "not {id}: {line}");
        }
    }
}

#[test]
fn state_is_kept_between_requests() {
    let node = node(&[(
        "f",
        "let n = 0; globalThis.words = []; export default () => { words.push('w'); return new Response(`${++n} ${words.length}`); }",
    )]);
    for n in 1..=20 {
        assert_eq!(node.get("/f").text(), format!("{n} {n}"));
    }
}

#[test]
fn a_client_that_leaves_aborts_the_requests_signal() {
    let node = node(&[(
        "f",
        r#"export default async (req) => {
            const word = new URL(req.url).searchParams.get("word");
            req.signal.addEventListener("abort", () => console.log(`aborted ${word} ${req.signal.reason?.name}`));
            console.log(`began ${word}`);
            await new Promise((done) => setTimeout(done, word === "stays" ? 10 : 60000));
            return new Response(String(req.signal.aborted));
        };"#,
    )]);
    for (word, request) in [
        ("get", "GET /f?word=get HTTP/1.1\r\nhost: site.test\r\n\r\n"),
        ("post", "POST /f?word=post HTTP/1.1\r\nhost: site.test\r\ncontent-length: 2\r\n\r\nab"),
    ] {
        let mut connection = Connection::open(node.edge);
        connection.write(request.as_bytes()).unwrap();
        node.wait_for_log(&format!("began {word}"));
        assert!(!node.log().contains(&format!("aborted {word}")));
        drop(connection);
        node.wait_for_log(&format!("aborted {word} AbortError"));
    }
    assert_eq!(node.get("/f?word=stays").text(), "false");
    assert!(!node.log().contains("aborted stays"));
}

#[test]
fn time_that_is_over_aborts_the_signal_too() {
    let node = Node::start();
    let mut spec = functions(&[(
        "f",
        r#"export default async (req) => {
            if (req.url.endsWith("?fast")) return new Response("fast");
            await new Promise((done) => req.signal.addEventListener("abort", done));
            console.log("told that the time is over");
            return new Response("too late");
        };"#,
    )]);
    limit_seconds(&mut spec, "f", 1);
    node.site(spec);
    let answer = node.get("/f");
    assert_eq!((answer.status, answer.code().as_str()), (504, "dynamic_runtime_timeout"));
    node.wait_for_log("told that the time is over");
    assert_eq!(node.get("/f?fast").text(), "fast");
}

#[test]
fn a_full_queue_is_said_at_once() {
    let node = Node::with("[functions]\nqueue_per_function_max = 2");
    let source = r#"let free; const held = new Promise((done) => { free = done; });
        export default async (req) => {
            if (req.url.endsWith("?free")) { free(); return new Response("freed"); }
            console.log("held " + new URL(req.url).search);
            await held;
            return new Response("held");
        };"#;
    node.site(functions(&[("f", source), ("other", "export default () => new Response('other')")]));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| node.get("/f?a"));
        node.wait_for_log("held ?a");
        let second = scope.spawn(|| node.get("/f?b"));
        node.wait_for_log("held ?b");
        let third = node.get("/f?free");
        assert_eq!(
            (third.status, third.code().as_str(), third.header("retry-after")),
            (503, "dynamic_runtime_busy", Some("1"))
        );
        assert_eq!(node.get("/other").text(), "other", "the queue is the function's own");
        drop((first, second));
        // Its clients are answered when their time is over; nothing else frees them.
    });
    assert_eq!(node.get("/f?free").text(), "freed");
}

#[test]
fn upgrades_are_refused() {
    let node = node(&[("f", "export default () => new Response('x')")]);
    let sent = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let answer = node.send("GET", "/f", &sent, b"");
    assert_eq!((answer.status, answer.code().as_str()), (422, "astro_ssr_unsupported_feature"));
}

#[test]
fn the_platforms_standard_classes_work() {
    let node = node(&[(
        "f",
        r#"const checks = {
            async digest() { return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc")))[0] === 0xba; },
            async hmac() {
                const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
                const data = new Uint8Array([1, 2, 3]);
                return crypto.subtle.verify("HMAC", key, await crypto.subtle.sign("HMAC", key, data), data);
            },
            uuid() { return /^[0-9a-f-]{36}$/.test(crypto.randomUUID()) && crypto.randomUUID() !== crypto.randomUUID(); },
            random() { return crypto.getRandomValues(new Uint8Array(32)).some((byte) => byte !== 0); },
            base64() { return btoa("abc") === "YWJj" && atob("YWJj") === "abc"; },
            clone() { return structuredClone(new Map([[1, { a: new Date(5) }]])).get(1).a.getTime() === 5; },
            pattern() { return new URLPattern({ pathname: "/a/:b" }).exec("https://x.test/a/c").pathname.groups.b === "c"; },
            params() { return new URLSearchParams("a=1&a=2").getAll("a").length === 2; },
            async form() {
                const form = new FormData();
                form.append("file", new File(["content"], "a.txt"));
                const back = await new Response(form).formData();
                return (await back.get("file").text()) === "content" && back.get("file").name === "a.txt";
            },
            async blob() { return (await new Blob(["a", "b"]).text()) === "ab"; },
            abort() { return AbortSignal.abort().aborted && AbortSignal.any([AbortSignal.abort()]).aborted; },
            events() { let n = 0; const t = new EventTarget(); t.addEventListener("x", () => n++); t.dispatchEvent(new Event("x")); return n === 1; },
            async channel() {
                const { port1, port2 } = new MessageChannel();
                const got = new Promise((done) => { port2.onmessage = (e) => done(e.data); });
                port1.postMessage(5);
                const data = await got;
                port1.close();
                return data === 5;
            },
            decoder() { return new TextDecoder("utf-16le").decode(new Uint8Array([97, 0])) === "a"; },
            interval() { return new Promise((done) => { let n = 0; const t = setInterval(() => { if (++n === 3) { clearInterval(t); done(true); } }, 1); }); },
            time() { return performance.now() >= 0 && Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 60000; },
            intl() { return new Intl.NumberFormat("de-CH").format(1234.5).length > 0; },
            async wasm() {
                const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
                return (await WebAssembly.instantiate(bytes)).instance instanceof WebAssembly.Instance;
            },
            async data() { return (await (await fetch("data:text/plain,hello")).text()) === "hello"; },
            nextTick() { return new Promise((done) => process.nextTick(done, true)); },
        };
        export default async () => {
            const failed = {};
            for (const [name, check] of Object.entries(checks)) {
                try { if ((await check()) !== true) failed[name] = "wrong"; } catch (error) { failed[name] = String(error?.stack ?? error); }
            }
            return Response.json(failed);
        };"#,
    )]);
    assert_eq!(node.get("/f").json(), json!({}));
}

#[test]
fn a_request_that_waits_for_continue_gets_it() {
    let node =
        node(&[("f", "export default async (req) => new Response((await req.text()) + req.headers.has('expect'))")]);
    let mut connection = Connection::open(node.edge);
    connection
        .write(b"POST /f HTTP/1.1\r\nhost: site.test\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n")
        .unwrap();
    assert_eq!(connection.read("POST").unwrap().unwrap().status, 100);
    connection.write(b"hello").unwrap();
    assert_eq!(connection.read("POST").unwrap().unwrap().text(), "hellofalse");
    // Too large is said instead of `100 Continue`.
    connection
        .write(b"POST /f HTTP/1.1\r\nhost: site.test\r\ncontent-length: 50000000\r\nexpect: 100-continue\r\n\r\n")
        .unwrap();
    assert_eq!(connection.read("POST").unwrap().unwrap().status, 413);
}

#[test]
fn locales_are_negotiated() {
    let node = Node::start();
    let mut spec = functions(&[(
        "f",
        "export default (req) => Response.json([req.headers.get('x-run402-locale'), req.headers.get('x-run402-default-locale')])",
    )]);
    spec["i18n"] = json!({ "defaultLocale": "en", "locales": ["en", "de-CH"] });
    node.site(spec);
    let locale = |headers: &[(&str, &str)]| -> Value { node.send("GET", "/f", headers, b"").json() };
    assert_eq!(locale(&[("accept-language", "de-CH,de;q=0.9")]), json!(["de-CH", "en"]));
    assert_eq!(locale(&[("x-run402-locale", "de-CH")]), json!(["en", "en"]), "the client does not say it itself");
}

#[test]
fn several_cookie_fields_are_one_list() {
    let node = node(&[("f", "export default (req) => new Response(req.headers.get('cookie'))")]);
    assert_eq!(node.send("GET", "/f", &[("cookie", "a=1"), ("x-y", "z"), ("cookie", "b=2")], b"").text(), "a=1; b=2");
}

#[test]
fn a_console_line_cannot_pass_for_a_line_of_the_node() {
    let node =
        node(&[("f", r"export default () => { console.log('first\nFORGED line'); return new Response('ok'); }")]);
    node.get("/f");
    node.wait_for_log("FORGED");
    assert!(!node.log().lines().any(|line| line.starts_with("FORGED")), "{}", node.log());
}
