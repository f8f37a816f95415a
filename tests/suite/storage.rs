//! What a node keeps on disk: it comes back after a restart, and what the disk has spoilt is never served.

use crate::support::http;
use crate::support::node::{Node, PATIENCE, free_address, portico};
use crate::support::spec::{files, mirror, says, sha256, to_function};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

fn blob(node: &Node, bytes: &[u8]) -> PathBuf {
    let name = sha256(bytes);
    let file = node.state().join("blobs").join(&name[..2]).join(&name);
    assert!(file.is_file(), "the blob is not at {}", file.display());
    file
}

/// What a disk may do to a file.
type Damage = fn(&PathBuf);

const DAMAGES: [(&str, Damage); 4] = [
    ("flipped", |file| {
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file, bytes).unwrap();
    }),
    ("truncated", |file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() - 1]).unwrap();
    }),
    ("longer", |file| {
        let mut bytes = fs::read(file).unwrap();
        bytes.push(b'x');
        fs::write(file, bytes).unwrap();
    }),
    ("deleted", |file| fs::remove_file(file).unwrap()),
];

fn assert_unavailable(node: &Node, path: &str, bytes: &[u8], damage: &str) {
    for method in ["GET", "HEAD"] {
        let refused = node.send(method, path, &[], b"");
        assert_eq!(refused.status, 503, "{method} {path} {damage}");
        assert_eq!(refused.header("retry-after"), Some("1"), "{damage}");
        assert!(
            refused.header("etag").is_none() && refused.header("cache-control") == Some("private, no-store"),
            "{damage}"
        );
    }
    let refused = node.get(path);
    assert_eq!(
        (refused.code().as_str(), &refused.json()["retryable"]),
        ("STORAGE_UNAVAILABLE", &json!(true)),
        "{damage}"
    );
    // The client learns nothing of the disk, the log everything.
    assert!(!refused.text().contains("blobs") && !refused.text().contains(&sha256(bytes)), "{}", refused.text());
    let digest = sha256(bytes);
    node.wait_for_log(&digest);
    let line = node.log().lines().find(|line| line.contains("ERROR") && line.contains(&digest)).map(str::to_owned);
    assert!(line.is_some_and(|line| line.contains("cannot be served")), "{damage}: no error names {digest}");
}

#[test]
fn a_spoilt_file_is_not_served_and_the_others_are() {
    let large = "0123456789abcdef".repeat(100_000);
    for (damage, spoil) in DAMAGES {
        let node = Node::start();
        let site =
            json!({ "site": files(&[("index.html", "good"), ("bad.txt", "bad bad bad"), ("large.bin", &large)]) });
        node.site(site.clone());
        // Not asked for yet, so neither is in memory.
        spoil(&blob(&node, b"bad bad bad"));
        spoil(&blob(&node, large.as_bytes()));
        assert_unavailable(&node, "/bad.txt", b"bad bad bad", damage);
        assert_unavailable(&node, "/large.bin", large.as_bytes(), damage);
        assert_eq!(node.get("/").text(), "good", "{damage}");
        // The diagnosis knows as well, where looking at the file's length is enough.
        if damage != "flipped" {
            let envelope: Value =
                serde_json::from_slice(&node.cli(&["resolve", "--url", "http://site.test/bad.txt"]).stdout).unwrap();
            let report = &envelope["resolution"];
            let expected = if damage == "deleted" { "missing_cas_object" } else { "size_mismatch" };
            assert_eq!((&report["result"], &report["authorization_result"]), (&json!(503), &json!(expected)));
        }
        // Applying the same content again mends it, though the release is live already.
        assert_eq!(node.site(site)["is_noop"], true, "{damage}");
        assert_eq!(node.get("/bad.txt").text(), "bad bad bad", "{damage}");
        assert!(node.get("/large.bin").body == large.as_bytes(), "{damage}");
    }
}

#[test]
fn a_file_in_memory_is_checked_again_after_a_restart() {
    let mut node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "good"), ("bad.txt", "bad bad bad")]) }));
    assert_eq!(node.get("/bad.txt").text(), "bad bad bad");
    DAMAGES[0].1(&blob(&node, b"bad bad bad"));
    node.kill();
    node.run();
    assert_unavailable(&node, "/bad.txt", b"bad bad bad", "flipped");
    assert_eq!(node.get("/").text(), "good");
}

/// A large file was hashed once; that it is another file now shows without hashing it for every request.
#[test]
fn a_large_file_is_checked_again_when_it_changes() {
    let node = Node::start();
    let large = "0123456789abcdef".repeat(100_000);
    node.site(json!({ "site": files(&[("large.bin", &large)]) }));
    assert!(node.get("/large.bin").body == large.as_bytes());
    let file = blob(&node, large.as_bytes());
    DAMAGES[0].1(&file);
    assert_unavailable(&node, "/large.bin", large.as_bytes(), "flipped");
    fs::write(&file, &large).unwrap();
    assert!(node.get("/large.bin").body == large.as_bytes());
}

#[test]
fn a_restart_brings_everything_back() {
    let mut node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "old")]) }));
    node.site(json!({
        "site": files(&[("index.html", "site")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function("/f", "f")] },
        "i18n": { "default_locale": "de", "locales": ["de"] },
        "subdomains": { "set": ["shop"] },
    }));
    node.apply(&json!({ "project": "other", "site": files(&[("index.html", "other")]) }));
    node.cli(&["hosts", "bind", "other.test", "--project", "other"]);
    let state = |node: &Node| {
        let known: Vec<_> = [
            vec!["releases", "--project", "site"],
            vec!["hosts", "list"],
            vec!["resolve", "--url", "http://site.test/"],
        ]
        .iter()
        .map(|command| String::from_utf8(node.cli(command).stdout).unwrap())
        .collect();
        let seen = node.get("/f").json();
        let hosts = ["site.test", "shop.localhost", "other.test"]
            .map(|host| http::request(node.edge, "GET", host, "/", &[], b"").text());
        (known, seen["headers"]["x-run402-release-id"].clone(), seen["headers"]["x-run402-locale"].clone(), hosts)
    };
    let before = state(&node);
    assert_eq!((&before.2, &before.3), (&json!("de"), &["site", "site", "other"].map(str::to_owned)));
    node.kill();
    node.run();
    assert_eq!(state(&node), before);
    node.signal("TERM");
    assert_eq!(node.wait(), Some(0));
    node.run();
    assert_eq!(state(&node), before);
}

/// A function's code is read when the node starts. One that is gone is its project's trouble alone.
#[test]
fn a_release_that_cannot_be_read_costs_its_own_project_only() {
    let mut node = Node::start();
    let code = "export default () => new Response('code of f');";
    let spec = json!({
        "site": files(&[("index.html", "page")]),
        "functions": { "replace": { "f": says("code of f") } },
        "routes": { "replace": [to_function("/f", "f")] },
    });
    node.site(spec.clone());
    node.apply(&json!({ "project": "other", "site": files(&[("index.html", "other")]) }));
    node.cli(&["hosts", "bind", "other.test", "--project", "other"]);
    let source = spec["functions"]["replace"]["f"]["source"]["data"].as_str().unwrap();
    assert!(source.contains("code of f"), "{code}");
    fs::remove_file(blob(&node, source.as_bytes())).unwrap();
    node.kill();
    node.run();
    let broken = node.get("/");
    assert_eq!((broken.status, broken.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
    assert!(
        node.log().lines().any(|line| line.contains("ERROR") && line.contains("project=\"site\"")),
        "no error names the project"
    );
    assert_eq!(http::request(node.edge, "GET", "other.test", "/", &[], b"").text(), "other");
    // Nothing can be carried forward from what cannot be read; a complete release mends it.
    assert_eq!(node.refused(&json!({ "project": "site", "i18n": null }))["code"], "STORAGE_UNAVAILABLE");
    let mut whole = spec;
    whole["base"] = json!({ "release": "empty" });
    node.site(whole);
    assert_eq!((node.get("/").text(), node.get("/f").text()), ("page".to_owned(), "code of f".to_owned()));
}

#[test]
fn a_spoilt_release_document_is_not_believed() {
    let mut node = Node::start();
    let applied = node.site(json!({ "site": files(&[("index.html", "page")]) }));
    let file =
        node.state().join("projects/site/releases").join(format!("{}.json", applied["release_id"].as_str().unwrap()));
    let text = fs::read_to_string(&file).unwrap();
    // Still JSON, and still a release: only its digest tells.
    fs::write(&file, text.replace("index.html", "other.html")).unwrap();
    node.kill();
    node.run();
    let refused = node.get("/");
    assert_eq!((refused.status, refused.code().as_str()), (503, "STORAGE_UNAVAILABLE"));
}

#[test]
fn a_state_folder_has_one_owner() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "page")]) }));
    let config = node.path().join("second.toml");
    let (edge, api) = (free_address(), free_address());
    fs::write(&config, format!("state_dir = {:?}\nlisten = [\"{edge}\"]\napi_listen = \"{api}\"\n", node.state()))
        .unwrap();
    let mut second = portico()
        .args(["serve", "--config"])
        .arg(&config)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while second.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            let _ = second.kill();
            panic!("a second process runs on the same state folder");
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let output = second.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("in use by another Portico process"), "{said}");
    assert_eq!(node.get("/").text(), "page");
}
