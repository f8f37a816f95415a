//! Where secrets are kept, and the one way by which they change.

use super::{Secrets, is_secret_name, parse_env};
use crate::auth::document::Secret;
use crate::auth::vault::Vault;
use crate::cas::private::{refuse_if_shared, refused};
use crate::cas::{StateDir, durable};
use crate::error::{Code, Error, Result};
use crate::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Name of the document in the vault.
const DOCUMENT: &str = "secrets";

/// What the platform says of itself in a function's environment (reference 2.2); a secret of that name would never be seen.
const PLATFORM_NAMES: [&str; 4] = ["NODE_ENV", "RUN402_API_BASE", "RUN402_FUNCTION_NAME", "RUN402_PROJECT_ID"];

/// The secrets of every project of a node. All calls block.
pub struct SecretStore {
    state: Arc<StateDir>,
    vault: Arc<Vault>,
    /// Held from the reading of a document to its writing, so that no change is lost to another.
    writing: Mutex<()>,
}

/// A secret without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretLine {
    /// Its name.
    pub name: String,
    /// When it was set last, in milliseconds since 1970.
    pub updated_at: u64,
}

/// A change of a project's secrets. `Debug` shows names only.
#[derive(Clone)]
pub enum Edit {
    /// One gets a value, new or not.
    Set(String, Secret),
    /// One goes.
    Delete(String),
    /// These are all there are (`portico dev`).
    Replace(BTreeMap<String, String>),
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(name, _) => write!(f, "Set({name})"),
            Self::Delete(name) => write!(f, "Delete({name})"),
            Self::Replace(all) => f.debug_set().entries(all.keys()).finish(),
        }
    }
}

/// What is sealed: every secret of a project.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    secrets: BTreeMap<String, Kept>,
}

/// One of them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    value: Secret,
    /// In milliseconds since 1970.
    updated_at: u64,
}

impl SecretStore {
    /// The secrets of a state folder. Files of secrets that lie there are taken into the vault; one that is refused stays where it is
    /// and costs its own project.
    pub fn open(state: Arc<StateDir>, vault: Arc<Vault>) -> Self {
        let store = Self { state, vault, writing: Mutex::new(()) };
        for project in store.projects_with_files() {
            if let Err(error) = store.load(&project) {
                tracing::error!(project, %error, "secrets cannot be read");
            }
        }
        store
    }

    /// The secrets of a project; none when it has none.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when they cannot be opened, or a file of them may be read by others or is not understood: the cause
    /// names file and line, never a value. `BAD_FIELD` when `project` cannot name a file.
    pub fn load(&self, project: &str) -> Result<Secrets> {
        let _turn = self.turn();
        Ok(self.document(project)?.into())
    }

    /// Names of a project's secrets, sorted.
    ///
    /// # Errors
    /// As [`SecretStore::load`].
    pub fn list(&self, project: &str) -> Result<Vec<SecretLine>> {
        let _turn = self.turn();
        let line = |(name, kept): (String, Kept)| SecretLine { name, updated_at: kept.updated_at };
        Ok(self.document(project)?.secrets.into_iter().map(line).collect())
    }

    /// What a project's secrets would be after a change. Nothing is written.
    ///
    /// # Errors
    /// As [`SecretStore::load`]; `SECRET_NOT_FOUND`, and `BAD_FIELD` for a name or value that none may have.
    pub fn preview(&self, project: &str, edit: &Edit) -> Result<Secrets> {
        let _turn = self.turn();
        let mut document = self.document(project)?;
        document.edit(edit)?;
        Ok(document.into())
    }

    /// Changes a project's secrets, durably. Says whether there is one more than before.
    ///
    /// # Errors
    /// As [`SecretStore::preview`].
    pub fn change(&self, project: &str, edit: &Edit) -> Result<bool> {
        let _turn = self.turn();
        let mut document = self.document(project)?;
        let before = document.secrets.len();
        if document.edit(edit)? {
            self.vault.save(project, DOCUMENT, &document)?;
        }
        Ok(document.secrets.len() > before)
    }

    /// The document of a project, with what lies in its file.
    fn document(&self, project: &str) -> Result<Document> {
        let mut document: Document = self.vault.load(project, DOCUMENT)?.unwrap_or_default();
        let path = self.file(project);
        let Some(found) = read_file(&path)? else { return Ok(document) };
        let (count, now) = (found.len(), now_ms());
        for (name, value) in found {
            document.set(name, Secret::new(value), now);
        }
        document.check_size()?;
        // A kill between the two finds both, and does it again.
        self.vault.save(project, DOCUMENT, &document)?;
        let removed = fs::remove_file(&path).and_then(|()| durable::sync_dir(&self.folder()));
        removed.map_err(|error| refused(&path, &error.to_string()))?;
        tracing::info!(project, count, "a file of secrets was taken into the vault and removed");
        Ok(document)
    }

    fn folder(&self) -> PathBuf {
        self.state.root().join("secrets")
    }

    /// Where secrets lie that are to be taken in. The vault has refused a project that cannot name a file.
    fn file(&self, project: &str) -> PathBuf {
        self.folder().join(format!("{project}.env"))
    }

    fn projects_with_files(&self) -> Vec<String> {
        let Ok(listed) = fs::read_dir(self.folder()) else { return Vec::new() };
        let names = listed.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| name.strip_suffix(".env").map(str::to_owned)).collect()
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        // What it guards is on disk, and whole whatever a panic left undone.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretStore").finish_non_exhaustive()
    }
}

impl Document {
    /// Says whether anything is different.
    fn edit(&mut self, edit: &Edit) -> Result<bool> {
        match edit {
            Edit::Set(name, value) => {
                check_name(name)?;
                check_value(value.expose())?;
                self.set(name.clone(), value.clone(), now_ms());
                self.check_size()?;
                Ok(true)
            }
            Edit::Delete(name) => match self.secrets.remove(name) {
                Some(_) => Ok(true),
                None => Err(Error::new(Code::SecretNotFound, "The project has no secret of that name.")),
            },
            Edit::Replace(all) => {
                let as_before = self.secrets.len() == all.len()
                    && all
                        .iter()
                        .all(|(name, value)| self.secrets.get(name).is_some_and(|k| k.value.expose() == value));
                let (now, before) = (now_ms(), std::mem::take(&mut self.secrets));
                if as_before {
                    self.secrets = before;
                    return Ok(false);
                }
                for (name, value) in all {
                    self.set(name.clone(), Secret::new(value.clone()), now);
                }
                self.check_size()?;
                Ok(true)
            }
        }
    }

    fn set(&mut self, name: String, value: Secret, updated_at: u64) {
        self.secrets.insert(name, Kept { value, updated_at });
    }

    /// All of them together are copied into the environment of every function.
    fn check_size(&self) -> Result<()> {
        let (count, count_max) = (self.secrets.len(), limits::SECRETS_PER_PROJECT_MAX);
        if count > count_max {
            return Err(Error::new(Code::BadField, format!("A project has at most {count_max} secrets.")));
        }
        let bytes: usize = self.secrets.iter().map(|(name, kept)| name.len() + kept.value.expose().len()).sum();
        let bytes_max = limits::SECRETS_BYTES_MAX;
        if bytes > bytes_max {
            let message = format!("All secrets of a project together are at most {bytes_max} bytes.");
            return Err(Error::new(Code::BadField, message));
        }
        Ok(())
    }
}

impl From<Document> for Secrets {
    fn from(document: Document) -> Self {
        document.secrets.into_iter().map(|(name, kept)| (name, kept.value.expose().to_owned())).collect()
    }
}

/// The refused name is not repeated: it may be a value that came to the wrong place.
fn check_name(name: &str) -> Result<()> {
    let problem = match name {
        name if !is_secret_name(name) => {
            "A secret's name is 1 to 128 capital letters, digits or `_`, and does not begin with a digit."
        }
        name if PLATFORM_NAMES.contains(&name) => "The node itself says what functions see under this name.",
        _ => return Ok(()),
    };
    Err(Error::new(Code::BadField, problem).detail("field", "name"))
}

fn check_value(value: &str) -> Result<()> {
    let max = limits::SECRET_VALUE_BYTES_MAX;
    let problem = match value {
        "" => "The value is empty.".to_owned(),
        value if value.len() > max => format!("A value is at most {max} bytes."),
        value if value.contains('\0') => "A value has no NUL, which no environment can hold.".to_owned(),
        _ => return Ok(()),
    };
    Err(Error::new(Code::BadField, problem).detail("field", "value"))
}

/// What is in a file of secrets, if there is one.
fn read_file(path: &Path) -> Result<Option<BTreeMap<String, String>>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(path, &error.to_string())),
        Ok(meta) if meta.len() > limits::SECRETS_FILE_BYTES_MAX => {
            return Err(refused(path, &format!("it is larger than {} bytes", limits::SECRETS_FILE_BYTES_MAX)));
        }
        Ok(_) => refuse_if_shared(path)?,
    }
    let text = fs::read_to_string(path).map_err(|error| refused(path, &error.to_string()))?;
    let text = Zeroizing::new(text);
    parse_env(&text).map(Some).map_err(|problem| refused(path, &problem))
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
