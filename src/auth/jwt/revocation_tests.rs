use super::*;
use crate::auth::jwt::compact::{decode, encode};
use crate::auth::jwt::testing::*;
use crate::auth::jwt::{Verifier, VerifierSettings};
use serde_json::json;

#[test]
fn what_is_revoked_is_refused_at_once() {
    let verifier = verifier();
    let token = ES256.token(&theirs(json!({ "jti": "t-1", "iat": NOW - 10 })));
    let other = RS256.token(&theirs(json!({ "jti": "t-2", "sub": "user-2" })));
    let undated = RS256.token(&theirs(json!({ "iat": null })));
    let good = |token: &str| verifier.verify_now(token).unwrap().is_ok();
    type Revoke<'r> = &'r dyn Fn(&mut Revocations);
    let cases: [(&str, Revoke<'_>); 4] = [
        ("key", &|set| set.revoke_key("es256", None).unwrap()),
        ("token id", &|set| set.revoke_token_id("t-1", None).unwrap()),
        ("user", &|set| set.revoke_user("user-1", NOW - 10, None).unwrap()),
        ("token", &|set| set.revoke_token(&token, None).unwrap()),
    ];
    for (what, revoke) in cases {
        assert!(good(&token) && good(&other) && good(&undated), "{what}");
        let mut set = Revocations::default();
        revoke(&mut set);
        verifier.revoke(&set);
        assert_eq!(verifier.verify_now(&token).unwrap().err(), Some(Refusal::Revoked), "{what}");
        assert!(good(&other), "{what}");
        assert_eq!(good(&undated), what != "user", "{what}");
        // What is revoked stays so in a verifier that takes its place.
        let next = Verifier::replacing(
            Some(&verifier),
            VerifierSettings { revocations: set, ..settings(vec![issuer(&[ES256.jwk()])]) },
        );
        assert_eq!(next.unwrap().verify_now(&token).unwrap().err(), Some(Refusal::Revoked), "{what}");
        verifier.revoke(&Revocations::default());
    }
    let mut set = Revocations::default();
    set.revoke_user("user-1", NOW - 11, None).unwrap();
    verifier.revoke(&set);
    assert!(good(&token), "issued after that");
    set.revoke_key("es256", None).unwrap();
    verifier.revoke(&set);
    assert!(verifier.issuer_es256_keys().is_empty());
}

#[test]
fn another_signature_does_not_revive_a_revoked_token() {
    // ECDSA: whoever has (r, s) has (r, n - s).
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let token = ES256.token(&theirs(json!({})));
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = decode(signature).unwrap();
    let mut borrow = 0;
    for place in (0..32).rev() {
        let difference = i16::from(ORDER[place]) - i16::from(bytes[32 + place]) - borrow;
        borrow = i16::from(difference < 0);
        bytes[32 + place] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let twin = format!("{message}.{}", encode(&bytes));
    let verifier = verifier();
    assert_ne!(token, twin);
    assert!(verdict(&verifier, &twin).is_ok(), "the RFC asks for neither half");
    let mut set = Revocations::default();
    set.revoke_token(&token, None).unwrap();
    verifier.revoke(&set);
    assert_eq!(verdict(&verifier, &twin).err(), Some(Refusal::Revoked));
}

#[test]
fn nothing_that_is_revoked_makes_room() {
    let mut set = Revocations::default();
    for id in 0..limits::REVOCATIONS_PER_PROJECT_MAX {
        set.revoke_token_id(&id.to_string(), Some(NOW + 10)).unwrap();
    }
    assert_eq!(set.revoke_token_id("another", None).unwrap_err().code, Code::BadField);
    // What is there already always fits, and so does a key, which is the last resort.
    set.revoke_token_id("7", Some(NOW + 10)).unwrap();
    set.revoke_key("leaked", Some(NOW + 10)).unwrap();
    let all = limits::REVOCATIONS_PER_PROJECT_MAX + 1;
    assert_eq!(set.revoke_user("u", NOW, None).unwrap_err().code, Code::BadField);
    assert_eq!(set.len(), all);
    set.prune(NOW + 9);
    assert_eq!(set.len(), all);
    set.prune(NOW + 10);
    assert!(set.is_empty());
    set.revoke_key("k", None).unwrap();
    set.prune(u64::MAX);
    assert_eq!(set.len(), 1, "what has no end stays");
}

#[test]
fn the_longer_of_two_revocations_counts() {
    let mut set = Revocations::default();
    for (until, expected) in
        [(Some(10), Some(10)), (Some(5), Some(10)), (Some(20), Some(20)), (None, None), (Some(30), None)]
    {
        set.revoke_key("k", until).unwrap();
        assert_eq!(set.keys["k"], expected);
    }
    set.revoke_user("u", 100, Some(200)).unwrap();
    set.revoke_user("u", 50, Some(300)).unwrap();
    assert_eq!(set.users["u"], Cutoff { issued_until: 100, forget_at: Some(300) });
}

#[test]
fn revocations_are_kept_as_a_document() {
    let mut set = Revocations::default();
    set.revoke_token(&ES256.token(&theirs(json!({}))), Some(NOW)).unwrap();
    set.revoke_user("u", NOW, None).unwrap();
    set.revoke_key("k", None).unwrap();
    let text = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<Revocations>(&text).unwrap(), set);
    assert!(set.revoke_token("no token", None).is_err());
}
