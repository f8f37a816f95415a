//! Results of the compiler by the digest of what went in.

use super::{Input, Output};
use crate::limits;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, LazyLock};

pub(super) type Key = [u8; 32];

static CACHE: LazyLock<Cache<Key, Arc<Output>>> = LazyLock::new(|| {
    Cache::builder()
        .weigher(|_, output: &Arc<Output>| u32::try_from(size(output)).unwrap_or(u32::MAX))
        .max_capacity(limits::COMPILED_MODULES_BYTES_MAX)
        .build()
});

pub(super) fn key(input: &Input) -> Key {
    let mut hasher = Sha256::new();
    hasher.update([input.language as u8, input.script as u8]);
    hasher.update((input.specifier.len() as u64).to_le_bytes());
    hasher.update(&input.specifier);
    hasher.update(&input.source);
    hasher.finalize().into()
}

pub(super) fn get(key: &Key) -> Option<Arc<Output>> {
    CACHE.get(key)
}

pub(super) fn put(key: Key, output: Arc<Output>) {
    CACHE.insert(key, output);
}

fn size(output: &Output) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let imports: usize = output.imports.iter().map(|import| import.specifier.len() + 64).sum();
    let problems: usize = output.problems.iter().map(|problem| problem.message.len() + 64).sum();
    256 + text(&output.code) + text(&output.map) + imports + problems
}
