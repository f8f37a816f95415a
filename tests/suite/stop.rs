//! The stop: as long as the last request, and no longer.

use crate::support::functions::{add_file, add_proxy, functions};
use crate::support::http::{Connection, Response};
use crate::support::node::{Node, PATIENCE};
use crate::support::upstream::{Gate, Upstream};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// "At once", on a busy machine. What would be wrong takes `drain_seconds`, which is 30.
const AT_ONCE: Duration = Duration::from_secs(10);

fn assert_stops_at_once(node: &mut Node, code: Option<i32>) {
    let begun = Instant::now();
    assert_eq!(node.wait(), code, "{}", node.log());
    assert!(begun.elapsed() < AT_ONCE, "the stop took {:?}", begun.elapsed());
}

fn node_with_files() -> Node {
    let node = Node::start();
    let mut spec = functions(&[("f", "export default () => new Response('function')")]);
    add_file(&mut spec, "index.html", "home");
    node.site(spec);
    node
}

#[test]
fn an_idle_node_stops_at_once() {
    for signal in ["TERM", "INT"] {
        let mut node = node_with_files();
        assert_eq!(node.get("/f").text(), "function");
        node.signal(signal);
        assert_stops_at_once(&mut node, Some(0));
        assert!(TcpStream::connect(node.edge).is_err() && TcpStream::connect(node.api).is_err());
    }
}

#[test]
fn connections_without_a_request_do_not_hold_it_up() {
    let mut node = node_with_files();
    let silent: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(node.edge).unwrap()).collect();
    let api = TcpStream::connect(node.api).unwrap();
    let mut kept = Connection::open(node.edge);
    for path in ["/", "/f", "/nothing.txt"] {
        kept.request("GET", "site.test", path, &[], b"").unwrap();
    }
    node.signal("TERM");
    assert_stops_at_once(&mut node, Some(0));
    assert!(kept.read("GET").unwrap().is_none(), "an orderly end");
    drop((silent, api));
}

/// A node with a function that answers when it is told to, and an upstream that sends half of its answer until a gate is open.
fn busy(gate: &Gate, more: &str) -> (Node, Upstream) {
    let held = gate.clone();
    let upstream = Upstream::start(move |call| {
        if call.request.request_line().contains("/up/free") {
            return call.answer(200, &[], b"");
        }
        call.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
        held.wait();
        call.write(b"later");
    });
    let node = Node::with(&format!("{more}\n{}", upstream.table("up", "")));
    let source = r#"export default async () => {
        console.log("function began");
        await new Promise((done) => setTimeout(done, 1500));
        return new Response("finished");
    };"#;
    let mut spec = functions(&[("f", source)]);
    add_file(&mut spec, "index.html", "home");
    add_proxy(&mut spec, "/up/*", "up");
    node.site(spec);
    (node, upstream)
}

fn begin(node: &Node, path: &str) -> Connection {
    let mut connection = Connection::open(node.edge);
    connection.write(format!("GET {path} HTTP/1.1\r\nhost: site.test\r\n\r\n").as_bytes()).unwrap();
    connection
}

fn wait_until_refused(node: &Node) {
    let begun = Instant::now();
    while TcpStream::connect(node.edge).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "connections are still accepted");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_under_way_is_finished_and_nothing_new_is_begun() {
    let gate = Gate::default();
    let (mut node, _upstream) = busy(&gate, "");
    let mut download = begin(&node, "/up/x");
    let (status, headers) = download.read_head().unwrap().unwrap();
    assert_eq!(download.read_raw(5).unwrap(), b"first");
    let mut function = begin(&node, "/f");
    node.wait_for_log("function began");

    node.signal("TERM");
    wait_until_refused(&node);
    let answer = function.read("GET").unwrap().expect("the function's answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, "finished"));
    assert!(node.is_alive(), "the download is not done");
    gate.open();
    assert_eq!(download.read_raw(5).unwrap(), b"later");
    assert_eq!(Response { status, headers, body: Vec::new() }.header("content-length"), Some("10"));
    assert_stops_at_once(&mut node, Some(0));
}

#[test]
fn a_header_that_has_begun_to_arrive_is_answered() {
    let mut node = node_with_files();
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET / HTTP/1.1\r\nhost: si").unwrap();
    // Another connection's answer: the node has had time to read what was sent before.
    node.get("/f");
    std::thread::sleep(Duration::from_millis(100));
    node.signal("TERM");
    wait_until_refused(&node);
    connection.write(b"te.test\r\n\r\n").unwrap();
    let answer = connection.read("GET").unwrap().expect("an answer");
    assert_eq!((answer.text().as_str(), answer.header("connection")), ("home", Some("close")));
    assert_stops_at_once(&mut node, Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for signal in ["TERM", "INT"] {
        let gate = Gate::default();
        let (mut node, _upstream) = busy(&gate, "");
        let mut download = begin(&node, "/up/x");
        download.read_head().unwrap().unwrap();
        assert_eq!(download.read_raw(5).unwrap(), b"first");
        node.signal("TERM");
        wait_until_refused(&node);
        assert!(node.is_alive());
        node.signal(signal);
        let begun = Instant::now();
        assert!(node.wait() != Some(0), "not everything was finished");
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        assert!(download.read_raw(5).is_err(), "a broken answer must look broken");
        gate.open();
    }
}

#[test]
fn the_wait_has_an_end() {
    let gate = Gate::default();
    let (mut node, _upstream) = busy(&gate, "drain_seconds = 1");
    let mut download = begin(&node, "/up/x");
    download.read_head().unwrap().unwrap();
    assert_eq!(download.read_raw(5).unwrap(), b"first");
    node.signal("TERM");
    let begun = Instant::now();
    node.wait();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(download.read_raw(5).is_err());
    gate.open();
}

#[test]
fn a_function_that_never_answers_is_waited_for_only_so_long() {
    let mut node = Node::with("drain_seconds = 1");
    node.site(functions(&[("f", "export default () => { console.log('looping'); for (;;); }")]));
    let _held = begin(&node, "/f");
    node.wait_for_log("looping");
    node.signal("TERM");
    let begun = Instant::now();
    node.wait();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_node_that_was_stopped_starts_again_with_everything() {
    let mut node = node_with_files();
    node.signal("TERM");
    assert_eq!(node.wait(), Some(0));
    // The same address, right away, although connections of the last process are not forgotten yet.
    node.run();
    assert_eq!(node.get("/").text(), "home");
    assert_eq!(node.get("/f").text(), "function");
}
