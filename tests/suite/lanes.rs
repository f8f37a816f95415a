//! Plain requests are answered by the connection itself, all others through Pingora (`src/edge/direct`). Nobody can tell which: the same
//! request by both ways has the same answer, the same line in the log, and leaves the connection as usable.

use crate::support::functions::{add_file, functions};
use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Names a field that is not there as one of the connection's: valid, without meaning, and not plain.
const NOT_PLAIN: (&str, &str) = ("connection", "keep-alive, x-none");

const LARGE: usize = 300_000;

fn node() -> Node {
    let node = Node::start();
    let mut spec = functions(&[
        (
            "f",
            "export default async (req) => new Response(`${req.method} ${req.url} ${[...req.headers].length}`, { headers: { 'x-own': '1' } })",
        ),
        ("empty", "export default () => new Response(null, { status: 204, headers: { 'content-length': '5' } })"),
        (
            "cookies",
            "export default () => new Response('', { status: 418, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] })",
        ),
        ("throws", "export default () => { throw new Error('no') }"),
        ("large", "export default () => new Response('x'.repeat(300000))"),
        ("head", "export default () => new Response(null, { headers: { 'content-length': '77' } })"),
        (
            "stream",
            "export default () => new Response(new ReadableStream({ start(c) { for (const t of ['one', 'two']) \
             c.enqueue(new TextEncoder().encode(t)); c.close(); } }))",
        ),
    ]);
    spec["functions"]["replace"]["stream"]["config"] = json!({ "streaming": true });
    add_file(&mut spec, "index.html", "home");
    add_file(&mut spec, "a.txt", &"a".repeat(2000));
    add_file(&mut spec, "large.txt", &"0123456789".repeat(LARGE / 10));
    add_file(&mut spec, "404.html", "nothing");
    add_file(&mut spec, "_redirects", "/old /a.txt 302\n/de/* /:splat 301 Language=de\n");
    node.site(spec);
    node
}

/// What a client can tell of an answer, without what differs from answer to answer.
fn told(answer: &Response) -> (u16, Vec<(String, String)>, String) {
    let mut fields: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| !["date", "x-run402-request-id"].contains(&name.as_str()))
        .collect();
    fields.sort();
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(Value::Object(mut envelope)) => {
            envelope.remove("request_id");
            envelope.remove("trace_id");
            Value::Object(envelope).to_string()
        }
        _ => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    // Several ranges are told apart by a text that is made for each answer.
    let boundary = answer.header("content-type").and_then(|value| value.split_once("boundary=")).map(|(_, text)| text);
    match boundary {
        Some(boundary) => {
            for (_, value) in &mut fields {
                *value = value.replace(boundary, "-");
            }
            (answer.status, fields, body.replace(boundary, "-"))
        }
        None => (answer.status, fields, body),
    }
}

#[test]
fn both_ways_have_the_same_answers() {
    let node = node();
    let tag = node.get("/a.txt").header("etag").unwrap().to_owned();
    let mut connection = Connection::open(node.edge);
    let none: &[(&str, &str)] = &[];
    for (method, path, fields) in [
        ("GET", "/", none),
        ("HEAD", "/", none),
        ("GET", "/a.txt", none),
        ("HEAD", "/a.txt", none),
        ("GET", "/a.txt", &[("accept-encoding", "br, gzip")]),
        ("GET", "/a.txt", &[("if-none-match", &tag)]),
        ("GET", "/a.txt", &[("if-match", "\"x\"")]),
        ("GET", "/a.txt", &[("range", "bytes=5-9")]),
        ("GET", "/a.txt", &[("range", "bytes=5-9, 20-30")]),
        ("GET", "/a.txt", &[("range", "bytes=9000-")]),
        ("GET", "/large.txt", none),
        ("GET", "/large.txt", &[("range", "bytes=100000-250000")]),
        ("GET", "/missing", none),
        ("HEAD", "/missing", none),
        ("POST", "/a.txt", none),
        ("DELETE", "/", none),
        ("OPTIONS", "/a.txt", none),
        ("GET", "/old", none),
        ("GET", "/de/a.txt", &[("accept-language", "de")]),
        ("GET", "/%2e%2e/x", none),
        ("GET", "/a%2fb", none),
        ("GET", "/f?x=1&y=%20", &[("cookie", "a=1"), ("x-custom", "v")]),
        ("HEAD", "/f", none),
        ("POST", "/f", none),
        ("DELETE", "/f", none),
        ("GET", "/empty", none),
        ("GET", "/cookies", none),
        ("GET", "/throws", none),
        ("GET", "/large", none),
        ("HEAD", "/head", none),
        ("GET", "/head", none),
        ("GET", "/stream", none),
        ("HEAD", "/stream", none),
    ] {
        let plain = connection.request(method, "site.test", path, fields, b"").expect("a plain answer");
        let more: Vec<_> = fields.iter().copied().chain([NOT_PLAIN]).collect();
        let other = connection.request(method, "site.test", path, &more, b"").expect("an answer of Pingora's");
        // What a function is told of `Connection` does not differ either: it is told nothing.
        assert_eq!(told(&plain), told(&other), "{method} {path} {fields:?}");
    }
    let elsewhere = |fields: &[(&str, &str)]| {
        told(&Connection::open(node.edge).request("GET", "nowhere.test", "/", fields, b"").unwrap())
    };
    assert_eq!(elsewhere(&[]), elsewhere(&[NOT_PLAIN]));
}

#[test]
fn both_ways_have_the_same_line_in_the_log() {
    let node = node();
    for path in ["/a.txt", "/f?secret=1", "/missing", "/throws", "/stream", "/old"] {
        let line = |fields: &[(&str, &str)]| -> BTreeMap<String, String> {
            let answer = node.send("GET", path, fields, b"");
            let marker = format!("path={:?} ", path.split('?').next().unwrap());
            let status = format!("status={} ", answer.status);
            node.wait_for_log(&marker);
            let log = node.log();
            let line = log.lines().rfind(|line| line.contains(&marker) && line.contains(&status)).unwrap().to_owned();
            let known = [
                "method",
                "host",
                "path",
                "status",
                "bytes_in",
                "bytes_out",
                "served_by",
                "served_by_name",
                "project",
                "error",
            ];
            line.split(' ')
                .filter_map(|field| field.split_once('='))
                .filter(|(name, _)| known.contains(name))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        let plain = line(&[]);
        assert_eq!(plain["path"], format!("{:?}", path.split('?').next().unwrap()));
        assert_eq!(plain, line(&[NOT_PLAIN]), "{path}");
    }
}

#[test]
fn requests_that_come_together_are_answered_in_turn_by_whichever_way() {
    let node = node();
    let mut connection = Connection::open(node.edge);
    let plain = "GET /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\n";
    let function = "GET /f HTTP/1.1\r\nhost: site.test\r\n\r\n";
    let other = "GET /missing HTTP/1.1\r\nhost: site.test\r\nconnection: keep-alive, x-none\r\n\r\n";
    let body = "POST /f HTTP/1.1\r\nhost: site.test\r\ncontent-length: 3\r\n\r\nabc";
    connection.write([plain, function, other, plain, body, function, plain].concat().as_bytes()).unwrap();
    let statuses: Vec<_> = (0..7).map(|_| connection.read("GET").unwrap().unwrap().status).collect();
    assert_eq!(statuses, [200, 200, 404, 200, 200, 200, 200]);
}

#[test]
fn a_connection_ends_after_so_many_requests_of_both_kinds() {
    let node = Node::with("[limits]\nrequests_per_connection_max = 4\n");
    node.site(json!({ "site": crate::support::spec::files(&[("index.html", "home")]) }));
    for kinds in [[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0]] {
        let mut connection = Connection::open(node.edge);
        for (index, kind) in kinds.iter().enumerate() {
            let fields: &[(&str, &str)] = if *kind == 0 { &[] } else { &[NOT_PLAIN] };
            let answer = connection.request("GET", "site.test", "/", fields, b"").unwrap();
            let expected = if index == 3 { "close" } else { "keep-alive" };
            assert_eq!(answer.header("connection").unwrap().to_ascii_lowercase(), expected, "{kinds:?} {index}");
        }
        assert!(connection.read("GET").unwrap().is_none(), "{kinds:?}");
    }
}

#[test]
fn who_says_close_is_left_after_the_answer() {
    let node = node();
    for path in ["/a.txt", "/f", "/missing", "/large.txt"] {
        let mut connection = Connection::open(node.edge);
        let answer = connection.request("GET", "site.test", path, &[("connection", "close")], b"").unwrap();
        assert_eq!(answer.header("connection"), Some("close"), "{path}");
        assert!(connection.read("GET").unwrap().is_none(), "{path}");
    }
}
