//! Damage in every form, and what a crash leaves.

use super::*;
use std::io::{Seek, SeekFrom, Write};

fn open() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(StateDir::open(dir.path()).unwrap());
    (dir, store)
}

fn flip_a_bit(store: &Store, digest: &Digest, at: u64) {
    let mut file = File::options().read(true).write(true).open(store.path(digest)).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

fn refused(store: &Store, digest: &Digest, size: u64, why: &str) {
    let error = store.load(digest, size).unwrap_err();
    assert_eq!(error.code, Code::StorageUnavailable);
    assert_eq!(error.code.status(), 503);
    assert!(error.cause.as_deref().unwrap().contains(why), "{error}");
    let envelope = error.envelope(None).to_string();
    assert!(!envelope.contains(why) && !envelope.contains("blobs"), "internals leaked: {envelope}");
}

#[test]
fn what_was_put_comes_back_from_where_its_name_says() {
    let (dir, store) = open();
    let digest = store.put(b"hello").unwrap();
    assert_eq!(digest.to_string(), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert!(dir.path().join(format!("blobs/2c/{digest}")).is_file());
    assert_eq!(store.load(&digest, 5).unwrap(), "hello");
    assert!(store.contains(&digest, 5));
    assert!(!store.contains(&digest, 4));

    let empty = store.put(b"").unwrap();
    assert_eq!(store.load(&empty, 0).unwrap(), "");
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let (_dir, store) = open();
    let digest = store.put(b"hello world").unwrap();
    for at in [0, 5, 10] {
        flip_a_bit(&store, &digest, at);
        refused(&store, &digest, 11, "corrupt");
        flip_a_bit(&store, &digest, at);
        store.load(&digest, 11).unwrap();
    }
}

#[test]
fn a_truncated_an_extended_and_a_missing_file_are_found() {
    let (_dir, store) = open();
    let digest = store.put(b"hello world").unwrap();
    let file = File::options().write(true).open(store.path(&digest)).unwrap();
    for (length, why) in [(10, "truncated: 10 bytes of 11"), (0, "truncated"), (12, "too long")] {
        file.set_len(length).unwrap();
        refused(&store, &digest, 11, why);
    }
    fs::remove_file(store.path(&digest)).unwrap();
    refused(&store, &digest, 11, "missing");
    assert!(!store.contains(&digest, 11));
}

#[test]
fn putting_again_changes_nothing_unless_the_blob_was_damaged() {
    use std::os::unix::fs::MetadataExt;
    let (_dir, store) = open();
    let digest = store.put(b"hello").unwrap();
    let inode = || fs::metadata(store.path(&digest)).unwrap().ino();
    let before = inode();
    store.put(b"hello").unwrap();
    assert_eq!(inode(), before);

    flip_a_bit(&store, &digest, 2);
    store.put(b"hello").unwrap();
    assert_eq!(store.load(&digest, 5).unwrap(), "hello");
}

#[test]
fn pieces_become_one_blob() {
    let (_dir, store) = open();
    let mut ingest = store.ingest().unwrap();
    ingest.write(b"hel").unwrap();
    ingest.write(b"lo").unwrap();
    assert_eq!(ingest.size(), 5);
    let digest = ingest.commit(None).unwrap();
    assert_eq!(digest, Digest::of(b"hello"));
    assert_eq!(store.load(&digest, 5).unwrap(), "hello");
}

#[test]
fn bytes_that_are_not_what_was_promised_are_not_stored() {
    let (dir, store) = open();
    let (hello, other) = (Digest::of(b"hello"), Digest::of(b"other"));
    for (digest, size) in [(&other, 5), (&hello, 6)] {
        let mut ingest = store.ingest().unwrap();
        ingest.write(b"hello").unwrap();
        assert_eq!(ingest.commit(Some((digest, size))).unwrap_err().code, Code::BadField);
    }
    assert!(!store.path(&hello).exists() && !store.path(&other).exists());
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0, "temporary files were left");
}

#[test]
fn a_write_that_was_killed_leaves_no_blob_and_no_litter_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(StateDir::open(dir.path()).unwrap());
    let mut ingest = store.ingest().unwrap();
    ingest.write(b"half of it").unwrap();
    // A killed process runs no destructors.
    std::mem::forget(ingest);
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 1);
    drop(store);

    let store = Store::open(StateDir::open(dir.path()).unwrap());
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
    assert!(!store.contains(&Digest::of(b"half of it"), 10));
}
