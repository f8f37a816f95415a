//! HTTP/1.1 as it should not be: what two servers could read in two ways is refused by the first (RFC 9112, RFC 9110).

use crate::support::functions::{add_file, add_proxy, functions};
use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use crate::support::upstream::Upstream;
use std::io::Read as _;
use std::net::Shutdown;
use std::time::{Duration, Instant};

/// A node with a file, an echoing function and more settings.
fn node(more: &str) -> Node {
    let node = Node::with(more);
    let mut spec =
        functions(&[("f", "export default async (req) => new Response(req.method + ' ' + (await req.text()))")]);
    add_file(&mut spec, "index.html", "home");
    add_file(&mut spec, "a.txt", "a");
    node.site(spec);
    node
}

/// Everything the server answers to these bytes, up to its end of the connection.
fn everything(node: &Node, bytes: &[u8]) -> String {
    let mut connection = Connection::open(node.edge);
    // A server that has heard enough need not take the rest.
    let _ = connection.write(bytes);
    let _ = connection.socket().shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = connection.socket().read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Says that there is one answer, with this status, and that the connection ends after it.
fn assert_refused(node: &Node, bytes: &[u8], status: u16) {
    // Another request behind it must not be answered: a proxy in front may have taken both for one.
    let smuggled = [bytes, b"GET /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\n"].concat();
    let answer = everything(node, &smuggled);
    let shown = String::from_utf8_lossy(bytes);
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer:?}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{shown:?}: more than one answer: {answer:?}");
    assert!(answer.to_ascii_lowercase().contains("connection: close"), "{shown:?}: {answer:?}");
    assert!(answer.contains("x-run402-request-id: req_"), "{shown:?}: {answer:?}");
}

fn answers(connection: &mut Connection, method: &str) -> Response {
    connection.read(method).unwrap().expect("an answer")
}

#[test]
fn rfc9110_7_2_a_request_has_one_host() {
    let node = node("");
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nhost: site.test\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nHost: other.test\r\n\r\n",
        "GET / HTTP/1.1\r\nhost:\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site test\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test/x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: user@site.test\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test, other.test\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test:port\r\n\r\n",
        "GET http://other.test/ HTTP/1.1\r\nhost: site.test\r\n\r\n",
    ] {
        assert_refused(&node, request.as_bytes(), 400);
    }
    for host in ["site.test", "SITE.Test", "site.test.", "site.test:80", "site.test:8080"] {
        let answer = everything(&node, format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("home"), "{host}: {answer}");
    }
}

#[test]
fn rfc9112_3_2_2_absolute_targets_are_taken() {
    let node = node("");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET http://site.test/a.txt?x HTTP/1.1\r\nHost: site.test\r\n\r\n").unwrap();
    assert_eq!(answers(&mut connection, "GET").text(), "a");
    connection.write(b"POST http://site.test/f HTTP/1.1\r\nHost: site.test\r\nContent-Length: 1\r\n\r\nx").unwrap();
    assert_eq!(answers(&mut connection, "POST").text(), "POST x");
}

#[test]
fn rfc9112_3_request_lines() {
    let node = node("");
    for line in [
        "GET / HTTP/1.1 x",
        "GET  / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        " GET / HTTP/1.1",
        "GET /",
        "GET",
        "GET / HTTP/2.0",
        "GET / HTTP/1.2",
        "GET / HTTP/0.9",
        "GET / http/1.1",
        "GET / HTTP/1.1\t",
        "GET /a b HTTP/1.1",
        "GET /#a HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "GET /\x01 HTTP/1.1",
        "GET /\x7f HTTP/1.1",
        "G(T / HTTP/1.1",
        "GET * HTTP/1.1",
        "GET a.txt HTTP/1.1",
        "GET \\a HTTP/1.1",
        "PRI * HTTP/2.0",
    ] {
        assert_refused(&node, format!("{line}\r\nhost: site.test\r\n\r\n").as_bytes(), 400);
    }
    // Empty lines before a request are the mistake of old clients.
    assert!(everything(&node, b"\r\n\r\nGET /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\n").ends_with("\r\n\r\na"));
}

#[test]
fn rfc9112_6_ambiguous_framing_is_refused() {
    let node = node("");
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: 5, 6",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: five",
        "Content-Length:",
        "Content-Length: 99999999999999999999999",
        "Content-Length : 5",
        "Content_Length: 5\r\nContent-Length: x",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;x=y",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\r\n : chunked",
        " Transfer-Encoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        "Transfer-Encoding:",
    ] {
        let request = format!("POST /f HTTP/1.1\r\nhost: site.test\r\n{fields}\r\n\r\n0\r\n\r\n");
        assert_refused(&node, request.as_bytes(), 400);
    }
    assert_refused(&node, b"POST /f HTTP/1.0\r\nhost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

#[test]
fn rfc9112_2_2_lines_and_fields() {
    let node = node("");
    for request in [
        "GET / HTTP/1.1\nhost: site.test\n\n",
        "GET / HTTP/1.1\r\nhost: site.test\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\n\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nx: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nx: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nx\0: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nx y: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nx : a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nx: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: site.test\r\n: no name\r\n\r\n",
        "GET / HTTP/1.1\r\n host: site.test\r\n\r\n",
    ] {
        assert_refused(&node, request.as_bytes(), 400);
    }
    assert_refused(&node, "GET / HTTP/1.1\r\nhost: site.test\r\nn\u{e4}me: a\r\n\r\n".as_bytes(), 400);
    assert_refused(&node, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400);
}

#[test]
fn rfc9112_7_1_bad_chunks_are_not_a_body() {
    let node = node("");
    for chunks in [
        "xyz\r\nabc\r\n0\r\n\r\n",
        "-5\r\nabcde\r\n0\r\n\r\n",
        "5\nabcde\r\n0\r\n\r\n",
        "5\r\nabcdeXX0\r\n\r\n",
        "5\r\nabcde\n0\r\n\r\n",
        "0x5\r\nabcde\r\n0\r\n\r\n",
        " 5\r\nabcde\r\n0\r\n\r\n",
        "\r\n5\r\nabcde\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc",
        "3\r\nabcde\r\n0\r\n\r\n",
        "0\n\n",
        "5;a\nb\r\nabcde\r\n0\r\n\r\n",
    ] {
        let request = format!("POST /f HTTP/1.1\r\nhost: site.test\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
        let answer = everything(&node, format!("{request}GET /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\n").as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{chunks:?}: {answer:?}");
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{chunks:?}: {answer:?}");
    }
    // What is allowed: extensions, trailers, leading zeros, capitals.
    let mut connection = Connection::open(node.edge);
    for chunks in [
        "5;a=b;c=\"d\"\r\nabcde\r\n0\r\n\r\n",
        "0005\r\nabcde\r\n000\r\n\r\n",
        "5\r\nabcde\r\n0\r\nX-T: v\r\nX-U: w\r\n\r\n",
        "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
    ] {
        connection
            .write(
                format!("POST /f HTTP/1.1\r\nhost: site.test\r\ntransfer-encoding: Chunked\r\n\r\n{chunks}").as_bytes(),
            )
            .unwrap();
        assert_eq!(answers(&mut connection, "POST").text(), "POST abcde", "{chunks:?}");
    }
}

#[test]
fn smuggled_requests_reach_no_upstream() {
    let upstream = Upstream::start(|call| {
        call.read_body();
        call.answer(200, &[], b"up");
    });
    let node = Node::with(&upstream.table("up", ""));
    let mut spec = functions(&[("f", "export default () => new Response('x')")]);
    add_proxy(&mut spec, "/up/*", "up");
    node.site(spec);
    for (fields, body) in [
        ("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\nGET /up/smuggled HTTP/1.1\r\n\r\n0\r\n\r\n"),
        ("Transfer-Encoding: xchunked", "0\r\n\r\nGET /up/smuggled HTTP/1.1\r\n\r\n"),
        ("Content-Length: 0\r\nContent-Length: 40", "GET /up/smuggled HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("Content-Length: 0\nContent-Length: 40", "GET /up/smuggled HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("X: y\nTransfer-Encoding: chunked", "0\r\n\r\nGET /up/smuggled HTTP/1.1\r\nhost: x\r\n\r\n"),
    ] {
        let answer = everything(
            &node,
            format!("POST /up/first HTTP/1.1\r\nhost: site.test\r\n{fields}\r\n\r\n{body}").as_bytes(),
        );
        assert!(answer.starts_with("HTTP/1.1 400 "), "{fields:?}: {answer:?}");
    }
    // A body that looks like a request is a body.
    let body = "GET /up/smuggled HTTP/1.1\r\nhost: site.test\r\n\r\n";
    assert_eq!(node.send("POST", "/up/real", &[], body.as_bytes()).text(), "up");
    // A header for the hop must not take the framing away.
    let answer =
        node.send("POST", "/up/real", &[("Connection", "content-length, host, transfer-encoding")], body.as_bytes());
    assert!(matches!(answer.status, 200 | 400), "{answer:?}");
    for request in upstream.received() {
        assert!(request.request_line().starts_with("POST /up/real "), "{}", request.head);
        assert_eq!(request.body, body.as_bytes());
    }
}

#[test]
fn rfc9112_9_3_http_1_0_ends_unless_asked_to_stay() {
    let node = node("");
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /a.txt HTTP/1.0\r\nHost: site.test\r\n\r\n").unwrap();
    assert_eq!(answers(&mut connection, "GET").text(), "a");
    assert!(connection.read("GET").unwrap().is_none(), "the end");

    let mut connection = Connection::open(node.edge);
    for path in ["/a.txt", "/f", "/nothing.txt"] {
        connection
            .write(format!("GET {path} HTTP/1.0\r\nHost: site.test\r\nConnection: keep-alive\r\n\r\n").as_bytes())
            .unwrap();
        let answer = answers(&mut connection, "GET");
        assert!(
            answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("keep-alive")),
            "{path}: {answer:?}"
        );
    }
    // Without a Host there is no site to choose.
    assert!(everything(&node, b"GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

#[test]
fn rfc9112_9_6_close_is_obeyed() {
    let node = node("");
    for path in ["/a.txt", "/f", "/nothing.txt"] {
        let mut connection = Connection::open(node.edge);
        let answer = connection.request("GET", "site.test", path, &[("Connection", "close")], b"").unwrap();
        assert!(
            answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
            "{path}: {answer:?}"
        );
        assert!(connection.read("GET").unwrap().is_none(), "{path}: still open");
    }
}

#[test]
fn rfc9112_9_3_2_pipelined_requests_are_answered_in_order() {
    let node = node("");
    let mut connection = Connection::open(node.edge);
    let post = "POST /f HTTP/1.1\r\nhost: site.test\r\ncontent-length: 5\r\n\r\nhello";
    let chunked = "POST /f HTTP/1.1\r\nhost: site.test\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: site.test\r\n\r\n");
    let head = "HEAD /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\n";
    let all = [&get("/"), post, &get("/a.txt"), chunked, head, &get("/nothing.txt"), &get("/a.txt")].concat();
    for size in [all.len(), 1, 7] {
        for piece in all.as_bytes().chunks(size) {
            connection.write(piece).unwrap();
        }
        for (method, status, text) in [
            ("GET", 200, "home"),
            ("POST", 200, "POST hello"),
            ("GET", 200, "a"),
            ("POST", 200, "POST abc"),
            ("HEAD", 200, ""),
            ("GET", 404, ""),
            ("GET", 200, "a"),
        ] {
            let answer = answers(&mut connection, method);
            assert_eq!(answer.status, status, "pieces of {size}");
            assert!(status == 404 || answer.text() == text, "pieces of {size}: {answer:?}");
        }
    }
}

#[test]
fn a_body_that_nobody_reads_is_not_the_next_request() {
    let node = node("");
    let decoy = b"GET /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\n";
    for (path, status) in [("/nothing.txt", 404), ("/a.txt", 405)] {
        let mut connection = Connection::open(node.edge);
        for chunked in [false, true] {
            let framed = if chunked {
                let mut bytes = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n", decoy.len()).into_bytes();
                bytes.extend_from_slice(decoy);
                bytes.extend_from_slice(b"\r\n0\r\n\r\n");
                bytes
            } else {
                [format!("content-length: {}\r\n\r\n", decoy.len()).as_bytes(), decoy].concat()
            };
            connection
                .write(&[format!("POST {path} HTTP/1.1\r\nhost: site.test\r\n").as_bytes(), &framed].concat())
                .unwrap();
            let answer = answers(&mut connection, "POST");
            assert_eq!(answer.status, status, "{path}");
            if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
                assert!(connection.read("GET").unwrap().is_none(), "{path}: more than one answer");
                connection = Connection::open(node.edge);
            }
            let next = connection.request("GET", "site.test", "/", &[], b"").unwrap();
            assert_eq!(next.text(), "home", "{path}");
        }
    }
    // One that is too large to throw away ends the connection, with the answer readable.
    let mut connection = Connection::open(node.edge);
    connection.write(b"POST /nothing.txt HTTP/1.1\r\nhost: site.test\r\ncontent-length: 4000000\r\n\r\n").unwrap();
    for _ in 0..40 {
        if connection.write(&[b'x'; 100_000]).is_err() {
            break;
        }
    }
    assert_eq!(answers(&mut connection, "POST").status, 404);
    assert!(!matches!(connection.read("GET"), Ok(Some(_))));
}

#[test]
fn a_get_with_a_body_is_in_step() {
    let node = node("");
    let mut connection = Connection::open(node.edge);
    for path in ["/", "/f", "/a.txt"] {
        let answer = connection
            .request("GET", "site.test", path, &[], b"GET /nothing.txt HTTP/1.1\r\nhost: site.test\r\n\r\n")
            .unwrap();
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[test]
fn connect_and_other_strange_methods() {
    let node = node("");
    for target in ["site.test:443", "/", "http://site.test/"] {
        assert_refused(&node, format!("CONNECT {target} HTTP/1.1\r\nhost: site.test\r\n\r\n").as_bytes(), 405);
    }
    let mut connection = Connection::open(node.edge);
    for method in ["TRACE", "PROPFIND", "BREW", "get"] {
        let answer = connection.request(method, "site.test", "/a.txt", &[], b"").unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(connection.request("GET", "site.test", "/a.txt", &[], b"").unwrap().text(), "a");
}

#[test]
fn a_header_has_a_size_and_a_number_of_fields() {
    let node = node("[limits]\nheader_bytes_max = 8192");
    let long = |bytes: usize| format!("GET /a.txt HTTP/1.1\r\nhost: site.test\r\nx: {}\r\n\r\n", "x".repeat(bytes));
    assert!(everything(&node, long(8000).as_bytes()).ends_with("\r\n\r\na"));
    assert_refused(&node, long(9000).as_bytes(), 431);
    assert_refused(&node, format!("GET /{} HTTP/1.1\r\nhost: site.test\r\n\r\n", "x".repeat(9000)).as_bytes(), 431);
    // Without an end it must not be gathered for ever.
    assert_refused(&node, format!("GET / HTTP/1.1\r\nhost: site.test\r\nx: {}", "x".repeat(500_000)).as_bytes(), 431);
    let many = |count: usize| format!("GET /a.txt HTTP/1.1\r\nhost: site.test\r\n{}\r\n", "a: b\r\n".repeat(count));
    assert!(everything(&node, many(150).as_bytes()).ends_with("\r\n\r\na"));
    assert_refused(&node, many(1000).as_bytes(), 431);
    assert_eq!(node.get("/").text(), "home");
}

/// Sends a byte now and then until the server ends the connection; answers what it said.
fn dribble(node: &Node, begin: &str, more: &str) -> String {
    let mut connection = Connection::open(node.edge);
    connection.write(begin.as_bytes()).unwrap();
    connection.socket().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let (begun, mut said) = (Instant::now(), Vec::new());
    // More than patience: each byte comes in good time, so only a limit on the whole ends this.
    while begun.elapsed() < Duration::from_secs(20) {
        let mut buffer = [0; 4096];
        match connection.socket().read(&mut buffer) {
            Ok(0) => return String::from_utf8_lossy(&said).into_owned(),
            Ok(read) => said.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return String::from_utf8_lossy(&said).into_owned(),
        }
        let _ = connection.write(more.as_bytes());
    }
    panic!("the connection is still open");
}

#[test]
fn a_header_that_dribbles_in_is_cut_off() {
    let node = node("[limits]\nheader_seconds_max = 1");
    let answer = dribble(&node, "GET / HTTP/1.1\r\nhost: site.test\r\nx: ", "x");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let answer = dribble(&node, "", "\r\n");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    // A second request on a connection has no more time than a first.
    let answer = dribble(&node, "GET /a.txt HTTP/1.1\r\nhost: site.test\r\n\r\nGET / HTTP/1.1\r\nx: ", "x");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.matches("200 OK").count() == 1, "{answer}");
    // Nothing at all.
    let mut silent = Connection::open(node.edge);
    assert!(silent.read("GET").unwrap_or(None).is_none());
    assert_eq!(node.get("/").text(), "home");
}

#[test]
fn a_body_that_stops_is_not_waited_for() {
    let upstream = Upstream::start(|call| {
        call.read_body();
        call.answer(200, &[], b"up");
    });
    let node = Node::with(&format!("[limits]\nbody_idle_seconds_max = 1\n{}", upstream.table("up", "")));
    let mut spec = functions(&[("f", "export default async (req) => new Response(await req.text())")]);
    add_proxy(&mut spec, "/up/*", "up");
    node.site(spec);
    for path in ["/f", "/up/x"] {
        for request in [
            "content-length: 10\r\n\r\nhalf",
            "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "transfer-encoding: chunked\r\n\r\n4\r\nha",
        ] {
            let begun = Instant::now();
            let mut connection = Connection::open(node.edge);
            connection.write(format!("POST {path} HTTP/1.1\r\nhost: site.test\r\n{request}").as_bytes()).unwrap();
            // An answer or none: what matters is the end of the wait.
            if let Ok(Some(answer)) = connection.read("POST") {
                assert_eq!((answer.status, answer.code().as_str()), (408, "request_timeout"), "{path}");
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "{path}: {:?}", begun.elapsed());
        }
    }
    // Slow, but not stopped.
    let mut connection = Connection::open(node.edge);
    connection.write(b"POST /f HTTP/1.1\r\nhost: site.test\r\ncontent-length: 6\r\n\r\n").unwrap();
    for byte in b"slowly" {
        std::thread::sleep(Duration::from_millis(300));
        connection.write(&[*byte]).unwrap();
    }
    assert_eq!(answers(&mut connection, "POST").text(), "slowly");
}

#[test]
fn half_a_body_never_reaches_a_function() {
    let node = Node::start();
    node.site(functions(&[(
        "f",
        "export default async (req) => { console.log('called ' + (await req.text())); return new Response('x'); }",
    )]));
    for request in [
        "content-length: 10\r\n\r\nhalf",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "transfer-encoding: chunked\r\n\r\n9\r\nha",
    ] {
        let answer = everything(&node, format!("POST /f HTTP/1.1\r\nhost: site.test\r\n{request}").as_bytes());
        assert!(!answer.contains(" 200 "), "{request:?}: {answer}");
    }
    assert_eq!(node.send("POST", "/f", &[], b"whole").status, 200);
    node.wait_for_log("called whole");
    assert!(!node.log().contains("called ha"));
}

#[test]
fn an_idle_connection_is_closed_in_time() {
    let node = node("[limits]\nkeepalive_idle_seconds_max = 1");
    let mut connection = Connection::open(node.edge);
    for path in ["/a.txt", "/f"] {
        assert_eq!(connection.request("GET", "site.test", path, &[], b"").unwrap().status, 200);
    }
    let begun = Instant::now();
    assert!(connection.read("GET").unwrap().is_none(), "an orderly end");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn a_connection_carries_so_many_requests() {
    let node = node("[limits]\nrequests_per_connection_max = 3");
    for path in ["/a.txt", "/f", "/nothing.txt"] {
        let mut connection = Connection::open(node.edge);
        for number in 1..=3 {
            let answer = connection.request("GET", "site.test", path, &[], b"").unwrap();
            let closing = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            assert_eq!(closing, number == 3, "{path}, request {number}");
        }
        assert!(connection.read("GET").unwrap().is_none(), "{path}: a fourth is not answered");
    }
}

#[test]
fn expect_continue_is_answered_only_when_the_body_is_wanted() {
    let node = node("");
    let mut connection = Connection::open(node.edge);
    connection
        .write(b"POST /f HTTP/1.1\r\nhost: site.test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        .unwrap();
    assert_eq!(answers(&mut connection, "POST").status, 100);
    connection.write(b"ok").unwrap();
    assert_eq!(answers(&mut connection, "POST").text(), "POST ok");
    // Refused at once, without a 100 and without the body.
    for (path, status) in [("/nothing.txt", 404), ("/a.txt", 405)] {
        let mut connection = Connection::open(node.edge);
        connection
            .write(
                format!("POST {path} HTTP/1.1\r\nhost: site.test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
                    .as_bytes(),
            )
            .unwrap();
        assert_eq!(answers(&mut connection, "POST").status, status, "{path}");
    }
}

#[test]
fn rubbish_gets_no_second_answer_and_ends_nothing() {
    let mut node = node("");
    let mut random = fastrand::Rng::with_seed(11);
    let valid = b"POST /f HTTP/1.1\r\nhost: site.test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for _ in 0..300 {
        // A valid request with a few bytes changed: the neighbourhood of what is accepted.
        let mut bytes = valid.to_vec();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let answer = everything(&node, &bytes);
        // When it is the framing that was changed, what was the body is a request now, and no valid one.
        let (all, good) = (answer.matches("HTTP/1.1 ").count(), answer.matches("HTTP/1.1 200").count());
        assert!(all <= 2 && good <= 1, "{all} answers to {:?}: {answer}", String::from_utf8_lossy(&bytes));
    }
    assert!(node.is_alive());
    assert_eq!(node.get("/").text(), "home");
    assert!(!node.log().contains("panicked"), "{}", node.log());
}
