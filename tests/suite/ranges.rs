//! Parts of files (RFC 9110 section 14): one, several, none, from memory and from disk, and for the clients that use them.

use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use crate::support::spec::{content_digest, files, sha256};
use serde_json::json;
use std::fs;
use std::process::{Command, Stdio};

const TEXT: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

fn node() -> Node {
    let node = Node::start();
    node.site(json!({ "site": files(&[("a.txt", TEXT), ("other.txt", "other"), ("empty.txt", "")]) }));
    node
}

fn tag(bytes: &[u8]) -> String {
    format!("\"sha256-{}\"", sha256(bytes))
}

fn ranged(connection: &mut Connection, path: &str, range: &str) -> Response {
    connection.request("GET", "site.test", path, &[("range", range)], b"").unwrap()
}

/// The parts of a `multipart/byteranges` body: their `Content-Type`, `Content-Range` and bytes. Fails on anything before,
/// between or after them.
fn multipart(response: &Response) -> Vec<(String, String, Vec<u8>)> {
    let content_type = response.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert!(!boundary.is_empty() && boundary.len() <= 70 && boundary.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert_eq!(response.header("content-range"), None, "the range of the whole is said of its parts only");
    let mut rest = response.body.strip_prefix(format!("--{boundary}").as_bytes()).expect("the first delimiter");
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let head_end = part.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of a part's head");
        let head = String::from_utf8(part[..head_end].to_vec()).unwrap();
        let field = |name: &str| {
            let line =
                head.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)));
            line.unwrap_or_else(|| panic!("no {name} in {head:?}")).1.to_owned()
        };
        let range = field("content-range");
        let (first, last) = range.strip_prefix("bytes ").unwrap().split_once('/').unwrap().0.split_once('-').unwrap();
        let length = last.parse::<usize>().unwrap() - first.parse::<usize>().unwrap() + 1;
        let body = &part[head_end + 4..];
        parts.push((field("content-type"), range, body[..length].to_vec()));
        rest = body[length..].strip_prefix(delimiter.as_bytes()).expect("a delimiter after a part");
    }
    assert_eq!(rest, b"--\r\n", "the last delimiter");
    parts
}

#[test]
fn one_part() {
    let node = node();
    let mut connection = Connection::open(node.edge);
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=0-9", 0, 9),
        ("bytes=10-", 10, 35),
        ("bytes=-5", 31, 35),
        ("bytes=0-", 0, 35),
        ("bytes=-36", 0, 35),
        ("bytes=-99999999999999999999999", 0, 35),
        ("bytes=30-99999999999999999999999", 30, 35),
        ("BYTES=35-35", 35, 35),
        // Those that overlap or touch are one.
        ("bytes=0-4,5-9", 0, 9),
        ("bytes=3-9, 0-4", 0, 9),
        ("bytes=5-6,900-", 5, 6),
    ] {
        let part = ranged(&mut connection, "/a.txt", range);
        assert_eq!((part.status, part.text().as_str()), (206, &TEXT[first..=last]), "{range}");
        assert_eq!(part.header("content-range"), Some(format!("bytes {first}-{last}/36").as_str()), "{range}");
        assert_eq!(part.header("content-length"), Some((last - first + 1).to_string().as_str()), "{range}");
        assert_eq!(part.header("content-type"), Some("text/plain; charset=utf-8"), "{range}");
        assert_eq!(part.header("etag"), Some(tag(TEXT.as_bytes()).as_str()), "{range}");
        assert_eq!(part.header("cache-control"), Some("public, max-age=0, must-revalidate"), "{range}");
        assert_eq!(part.header("accept-ranges"), Some("bytes"), "{range}");
        // The digest of the whole is not that of what is sent (RFC 9530 sections 2 and 3).
        assert_eq!(part.header("content-digest"), None, "{range}");
        assert_eq!(part.header("repr-digest"), Some(content_digest(TEXT.as_bytes()).as_str()), "{range}");
    }
}

#[test]
fn several_parts() {
    let node = node();
    let mut connection = Connection::open(node.edge);
    for (range, expected) in [
        ("bytes=0-1,10-11", &[(0, 1), (10, 11)][..]),
        ("bytes=-1, 0-0", &[(35, 35), (0, 0)]),
        ("bytes=20-22,0-1,900-,10-10,21-23", &[(20, 23), (0, 1), (10, 10)]),
    ] {
        let answer = ranged(&mut connection, "/a.txt", range);
        assert_eq!(answer.status, 206, "{range}");
        let parts = multipart(&answer);
        let expected: Vec<_> = expected
            .iter()
            .map(|&(first, last)| {
                let range = format!("bytes {first}-{last}/36");
                ("text/plain; charset=utf-8".to_owned(), range, TEXT.as_bytes()[first..=last].to_vec())
            })
            .collect();
        assert_eq!(parts, expected, "{range}");
        assert_eq!(answer.header("repr-digest"), Some(content_digest(TEXT.as_bytes()).as_str()));
        assert_eq!((answer.header("accept-ranges"), answer.header("content-digest")), (Some("bytes"), None));
        // The length was right to the byte, or the next answer is read from the middle of this one.
        assert_eq!(ranged(&mut connection, "/other.txt", "bytes=1-2").text(), "th");
    }
}

#[test]
fn what_cannot_be_answered_in_parts_is_answered_whole() {
    let node = node();
    let mut connection = Connection::open(node.edge);
    let many = (0..17).map(|i| format!("{0}-{0}", i * 2)).collect::<Vec<_>>().join(",");
    for range in [
        "items=0-1",
        "bytes",
        "bytes=",
        "bytes=a-b",
        "bytes=2-1",
        "bytes=1-2;",
        "bytes=1-2,x",
        "bytes 0-1",
        "bytes=--1",
        "none",
        // Longer than the file together, and more than anyone needs.
        "bytes=0-,0-,0-",
        "bytes=0-30,1-31",
        &format!("bytes={many}"),
        &format!("bytes={}", "0-0,".repeat(5000)),
    ] {
        let whole = ranged(&mut connection, "/a.txt", range);
        assert_eq!((whole.status, whole.text().as_str()), (200, TEXT), "{range}");
        assert_eq!((whole.header("content-range"), whole.header("accept-ranges")), (None, Some("bytes")), "{range}");
        assert_eq!(whole.header("content-digest"), Some(content_digest(TEXT.as_bytes()).as_str()), "{range}");
    }
    let twice = [("range", "bytes=0-1"), ("range", "bytes=2-3")];
    assert_eq!(connection.request("GET", "site.test", "/a.txt", &twice, b"").unwrap().status, 200);
    // Ranges are a matter of GET.
    let head = connection.request("HEAD", "site.test", "/a.txt", &[("range", "bytes=0-1")], b"").unwrap();
    assert_eq!((head.status, head.header("content-length"), head.header("content-range")), (200, Some("36"), None));
    assert_eq!(head.header("accept-ranges"), Some("bytes"));
    assert_eq!(connection.request("POST", "site.test", "/a.txt", &[("range", "bytes=0-1")], b"x").unwrap().status, 405);
    assert_eq!(ranged(&mut connection, "/none.txt", "bytes=0-1").status, 404);
}

#[test]
fn what_is_not_there_is_refused_with_the_length_that_is() {
    let node = node();
    let mut connection = Connection::open(node.edge);
    for (path, range, size) in [
        ("/a.txt", "bytes=36-", 36),
        ("/a.txt", "bytes=99999999999999999999-", 36),
        ("/a.txt", "bytes=-0", 36),
        ("/a.txt", "bytes=40-50,60-70", 36),
        ("/empty.txt", "bytes=0-", 0),
        ("/empty.txt", "bytes=0-0", 0),
    ] {
        let refused = ranged(&mut connection, path, range);
        assert_eq!((refused.status, refused.code().as_str()), (416, "range_not_satisfiable"), "{range}");
        assert_eq!(refused.header("content-range"), Some(format!("bytes */{size}").as_str()), "{range}");
        assert_eq!(refused.header("cache-control"), Some("private, no-store"));
        assert!(refused.header("etag").is_none() && refused.header("accept-ranges").is_none());
        assert_eq!(ranged(&mut connection, "/other.txt", "bytes=0-0").text(), "o", "the connection goes on");
    }
    // The last bytes of an empty file are all of it.
    let suffix = ranged(&mut connection, "/empty.txt", "bytes=-5");
    assert_eq!((suffix.status, suffix.header("content-length")), (200, Some("0")));
}

/// RFC 9110 section 13.1.5: a part of another version would be put behind what the client has.
#[test]
fn a_part_goes_to_who_has_the_rest_of_the_same_file() {
    let node = node();
    let mut connection = Connection::open(node.edge);
    let tag = tag(TEXT.as_bytes());
    let weak = format!("W/{tag}");
    for (validator, status) in [
        (tag.as_str(), 206),
        (&weak, 200),
        ("\"other\"", 200),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("*", 200),
        ("", 200),
    ] {
        let fields = [("range", "bytes=0-1"), ("if-range", validator)];
        let answer = connection.request("GET", "site.test", "/a.txt", &fields, b"").unwrap();
        assert_eq!((answer.status, answer.body.len()), (status, if status == 206 { 2 } else { 36 }), "{validator}");
    }
    // Nothing to refuse in what will be sent whole.
    let fields = [("range", "bytes=900-"), ("if-range", "\"other\"")];
    assert_eq!(connection.request("GET", "site.test", "/a.txt", &fields, b"").unwrap().status, 200);
    assert_eq!(
        connection.request("GET", "site.test", "/a.txt", &[("if-range", "\"other\"")], b"").unwrap().status,
        200
    );
}

/// Noise of no multiple of any chunk, above the size that is kept in memory.
fn large() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(11);
    std::iter::repeat_with(|| random.u8(..)).take(3 * 1024 * 1024 + 321).collect()
}

#[test]
fn parts_of_a_large_file_come_from_disk() {
    let node = Node::start();
    let large = large();
    fs::write(node.path().join("large.bin"), &large).unwrap();
    node.site(json!({ "site": { "replace": { "large.bin": { "path": "large.bin" } } } }));
    let mut connection = Connection::open(node.edge);
    let size = large.len();
    // Within a chunk, over the border of two, over many, the last byte, everything.
    for (first, last) in [(0, 0), (262_143, 262_144), (100_000, 2_000_000), (size - 1, size - 1), (0, size - 1)] {
        let part = ranged(&mut connection, "/large.bin", &format!("bytes={first}-{last}"));
        assert_eq!((part.status, part.body.len()), (206, last - first + 1));
        assert!(part.body == large[first..=last], "{first}-{last}");
        assert_eq!(part.header("content-range"), Some(format!("bytes {first}-{last}/{size}").as_str()));
    }
    let several = ranged(&mut connection, "/large.bin", "bytes=5-9,1000000-1999999,-3");
    let parts = multipart(&several);
    assert!(parts[0].2 == large[5..10] && parts[1].2 == large[1_000_000..2_000_000] && parts[2].2 == large[size - 3..]);
    assert_eq!(ranged(&mut connection, "/large.bin", "bytes=-2").body, large[size - 2..]);
    // What the disk has spoilt is not sent in parts either.
    let name = sha256(&large);
    let blob = node.state().join("blobs").join(&name[..2]).join(&name);
    let mut spoilt = large.clone();
    spoilt[1_500_000] ^= 1;
    fs::write(blob, spoilt).unwrap();
    let refused = ranged(&mut connection, "/large.bin", "bytes=0-9");
    assert_eq!((refused.status, refused.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
}

/// As people use it. Skipped where there is no curl.
#[test]
fn curl_goes_on_where_it_stopped() {
    let has_curl =
        Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !has_curl {
        return;
    }
    let node = Node::start();
    let large = large();
    fs::write(node.path().join("large.bin"), &large).unwrap();
    node.site(json!({ "site": { "replace": { "large.bin": { "path": "large.bin" }, "a.txt": TEXT } } }));
    let curl = |args: &[&str]| {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--header", "host: site.test"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "curl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let url = |path: &str| format!("http://{}{path}", node.edge);
    assert_eq!(curl(&["-r", "3-5", &url("/a.txt")]), b"345");
    assert_eq!(curl(&["-r", "-2", &url("/a.txt")]), b"yz");
    let half = node.path().join("half");
    fs::write(&half, &large[..1_000_001]).unwrap();
    curl(&["-C", "-", "-o", half.to_str().unwrap(), &url("/large.bin")]);
    assert!(fs::read(&half).unwrap() == large);
}
