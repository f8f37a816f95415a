//! Paths that have no single meaning are refused before anything is looked up (reference 3.5), and say why.

use crate::support::http::Connection;
use crate::support::node::Node;
use crate::support::spec::{files, mirror, to_function};
use serde_json::json;

fn node() -> Node {
    let node = Node::start();
    // A site that would answer to anything, if it were asked.
    node.site(json!({
        "site": files(&[("index.html", "page"), ("a/b.txt", "b")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function("/fn/*", "f")] },
    }));
    node
}

#[test]
fn each_of_the_nine_errors_has_its_code() {
    let node = node();
    for (path, code) in [
        ("/a\\b", "PATH_RAW_BACKSLASH"),
        ("/a%00b", "PATH_CONTROL_CHARACTER"),
        ("/a%0d%0aset-cookie:x", "PATH_CONTROL_CHARACTER"),
        ("/a%7F", "PATH_CONTROL_CHARACTER"),
        ("//a/b.txt", "PATH_DUPLICATE_SLASH"),
        ("/a//b.txt", "PATH_DUPLICATE_SLASH"),
        ("/a%2fb.txt", "PATH_ENCODED_SEPARATOR"),
        ("/a%5Cb.txt", "PATH_ENCODED_SEPARATOR"),
        ("/a%", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a%4", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a%zz", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a%ff", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a%c0%af", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a/%252e%252e/b.txt", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/a%252Fb.txt", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/a/../a/b.txt", "PATH_DOT_SEGMENT"),
        ("/a/./b.txt", "PATH_DOT_SEGMENT"),
        ("/a/%2e%2E/b.txt", "PATH_DOT_SEGMENT"),
        ("/..", "PATH_DOT_SEGMENT"),
        ("/fn/../a/b.txt", "PATH_DOT_SEGMENT"),
        ("/_cas", "PATH_INTERNAL_NAMESPACE"),
        ("/_cas/abc", "PATH_INTERNAL_NAMESPACE"),
        ("/_run402/x", "PATH_INTERNAL_NAMESPACE"),
        ("/%5frun402/x", "PATH_INTERNAL_NAMESPACE"),
    ] {
        for method in ["GET", "POST"] {
            let refused = node.send(method, path, &[], b"");
            assert_eq!((refused.status, refused.code().as_str()), (400, code), "{method} {path}");
            assert_eq!(refused.header("content-type"), Some("application/json; charset=utf-8"), "{path}");
            assert_eq!(refused.json()["category"], "path", "{path}");
        }
        let head = node.send("HEAD", path, &[], b"");
        assert_eq!((head.status, head.body.len()), (400, 0), "{path}");
    }
    // The node goes on, and what only looks alike is served.
    for path in
        ["/a/b.txt", "/a/%62.txt", "/a/b.txt?x=/../%2f//", "/_casual", "/...", "/a/..b-c", "/%25", "/fn/%E2%9C%93"]
    {
        assert_eq!(node.get(path).status, 200, "{path}");
    }
}

/// The target of an `OPTIONS *` or a CONNECT is no path, and that of a proxy request is one only behind its host.
#[test]
fn a_target_without_a_leading_slash_is_no_path() {
    let node = node();
    for line in ["GET a HTTP/1.1", "GET ?a HTTP/1.1", "OPTIONS * HTTP/1.1", "GET * HTTP/1.1"] {
        let mut connection = Connection::open(node.edge);
        connection.write(format!("{line}\r\nhost: site.test\r\n\r\n").as_bytes()).unwrap();
        let refused = connection.read("GET").unwrap().expect("an answer");
        assert_eq!(refused.status, 400, "{line}");
        assert!(
            ["PATH_MUST_START_WITH_SLASH", "BAD_REQUEST"].contains(&refused.code().as_str()),
            "{line}: {}",
            refused.code()
        );
    }
    assert_eq!(node.get("/a/b.txt").text(), "b");
}
