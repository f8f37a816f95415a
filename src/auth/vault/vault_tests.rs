use super::*;
use std::collections::BTreeMap;

type Document = BTreeMap<String, String>;

fn document(value: &str) -> Document {
    [("API_KEY".to_owned(), value.to_owned())].into()
}

fn open(dir: &Path) -> Result<Arc<Vault>> {
    Vault::open_with(StateDir::open_again(dir)?, None)
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn refused<T: fmt::Debug>(result: Result<T>, names: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code, Code::StorageUnavailable);
    assert!(error.cause.as_deref().is_some_and(|cause| cause.contains(names)), "{error}");
    assert!(!error.message.contains('/'), "the client is told a path: {error}");
}

#[test]
fn a_document_comes_back_and_is_nowhere_in_the_clear() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).unwrap();
    assert_eq!(vault.load::<Document>("p", "secrets").unwrap(), None);
    vault.save("p", "secrets", &document("canary-one")).unwrap();
    vault.save("p", "secrets", &document("canary-two")).unwrap();
    assert_eq!(vault.load("p", "secrets").unwrap(), Some(document("canary-two")));
    assert_eq!((vault.names("p").unwrap(), vault.projects().unwrap()), (vec!["secrets".into()], vec!["p".into()]));
    for file in files(dir.path()) {
        let bytes = fs::read(&file).unwrap();
        for clear in [&b"canary"[..], b"API_KEY"] {
            assert!(!bytes.windows(clear.len()).any(|window| window == clear), "{}", file.display());
        }
        if file.starts_with(dir.path().join(FOLDER)) {
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    // Another process finds it again; a name that is removed is gone.
    drop(vault);
    let vault = open(dir.path()).unwrap();
    assert_eq!(vault.load("p", "secrets").unwrap(), Some(document("canary-two")));
    assert!(vault.remove("p", "secrets").unwrap() && !vault.remove("p", "secrets").unwrap());
    assert_eq!((vault.load::<Document>("p", "secrets").unwrap(), vault.names("p").unwrap()), (None, vec![]));
    assert_eq!(vault.names("nobody").unwrap(), Vec::<String>::new());
}

#[test]
fn two_writes_of_one_text_have_nothing_in_common() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).unwrap();
    let path = dir.path().join("vault/p/a");
    let write = || {
        vault.save("p", "a", &document("x")).unwrap();
        fs::read(&path).unwrap()
    };
    let (first, second) = (write(), write());
    assert_ne!(first[8..20], second[8..20], "the nonce is not new");
    assert_ne!(first[20..], second[20..]);
}

#[test]
fn a_document_opens_at_its_own_place_only() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).unwrap();
    vault.save("one", "secrets", &document("x")).unwrap();
    vault.save("two", "other", &document("y")).unwrap();
    let at = |place: &str| dir.path().join("vault").join(place);
    fs::copy(at("one/secrets"), at("two/secrets")).unwrap();
    fs::copy(at("one/secrets"), at("one/auth")).unwrap();
    refused(vault.load::<Document>("two", "secrets"), "two/secrets");
    refused(vault.load::<Document>("one", "auth"), "one/auth");
    // The others are as they were.
    assert_eq!(vault.load("one", "secrets").unwrap(), Some(document("x")));
    assert_eq!(vault.load("two", "other").unwrap(), Some(document("y")));
}

#[test]
fn every_damaged_byte_and_every_missing_one_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).unwrap();
    vault.save("p", "a", &document("x")).unwrap();
    let path = dir.path().join("vault/p/a");
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        refused(vault.load::<Document>("p", "a"), "p/a");
        fs::write(&path, &good[..at]).unwrap();
        refused(vault.load::<Document>("p", "a"), "p/a");
    }
    fs::write(&path, [&good[..], b"x"].concat()).unwrap();
    refused(vault.load::<Document>("p", "a"), "p/a");
    fs::write(&path, vec![0; limits::VAULT_DOCUMENT_BYTES_MAX + 100]).unwrap();
    refused(vault.load::<Document>("p", "a"), "larger");
    fs::write(&path, &good).unwrap();
    assert_eq!(vault.load("p", "a").unwrap(), Some(document("x")));
    // What opens and is something else is not quoted.
    vault.save("p", "a", &"canary").unwrap();
    let error = vault.load::<Document>("p", "a").unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
    assert_eq!(vault.save("p", "a", &"x".repeat(limits::VAULT_DOCUMENT_BYTES_MAX)).unwrap_err().code, Code::BadField);
}

#[test]
fn another_key_opens_nothing_and_a_lost_one_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("node-key");
    open(dir.path()).unwrap().save("p", "a", &document("x")).unwrap();
    let right = fs::read(&key).unwrap();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(right.len(), 64);

    fs::write(&key, "00".repeat(32)).unwrap();
    refused(open(dir.path()).unwrap().load::<Document>("p", "a"), "another node key");
    for wrong in ["", "00", &"0".repeat(65), &"x".repeat(64)] {
        fs::write(&key, wrong).unwrap();
        refused(open(dir.path()), "node-key");
    }
    fs::remove_file(&key).unwrap();
    refused(open(dir.path()), "gone");
    assert!(!key.exists());

    // Put back, as text with a line end or as bytes.
    for form in [[&right[..], b"\n"].concat(), hex::decode(&right).unwrap()] {
        fs::write(&key, form).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(open(dir.path()).unwrap().load("p", "a").unwrap(), Some(document("x")));
    }
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        refused(open(dir.path()), "node-key");
    }
}

#[test]
fn the_supervisor_may_keep_the_key() {
    let (dir, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let given = credentials.path().join("node-key");
    let open = || Vault::open_with(StateDir::open_again(dir.path())?, Some(credentials.path()));
    fs::write(&given, "11".repeat(32)).unwrap();
    // As systemd shows a file that an access list lets the service read.
    fs::set_permissions(&given, fs::Permissions::from_mode(0o440)).unwrap();
    open().unwrap().save("p", "a", &document("x")).unwrap();
    assert!(!dir.path().join("node-key").exists());
    assert_eq!(open().unwrap().load("p", "a").unwrap(), Some(document("x")));
    fs::set_permissions(&given, fs::Permissions::from_mode(0o444)).unwrap();
    refused(open(), "node-key");
    fs::set_permissions(&given, fs::Permissions::from_mode(0o400)).unwrap();

    let own = dir.path().join("node-key");
    fs::write(&own, "22".repeat(32)).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).unwrap();
    refused(open(), "supervisor");
    fs::write(&own, "11".repeat(32)).unwrap();
    open().unwrap();
}

#[test]
fn no_name_leaves_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).unwrap();
    let long = "a".repeat(65);
    for bad in ["", ".", "..", "../p", "a/b", "/etc", "a.b", "-a", "_a", "a\0", "ä", &long] {
        assert_eq!(vault.save(bad, "a", &1).unwrap_err().code, Code::BadField, "{bad:?}");
        assert_eq!(vault.load::<u8>("p", bad).unwrap_err().code, Code::BadField, "{bad:?}");
        assert_eq!(vault.remove(bad, "a").unwrap_err().code, Code::BadField, "{bad:?}");
        assert_eq!(vault.names(bad).unwrap_err().code, Code::BadField, "{bad:?}");
    }
}

#[test]
fn derived_keys_differ_by_purpose_project_and_node() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let vault = open(dir.path()).unwrap();
    let key = vault.derive("sign", "p");
    let more =
        [vault.derive("sign", "q"), vault.derive("signp", ""), vault.derive("", "signp"), vault.derive("p", "sign")];
    assert!(more.iter().all(|other| *other != key));
    assert_ne!(open(other.path()).unwrap().derive("sign", "p"), key);
    drop(vault);
    assert_eq!(open(dir.path()).unwrap().derive("sign", "p"), key);
    assert!(!format!("{:?}", open(dir.path()).unwrap()).contains(&hex::encode(key)));
}
