use super::*;
use std::os::unix::fs::PermissionsExt;

struct Kit {
    dir: tempfile::TempDir,
    store: SecretStore,
}

fn kit() -> Kit {
    let dir = tempfile::tempdir().unwrap();
    let state = StateDir::open_again(dir.path()).unwrap();
    let vault = Vault::open(Arc::clone(&state)).unwrap();
    Kit { store: SecretStore::open(state, vault), dir }
}

impl Kit {
    fn write(&self, text: &str, mode: u32) -> PathBuf {
        fs::create_dir_all(self.dir.path().join("secrets")).unwrap();
        let path = self.dir.path().join("secrets/prj.env");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn set(&self, name: &str, value: &str) -> Result<bool> {
        self.store.change("prj", &Edit::Set(name.to_owned(), Secret::new(value)))
    }

    fn names(&self) -> Vec<String> {
        self.store.list("prj").unwrap().into_iter().map(|line| line.name).collect()
    }
}

#[test]
fn secrets_are_set_replaced_and_deleted() {
    let kit = kit();
    assert_eq!(kit.store.load("prj").unwrap(), Secrets::default());
    assert!(kit.set("B", "two").unwrap() && kit.set("A", "one").unwrap());
    assert!(!kit.set("A", "hunter2").unwrap(), "one that is replaced is not new");
    let secrets = kit.store.load("prj").unwrap();
    assert_eq!((secrets.expose("A"), secrets.expose("B")), (Some("hunter2"), Some("two")));
    assert_eq!(format!("{secrets:?}"), r#"Secrets{"A", "B"}"#);
    assert!(!format!("{:?}", Edit::Set("A".into(), Secret::new("hunter2"))).contains("hunter2"));
    assert_eq!(kit.names(), ["A", "B"]);
    assert_eq!(kit.store.load("other").unwrap(), Secrets::default());

    let gone = Edit::Delete("A".to_owned());
    assert!(!kit.store.preview("prj", &gone).unwrap().contains("A"));
    assert_eq!(kit.names(), ["A", "B"], "a preview changes nothing");
    kit.store.change("prj", &gone).unwrap();
    assert_eq!(kit.names(), ["B"]);
    assert_eq!(kit.store.change("prj", &gone).unwrap_err().code, Code::SecretNotFound);
}

#[test]
fn a_file_is_taken_in_once_and_removed() {
    let kit = kit();
    kit.set("KEPT", "as it is").unwrap();
    kit.set("API_KEY", "old").unwrap();
    let path = kit.write("# keys\nAPI_KEY=hunter2\n", 0o600);
    let secrets = kit.store.load("prj").unwrap();
    assert_eq!((secrets.expose("API_KEY"), secrets.expose("KEPT")), (Some("hunter2"), Some("as it is")));
    assert!(!path.exists());
    assert_eq!(kit.store.load("prj").unwrap(), secrets);
    // One that lies there at the start is found without anybody asking.
    let path = kit.write("MORE=1\n", 0o600);
    let Kit { dir, store } = kit;
    drop(store);
    let state = StateDir::open_again(dir.path()).unwrap();
    let store = SecretStore::open(Arc::clone(&state), Vault::open(state).unwrap());
    assert!(!path.exists());
    assert_eq!(store.load("prj").unwrap().names().collect::<Vec<_>>(), ["API_KEY", "KEPT", "MORE"]);
}

#[test]
fn a_file_that_is_refused_stays_and_nothing_is_guessed() {
    let kit = kit();
    for (text, mode) in
        [("API_KEY=hunter2\n", 0o640), ("API_KEY=hunter2\n", 0o604), ("API_KEY=hunter2\n", 0o620), ("hunter2\n", 0o600)]
    {
        let path = kit.write(text, mode);
        let error = kit.store.load("prj").unwrap_err();
        assert!(error.to_string().contains("prj.env") && !error.to_string().contains("hunter2"), "{error}");
        assert!(path.exists());
    }
    // Another project does not notice.
    assert_eq!(kit.store.load("other").unwrap(), Secrets::default());
}

#[test]
fn what_no_environment_can_hold_is_refused_without_being_repeated() {
    let kit = kit();
    let long = "canary".repeat(limits::SECRET_VALUE_BYTES_MAX / 6 + 1);
    let long_name = "A".repeat(129);
    for (name, value) in [
        ("A", ""),
        ("A", "canary\0"),
        ("A", &long),
        ("canary", "x"),
        ("A-CANARY", "x"),
        ("9A", "x"),
        ("", "x"),
        (&long_name, "x"),
        ("A B", "x"),
        ("RUN402_PROJECT_ID", "x"),
        ("NODE_ENV", "x"),
    ] {
        let error = kit.set(name, value).unwrap_err();
        assert_eq!(error.code, Code::BadField, "{name}");
        assert!(!format!("{error} {:?}", error.details).to_lowercase().contains("canary"), "{error}");
    }
    assert!(kit.names().is_empty());
    kit.set("_9", "x").unwrap();
    kit.set(&"A".repeat(128), &"x".repeat(limits::SECRET_VALUE_BYTES_MAX)).unwrap();
}

#[test]
fn a_project_has_so_many_secrets_and_no_more() {
    let kit = kit();
    let all = (0..limits::SECRETS_PER_PROJECT_MAX).map(|n| (format!("S{n}"), "x".to_owned())).collect();
    kit.store.change("prj", &Edit::Replace(all)).unwrap();
    assert_eq!(kit.set("ONE_MORE", "x").unwrap_err().code, Code::BadField);
    kit.set("S0", "changed").unwrap();
    kit.store.change("prj", &Edit::Replace(BTreeMap::new())).unwrap();
    let large = "x".repeat(limits::SECRET_VALUE_BYTES_MAX);
    let refused = (0..100).find_map(|n| kit.set(&format!("S{n}"), &large).err()).unwrap();
    assert_eq!(refused.code, Code::BadField);
    assert!(kit.names().len() * limits::SECRET_VALUE_BYTES_MAX <= limits::SECRETS_BYTES_MAX);
}

#[test]
fn a_project_id_cannot_leave_the_folder() {
    let kit = kit();
    for project in ["../api-token", "a/b", "", ".", "a.b"] {
        assert_eq!(kit.store.load(project).unwrap_err().code, Code::BadField, "{project:?}");
    }
}
