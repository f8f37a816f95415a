//! Preconditions: who has the bytes is told so, who wants others is told that (RFC 9110 section 13).

use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use crate::support::spec::{files, sha256};
use serde_json::json;

const PAGE: &str = "<h1>hello</h1>";

fn node() -> Node {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", PAGE), ("other.txt", "other")]) }));
    node
}

fn tag() -> String {
    format!("\"sha256-{}\"", sha256(PAGE.as_bytes()))
}

/// Sends one request after the other on one connection: an answer that is longer or shorter than it says shows in the next.
fn ask(connection: &mut Connection, method: &str, fields: &[(&str, &str)]) -> Response {
    let answer = connection.request(method, "site.test", "/", fields, b"").unwrap();
    let next = connection.request("GET", "site.test", "/other.txt", &[], b"").unwrap();
    assert_eq!((next.status, next.text().as_str()), (200, "other"), "after {method} {fields:?}");
    answer
}

#[test]
fn rfc9110_13_1_1_who_wants_another_file_is_refused() {
    let node = node();
    let (tag, mut connection) = (tag(), Connection::open(node.edge));
    let weak = format!("W/{tag}");
    for wanted in ["\"other\"", &weak, "", "malformed", "\"a\", \"b\"", &tag[..tag.len() - 1]] {
        let refused = ask(&mut connection, "GET", &[("if-match", wanted)]);
        assert_eq!((refused.status, refused.code().as_str()), (412, "precondition_failed"), "{wanted}");
        assert_eq!(refused.header("cache-control"), Some("private, no-store"));
        assert!(refused.header("etag").is_none() && refused.header("content-digest").is_none());
        let head = ask(&mut connection, "HEAD", &[("if-match", wanted)]);
        assert_eq!((head.status, head.body.len()), (412, 0));
    }
    for wanted in ["*", &tag, &format!("\"a,b\", {tag}"), &format!(" ,, {tag} ,")] {
        let answer = ask(&mut connection, "GET", &[("if-match", wanted)]);
        assert_eq!((answer.status, answer.text().as_str()), (200, PAGE), "{wanted}");
    }
    let lines = [("if-match", "\"other\""), ("if-match", tag.as_str())];
    assert_eq!(ask(&mut connection, "GET", &lines).status, 200);
}

#[test]
fn rfc9110_13_2_2_preconditions_have_an_order() {
    let node = node();
    let (tag, mut connection) = (tag(), Connection::open(node.edge));
    for (fields, status) in [
        // A failed If-Match is the end of it.
        (&[("if-match", "\"other\""), ("if-none-match", tag.as_str())][..], 412),
        (&[("if-match", "\"other\""), ("range", "bytes=0-1")], 412),
        (&[("if-match", &tag), ("if-none-match", &tag)], 304),
        // What the client has whole it does not get in parts.
        (&[("if-none-match", &tag), ("range", "bytes=0-1")], 304),
        (&[("if-none-match", &tag), ("range", "bytes=900-")], 304),
        (&[("if-none-match", "\"other\""), ("range", "bytes=0-1")], 206),
        (&[("if-match", &tag), ("range", "bytes=0-1")], 206),
        // Files have no date: fields that compare one are ignored (sections 13.1.3 and 13.1.4).
        (&[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")], 200),
        (&[("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")], 200),
        (&[("if-none-match", "\"other\""), ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")], 200),
    ] {
        assert_eq!(ask(&mut connection, "GET", fields).status, status, "{fields:?}");
    }
}

#[test]
fn rfc9110_15_4_5_not_modified_says_how_the_copy_is_kept_and_nothing_of_its_content() {
    let node = node();
    let (tag, mut connection) = (tag(), Connection::open(node.edge));
    for method in ["GET", "HEAD"] {
        let answer = ask(&mut connection, method, &[("if-none-match", &tag)]);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{method}");
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=0, must-revalidate"));
        assert!(answer.header("date").is_some());
        for name in [
            "content-type",
            "content-length",
            "content-digest",
            "content-range",
            "x-run402-content-sha256",
            "transfer-encoding",
        ] {
            assert_eq!(answer.header(name), None, "{method} {name}");
        }
    }
}

/// A cache takes the fields of a 304 for its copy: rules that changed since reach it, those about the bytes are not repeated.
#[test]
fn rules_reach_the_copies_that_are_out() {
    let node = Node::start();
    let site = |policy: &str| {
        let rules =
            format!("/\n  Content-Security-Policy: {policy}\n  X-Frame-Options: DENY\n  Content-Language: en\n");
        json!({ "site": files(&[("index.html", PAGE), ("_headers", &rules)]) })
    };
    for policy in ["default-src 'self'", "default-src 'none'"] {
        node.site(site(policy));
        let answer = node.send("GET", "/", &[("if-none-match", &tag())], b"");
        assert_eq!((answer.status, answer.header("content-security-policy")), (304, Some(policy)));
        assert_eq!((answer.header("x-frame-options"), answer.header("content-language")), (Some("DENY"), None));
        assert_eq!(node.get("/").header("content-language"), Some("en"));
    }
}

#[test]
fn tags_that_are_not_tags_do_no_harm() {
    let node = node();
    let (tag, mut connection) = (tag(), Connection::open(node.edge));
    let many = format!("{}{tag}", "\"x\",".repeat(2000));
    for strange in ["\"", "W/", "W/\"", ",,,,", "\"a\"b", "*x", "\"*\"", many.as_str(), "\u{7f}", "\"\t\"", "W/W/\"a\""]
    {
        // DEL is refused by the parser; everything else is a tag of something else.
        let answer = connection.request("GET", "site.test", "/", &[("if-none-match", strange)], b"");
        match answer.map(|answer| answer.status) {
            Some(200) => {}
            status => {
                assert_eq!((strange, status), ("\u{7f}", Some(400)));
                connection = Connection::open(node.edge);
            }
        }
    }
    let lines = [("if-none-match", "\"x"), ("if-none-match", tag.as_str())];
    assert_eq!(ask(&mut connection, "GET", &lines).status, 304);
}

/// Section 13.2.1: a precondition is about what would otherwise be sent, not about an error.
#[test]
fn errors_have_no_preconditions() {
    let node = node();
    for fields in [[("if-match", "\"x\"")], [("if-none-match", "*")]] {
        assert_eq!(node.send("GET", "/none.txt", &fields, b"").status, 404);
        assert_eq!(node.send("POST", "/", &fields, b"x").status, 405);
    }
}
