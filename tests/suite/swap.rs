//! Releases replace each other under load: no request fails, none gets a mixture.

use crate::support::functions::{add_file, add_proxy, functions};
use crate::support::http::Connection;
use crate::support::node::Node;
use crate::support::upstream::Upstream;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long the load lasts; `PORTICO_SWAP_SECONDS` makes it longer.
const SECONDS: u64 = 8;

/// Repeats of a release's mark in its static file: some 300 KB, which no single write sends whole.
const REPEATS: usize = 50_000;

/// A release whose every answer says `mark`.
fn release(mark: &str) -> Value {
    let source = format!("export default () => new Response('{mark};'.repeat(5000))");
    let mut spec = functions(&[("f", &source)]);
    add_file(&mut spec, "index.html", &format!("{mark};").repeat(REPEATS));
    add_file(&mut spec, "small.txt", &format!("{mark};"));
    add_proxy(&mut spec, "/up/*", "up");
    spec["project"] = "site".into();
    spec
}

/// The mark of an answer, when it is one release's and whole.
fn mark_of(body: &str, repeats: usize) -> Option<&'static str> {
    ["AAAAA", "BBBBB"].into_iter().find(|mark| body == format!("{mark};").repeat(repeats))
}

#[test]
fn no_request_fails_or_is_torn_while_releases_change() {
    let seconds = std::env::var("PORTICO_SWAP_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let upstream = Upstream::saying("upstream");
    let node = Node::with(&upstream.table("up", ""));
    node.site(release("AAAAA"));
    let (stop, answered, applied) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let seen = [AtomicUsize::new(0), AtomicUsize::new(0)];
    std::thread::scope(|scope| {
        // Whatever happens in a thread, the others must end, or a failure would be a hang.
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        for client in 0..4 {
            let (node, stop, answered, seen) = (&node, &stop, &answered, &seen);
            scope.spawn(move || {
                let _end = End(stop);
                let mut connection = Connection::open(node.edge);
                let paths = [("/", REPEATS), ("/f", 5000), ("/small.txt", 1), ("/up/x", 0)];
                for number in client.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    // New connections as well as kept ones.
                    if number % 7 == 0 {
                        connection = Connection::open(node.edge);
                    }
                    let (path, repeats) = paths[number % paths.len()];
                    let answer = connection.request("GET", "site.test", path, &[], b"");
                    let answer = answer.unwrap_or_else(|| panic!("{path}: the connection ended without an answer"));
                    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                    if repeats == 0 {
                        assert_eq!(answer.text(), "upstream");
                    } else {
                        let text = answer.text();
                        let mark = mark_of(&text, repeats);
                        let mark = mark
                            .unwrap_or_else(|| panic!("{path}: a torn answer of {} bytes: {:.60}", text.len(), text));
                        seen[usize::from(mark == "BBBBB")].fetch_add(1, Ordering::SeqCst);
                    }
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let _end = End(&stop);
        let begun = Instant::now();
        let releases = [release("AAAAA"), release("BBBBB")];
        while begun.elapsed() < Duration::from_secs(seconds) && !stop.load(Ordering::SeqCst) {
            let number = applied.fetch_add(1, Ordering::SeqCst) + 1;
            node.apply(&releases[number % 2]);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let (answered, applied) = (answered.into_inner(), applied.into_inner());
    eprintln!("{answered} requests, {applied} releases");
    assert!(answered > 100 && applied > 5, "too little happened: {answered} requests, {applied} releases");
    let [a, b] = seen.map(AtomicUsize::into_inner);
    assert!(a > 0 && b > 0, "only one release was ever seen: {a} and {b}");
}

#[test]
fn a_request_ends_with_the_release_it_began_with() {
    let node = Node::start();
    let release = |mark: &str| {
        let source = format!(
            r#"export default async (req) => {{
                if (req.url.endsWith("?slow")) {{
                    console.log("began {mark}");
                    await new Promise((done) => setTimeout(done, 1500));
                }}
                return new Response("{mark} " + req.headers.get("x-run402-release-id"));
            }};"#
        );
        let mut spec = functions(&[("f", &source)]);
        add_file(&mut spec, "index.html", mark);
        spec["project"] = "site".into();
        spec
    };
    let old = node.site(release("old"))["release_id"].as_str().unwrap().to_owned();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| node.get("/f?slow"));
        node.wait_for_log("began old");
        let new = node.apply(&release("new"))["release_id"].as_str().unwrap().to_owned();
        assert_ne!(old, new);
        // From the moment the apply has returned, nobody gets the old release any more, except who had begun.
        assert_eq!(node.get("/").text(), "new");
        assert_eq!(node.get("/f").text(), format!("new {new}"));
        assert!(!slow.is_finished(), "the slow request ended before the swap; it shows nothing");
        assert_eq!(slow.join().unwrap().text(), format!("old {old}"));
    });
    assert!(node.get("/f").text().starts_with("new "));
}

#[test]
fn a_download_that_has_begun_gets_the_bytes_it_began_with() {
    const REPEATS: usize = 4_000_000;
    let node = Node::start();
    let release = |mark: &str| {
        let mut spec = functions(&[("f", "export default () => new Response('x')")]);
        // Above what is kept in memory: it is read from disk while it is sent.
        add_file(&mut spec, "large.txt", &mark.repeat(REPEATS));
        spec["project"] = "site".into();
        spec
    };
    node.site(release("old;"));
    let mut connection = Connection::open(node.edge);
    connection.write(b"GET /large.txt HTTP/1.1\r\nhost: site.test\r\n\r\n").unwrap();
    let (status, _) = connection.read_head().unwrap().unwrap();
    assert_eq!(status, 200);
    node.apply(&release("new;"));
    let body = connection.read_raw(4 * REPEATS).unwrap();
    assert!(body == "old;".repeat(REPEATS).into_bytes());
    assert!(node.get("/large.txt").body == "new;".repeat(REPEATS).into_bytes());
}
