//! Issuers whose keys are on a server: asked as rarely as promised, believed only when it is them, and not missed when they are away.

use crate::support::auth::{PROJECT, for_users};
use crate::support::http::Response;
use crate::support::node::{Node, PATIENCE};
use crate::support::tokens::{Es256, now};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const ISSUER: &str = "https://issuer.test/";

/// A server of key sets that counts who asks.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<(u16, Value)>>,
}

impl Server {
    fn start(keys: &[Value]) -> Self {
        Self::with(keys, None)
    }

    fn with(keys: &[Value], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}/jwks", listener.local_addr().unwrap().port());
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(Mutex::new((200, json!({ "keys": keys }))));
        let (counted, answered) = (Arc::clone(&asked), Arc::clone(&answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                match &tls {
                    None => serve(stream, &counted, &answered),
                    Some(tls) => {
                        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
                        serve(StreamOwned::new(connection, stream), &counted, &answered);
                    }
                }
            }
        });
        Self { url, asked, answer }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn answers(&self, status: u16, body: Value) {
        *self.answer.lock().unwrap() = (status, body);
    }

    /// Settings of a project whose users' tokens this server's keys verify.
    fn settings(&self) -> Value {
        json!({ "issuers": [{ "issuer": ISSUER, "jwks": self.url }] })
    }
}

fn serve(mut stream: impl Read + Write, asked: &AtomicUsize, answer: &Mutex<(u16, Value)>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            // Also who does not believe the certificate.
            _ => return,
        }
    }
    asked.fetch_add(1, Ordering::SeqCst);
    let (status, body) = answer.lock().unwrap().clone();
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).and_then(|()| stream.flush());
}

/// A certificate of its own authority for `localhost`, in `folder`: the file that an operator would let the machine trust.
fn certificate(folder: &Path) -> (String, Arc<ServerConfig>) {
    let request = "[req]\ndistinguished_name = name\nx509_extensions = server\nprompt = no\n[name]\nCN = localhost\n\
        [server]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = DNS:localhost\n";
    fs::write(folder.join("request"), request).unwrap();
    let openssl = |arguments: &str| {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    openssl(
        "req -x509 -config request -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out cert.pem",
    );
    openssl("x509 -in cert.pem -outform DER -out cert.der");
    openssl("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![read("cert.der").into()], read("key.der").try_into().unwrap())
        .unwrap();
    (folder.join("cert.pem").to_str().unwrap().to_owned(), Arc::new(config))
}

fn token(key: &Es256) -> String {
    key.sign(&json!({ "iss": ISSUER, "sub": "u1", "exp": now() + 600 }))
}

#[track_caller]
fn unavailable(response: &Response) {
    let told = (response.status, response.code());
    assert_eq!(told, (503, "ISSUER_KEYS_UNAVAILABLE".to_owned()), "{}", response.text());
    assert!(response.header("retry-after").is_some());
}

/// Asks until it is answered with `status`.
fn until(node: &Node, token: &str, status: u16) -> Response {
    let start = Instant::now();
    loop {
        let answer = node.get_as(token, "/gated");
        if answer.status == status {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{} {}", answer.status, answer.text());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_issuer_over_https_that_the_machine_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let (file, tls) = certificate(folder.path());
    let key = Es256::new("k1");
    let server = Server::with(&[key.jwk()], Some(tls));
    let node = Node::with_environment("", &[("SSL_CERT_FILE", file.as_str())]);
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    assert_eq!(node.get_as(&token(&key), "/gated").json()["user"], "u1");
    assert_eq!(server.asked(), 1);
    // The machine of another node does not trust it: a set of keys that anyone may have sent is none.
    let node = Node::start();
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    unavailable(&node.get_as(&token(&key), "/gated"));
    assert_eq!(server.asked(), 1, "the connection did not come about");
    assert_eq!(node.get_as(&node.token("u2"), "/gated").json()["user"], "u2", "own tokens need no issuer");
    assert!(node.log().contains("the issuer's keys cannot be read"));
}

#[test]
fn a_flood_of_unknown_keys_asks_the_issuer_once() {
    let key = Es256::new("k1");
    let server = Server::start(&[key.jwk()]);
    let node = Node::with("[auth]\njwks_unknown_key_seconds_min = 1000");
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    assert_eq!(node.get_as(&token(&key), "/gated").status, 200);
    for id in 0..200 {
        let answer = node.get_as(&token(&Es256::new(&format!("unknown-{id}"))), "/gated");
        assert_eq!((answer.status, answer.code().as_str()), (401, "R402_AUTH_REQUIRED"));
    }
    assert_eq!(server.asked(), 1);
    let metrics = node.metrics();
    for line in [
        r#"portico_token_verdicts_total{result="accepted",reason="none"} 1"#,
        r#"portico_token_verdicts_total{result="refused",reason="unknown_key"} 200"#,
        r#"portico_jwks_fetches_total{result="read"} 1"#,
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line}\n{metrics}");
    }
    assert!(metrics.contains(r#"portico_jwks_read_timestamp_seconds{project="site",issuer="https://issuer.test/"}"#));
    assert!(!metrics.contains("unknown-1"), "nobody who sends tokens makes series");
}

#[test]
fn a_new_key_counts_when_its_first_token_comes() {
    let (old, new) = (Es256::new("k1"), Es256::new("k2"));
    let server = Server::start(&[old.jwk()]);
    let node = Node::with("[auth]\njwks_unknown_key_seconds_min = 1");
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    assert_eq!(node.get_as(&token(&old), "/gated").status, 200);
    server.answers(200, json!({ "keys": [new.jwk()] }));
    until(&node, &token(&new), 200);
    // With its key the old token went, remembered or not.
    assert_eq!(node.get_as(&token(&old), "/gated").status, 401);
}

#[test]
fn an_issuer_that_is_away_is_not_missed_until_its_keys_are_too_old() {
    let key = Es256::new("k1");
    let server = Server::start(&[key.jwk()]);
    server.answers(500, json!({}));
    let node =
        Node::with("[auth]\njwks_unknown_key_seconds_min = 1\njwks_refresh_seconds = 1\njwks_stale_seconds_max = 3");
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    let token = token(&key);
    unavailable(&node.get_as(&token, "/gated"));
    server.answers(200, json!({ "keys": [key.jwk()] }));
    until(&node, &token, 200);
    let good = server.asked();
    server.answers(200, json!({ "keys": [] }));
    let start = Instant::now();
    while server.asked() == good {
        assert!(start.elapsed() < PATIENCE, "it is not asked again");
        thread::sleep(Duration::from_millis(20));
    }
    unavailable(&until(&node, &token, 503));
    server.answers(200, json!({ "keys": [key.jwk()] }));
    until(&node, &token, 200);
}

#[test]
fn an_issuers_key_that_is_revoked_here_is_gone_at_once() {
    let (kept, leaked) = (Es256::new("kept"), Es256::new("leaked"));
    let server = Server::start(&[kept.jwk(), leaked.jwk()]);
    let node = Node::start();
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    let (good, bad) = (token(&kept), token(&leaked));
    assert_eq!((node.get_as(&good, "/gated").status, node.get_as(&bad, "/gated").status), (200, 200));
    node.run_cli(&["auth", "revoke", "--kid", "leaked", "--project", PROJECT]);
    assert_eq!((node.get_as(&good, "/gated").status, node.get_as(&bad, "/gated").status), (200, 401));
    assert_eq!(node.get_as(&token(&leaked), "/gated").status, 401, "nor one it has not seen before");
    assert_eq!(server.asked(), 1, "the issuer need not know");
}

#[test]
fn other_settings_do_not_ask_a_known_issuer_again() {
    let key = Es256::new("k1");
    let server = Server::start(&[key.jwk()]);
    let node = Node::start();
    node.auth(PROJECT, &server.settings());
    node.site(for_users());
    assert_eq!(node.get_as(&token(&key), "/gated").status, 200);
    server.answers(500, json!({}));
    let mut settings = server.settings();
    settings["jwt_secret"] = "another-secret-of-at-least-32-bytes-in-all".into();
    node.auth(PROJECT, &settings);
    assert_eq!(node.get_as(&token(&key), "/gated").status, 200, "the issuer is away, and its keys are known");
    assert_eq!(server.asked(), 1);
    // What the settings ask of a token is asked at once.
    settings["issuers"][0]["audience"] = json!(["shop"]);
    node.auth(PROJECT, &settings);
    assert_eq!(node.get_as(&token(&key), "/gated").status, 401);
}
