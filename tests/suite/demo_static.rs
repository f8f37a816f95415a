//! The demo as a client of static files sees it: every page and asset, by every rule that a good static server keeps.

use crate::encodings::decode;
use crate::support::dev::Dev;
use crate::support::http::{Connection, Response};
use crate::support::spec::{content_digest, sha256};

const FILES: [&str; 5] = ["/", "/events", "/login", "/assets/site.css", "/assets/try.js"];

struct Client(Connection);

impl Client {
    fn ask(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        self.0.request(method, "localhost", path, fields, b"").unwrap()
    }

    fn get(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.ask("GET", path, fields)
    }
}

/// One connection for everything: an answer whose length is wrong spoils the next.
fn demo() -> (Dev, Client) {
    let demo = Dev::example("demo", &["--upstream", "demo=127.0.0.1:9"]);
    let client = Client(Connection::open(demo.address));
    (demo, client)
}

#[test]
fn every_file_says_what_a_cache_needs() {
    let (_demo, mut client) = demo();
    for path in FILES {
        let got = client.get(path, &[]);
        assert_eq!(got.status, 200, "{path}");
        let hash = sha256(&got.body);
        assert_eq!(got.header("etag"), Some(format!("\"sha256-{hash}\"").as_str()), "{path}");
        assert_eq!(got.header("x-run402-content-sha256"), Some(hash.as_str()), "{path}");
        assert_eq!(got.header("content-digest"), Some(content_digest(&got.body).as_str()), "{path}");
        assert_eq!(got.header("content-length"), Some(got.body.len().to_string().as_str()), "{path}");
        assert_eq!(got.header("cache-control"), Some("public, max-age=0, must-revalidate"), "{path}");
        assert_eq!(got.header("accept-ranges"), Some("bytes"), "{path}");
        assert_eq!(got.header("vary"), Some("accept-encoding"), "{path}");
        // The site's own, out of `_headers`.
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(got.header("date").is_some() && got.header("set-cookie").is_none(), "{path}");

        let mut head = client.ask("HEAD", path, &[]);
        assert!(head.body.is_empty());
        let mut got = got;
        for answer in [&mut head, &mut got] {
            answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        }
        assert_eq!(head.headers, got.headers, "{path}");
    }
}

#[test]
fn every_file_is_sent_once() {
    let (_demo, mut client) = demo();
    for path in FILES {
        let tag = client.get(path, &[]).header("etag").unwrap().to_owned();
        for (fields, status) in [
            ([("if-none-match", tag.as_str())], 304),
            ([("if-none-match", &format!("W/{tag}"))], 304),
            ([("if-none-match", &format!("\"x\", {tag}"))], 304),
            ([("if-none-match", "*")], 304),
            ([("if-none-match", "\"x\"")], 200),
            ([("if-match", tag.as_str())], 200),
            ([("if-match", "*")], 200),
            ([("if-match", "\"x\"")], 412),
            ([("if-match", &format!("W/{tag}"))], 412),
            ([("if-modified-since", "Fri, 31 Dec 9999 23:59:59 GMT")], 200),
            ([("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")], 200),
        ] {
            let got = client.get(path, &fields);
            assert_eq!(got.status, status, "{path} {fields:?}");
            if status == 304 {
                assert_eq!((got.body.len(), got.header("etag")), (0, Some(tag.as_str())), "{path}");
                assert!(got.header("content-length").is_none() && got.header("content-type").is_none(), "{path}");
                assert!(got.header("cache-control").is_some() && got.header("vary").is_some(), "{path}");
            }
        }
    }
}

#[test]
fn every_file_comes_in_parts() {
    let (_demo, mut client) = demo();
    for path in FILES {
        let whole = client.get(path, &[]);
        let (bytes, tag) = (whole.body.clone(), whole.header("etag").unwrap().to_owned());
        let size = bytes.len();
        for (range, first, end) in [
            ("bytes=0-0".to_owned(), 0, 1),
            ("bytes=10-19".to_owned(), 10, 20),
            (format!("bytes={}-", size - 5), size - 5, size),
            ("bytes=-7".to_owned(), size - 7, size),
            (format!("bytes=100-{}", size * 2), 100, size),
            ("BYTES=0-3".to_owned(), 0, 4),
        ] {
            let part = client.get(path, &[("range", &range), ("if-range", &tag)]);
            assert_eq!((part.status, part.body.as_slice()), (206, &bytes[first..end]), "{path} {range}");
            let expected = format!("bytes {first}-{}/{size}", end - 1);
            assert_eq!(part.header("content-range"), Some(expected.as_str()), "{path} {range}");
            assert_eq!(part.header("etag"), Some(tag.as_str()), "{path}");
        }
        let several = client.get(path, &[("range", "bytes=0-1,10-11")]);
        assert_eq!(several.status, 206, "{path}");
        assert!(several.header("content-type").unwrap().starts_with("multipart/byteranges; boundary="), "{path}");
        let beyond = client.get(path, &[("range", &format!("bytes={size}-"))]);
        assert_eq!((beyond.status, beyond.header("content-range")), (416, Some(format!("bytes */{size}").as_str())));
        for fields in [
            [("range", "bytes=0-1"), ("if-range", "\"another\"")],
            [("range", "lines=0-1"), ("if-range", tag.as_str())],
            [("range", "bytes=5-1"), ("if-range", tag.as_str())],
        ] {
            let got = client.get(path, &fields);
            assert_eq!((got.status, got.body.len()), (200, size), "{path} {fields:?}");
        }
        let head = client.ask("HEAD", path, &[("range", "bytes=0-1")]);
        assert_eq!((head.status, head.header("content-length")), (200, Some(size.to_string().as_str())), "{path}");
    }
}

#[test]
fn every_file_comes_compressed() {
    let (_demo, mut client) = demo();
    for path in FILES {
        let plain = client.get(path, &[]);
        let mut tags = vec![plain.header("etag").unwrap().to_owned()];
        for coding in ["br", "zstd", "gzip"] {
            let accept = [("accept-encoding", coding)];
            let got = client.get(path, &accept);
            assert_eq!((got.status, got.header("content-encoding")), (200, Some(coding)), "{path}");
            assert!(got.body.len() < plain.body.len(), "{path} {coding}");
            assert_eq!(decode(coding, &got.body), plain.body, "{path} {coding}");
            assert_eq!(got.header("content-digest"), Some(content_digest(&got.body).as_str()), "{path} {coding}");
            assert_eq!(got.header("vary"), Some("accept-encoding"), "{path} {coding}");
            let tag = got.header("etag").unwrap().to_owned();
            let again = client.get(path, &[accept[0], ("if-none-match", &tag)]);
            assert_eq!((again.status, again.header("vary")), (304, Some("accept-encoding")), "{path} {coding}");
            let part = client.get(path, &[accept[0], ("range", "bytes=2-9"), ("if-range", &tag)]);
            assert_eq!((part.status, part.body.as_slice()), (206, &got.body[2..10]), "{path} {coding}");
            tags.push(tag);
        }
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 4, "{path}: two forms share a tag");
        // As browsers ask, and as one asks who wants none.
        let browser = client.get(path, &[("accept-encoding", "gzip, deflate, br, zstd")]);
        assert!(browser.header("content-encoding").is_some(), "{path}");
        let none = client.get(path, &[("accept-encoding", "gzip;q=0, br;q=0, *;q=0, identity")]);
        assert_eq!((none.header("content-encoding"), &none.body), (None, &plain.body), "{path}");
    }
}

#[test]
fn no_file_takes_another_method_and_what_is_missing_says_so() {
    let (_demo, mut client) = demo();
    for path in ["/", "/events", "/assets/site.css"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let refused = client.ask(method, path, &[]);
            assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method} {path}");
        }
    }
    for path in ["/nowhere", "/assets/none.css", "/events.html", "/_headers", "/_redirects"] {
        assert_eq!(client.get(path, &[]).status, 404, "{path}");
    }
    for (path, code) in [
        ("/a//b", "PATH_DUPLICATE_SLASH"),
        ("/a/../b", "PATH_DOT_SEGMENT"),
        ("/%2e%2e/b", "PATH_DOT_SEGMENT"),
        ("/a%2fb", "PATH_ENCODED_SEPARATOR"),
        ("/%252e%252e", "PATH_DOUBLE_DECODE_TRAVERSAL"),
        ("/%zz", "PATH_INVALID_PERCENT_ENCODING"),
        ("/%00", "PATH_CONTROL_CHARACTER"),
        ("/_cas/x", "PATH_INTERNAL_NAMESPACE"),
    ] {
        let refused = client.get(path, &[]);
        assert_eq!((refused.status, refused.code().as_str()), (400, code), "{path}");
    }
}
