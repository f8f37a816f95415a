//! Verified blobs in memory, and the way there from disk.
//!
//! A hit is one lookup and one reference count: no allocation, no system call, no hashing (what is in here was hashed
//! on its way in). A miss reads on a thread that may block; requests that miss the same blob at the same time share
//! one read, so a release that was just made live does not send every client to the disk.

use super::large::LargeBlob;
use super::store::Store;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::limits;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use moka::sync::Cache;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// Memory one entry takes beside its bytes: the key, two counters, and the cache's own links.
const ENTRY_OVERHEAD_BYTES: usize = 256;

type Pending = Shared<BoxFuture<'static, Result<Bytes>>>;

/// The bytes of a static file, wherever they are.
#[derive(Debug, Clone)]
pub enum Blob {
    /// In memory, whole.
    Memory(Bytes),
    /// On disk, to be sent in chunks.
    Large(LargeBlob),
}

/// A memory of verified small blobs in front of a [`Store`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BlobCache {
    store: Arc<Store>,
    memory: Cache<Digest, Bytes, BuildHasherDefault<DigestHasher>>,
    pending: Arc<Mutex<HashMap<Digest, Pending>>>,
}

impl BlobCache {
    /// A cache of at most `capacity_bytes`, over `store`.
    pub fn new(store: Arc<Store>, capacity_bytes: u64) -> Self {
        let memory = Cache::builder()
            .max_capacity(capacity_bytes)
            .weigher(|_, bytes: &Bytes| {
                u32::try_from(bytes.len().saturating_add(ENTRY_OVERHEAD_BYTES)).unwrap_or(u32::MAX)
            })
            .build_with_hasher(BuildHasherDefault::default());
        Self { store, memory, pending: Arc::default() }
    }

    /// The store behind the cache.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The blob if it is in memory. Never blocks.
    pub fn get(&self, digest: &Digest) -> Option<Bytes> {
        self.memory.get(digest)
    }

    /// The blob, from memory or disk. Blocking.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub fn read(&self, digest: &Digest, size: u64) -> Result<Blob> {
        if size > limits::STATIC_MEMORY_BLOB_BYTES_MAX {
            return self.store.open_large(digest, size).map(Blob::Large);
        }
        self.read_small(digest, size).map(Blob::Memory)
    }

    /// The blob, from memory at once or from disk through a thread that may block.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub async fn fetch(&self, digest: &Digest, size: u64) -> Result<Blob> {
        if size > limits::STATIC_MEMORY_BLOB_BYTES_MAX {
            let (store, digest) = (self.store.clone(), *digest);
            return on_blocking_thread(move || store.open_large(&digest, size)).await.map(Blob::Large);
        }
        match self.get(digest) {
            Some(bytes) => Ok(Blob::Memory(bytes)),
            None => self.shared_read(*digest, size).await.map(Blob::Memory),
        }
    }

    fn read_small(&self, digest: &Digest, size: u64) -> Result<Bytes> {
        if let Some(bytes) = self.get(digest) {
            return Ok(bytes);
        }
        let bytes = self.store.load(digest, size)?;
        self.memory.insert(*digest, bytes.clone());
        Ok(bytes)
    }

    /// The one read of `digest` that is under way, or a new one.
    fn shared_read(&self, digest: Digest, size: u64) -> Pending {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let under_way = UnderWay { cache: self.clone(), digest };
            on_blocking_thread(move || under_way.cache.read_small(&digest, size)).boxed().shared()
        };
        pending.entry(digest).or_insert_with(read).clone()
    }
}

/// A read under way. Ends when the read does, even by a panic and even when every request that waited is gone.
struct UnderWay {
    cache: BlobCache,
    digest: Digest,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.cache.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.digest);
    }
}

async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// A SHA-256 is already as well mixed as a hash can be: eight bytes of it will do.
#[derive(Debug, Default, Clone)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length that precedes the bytes says nothing.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
