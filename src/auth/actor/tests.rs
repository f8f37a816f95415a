use super::*;
use crate::auth::keys::signing::tests::MemoryStore;
use crate::auth::keys::signing::{Rotate, SigningKeys};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: u64 = 1_800_000_000;

const ABOUT: About<'_> =
    About { project: "prj", request_id: "req_0123456789abcdef", method: "GET", url: "https://example.test/a%20b?q=1" };

fn keys() -> Arc<SigningKeys> {
    SigningKeys::load_or_create(Arc::new(MemoryStore::default()), "prj", None).unwrap()
}

fn actor() -> Actor {
    Actor {
        id: "user_1".into(),
        email: "zoë@example.com".into(),
        is_test: false,
        email_verified: true,
        auth_time: 1_700_000_000,
        amr: vec!["pwd".into(), "passkey".into()],
        amr_times: [("pwd".into(), 1_700_000_000)].into(),
        authz_version: 3,
        session_id: "sess_1".into(),
    }
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn claims_of(envelope: &str) -> Value {
    json_of(envelope.split_once('.').unwrap().0)
}

/// Any JSON under the key of the envelope: what somebody could send who has the key and does not keep to the form.
fn signed(keys: &SigningKeys, claims: &Value) -> String {
    let json = serde_json::to_vec(claims).unwrap();
    let signature = keys.with_actor_key(|_, key| key.sign(&json)).unwrap();
    format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(json), BASE64_URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn an_envelope_has_the_fields_of_the_reference() {
    let keys = keys();
    let text = envelope(&keys, &actor(), &ABOUT, NOW).unwrap();
    let claims = claims_of(&text);
    let kid = keys.with_actor_key(|kid, _| kid.to_owned());
    let hash = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"/a%20b"));
    let expected = json!({
        "v": 1, "iss": "run402-gateway", "aud": "run402-functions-runtime", "kid": kid, "project_id": "prj",
        "request_id": "req_0123456789abcdef", "method": "GET", "host": "example.test", "path_hash": hash, "iat": NOW, "exp": NOW + 60,
        "actor": {
            "id": "user_1", "email": "zoë@example.com", "emailVerified": true, "authTime": 1_700_000_000, "amr": ["pwd", "passkey"],
            "amrTimes": { "pwd": 1_700_000_000 }, "authzVersion": 3,
        },
    });
    assert_eq!(claims, expected);
    assert_eq!(signed(&keys, &claims), text, "the MAC is over the bytes of the JSON");
    assert_eq!(
        claims_of(&envelope(&keys, &Actor { is_test: true, ..actor() }, &ABOUT, NOW).unwrap())["actor"]["isTest"],
        true
    );
}

#[test]
fn an_envelope_is_bound_to_the_url_as_the_whatwg_serialises_it() {
    let keys = keys();
    for (url, host, path) in [
        ("http://example.test", "example.test", "/"),
        ("http://EXAMPLE.test:80/A", "example.test", "/A"),
        ("https://example.test:443/", "example.test", "/"),
        ("http://example.test:443/", "example.test", "/"),
        ("https://example.test:80/", "example.test", "/"),
        ("https://example.test:8443/", "example.test:8443", "/"),
        ("http://127.0.0.1:8080/x?y#z", "127.0.0.1:8080", "/x"),
        ("http://[::1]:8080/", "[::1]:8080", "/"),
        ("http://[::80]/", "[::80]", "/"),
        ("https://bücher.test/straße", "xn--bcher-kva.test", "/stra%C3%9Fe"),
        ("https://example.test/a/../b/./c//d/", "example.test", "/b/c//d/"),
        ("https://example.test/%e4%41;p=1,2'\"<|>", "example.test", "/%e4%41;p=1,2'%22%3C|%3E"),
        ("https://example.test/a%2Fb%00", "example.test", "/a%2Fb%00"),
    ] {
        let claims = claims_of(&envelope(&keys, &actor(), &About { url, ..ABOUT }, NOW).unwrap());
        let hash = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, path.as_bytes()));
        assert_eq!((&claims["host"], &claims["path_hash"]), (&json!(host), &json!(hash)), "{url}");
    }
    assert!(envelope(&keys, &actor(), &About { url: "/relative", ..ABOUT }, NOW).is_err());
    let about = About { method: "patch", ..ABOUT };
    assert_eq!(claims_of(&envelope(&keys, &actor(), &about, NOW).unwrap())["method"], "PATCH");
}

#[test]
fn the_record_has_the_sessions_own_id() {
    let record: Value = serde_json::from_str(&actor().record().unwrap()).unwrap();
    assert_eq!(record["sessionId"], "sess_1");
    let mut of_envelope = claims_of(&envelope(&keys(), &actor(), &ABOUT, NOW).unwrap())["actor"].clone();
    of_envelope["sessionId"] = json!("sess_1");
    assert_eq!(record, of_envelope);
}

#[test]
fn a_token_says_who_for_a_minute() {
    let keys = keys();
    let text = token(&keys, &actor(), "prj", NOW).unwrap();
    let parts: Vec<&str> = text.split('.').collect();
    let header = json_of(parts[0]);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("JWT")));
    assert!(keys.project_jwt_keys(NOW)["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]));
    let expected = json!({
        "sub": "user_1", "role": "authenticated", "email": "zoë@example.com", "project_id": "prj", "iss": "agentdb",
        "amr": ["pwd", "passkey"], "auth_time": 1_700_000_000, "aal": "aal2", "session_id": "sess_1", "authz_version": 3,
        "iat": NOW, "exp": NOW + 60,
    });
    assert_eq!(json_of(parts[1]), expected);
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len(), 64, "R and S, not DER");
    let weaker = Actor { amr: vec!["pwd".into()], is_test: true, session_id: "other".into(), ..actor() };
    let claims = json_of(token(&keys, &weaker, "prj", NOW).unwrap().split('.').nth(1).unwrap());
    assert_eq!((&claims["aal"], &claims["is_test"]), (&json!("aal1"), &json!(true)));
}

#[test]
fn a_token_is_handed_out_again_only_for_the_same_actor_and_while_it_is_good() {
    let keys = keys();
    let first = token(&keys, &actor(), "prj", NOW).unwrap();
    let at = |now| token(&keys, &actor(), "prj", now).unwrap();
    let last = NOW + limits_left();
    assert_eq!(at(last), first);
    let second = at(last + 1);
    assert_ne!(second, first);
    assert_ne!(at(NOW), second, "the clock was set back");
    let changed: [fn(&mut Actor); 4] = [
        |actor| actor.id = "user_2".into(),
        |actor| actor.email = "other@example.com".into(),
        |actor| actor.authz_version += 1,
        |actor| actor.amr.clear(),
    ];
    for change in changed {
        let before = at(NOW);
        let mut other = actor();
        change(&mut other);
        let text = token(&keys, &other, "prj", NOW).unwrap();
        assert_ne!(text, before);
        assert_eq!(json_of(text.split('.').nth(1).unwrap())["sub"], *other.id);
    }
    let before = at(NOW);
    keys.rotate(Rotate::Es256, NOW).unwrap();
    assert_ne!(json_of(at(NOW).split('.').next().unwrap()), json_of(before.split('.').next().unwrap()), "another key");
}

const fn limits_left() -> u64 {
    crate::limits::ACTOR_SECONDS_MAX - crate::limits::ACTOR_TOKEN_LEFT_SECONDS_MIN
}

/// Envelopes for the library itself to judge: a good one, and one for each of its thirteen reasons to refuse, wrong in nothing else.
fn vectors(now: u64) -> Value {
    let keys = keys();
    let good = envelope(&keys, &actor(), &ABOUT, now).unwrap();
    let with = |field: &str, value: Value| {
        let mut claims = claims_of(&good);
        claims[field] = value;
        signed(&keys, &claims)
    };
    let (body, signature) = good.split_once('.').unwrap();
    let late = {
        let mut claims = claims_of(&good);
        claims["iat"] = json!(now - 61);
        claims["exp"] = json!(now - 1);
        signed(&keys, &claims)
    };
    let other = |about: About<'_>| envelope(&keys, &actor(), &about, now).unwrap();
    let broken = [
        ("malformed", good.replace('.', "")),
        ("malformed", format!("{body}=.{signature}")),
        ("malformed", with("kid", json!(1))),
        ("malformed", with("exp", json!("soon"))),
        ("version_mismatch", with("v", json!(2))),
        ("unknown_kid", with("kid", json!("actor-0000000000000000"))),
        ("bad_signature", good.replace(body, with("email", json!("eve@example.com")).split_once('.').unwrap().0)),
        ("bad_signature", with_stranger(&keys, &good)),
        ("bad_signature", good[..good.len() - 4].to_owned()),
        ("iss_mismatch", with("iss", json!("portico"))),
        ("aud_mismatch", with("aud", json!("run402-gateway"))),
        ("lifetime_too_long", with("exp", json!(now + 61))),
        ("expired", late),
        ("project_id_mismatch", other(About { project: "other", ..ABOUT })),
        ("request_id_mismatch", other(About { request_id: "req_fedcba9876543210", ..ABOUT })),
        ("method_mismatch", other(About { method: "POST", ..ABOUT })),
        ("host_mismatch", other(About { url: "https://evil.test/a%20b", ..ABOUT })),
        ("host_mismatch", other(About { url: "https://example.test:8443/a%20b", ..ABOUT })),
        ("path_mismatch", other(About { url: "https://example.test/a%20b/c", ..ABOUT })),
        ("path_mismatch", other(About { url: "https://example.test/a%2520b", ..ABOUT })),
    ];
    let broken: Vec<Value> =
        broken.into_iter().map(|(reason, text)| json!({ "reason": reason, "envelope": text })).collect();
    json!({
        "now": now,
        "about": { "project": ABOUT.project, "request_id": ABOUT.request_id, "method": ABOUT.method, "url": ABOUT.url },
        "keys": keys.actor_context_keys(now)["keys"],
        "good": good,
        "broken": broken,
    })
}

/// `tests/actor/run.mjs` hands what this writes to the library; without a file to write, only that it can be made is tested.
#[test]
fn vectors_for_the_library() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let vectors = vectors(now);
    let reasons: std::collections::BTreeSet<&str> =
        vectors["broken"].as_array().unwrap().iter().map(|broken| broken["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), 13);
    if let Some(path) = std::env::var_os("PORTICO_ACTOR_VECTORS") {
        std::fs::write(path, vectors.to_string()).unwrap();
    }
}

/// The same claims, also the name of the key, under a key of somebody else's.
fn with_stranger(keys: &SigningKeys, good: &str) -> String {
    let stranger = self::keys();
    assert_ne!(keys.actor_context_keys(NOW), stranger.actor_context_keys(NOW));
    signed(&stranger, &claims_of(good))
}
