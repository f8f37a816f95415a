use super::*;
use crate::limits;
use std::collections::BTreeMap;

/// Keys in memory, as a restart would find them.
#[derive(Default)]
pub(in crate::auth) struct MemoryStore(Mutex<BTreeMap<String, Stored>>);

impl KeyStore for MemoryStore {
    fn load(&self, project: &str) -> Result<Option<Stored>> {
        Ok(self.0.lock().unwrap().get(project).cloned())
    }
    fn save(&self, project: &str, keys: &Stored) -> Result<()> {
        self.0.lock().unwrap().insert(project.to_owned(), keys.clone());
        Ok(())
    }
}

/// A store that neither reads nor writes.
struct Broken;

impl KeyStore for Broken {
    fn load(&self, _: &str) -> Result<Option<Stored>> {
        Err(Error::internal("unreadable"))
    }
    fn save(&self, _: &str, _: &Stored) -> Result<()> {
        Err(Error::internal("unwritable"))
    }
}

const NOW: u64 = 1_800_000_000;

fn keys() -> Arc<SigningKeys> {
    SigningKeys::load_or_create(Arc::new(MemoryStore::default()), "prj", None).unwrap()
}

fn kids(list: &Value) -> Vec<String> {
    match &list["keys"] {
        Value::Array(keys) => keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect(),
        Value::Object(keys) => keys.keys().cloned().collect(),
        _ => panic!("{list}"),
    }
}

/// Verifies a token as another program would; answers the key's id and the claims.
fn verified(keys: &SigningKeys, token: &str, now: u64) -> Option<(String, Value)> {
    let header = jsonwebtoken::decode_header(token).unwrap();
    let mut validation = jsonwebtoken::Validation::new(header.alg);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let kid = header.kid.expect("every token names its key");
    let key = keys.own_keys(now).into_iter().find_map(|key| match key {
        OwnKey::Hs256 { kid: own, secret } if own.as_ref().is_none_or(|own| *own == kid) => {
            Some(jsonwebtoken::DecodingKey::from_secret(secret.expose().as_bytes()))
        }
        OwnKey::Es256 { kid: own, point } if own == kid => {
            let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(public_jwk(&own, &point).unwrap()).unwrap();
            Some(jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap())
        }
        _ => None,
    })?;
    Some((kid, jsonwebtoken::decode::<Value>(token, &key, &validation).ok()?.claims))
}

#[test]
fn tokens_verify_and_name_their_key() {
    let keys = keys();
    let claims = json!({ "sub": "u", "role": "authenticated", "project_id": "prj", "exp": NOW + 60, "n": [1, "ü"] });
    for (algorithm, prefix) in [(Algorithm::Hs256, "hs256-"), (Algorithm::Es256, "es256-")] {
        let token = keys.mint(&claims, algorithm).unwrap();
        let (kid, read) = verified(&keys, &token, NOW).unwrap();
        assert!(kid.starts_with(prefix), "{kid}");
        assert_eq!(read, claims);
        let mut broken = token.into_bytes();
        let last = broken.len() - 4;
        broken[last] = if broken[last] == b'A' { b'B' } else { b'A' };
        assert!(verified(&keys, &String::from_utf8(broken).unwrap(), NOW).is_none());
    }
    assert!(keys.mint(&json!("not an object"), Algorithm::Es256).is_err());
}

#[test]
fn what_is_served_is_public_and_what_functions_verify_by() {
    let keys = keys();
    let public = keys.project_jwt_keys(NOW);
    for key in public["keys"].as_array().unwrap() {
        let fields: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["kty", "crv", "x", "y", "kid", "alg", "use"]);
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("EC"), &json!("P-256"), &json!("ES256")));
    }
    let actor = keys.actor_context_keys(NOW);
    for (kid, secret) in actor["keys"].as_object().unwrap() {
        let bytes = base64::prelude::BASE64_STANDARD.decode(secret.as_str().unwrap()).unwrap();
        assert!(bytes.len() >= 32 && kid.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }
    assert_eq!((kids(&public).len(), kids(&actor).len()), (2, 2), "one that signs and one that stands by");
}

#[test]
fn who_fetched_the_keys_before_a_rotation_can_verify_what_is_signed_after_it() {
    let keys = keys();
    let known = (kids(&keys.project_jwt_keys(NOW)), kids(&keys.actor_context_keys(NOW)));
    keys.rotate(Rotate::All, NOW).unwrap();
    let token = keys.mint(&json!({}), Algorithm::Es256).unwrap();
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    assert!(known.0.contains(&kid));
    assert!(keys.with_actor_key(|kid, _| known.1.contains(&kid.to_owned())));
    assert_ne!(known.0, kids(&keys.project_jwt_keys(NOW)), "there is a new one as well");
}

#[test]
fn what_signed_before_a_rotation_verifies_for_a_while() {
    let keys = keys();
    let before = [Algorithm::Hs256, Algorithm::Es256].map(|algorithm| keys.mint(&json!({}), algorithm).unwrap());
    let actor_before = keys.with_actor_key(|kid, _| kid.to_owned());
    keys.rotate(Rotate::All, NOW).unwrap();
    for token in &before {
        let last = NOW + limits::USER_KEY_OVERLAP_SECONDS - 1;
        assert!(verified(&keys, token, last).is_some());
        assert!(verified(&keys, token, last + 1).is_none());
        let after = keys.mint(&json!({}), jsonwebtoken_algorithm(token)).unwrap();
        assert_ne!(verified(&keys, &after, NOW).unwrap().0, verified(&keys, token, NOW).unwrap().0);
    }
    let last = NOW + limits::ACTOR_KEY_OVERLAP_SECONDS - 1;
    assert!(kids(&keys.actor_context_keys(last)).contains(&actor_before));
    assert!(!kids(&keys.actor_context_keys(last + 1)).contains(&actor_before));
}

fn jsonwebtoken_algorithm(token: &str) -> Algorithm {
    match jsonwebtoken::decode_header(token).unwrap().alg {
        jsonwebtoken::Algorithm::HS256 => Algorithm::Hs256,
        _ => Algorithm::Es256,
    }
}

#[test]
fn one_kind_rotates_alone_and_rotations_do_not_pile_up() {
    let keys = keys();
    let (public, secret) = (keys.project_jwt_keys(NOW), keys.hs256_secret());
    keys.rotate(Rotate::Actor, NOW).unwrap();
    assert_eq!((keys.project_jwt_keys(NOW), keys.hs256_secret()), (public.clone(), secret.clone()));
    keys.rotate(Rotate::Hs256, NOW).unwrap();
    assert_eq!(keys.project_jwt_keys(NOW), public);
    assert_ne!(keys.hs256_secret(), secret);
    for _ in 0..30 {
        keys.rotate(Rotate::Es256, NOW).unwrap();
    }
    assert_eq!(kids(&keys.project_jwt_keys(NOW)).len(), 2 + limits::SIGNING_KEYS_RETIRED_MAX);
    keys.rotate(Rotate::Es256, NOW + limits::USER_KEY_OVERLAP_SECONDS).unwrap();
    assert_eq!(kids(&keys.project_jwt_keys(NOW + limits::USER_KEY_OVERLAP_SECONDS)).len(), 3);
}

#[test]
fn keys_outlive_the_node_and_belong_to_one_project() {
    let store: Arc<dyn KeyStore> = Arc::new(MemoryStore::default());
    let open = |project| SigningKeys::load_or_create(Arc::clone(&store), project, None).unwrap();
    let first = open("a");
    first.rotate(Rotate::All, NOW).unwrap();
    let token = first.mint(&json!({}), Algorithm::Es256).unwrap();
    let again = open("a");
    assert!(verified(&again, &token, NOW).is_some());
    assert_eq!(first.actor_context_keys(NOW), again.actor_context_keys(NOW));
    let other = open("b");
    assert!(verified(&other, &token, NOW).is_none());
    assert_ne!(other.hs256_secret(), again.hs256_secret());
    assert_ne!(other.actor_context_keys(NOW), again.actor_context_keys(NOW));
}

#[test]
fn the_vault_keeps_them_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let vault = Vault::open(crate::cas::StateDir::open_again(dir.path()).unwrap()).unwrap();
        SigningKeys::load_or_create(vault, "prj", None).unwrap()
    };
    let token = open().mint(&json!({}), Algorithm::Hs256).unwrap();
    let keys = open();
    assert!(verified(&keys, &token, NOW).is_some());
    let file = std::fs::read(dir.path().join("vault/prj/signing-keys")).unwrap();
    let secret = keys.hs256_secret();
    assert!(!file.windows(secret.expose().len()).any(|bytes| bytes == secret.expose().as_bytes()));
}

#[test]
fn keys_that_cannot_be_read_or_kept_are_an_error() {
    assert!(SigningKeys::load_or_create(Arc::new(Broken), "prj", None).is_err());
    let damaged = serde_json::to_value(Stored::make().unwrap()).unwrap();
    for kind in ["es256", "actor"] {
        let mut damaged = damaged.clone();
        damaged[kind]["signing"]["secret"] = json!("AAAA");
        let store = MemoryStore::default();
        store.save("prj", &serde_json::from_value(damaged).unwrap()).unwrap();
        let error = SigningKeys::load_or_create(Arc::new(store), "prj", None).unwrap_err();
        assert!(error.to_string().contains("damaged") && !error.to_string().contains("AAAA"), "{error}");
    }
}

#[test]
fn the_operators_secret_takes_the_place_of_ours() {
    let secret = Secret::new("an operator's secret of thirty-two bytes and more");
    let store = Arc::new(MemoryStore::default());
    let keys = SigningKeys::load_or_create(store, "prj", Some(secret.clone())).unwrap();
    assert_eq!(keys.hs256_secret(), secret);
    let own: Vec<_> = keys.own_keys(NOW).into_iter().filter(|key| matches!(key, OwnKey::Hs256 { .. })).collect();
    assert!(matches!(&own[..], [OwnKey::Hs256 { kid: None, secret: own }] if *own == secret), "{own:?}");
    let token = keys.mint(&json!({ "sub": "u" }), Algorithm::Hs256).unwrap();
    assert_eq!(verified(&keys, &token, NOW).unwrap().0, "configured");
}

#[test]
fn nothing_secret_is_shown() {
    let keys = keys();
    let stored = Stored::make().unwrap();
    let shown = format!("{keys:?} {stored:?} {:?}", keys.own_keys(NOW));
    assert!(!shown.contains(keys.hs256_secret().expose()), "{shown}");
    assert!(shown.contains("Stored(redacted)"));
}
