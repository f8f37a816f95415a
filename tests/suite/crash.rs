//! The machine may stop at any moment of an apply: what comes back is the old release or the new one, whole.

use crate::support::node::{Node, portico};
use crate::support::spec::{files, says, to_function};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

const APPLIES_MIN: u32 = 200;
const KILLS_MIN: u32 = 60;

const PATHS: [&str; 6] = ["/", "/a.txt", "/b/c.css", "/d.json", "/e.html", "/f"];

/// Release number `n`: five files and a function that all say so.
fn release(n: u32) -> Value {
    let said = n.to_string();
    json!({
        "project": "site",
        "site": files(&["index.html", "a.txt", "b/c.css", "d.json", "e.html"].map(|path| (path, said.as_str()))),
        "functions": { "replace": { "f": says(&said) } },
        "routes": { "replace": [to_function("/f", "f")] },
    })
}

/// Applies a release; whether the node said that it is live. Any failure is the node's end.
fn apply(api: SocketAddr, token: &str, n: u32) -> bool {
    let body = json!({ "spec": release(n) }).to_string();
    let call = format!(
        "POST /apply/v1/apply HTTP/1.1\r\nhost: {api}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = Vec::new();
    let sent = TcpStream::connect(api).and_then(|mut stream| {
        stream.write_all(call.as_bytes())?;
        stream.read_to_end(&mut answer)
    });
    let answer = String::from_utf8_lossy(&answer);
    // The head alone is enough: it is only sent when the release is live.
    let live = answer.starts_with("HTTP/1.1 200 ");
    assert!(live || sent.is_err() || answer.is_empty() || "HTTP/1.1 200 ".starts_with(&*answer), "refused: {answer}");
    live
}

/// The number that all of the site says.
fn served(node: &Node) -> u32 {
    let said = PATHS.map(|path| {
        let got = node.get(path);
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        got.text()
    });
    assert!(said.iter().all(|text| *text == said[0]), "the release is a mixture: {said:?}");
    said[0].parse().unwrap()
}

/// Kills the node while it starts, where it cleans up after the kill before.
fn killed_at_start(node: &Node, random: &mut fastrand::Rng) {
    let mut child = portico()
        .args(["serve", "--config"])
        .arg(node.path().join("portico.toml"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(random.u64(0..60)));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_kill_at_any_moment_of_an_apply_leaves_one_whole_release() {
    let mut node = Node::start();
    node.site(release(0));
    let token = fs::read_to_string(node.state().join("api-token")).unwrap();
    let token = token.trim();
    // Where a kill hits is random; what is killed is not, and every round says which it was.
    let mut random = fastrand::Rng::new();
    let (mut next, mut live, mut kills, mut unanswered) = (1, 0, 0, 0);
    while next <= APPLIES_MIN || kills < KILLS_MIN {
        let api = node.api;
        let delay = Duration::from_micros(random.u64(0..200_000));
        let (tried, acknowledged) = thread::scope(|scope| {
            let applying = scope.spawn(|| {
                let (mut n, mut acknowledged) = (next, live);
                while apply(api, token, n) {
                    acknowledged = n;
                    n += 1;
                }
                (n, acknowledged)
            });
            thread::sleep(delay);
            node.kill();
            applying.join().unwrap()
        });
        kills += 1;
        if random.u8(..4) == 0 {
            killed_at_start(&node, &mut random);
        }
        node.run();
        live = served(&node);
        // What was said to be live is; what was not answered may be.
        assert!(
            live == acknowledged || live == tried,
            "kill {kills} after {delay:?}: {live} is live, {acknowledged} was acknowledged, {tried} tried"
        );
        unanswered += u32::from(live == tried);
        next = tried + 1;
    }
    // Kills leave nothing lying about, and the node is as good as new.
    assert_eq!(fs::read_dir(node.state().join("tmp")).unwrap().count(), 0);
    assert!(apply(node.api, token, next));
    assert_eq!(served(&node), next);
    eprintln!("{next} applies, {kills} kills, {unanswered} of them between the swap and the answer");
}
