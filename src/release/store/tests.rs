//! Activation, restarts, ownership of hosts, and a process that is killed in the middle.

use super::*;
use crate::cas::durable;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DOMAIN: &str = "edge.test";

fn open(dir: &Path) -> ReleaseStore {
    let state = StateDir::open_again(dir).unwrap();
    ReleaseStore::open(state.clone(), Arc::new(Store::open(state)), DOMAIN).unwrap()
}

/// A saved release with one stored file.
fn saved(store: &ReleaseStore, project: &str, id: &str, subdomains: &[&str]) -> Release {
    let content = format!("{project} {id}");
    store.blobs.put(content.as_bytes()).unwrap();
    let release = testing::release(project, id, &content, subdomains);
    store.save(&release).unwrap();
    release
}

fn host_of(store: &ReleaseStore, host: &str) -> Option<String> {
    store.hosts().bindings.into_iter().find(|b| b.host == host).map(|b| b.project)
}

#[test]
fn a_restart_comes_back_to_the_same_live_releases_and_hosts() {
    let dir = tempfile::tempdir().unwrap();
    let (pointer, hosts) = {
        let store = open(dir.path());
        let release = saved(&store, "shop", "rel_1", &["shop"]);
        let pointer = store.activate("shop", None, &release.id).unwrap();
        assert_eq!((pointer.generation, pointer.previous.as_deref()), (1, None));
        store.bind("Shop.Example.", "shop").unwrap();
        (pointer, store.hosts().bindings)
    };
    let store = open(dir.path());
    assert_eq!(store.live("shop"), Some(pointer));
    assert_eq!(store.hosts().bindings, hosts);
    assert_eq!(host_of(&store, "shop.edge.test").as_deref(), Some("shop"));
    assert_eq!(host_of(&store, "shop.example").as_deref(), Some("shop"));
    assert_eq!(store.load("shop", "rel_1").unwrap().id, "rel_1");
    assert_eq!(store.list("shop").unwrap(), ["rel_1"]);
    assert_eq!(store.projects().unwrap(), ["shop"]);
}

#[test]
fn activation_is_compare_and_swap() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for id in ["rel_1", "rel_2", "rel_3"] {
        saved(&store, "shop", id, &[]);
    }
    store.activate("shop", None, "rel_1").unwrap();
    for stale in [None, Some("rel_0")] {
        let error = store.activate("shop", stale, "rel_2").unwrap_err();
        assert_eq!(error.code, Code::BaseReleaseConflict);
        assert_eq!(error.details["live"], "rel_1");
    }
    assert_eq!(store.live("shop").unwrap().release, "rel_1");
    let pointer = store.activate("shop", Some("rel_1"), "rel_2").unwrap();
    assert_eq!((pointer.generation, pointer.previous.as_deref()), (2, Some("rel_1")));
    assert_eq!(store.activate("shop", Some("rel_1"), "rel_3").unwrap_err().code, Code::BaseReleaseConflict);
    let again = store.activate("shop", Some("rel_2"), "rel_2").unwrap();
    assert_eq!((again.generation, again.previous.as_deref()), (3, Some("rel_1")));
}

#[test]
fn of_many_that_race_from_one_base_exactly_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let ids: Vec<String> = (0..8).map(|i| format!("rel_{i}")).collect();
    for id in &ids {
        saved(&store, "shop", id, &[]);
    }
    let won: Vec<bool> = std::thread::scope(|scope| {
        let racers: Vec<_> = ids.iter().map(|id| scope.spawn(|| store.activate("shop", None, id).is_ok())).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
}

#[test]
fn a_release_whose_content_is_missing_does_not_become_live() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    saved(&store, "shop", "rel_1", &[]);
    store.activate("shop", None, "rel_1").unwrap();
    let release = testing::release("shop", "rel_2", "never stored", &[]);
    store.save(&release).unwrap();
    let error = store.activate("shop", Some("rel_1"), "rel_2").unwrap_err();
    assert_eq!(error.code, Code::ContentDigestMissing);
    assert_eq!(store.live("shop").unwrap().release, "rel_1");
    assert_eq!(store.activate("shop", Some("rel_1"), "rel_9").unwrap_err().code, Code::ReleaseNotFound);
}

#[test]
fn a_subdomain_has_one_owner_and_is_free_again_when_its_release_goes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    saved(&store, "a", "rel_1", &["shop"]);
    saved(&store, "b", "rel_1", &["shop"]);
    saved(&store, "a", "rel_2", &["other"]);
    store.activate("a", None, "rel_1").unwrap();
    assert_eq!(store.activate("b", None, "rel_1").unwrap_err().code, Code::HostAlreadyBound);
    assert_eq!(store.live("b"), None);
    assert_eq!(host_of(&store, "shop.edge.test").as_deref(), Some("a"));

    store.activate("a", Some("rel_1"), "rel_2").unwrap();
    assert_eq!(host_of(&store, "shop.edge.test"), None);
    store.activate("b", None, "rel_1").unwrap();
    assert_eq!(host_of(&store, "shop.edge.test").as_deref(), Some("b"));
    // Going back would take the name from its new owner.
    assert_eq!(store.activate("a", Some("rel_2"), "rel_1").unwrap_err().code, Code::HostAlreadyBound);
}

#[test]
fn custom_hosts_have_one_owner_and_share_names_with_subdomains() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let before = store.hosts().revision;
    assert_eq!(store.bind("Example.COM", "a").unwrap(), "example.com");
    assert!(store.hosts().revision > before);
    store.bind("example.com", "a").unwrap();
    assert_eq!(store.bind("example.com", "b").unwrap_err().code, Code::HostAlreadyBound);
    assert_eq!(store.bind("not a host", "a").unwrap_err().code, Code::BadField);
    assert_eq!(store.bind("example.org", "../a").unwrap_err().code, Code::BadField);

    saved(&store, "b", "rel_1", &["shop"]);
    store.activate("b", None, "rel_1").unwrap();
    assert_eq!(store.bind("shop.edge.test", "a").unwrap_err().code, Code::HostAlreadyBound);
    store.bind("blog.edge.test", "a").unwrap();
    saved(&store, "b", "rel_2", &["blog"]);
    assert_eq!(store.activate("b", Some("rel_1"), "rel_2").unwrap_err().code, Code::HostAlreadyBound);

    assert_eq!(store.unbind("EXAMPLE.com").unwrap(), "a");
    assert_eq!(store.unbind("example.com").unwrap_err().code, Code::HostNotFound);
    store.bind("example.com", "b").unwrap();
    drop(store);
    assert_eq!(host_of(&open(dir.path()), "example.com").as_deref(), Some("b"));
}

#[test]
fn names_that_would_leave_the_folder_never_reach_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let long = "a".repeat(65);
    for project in ["", ".", "..", "../x", "a/b", "a\\b", "a.b", "-a", "_a", "a\0", "é", &long] {
        assert_eq!(check_project(project).unwrap_err().code, Code::BadField, "{project:?}");
        assert_eq!(store.load(project, "rel_1").unwrap_err().code, Code::BadField, "{project:?}");
        assert_eq!(store.activate(project, None, "rel_1").unwrap_err().code, Code::BadField, "{project:?}");
    }
    check_project(&"a".repeat(64)).unwrap();
    check_project("prj_0-Z").unwrap();
    assert_eq!(store.load("shop", "../live").unwrap_err().code, Code::ReleaseNotFound);
}

#[test]
fn a_release_is_immutable() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let release = saved(&store, "shop", "rel_1", &[]);
    store.save(&release).unwrap();
    let other = testing::release("shop", "rel_1", "other content", &[]);
    assert_eq!(store.save(&other).unwrap_err().code, Code::Internal);
    assert_eq!(store.load("shop", "rel_1").unwrap().digest, release.digest);
}

#[test]
fn a_damaged_release_document_keeps_its_hosts_and_harms_no_other_project() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for project in ["shop", "other"] {
        saved(&store, project, "rel_1", &[project]);
        store.activate(project, None, "rel_1").unwrap();
    }
    drop(store);
    let document = dir.path().join("projects/shop/releases/rel_1.json");
    let text = std::fs::read_to_string(&document).unwrap();
    let damages =
        ["", &text[..text.len() / 2], &text.replace("rel_1", "rel_2"), &text.replace("text/html", "text/xtml")];
    for broken in damages {
        assert_ne!(broken, text);
        std::fs::write(&document, broken).unwrap();
        let store = open(dir.path());
        let error = store.load("shop", "rel_1").unwrap_err();
        assert_eq!(error.code, Code::StorageUnavailable);
        assert!(error.cause.as_deref().unwrap().contains("rel_1.json"), "{error}");
        assert_eq!(host_of(&store, "shop.edge.test").as_deref(), Some("shop"));
        store.load("other", "rel_1").unwrap();
        saved(&store, "other", "rel_2", &["shop"]);
        assert_eq!(store.activate("other", Some("rel_1"), "rel_2").unwrap_err().code, Code::HostAlreadyBound);
    }
}

#[test]
fn a_damaged_live_pointer_or_hosts_file_stops_the_start_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    saved(&store, "shop", "rel_1", &[]);
    store.activate("shop", None, "rel_1").unwrap();
    store.bind("example.com", "shop").unwrap();
    drop(store);
    for file in ["projects/shop/live.json", "hosts.json"] {
        let path = dir.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() / 2]).unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        let error = ReleaseStore::open(state.clone(), Arc::new(Store::open(state)), DOMAIN).unwrap_err();
        assert_eq!(error.code, Code::StorageUnavailable);
        assert!(error.cause.as_deref().unwrap().contains(file), "{error}");
        std::fs::write(&path, text).unwrap();
    }
    open(dir.path());
}

/// The process that [`a_kill_at_any_point_leaves_a_whole_release_live`] kills: applies releases until it is.
#[test]
#[ignore = "started by the test below"]
fn applies_until_killed() {
    let Some(dir) = std::env::var_os("PORTICO_TEST_KILL_DIR") else { return };
    let store = open(Path::new(&dir));
    let mut live = store.live("shop").map(|pointer| (pointer.release, pointer.generation));
    loop {
        let next = format!("rel_{}", live.as_ref().map_or(0, |(_, generation)| *generation) + 1);
        // An earlier life may have saved it without making it live.
        saved(&store, "shop", &next, &["shop"]);
        let pointer = store.activate("shop", live.as_ref().map(|(id, _)| id.as_str()), &next).unwrap();
        live = Some((pointer.release, pointer.generation));
    }
}

#[test]
fn a_kill_at_any_point_leaves_a_whole_release_live() {
    let dir = tempfile::tempdir().unwrap();
    let mut generation = 0;
    for round in 0..25 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--ignored",
                &format!("{}::applies_until_killed", module_path!().split_once("::").unwrap().1),
            ])
            .env("PORTICO_TEST_KILL_DIR", dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Let it get to work, then strike at a moment that differs every round.
        let started = Instant::now();
        while live_generation(dir.path()) <= generation {
            assert!(started.elapsed() < Duration::from_secs(30), "the process does not apply anything");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..5_000)));
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(dir.path());
        let pointer = store.live("shop").unwrap_or_else(|| panic!("nothing is live after round {round}"));
        assert!(pointer.generation > generation, "round {round} went back");
        generation = pointer.generation;
        let release = store.load("shop", &pointer.release).unwrap();
        for blob in release.blobs() {
            store.blobs.load(&blob.sha256, blob.size).unwrap();
        }
        assert_eq!(host_of(&store, "shop.edge.test").as_deref(), Some("shop"));
        assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }
}

fn live_generation(dir: &Path) -> u64 {
    let path = dir.join("projects/shop/live.json");
    // Read while it is being replaced again and again: it is there whole, or not yet there.
    durable::read_json::<LivePointer>(&path).unwrap().map_or(0, |pointer| pointer.generation)
}
