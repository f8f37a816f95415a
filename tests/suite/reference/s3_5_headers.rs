//! Reference 3.5: header fields of the manifest, row by row.

use crate::support::node::Node;
use crate::support::spec::files;
use serde_json::{Value, json};

fn site(rules: &str) -> Value {
    json!({ "project": "site", "site": files(&[("index.html", "home"), ("a.html", "a"), ("_headers", rules)]) })
}

/// What comes after the fields of the file itself, for GET and for HEAD: at most 32, names of 64 bytes, values of 4096, and
/// none of those that are the platform's.
#[test]
fn manifest_headers() {
    let node = Node::start();
    let fields = |n: usize| (0..n).map(|i| format!("  X-Field-{i}: {i}\n")).collect::<String>();
    let (name, value) = ("n".repeat(64), "v".repeat(4096));
    node.site(site(&format!("/\n{}/a\n  {name}: {value}\n", fields(32))));
    let (get, head) = (node.get("/"), node.send("HEAD", "/", &[], b""));
    for response in [&get, &head] {
        assert_eq!((response.header("x-field-0"), response.header("x-field-31")), (Some("0"), Some("31")));
        assert!(response.header("etag").is_some() && response.header("cache-control").is_some());
    }
    assert_eq!(node.get("/a").header(&name), Some(value.as_str()));

    for rules in [
        format!("/\n{}", fields(33)),
        format!("/*\n{}/a\n  X-More: 1\n", fields(32)),
        format!("/a\n  {name}n: 1\n"),
        format!("/a\n  X-Long: {value}v\n"),
        "/a\n  X-Bell: a\u{7}\n".to_owned(),
        "/a\n  X Space: 1\n".to_owned(),
    ] {
        assert_eq!(node.refused(&site(&rules))["code"], "INVALID_SPEC", "{}", &rules[..rules.len().min(80)]);
    }
    for name in [
        "accept-ranges",
        "age",
        "cache-control",
        "cf-cache-status",
        "connection",
        "content-encoding",
        "content-length",
        "etag",
        "expires",
        "host",
        "keep-alive",
        "last-modified",
        "pragma",
        "proxy-authenticate",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
        "via",
        "x-run402-anything",
        "cf-anything",
    ] {
        let refused = node.refused(&site(&format!("# rules\n/a\n  {name}: x\n")));
        assert_eq!((&refused["code"], &refused["details"]["line"]), (&json!("INVALID_SPEC"), &json!(3)), "{name}");
    }
}
