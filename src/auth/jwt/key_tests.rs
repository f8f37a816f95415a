use super::super::testing::*;
use super::*;
use serde_json::json;

fn changed(signer: &Signer, changes: Value) -> Result<Key, Unusable> {
    let mut jwk = signer.jwk();
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    Key::of_jwk(&jwk)
}

fn is_dangerous(read: &Result<Key, Unusable>) -> bool {
    matches!(read, Err(Unusable::Dangerous(_)))
}

#[test]
fn a_key_for_something_else_is_left_alone() {
    for changes in [
        json!({ "use": "enc" }),
        json!({ "use": "" }),
        json!({ "use": ["sig"] }),
        json!({ "use": null }),
        json!({ "key_ops": ["sign"] }),
        json!({ "key_ops": [] }),
        json!({ "key_ops": "verify" }),
        json!({ "use": "sig", "key_ops": ["deriveKey"] }),
        json!({ "alg": "ECDH-ES" }),
        json!({ "alg": "ES512" }),
        json!({ "alg": "es256" }),
        json!({ "crv": "P-521" }),
        json!({ "crv": "secp256k1" }),
        json!({ "crv": 256 }),
        json!({ "kty": "new" }),
    ] {
        assert_eq!(changed(&ES256, changes.clone()).err(), Some(Unusable::NotForUs), "{changes}");
    }
    for changes in [
        json!({ "use": "sig" }),
        json!({ "key_ops": ["verify"] }),
        json!({ "key_ops": ["sign", "verify"] }),
        json!({ "x5c": ["MIIB"], "new": 1 }),
    ] {
        assert!(changed(&ES256, changes.clone()).is_ok(), "{changes}");
    }
    assert_eq!(changed(&EDDSA, json!({ "crv": "Ed448" })).err(), Some(Unusable::NotForUs));
    assert_eq!(changed(&EDDSA, json!({ "crv": "X25519" })).err(), Some(Unusable::NotForUs));
    assert_eq!(changed(&RS256, json!({ "alg": "RSA-OAEP" })).err(), Some(Unusable::NotForUs));
    assert_eq!(changed(&RS256, json!({ "alg": "RS512" })).err(), Some(Unusable::NotForUs));
}

#[test]
fn kind_curve_and_algorithm_agree() {
    for (signer, alg) in [
        (&*ES256, "ES384"),
        (&*ES256, "RS256"),
        (&*ES256, "EdDSA"),
        (&*ES256, "HS256"),
        (&*RS256, "ES256"),
        (&*RS256, "HS256"),
        (&*EDDSA, "ES256"),
    ] {
        assert!(is_dangerous(&changed(signer, json!({ "alg": alg }))), "{} as {alg}", signer.algorithm);
    }
    assert!(is_dangerous(&changed(&ES256, json!({ "alg": 1 }))));
    assert_eq!(
        changed(&ES256, json!({ "crv": "P-384", "alg": "ES256" })).err(),
        changed(&ES256, json!({ "alg": "ES384" })).err()
    );
    assert_eq!(changed(&EDDSA, json!({ "alg": "Ed25519" })).unwrap().algorithm, Algorithm::Ed25519);
}

#[test]
fn secrets_and_private_keys_are_not_taken() {
    let secret = compact::encode(&[7; 32]);
    for jwk in [
        json!({ "kty": "oct", "k": secret, "alg": "HS256", "kid": "a" }),
        json!({ "kty": "oct", "k": secret, "kid": "a" }),
        json!({ "kty": "oct", "k": secret, "alg": "ES256" }),
        json!({ "kty": "oct" }),
    ] {
        assert!(is_dangerous(&Key::of_jwk(&jwk)), "{jwk}");
    }
    for signer in [&*ES256, &*RS256, &*EDDSA] {
        assert!(is_dangerous(&changed(signer, json!({ "d": "AAAA" }))));
        assert!(is_dangerous(&changed(signer, json!({ "k": "AAAA" }))));
    }
    assert!(Key::of_secret(None, &[1; 31]).is_none());
    assert!(Key::of_secret(None, &[1; 32]).is_some());
}

#[test]
fn points_are_on_their_curves() {
    let off = compact::encode(&[1; 32]);
    for changes in [
        json!({ "x": off }),
        json!({ "y": off }),
        json!({ "x": compact::encode(&[0; 32]), "y": compact::encode(&[0; 32]) }),
        json!({ "x": compact::encode(&[0xff; 32]) }),
        json!({ "x": compact::encode(&[1; 31]) }),
        json!({ "x": compact::encode(&[1; 33]) }),
        json!({ "x": "" }),
        json!({ "x": "AA==" }),
        json!({ "x": 1 }),
        json!({ "y": null }),
        json!({ "crv": "P-384", "alg": "ES384" }),
    ] {
        assert!(is_dangerous(&changed(&ES256, changes.clone())), "{changes}");
    }
    assert!(is_dangerous(&changed(&EDDSA, json!({ "x": compact::encode(&[1; 31]) }))));
    assert!(Key::of_point(Some("a"), &[4; 65]).is_none());
    assert!(Key::of_point(Some("a"), &ES256.public()[..64]).is_none());
    let mut compressed = ES256.public();
    compressed[0] = 2;
    compressed.truncate(33);
    assert!(Key::of_point(Some("a"), &compressed).is_none());
}

#[test]
fn rsa_keys_are_long_and_odd() {
    let n = |bytes: &[u8]| json!({ "n": compact::encode(bytes) });
    let modulus = compact::decode(RS256.jwk()["n"].as_str().unwrap()).unwrap();
    let mut even = modulus.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let mut short = modulus.clone();
    short[0] &= 0x7f;
    for changes in [
        n(&even),
        n(&short),
        n(&modulus[..255]),
        n(&[0xff; 128]),
        n(&[0xff; 1025]),
        n(&[0; 256]),
        json!({ "n": "" }),
        json!({ "e": "AQ" }),
        json!({ "e": "AA" }),
        json!({ "e": "BA" }),
        json!({ "e": compact::encode(&[1, 0, 0, 0, 1]) }),
        json!({ "e": null }),
    ] {
        assert!(is_dangerous(&changed(&RS256, changes.clone())), "{changes}");
    }
    let padded = [vec![0], modulus].concat();
    let key = changed(&RS256, n(&padded)).unwrap();
    assert!(key.is(&Key::of_jwk(&RS256.jwk()).unwrap()), "a zero before the number changes nothing");
    assert!(changed(&RS256, json!({ "e": "Aw" })).is_ok());
}

#[test]
fn names_of_keys_are_texts() {
    for kid in [json!(1), json!(null), json!(["a"]), json!("k".repeat(257))] {
        assert!(is_dangerous(&changed(&ES256, json!({ "kid": kid }))), "{kid}");
    }
    for jwk in [json!(1), json!(null), json!([]), json!({}), json!({ "kty": 1 })] {
        assert!(is_dangerous(&Key::of_jwk(&jwk)), "{jwk}");
    }
}

#[test]
fn functions_are_given_what_an_es256_key_is() {
    let jwk = Key::of_jwk(&ES256.jwk()).unwrap().es256_jwk().unwrap();
    let again = Key::of_jwk(&jwk).unwrap();
    assert!(again.is(&Key::of_jwk(&ES256.jwk()).unwrap()));
    assert_eq!(Key::of_jwk(&ES384.jwk()).unwrap().es256_jwk(), None);
    assert_eq!(Key::of_secret(Some("a"), &[1; 32]).unwrap().es256_jwk(), None);
    let mut nameless = ES256.jwk();
    nameless.as_object_mut().unwrap().shift_remove("kid");
    assert_eq!(Key::of_jwk(&nameless).unwrap().es256_jwk(), None);
}
