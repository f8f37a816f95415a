use super::super::testing::*;
use super::super::{Refusal, Verifier, VerifierSettings};
use crate::auth::document::Issuer;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// A server of key sets that counts who asks.
struct Server {
    address: String,
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<String>>,
    /// An answer needs a permit.
    gate: Arc<Semaphore>,
}

impl Server {
    async fn start(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            answer: Arc::new(Mutex::new(ok(&json!({ "keys": keys }).to_string()))),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        let (asked, answer, gate) = (Arc::clone(&server.asked), Arc::clone(&server.answer), Arc::clone(&server.gate));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (asked, answer, gate) = (Arc::clone(&asked), Arc::clone(&answer), Arc::clone(&gate));
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await.unwrap());
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                    gate.acquire().await.unwrap().forget();
                    let answer = answer.lock().unwrap().clone();
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        server
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn answers(&self, answer: impl Into<String>) {
        *self.answer.lock().unwrap() = answer.into();
    }

    fn has(&self, keys: &[Value]) {
        self.answers(ok(&json!({ "keys": keys }).to_string()));
    }

    fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn of_source(jwks: &str) -> VerifierSettings {
    settings(vec![Issuer { issuer: ISSUER.to_owned(), jwks: Some(jwks.to_owned()), ..Issuer::default() }])
}

fn good(signer: &Signer) -> String {
    signer.token(&theirs(json!({})))
}

/// A key whose name nobody has.
fn unknown(id: usize) -> String {
    ES256.with_header(&json!({ "alg": "ES256", "kid": format!("unknown-{id}") }), &theirs(json!({})))
}

async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not come");
}

#[tokio::test]
async fn keys_are_fetched_once_for_all_who_wait() {
    let server = Server::start(&[ES256.jwk()]).await;
    server.close();
    let verifier = Verifier::new(of_source(&server.address)).unwrap();
    let token = good(&ES256);
    assert_eq!(verifier.verify_now(&token), None, "the keys are not there yet");
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let (verifier, token) = (Arc::clone(&verifier), token.clone());
            tokio::spawn(async move { verifier.verify(&token).await })
        })
        .collect();
    until("the question", async || server.asked() == 1).await;
    server.gate.add_permits(1);
    for one in waiting {
        assert!(one.await.unwrap().is_ok());
    }
    assert!(verifier.verify_now(&token).unwrap().is_ok());
    assert_eq!(server.asked(), 1);
    assert_eq!(verifier.issuer_es256_keys()[0]["kid"], "es256");
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_end_the_fetch() {
    let server = Server::start(&[ES256.jwk()]).await;
    server.close();
    let verifier = Verifier::new(of_source(&server.address)).unwrap();
    let (other, token) = (Arc::clone(&verifier), good(&ES256));
    let waiting = tokio::spawn(async move { other.verify(&good(&ES256)).await });
    until("the question", async || server.asked() == 1).await;
    waiting.abort();
    server.gate.add_permits(1);
    until("the keys", async || verifier.verify_now(&token).is_some_and(|verdict| verdict.is_ok())).await;
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn unknown_keys_cost_one_fetch_in_an_interval() {
    let server = Server::start(&[ES256.jwk()]).await;
    let settings = of_source(&server.address);
    let clock = settings.clock.clone();
    let verifier = Verifier::new(settings).unwrap();
    assert!(verifier.verify(&good(&ES256)).await.is_ok());
    for id in 0..500 {
        assert_eq!(verifier.verify_now(&unknown(id)), Some(Err(Refusal::UnknownKey)), "without a look at the source");
        assert_eq!(verifier.verify(&unknown(id)).await, Err(Refusal::UnknownKey));
    }
    assert_eq!(server.asked(), 1, "it was asked a moment ago");
    // A new key is found as soon as the interval allows.
    server.has(&[ES256.jwk(), RS256.jwk()]);
    advance(&clock, 9);
    assert_eq!(verifier.verify(&good(&RS256)).await, Err(Refusal::UnknownKey));
    advance(&clock, 1);
    assert_eq!(verifier.verify_now(&good(&RS256)), None);
    assert!(verifier.verify(&good(&RS256)).await.is_ok());
    assert_eq!(server.asked(), 2);
    for id in 0..500 {
        assert_eq!(verifier.verify(&unknown(id)).await, Err(Refusal::UnknownKey));
    }
    assert_eq!(server.asked(), 2);
    // A wrong signature, another algorithm or a secret are no reason to ask.
    advance(&clock, 100);
    assert_eq!(verifier.verify(&good(&OTHER)).await, Err(Refusal::BadSignature));
    let header = json!({ "alg": "RS256", "kid": "es256" });
    assert_eq!(verifier.verify(&RS256.with_header(&header, &theirs(json!({})))).await, Err(Refusal::AlgorithmMismatch));
    let header = json!({ "alg": "HS256", "kid": "unknown" });
    assert_eq!(verifier.verify(&HS256.with_header(&header, &theirs(json!({})))).await, Err(Refusal::AlgorithmMismatch));
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_source_that_fails_keeps_its_keys_until_they_are_too_old() {
    let server = Server::start(&[ES256.jwk()]).await;
    let settings = VerifierSettings { stale_max: Duration::from_secs(1_000), ..of_source(&server.address) };
    let clock = settings.clock.clone();
    let verifier = Verifier::new(settings).unwrap();
    let token = good(&ES256);
    assert!(verifier.verify(&token).await.is_ok());
    let many: Vec<_> = (0..101).map(|id| json!({ "kty": "EC", "kid": id.to_string() })).collect();
    let mut private = RS256.jwk();
    private["d"] = "AAAA".into();
    let long = format!("{}{}", json!({ "keys": [RS256.jwk()] }), " ".repeat(600_000));
    let answers = [
        "HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 404 no\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 204 nothing\r\n\r\n".to_owned(),
        ok(""),
        ok("{}"),
        ok("[]"),
        ok("<html>"),
        ok(r#"{"keys":{}}"#),
        ok(r#"{"keys":[]}"#),
        ok(r#"{"keys":[1]}"#),
        ok(&json!({ "keys": [private] }).to_string()),
        ok(&json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "es256" }] }).to_string()),
        ok(&json!({ "keys": many }).to_string()),
        ok(&format!(r#"{{"keys":[],"keys":[{}]}}"#, RS256.jwk())),
        ok(&long),
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"keys\":".to_owned(),
        "HTTP/1.1 302 on\r\nlocation: http://issuer.example/keys\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 302 on\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n".to_owned(),
        format!("HTTP/1.1 302 on\r\nlocation: {}/again\r\ncontent-length: 0\r\n\r\n", server.address),
        "nonsense".to_owned(),
    ];
    let mut asked = server.asked();
    for answer in &answers {
        server.answers(answer.clone());
        advance(&clock, 10);
        assert_eq!(verifier.verify(&good(&RS256)).await, Err(Refusal::UnknownKey), "{answer:.80}");
        assert!(server.asked() > asked, "{answer:.80}");
        asked = server.asked();
        assert!(verifier.verify_now(&token).unwrap().is_ok(), "{answer:.80}");
    }
    advance(&clock, 1_000 - 10 * answers.len() as u64);
    assert!(verifier.verify_now(&token).unwrap().is_ok());
    assert_eq!(verifier.issuer_es256_keys().len(), 1);
    advance(&clock, 1);
    assert_eq!(verifier.verify_now(&token), None, "remembered, and its keys are too old");
    assert_eq!(verifier.verify(&token).await, Err(Refusal::KeysUnavailable));
    assert_eq!(verifier.verify_now(&token), Some(Err(Refusal::KeysUnavailable)), "it was asked a moment ago");
    assert!(verifier.issuer_es256_keys().is_empty());
    // Own tokens do not wait for anyone.
    assert!(verifier.verify_now(&HS256.token(&own(json!({})))).unwrap().is_ok());
    server.has(&[ES256.jwk()]);
    advance(&clock, 10);
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_source_that_never_answered_makes_no_verdict() {
    let server = Server::start(&[]).await;
    server.answers("HTTP/1.1 503 no\r\ncontent-length: 0\r\n\r\n");
    let settings = of_source(&server.address);
    let clock = settings.clock.clone();
    let verifier = Verifier::new(settings).unwrap();
    assert_eq!(verifier.verify(&good(&ES256)).await, Err(Refusal::KeysUnavailable));
    for id in 0..100 {
        assert_eq!(verifier.verify(&unknown(id)).await, Err(Refusal::KeysUnavailable));
    }
    assert_eq!(server.asked(), 1);
    server.has(&[ES256.jwk()]);
    advance(&clock, 10);
    assert!(verifier.verify(&good(&ES256)).await.is_ok());
}

#[tokio::test]
async fn verdicts_end_with_the_keys_they_rest_on() {
    let server = Server::start(&[ES256.jwk(), RS256.jwk()]).await;
    let settings = of_source(&server.address);
    let clock = settings.clock.clone();
    let verifier = Verifier::new(settings).unwrap();
    let (token, wrong) = (good(&ES256), good(&OTHER));
    assert!(verifier.verify(&token).await.is_ok());
    assert_eq!(verifier.verify(&wrong).await, Err(Refusal::BadSignature));
    // Another key of the same name: what was right is wrong, and the other way round.
    server.has(&[OTHER.jwk(), RS256.jwk()]);
    advance(&clock, 10);
    assert_eq!(verifier.verify(&unknown(0)).await, Err(Refusal::UnknownKey));
    assert_eq!(verifier.verify_now(&token), Some(Err(Refusal::BadSignature)));
    assert!(verifier.verify_now(&wrong).unwrap().is_ok());
    // A key that is gone.
    server.has(&[RS256.jwk()]);
    advance(&clock, 10);
    assert_eq!(verifier.verify(&unknown(0)).await, Err(Refusal::UnknownKey));
    assert_eq!(verifier.verify_now(&wrong), Some(Err(Refusal::UnknownKey)));
    assert!(verifier.verify_now(&good(&RS256)).unwrap().is_ok());
}

#[tokio::test]
async fn keys_are_read_again_in_the_background() {
    let server = Server::start(&[ES256.jwk()]).await;
    let quick = Duration::from_millis(20);
    let settings = VerifierSettings { refresh: quick, unknown_key_min: Duration::ZERO, ..of_source(&server.address) };
    let verifier = Verifier::new(settings).unwrap();
    let token = good(&ES256);
    assert!(verifier.verify(&token).await.is_ok());
    server.has(&[RS256.jwk()]);
    let next = good(&RS256);
    // A look without waiting reads nothing, so that what changes is changed by the background.
    until("the new keys", async || verifier.verify_now(&next).is_some_and(|verdict| verdict.is_ok())).await;
    assert_eq!(verifier.verify_now(&token), None, "its key is gone");
    let mut last = server.asked();
    until("another reading", async || server.asked() > last + 2).await;
    // With the verifier goes who reads for it.
    drop(verifier);
    for _ in 0..200 {
        tokio::time::sleep(quick * 3).await;
        let asked = server.asked();
        if asked == last {
            return;
        }
        last = asked;
    }
    panic!("it is still asked");
}

#[tokio::test]
async fn a_verifier_goes_on_with_what_the_one_before_it_has() {
    let server = Server::start(&[ES256.jwk()]).await;
    let first = Verifier::new(of_source(&server.address)).unwrap();
    assert!(first.verify(&good(&ES256)).await.is_ok());
    let second = Verifier::replacing(Some(&first), VerifierSettings { clock: stopped(), ..of_source(&server.address) });
    assert!(second.unwrap().verify_now(&good(&ES256)).unwrap().is_ok());
    assert_eq!(server.asked(), 1);
    // Another place is asked anew.
    let elsewhere = format!("{}/elsewhere", server.address);
    let third = Verifier::replacing(Some(&first), of_source(&elsewhere)).unwrap();
    assert_eq!(third.verify_now(&good(&ES256)), None);
    assert!(third.verify(&good(&ES256)).await.is_ok());
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_redirect_on_this_machine_is_followed() {
    let target = Server::start(&[ES256.jwk()]).await;
    let server = Server::start(&[]).await;
    server.answers(format!("HTTP/1.1 307 on\r\nlocation: {}/keys\r\ncontent-length: 0\r\n\r\n", target.address));
    let verifier = Verifier::new(of_source(&server.address)).unwrap();
    assert!(verifier.verify(&good(&ES256)).await.is_ok());
    assert_eq!((server.asked(), target.asked()), (1, 1));
}

#[tokio::test]
async fn unusable_keys_do_not_spoil_a_set() {
    let mut weak = json!({ "kty": "RSA", "kid": "weak", "e": "AQAB", "alg": "RS256" });
    weak["n"] = super::super::compact::encode(&[0xff; 128]).into();
    let encryption = {
        let mut jwk = RS256.jwk();
        jwk["use"] = "enc".into();
        jwk
    };
    let server = Server::start(&[json!(1), weak, encryption, json!({ "kty": "new" }), ES256.jwk()]).await;
    let verifier = Verifier::new(of_source(&server.address)).unwrap();
    assert!(verifier.verify(&good(&ES256)).await.is_ok());
    assert_eq!(verifier.verify(&good(&RS256)).await, Err(Refusal::UnknownKey));
}

#[tokio::test]
async fn a_file_is_read_again_when_it_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let settings = of_source(file.to_str().unwrap());
    let clock = settings.clock.clone();
    let verifier = Verifier::new(settings).unwrap();
    assert_eq!(verifier.verify(&good(&ES256)).await, Err(Refusal::KeysUnavailable), "there is none");
    let write = |keys: &[Value]| {
        // As an operator should: another file in its place.
        let new = folder.path().join("new");
        std::fs::write(&new, json!({ "keys": keys }).to_string()).unwrap();
        std::fs::rename(&new, &file).unwrap();
        advance(&clock, 10);
    };
    write(&[ES256.jwk()]);
    assert!(verifier.verify(&good(&ES256)).await.is_ok());
    write(&[RS256.jwk()]);
    assert!(verifier.verify(&good(&RS256)).await.is_ok());
    assert_eq!(verifier.verify_now(&good(&ES256)).unwrap(), Err(Refusal::UnknownKey));
    // Unchanged for longer than keys live: it was looked at, so they are not old.
    let lasting = RS256.token(&theirs(json!({ "exp": NOW + 1_000_000 })));
    for _ in 0..4 {
        advance(&clock, 50_000);
        assert_eq!(verifier.verify(&unknown(0)).await, Err(Refusal::UnknownKey));
    }
    assert!(verifier.verify_now(&lasting).unwrap().is_ok());
    std::fs::remove_file(&file).unwrap();
    advance(&clock, 86_401);
    assert_eq!(verifier.verify(&lasting).await, Err(Refusal::KeysUnavailable));
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let verifier = Verifier::new(of_source(folder.path().to_str().unwrap())).unwrap();
    assert_eq!(verifier.verify(&good(&ES256)).await, Err(Refusal::KeysUnavailable));
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let verifier = Verifier::new(of_source(pipe.to_str().unwrap())).unwrap();
    assert_eq!(verifier.verify(&good(&ES256)).await, Err(Refusal::KeysUnavailable));
}

#[test]
fn without_a_runtime_keys_are_read_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({ "keys": [ES256.jwk()] }).to_string()).unwrap();
    let verifier = Verifier::new(of_source(file.to_str().unwrap())).unwrap();
    assert_eq!(verifier.verify_now(&good(&ES256)), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(verifier.verify(&good(&ES256))).is_ok());
}
