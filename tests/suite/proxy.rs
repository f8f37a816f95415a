//! Requests that an upstream answers: bytes pass in both directions as they come, and the fields that are the edge's to say are its own.

use crate::support::functions::{add_file, add_proxy, functions};
use crate::support::http::{Connection, Response};
use crate::support::node::{Node, free_address};
use crate::support::upstream::{Call, Gate, Upstream};
use serde_json::Value;
use std::time::{Duration, Instant};

/// A node that sends `/up/*` to this upstream, which has more settings.
fn node(upstream: &Upstream, settings: &str) -> Node {
    with_table(&upstream.table("up", settings))
}

fn with_table(table: &str) -> Node {
    let node = Node::with(table);
    node.site(spec());
    node
}

fn spec() -> Value {
    let mut spec = functions(&[("f", "export default () => new Response('function')")]);
    add_file(&mut spec, "index.html", "home");
    add_proxy(&mut spec, "/up/*", "up");
    spec
}

/// A server that answers `ok` and remembers.
fn ok() -> Upstream {
    Upstream::saying("ok")
}

#[test]
fn path_query_and_method_pass_as_they_were_sent() {
    let upstream = ok();
    let node = node(&upstream, "");
    let targets =
        ["/up/x/", "/up/a%20b/%C3%A9%c3%a9", "/up/x?", "/up/x?a=1&b=%2F+z&=&%zz&c=http://x/?y", "/up/a;b=c,d'(e)~*!"];
    for target in targets {
        assert_eq!(node.get(target).text(), "ok", "{target}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(node.send(method, "/up/m", &[], b"").status, 200);
    }
    let lines: Vec<String> = upstream.received().iter().map(|request| request.request_line().to_owned()).collect();
    let mut expected: Vec<String> = targets.iter().map(|target| format!("GET {target} HTTP/1.1")).collect();
    expected.extend(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map(|method| format!("{method} /up/m HTTP/1.1")));
    assert_eq!(lines, expected);
}

#[test]
fn request_fields_pass_except_those_of_the_connection_and_the_platform() {
    let upstream = ok();
    let node = node(&upstream, "");
    let sent = [
        ("X-Mine", "1"),
        ("X-Mine", "2"),
        ("Cookie", "a=b; c=d"),
        ("Authorization", "Bearer x"),
        ("Connection", "keep-alive, X-Nominated, x-run402-request-id"),
        ("X-Nominated", "1"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Trailer", "X-T"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAA"),
        ("Proxy-Authorization", "Basic x"),
        ("Proxy-Connection", "keep-alive"),
        ("x-run402-user-id", "admin"),
        ("X-Run402-Actor-Context", "e30"),
        ("x-run402-request-id", "req_forged"),
        ("X-Forwarded-For", "10.9.8.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Port", "1"),
        ("X-Real-IP", "10.9.8.7"),
        ("Forwarded", "for=10.9.8.7"),
    ];
    let answer = node.send("GET", "/up/x", &sent, b"");
    let request = upstream.only();
    assert_eq!(request.all("x-mine"), ["1", "2"]);
    assert_eq!(request.header("cookie"), Some("a=b; c=d"));
    assert_eq!(request.header("authorization"), Some("Bearer x"));
    for gone in [
        "x-nominated",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "http2-settings",
        "proxy-authorization",
        "proxy-connection",
        "x-run402-user-id",
        "x-run402-actor-context",
        "x-forwarded-port",
        "x-real-ip",
        "forwarded",
    ] {
        assert!(request.all(gone).is_empty(), "{gone}: {}", request.head);
    }
    assert_eq!(request.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(request.header("x-forwarded-proto"), Some("http"));
    assert_eq!(request.header("x-forwarded-host"), Some("site.test"));
    assert_eq!(request.header("host"), Some("site.test"));
    assert_eq!(request.header("via"), Some("1.1 portico"));
    let id = answer.header("x-run402-request-id").unwrap();
    assert!(id.starts_with("req_") && id != "req_forged", "{id}");
    assert_eq!(request.header("x-run402-request-id"), Some(id));
}

#[test]
fn the_upstreams_own_host_is_sent_when_asked_for() {
    let upstream = ok();
    let node = node(&upstream, "preserve_host = false");
    node.get("/up/x");
    let request = upstream.only();
    assert_eq!(request.header("host"), Some(upstream.address.to_string().as_str()));
    assert_eq!(request.header("x-forwarded-host"), Some("site.test"));
}

#[test]
fn an_absolute_target_becomes_a_path() {
    let upstream = ok();
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET http://site.test/up/x?y HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    assert_eq!(connection.read("GET").unwrap().unwrap().text(), "ok");
    assert_eq!(upstream.only().request_line(), "GET /up/x?y HTTP/1.1");
}

#[test]
fn response_fields_pass_except_those_of_the_connection_and_the_platform() {
    let upstream = Upstream::start(|call| {
        let fields = [
            ("Set-Cookie", "a=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT"),
            ("Set-Cookie", "b=2"),
            ("X-Mine", "1"),
            ("ETag", "W/\"x\""),
            ("Cache-Control", "max-age=5"),
            ("Connection", "keep-alive, X-Nominated"),
            ("X-Nominated", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("x-run402-mint-directive", "session"),
            ("x-run402-merchant-fulfillment", "1"),
            ("x-run402-request-id", "req_upstream"),
        ];
        call.answer(200, &fields, b"ok");
    });
    let node = node(&upstream, "");
    let answer = node.get("/up/x");
    assert_eq!(answer.all("set-cookie"), ["a=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT", "b=2"]);
    assert_eq!(
        (answer.header("x-mine"), answer.header("etag"), answer.header("cache-control")),
        (Some("1"), Some("W/\"x\""), Some("max-age=5"))
    );
    for gone in
        ["x-nominated", "keep-alive", "proxy-authenticate", "x-run402-mint-directive", "x-run402-merchant-fulfillment"]
    {
        assert!(answer.all(gone).is_empty(), "{gone}");
    }
    assert!(answer.header("x-run402-request-id").unwrap() != "req_upstream");
}

#[test]
fn an_answer_is_passed_on_as_it_comes() {
    for chunked in [false, true] {
        let gate = Gate::default();
        let held = gate.clone();
        let upstream = Upstream::start(move |call| {
            let frame = |text: &str| if chunked { format!("{:x}\r\n{text}\r\n", text.len()) } else { text.to_owned() };
            let framing = if chunked { "Transfer-Encoding: chunked" } else { "Content-Length: 10" };
            call.write(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n{}", frame("first")).as_bytes());
            held.wait();
            call.write(frame("later").as_bytes());
            if chunked {
                call.write(b"0\r\n\r\n");
            }
        });
        let node = node(&upstream, "");
        let mut connection = Connection::open(node.edge);
        connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
        let (status, _) = connection.read_head().unwrap().unwrap();
        assert_eq!(status, 200);
        let (head, tail): (&[u8], &[u8]) =
            if chunked { (b"5\r\nfirst\r\n", b"5\r\nlater\r\n0\r\n\r\n") } else { (b"first", b"later") };
        // Read while the upstream is still waiting for the gate.
        assert_eq!(connection.read_raw(head.len()).unwrap(), head);
        gate.open();
        assert_eq!(connection.read_raw(tail.len()).unwrap(), tail);
        assert_eq!(
            connection.request("GET", "site.test", "/up/x", &[], b"").unwrap().text(),
            "firstlater",
            "the connection is in step"
        );
    }
}

#[test]
fn a_request_body_is_passed_on_as_it_comes() {
    for chunked in [false, true] {
        let arrived = Gate::default();
        let first = arrived.clone();
        let upstream = Upstream::start(move |call| {
            let mut body = Vec::new();
            while let Some(part) = call.read_part() {
                body.extend_from_slice(&part);
                if body.len() >= 5 {
                    first.open();
                }
            }
            call.answer(200, &[], &body);
        });
        let node = node(&upstream, "");
        let mut connection = Connection::open(node.edge);
        let (framing, parts) = if chunked {
            ("transfer-encoding: chunked", ["5\r\nfirst\r\n", "5\r\nlater\r\n0\r\n\r\n"])
        } else {
            ("content-length: 10", ["first", "later"])
        };
        connection
            .write(format!("POST /up/x HTTP/1.1\r\nhost: site.test\r\n{framing}\r\n\r\n{}", parts[0]).as_bytes())
            .unwrap();
        // The upstream has the first half before the client has sent the second.
        arrived.wait();
        connection.write(parts[1].as_bytes()).unwrap();
        assert_eq!(connection.read("POST").unwrap().unwrap().text(), "firstlater");
        let request = upstream.only();
        assert_eq!(
            (request.header("content-length").is_some(), request.header("transfer-encoding").is_some()),
            (!chunked, chunked)
        );
    }
}

#[test]
fn large_bodies_pass_whole_and_are_not_held() {
    const SIZE: usize = 30 << 20;
    let upstream = Upstream::start(|call| {
        let mut sum = 0_u64;
        let mut count = 0;
        while let Some(part) = call.read_part() {
            count += part.len();
            sum = part.iter().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        }
        if count > 0 {
            return call.answer(200, &[], format!("{count} {sum}").as_bytes());
        }
        call.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes());
        for number in 0..SIZE / 65536 {
            if !call.write(&[number as u8; 65536]) {
                return;
            }
        }
    });
    let node = node(&upstream, "");
    let mut random = fastrand::Rng::with_seed(3);
    let body: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(SIZE).collect();
    let sum = body.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    assert_eq!(node.send("POST", "/up/x", &[], &body).text(), format!("{SIZE} {sum}"));
    let answer = node.get("/up/x");
    assert_eq!(answer.body.len(), SIZE);
    assert!(answer.body.chunks(65536).enumerate().all(|(number, part)| part.iter().all(|byte| *byte == number as u8)));
}

#[test]
fn a_client_that_does_not_read_holds_the_upstream_back() {
    const SIZE: usize = 200 << 20;
    let sent = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&sent);
    let upstream = Upstream::start(move |call| {
        call.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes());
        while call.write(&[7; 65536]) && count.fetch_add(65536, std::sync::atomic::Ordering::SeqCst) < SIZE {}
        call.close();
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    connection.read_head().unwrap().unwrap();
    // Until no more is taken: what is under way is in the kernel's buffers and a few of ours.
    let now = || sent.load(std::sync::atomic::Ordering::SeqCst);
    let mut before = usize::MAX;
    while before != now() {
        before = now();
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(now() < SIZE / 2, "{} MiB were taken from the upstream for a client that reads nothing", now() >> 20);
}

#[test]
fn a_websocket_passes_through() {
    let upstream = Upstream::start(|call| {
        let fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat";
        call.write(format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n\r\n").as_bytes());
        call.write(b"hello");
        call.echo();
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    let fields = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat";
    connection.write(format!("GET /up/socket HTTP/1.1\r\nHost: site.test\r\n{fields}\r\n\r\n").as_bytes()).unwrap();
    let (status, headers) = connection.read_head().unwrap().unwrap();
    let answer = Response { status, headers, body: Vec::new() };
    assert_eq!(status, 101);
    assert!(answer.header("upgrade").unwrap().eq_ignore_ascii_case("websocket"));
    assert!(answer.header("connection").unwrap().eq_ignore_ascii_case("upgrade"));
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(connection.read_raw(5).unwrap(), b"hello");
    let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for frame in [&b"ping"[..], b"GET / HTTP/1.1\r\n\r\n", &every_byte] {
        connection.write(frame).unwrap();
        assert_eq!(connection.read_raw(frame.len()).unwrap(), frame);
    }
}

#[test]
fn an_upgrade_that_the_upstream_declines_is_an_ordinary_answer() {
    let upstream = ok();
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    let sent = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ];
    assert_eq!(connection.request("GET", "site.test", "/up/x", &sent, b"").unwrap().text(), "ok");
}

/// The answer is the error envelope with this code.
fn assert_error(answer: &Response, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
    assert_eq!(answer.json()["request_id"].as_str(), answer.header("x-run402-request-id"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[test]
fn a_dead_upstream_is_a_502_and_the_rest_of_the_site_lives() {
    let table = format!("[upstreams.up]\naddress = \"{}\"\n", free_address());
    let node = with_table(&table);
    for method in ["GET", "POST"] {
        let answer = node.send(method, "/up/x", &[], if method == "POST" { b"body" } else { b"" });
        assert_error(&answer, 502, "UPSTREAM_UNAVAILABLE");
        assert!(!answer.text().contains("127.0.0.1"), "the address is nobody's business: {}", answer.text());
    }
    assert_eq!(node.get("/").text(), "home");
    assert_eq!(node.get("/f").text(), "function");
}

#[test]
fn an_upstream_that_closes_without_an_answer_is_a_502() {
    let upstream = Upstream::start(Call::close);
    let node = node(&upstream, "");
    assert_error(&node.get("/up/x"), 502, "UPSTREAM_UNAVAILABLE");
    assert_error(&node.send("POST", "/up/x", &[], b"body"), 502, "UPSTREAM_UNAVAILABLE");
}

#[test]
fn a_post_is_not_sent_twice() {
    let upstream = Upstream::start(|call| {
        call.read_body();
        call.close();
    });
    let node = node(&upstream, "");
    assert_error(&node.send("POST", "/up/x", &[], b"pay"), 502, "UPSTREAM_UNAVAILABLE");
    assert_eq!(upstream.received().len(), 1, "the upstream may have acted on the first");
}

#[test]
fn what_is_not_http_is_a_502() {
    let upstream = Upstream::start(|call| {
        call.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n");
        call.close();
    });
    let node = node(&upstream, "");
    assert_error(&node.get("/up/x"), 502, "UPSTREAM_UNAVAILABLE");
}

#[test]
fn a_first_byte_that_does_not_come_is_a_504() {
    let upstream = Upstream::start(|call| {
        call.read_body();
        call.wait_for_end();
    });
    let node = node(&upstream, "response_timeout_seconds = 1");
    for (method, body) in [("GET", &b""[..]), ("POST", b"body")] {
        let begun = Instant::now();
        assert_error(&node.send(method, "/up/x", &[], body), 504, "UPSTREAM_TIMEOUT");
        // The other times are a minute.
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
    assert_eq!(node.get("/").text(), "home");
}

#[test]
fn the_time_for_the_first_byte_does_not_limit_the_rest() {
    let upstream = Upstream::start(|call| {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
        std::thread::sleep(Duration::from_millis(1800));
        call.write(b"cd");
    });
    let node = node(&upstream, "response_timeout_seconds = 1");
    assert_eq!(node.get("/up/x").text(), "abcd");
}

#[test]
fn a_pause_within_the_answer_is_limited() {
    let upstream = Upstream::start(|call| {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
        call.wait_for_end();
    });
    let node = node(&upstream, "response_timeout_seconds = 1\nidle_timeout_seconds = 1");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    assert!(connection.read("GET").is_err(), "half an answer was passed off as a whole one");
}

#[test]
fn half_an_answer_never_looks_whole() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n",
    ] {
        let upstream = Upstream::start(move |call| {
            call.write(answer.as_bytes());
            call.close();
        });
        let node = node(&upstream, "");
        let mut connection = Connection::open(node.edge);
        connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
        match connection.read("GET") {
            Err(_) => {}
            // Nothing had been passed on yet.
            Ok(Some(told)) => assert_eq!(told.status, 502, "{answer:?}: {told:?}"),
            Ok(None) => panic!("{answer:?}: no answer at all"),
        }
    }
}

#[test]
fn an_answer_until_the_end_of_the_connection_is_whole_at_its_end() {
    let upstream = Upstream::start(|call| {
        call.write(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end");
        call.close();
    });
    let node = node(&upstream, "");
    assert_eq!(node.get("/up/x").text(), "until the end");
}

#[test]
fn upstream_connections_are_used_again() {
    let upstream = ok();
    let node = node(&upstream, "");
    for number in 0..20 {
        let answer = if number % 2 == 0 { node.get("/up/x") } else { node.send("POST", "/up/x", &[], b"body") };
        assert_eq!(answer.text(), "ok");
    }
    // A connection is free again only shortly after the client has its answer, so there may be more than one.
    assert!(upstream.connections() < 10, "{} connections for 20 requests", upstream.connections());
}

#[test]
fn an_upstream_that_closes_idle_connections_is_no_trouble() {
    // Closed right after the answer, without saying so: the next request finds the pooled connection dead.
    let upstream = Upstream::start(|call| {
        call.read_body();
        call.answer(200, &[], b"ok");
        call.close();
    });
    let node = node(&upstream, "");
    for _ in 0..10 {
        assert_eq!(node.get("/up/x").text(), "ok");
        // Time for the end to arrive.
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn answers_without_a_body_keep_the_connection_in_step() {
    let upstream = Upstream::start(|call| match call.request.request_line() {
        line if line.starts_with("HEAD") => {
            call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nX-Kind: head\r\n\r\n");
        }
        line if line.contains("/204") => {
            call.write(b"HTTP/1.1 204 No Content\r\nX-Kind: 204\r\n\r\n");
        }
        line if line.contains("/304") => {
            call.write(b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 55\r\nX-Kind: 304\r\n\r\n");
        }
        line if line.contains("/100") => {
            call.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
        _ => call.answer(200, &[], b""),
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    for _ in 0..2 {
        let head = connection.request("HEAD", "site.test", "/up/x", &[], b"").unwrap();
        assert_eq!(
            (head.status, head.header("content-length"), head.header("x-kind")),
            (200, Some("1234"), Some("head"))
        );
        assert_eq!(connection.request("GET", "site.test", "/up/204", &[], b"").unwrap().status, 204);
        let unchanged = connection.request("GET", "site.test", "/up/304", &[("if-none-match", "\"x\"")], b"").unwrap();
        assert_eq!((unchanged.status, unchanged.header("etag")), (304, Some("\"x\"")));
        assert_eq!(connection.request("GET", "site.test", "/up/empty", &[], b"").unwrap().body, b"");
        let mut answer = connection.request("GET", "site.test", "/up/100", &[], b"").unwrap();
        while answer.status < 200 {
            answer = connection.read("GET").unwrap().unwrap();
        }
        assert_eq!(answer.text(), "ok");
    }
    assert_eq!(connection.request("GET", "site.test", "/", &[], b"").unwrap().text(), "home");
}

#[test]
fn the_upstreams_own_errors_are_its_answers() {
    let upstream = Upstream::start(|call| {
        let status = call.request.request_line().split(['/', ' ']).nth(3).unwrap().parse().unwrap();
        call.answer(status, &[("X-Own", "1")], b"its own words");
    });
    let node = node(&upstream, "");
    for status in [201, 301, 400, 401, 404, 405, 418, 429, 500, 502, 503, 504, 599] {
        let answer = node.get(&format!("/up/{status}"));
        assert_eq!(
            (answer.status, answer.text().as_str(), answer.header("x-own")),
            (status, "its own words", Some("1"))
        );
    }
}

#[test]
fn a_body_above_the_limit_is_refused() {
    let upstream = ok();
    let node = with_table(&format!("[limits]\nrequest_body_bytes_max = 1000\n{}", upstream.table("up", "")));
    assert_eq!(node.send("POST", "/up/x", &[], &[b'x'; 1000]).text(), "ok");
    assert_error(&node.send("POST", "/up/x", &[], &[b'x'; 1001]), 413, "request_body_too_large");
    assert_eq!(upstream.received().len(), 1, "what is announced as too large is not begun");
    let mut connection = Connection::open(node.edge);
    connection.write(b"POST /up/x HTTP/1.1\r\nhost: site.test\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    connection.write(format!("{:x}\r\n{}\r\n0\r\n\r\n", 1001, "x".repeat(1001)).as_bytes()).unwrap();
    assert_error(&connection.read("POST").unwrap().unwrap(), 413, "request_body_too_large");
}

#[test]
fn a_client_that_leaves_ends_the_upstreams_work() {
    let gone = Gate::default();
    let seen = gone.clone();
    let begun = Gate::default();
    let started = begun.clone();
    let upstream = Upstream::start(move |call| {
        started.open();
        call.wait_for_end();
        seen.open();
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    begun.wait();
    drop(connection);
    gone.wait();
}

#[test]
fn a_release_that_names_an_unknown_upstream_is_refused() {
    let node = Node::start();
    let mut spec = spec();
    spec["project"] = "site".into();
    assert_eq!(node.refused(&spec)["code"], "INVALID_SPEC");
}
