//! Files that are either there, whole, or not there.
//!
//! A write goes to a temporary file in the same file system, is synced, and is renamed over its target; then the folder
//! is synced, because the rename itself lives there. Power loss or a kill at any point leaves the old file or
//! the new one, and at worst a temporary file, which the next start removes ([`super::state`]).

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// A temporary file in `temp_dir`, readable by its owner only.
pub fn temp_file(temp_dir: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix("write-").tempfile_in(temp_dir)
}

/// Gives a written temporary file its name, durably. An older file of that name is replaced.
pub fn persist(temp: NamedTempFile, target: &Path) -> io::Result<()> {
    temp.as_file().sync_all()?;
    let parent = parent(target)?;
    create_dirs(parent)?;
    temp.persist(target).map_err(|error| error.error)?;
    sync_dir(parent)
}

/// Writes `bytes` to `target`, atomically and durably.
pub fn write(temp_dir: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temp = temp_file(temp_dir)?;
    temp.write_all(bytes)?;
    persist(temp, target)
}

/// Writes `value` as JSON, atomically and durably.
pub fn write_json<T: Serialize>(temp_dir: &Path, target: &Path, value: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write(temp_dir, target, &bytes)
}

/// Reads JSON; a file that does not exist is `None`.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates a folder and what is missing above it; each new name is made durable in its parent.
pub fn create_dirs(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = parent(path)?;
    create_dirs(parent)?;
    match fs::create_dir(path) {
        Ok(()) => sync_dir(parent),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the names in a folder durable.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The folder a path is in; `.` for a bare name.
fn parent(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has no parent folder")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_write_replaces_the_file_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a/b/file.json");
        write(dir.path(), &target, b"one").unwrap();
        write(dir.path(), &target, b"two").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["a"]);
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_write_that_fails_keeps_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("file");
        write(dir.path(), &target, b"old").unwrap();
        write(&dir.path().join("no-such-folder"), &target, b"new").unwrap_err();
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }

    #[test]
    fn json_comes_back_and_absence_is_not_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.json");
        assert_eq!(read_json::<Vec<u8>>(&target).unwrap(), None);
        write_json(dir.path(), &target, &vec![1, 2]).unwrap();
        assert_eq!(read_json::<Vec<u8>>(&target).unwrap(), Some(vec![1, 2]));
        fs::write(&target, "[1,").unwrap();
        read_json::<Vec<u8>>(&target).unwrap_err();
    }
}
