//! Keys, algorithms and signatures, seen through a verifier.

use crate::auth::document::Secret;
use crate::auth::jwt::compact::{decode, encode};
use crate::auth::jwt::testing::*;
use crate::auth::jwt::{OwnKey, Refusal, Verifier, VerifierSettings};
use crate::limits;
use serde_json::{Value, json};

#[test]
fn no_signature_is_none_however_it_is_written() {
    for name in [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "hs256",
        "es256",
        "ES256 ",
        "HS384",
        "HS512",
        "RS384",
        "RS512",
        "PS384",
        "PS512",
        "ES512",
        "ES256K",
        "Ed448",
        "RSA-OAEP",
        "dir",
        "HS256,none",
    ] {
        let header = json!({ "alg": name, "typ": "JWT" }).to_string();
        let message = format!("{}.{}", encode(header.as_bytes()), encode(own(json!({})).to_string().as_bytes()));
        for token in
            [format!("{message}."), format!("{message}.AAAA"), HS256.of_text(&header, &own(json!({})).to_string())]
        {
            assert_eq!(refusal(&token), Some(Refusal::UnsupportedAlgorithm), "{name}");
        }
    }
    let right = HS256.token(&own(json!({})));
    let (message, _) = right.rsplit_once('.').unwrap();
    assert_eq!(refusal(&format!("{message}.")), Some(Refusal::BadSignature));
}

#[test]
fn a_public_key_is_no_secret() {
    // The classic: HS256 with the public half of the issuer's key, in each form someone may have taken it for a secret.
    for signer in every() {
        let jwk = signer.jwk();
        let forms = [
            jwk.to_string().into_bytes(),
            signer.public(),
            jwk["x"].as_str().unwrap_or_default().into(),
            jwk["n"].as_str().unwrap_or_default().into(),
        ];
        for form in forms {
            let secret: &'static str = Box::leak(String::from_utf8_lossy(&form).into_owned().into_boxed_str());
            for id in [signer.id, None] {
                let mut header = json!({ "alg": "HS256" });
                if let Some(id) = id {
                    header["kid"] = id.into();
                }
                let token = hmac_with(secret).with_header(&header, &theirs(json!({})));
                assert_eq!(refusal(&token), Some(Refusal::AlgorithmMismatch));
                // Nor as a token of the project's own.
                assert!(verdict(&verifier(), &hmac_with(secret).with_header(&header, &own(json!({})))).is_err());
            }
        }
    }
}

#[test]
fn the_key_decides_the_algorithm() {
    for signer in every() {
        for other in every().into_iter().filter(|other| other.algorithm != signer.algorithm) {
            let header = json!({ "alg": other.algorithm, "kid": signer.id });
            let token = signer.with_header(&header, &theirs(json!({})));
            assert_eq!(refusal(&token), Some(Refusal::AlgorithmMismatch), "{header}");
        }
    }
    // One RSA key for both paddings, but its JWK says which.
    for (said, refused) in [("RS256", "PS256"), ("PS256", "RS256")] {
        let mut jwk = RS256.jwk();
        jwk["alg"] = said.into();
        let verifier = Verifier::new(settings(vec![issuer(&[jwk])])).unwrap();
        let token = RS256.with_header(&json!({ "alg": refused, "kid": "rs256" }), &theirs(json!({})));
        assert_eq!(verdict(&verifier, &token).err(), Some(Refusal::AlgorithmMismatch));
    }
    // Without alg, RSA is RS256 and the others are what their curve says.
    for signer in every() {
        let mut jwk = signer.jwk();
        jwk.as_object_mut().unwrap().shift_remove("alg");
        let verifier = Verifier::new(settings(vec![issuer(&[jwk])])).unwrap();
        let expected = (signer.algorithm == "PS256").then_some(Refusal::AlgorithmMismatch);
        assert_eq!(verdict(&verifier, &signer.token(&theirs(json!({})))).err(), expected, "{}", signer.algorithm);
    }
}

#[test]
fn a_key_in_the_token_is_not_looked_at() {
    let mut header = OTHER.header();
    header["jwk"] = OTHER.jwk();
    header["jku"] = "http://127.0.0.1:1/keys".into();
    header["x5u"] = "http://127.0.0.1:1/chain".into();
    header["x5c"] = json!(["MIIB"]);
    assert_eq!(refusal(&OTHER.with_header(&header, &theirs(json!({})))), Some(Refusal::BadSignature));
    assert_eq!(refusal(&ES256.with_header(&header, &theirs(json!({})))), None, "what is not looked at does not matter");
}

#[test]
fn key_names_are_only_names() {
    for name in [
        "unknown",
        "",
        "../../etc/passwd",
        "es256' OR '1'='1",
        "https://evil.example/keys",
        "ES256",
        "es256 ",
        "/dev/null",
    ] {
        let token = ES256.with_header(&json!({ "alg": "ES256", "kid": name }), &theirs(json!({})));
        assert_eq!(refusal(&token), Some(Refusal::UnknownKey), "{name}");
    }
    // A secret of the project's without a name goes by any name; one with a name by that alone.
    let named = |kid: &str| HS256.with_header(&json!({ "alg": "HS256", "kid": kid }), &own(json!({})));
    assert_eq!(refusal(&named("x")), None);
    let key = OwnKey::Hs256 { kid: Some("x".into()), secret: Secret::new(SECRET) };
    let verifier = Verifier::new(VerifierSettings { own: vec![key], ..settings(Vec::new()) }).unwrap();
    assert_eq!(verdict(&verifier, &named("x")).unwrap().key_id.as_ref(), "x");
    assert_eq!(verdict(&verifier, &named("y")).err(), Some(Refusal::UnknownKey));
    assert!(verdict(&verifier, &HS256.token(&own(json!({})))).is_ok());
}

#[test]
fn signatures_are_whole_and_not_trivial() {
    for signer in every() {
        let good = signer.token(&theirs(json!({})));
        let (message, signature) = good.rsplit_once('.').unwrap();
        let right = decode(signature).unwrap();
        let changed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = right.clone();
            change(&mut bytes);
            format!("{message}.{}", encode(&bytes))
        };
        let half = right.len() / 2;
        let wrong = [
            changed(&|bytes| bytes.fill(0)),
            changed(&|bytes| bytes.fill(0xff)),
            changed(&|bytes| bytes[..half].fill(0)),
            changed(&|bytes| bytes[half..].fill(0)),
            changed(&|bytes| bytes[0] ^= 1),
            changed(&|bytes| *bytes.last_mut().unwrap() ^= 1),
            changed(&|bytes| bytes.truncate(half)),
            changed(&|bytes| bytes.truncate(1)),
            changed(&|bytes| bytes.push(0)),
            changed(&|bytes| bytes.insert(0, 0)),
            changed(&|bytes| bytes.extend(right.clone())),
            format!("{message}."),
        ];
        for token in wrong {
            assert_eq!(refusal(&token), Some(Refusal::BadSignature), "{} {token}", signer.algorithm);
        }
        let other = signer.token(&theirs(json!({ "sub": "user-2" })));
        let (_, of_other) = other.rsplit_once('.').unwrap();
        assert_eq!(refusal(&format!("{message}.{of_other}")), Some(Refusal::BadSignature));
    }
}

#[test]
fn ecdsa_signatures_are_not_der() {
    let good = ES256.token(&theirs(json!({})));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let raw = decode(signature).unwrap();
    let number = |half: &[u8]| {
        let mut number = vec![0];
        number.extend(half);
        [vec![2, u8::try_from(number.len()).unwrap()], number].concat()
    };
    let numbers = [number(&raw[..32]), number(&raw[32..])].concat();
    let der = [vec![0x30, u8::try_from(numbers.len()).unwrap()], numbers].concat();
    assert_eq!(refusal(&format!("{message}.{}", encode(&der))), Some(Refusal::BadSignature));
}

#[test]
fn two_keys_of_one_name_are_no_key() {
    let verifier = Verifier::new(settings(vec![issuer(&[ES256.jwk(), OTHER.jwk(), RS256.jwk()])])).unwrap();
    assert_eq!(verdict(&verifier, &ES256.token(&theirs(json!({})))).err(), Some(Refusal::AmbiguousKey));
    assert_eq!(verdict(&verifier, &OTHER.token(&theirs(json!({})))).err(), Some(Refusal::AmbiguousKey));
    assert!(verdict(&verifier, &RS256.token(&theirs(json!({})))).is_ok());
    assert_eq!(verifier.issuer_es256_keys(), Vec::<Value>::new());
    // The same key twice is one; one name for keys of two kinds is two.
    let mut renamed = RS256.jwk();
    renamed["kid"] = "es256".into();
    let verifier = Verifier::new(settings(vec![issuer(&[ES256.jwk(), ES256.jwk(), renamed])])).unwrap();
    assert!(verdict(&verifier, &ES256.token(&theirs(json!({})))).is_ok());
    let token = RS256.with_header(&json!({ "alg": "RS256", "kid": "es256" }), &theirs(json!({})));
    assert!(verdict(&verifier, &token).is_ok());
    assert_eq!(verifier.issuer_es256_keys().len(), 1);
}

#[test]
fn a_token_without_a_key_name_is_tried_with_so_many_keys() {
    let nameless = |mut jwk: Value, id: usize| {
        jwk["kid"] = format!("k{id}").into();
        jwk
    };
    let header = json!({ "alg": "ES256" });
    let with = |before: usize| {
        let mut keys: Vec<_> = (0..before).map(|id| nameless(made_up(id), id)).collect();
        keys.push(ES256.jwk());
        let verifier = Verifier::new(settings(vec![issuer(&keys)])).unwrap();
        verdict(&verifier, &ES256.with_header(&header, &theirs(json!({})))).err()
    };
    assert_eq!(with(limits::TOKEN_KEYS_TRIED_MAX - 1), None);
    assert_eq!(with(limits::TOKEN_KEYS_TRIED_MAX), Some(Refusal::BadSignature));
}

/// A further key of P-256.
fn made_up(_: usize) -> Value {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
}
