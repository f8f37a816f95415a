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
        ("/%c0%ae%c0%ae/b.txt", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a%ed%a0%80", "PATH_INVALID_PERCENT_ENCODING"),
        ("/a/%252e%252e/b.txt", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/a%252Fb.txt", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/a/../a/b.txt", "PATH_DOT_SEGMENT"),
        ("/a/./b.txt", "PATH_DOT_SEGMENT"),
        ("/a/%2e%2E/b.txt", "PATH_DOT_SEGMENT"),
        ("/..", "PATH_DOT_SEGMENT"),
        ("/fn/../a/b.txt", "PATH_DOT_SEGMENT"),
        ("/fn/..;/a/b.txt", "PATH_DOT_SEGMENT"),
        ("/fn/..%3bx/a/b.txt", "PATH_DOT_SEGMENT"),
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

/// The code of an answer, or `200`.
fn code(node: &Node, target: &[u8]) -> String {
    let mut connection = Connection::open(node.edge);
    connection
        .write(&[b"GET ", target, b" HTTP/1.1\r\nhost: site.test\r\nconnection: close\r\n\r\n"].concat())
        .unwrap();
    let answer = connection.read("GET").unwrap().expect("an answer");
    if answer.status == 200 { "200".to_owned() } else { answer.code() }
}

/// A function answers everything below `/fn/` that is a path at all: so what is refused is refused for the byte.
#[test]
fn every_byte_of_a_path_raw_and_encoded() {
    let node = node();
    for byte in 0..=u8::MAX {
        let raw = match byte {
            // These end the line or the target.
            b'\r' | b'\n' | b' ' => None,
            b'#' | b'<' | b'>' | b'`' => Some("BAD_REQUEST"),
            b'%' | 0x80..=0xff => Some("PATH_INVALID_PERCENT_ENCODING"),
            b'\\' => Some("PATH_RAW_BACKSLASH"),
            0..=0x1f | 0x7f => Some("PATH_CONTROL_CHARACTER"),
            _ => Some("200"),
        };
        let target = [b"/fn/x", &[byte][..], b"y"].concat();
        if let Some(expected) = raw {
            assert_eq!(code(&node, &target), expected, "the byte {byte:#04x}");
        }
        let encoded = match byte {
            b'/' | b'\\' => "PATH_ENCODED_SEPARATOR",
            0..=0x1f | 0x7f => "PATH_CONTROL_CHARACTER",
            0x80..=0xff => "PATH_INVALID_PERCENT_ENCODING",
            _ => "200",
        };
        assert_eq!(code(&node, format!("/fn/x%{byte:02x}y").as_bytes()), encoded, "the byte %{byte:02x}");
    }
}

/// Bytes above 0x7f are UTF-8 or no path: not Latin-1, and not replaced by what would be another file's name.
#[test]
fn raw_bytes_of_a_path_are_utf_8() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("caf\u{e9}.txt", "200"), ("a\u{fffd}.txt", "200"), ("index.html", "page")]) }));
    let decomposed = "/cafe\u{301}.txt";
    for target in ["/caf\u{e9}.txt", decomposed, "/caf%C3%A9.txt", "/caf%c3\u{e9}"] {
        let expected = if target.ends_with(".txt") { "200" } else { "PATH_INVALID_PERCENT_ENCODING" };
        assert_eq!(code(&node, target.as_bytes()), expected, "{target}");
    }
    for target in
        [&b"/caf\xe9.txt"[..], b"/a\xff.txt", b"/\xc0\xaf", b"/\xed\xa0\x80", b"/a\xc3", b"http://site.test/a\xff.txt"]
    {
        assert_eq!(code(&node, target), "PATH_INVALID_PERCENT_ENCODING", "{target:?}");
    }
    assert_eq!(code(&node, "/a\u{fffd}.txt".as_bytes()), "200");
    // The next one is a control character of Unicode.
    assert_eq!(code(&node, "/a\u{85}".as_bytes()), "PATH_CONTROL_CHARACTER");
    assert_eq!(node.get("/").text(), "page");
}

/// Dots and slashes of other scripts are letters here, and no other spelling of ours.
#[test]
fn characters_that_look_alike_are_other_characters() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a/b.txt", "b"), ("secret.txt", "s"), ("K.txt", "kelvin")]) }));
    for path in
        ["/a%EF%BC%8Fb.txt", "/a%E2%88%95b.txt", "/%EF%BC%8E%EF%BC%8E/secret.txt", "/a/%E2%80%A4%E2%80%A4/secret.txt"]
    {
        assert_eq!(node.get(path).status, 404, "{path}");
    }
    // Unicode itself says that the Kelvin sign is a K.
    assert_eq!(node.get("/%E2%84%AA.txt").text(), "kelvin");
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
