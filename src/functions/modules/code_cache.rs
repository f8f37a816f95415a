//! V8's compiled code by the digest of the source, shared by all isolates of the process.
//!
//! V8 checks of a cache little more than the source's length and its own version (deno_core reference 5.11), so an entry is only ever found by the
//! SHA-256 of the very source it was made from, and only this process fills the cache.

use crate::limits;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, LazyLock};

/// Names a source: the digest of specifier and text.
pub(super) type Key = [u8; 32];

static CACHE: LazyLock<Cache<Key, Arc<[u8]>>> = LazyLock::new(|| {
    Cache::builder()
        .weigher(|_, code: &Arc<[u8]>| u32::try_from(code.len() + 128).unwrap_or(u32::MAX))
        .max_capacity(limits::CODE_CACHE_BYTES_MAX)
        .build()
});

pub(super) fn key(specifier: &str, source: &str) -> Key {
    let mut hasher = Sha256::new();
    hasher.update((specifier.len() as u64).to_le_bytes());
    hasher.update(specifier);
    hasher.update(source);
    hasher.finalize().into()
}

/// Whether a cache of this source would save anything.
pub(super) fn is_worth(source: &str) -> bool {
    source.len() >= limits::CODE_CACHE_SOURCE_BYTES_MIN
}

pub(super) fn get(key: &Key) -> Option<Arc<[u8]>> {
    CACHE.get(key)
}

pub(super) fn put(key: Key, code: &[u8]) {
    CACHE.insert(key, Arc::from(code));
}

pub(super) fn forget(key: &Key) {
    CACHE.invalidate(key);
}
