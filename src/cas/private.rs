//! Files that only their owner may read: tokens, keys, secrets.

use crate::error::{Code, Error, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Refuses a file that others than its owner may read or write: what is in it is no secret any more. Blocking.
///
/// # Errors
/// `STORAGE_UNAVAILABLE`; the cause names the file.
pub fn refuse_if_shared(path: &Path) -> Result<()> {
    refuse_access(path, 0o077)
}

/// The same for a file that the supervisor gives its service: it may be the supervisor's own, with the service let in by an access
/// list, which shows in the bits of the group.
///
/// # Errors
/// As [`refuse_if_shared`].
pub fn refuse_if_public(path: &Path) -> Result<()> {
    refuse_access(path, 0o007)
}

fn refuse_access(path: &Path, forbidden: u32) -> Result<()> {
    let meta = fs::metadata(path).map_err(|error| refused(path, &error.to_string()))?;
    let mode = meta.permissions().mode();
    if mode & forbidden == 0 {
        return Ok(());
    }
    let problem = format!("its mode is {:o}, so others than its owner have access; it must be 600", mode & 0o777);
    Err(refused(path, &problem))
}

/// The error of a file of secrets that is not used. `problem` never has anything of its content.
pub fn refused(path: &Path, problem: &str) -> Error {
    Error::new(Code::StorageUnavailable, "A file of secrets of this node was refused; the node's log says why.")
        .because(format!("{}: {problem}", path.display()))
}
