//! Documents that are encrypted at rest: one file each, in a folder per project.
//!
//! One key of the node, which a backup of the state folder had better keep apart, opens them all. A document is sealed for its
//! place: the same bytes under another project or another name do not open. What cannot be opened costs its own
//! project and nobody else, and is never taken for an empty one.
//!
//! What this does not do: an older version of a file, put back by somebody who can write the state folder, opens again.
//!
//! All calls block: use a thread that may.

mod node_key;
mod seal;

use crate::cas::{StateDir, durable};
use crate::error::{Code, Error, Result};
use crate::limits;
use node_key::NodeKey;
use seal::Sealer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Name of the folder in the state folder.
const FOLDER: &str = "vault";

/// The encrypted documents of a node.
pub struct Vault {
    state: Arc<StateDir>,
    key: NodeKey,
    sealer: Sealer,
}

impl Vault {
    /// Opens the vault of a state folder, with the node's key: that of the supervisor (`$CREDENTIALS_DIRECTORY/node-key`, systemd's
    /// `LoadCredential=`), or `<state>/node-key`, which is made when there is none yet.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when others may read the key, when it is none, when there are two that differ, or when it is gone and
    /// documents that it sealed are not.
    pub fn open(state: Arc<StateDir>) -> Result<Arc<Self>> {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self::open_with(state, credentials.as_deref())
    }

    fn open_with(state: Arc<StateDir>, credentials: Option<&Path>) -> Result<Arc<Self>> {
        let folder = state.root().join(FOLDER);
        let failed = |error: io::Error| unavailable(&folder, &error.to_string());
        durable::create_dirs(&folder).map_err(failed)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        let in_use = !folders_in(&folder).map_err(failed)?.is_empty();
        let key = NodeKey::load_or_create(&state, credentials, in_use)?;
        let sealer = Sealer::new(&key)?;
        Ok(Arc::new(Self { state, key, sealer }))
    }

    /// A document; `None` when there is none of that name.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when it cannot be opened or understood: damaged, moved here from elsewhere, or sealed with another key.
    /// The cause names the file. `BAD_FIELD` when `project` or `name` cannot name a file.
    pub fn load<T: DeserializeOwned>(&self, project: &str, name: &str) -> Result<Option<T>> {
        let path = self.file(project, name)?;
        let Some(sealed) = read(&path).map_err(|error| unavailable(&path, &error.to_string()))? else {
            return Ok(None);
        };
        let text = self.sealer.open(project, name, sealed).map_err(|problem| unavailable(&path, problem))?;
        // Serde's own words may quote what is in the document.
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            unavailable(&path, &format!("it opens, but is not what belongs there ({:?})", error.classify()))
        })
    }

    /// Seals a document and writes it, durably. A kill leaves the old one or the new one.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when it cannot be written, `BAD_FIELD` when it is too large or its place is none.
    pub fn save<T: Serialize>(&self, project: &str, name: &str, value: &T) -> Result<()> {
        let path = self.file(project, name)?;
        let text = Zeroizing::new(serde_json::to_vec(value).map_err(|error| {
            Error::internal(format!("{name} of {project} has no JSON form ({:?})", error.classify()))
        })?);
        if text.len() > limits::VAULT_DOCUMENT_BYTES_MAX {
            let max = limits::VAULT_DOCUMENT_BYTES_MAX;
            return Err(Error::new(Code::BadField, format!("What is kept under `{name}` is larger than {max} bytes.")));
        }
        let sealed = self.sealer.seal(project, name, text)?;
        durable::write(&self.state.temp_dir(), &path, &sealed).map_err(|error| unavailable(&path, &error.to_string()))
    }

    /// Removes a document; says whether there was one.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `BAD_FIELD`.
    pub fn remove(&self, project: &str, name: &str) -> Result<bool> {
        let path = self.file(project, name)?;
        let removed = match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other,
        };
        let folder = self.folder(project)?;
        removed.and_then(|()| durable::sync_dir(&folder)).map_err(|error| unavailable(&path, &error.to_string()))?;
        Ok(true)
    }

    /// Names of a project's documents, sorted.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `BAD_FIELD`.
    pub fn names(&self, project: &str) -> Result<Vec<String>> {
        let folder = self.folder(project)?;
        files_in(&folder).map_err(|error| unavailable(&folder, &error.to_string()))
    }

    /// Projects that have a folder, sorted.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub fn projects(&self) -> Result<Vec<String>> {
        let folder = self.state.root().join(FOLDER);
        folders_in(&folder).map_err(|error| unavailable(&folder, &error.to_string()))
    }

    /// A key that need not be kept: HKDF-SHA256 (RFC 5869) of the node's key, the same for the same purpose and project and unlike
    /// any other.
    pub fn derive(&self, purpose: &str, project: &str) -> [u8; 32] {
        self.key.derive(&["derive", purpose, project])
    }

    fn folder(&self, project: &str) -> Result<PathBuf> {
        check_name("project", project)?;
        Ok(self.state.root().join(FOLDER).join(project))
    }

    fn file(&self, project: &str, name: &str) -> Result<PathBuf> {
        check_name("name", name)?;
        Ok(self.folder(project)?.join(name))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("state", &self.state.root()).finish_non_exhaustive()
    }
}

/// `^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`: what can neither leave the folder nor hide in it.
fn is_name(name: &str) -> bool {
    name.len() <= limits::VAULT_NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn check_name(field: &str, name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    let message = "A name is 1 to 64 letters, digits, `_` or `-`, and begins with a letter or digit.";
    Err(Error::new(Code::BadField, message).detail("field", field))
}

/// A file as it is, but never one that is too large to be ours.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let max = (limits::VAULT_DOCUMENT_BYTES_MAX + seal::OVERHEAD_BYTES) as u64;
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::Error::other("it is larger than any document of the vault"));
    }
    Ok(Some(bytes))
}

fn folders_in(folder: &Path) -> io::Result<Vec<String>> {
    entries(folder, fs::FileType::is_dir)
}

fn files_in(folder: &Path) -> io::Result<Vec<String>> {
    entries(folder, fs::FileType::is_file)
}

/// Names of a kind in a folder, sorted; a folder that is not there has none.
fn entries(folder: &Path, is: impl Fn(&fs::FileType) -> bool) -> io::Result<Vec<String>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in listed {
        let entry = entry?;
        let name = entry.file_name().to_str().filter(|name| is_name(name)).map(str::to_owned);
        if is(&entry.file_type()?) {
            names.extend(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The client learns only that there was a failure; the log learns where.
fn unavailable(path: &Path, problem: &str) -> Error {
    Error::new(Code::StorageUnavailable, "What this node keeps encrypted for the project cannot be read or written.")
        .because(format!("{}: {problem}", path.display()))
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
