//! API keys: which project a caller means, and what it may do there.
//!
//! A key is found in one step over all projects, because its text names it by a public id; then its secret is compared with the hash
//! that is kept. Besides the keys that an operator makes, each project has two that are never kept: functions get them in
//! their environment, and they are derived from the node's key.
//!
//! | file | idea |
//! |---|---|
//! | `text` | what a key looks like |
//! | `scope` | what it may do |
//! | `record` | what is kept of it |
//! | `usage` | when it was used last |

mod record;
mod scope;
mod text;
mod usage;

pub use record::KeyLine;
pub use scope::Scopes;
pub use text::{KeyKind, looks_like_key};

use super::super::vault::Vault;
use crate::error::{Code, Error, Result};
use crate::limits;
use arc_swap::ArcSwap;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use record::{Document, Previous, Record};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use usage::Used;

/// Name of the document in the vault.
const DOCUMENT: &str = "api-keys";

/// What the ids of keys for functions begin with; the rest is the project. Ids of other keys are hex digits.
const RUNTIME: &str = "rt-";

/// The API keys of every project of a node.
pub struct ApiKeys {
    vault: Arc<Vault>,
    index: ArcSwap<Index>,
    /// Held from the reading of a document to the swap of the index.
    changing: Mutex<()>,
}

/// Keys by their id.
type Index = HashMap<Box<str>, Arc<Entry>>;

struct Entry {
    project: Arc<str>,
    record: Record,
    used: Arc<Used>,
}

/// What a good key is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGrant {
    /// The project it belongs to.
    pub project: Arc<str>,
    /// What it is for.
    pub kind: KeyKind,
    /// Its public id, for the log.
    pub id: Box<str>,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it is the one that the project's own functions have.
    pub is_runtime: bool,
}

/// A key that is to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub kind: KeyKind,
    /// What its maker calls it; may be empty.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// From when on it is not good, in seconds since 1970.
    pub expires_at: Option<u64>,
}

/// A key that was made. The only time its text is there to be had.
pub struct Issued {
    /// What the caller presents.
    pub text: String,
    /// What is known of it from now on.
    pub line: KeyLine,
}

impl ApiKeys {
    /// Reads the keys of every project. Those that cannot be read are good for nothing, and cost their own project only. Blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when the vault's folder cannot be read.
    pub fn open(vault: Arc<Vault>) -> Result<Arc<Self>> {
        let mut index = Index::new();
        for project in vault.projects()? {
            match vault.load::<Document>(&project, DOCUMENT) {
                Ok(document) => add(&mut index, &project, document.unwrap_or_default(), &usage::load(&vault, &project)),
                Err(error) => tracing::error!(project, %error, "API keys cannot be read, so none of them is good"),
            }
        }
        Ok(Arc::new(Self { vault, index: ArcSwap::from_pointee(index), changing: Mutex::new(()) }))
    }

    /// What a text that somebody presents is good for. Unknown, revoked, expired and wrong look the same.
    pub fn check(&self, presented: &str) -> Option<KeyGrant> {
        self.check_at(presented, now())
    }

    /// [`ApiKeys::check`] at a time, in seconds since 1970.
    pub fn check_at(&self, presented: &str, now: u64) -> Option<KeyGrant> {
        let presented = text::read(presented)?;
        if let Some(project) = presented.id.strip_prefix(RUNTIME) {
            let right = self.runtime_secret(presented.kind, project);
            verify_slices_are_equal(right.as_bytes(), presented.secret.as_bytes()).ok()?;
            let (kind, id, scopes) = (presented.kind, presented.id.into(), Scopes::all());
            return Some(KeyGrant { project: project.into(), kind, id, scopes, is_runtime: true });
        }
        let hash = text::hash(presented.secret);
        let index = self.index.load();
        let entry = index.get(presented.id)?;
        let record = &entry.record;
        let is_current = verify_slices_are_equal(&record.hash, &hash).is_ok();
        let before = record.previous.as_ref().filter(|previous| now < previous.until);
        let is_previous = before.is_some_and(|previous| verify_slices_are_equal(&previous.hash, &hash).is_ok());
        let is_over = record.expires_at.is_some_and(|end| end <= now);
        if !(is_current || is_previous) || is_over || record.kind != presented.kind {
            return None;
        }
        entry.used.note(now);
        Some(KeyGrant {
            project: Arc::clone(&entry.project),
            kind: record.kind,
            id: record.id.as_str().into(),
            scopes: record.scopes.clone(),
            is_runtime: false,
        })
    }

    /// The service key that functions of a project have (`RUN402_SERVICE_KEY`, reference 2.2). The same for the node's life.
    pub fn runtime_service_key(&self, project: &str) -> String {
        self.runtime_key(KeyKind::Service, project)
    }

    /// The anon key that functions of a project have (`RUN402_ANON_KEY`, reference 2.2).
    pub fn runtime_anon_key(&self, project: &str) -> String {
        self.runtime_key(KeyKind::Anon, project)
    }

    fn runtime_key(&self, kind: KeyKind, project: &str) -> String {
        text::write(kind, &format!("{RUNTIME}{project}"), &self.runtime_secret(kind, project))
    }

    fn runtime_secret(&self, kind: KeyKind, project: &str) -> String {
        let purpose = match kind {
            KeyKind::Anon => "anon key of functions",
            KeyKind::Service => "service key of functions",
        };
        text::encode(&self.vault.derive(purpose, project))
    }

    /// The keys of a project that an operator made, oldest first. Blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `BAD_FIELD` for what is no project.
    pub fn list(&self, project: &str) -> Result<Vec<KeyLine>> {
        let document = self.document(project)?;
        let (index, now) = (self.index.load(), now());
        let used = |record: &Record| index.get(record.id.as_str()).and_then(|entry| entry.used.at());
        Ok(document.keys.iter().map(|record| record.line(used(record), now)).collect())
    }

    /// Makes a key. Blocking.
    ///
    /// # Errors
    /// `BAD_FIELD` for a name that is none, an end that has been, or one key too many; `STORAGE_UNAVAILABLE`.
    pub fn create(&self, project: &str, new: NewKey) -> Result<Issued> {
        let now = now();
        check_new(&new, now)?;
        let _turn = self.turn();
        let mut document = self.document(project)?;
        if document.keys.len() >= limits::API_KEYS_PER_PROJECT_MAX {
            let message = format!("A project has at most {} keys: revoke some.", limits::API_KEYS_PER_PROJECT_MAX);
            return Err(Error::new(Code::BadField, message));
        }
        let (id, secret) = (text::new_id()?, text::new_secret()?);
        if self.index.load().contains_key(id.as_str()) {
            return Err(Error::internal("the id of a new key is taken"));
        }
        let record = Record {
            id,
            kind: new.kind,
            name: new.name,
            scopes: new.scopes,
            hash: text::hash(&secret),
            previous: None,
            created_at: now,
            expires_at: new.expires_at,
            rotated_at: None,
        };
        let issued = Issued { text: text::write(record.kind, &record.id, &secret), line: record.line(None, now) };
        document.keys.push(record);
        self.keep(project, document)?;
        tracing::info!(project, key = issued.line.id, kind = issued.line.kind.as_str(), "API key made");
        Ok(issued)
    }

    /// Gives a key another secret. The one it had is good for `grace_seconds` more; the one before that not any longer. Blocking.
    ///
    /// # Errors
    /// `KEY_NOT_FOUND`, `BAD_FIELD` for a grace that is too long, `STORAGE_UNAVAILABLE`.
    pub fn rotate(&self, project: &str, id: &str, grace_seconds: u64) -> Result<Issued> {
        let max = limits::API_KEY_GRACE_SECONDS_MAX;
        if grace_seconds > max {
            let message = format!("The old secret is good for at most {max} seconds more.");
            return Err(Error::new(Code::BadField, message).detail("field", "grace_seconds"));
        }
        let now = now();
        let _turn = self.turn();
        let mut document = self.document(project)?;
        let record = document.keys.iter_mut().find(|record| record.id == id).ok_or_else(no_such_key)?;
        let secret = text::new_secret()?;
        let old = std::mem::replace(&mut record.hash, text::hash(&secret));
        record.previous = (grace_seconds > 0).then(|| Previous { hash: old, until: now.saturating_add(grace_seconds) });
        record.rotated_at = Some(now);
        let used = self.index.load().get(id).and_then(|entry| entry.used.at());
        let issued = Issued { text: text::write(record.kind, id, &secret), line: record.line(used, now) };
        self.keep(project, document)?;
        tracing::info!(project, key = id, grace_seconds, "API key rotated");
        Ok(issued)
    }

    /// Ends a key, at once and for ever. Blocking.
    ///
    /// # Errors
    /// `KEY_NOT_FOUND`, `STORAGE_UNAVAILABLE`.
    pub fn revoke(&self, project: &str, id: &str) -> Result<()> {
        let _turn = self.turn();
        let mut document = self.document(project)?;
        let before = document.keys.len();
        document.keys.retain(|record| record.id != id);
        if document.keys.len() == before {
            return Err(no_such_key());
        }
        self.keep(project, document)?;
        tracing::info!(project, key = id, "API key revoked");
        Ok(())
    }

    /// Keeps when keys were used, if that has changed since it was kept last. Blocking.
    pub fn flush(&self) {
        let _turn = self.turn();
        usage::save(
            &self.vault,
            self.index.load().values().map(|entry| (&*entry.project, &*entry.record.id, &*entry.used)),
        );
    }

    fn document(&self, project: &str) -> Result<Document> {
        Ok(self.vault.load(project, DOCUMENT)?.unwrap_or_default())
    }

    /// Writes a project's keys, and then lets them count.
    fn keep(&self, project: &str, document: Document) -> Result<()> {
        self.vault.save(project, DOCUMENT, &document)?;
        let before = self.index.load_full();
        let (own, others): (Vec<_>, Vec<_>) = before.iter().partition(|(_, entry)| &*entry.project == project);
        let mut index: Index = others.into_iter().map(|(id, entry)| (id.clone(), Arc::clone(entry))).collect();
        let used = own.into_iter().map(|(id, entry)| (id.to_string(), Arc::clone(&entry.used))).collect();
        add(&mut index, project, document, &used);
        self.index.store(Arc::new(index));
        Ok(())
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        // What it guards is on disk, and the index is swapped whole.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("keys", &self.index.load().len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Issued").field(&self.line).finish()
    }
}

fn add(index: &mut Index, project: &str, document: Document, used: &HashMap<String, Arc<Used>>) {
    let project: Arc<str> = project.into();
    for record in document.keys {
        let used = used.get(&record.id).cloned().unwrap_or_default();
        let id = record.id.as_str().into();
        index.insert(id, Arc::new(Entry { project: Arc::clone(&project), record, used }));
    }
}

fn check_new(new: &NewKey, now: u64) -> Result<()> {
    let max = limits::API_KEY_NAME_CHARS_MAX;
    if new.name.chars().count() > max || new.name.chars().any(char::is_control) {
        let message = format!("A key's name is at most {max} characters, and none of them a control character.");
        return Err(Error::new(Code::BadField, message).detail("field", "name"));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::new(Code::BadField, "The key would have expired already.").detail("field", "expires_at"));
    }
    Ok(())
}

fn no_such_key() -> Error {
    Error::new(Code::KeyNotFound, "The project has no key of that id.")
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
#[path = "api_keys_tests.rs"]
mod tests;
