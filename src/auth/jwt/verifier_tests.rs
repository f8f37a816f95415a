use super::*;
use crate::auth::document::{self, Secret};
use crate::auth::jwt::OwnKey;
use crate::auth::jwt::testing::*;
use serde_json::json;

// === What is accepted ===

#[test]
fn every_algorithm_verifies_its_own_keys() {
    for signer in every() {
        let claims = verdict(&verifier(), &signer.token(&theirs(json!({})))).unwrap();
        assert_eq!((claims.subject.as_deref(), Some(&*claims.key_id)), (Some("user-1"), signer.id));
        let mut nameless = signer.header();
        nameless.as_object_mut().unwrap().shift_remove("kid");
        assert!(verdict(&verifier(), &signer.with_header(&nameless, &theirs(json!({})))).is_ok(), "{nameless}");
    }
    let claims = verdict(&verifier(), &HS256.token(&own(json!({})))).unwrap();
    assert_eq!((claims.project_id.as_deref(), &*claims.key_id), (Some("shop"), ""));
}

#[test]
fn claims_say_what_the_token_says() {
    let token = ES256.token(&theirs(json!({
        "role": "authenticated", "email": "a@example.com", "project_id": "shop", "session_id": "s-1", "jti": "t-1",
        "is_test": true, "auth_time": NOW - 60, "amr": ["pwd", { "method": "otp", "timestamp": 1 }, 3], "nbf": NOW - 1,
        "more": { "deep": [1, null] },
    })));
    let claims = verdict(&verifier(), &token).unwrap();
    let expected = Claims {
        subject: Some("user-1".into()),
        role: Some("authenticated".into()),
        email: Some("a@example.com".into()),
        project_id: Some("shop".into()),
        session_id: Some("s-1".into()),
        issuer: Some(ISSUER.into()),
        token_id: Some("t-1".into()),
        is_test: true,
        auth_time: Some(NOW - 60),
        amr: vec!["pwd".into(), "otp".into()],
        issued_at: Some(NOW),
        not_before: Some(NOW - 1),
        expires_at: NOW + 3600,
        key_id: "es256".into(),
    };
    assert_eq!(*claims, expected);
}

#[test]
fn ed25519_has_two_names() {
    let header = json!({ "alg": "Ed25519", "kid": "eddsa" });
    assert_eq!(refusal(&EDDSA.with_header(&header, &theirs(json!({})))), None);
}

// === Issuers and projects ===

#[test]
fn own_tokens_name_their_project() {
    for changes in [
        json!({ "project_id": null }),
        json!({ "project_id": "other" }),
        json!({ "project_id": "Shop" }),
        json!({ "project_id": "" }),
    ] {
        assert_eq!(refusal(&HS256.token(&own(changes.clone()))), Some(Refusal::WrongProject), "{changes}");
    }
    assert_eq!(refusal(&HS256.token(&own(json!({ "project_id": ["shop"] })))), Some(Refusal::BadClaim));
    // A name that no issuer has makes it no other's.
    assert_eq!(refusal(&HS256.token(&own(json!({ "iss": "agentdb" })))), None);
    assert_eq!(refusal(&ES256.token(&own(json!({ "iss": "agentdb" })))), Some(Refusal::UnknownIssuer));
}

#[test]
fn a_secret_may_be_rotated() {
    let secret = |text: &str| OwnKey::Hs256 { kid: None, secret: Secret::new(text) };
    let previous = "the secret that was used until yesterday, say";
    let both = VerifierSettings { own: vec![secret(SECRET), secret(previous)], ..settings(Vec::new()) };
    let verifier = Verifier::new(both).unwrap();
    assert!(verdict(&verifier, &HS256.token(&own(json!({})))).is_ok());
    assert!(verdict(&verifier, &hmac_with(previous).token(&own(json!({})))).is_ok());
    let only = Verifier::replacing(Some(&verifier), settings(Vec::new())).unwrap();
    assert_eq!(verdict(&only, &hmac_with(previous).token(&own(json!({})))).err(), Some(Refusal::BadSignature));
}

#[test]
fn own_es256_keys_have_names() {
    let own_key = OwnKey::Es256 { kid: "es256".into(), point: ES256.public() };
    let verifier = Verifier::new(VerifierSettings { own: vec![own_key], ..settings(Vec::new()) }).unwrap();
    assert!(verdict(&verifier, &ES256.token(&own(json!({})))).is_ok());
    assert_eq!(verdict(&verifier, &OTHER.token(&own(json!({})))).err(), Some(Refusal::BadSignature));
    assert_eq!(verdict(&verifier, &HS256.token(&own(json!({})))).err(), Some(Refusal::AlgorithmMismatch));
    assert!(verifier.issuer_es256_keys().is_empty(), "they are not an issuer's");
}

#[test]
fn an_issuer_is_held_to_its_own_keys() {
    let second = document::Issuer { issuer: "https://second.example".into(), ..issuer(&[RS256.jwk()]) };
    let verifier = Verifier::new(settings(vec![issuer(&[ES256.jwk()]), second])).unwrap();
    assert!(verdict(&verifier, &ES256.token(&theirs(json!({})))).is_ok());
    assert!(verdict(&verifier, &RS256.token(&theirs(json!({ "iss": "https://second.example" })))).is_ok());
    for (signer, iss, expected) in [
        (&*RS256, ISSUER, Refusal::UnknownKey),
        (&*ES256, "https://second.example", Refusal::UnknownKey),
        (&*ES256, "https://issuer.example", Refusal::UnknownIssuer),
        (&*ES256, "https://issuer.example//", Refusal::UnknownIssuer),
        (&*ES256, "https://ISSUER.example/", Refusal::UnknownIssuer),
        (&*ES256, "", Refusal::UnknownIssuer),
    ] {
        let token = signer.token(&theirs(json!({ "iss": iss, "project_id": "shop" })));
        assert_eq!(verdict(&verifier, &token).err(), Some(expected), "{iss}");
    }
    // The project's own secret is not the issuer's.
    let token = HS256.token(&theirs(json!({ "project_id": "shop" })));
    assert_eq!(verdict(&verifier, &token).err(), Some(Refusal::AlgorithmMismatch));
    assert_eq!(verdict(&verifier, &ES256.token(&theirs(json!({ "iss": [ISSUER] })))).err(), Some(Refusal::BadClaim));
    assert_eq!(verdict(&verifier, &ES256.token(&theirs(json!({ "iss": null })))).err(), Some(Refusal::UnknownKey));
}

#[test]
fn an_audience_counts_where_one_is_named() {
    let picky = document::Issuer { audience: vec!["shop-web".into(), "shop-app".into()], ..issuer(&[ES256.jwk()]) };
    let picky = Verifier::new(settings(vec![picky])).unwrap();
    for (audience, refusal) in [
        (json!("shop-web"), None),
        (json!(["other", "shop-app"]), None),
        (json!("other"), Some(Refusal::WrongAudience)),
        (json!(["other"]), Some(Refusal::WrongAudience)),
        (json!([]), Some(Refusal::WrongAudience)),
        (json!(""), Some(Refusal::WrongAudience)),
        (json!("shop-web "), Some(Refusal::WrongAudience)),
        (json!("SHOP-WEB"), Some(Refusal::WrongAudience)),
        (json!(null), Some(Refusal::WrongAudience)),
        (json!(["shop-web", 1]), Some(Refusal::BadClaim)),
        (json!([["shop-web"]]), Some(Refusal::BadClaim)),
        (json!({ "shop-web": true }), Some(Refusal::BadClaim)),
    ] {
        assert_eq!(verdict(&picky, &ES256.token(&theirs(json!({ "aud": audience })))).err(), refusal, "{audience}");
    }
    assert_eq!(refusal(&ES256.token(&theirs(json!({ "aud": "anyone" })))), None);
}

#[test]
fn an_issuers_project_is_right_when_it_is_there() {
    let strict = document::Issuer { require_project_id: true, ..issuer(&[ES256.jwk()]) };
    let strict = Verifier::new(settings(vec![strict])).unwrap();
    let token = |changes: Value| ES256.token(&theirs(changes));
    assert_eq!(refusal(&token(json!({}))), None);
    assert_eq!(refusal(&token(json!({ "project_id": "other" }))), Some(Refusal::WrongProject));
    assert_eq!(verdict(&strict, &token(json!({}))).err(), Some(Refusal::WrongProject));
    assert_eq!(verdict(&strict, &token(json!({ "project_id": "other" }))).err(), Some(Refusal::WrongProject));
    assert_eq!(verdict(&strict, &token(json!({ "project_id": "shop" }))).err(), None);
    let null = theirs(json!({})).to_string().replace('}', r#","project_id":null}"#);
    assert_eq!(refusal(&ES256.of_text(&ES256.header().to_string(), &null)), Some(Refusal::BadClaim));
}
