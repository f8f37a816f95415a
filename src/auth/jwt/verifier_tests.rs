use super::super::compact::encode;
use super::super::settings::OwnKey;
use super::super::testing::*;
use super::*;
use crate::auth::document::{self, Secret};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

fn every() -> Vec<&'static Signer> {
    vec![&ES256, &ES384, &RS256, &PS256, &EDDSA]
}

/// A verifier that knows the issuer with a key of each kind.
fn verifier() -> Arc<Verifier> {
    Verifier::new(settings(vec![issuer(&every().iter().map(|signer| signer.jwk()).collect::<Vec<_>>())])).unwrap()
}

fn verdict(verifier: &Verifier, token: &str) -> Result<Arc<Claims>, Refusal> {
    let verdict = verifier.verify_now(token).expect("keys are at hand");
    // What is remembered must not differ from what was found out.
    assert_eq!(verifier.verify_now(token), Some(verdict.clone()), "a second look at {token}");
    verdict
}

fn refusal(token: &str) -> Option<Refusal> {
    verdict(&verifier(), token).err()
}

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

// === Form ===

#[test]
fn a_token_has_one_spelling() {
    let good = ES256.token(&theirs(json!({})));
    assert_eq!(refusal(&good), None);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let mut wrong = vec![
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        message.into(),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        format!("{good}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}==.{payload}.{signature}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{good}\0"),
        format!("{header}.{payload} .{signature}"),
        format!("{header}.{payload}.{}\u{e9}", &signature[1..]),
        format!("Bearer {good}"),
    ];
    // The signature of 64 bytes ends in a character of which two bits count.
    let (rest, last) = signature.split_at(signature.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).unwrap();
    wrong.push(format!("{message}.{rest}{}", &alphabet[place ^ 1..=place ^ 1]));
    for token in wrong {
        assert_eq!(refusal(&token), Some(Refusal::Malformed), "{token:?}");
    }
    // Another alphabet, signed as it stands: the signature would be right.
    let header = STANDARD.encode(br#"{"alg":"ES256","kid":"es256","?":"???>>>"}"#);
    assert!(header.contains('/') || header.contains('+'));
    assert_eq!(refusal(&ES256.of_parts(&header, payload)), Some(Refusal::Malformed));
    let padded = URL_SAFE.encode(theirs(json!({ "x": "12" })).to_string());
    for payload in [padded, format!("{payload}\n"), format!("{}\r\n{}", &payload[..8], &payload[8..])] {
        assert_eq!(refusal(&ES256.of_parts(&encode(br#"{"alg":"ES256"}"#), &payload)), Some(Refusal::Malformed));
    }
}

#[test]
fn a_token_has_a_longest_length() {
    let with = |filling: usize| HS256.token(&own(json!({ "x": "y".repeat(filling) })));
    let mut filling = 5_900;
    while with(filling + 1).len() <= limits::TOKEN_BYTES_MAX {
        filling += 1;
    }
    assert_eq!(refusal(&with(filling)), None);
    assert_eq!(refusal(&with(filling + 2)), Some(Refusal::TooLarge));
    assert_eq!(refusal(&"a".repeat(1_000_000)), Some(Refusal::TooLarge));
}

#[test]
fn parts_are_objects_that_say_everything_once() {
    let (header, payload) = (ES256.header().to_string(), theirs(json!({})).to_string());
    let deep = |depth: usize| format!(r#"{{"x":{}{},{}"#, "[".repeat(depth), "]".repeat(depth), &payload[1..]);
    let cases = [
        (header.replace('}', r#","alg":"ES256"}"#), payload.clone()),
        (header.replace('}', r#","\u0061lg":"ES256"}"#), payload.clone()),
        (header.clone(), payload.replace('}', r#","sub":"admin"}"#)),
        (header.clone(), payload.replace('}', r#","x":{"a":1,"a":1}}"#)),
        (header.clone(), payload.replace('}', r#","x":[{"a":1,"a":1}]}"#)),
        ("[]".into(), payload.clone()),
        ("null".into(), payload.clone()),
        (format!("{header}{header}"), payload.clone()),
        (format!("\u{feff}{header}"), payload.clone()),
        (header.clone(), "[]".into()),
        (header.clone(), r#""text""#.into()),
        (header.clone(), "{".into()),
        (header.clone(), format!("{payload}x")),
        (header.clone(), payload.replace(r#""user-1""#, "\"a\nb\"")),
        (header.clone(), payload.replace(r#""user-1""#, r#""\ud800""#)),
        (header.clone(), payload.replace('{', "{,")),
        (header.clone(), payload.replace("user-1", "user-1\",\"x\":1e999,\"y\":\"")),
        (header.clone(), deep(limits::TOKEN_JSON_DEPTH_MAX)),
        (header.clone(), deep(2_000)),
        (r#"{"typ":"JWT"}"#.into(), payload.clone()),
        (r#"{"alg":null}"#.into(), payload.clone()),
        (r#"{"alg":["ES256"]}"#.into(), payload.clone()),
        (r#"{"alg":"ES256","kid":7}"#.into(), payload.clone()),
        (r#"{"alg":"ES256","kid":null}"#.into(), payload.clone()),
        (r#"{"alg":"ES256","kid":"a\u0000"}"#.into(), payload.clone()),
        (format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257)), payload.clone()),
        (r#"{"alg":"ES256","typ":1}"#.into(), payload.clone()),
    ];
    for (header, payload) in cases {
        assert_eq!(refusal(&ES256.of_text(&header, &payload)), Some(Refusal::Malformed), "{header} {payload}");
    }
    assert_eq!(refusal(&ES256.of_text(&header, &deep(limits::TOKEN_JSON_DEPTH_MAX - 1))), None);
    let spaced = format!(" {} \n", payload.replace(',', " ,\t"));
    assert_eq!(refusal(&ES256.of_text(&header, &spaced)), None, "JSON's own white space is JSON");
    let bytes = [br#"{"alg":"ES256","x":""#.as_slice(), &[0xff], br#""}"#].concat();
    assert_eq!(refusal(&ES256.of_parts(&encode(&bytes), &encode(payload.as_bytes()))), Some(Refusal::Malformed));
}

#[test]
fn what_must_be_understood_is_refused() {
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("cty", json!("JWT")),
        ("cty", json!("application/jwt")),
        ("enc", json!("A128GCM")),
        ("typ", json!("dpop+jwt")),
        ("typ", json!("logout+jwt")),
        ("typ", json!("id_token")),
        ("typ", json!("application/dpop+jwt")),
        ("typ", json!("application/")),
        ("typ", json!("")),
        ("typ", json!("JWT ")),
    ] {
        let mut header = ES256.header();
        header[name] = value;
        let token = ES256.with_header(&header, &theirs(json!({})));
        assert_eq!(refusal(&token), Some(Refusal::UnsupportedHeader), "{header}");
    }
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"] {
        let token = ES256.with_header(&json!({ "alg": "ES256", "typ": typ }), &theirs(json!({})));
        assert_eq!(refusal(&token), None, "{typ}");
    }
}

// === Keys and algorithms ===

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
        let right = compact::decode(signature).unwrap();
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
    let raw = compact::decode(signature).unwrap();
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

// === Claims and time ===

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
        ("exp", json!(NOW as f64 + 0.5)),
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
        (300, None),
        (300 + leeway - 1, None),
        (300 + leeway, Some(Refusal::Expired)),
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

// === Revocation ===

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
    let mut bytes = compact::decode(signature).unwrap();
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

// === Settings ===

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
