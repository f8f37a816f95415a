//! Blobs that are too large for memory: checked once, then sent from disk in chunks.
//!
//! Hashing a gigabyte for every download would be slow, not hashing it would be trust. So the verdict is remembered with
//! a fingerprint of the file: device, inode, length, and the times of its last write and last change to nanoseconds.
//! A file with another fingerprint is hashed again. Reading goes through the descriptor that was checked, so a
//! replaced file cannot slip in, and the fingerprint is compared again after each chunk is read: a file that was written
//! to in between ends in an aborted answer, never in a wrong one.

use super::store::{Damage, Store};
use crate::digest::Digest;
use crate::error::Result;
use crate::limits;
use bytes::Bytes;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What changes whenever the bytes of a file are changed through the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    device: u64,
    inode: u64,
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Fingerprint {
    fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.len(),
            written: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        })
    }
}

/// Which files were hashed, and whether they were what their name says. Remembering the bad ones as well keeps a damaged
/// large file from being hashed for every request.
#[derive(Debug)]
pub(super) struct Verdicts(Cache<Digest, (Fingerprint, bool)>);

impl Verdicts {
    pub(super) fn new() -> Self {
        Self(Cache::new(limits::STATIC_VERIFIED_BLOBS_MAX))
    }
}

/// A file changed less than this long ago may be changed again without its times showing it: the kernel's clock for
/// them ticks every 1 to 10 ms.
const SETTLED_MS: i128 = 100;

/// A checked blob, open for reading. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LargeBlob(Arc<Checked>);

#[derive(Debug)]
struct Checked {
    file: File,
    digest: Digest,
    fingerprint: Fingerprint,
}

impl LargeBlob {
    pub(super) fn open(store: &Store, digest: &Digest, size: u64) -> Result<Self, Damage> {
        let file = File::open(store.path(digest))?;
        let fingerprint = Fingerprint::of(&file)?;
        if fingerprint.size != size {
            return Err(Damage::Length { expected: size, found: fingerprint.size });
        }
        let remembered = store.verdicts.0.get(digest).filter(|(of, _)| *of == fingerprint);
        let good = match remembered {
            Some((_, good)) => good,
            None => {
                let good = hash(&file)? == *digest;
                if Fingerprint::of(&file)? != fingerprint {
                    return Err(Damage::Changed);
                }
                if fingerprint.settled() {
                    store.verdicts.0.insert(*digest, (fingerprint, good));
                }
                good
            }
        };
        if !good {
            return Err(Damage::Corrupt);
        }
        Ok(Self(Arc::new(Checked { file, digest: *digest, fingerprint })))
    }

    /// Length in bytes.
    pub fn size(&self) -> u64 {
        self.0.fingerprint.size
    }

    /// Reads the chunk at `offset`: at most `max` and at most [`limits::STATIC_CHUNK_BYTES`] bytes, never fewer than
    /// asked for within the blob, and none at its end. Blocking.
    ///
    /// # Errors
    /// When the file is no longer the one that was checked. The answer has begun by then: abort it.
    pub fn read_at(&self, offset: u64, max: u64) -> io::Result<Bytes> {
        let checked = &*self.0;
        let left = self.size().saturating_sub(offset);
        let length = left.min(max).min(limits::STATIC_CHUNK_BYTES as u64);
        // Cannot truncate: it is at most STATIC_CHUNK_BYTES.
        let mut chunk = vec![0; length as usize];
        let read = checked.file.read_exact_at(&mut chunk, offset);
        let unchanged = read.and_then(|()| Fingerprint::of(&checked.file)).map(|now| now == checked.fingerprint);
        match unchanged {
            Ok(true) => Ok(chunk.into()),
            Ok(false) => Err(self.broken("it was changed while it was being sent")),
            Err(error) => Err(self.broken(&error.to_string())),
        }
    }

    /// [`LargeBlob::read_at`] on a thread that may block.
    pub async fn chunk(&self, offset: u64, max: u64) -> io::Result<Bytes> {
        let blob = self.clone();
        tokio::task::spawn_blocking(move || blob.read_at(offset, max)).await.map_err(io::Error::other)?
    }

    fn broken(&self, why: &str) -> io::Error {
        let digest = self.0.digest;
        tracing::error!(target: "portico::cas", %digest, why, "sending a stored blob was aborted");
        io::Error::other(format!("blob {digest}: {why}"))
    }
}

impl Fingerprint {
    /// Whether a later change is sure to show in the times.
    fn settled(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i128);
        let changed = i128::from(self.changed.0) * 1000 + i128::from(self.changed.1) / 1_000_000;
        now - changed >= SETTLED_MS
    }
}

/// SHA-256 of a file, read in chunks.
fn hash(file: &File) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; limits::STATIC_CHUNK_BYTES];
    let mut offset = 0;
    loop {
        let read = file.read_at(&mut buffer, offset)?;
        if read == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&buffer[..read]);
        offset += read as u64;
    }
}

#[cfg(test)]
#[path = "large_tests.rs"]
mod tests;
