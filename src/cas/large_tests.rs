//! Chunks, and files that change between and during reads.

use super::*;
use crate::cas::StateDir;
use crate::error::Code;
use std::time::Duration;

const SIZE: u64 = 3 * limits::STATIC_CHUNK_BYTES as u64 + 17;

fn stored() -> (tempfile::TempDir, Store, Digest, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(StateDir::open(dir.path()).unwrap());
    let bytes: Vec<u8> = (0..SIZE).map(|i| (i * 31 % 251) as u8).collect();
    let digest = store.put(&bytes).unwrap();
    (dir, store, digest, bytes)
}

fn flip_a_bit(store: &Store, digest: &Digest, at: u64) {
    let file = File::options().read(true).write(true).open(store.path(digest)).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

/// Until a change of the file is sure to show in its times.
fn settle() {
    std::thread::sleep(Duration::from_millis(SETTLED_MS as u64 + 20));
}

#[test]
fn chunks_are_the_bytes_in_order_and_a_range_is_a_part_of_them() {
    let (_dir, store, digest, bytes) = stored();
    let blob = store.open_large(&digest, SIZE).unwrap();
    assert_eq!(blob.size(), SIZE);
    let mut read = Vec::new();
    loop {
        let chunk = blob.read_at(read.len() as u64, u64::MAX).unwrap();
        if chunk.is_empty() {
            break;
        }
        assert!(chunk.len() <= limits::STATIC_CHUNK_BYTES);
        read.extend_from_slice(&chunk);
    }
    assert_eq!(read, bytes);
    assert_eq!(blob.read_at(100, 10).unwrap(), bytes[100..110]);
    assert_eq!(blob.read_at(SIZE - 3, 10).unwrap(), bytes[bytes.len() - 3..]);
    assert_eq!(blob.read_at(SIZE + 3, 10).unwrap(), "");
}

#[test]
fn damage_is_found_although_the_file_was_checked_before() {
    let (_dir, store, digest, _) = stored();
    // At once, within one tick of the file's clock, and long after.
    for wait in [|| (), settle] {
        store.open_large(&digest, SIZE).unwrap();
        wait();
        store.open_large(&digest, SIZE).unwrap();
        flip_a_bit(&store, &digest, SIZE / 2);
        for _ in 0..2 {
            let error = store.open_large(&digest, SIZE).unwrap_err();
            assert_eq!(error.code, Code::StorageUnavailable);
            assert!(error.cause.unwrap().contains("corrupt"));
            wait();
        }
        flip_a_bit(&store, &digest, SIZE / 2);
        store.open_large(&digest, SIZE).unwrap();
    }
}

#[test]
fn a_file_that_was_checked_is_not_hashed_again_once_its_times_can_be_trusted() {
    let (_dir, store, digest, bytes) = stored();
    // Written this moment: another write might not show.
    std::fs::write(store.path(&digest), bytes).unwrap();
    store.open_large(&digest, SIZE).unwrap();
    assert!(store.verdicts.0.get(&digest).is_none());

    settle();
    store.open_large(&digest, SIZE).unwrap();
    let (fingerprint, good) = store.verdicts.0.get(&digest).unwrap();
    assert!(good);
    // The verdict alone decides while the fingerprint is the same: a planted one is believed.
    store.verdicts.0.insert(digest, (fingerprint, false));
    store.open_large(&digest, SIZE).unwrap_err();
}

#[test]
fn a_file_that_changes_while_it_is_sent_aborts_the_answer() {
    for change in [|file: &File| file.write_all_at(b"x", 0), |file: &File| file.set_len(SIZE - 1)] {
        let (_dir, store, digest, _) = stored();
        settle();
        let blob = store.open_large(&digest, SIZE).unwrap();
        blob.read_at(0, 10).unwrap();
        let file = File::options().write(true).open(store.path(&digest)).unwrap();
        change(&file).unwrap();
        blob.read_at(10, 10).unwrap_err();
        blob.read_at(SIZE - 5, 10).unwrap_err();
    }
}

#[test]
fn a_file_that_is_replaced_or_removed_while_it_is_sent_does_no_harm() {
    let (_dir, store, digest, bytes) = stored();
    let blob = store.open_large(&digest, SIZE).unwrap();
    std::fs::remove_file(store.path(&digest)).unwrap();
    // The link count changed, and with it the change time: the answer may end, but never be wrong.
    if let Ok(chunk) = blob.read_at(0, 10) {
        assert_eq!(chunk, bytes[..10]);
    }
    assert!(store.open_large(&digest, SIZE).unwrap_err().cause.unwrap().contains("missing"));
}

#[test]
fn another_length_is_refused_before_anything_is_hashed() {
    let (_dir, store, digest, _) = stored();
    let error = store.open_large(&digest, SIZE + 1).unwrap_err();
    assert!(error.cause.unwrap().contains("truncated"));
}
