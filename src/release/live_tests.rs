//! What a host gets, and what readers see while it changes.

use super::*;
use crate::release::store::testing::release;
use crate::release::store::{HostBinding, HostSource};
use std::sync::atomic::{AtomicBool, Ordering};

fn live_release(project: &str, generation: u64) -> Arc<LiveRelease<u64>> {
    let id = format!("rel_{generation}");
    LiveRelease::new(release(project, &id, "content", &[]), generation, generation, None)
}

fn hosts(revision: u64, bindings: &[(&str, &str)]) -> HostMap {
    let binding = |(host, project): &(&str, &str)| HostBinding {
        host: (*host).to_owned(),
        project: (*project).to_owned(),
        source: HostSource::Custom,
    };
    HostMap { revision, bindings: bindings.iter().map(binding).collect(), domain: "apps.test".to_owned() }
}

#[test]
fn an_unknown_host_and_a_host_without_a_release_are_two_answers() {
    let live = Live::new();
    live.publish(hosts(1, &[("a.test", "a"), ("b.test", "b")]), live_release("a", 1));
    assert_eq!(live.lookup("a.test").unwrap().generation, 1);
    let miss = live.lookup("b.test").unwrap_err();
    assert_eq!(miss, HostMiss::NoRelease { project: "b".into() });
    assert_eq!(miss.code(), Code::NoSiteDeployed);
    let miss = live.lookup("c.test").unwrap_err();
    assert_eq!(miss, HostMiss::NotConfigured);
    assert_eq!(miss.code(), Code::HostNotConfigured);
    for (host, code) in [
        ("c.apps.test", Code::SubdomainNotConfigured),
        ("apps.test", Code::HostNotConfigured),
        ("b.c.apps.test", Code::HostNotConfigured),
        ("capps.test", Code::HostNotConfigured),
    ] {
        assert_eq!(live.lookup(host).unwrap_err().code(), code, "{host}");
    }
}

#[test]
fn a_swap_gives_back_the_old_release_and_requests_keep_theirs() {
    let live = Live::new();
    let map = || hosts(1, &[("a.test", "a"), ("www.a.test", "a")]);
    assert!(live.publish(map(), live_release("a", 1)).is_none());
    let in_flight = live.lookup("a.test").unwrap();
    let replaced = live.publish(map(), live_release("a", 2)).unwrap();
    assert!(Arc::ptr_eq(&in_flight, &replaced));
    assert_eq!(in_flight.payload, 1);
    for host in ["a.test", "www.a.test"] {
        assert_eq!(live.lookup(host).unwrap().payload, 2);
    }
    drop(replaced);
    assert_eq!(Arc::strong_count(&in_flight), 1, "the table still holds the old release");
}

#[test]
fn what_is_late_does_not_undo_what_is_newer() {
    let live = Live::new();
    live.publish(hosts(5, &[("a.test", "a")]), live_release("a", 2));
    assert!(live.publish(hosts(4, &[("old.test", "a")]), live_release("a", 1)).is_none());
    assert_eq!(live.lookup("a.test").unwrap().generation, 2);
    assert_eq!(live.lookup("old.test").unwrap_err(), HostMiss::NotConfigured);
}

#[test]
fn hosts_change_without_the_releases() {
    let live = Live::new();
    live.publish_all(hosts(1, &[("a.test", "a")]), [live_release("a", 1), live_release("b", 1)]);
    live.publish_hosts(hosts(2, &[("a.test", "b"), ("new.test", "a")]));
    assert_eq!(live.lookup("a.test").unwrap().release.project, "b");
    assert_eq!(live.lookup("new.test").unwrap().release.project, "a");
    assert_eq!(live.table().project_of("new.test"), Some("a"));
    live.publish_hosts(hosts(3, &[]));
    live.lookup("a.test").unwrap_err();
    assert!(live.table().project("a").is_some());
}

#[test]
fn a_release_that_cannot_be_read_is_a_503_until_one_is_published() {
    let live = Live::new();
    live.publish_hosts(hosts(1, &[("a.test", "a")]));
    live.publish_unavailable("a", Outage::Document);
    let miss = live.lookup("a.test").unwrap_err();
    assert_eq!((miss.code(), miss.project()), (Code::StorageUnavailable, Some("a")));
    live.publish(hosts(1, &[("a.test", "a")]), live_release("a", 1));
    assert_eq!(live.lookup("a.test").unwrap().generation, 1);
}

#[test]
fn a_catch_all_has_every_host() {
    let live = Live::catch_all("a");
    assert_eq!(live.lookup("x.test").unwrap_err().code(), Code::NoSiteDeployed);
    live.publish(hosts(1, &[]), live_release("a", 1));
    assert_eq!(live.lookup("x.test").unwrap().generation, 1);
    assert_eq!(live.lookup("y.test").unwrap().generation, 1);
}

#[test]
fn readers_never_see_a_host_missing_or_a_release_going_back() {
    let live = Live::new();
    live.publish(hosts(1, &[("a.test", "a")]), live_release("a", 1));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut last, mut lookups) = (0, 0_u64);
                    while !done.load(Ordering::Relaxed) {
                        let found = live.lookup("a.test").unwrap();
                        assert_eq!(found.generation, found.payload);
                        assert!(found.generation >= last);
                        last = found.generation;
                        lookups += 1;
                    }
                    lookups
                })
            })
            .collect();
        for generation in 2..500 {
            live.publish(hosts(generation, &[("a.test", "a")]), live_release("a", generation));
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    assert_eq!(live.lookup("a.test").unwrap().generation, 499);
}
