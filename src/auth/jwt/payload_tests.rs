//! Claims and time, seen through a verifier.

use crate::auth::jwt::testing::*;
use crate::auth::jwt::{Refusal, Verifier};
use crate::limits;
use serde_json::json;

#[test]
fn claims_that_decide_have_their_type() {
    for (name, value) in [
        ("exp", json!(null)),
        ("exp", json!("1800003600")),
        ("exp", json!(true)),
        ("exp", json!([NOW + 1])),
        ("exp", json!({ "at": 1 })),
        ("exp", json!(-1)),
        ("exp", json!(-1.5)),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!((NOW + 3600) * 1000)),
        ("iat", json!("now")),
        ("iat", json!(-1)),
        ("nbf", json!("now")),
        ("nbf", json!(1e30)),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("a\r\nx-run402-user-role: admin")),
        ("sub", json!("a\u{85}b")),
        ("sub", json!("u".repeat(256))),
        ("sub", json!(["user-1"])),
        ("jti", json!(7)),
        ("aud", json!(7)),
    ] {
        let token = ES256.token(&theirs(json!({ name: value })));
        assert_eq!(refusal(&token), Some(Refusal::BadClaim), "{name} {value}");
    }
    for (name, value) in [
        ("exp", json!(NOW as f64 + 1.5)),
        ("nbf", json!(NOW as f64 - 0.5)),
        ("iat", json!(0)),
        ("sub", json!("u".repeat(255))),
        ("role", json!(["a"])),
        ("email", json!(null)),
        ("amr", json!("pwd")),
        ("is_test", json!("yes")),
        ("auth_time", json!("yes")),
        ("session_id", json!(1)),
    ] {
        let token = ES256.token(&theirs(json!({ name: value })));
        let claims = verdict(&verifier(), &token).unwrap_or_else(|refusal| panic!("{name} {value}: {refusal}"));
        assert!(claims.role.is_none() && claims.amr.is_empty() && !claims.is_test && claims.session_id.is_none());
    }
    let endless = theirs(json!({ "exp": null }));
    assert!(endless.get("exp").is_none());
    assert_eq!(refusal(&ES256.token(&endless)), Some(Refusal::BadClaim));
}

#[test]
fn time_is_looked_at_each_time() {
    let settings = settings(vec![issuer(&[ES256.jwk()])]);
    let (clock, leeway) = (settings.clock.clone(), settings.leeway.as_secs());
    let verifier = Verifier::new(settings).unwrap();
    let token = ES256.token(&theirs(json!({ "iat": NOW + 100, "nbf": NOW + 200, "exp": NOW + 300 })));
    let mut at = 0;
    for (second, refusal) in [
        (100 - leeway - 1, Some(Refusal::NotYetValid)),
        (200 - leeway - 1, Some(Refusal::NotYetValid)),
        (200 - leeway, None),
        (299, None),
        (300, Some(Refusal::Expired)),
        (1_000_000, Some(Refusal::Expired)),
    ] {
        advance(&clock, second - at);
        at = second;
        assert_eq!(verdict(&verifier, &token).err(), refusal, "second {second}");
    }
}

#[test]
fn a_token_from_the_future_is_refused() {
    let leeway = limits::AUTH_LEEWAY_SECONDS_DEFAULT;
    let from = |iat: u64| refusal(&ES256.token(&theirs(json!({ "iat": iat }))));
    assert_eq!(from(NOW + leeway), None);
    assert_eq!(from(NOW + leeway + 1), Some(Refusal::IssuedInFuture));
    let last = limits::TOKEN_DATE_SECONDS_MAX;
    assert_eq!(refusal(&ES256.token(&theirs(json!({ "exp": last })))), None);
    assert_eq!(refusal(&ES256.token(&theirs(json!({ "exp": last + 1 })))), Some(Refusal::BadClaim));
}
