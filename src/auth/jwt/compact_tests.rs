//! The form of a token, seen through a verifier.

use super::*;
use crate::auth::jwt::testing::*;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

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
