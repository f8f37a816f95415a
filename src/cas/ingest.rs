//! Bytes on their way in: hashed while they are written, named only when they are what was promised.
//!
//! The bytes of an upload reach the disk as they arrive, in a temporary file. Whether they become a blob is
//! decided at the end; an [`Ingest`] that is dropped leaves nothing behind.

use super::durable;
use super::store::Store;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use tempfile::NamedTempFile;

/// A blob being written. See [`Store::ingest`].
#[derive(Debug)]
pub struct Ingest<'s> {
    store: &'s Store,
    temp: NamedTempFile,
    hasher: Sha256,
    size: u64,
}

impl<'s> Ingest<'s> {
    pub(super) fn begin(store: &'s Store) -> Result<Self> {
        let temp = durable::temp_file(&store.state().temp_dir()).map_err(|e| write_failed(&e))?;
        Ok(Self { store, temp, hasher: Sha256::new(), size: 0 })
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes. Blocking.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.temp.write_all(bytes).map_err(|e| write_failed(&e))?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Makes the bytes a blob, durably; nothing is stored unless they are `expected`, digest and length. Blocking.
    ///
    /// # Errors
    /// `BAD_FIELD` when they are not what was promised, `STORAGE_UNAVAILABLE` when they cannot be written.
    pub fn commit(self, expected: Option<(&Digest, u64)>) -> Result<Digest> {
        let digest = Digest::from_bytes(self.hasher.finalize().into());
        if let Some((promised, size)) = expected
            && (*promised != digest || size != self.size)
        {
            return Err(Error::new(Code::BadField, "The content is not what its digest and size say.")
                .detail("expected_sha256", promised.to_string())
                .detail("expected_size", size)
                .detail("actual_sha256", digest.to_string())
                .detail("actual_size", self.size));
        }
        durable::persist(self.temp, &self.store.path(&digest)).map_err(|e| write_failed(&e))?;
        Ok(digest)
    }
}

fn write_failed(error: &io::Error) -> Error {
    Error::new(Code::StorageUnavailable, "The content could not be stored.").because(error)
}
