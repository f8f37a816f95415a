//! Plain requests that an upstream answers. They go there without Pingora, so what an upstream may do is tried here once more, byte by
//! byte: above all that nothing it sends can be taken for the answer to another request.

use crate::support::functions::{add_file, add_proxy, functions};
use crate::support::http::Connection;
use crate::support::node::Node;
use crate::support::upstream::{Call, Gate, Upstream};
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn node(upstream: &Upstream, settings: &str) -> Node {
    let node = Node::with(&upstream.table("up", settings));
    let mut spec = functions(&[]);
    add_file(&mut spec, "index.html", "home");
    add_proxy(&mut spec, "/up/*", "up");
    node.site(spec);
    node
}

/// An upstream whose answers are these bytes.
fn saying(answer: &'static [u8]) -> Upstream {
    Upstream::start(move |call| {
        call.write(answer);
    })
}

fn get(connection: &mut Connection, path: &str) -> crate::support::http::Response {
    connection.request("GET", "site.test", path, &[], b"").unwrap()
}

#[test]
fn one_connection_serves_one_client() {
    let upstream = Upstream::saying("ok");
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    for method in ["GET", "POST", "OPTIONS", "DELETE"].repeat(4) {
        let answer = connection.request(method, "site.test", "/up/x", &[("content-length", "0")], b"").unwrap();
        assert_eq!((answer.status, answer.header("content-length")), (200, Some("2")), "{method}");
        assert_eq!(answer.header("connection"), Some("keep-alive"));
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn no_unused_connections_are_kept_when_none_may_be() {
    let upstream = Upstream::saying("ok");
    let node = node(&upstream, "idle_connections_max = 0");
    let mut connection = Connection::open(node.edge);
    for _ in 0..3 {
        assert_eq!(get(&mut connection, "/up/x").text(), "ok");
    }
    assert_eq!(upstream.connections(), 3);
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let upstream = Upstream::start(|call| {
        let target = call.request.target().to_owned();
        call.answer(200, &[], target.as_bytes());
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    let requests: String = (0..5).map(|n| format!("GET /up/{n} HTTP/1.1\r\nhost: site.test\r\n\r\n")).collect();
    connection.write(requests.as_bytes()).unwrap();
    for number in 0..5 {
        assert_eq!(connection.read("GET").unwrap().unwrap().text(), format!("/up/{number}"));
    }
}

/// Ends each connection at its second request, without a word.
fn ending_at_the_second() -> Upstream {
    let seen = Arc::new(AtomicUsize::new(0));
    Upstream::start(move |call| match seen.fetch_add(1, Ordering::SeqCst) {
        1 => call.close(),
        _ => call.answer(200, &[], b"ok"),
    })
}

#[test]
fn a_connection_that_ends_at_its_next_request_costs_a_get_nothing() {
    let upstream = ending_at_the_second();
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    for _ in 0..2 {
        assert_eq!(get(&mut connection, "/up/x").text(), "ok");
    }
    assert_eq!((upstream.received().len(), upstream.connections()), (3, 2));
}

#[test]
fn a_post_without_a_body_is_not_sent_twice_either() {
    let upstream = ending_at_the_second();
    let node = node(&upstream, "");
    assert_eq!(node.get("/up/x").text(), "ok");
    let answer = node.send("POST", "/up/pay", &[], b"");
    assert_eq!((answer.status, answer.code().as_str()), (502, "UPSTREAM_UNAVAILABLE"));
    assert_eq!(upstream.received().len(), 2);
}

#[test]
fn what_follows_an_answer_never_reaches_another_client() {
    const EXTRA: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    for delayed in [false, true] {
        let upstream = Upstream::start(move |call| {
            let target = call.request.target().to_owned();
            let mut answer =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len()).into_bytes();
            if !delayed {
                answer.extend_from_slice(EXTRA);
            }
            call.write(&answer);
            if delayed {
                std::thread::sleep(Duration::from_millis(50));
                call.write(EXTRA);
            }
        });
        let node = node(&upstream, "");
        for number in 0..5 {
            assert_eq!(node.get(&format!("/up/{number}")).text(), format!("/up/{number}"), "delayed: {delayed}");
            std::thread::sleep(Duration::from_millis(if delayed { 150 } else { 0 }));
        }
    }
}

#[test]
fn an_answer_that_could_be_read_in_two_ways_is_a_502() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nX: a\n\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: a\r\n Content-Length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let upstream = saying(answer);
        let node = node(&upstream, "");
        let told = node.get("/up/x");
        let shown = String::from_utf8_lossy(answer);
        assert_eq!((told.status, told.code().as_str()), (502, "UPSTREAM_UNAVAILABLE"), "{shown}");
        node.wait_for_log("no answer");
    }
}

#[test]
fn a_header_that_is_too_large_is_a_502() {
    let upstream = Upstream::start(|call| {
        call.write(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(600_000)).as_bytes());
    });
    assert_eq!(node(&upstream, "").get("/up/x").status, 502);
}

#[test]
fn interim_answers_pass_and_100_does_not() {
    let upstream = saying(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    for _ in 0..2 {
        let hints = get(&mut connection, "/up/x");
        assert_eq!((hints.status, hints.header("link"), hints.header("x-hop")), (103, Some("</a.css>"), None));
        assert_eq!(connection.read("GET").unwrap().unwrap().text(), "ok");
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn chunks_are_undone_and_their_trailers_stay_here() {
    let upstream = saying(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0004\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n",
    );
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    for _ in 0..2 {
        connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
        connection.read_head().unwrap();
        let expected = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
        assert_eq!(connection.read_raw(expected.len()).unwrap(), expected);
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn an_answer_until_the_connections_end_leaves_the_clients_open() {
    let upstream = Upstream::start(|call| {
        call.write(b"HTTP/1.1 200 OK\r\n\r\nuntil ");
        call.write(b"the end");
        call.close();
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    for _ in 0..3 {
        assert_eq!(get(&mut connection, "/up/x").text(), "until the end");
    }
}

#[test]
fn a_slow_client_gets_every_byte() {
    const CHUNKS: usize = 400;
    let upstream = Upstream::start(|call| {
        call.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for number in 0..CHUNKS {
            let data = vec![b'a' + (number % 26) as u8; 10_000 + number];
            call.write(format!("{:x}\r\n", data.len()).as_bytes());
            call.write(&data);
            call.write(b"\r\n");
        }
        call.write(b"0\r\n\r\n");
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\nconnection: close\r\n\r\n").unwrap();
    let mut socket = connection.socket();
    let (mut wire, mut piece) = (Vec::new(), vec![0; 60_000]);
    loop {
        match socket.read(&mut piece).unwrap() {
            0 => break,
            read => wire.extend_from_slice(&piece[..read]),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let head = wire.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let mut body = Vec::new();
    let mut rest = &wire[head..];
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    let expected: Vec<u8> = (0..CHUNKS).flat_map(|number| vec![b'a' + (number % 26) as u8; 10_000 + number]).collect();
    assert!(body == expected, "{} bytes of {}", body.len(), expected.len());
}

#[test]
fn a_client_that_leaves_within_the_answer_ends_it() {
    let gone = Gate::default();
    let seen = gone.clone();
    let upstream = Upstream::start(move |call: &mut Call| {
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
        call.wait_for_end();
        seen.open();
    });
    let node = node(&upstream, "");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /up/x HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    connection.read_head().unwrap();
    assert_eq!(connection.read_raw(4).unwrap(), b"some");
    drop(connection);
    gone.wait();
}

#[test]
fn by_pingora_the_same_request_has_the_same_answer() {
    let upstream = Upstream::start(|call| {
        let fields = "Set-Cookie: a=1\r\nset-cookie: b=2\r\nVia: 1.0 x\r\nVary: Accept\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nx-run402-mint-directive: s\r\nx-run402-request-id: req_x\r\n";
        let (status, rest) = match call.request.target() {
            "/up/length" => ("200 OK", "Content-Length: 2\r\n\r\nok"),
            "/up/chunks" => ("418 Short and stout", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
            "/up/304" => ("304 Not Modified", "Content-Length: 5\r\n\r\n"),
            "/up/204" => ("204 No Content", "\r\n"),
            "/up/head" => ("200 OK", "Content-Length: 55\r\n\r\n"),
            _ => ("200 OK", "\r\nuntil the end"),
        };
        call.write(format!("HTTP/1.1 {status}\r\n{fields}{rest}").as_bytes());
        if call.request.target() == "/up/end" {
            call.close();
        }
    });
    let node = node(&upstream, "");
    for (method, path) in [
        ("GET", "/up/length"),
        ("GET", "/up/chunks"),
        ("GET", "/up/304"),
        ("GET", "/up/204"),
        ("HEAD", "/up/head"),
        ("GET", "/up/end"),
    ] {
        let told = |fields: &[(&str, &str)]| {
            let answer = node.send(method, path, fields, b"");
            let mut all: Vec<_> =
                answer.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
            all.retain(|(name, _)| name != "date" && name != "x-run402-request-id");
            // Names in their order, but the order among different names means nothing.
            all.sort_by(|(a, _), (b, _)| a.cmp(b));
            (answer.status, all, answer.text())
        };
        // A field that is not there and is named as one of the connection's: such a request is not plain.
        assert_eq!(told(&[]), told(&[("connection", "keep-alive, x-none")]), "{method} {path}");
    }
    let received = upstream.received();
    for pair in received.chunks(2) {
        let fields = |head: &str| {
            let mut lines: Vec<String> = head.lines().map(str::to_lowercase).collect();
            lines.retain(|line| !line.starts_with("x-run402-request-id") && !line.is_empty());
            lines.sort();
            lines
        };
        assert_eq!(fields(&pair[0].head), fields(&pair[1].head));
    }
}

#[test]
fn the_log_says_what_was_passed() {
    let upstream = Upstream::start(|call| match call.request.target() {
        "/up/broken" => {
            call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            call.close();
        }
        _ => call.answer(201, &[], b"hello"),
    });
    let node = node(&upstream, "");
    node.get("/up/whole");
    let line = line_of(&node, "/up/whole");
    for part in [
        "status=201",
        "bytes_in=0",
        "bytes_out=5",
        "served_by=\"upstream\"",
        "served_by_name=\"up\"",
        "project=\"site\"",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /up/broken HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    assert!(connection.read("GET").is_err());
    let line = line_of(&node, "/up/broken");
    for part in ["status=200", "bytes_out=3", "error=\"UPSTREAM_UNAVAILABLE\"", "cause="] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

/// The line of the log about this path.
fn line_of(node: &Node, path: &str) -> String {
    node.wait_for_log(path);
    node.log().lines().find(|line| line.contains(path)).unwrap().to_owned()
}
