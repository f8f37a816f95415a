//! Tokens that look like good ones.

use super::{node, passed, refused};
use crate::support::auth::{JWT_SECRET, PROJECT};
use crate::support::node::Node;
use crate::support::tokens::{Es256, Rs256, base64url, claims, hmac_of, hs256, hs256_raw, input, json_of, now, parts};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A good token, which the attacks change.
fn good() -> String {
    hs256(JWT_SECRET, &claims(PROJECT, "u1"))
}

fn with_header(header: &str) -> String {
    hs256_raw(JWT_SECRET.as_bytes(), header, &claims(PROJECT, "u1").to_string())
}

fn with_claims(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims(PROJECT, "u1");
    change(&mut claims);
    hs256(JWT_SECRET, &claims)
}

#[track_caller]
fn all_refused(node: &Node, tokens: impl IntoIterator<Item = String>) {
    for token in tokens {
        refused(&node.get_as(&token, "/gated"), &token);
    }
    // And the node was not just refusing everybody.
    passed(&node.get_as(&good(), "/gated"), "u1");
}

#[test]
fn a_good_token_passes() {
    let node = node();
    passed(&node.get_as(&good(), "/gated"), "u1");
    passed(&node.get_as(&node.token("u2"), "/gated/below?x=y"), "u2");
    passed(&node.get_as(&node.token_with(&["--user", "u3", "--hs256"]), "/gated"), "u3");
}

#[test]
fn no_token() {
    let node = node();
    refused(&node.get("/gated"), "nothing");
    for value in ["", "Bearer", "Bearer ", "Basic dTE6cHc=", "Token abc", "bearer"] {
        refused(&node.send("GET", "/gated", &[("authorization", value)], b""), value);
    }
}

#[test]
fn no_algorithm() {
    let payload = claims(PROJECT, "u1").to_string();
    let spellings = ["none", "None", "NONE", "nOnE", "none ", ""];
    let tokens = spellings.iter().flat_map(|alg| {
        let header = json!({ "alg": alg, "typ": "JWT" }).to_string();
        let input = input(&header, &payload);
        let signed = hs256_raw(JWT_SECRET.as_bytes(), &header, &payload);
        [format!("{input}."), input.clone(), format!("{input}.AA"), signed]
    });
    all_refused(&node(), tokens.collect::<Vec<_>>());
}

#[test]
fn a_public_key_used_as_a_secret() {
    let node = node();
    let shown = node.run_cli(&["auth", "show", "--project", PROJECT]);
    let jwk = &shown["keys"][0];
    let coordinate =
        |name: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [&[4][..], &coordinate("x"), &coordinate("y")].concat();
    // SubjectPublicKeyInfo of P-256 is this and the point.
    let prefix = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    let spki = [prefix, point.clone()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
    let secrets = [point, spki, pem.clone().into_bytes(), pem.trim().as_bytes().to_vec(), jwk.to_string().into_bytes()];
    let header = json!({ "alg": "HS256", "kid": jwk["kid"] }).to_string();
    let payload = claims(PROJECT, "u1").to_string();
    all_refused(&node, secrets.map(|secret| hs256_raw(&secret, &header, &payload)));
}

#[test]
fn the_public_key_of_an_issuer_used_as_a_secret() {
    let node = Node::start();
    let key = Rs256::new("k");
    node.auth(PROJECT, &json!({ "issuers": [{ "issuer": "https://a.test/", "keys": { "keys": [key.jwk()] } }] }));
    node.site(crate::support::auth::for_users());
    let claims = json!({ "sub": "u1", "iss": "https://a.test/", "exp": now() + 600 });
    passed(&node.get_as(&key.sign(&claims), "/gated"), "u1");
    let der = key.public_der();
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(&der));
    let jwk = key.jwk();
    let secrets = [der, pem.into_bytes(), jwk.to_string().into_bytes(), jwk["n"].as_str().unwrap().as_bytes().to_vec()];
    for secret in secrets {
        let forged = hs256_raw(&secret, r#"{"alg":"HS256","kid":"k"}"#, &claims.to_string());
        refused(&node.get_as(&forged, "/gated"), "HMAC with a public key");
    }
    let [_, payload, signature] = parts(&key.sign(&claims));
    for alg in ["PS256", "RS384", "RS512", "ES256", "none"] {
        let renamed = base64url(json!({ "alg": alg, "kid": "k" }).to_string());
        refused(&node.get_as(&format!("{renamed}.{payload}.{signature}"), "/gated"), alg);
    }
}

#[test]
fn another_algorithm_for_the_same_key() {
    let node = node();
    let [header, payload, signature] = parts(&node.token("u1"));
    let kid = json_of(&header)["kid"].clone();
    let renamed = ["HS256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "HS512", "es256"]
        .map(|alg| format!("{}.{payload}.{signature}", base64url(json!({ "alg": alg, "kid": kid }).to_string())));
    all_refused(&node, renamed);
    all_refused(
        &node,
        ["HS384", "HS512", "hs256", "ES256", "RS256"].map(|alg| with_header(&json!({ "alg": alg }).to_string())),
    );
}

#[test]
fn a_key_that_the_token_brings_along() {
    let mine = Es256::new("mine");
    let jwk = mine.jwk();
    let header = |more: Value| mine.sign_with(&more, &claims(PROJECT, "u1"));
    let certificate = base64url("a certificate");
    all_refused(
        &node(),
        [
            header(json!({ "jwk": jwk })),
            header(json!({ "jwk": jwk, "kid": Value::Null })),
            header(json!({ "jku": "http://127.0.0.1:9/keys" })),
            header(json!({ "x5u": "http://127.0.0.1:9/cert" })),
            header(json!({ "x5c": [certificate] })),
        ],
    );
}

#[test]
fn names_of_keys_that_lead_elsewhere() {
    let kids = [
        json!("../../../../dev/null"),
        json!("/dev/null"),
        json!("' OR '1'='1"),
        json!("x' UNION SELECT 'secret'--"),
        json!("http://127.0.0.1:9/k"),
        json!(""),
        json!("\u{0}"),
        json!("k".repeat(2000)),
        json!(["HS256"]),
        json!(1),
        json!({ "a": 1 }),
        json!(true),
    ];
    // An empty file as the key is the classic.
    let tokens = kids.iter().flat_map(|kid| {
        let header = json!({ "alg": "HS256", "kid": kid }).to_string();
        let payload = claims(PROJECT, "u1").to_string();
        ["", "\0", "secret"].map(|secret| hs256_raw(secret.as_bytes(), &header, &payload))
    });
    all_refused(&node(), tokens.collect::<Vec<_>>());
}

#[test]
fn extensions_that_nobody_understands() {
    all_refused(
        &node(),
        [
            with_header(r#"{"alg":"HS256","crit":["exp"],"exp":9999999999}"#),
            with_header(r#"{"alg":"HS256","crit":["b64"],"b64":false}"#),
            with_header(r#"{"alg":"HS256","crit":[]}"#),
            with_header(r#"{"alg":"HS256","crit":"x"}"#),
            with_header(r#"{"alg":"HS256","b64":false}"#),
            with_header(r#"{"alg":"HS256","zip":"DEF"}"#),
            with_header(r#"{"alg":"HS256","cty":"JWT"}"#),
        ],
    );
}

#[test]
fn an_encrypted_token_and_other_shapes() {
    let [header, payload, signature] = parts(&good());
    all_refused(
        &node(),
        [
            format!("{header}.{payload}.{signature}.{payload}.{signature}"),
            format!("{header}.{payload}.{signature}."),
            format!(".{header}.{payload}.{signature}"),
            format!("{header}.{payload}"),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            format!("{header}.{payload}.{signature}.{signature}"),
            "a.b.c".to_owned(),
            "..".to_owned(),
            header.clone(),
        ],
    );
}

#[test]
fn other_spellings_of_the_same_bytes() {
    let [header, payload, signature] = parts(&good());
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&signature).unwrap();
    // 32 bytes are 43 characters, of which the last has two bits that mean nothing.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    let other = alphabet.chars().nth(at ^ 1).unwrap();
    let slack = format!("{}{other}", &signature[..42]);
    all_refused(
        &node(),
        [
            format!("{header}.{payload}.{}", URL_SAFE.encode(&bytes)),
            format!("{header}.{payload}.{signature}="),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}.{slack}"),
            format!("{header}.{payload}.{signature}%3D"),
        ],
    );
}

#[test]
fn one_member_twice() {
    let now = now();
    let payload = format!(r#"{{"sub":"u1","sub":"admin","project_id":"{PROJECT}","exp":{}}}"#, now + 600);
    let project = format!(r#"{{"sub":"u1","project_id":"other","project_id":"{PROJECT}","exp":{}}}"#, now + 600);
    let expiry = format!(r#"{{"sub":"u1","project_id":"{PROJECT}","exp":{},"exp":{}}}"#, now - 600, now + 600);
    let escaped = format!(r#"{{"sub":"u1","\u0073ub":"admin","project_id":"{PROJECT}","exp":{}}}"#, now + 600);
    let mut tokens: Vec<String> =
        [payload, project, expiry, escaped].iter().map(|p| hs256_raw(JWT_SECRET.as_bytes(), HEADER, p)).collect();
    tokens.push(with_header(r#"{"alg":"none","alg":"HS256"}"#));
    tokens.push(with_header(r#"{"alg":"HS256","alg":"none"}"#));
    all_refused(&node(), tokens);
}

#[test]
fn times_that_are_over_or_none() {
    let set = |name: &'static str, value: Value| with_claims(move |claims| claims[name] = value);
    let remove = |name: &'static str| with_claims(move |claims| drop(claims.as_object_mut().unwrap().remove(name)));
    let far = now() + 3600;
    all_refused(
        &node(),
        [
            set("exp", json!(now() - 60)),
            set("exp", json!(0)),
            set("exp", json!(-1)),
            set("exp", json!((now() + 600).to_string())),
            set("exp", json!(true)),
            set("exp", Value::Null),
            set("exp", json!([far])),
            remove("exp"),
            set("nbf", json!(far)),
            set("nbf", json!("soon")),
            set("iat", json!(far)),
            hs256_raw(
                JWT_SECRET.as_bytes(),
                HEADER,
                &format!(r#"{{"sub":"u1","project_id":"{PROJECT}","exp":1e400}}"#),
            ),
            hs256_raw(JWT_SECRET.as_bytes(), HEADER, &format!(r#"{{"sub":"u1","project_id":"{PROJECT}","exp":NaN}}"#)),
        ],
    );
}

#[test]
fn a_token_that_was_good_until_now() {
    let node = node();
    let token = with_claims(|claims| claims["exp"] = json!(now() + 2));
    passed(&node.get_as(&token, "/gated"), "u1");
    // The verdict is remembered; the time is looked at anew.
    std::thread::sleep(std::time::Duration::from_secs(3));
    refused(&node.get_as(&token, "/gated"), "over");
}

#[test]
fn another_projects_token() {
    let node = node();
    node.auth("other", &json!({ "jwt_secret": JWT_SECRET }));
    let theirs = node.run_cli(&["token", "--project", "other", "--user", "u1"]);
    all_refused(
        &node,
        [
            theirs["token"].as_str().unwrap().to_owned(),
            // The same secret in both projects is an operator's mistake, and no way in.
            hs256(JWT_SECRET, &claims("other", "u1")),
            with_claims(|claims| drop(claims.as_object_mut().unwrap().remove("project_id"))),
            with_claims(|claims| claims["project_id"] = json!([PROJECT])),
            with_claims(|claims| claims["project_id"] = json!("SITE")),
        ],
    );
}

#[test]
fn an_issuer_that_speaks_for_another() {
    let node = Node::start();
    let (theirs, ours) = (Es256::new("k"), Es256::new("k"));
    let issuer =
        |name: &str, key: &Es256| json!({ "issuer": name, "audience": ["shop"], "keys": { "keys": [key.jwk()] } });
    node.auth(PROJECT, &json!({ "issuers": [issuer("https://a.test/", &ours), issuer("https://b.test/", &theirs)] }));
    node.site(crate::support::auth::for_users());
    let claims = |iss: &str, aud: Value| json!({ "sub": "u1", "iss": iss, "aud": aud, "exp": now() + 600 });
    passed(&node.get_as(&ours.sign(&claims("https://a.test/", json!("shop"))), "/gated"), "u1");
    passed(&node.get_as(&theirs.sign(&claims("https://b.test/", json!(["x", "shop"]))), "/gated"), "u1");
    for (key, iss, aud) in [
        (&theirs, "https://a.test/", json!("shop")),
        (&ours, "https://b.test/", json!("shop")),
        (&ours, "https://a.test", json!("shop")),
        (&ours, "https://A.test/", json!("shop")),
        (&ours, "https://c.test/", json!("shop")),
        (&ours, "", json!("shop")),
        (&ours, "https://a.test/", json!("shop2")),
        (&ours, "https://a.test/", json!(["Shop"])),
        (&ours, "https://a.test/", json!([])),
        (&ours, "https://a.test/", Value::Null),
    ] {
        refused(&node.get_as(&key.sign(&claims(iss, aud.clone())), "/gated"), &format!("{iss} {aud}"));
    }
    // Neither may an issuer sign in the node's own name.
    let own = json!({ "sub": "u1", "project_id": PROJECT, "iss": "portico", "exp": now() + 600 });
    refused(&node.get_as(&ours.sign(&own), "/gated"), "portico");
}

#[test]
fn tokens_that_are_for_something_else() {
    all_refused(
        &node(),
        ["logout+jwt", "dpop+jwt", "secevent+jwt", "JWE", "x"]
            .map(|typ| with_header(&json!({ "alg": "HS256", "typ": typ }).to_string())),
    );
}

#[test]
fn signatures_that_are_none() {
    let node = node();
    let [header, payload, signature] = parts(&node.token("u1"));
    let with = |bytes: &[u8]| format!("{header}.{payload}.{}", base64url(bytes));
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&signature).unwrap();
    all_refused(
        &node,
        [
            // R and S of zero verify under an implementation that forgets to look.
            with(&[0; 64]),
            with(&[&order[..], &order[..]].concat()),
            with(&[&order[..], &[0; 32]].concat()),
            with(&[1; 64]),
            with(&bytes[..63]),
            with(&[&bytes[..], &[0]].concat()),
            with(&[]),
            format!("{header}.{payload}.{}", base64url(hmac_of(b"", &format!("{header}.{payload}")))),
        ],
    );
}

#[test]
fn ecdsa_in_its_other_form() {
    let node = Node::start();
    let key = Es256::new("k");
    node.auth(PROJECT, &json!({ "issuers": [{ "issuer": "https://a.test/", "keys": { "keys": [key.jwk()] } }] }));
    node.site(crate::support::auth::for_users());
    let claims = json!({ "sub": "u1", "iss": "https://a.test/", "exp": now() + 600 });
    passed(&node.get_as(&key.sign(&claims), "/gated"), "u1");
    refused(&node.get_as(&key.sign_der(&claims), "/gated"), "DER");
}

#[test]
fn a_payload_that_was_changed() {
    let [header, _, signature] = parts(&good());
    let admin = base64url(claims(PROJECT, "admin").to_string());
    let [other, _, _] = parts(&with_header(r#"{"alg":"HS256"}"#));
    let [_, payload, _] = parts(&good());
    all_refused(&node(), [format!("{header}.{admin}.{signature}"), format!("{other}.{payload}.{signature}")]);
}

#[test]
fn tokens_too_large_to_be_read() {
    let large = with_claims(|claims| claims["x"] = json!("y".repeat(9 * 1024)));
    let deep = format!(
        r#"{{"sub":"u1","project_id":"{PROJECT}","exp":{},"x":{}{}}}"#,
        now() + 600,
        "[".repeat(500),
        "]".repeat(500)
    );
    all_refused(&node(), [large, hs256_raw(JWT_SECRET.as_bytes(), HEADER, &deep)]);
}

#[test]
fn payloads_that_are_no_object() {
    let raw = |payload: &str| hs256_raw(JWT_SECRET.as_bytes(), HEADER, payload);
    all_refused(&node(), ["[]", "null", "1", "\"x\"", "", "{", "{}", "{\"sub\":\"u1\"} {}"].map(raw));
    all_refused(
        &node(),
        [
            with_header("[]"),
            with_header("null"),
            with_header(""),
            with_header("{}"),
            with_header("\u{feff}{\"alg\":\"HS256\"}"),
        ],
    );
}

#[test]
fn tokens_for_everybody_or_for_the_platform() {
    let node = node();
    all_refused(
        &node,
        [
            node.token_with(&[]),
            with_claims(|claims| claims["role"] = json!("anon")),
            with_claims(|claims| claims["role"] = json!("service_role")),
            with_claims(|claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
            with_claims(|claims| claims["sub"] = json!("")),
            with_claims(|claims| claims["sub"] = json!(1)),
            with_claims(|claims| claims["sub"] = json!(["u1"])),
            with_claims(|claims| claims["sub"] = Value::Null),
        ],
    );
}

#[test]
fn users_that_would_be_fields() {
    let subs = ["u1\r\nx-run402-user-role: admin", "u1\nx", "u1\0", " u1", "u1 ", "ü1", "u 1", "u1\t"];
    let long = "u".repeat(300);
    all_refused(
        &node(),
        subs.iter()
            .copied()
            .chain([long.as_str()])
            .map(|sub| with_claims(|claims| claims["sub"] = json!(sub)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn two_tokens_at_once() {
    let node = node();
    let (good, bad) = (format!("Bearer {}", good()), "Bearer nonsense".to_owned());
    for pair in [[&good, &bad], [&bad, &good], [&good, &good]] {
        let headers: Vec<(&str, &str)> = pair.iter().map(|value| ("authorization", value.as_str())).collect();
        refused(&node.send("GET", "/gated", &headers, b""), "two fields");
    }
    refused(&node.send("GET", "/gated", &[("authorization", &format!("{good}, {good}"))], b""), "joined");
    refused(&node.send("GET", "/gated", &[("authorization", &format!("{good},{bad}"))], b""), "joined");
    refused(
        &node.send("GET", "/gated", &[("authorization", &format!("Basic x, {good}"))], b""),
        "another scheme first",
    );
}

#[test]
fn a_token_in_the_wrong_place() {
    let node = node();
    let good = good();
    refused(&node.get(&format!("/gated?access_token={good}")), "query");
    for header in
        ["x-authorization", "proxy-authorization", "apikey", "x-api-key", "x-run402-actor-token", "x-access-token"]
    {
        refused(&node.send("GET", "/gated", &[(header, &format!("Bearer {good}"))], b""), header);
    }
    let form = format!("access_token={good}");
    refused(
        &node.send("POST", "/gated", &[("content-type", "application/x-www-form-urlencoded")], form.as_bytes()),
        "form",
    );
    refused(&node.send("GET", "/gated", &[("cookie", &format!("__Host-Http-r402_session={good}"))], b""), "cookie");
}

#[test]
fn revoked_tokens() {
    let node = node();
    let revoke = |args: &[&str]| drop(node.run_cli(&[&["auth", "revoke", "--project", PROJECT], args].concat()));
    let stolen = node.token("u1");
    passed(&node.get_as(&stolen, "/gated"), "u1");
    std::fs::write(node.path().join("stolen"), &stolen).unwrap();
    revoke(&["--file", "stolen"]);
    refused(&node.get_as(&stolen, "/gated"), "the token");
    let named = node.token("u1");
    passed(&node.get_as(&named, "/gated"), "u1");
    revoke(&["--jti", json_of(&parts(&named)[1])["jti"].as_str().unwrap()]);
    refused(&node.get_as(&named, "/gated"), "its jti");
    let (mine, theirs) = (node.token("u1"), node.token("u2"));
    passed(&node.get_as(&mine, "/gated"), "u1");
    revoke(&["--user", "u1"]);
    refused(&node.get_as(&mine, "/gated"), "its user");
    passed(&node.get_as(&theirs, "/gated"), "u2");
    revoke(&["--kid", json_of(&parts(&theirs)[0])["kid"].as_str().unwrap()]);
    refused(&node.get_as(&theirs, "/gated"), "its key");
}

#[test]
fn what_was_revoked_stays_revoked_after_a_restart() {
    let mut node = node();
    let token = node.token("u1");
    std::fs::write(node.path().join("stolen"), &token).unwrap();
    drop(node.run_cli(&["auth", "revoke", "--project", PROJECT, "--file", "stolen"]));
    node.restart();
    refused(&node.get_as(&token, "/gated"), "after a restart");
    passed(&node.get_as(&node.token("u2"), "/gated"), "u2");
}

#[test]
fn tokens_of_keys_that_were_rotated_away() {
    let node = node();
    let before = node.token("u1");
    drop(node.run_cli(&["auth", "rotate", "es256", "--project", PROJECT]));
    // What was signed before stays good until it is over: a rotation signs nobody out.
    passed(&node.get_as(&before, "/gated"), "u1");
    passed(&node.get_as(&node.token("u1"), "/gated"), "u1");
    let kid = |token: &str| json_of(&parts(token)[0])["kid"].clone();
    assert_ne!(kid(&before), kid(&node.token("u1")));
}

#[test]
fn a_secret_that_was_replaced() {
    let node = node();
    passed(&node.get_as(&good(), "/gated"), "u1");
    node.auth(PROJECT, &json!({ "jwt_secret": "another-secret-of-the-tests-of-more-than-32" }));
    refused(&node.get_as(&good(), "/gated"), "the old secret");
}
