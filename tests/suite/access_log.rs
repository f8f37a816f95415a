//! The lines of requests: each is there, also when the process ends right after its answer, and none is in the middle of another.

use crate::support::functions::{add_file, functions};
use crate::support::http::Connection;
use crate::support::node::Node;
use serde_json::Value;

fn node(more: &str) -> Node {
    let node = Node::with(more);
    let source =
        r#"export default (req) => { console.log("said " + "x".repeat(2000) + " end"); return new Response("f"); }"#;
    let mut spec = functions(&[("f", source)]);
    add_file(&mut spec, "index.html", "home");
    node.site(spec);
    node
}

/// Asks for `/?n` so many times on each of so many connections at once, and for the function now and then.
fn ask(node: &Node, connections: usize, times: usize) {
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut connection = Connection::open(node.edge);
                for n in 0..times {
                    let path = if n % 20 == 7 { "/f" } else { "/" };
                    let answer = connection.request("GET", "site.test", path, &[], b"").unwrap();
                    assert_eq!(answer.status, 200);
                }
            });
        }
    });
}

fn count(node: &Node, text: &str) -> usize {
    node.log().lines().filter(|line| line.contains(text)).count()
}

#[test]
fn a_stop_loses_no_line() {
    let mut node = node("");
    ask(&node, 8, 200);
    node.signal("TERM");
    assert_eq!(node.wait(), Some(0));
    assert_eq!(count(&node, "portico::access: request request_id"), 1_600);
    assert_eq!(node.log().lines().last().map(|line| line.ends_with("stopped")), Some(true), "{}", node.log());
}

#[test]
fn a_second_signal_loses_no_line() {
    let mut node = node("");
    // What keeps the node from ending at the first.
    let mut begun = Connection::open(node.edge);
    begun.write(b"GET / HTTP/1.1\r\nhost: si").unwrap();
    ask(&node, 2, 50);
    node.signal("TERM");
    node.wait_for_log("stopping as soon as");
    node.signal("TERM");
    node.wait();
    assert_eq!(count(&node, "portico::access: request request_id"), 100);
}

#[test]
fn lines_of_requests_and_of_functions_do_not_mix() {
    let node = node("[log]\nformat = \"json\"\n");
    ask(&node, 8, 100);
    node.get("/the-last");
    node.wait_for_log("/the-last");
    let log = node.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = |target: &str| lines.iter().filter(|line| line["target"] == target).count();
    assert_eq!((of("portico::access"), of("portico::function")), (801, 40));
    for line in lines.iter().filter(|line| line["target"] == "portico::function") {
        let id = &line["request_id"];
        assert!(lines.iter().any(|other| other["target"] == "portico::access" && other["request_id"] == *id), "{id}");
    }
}

#[test]
fn a_line_is_soon_there_although_nobody_else_asks() {
    let node = node("");
    for path in ["/one", "/two"] {
        node.get(path);
        node.wait_for_log(&format!("path=\"{path}\""));
    }
}

#[test]
fn no_line_is_written_when_none_is_wanted() {
    let mut node = node("[log]\naccess = false\n");
    ask(&node, 1, 20);
    node.signal("TERM");
    assert_eq!(node.wait(), Some(0));
    assert_eq!(count(&node, "portico::access"), 0);
    assert_eq!(count(&node, "said x"), 1);
}
