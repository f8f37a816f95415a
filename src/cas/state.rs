//! The state folder: who owns it, and what is where.
//!
//! One process owns a state folder. The owner holds an advisory lock on `<state>/lock` for as long as it lives; the kernel
//! drops the lock with the process, so a kill leaves nothing to clean up by hand. Owning the folder is what
//! makes a compare-and-swap under a mutex enough, and what makes it safe to remove temporary files at open.

use super::durable;
use crate::error::{Code, Error, Result};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open state folder, locked for this process until dropped.
#[derive(Debug)]
pub struct StateDir {
    root: PathBuf,
    /// Holds the lock; closing it releases the lock.
    _lock: File,
}

impl StateDir {
    /// Opens (and creates) the folder, takes its lock, and removes temporary files of an earlier process.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, with the process id of the other owner if there is one.
    pub fn open(root: &Path) -> Result<Arc<Self>> {
        let failed = |error: io::Error| unusable(root, &error);
        durable::create_dirs(root).map_err(failed)?;
        let lock = lock(root)?;
        let state = Self { root: root.to_owned(), _lock: lock };
        state.sweep().map_err(failed)?;
        durable::create_dirs(&state.temp_dir()).map_err(failed)?;
        durable::create_dirs(&state.blobs_dir()).map_err(failed)?;
        durable::create_dirs(&state.projects_dir()).map_err(failed)?;
        Ok(Arc::new(state))
    }

    /// [`StateDir::open`] for tests that have just closed it: a child that another test starts at this moment has the lock's file, too, until
    /// it becomes its program.
    #[cfg(test)]
    pub fn open_again(root: &Path) -> Result<Arc<Self>> {
        let begun = std::time::Instant::now();
        loop {
            match Self::open(root) {
                Err(_) if begun.elapsed().as_secs() < 10 => std::thread::sleep(std::time::Duration::from_millis(10)),
                done => return done,
            }
        }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Files being written; emptied at open.
    pub fn temp_dir(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Blobs, by the first two hex digits of their digest.
    pub fn blobs_dir(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// One folder per project: its releases and its live pointer.
    pub fn projects_dir(&self) -> PathBuf {
        self.root.join("projects")
    }

    /// Bindings of custom hosts.
    pub fn hosts_file(&self) -> PathBuf {
        self.root.join("hosts.json")
    }

    /// Removes what a killed process was writing.
    fn sweep(&self) -> io::Result<()> {
        let temp = self.temp_dir();
        if !temp.is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(&temp)? {
            let path = entry?.path();
            if path.is_file() {
                fs::remove_file(&path)?;
            }
        }
        durable::sync_dir(&temp)
    }
}

/// Takes the lock of the folder, and writes our process id into it for whoever comes second.
fn lock(root: &Path) -> Result<File> {
    let path = root.join("lock");
    let failed = |error: io::Error| unusable(root, &error);
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            // Only to name the owner: the lock says enough when it cannot be read.
            let _ = file.read_to_string(&mut owner);
            let owner = owner.trim();
            let by = if owner.is_empty() { String::new() } else { format!(" (process {owner})") };
            return Err(Error::new(
                Code::StorageUnavailable,
                format!("The state folder is in use by another Portico process{by}."),
            )
            .because(format!("{} is locked", path.display())));
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
    write!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(file)
}

fn unusable(root: &Path, error: &io::Error) -> Error {
    Error::new(Code::StorageUnavailable, "The state folder cannot be used.")
        .because(format!("{}: {error}", root.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_owner_is_refused_and_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let first = StateDir::open(dir.path()).unwrap();
        let error = StateDir::open(dir.path()).unwrap_err();
        assert_eq!(error.code, Code::StorageUnavailable);
        assert!(error.message.contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        StateDir::open(dir.path()).unwrap();
    }

    #[test]
    fn temporary_files_of_a_killed_process_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("tmp")).unwrap();
        fs::write(dir.path().join("tmp/write-abc"), "half").unwrap();
        fs::create_dir_all(dir.path().join("blobs/ab")).unwrap();
        fs::write(dir.path().join("blobs/ab/kept"), "kept").unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        assert_eq!(fs::read_dir(state.temp_dir()).unwrap().count(), 0);
        assert!(dir.path().join("blobs/ab/kept").exists());
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        fs::write(&path, "").unwrap();
        let error = StateDir::open(&path).unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
