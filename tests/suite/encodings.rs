//! Encoded forms of files: made when a release is, chosen by what a client accepts, each a representation of its own.

use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use crate::support::spec::{base64, content_digest, files, sha256};
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

/// A page that is worth compressing, and not the same for two seeds.
fn page(seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let line =
        |_| format!("<li class=\"item\">{} and {}</li>\n", random.u32(..), ["apples", "pears"][random.usize(..2)]);
    (0..200).map(line).collect()
}

pub fn decode(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    match coding {
        "br" => brotli::BrotliDecompress(&mut &*bytes, &mut decoded).unwrap(),
        "zstd" => decoded = zstd::decode_all(bytes).unwrap(),
        "gzip" => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut decoded).unwrap()),
        other => panic!("what is {other}?"),
    }
    decoded
}

fn accepting(connection: &mut Connection, path: &str, accept: &str) -> Response {
    connection.request("GET", "site.test", path, &[("accept-encoding", accept)], b"").unwrap()
}

/// Checks all that a client is told about an answer with this coding, `identity` for none, and that it is these bytes.
fn assert_form(response: &Response, coding: &str, bytes: &[u8]) {
    assert_eq!(response.status, 200, "{coding}");
    let encoded = coding != "identity";
    assert_eq!(response.header("content-encoding"), encoded.then_some(coding));
    let body = &response.body;
    assert_eq!(response.header("content-length"), Some(body.len().to_string().as_str()), "{coding}");
    assert!(
        if encoded { decode(coding, body) == bytes && body.len() < bytes.len() } else { body == bytes },
        "{coding}"
    );
    assert_eq!(response.header("etag"), Some(format!("\"sha256-{}\"", sha256(body)).as_str()), "{coding}");
    assert_eq!(response.header("content-digest"), Some(content_digest(body).as_str()), "{coding}");
    assert_eq!(response.header("x-run402-content-sha256"), Some(sha256(bytes).as_str()), "{coding}");
    assert_eq!(response.header("vary"), Some("accept-encoding"), "{coding}");
    assert_eq!(response.header("accept-ranges"), Some("bytes"), "{coding}");
}

/// The release documents of the project, as they are on disk, the live one by its pointer.
fn live_release(node: &Node) -> (PathBuf, Value) {
    let project = node.state().join("projects/site");
    let pointer: Value = serde_json::from_slice(&fs::read(project.join("live.json")).unwrap()).unwrap();
    let file = project.join("releases").join(format!("{}.json", pointer["release"].as_str().unwrap()));
    let release = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    (file, release)
}

fn encodings(node: &Node, path: &str) -> Value {
    live_release(node).1["site"]["files"][path]["encodings"].clone()
}

fn blob(node: &Node, form: &Value) -> PathBuf {
    let name = form["sha256"].as_str().unwrap();
    node.state().join("blobs").join(&name[..2]).join(name)
}

#[test]
fn each_coding_is_a_representation_of_its_own() {
    let node = Node::start();
    let page = page(1);
    node.site(json!({ "site": files(&[("index.html", &page)]) }));
    let mut connection = Connection::open(node.edge);
    let mut tags = Vec::new();
    for coding in CODINGS {
        let answer = accepting(&mut connection, "/", coding);
        assert_form(&answer, coding, page.as_bytes());
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let head = connection.request("HEAD", "site.test", "/", &[("accept-encoding", coding)], b"").unwrap();
        assert_eq!((head.body.len(), head.header("content-length")), (0, answer.header("content-length")));
        assert_eq!((head.header("etag"), head.header("vary")), (answer.header("etag"), Some("accept-encoding")));
        tags.push(answer.header("etag").unwrap().to_owned());
    }
    let plain = connection.request("GET", "site.test", "/", &[], b"").unwrap();
    assert_form(&plain, "identity", page.as_bytes());
    tags.push(plain.header("etag").unwrap().to_owned());
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "two forms have one tag");
}

#[test]
fn rfc9110_12_5_3_the_client_has_its_choice() {
    let node = Node::start();
    let page = page(2);
    node.site(json!({ "site": files(&[("index.html", &page)]) }));
    let mut connection = Connection::open(node.edge);
    let forms = CODINGS.map(|coding| (accepting(&mut connection, "/", coding).body.len(), coding));
    let shortest = forms.iter().min().unwrap().1;
    for (accept, coding) in [
        // What browsers send.
        ("gzip, deflate, br, zstd", shortest),
        ("gzip, deflate", "gzip"),
        ("*", shortest),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0.4, gzip;q=0.3, zstd;q=0.5", "zstd"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=0, zstd;q=0, *", "gzip"),
        ("gzip;q=0, *;q=0", "identity"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("identity;q=0, gzip", "gzip"),
        // Nothing of it is there: the file is sent as it is, rather than nothing.
        ("deflate", "identity"),
        ("identity;q=0", "identity"),
        ("*;q=0", "identity"),
        ("", "identity"),
        ("br;q=2, gzip;q=nonsense", "identity"),
        ("br;q=1.5, gzip", "gzip"),
    ] {
        assert_form(&accepting(&mut connection, "/", accept), coding, page.as_bytes());
    }
    let lines = [("accept-encoding", "deflate"), ("accept-encoding", "gzip")];
    assert_form(&connection.request("GET", "site.test", "/", &lines, b"").unwrap(), "gzip", page.as_bytes());
    let long = format!("gzip, {}", "x, ".repeat(10_000));
    assert_form(&accepting(&mut connection, "/", &long), "gzip", page.as_bytes());
}

#[test]
fn only_what_becomes_shorter_is_compressed() {
    let node = Node::start();
    let page = page(3);
    let mut random = fastrand::Rng::with_seed(4);
    let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(600).collect();
    let text = page.as_bytes();
    let listed = [
        ("photo.png", text),
        ("font.woff2", text),
        ("data.bin", text),
        ("short.txt", b"short"),
        ("noise.txt", noise.as_slice()),
    ];
    let entry = |bytes: &[u8]| json!({ "data": base64(bytes), "encoding": "base64" });
    let replace: serde_json::Map<_, _> =
        listed.iter().map(|(path, bytes)| ((*path).to_owned(), entry(bytes))).collect();
    node.site(json!({ "site": { "replace": replace } }));
    let mut connection = Connection::open(node.edge);
    for (path, bytes) in listed {
        let answer = accepting(&mut connection, &format!("/{path}"), "br, zstd, gzip");
        assert_eq!((answer.status, answer.header("content-encoding")), (200, None), "{path}");
        assert!(answer.body == bytes, "{path}");
        // There is one form: a cache need not tell clients apart.
        assert_eq!(answer.header("vary"), None, "{path}");
    }
    let types = [
        "a.css",
        "a.js",
        "a.mjs",
        "a.json",
        "a.svg",
        "a.xml",
        "a.wasm",
        "a.ttf",
        "a.webmanifest",
        "a.txt",
        "a.map",
        "a.ico",
    ];
    node.site(json!({ "site": files(&types.map(|path| (path, page.as_str()))) }));
    for path in types {
        assert_form(&accepting(&mut connection, &format!("/{path}"), "br"), "br", page.as_bytes());
    }
}

/// The tag of the form that is chosen decides, whatever the tags of the others are.
#[test]
fn preconditions_are_about_the_form_that_is_sent() {
    let node = Node::start();
    let page = page(5);
    node.site(json!({ "site": files(&[("index.html", &page)]) }));
    let mut connection = Connection::open(node.edge);
    let tags = ["br", "gzip", "identity"]
        .map(|coding| (coding, accepting(&mut connection, "/", coding).header("etag").unwrap().to_owned()));
    for (coding, _) in &tags {
        for (of, tag) in &tags {
            let same = coding == of;
            let known = [("accept-encoding", *coding), ("if-none-match", tag.as_str())];
            let answer = connection.request("GET", "site.test", "/", &known, b"").unwrap();
            assert_eq!(answer.status, if same { 304 } else { 200 }, "{coding}, but has {of}");
            assert_eq!(answer.header("vary"), Some("accept-encoding"));
            if same {
                assert_eq!((answer.header("etag"), answer.header("content-encoding")), (Some(tag.as_str()), None));
            }
            let wanted = [("accept-encoding", *coding), ("if-match", tag.as_str())];
            let answer = connection.request("GET", "site.test", "/", &wanted, b"").unwrap();
            assert_eq!(answer.status, if same { 200 } else { 412 }, "{coding}, but wants {of}");
            let part = [("accept-encoding", *coding), ("if-range", tag.as_str()), ("range", "bytes=0-9")];
            let answer = connection.request("GET", "site.test", "/", &part, b"").unwrap();
            assert_eq!(answer.status, if same { 206 } else { 200 }, "{coding}, but has a part of {of}");
        }
    }
}

#[test]
fn ranges_are_of_the_form_that_is_sent() {
    let node = Node::start();
    let page = page(6);
    node.site(json!({ "site": files(&[("index.html", &page)]) }));
    let mut connection = Connection::open(node.edge);
    for coding in CODINGS {
        let whole = accepting(&mut connection, "/", coding);
        let size = whole.body.len();
        let mut pieces = Vec::new();
        for range in [format!("bytes=0-{}", size / 2), format!("bytes={}-", size / 2 + 1)] {
            let fields = [("accept-encoding", coding), ("range", range.as_str())];
            let part = connection.request("GET", "site.test", "/", &fields, b"").unwrap();
            assert_eq!((part.status, part.header("content-encoding")), (206, Some(coding)), "{range}");
            assert!(part.header("content-range").unwrap().ends_with(&format!("/{size}")), "{range}");
            assert_eq!(part.header("repr-digest"), whole.header("content-digest"), "{range}");
            assert_eq!((part.header("etag"), part.header("vary")), (whole.header("etag"), Some("accept-encoding")));
            pieces.extend_from_slice(&part.body);
        }
        assert!(decode(coding, &pieces) == page.as_bytes(), "{coding}");
        // The length of this form is the bound, not that of the file.
        let beyond = format!("bytes={size}-");
        let fields = [("accept-encoding", coding), ("range", beyond.as_str())];
        let refused = connection.request("GET", "site.test", "/", &fields, b"").unwrap();
        assert_eq!((refused.status, refused.header("content-range")), (416, Some(format!("bytes */{size}").as_str())));
    }
}

#[test]
fn a_form_that_is_spoilt_or_lost_is_not_missed() {
    let node = Node::start();
    let page = page(7);
    let site = json!({ "site": files(&[("index.html", &page)]) });
    node.site(site.clone());
    let forms = encodings(&node, "index.html");
    let (br, gzip) = (blob(&node, &forms["br"]), blob(&node, &forms["gzip"]));
    let mut bytes = fs::read(&br).unwrap();
    bytes[20] ^= 1;
    fs::write(&br, bytes).unwrap();
    fs::remove_file(&gzip).unwrap();
    let mut connection = Connection::open(node.edge);
    for (coding, name) in [("br", "br"), ("gzip", "gzip")] {
        assert_form(&accepting(&mut connection, "/", coding), "identity", page.as_bytes());
        let digest = forms[name]["sha256"].as_str().unwrap();
        node.wait_for_log(digest);
        let log = node.log();
        assert!(log.lines().any(|line| line.contains("ERROR") && line.contains(digest)), "no error names {digest}");
    }
    assert_form(&accepting(&mut connection, "/", "zstd"), "zstd", page.as_bytes());
    // A part of the form that is not there would be a part of something else.
    let fields = [("accept-encoding", "br"), ("range", "bytes=0-3")];
    let part = connection.request("GET", "site.test", "/", &fields, b"").unwrap();
    assert_eq!(
        (part.status, part.header("content-encoding"), part.body.as_slice()),
        (206, None, &page.as_bytes()[..4])
    );
    // Applying the same content again mends the forms as well.
    assert_eq!(node.site(site)["is_noop"], true);
    for coding in CODINGS {
        assert_form(&accepting(&mut connection, "/", coding), coding, page.as_bytes());
    }
}

#[test]
fn a_release_from_before_there_were_forms_loads_and_gains_them() {
    let mut node = Node::with("[static]\nprecompress = false");
    let page = page(8);
    let site = json!({ "site": files(&[("index.html", &page), ("b.css", &page)]) });
    let before = node.site(site.clone());
    let mut connection = Connection::open(node.edge);
    let plain = accepting(&mut connection, "/", "br");
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, None));
    assert!(encodings(&node, "index.html").is_null(), "an empty field is in the document");

    let config = node.path().join("portico.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("precompress = false", "precompress = true")).unwrap();
    node.restart();
    let after = node.site(site.clone());
    assert_eq!((&after["is_noop"], &after["digest"]), (&json!(false), &before["digest"]));
    assert_ne!(after["release_id"], before["release_id"]);
    let mut connection = Connection::open(node.edge);
    assert_form(&accepting(&mut connection, "/", "br"), "br", page.as_bytes());
    assert_form(&accepting(&mut connection, "/b.css", "br"), "br", page.as_bytes());
    assert_eq!(node.site(site)["is_noop"], true);
    // It is still there after a restart, and the one from before can be gone back to.
    node.restart();
    let mut connection = Connection::open(node.edge);
    assert_form(&accepting(&mut connection, "/", "zstd"), "zstd", page.as_bytes());
}

#[test]
fn a_file_that_did_not_change_is_not_compressed_again() {
    let node = Node::start();
    let (one, two) = (page(9), page(10));
    node.site(json!({ "site": files(&[("one.html", &one)]) }));
    let forms = encodings(&node, "one.html");
    assert!(forms["br"].is_object() && forms["gzip"].is_object() && forms["zstd"].is_object(), "{forms}");
    // Carried forward, moved, and given once more.
    for spec in [
        json!({ "patch": { "put": { "two.html": { "data": two } } } }),
        files(&[("moved.html", &one), ("two.html", &two)]),
        files(&[("moved.html", &one), ("one.html", &one)]),
    ] {
        node.site(json!({ "site": spec }));
        let (_, release) = live_release(&node);
        for (path, file) in release["site"]["files"].as_object().unwrap() {
            assert!(file["encodings"]["br"].is_object(), "{path}");
            if path != "two.html" {
                assert_eq!(file["encodings"], forms, "{path}");
            }
        }
    }
    let log = node.log();
    let compressed: Vec<&str> = log.lines().filter(|line| line.contains("compressing files")).collect();
    assert_eq!(compressed.len(), 2, "{compressed:?}");
    assert!(compressed.iter().all(|line| line.contains("files=1")), "{compressed:?}");
}

/// Above the size that is kept in memory, a form is sent from disk as its file is.
#[test]
fn a_large_file_has_large_forms() {
    let node = Node::start();
    let mut random = fastrand::Rng::with_seed(12);
    let text: String = std::iter::repeat_with(|| format!("{:x}\n", random.u64(..))).take(200_000).collect();
    fs::write(node.path().join("large.txt"), &text).unwrap();
    node.site(json!({ "site": { "replace": { "large.txt": { "path": "large.txt" } } } }));
    let mut connection = Connection::open(node.edge);
    for coding in CODINGS {
        let answer = accepting(&mut connection, "/large.txt", coding);
        assert!(answer.body.len() > 1024 * 1024, "{coding}: the test is about a form of more than a MiB");
        assert_form(&answer, coding, text.as_bytes());
    }
    assert_form(&accepting(&mut connection, "/large.txt", "identity"), "identity", text.as_bytes());
}

/// A memory that holds nothing is slow, not wrong.
#[test]
fn a_cache_smaller_than_a_file_does_not_break() {
    let node = Node::with("[static]\nmemory_cache_bytes = 1000");
    let page = page(13);
    node.site(json!({ "site": files(&[("index.html", &page)]) }));
    let mut connection = Connection::open(node.edge);
    for coding in ["br", "identity", "br", "identity"] {
        assert_form(&accepting(&mut connection, "/", coding), coding, page.as_bytes());
    }
}

/// As people use it. Skipped where there is no curl.
#[test]
fn curl_decodes_what_it_gets() {
    let has_curl =
        Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if !has_curl {
        return;
    }
    let node = Node::start();
    let page = page(14);
    node.site(json!({ "site": files(&[("index.html", &page)]) }));
    let url = format!("http://{}/", node.edge);
    for args in [&["--compressed"][..], &["--compressed", "--http1.0"], &[]] {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--header", "host: site.test"])
            .args(args)
            .arg(&url)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout == page.as_bytes(), "{args:?}");
    }
}
