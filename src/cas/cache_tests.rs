//! Memory, and the one read that many requests share.

use super::*;
use crate::cas::StateDir;
use crate::error::Code;

fn open(capacity_bytes: u64) -> (tempfile::TempDir, BlobCache) {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(StateDir::open(dir.path()).unwrap()));
    (dir, BlobCache::new(store, capacity_bytes))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn bytes(blob: Blob) -> Bytes {
    match blob {
        Blob::Memory(bytes) => bytes,
        Blob::Large(_) => panic!("not in memory"),
    }
}

#[test]
fn the_first_touch_reads_the_disk_and_the_second_does_not() {
    let (_dir, cache) = open(1 << 20);
    let digest = cache.store().put(b"hello").unwrap();
    assert_eq!(cache.get(&digest), None);
    assert_eq!(bytes(cache.read(&digest, 5).unwrap()), "hello");
    std::fs::remove_file(cache.store().path(&digest)).unwrap();
    assert_eq!(cache.get(&digest).unwrap(), "hello");
    assert_eq!(bytes(cache.read(&digest, 5).unwrap()), "hello");
    assert_eq!(bytes(runtime().block_on(cache.fetch(&digest, 5)).unwrap()), "hello");
}

#[test]
fn damage_is_never_remembered_as_good_and_a_repair_is_seen() {
    let (_dir, cache) = open(1 << 20);
    let digest = cache.store().put(b"hello").unwrap();
    std::fs::write(cache.store().path(&digest), b"hellO").unwrap();
    let runtime = runtime();
    for _ in 0..2 {
        assert_eq!(cache.read(&digest, 5).unwrap_err().code, Code::StorageUnavailable);
        let error = runtime.block_on(cache.fetch(&digest, 5)).unwrap_err();
        assert_eq!(error.code, Code::StorageUnavailable);
        assert_eq!(cache.get(&digest), None);
    }
    cache.store().put(b"hello").unwrap();
    assert_eq!(bytes(runtime.block_on(cache.fetch(&digest, 5)).unwrap()), "hello");
}

#[test]
fn requests_that_miss_together_share_one_read() {
    let (_dir, cache) = open(1 << 20);
    let digest = cache.store().put(b"hello").unwrap();
    runtime().block_on(async {
        let first = cache.shared_read(digest, 5);
        let second = cache.shared_read(digest, 5);
        assert!(first.ptr_eq(&second));
        let (a, b) = futures::future::join(first, second).await;
        assert_eq!((a.unwrap(), b.unwrap()), ("hello".into(), "hello".into()));
    });
    assert!(cache.pending.lock().unwrap().is_empty());
}

#[test]
fn a_read_nobody_waits_for_any_more_ends_and_is_forgotten() {
    let (_dir, cache) = open(1 << 20);
    let digest = cache.store().put(b"hello").unwrap();
    runtime().block_on(async {
        let mut read = Box::pin(cache.fetch(&digest, 5));
        let _ = futures::poll!(&mut read);
        drop(read);
        for _ in 0..500 {
            if cache.pending.lock().unwrap().is_empty() {
                return;
            }
            tokio::task::spawn_blocking(|| std::thread::sleep(std::time::Duration::from_millis(2))).await.unwrap();
        }
        panic!("the read is still pending");
    });
    assert_eq!(cache.get(&digest).unwrap(), "hello");
}

#[test]
fn the_cache_holds_no_more_than_it_may() {
    let (_dir, cache) = open(64 * 1024);
    for i in 0..100_u32 {
        let content = [i.to_le_bytes().as_slice(), &[0; 4000]].concat();
        let digest = cache.store().put(&content).unwrap();
        assert_eq!(bytes(cache.read(&digest, content.len() as u64).unwrap()), content);
    }
    cache.memory.run_pending_tasks();
    assert!(cache.memory.weighted_size() <= 64 * 1024);
    assert!(cache.memory.entry_count() > 0);
}

#[test]
fn large_blobs_stay_out_of_memory() {
    let (_dir, cache) = open(1 << 30);
    let content = vec![7; limits::STATIC_MEMORY_BLOB_BYTES_MAX as usize + 1];
    let digest = cache.store().put(&content).unwrap();
    let Blob::Large(large) = runtime().block_on(cache.fetch(&digest, content.len() as u64)).unwrap() else {
        panic!("in memory");
    };
    assert_eq!(runtime().block_on(large.chunk(0, 3)).unwrap(), [7, 7, 7].as_slice());
    assert_eq!(cache.get(&digest), None);
}

#[test]
fn digests_spread_over_the_table() {
    let hash = |digest: &Digest| {
        use std::hash::BuildHasher;
        BuildHasherDefault::<DigestHasher>::default().hash_one(digest)
    };
    let hashes: std::collections::HashSet<u64> = (0..1000_u32).map(|i| hash(&Digest::of(&i.to_le_bytes()))).collect();
    assert_eq!(hashes.len(), 1000);
}
