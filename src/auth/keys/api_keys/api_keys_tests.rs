use super::*;
use crate::cas::StateDir;
use std::path::Path;

fn open(dir: &Path) -> Arc<ApiKeys> {
    ApiKeys::open(Vault::open(StateDir::open_again(dir).unwrap()).unwrap()).unwrap()
}

fn new(kind: KeyKind) -> NewKey {
    NewKey { kind, name: "ci".into(), scopes: Scopes::all(), expires_at: None }
}

fn flip(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_key_opens_its_own_project_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    let (one, two) =
        (keys.create("one", new(KeyKind::Anon)).unwrap(), keys.create("two", new(KeyKind::Service)).unwrap());
    assert!(one.text.starts_with("portico_anon_") && two.text.starts_with("portico_service_"));
    assert!(!format!("{one:?}").contains(&one.text[30..]), "Debug shows the key");
    let look = |keys: Arc<ApiKeys>| {
        let grant = keys.check(&one.text).unwrap();
        assert_eq!((&*grant.project, grant.kind, &*grant.id), ("one", KeyKind::Anon, one.line.id.as_str()));
        assert!(!grant.is_runtime);
        assert_eq!(&*keys.check(&two.text).unwrap().project, "two");
        assert_eq!((keys.list("one").unwrap().len(), keys.list("nobody").unwrap().len()), (1, 0));
    };
    look(keys);
    look(open(dir.path()));
}

#[test]
fn nothing_but_the_whole_key_is_good() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    let key = keys.create("p", new(KeyKind::Anon)).unwrap().text;
    let other = keys.create("p", new(KeyKind::Anon)).unwrap().text;
    assert!(keys.check(&key).is_some());
    for at in 0..key.len() {
        assert!(keys.check(&flip(&key, at)).is_none(), "byte {at}");
        assert!(keys.check(&key[..at]).is_none(), "{at} bytes");
    }
    let mixed = format!("{}{}", &key[..key.len() - 43], &other[other.len() - 43..]);
    for wrong in [
        format!("{key}A"),
        format!("{key} "),
        format!(" {key}"),
        format!("{key}\n"),
        mixed,
        // An anon key does not become a service key by its name.
        key.replace("_anon_", "_service_"),
        key.to_uppercase(),
    ] {
        assert!(keys.check(&wrong).is_none(), "{wrong:?}");
    }
}

#[test]
fn a_revoked_an_expired_and_an_unknown_key_are_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    let soon = now() + 100;
    let expiring = keys.create("p", NewKey { expires_at: Some(soon), ..new(KeyKind::Anon) }).unwrap();
    assert!(keys.check_at(&expiring.text, soon - 1).is_some());
    assert!(keys.check_at(&expiring.text, soon).is_none());
    let gone = keys.create("p", new(KeyKind::Anon)).unwrap();
    keys.revoke("p", &gone.line.id).unwrap();
    assert!(keys.check(&gone.text).is_none());
    assert_eq!(keys.revoke("p", &gone.line.id).unwrap_err().code, Code::KeyNotFound);
    assert_eq!(keys.revoke("other", &expiring.line.id).unwrap_err().code, Code::KeyNotFound);
    assert_eq!(keys.rotate("other", &expiring.line.id, 0).unwrap_err().code, Code::KeyNotFound);
    let past = NewKey { expires_at: Some(now()), ..new(KeyKind::Anon) };
    assert_eq!(keys.create("p", past).unwrap_err().code, Code::BadField);
}

#[test]
fn a_rotated_key_has_two_secrets_for_a_while_and_never_three() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    let first = keys.create("p", new(KeyKind::Service)).unwrap();
    let id = first.line.id.as_str();
    let second = keys.rotate("p", id, 100).unwrap();
    assert_eq!(second.line.id, id);
    let until = second.line.previous_until.unwrap();
    assert!(keys.check(&first.text).is_some() && keys.check(&second.text).is_some());
    assert!(keys.check_at(&first.text, until - 1).is_some() && keys.check_at(&first.text, until).is_none());
    let third = keys.rotate("p", id, 100).unwrap();
    assert!(keys.check(&first.text).is_none());
    assert!(keys.check(&second.text).is_some() && keys.check(&third.text).is_some());
    let fourth = keys.rotate("p", id, 0).unwrap();
    assert!(keys.check(&third.text).is_none() && keys.check(&fourth.text).is_some());
    assert_eq!(keys.rotate("p", id, limits::API_KEY_GRACE_SECONDS_MAX + 1).unwrap_err().code, Code::BadField);
    drop(keys);
    let keys = open(dir.path());
    assert!(keys.check(&second.text).is_none() && keys.check(&fourth.text).is_some());
}

#[test]
fn functions_have_keys_that_are_kept_nowhere() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = open(dir.path());
    let (service, anon) = (keys.runtime_service_key("p_q-r"), keys.runtime_anon_key("p_q-r"));
    assert_ne!(service[service.len() - 43..], anon[anon.len() - 43..]);
    let grant = keys.check(&service).unwrap();
    assert_eq!((&*grant.project, grant.kind, grant.is_runtime), ("p_q-r", KeyKind::Service, true));
    assert_eq!(keys.check(&anon).unwrap().kind, KeyKind::Anon);
    for wrong in [
        anon.replace("_anon_", "_service_"),
        service.replace("p_q-r", "p"),
        keys.runtime_service_key("p").replace("rt-p_", "rt-q_"),
        service.replace("rt-", ""),
        flip(&service, service.len() - 1),
        open(other.path()).runtime_service_key("p_q-r"),
    ] {
        assert!(keys.check(&wrong).is_none(), "{wrong}");
    }
    assert!(keys.list("p_q-r").unwrap().is_empty());
    drop(keys);
    assert_eq!(open(dir.path()).runtime_service_key("p_q-r"), service);
}

#[test]
fn no_secret_is_on_disk_and_a_use_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    let key = keys.create("p", new(KeyKind::Anon)).unwrap();
    assert_eq!(keys.list("p").unwrap()[0].last_used_at, None);
    keys.check_at(&key.text, 1_000_000_007).unwrap();
    keys.check_at(&key.text, 999_999_000).unwrap();
    let used = Some(1_000_000_007 - 1_000_000_007 % limits::API_KEY_USE_SECONDS);
    assert_eq!(keys.list("p").unwrap()[0].last_used_at, used);
    // Also when the keys change, and when the node ends.
    keys.create("p", new(KeyKind::Anon)).unwrap();
    assert_eq!(keys.list("p").unwrap()[0].last_used_at, used);
    keys.flush();
    drop(keys);
    let keys = open(dir.path());
    assert_eq!(keys.list("p").unwrap()[0].last_used_at, used);
    let document = keys.vault.load::<serde_json::Value>("p", DOCUMENT).unwrap().unwrap().to_string();
    assert!(!document.contains(&key.text[key.text.len() - 43..]), "{document}");
}

#[test]
fn keys_that_cannot_be_read_are_good_for_nothing_and_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    let (bad, good) =
        (keys.create("bad", new(KeyKind::Anon)).unwrap(), keys.create("good", new(KeyKind::Anon)).unwrap());
    drop(keys);
    let path = dir.path().join("vault/bad/api-keys");
    std::fs::write(&path, b"damaged").unwrap();
    let keys = open(dir.path());
    assert!(keys.check(&bad.text).is_none() && keys.check(&good.text).is_some());
    assert_eq!(keys.create("bad", new(KeyKind::Anon)).unwrap_err().code, Code::StorageUnavailable);
    assert_eq!(std::fs::read(&path).unwrap(), b"damaged");
}

#[test]
fn a_project_has_so_many_keys_and_names_have_a_form() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open(dir.path());
    for name in ["a\nb", "a\u{7f}", &"x".repeat(limits::API_KEY_NAME_CHARS_MAX + 1)] {
        let refused = keys.create("p", NewKey { name: name.into(), ..new(KeyKind::Anon) });
        assert_eq!(refused.unwrap_err().code, Code::BadField, "{name:?}");
    }
    assert_eq!(keys.create("../p", new(KeyKind::Anon)).unwrap_err().code, Code::BadField);
    let first = keys.create("p", new(KeyKind::Anon)).unwrap();
    let mut document = keys.document("p").unwrap();
    let more =
        (1..limits::API_KEYS_PER_PROJECT_MAX).map(|n| Record { id: format!("{n:016x}"), ..document.keys[0].clone() });
    let more: Vec<_> = more.collect();
    document.keys.extend(more);
    keys.keep("p", document).unwrap();
    assert_eq!(keys.create("p", new(KeyKind::Anon)).unwrap_err().code, Code::BadField);
    keys.revoke("p", &first.line.id).unwrap();
    keys.create("p", new(KeyKind::Anon)).unwrap();
}
