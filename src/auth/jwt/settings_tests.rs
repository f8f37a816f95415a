use super::*;
use crate::auth::jwt::Verifier;
use crate::auth::jwt::compact::encode;
use crate::auth::jwt::testing::*;
use serde_json::json;

#[test]
fn settings_are_refused_by_their_field() {
    let weak = OwnKey::Hs256 { kid: None, secret: Secret::new("x".repeat(31)) };
    let error = Verifier::new(VerifierSettings { own: vec![weak], ..settings(Vec::new()) }).unwrap_err();
    assert_eq!((error.code.as_str(), error.path()), ("INVALID_AUTH_SETTINGS", Some("jwt_secret")));
    let jwks = |text: &str| document::Issuer { keys: None, jwks: Some(text.into()), ..issuer(&[]) };
    let mut private = ES256.jwk();
    private["d"] = "AAAA".into();
    let secret = json!({ "kty": "oct", "k": encode(SECRET.as_bytes()), "alg": "HS256" });
    let good = issuer(&[ES256.jwk()]);
    for (issuers, path) in [
        (vec![document::Issuer { issuer: String::new(), ..good.clone() }], "issuers[0].issuer"),
        (vec![document::Issuer { issuer: "a\nb".into(), ..good.clone() }], "issuers[0].issuer"),
        (vec![good.clone(), good.clone()], "issuers[1].issuer"),
        (
            vec![document::Issuer { audience: vec!["a".into(), String::new()], ..good.clone() }],
            "issuers[0].audience[1]",
        ),
        (vec![document::Issuer { keys: None, ..good.clone() }], "issuers[0].jwks"),
        (vec![document::Issuer { jwks: Some("/keys".into()), ..good.clone() }], "issuers[0].jwks"),
        (vec![jwks("http://issuer.example/keys")], "issuers[0].jwks"),
        (vec![jwks("http://127.0.0.1.example/keys")], "issuers[0].jwks"),
        (vec![jwks("http://10.0.0.1/keys")], "issuers[0].jwks"),
        (vec![jwks("https://user:hunter2@issuer.example/keys")], "issuers[0].jwks"),
        (vec![jwks("file:///etc/keys")], "issuers[0].jwks"),
        (vec![jwks("keys.json")], "issuers[0].jwks"),
        (vec![jwks("")], "issuers[0].jwks"),
        (vec![issuer(&[])], "issuers[0].keys"),
        (vec![document::Issuer { keys: Some(json!([ES256.jwk()])), ..good.clone() }], "issuers[0].keys"),
        (vec![issuer(&[json!({ "kty": "EC", "crv": "secp256k1" })])], "issuers[0].keys"),
        (vec![issuer(&[ES256.jwk(), private])], "issuers[0].keys.keys[1]"),
        (vec![issuer(&[ES256.jwk(), secret])], "issuers[0].keys.keys[1]"),
        (vec![good.clone(); limits::ISSUERS_PER_PROJECT_MAX + 1], "issuers"),
    ] {
        let error = Verifier::new(settings(issuers)).unwrap_err();
        assert_eq!((error.code.as_str(), error.path()), ("INVALID_AUTH_SETTINGS", Some(path)), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    for text in [
        "https://issuer.example/keys",
        "http://127.0.0.1:8080/keys",
        "http://[::1]/keys",
        "http://localhost/keys",
        "/etc/keys.json",
    ] {
        assert!(Verifier::new(settings(vec![jwks(text)])).is_ok(), "{text}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let settings = settings(vec![issuer(&[ES256.jwk()])]);
    let shown = format!("{settings:?}");
    let verifier = Verifier::new(settings).unwrap();
    let token = HS256.token(&own(json!({})));
    assert!(verdict(&verifier, &token).is_ok());
    let shown = format!("{shown}{verifier:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!shown.contains(&token), "{shown}");
}
