//! Blobs by digest, on the local disk.
//!
//! `blobs/ab/<64 hex>`: two hex digits of fan-out keep folders short. Nothing here trusts a name: [`Store::load`]
//! hashes what it read, and what differs is one of the [`Damage`] kinds, logged with its path and answered
//! `STORAGE_UNAVAILABLE`.

use super::ingest::Ingest;
use super::large::{LargeBlob, Verdicts};
use super::state::StateDir;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use bytes::Bytes;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// The blobs of a node.
#[derive(Debug)]
pub struct Store {
    state: Arc<StateDir>,
    pub(super) verdicts: Verdicts,
}

/// What is wrong with a blob on disk.
#[derive(Debug)]
pub enum Damage {
    /// There is no file of that name.
    Missing,
    /// The file has another length than the release says.
    Length {
        /// Bytes that should be there.
        expected: u64,
        /// Bytes that are.
        found: u64,
    },
    /// The bytes have another SHA-256.
    Corrupt,
    /// The file changed while it was being sent.
    Changed,
    /// The file cannot be read.
    Unreadable(io::Error),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Length { expected, found } if found < expected => {
                write!(f, "truncated: {found} bytes of {expected}")
            }
            Self::Length { expected, found } => write!(f, "too long: {found} bytes instead of {expected}"),
            Self::Corrupt => f.write_str("corrupt: its SHA-256 is not its name"),
            Self::Changed => f.write_str("changed while it was read"),
            Self::Unreadable(error) => write!(f, "unreadable: {error}"),
        }
    }
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(error),
        }
    }
}

impl Store {
    /// The blobs of a state folder.
    pub fn open(state: Arc<StateDir>) -> Self {
        Self { state, verdicts: Verdicts::new() }
    }

    /// Where the node keeps things.
    pub fn state(&self) -> &Arc<StateDir> {
        &self.state
    }

    /// Where the blob is, if it is there.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_string();
        self.state.blobs_dir().join(&hex[..2]).join(&hex)
    }

    /// Stores `bytes` under their digest. Storing them again changes nothing, unless what is on disk was damaged: then
    /// it is replaced. Blocking.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::of(bytes);
        if fs::read(self.path(&digest)).is_ok_and(|present| present == bytes) {
            return Ok(digest);
        }
        let mut ingest = self.ingest()?;
        ingest.write(bytes)?;
        ingest.commit(Some((&digest, bytes.len() as u64)))
    }

    /// Begins a blob whose bytes arrive in pieces. Blocking.
    pub fn ingest(&self) -> Result<Ingest<'_>> {
        Ingest::begin(self)
    }

    /// Whether a blob of that digest and length is there. Looks at the length only; [`Store::load`] and
    /// [`Store::open_large`] look at the bytes. Blocking.
    pub fn contains(&self, digest: &Digest, size: u64) -> bool {
        fs::metadata(self.path(digest)).is_ok_and(|meta| meta.is_file() && meta.len() == size)
    }

    /// Reads and checks a whole blob. Blocking. For blobs up to
    /// [`STATIC_MEMORY_BLOB_BYTES_MAX`](crate::limits::STATIC_MEMORY_BLOB_BYTES_MAX) and function sources.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, after an error in the log, unless the bytes are exactly what was stored.
    pub fn load(&self, digest: &Digest, size: u64) -> Result<Bytes> {
        self.read(digest, size).map_err(|damage| self.unavailable(digest, &damage))
    }

    /// Opens and checks a blob for reading in chunks. Blocking, for as long as it takes to hash the file the first time.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub fn open_large(&self, digest: &Digest, size: u64) -> Result<LargeBlob> {
        LargeBlob::open(self, digest, size).map_err(|damage| self.unavailable(digest, &damage))
    }

    fn read(&self, digest: &Digest, size: u64) -> Result<Bytes, Damage> {
        let file = File::open(self.path(digest))?;
        let found = file.metadata()?.len();
        if found != size {
            return Err(Damage::Length { expected: size, found });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).map_err(io::Error::other)?);
        // One byte more than there should be, to notice a file that grew since.
        file.take(size + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(Damage::Length { expected: size, found: bytes.len() as u64 });
        }
        if Digest::of(&bytes) != *digest {
            return Err(Damage::Corrupt);
        }
        Ok(bytes.into())
    }

    /// Writes the damage to the log and turns it into what the client sees.
    pub(super) fn unavailable(&self, digest: &Digest, damage: &Damage) -> Error {
        let path = self.path(digest);
        tracing::error!(target: "portico::cas", %digest, path = %path.display(), %damage, "a stored blob cannot be served");
        Error::new(Code::StorageUnavailable, "The stored content is not available.")
            .because(format!("blob {digest} is {damage}"))
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
