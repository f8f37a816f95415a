//! Who asks, for all projects of a node: one [`ProjectAuth`] each, made when the project is first met and changed in place after.

use super::clock::Clock;
use super::database::ProjectDatabase;
use super::document::{AuthDocument, SessionStore};
use super::jwt::{Revocations, Verifier, VerifierSettings};
use super::keys::signing::{KeyStore, Rotate, SigningKeys};
use super::project::{Parts, ProjectAuth};
use super::roles::{RoleSource, RolesInMemory};
use super::session::{Sessions, SessionsInMemory, SessionsInPostgres};
use super::vault::Vault;
use crate::config;
use crate::error::{Code, Error, Result};
use crate::limits;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names of documents in the vault.
const SETTINGS: &str = "auth";
const REVOCATIONS: &str = "revocations";

/// What is known of the users of every project.
pub struct Authority {
    vault: Arc<Vault>,
    config: config::Auth,
    projects: ArcSwap<BTreeMap<String, Arc<ProjectAuth>>>,
    /// Held while a project's documents are compared with what is in memory, so that both change as one.
    changing: Mutex<()>,
}

impl Authority {
    /// The authority of a node. Nothing is read yet.
    pub fn new(vault: Arc<Vault>, config: &config::Auth) -> Arc<Self> {
        let (projects, changing) = (ArcSwap::default(), Mutex::default());
        Arc::new(Self { vault, config: config.clone(), projects, changing })
    }

    /// A project's users. Reads the vault the first time: blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when its documents cannot be opened. It is not taken for a project without any.
    pub fn project(&self, project: &str) -> Result<Arc<ProjectAuth>> {
        if let Some(known) = self.known(project) {
            return Ok(known);
        }
        let _one_at_a_time = self.lock();
        if let Some(known) = self.known(project) {
            return Ok(known);
        }
        let document = self.vault.load(project, SETTINGS)?.unwrap_or_default();
        let sessions = Arc::new(SessionsInMemory::new(Clock::Machine, limits::SESSIONS_IN_MEMORY_MAX));
        let made = ProjectAuth::new(project, Arc::clone(&sessions), self.parts(project, document, &sessions, None)?);
        let mut projects = BTreeMap::clone(&self.projects.load());
        projects.insert(project.to_owned(), Arc::clone(&made));
        self.projects.store(Arc::new(projects));
        Ok(made)
    }

    /// Whether anything is kept of a project. Blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `BAD_FIELD`.
    pub fn has(&self, project: &str) -> Result<bool> {
        Ok(!self.vault.names(project)?.is_empty())
    }

    /// A project that was met before. Waits for nobody.
    pub fn known(&self, project: &str) -> Option<Arc<ProjectAuth>> {
        self.projects.load().get(project).cloned()
    }

    /// Replaces a project's settings, at once. Blocking.
    ///
    /// # Errors
    /// `INVALID_AUTH_SETTINGS` with the field, `STORAGE_UNAVAILABLE`; the old settings stay.
    pub fn configure(&self, project: &str, document: AuthDocument) -> Result<()> {
        document.check()?;
        let known = self.project(project)?;
        let _one_at_a_time = self.lock();
        let parts = self.parts(project, document, known.memory_sessions(), Some(&known.parts()))?;
        self.vault.save(project, SETTINGS, &parts.document)?;
        if parts.document.sessions != SessionStore::Memory {
            // Nobody ends them any more, so they must not be found when the store is changed back.
            known.memory_sessions().clear();
        }
        known.replace(parts);
        tracing::info!(project, "auth settings replaced");
        Ok(())
    }

    /// Makes new keys of a project the signing ones. Blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`; nothing has changed.
    pub fn rotate(&self, project: &str, what: Rotate) -> Result<()> {
        let known = self.project(project)?;
        let _one_at_a_time = self.lock();
        let parts = known.parts();
        parts.signing.rotate(what, now())?;
        known.replace(self.parts(project, parts.document.clone(), known.memory_sessions(), Some(&parts))?);
        tracing::info!(project, ?what, "signing keys rotated");
        Ok(())
    }

    /// Lets keys go that are retired for long enough, and revocations of what is over. To be called now and then. Blocking.
    pub fn tidy(&self) {
        for (project, known) in self.projects.load().iter() {
            let _one_at_a_time = self.lock();
            let parts = known.parts();
            match self.parts(project, parts.document.clone(), known.memory_sessions(), Some(&parts)) {
                Ok(parts) => known.replace(parts),
                Err(error) => tracing::warn!(project, %error, "the project's keys could not be read again"),
            }
        }
    }

    /// Changes what is revoked, at once and for as long as it matters. Blocking.
    ///
    /// # Errors
    /// Those of `edit`; `STORAGE_UNAVAILABLE`, and then nothing is revoked.
    pub fn revoke(&self, project: &str, edit: impl FnOnce(&mut Revocations) -> Result<()>) -> Result<()> {
        let known = self.project(project)?;
        let _one_at_a_time = self.lock();
        let mut revocations: Revocations = self.vault.load(project, REVOCATIONS)?.unwrap_or_default();
        revocations.prune(now());
        edit(&mut revocations)?;
        self.vault.save(project, REVOCATIONS, &revocations)?;
        known.parts().verifier.revoke(&revocations);
        tracing::info!(project, "tokens revoked");
        Ok(())
    }

    fn parts(
        &self,
        project: &str,
        document: AuthDocument,
        memory: &Arc<SessionsInMemory>,
        before: Option<&Parts>,
    ) -> Result<Parts> {
        let signing = SigningKeys::load_or_create(
            Arc::clone(&self.vault) as Arc<dyn KeyStore>,
            project,
            document.jwt_secret.clone(),
        )?;
        // Connections, and what is heard over them, outlive a change of something else.
        let same = before.filter(|before| before.document.database == document.database);
        let database = match (&document.database, same.and_then(|before| before.database.clone())) {
            (Some(_), Some(open)) => Some(open),
            (Some(settings), None) => Some(ProjectDatabase::new(project, settings, &self.config)?),
            (None, _) => None,
        };
        let sessions: Arc<dyn Sessions> = match (document.sessions, &database) {
            (SessionStore::Memory, _) => Arc::clone(memory) as Arc<dyn Sessions>,
            (SessionStore::Postgres, Some(database)) => {
                match same.filter(|before| before.document.sessions == SessionStore::Postgres) {
                    Some(before) => Arc::clone(&before.sessions),
                    None => Arc::new(SessionsInPostgres::new(Arc::clone(database))),
                }
            }
            (SessionStore::Postgres, None) => {
                let message = "Sessions are to be kept in the project's database, but there is none in `database`.";
                return Err(Error::spec(Code::InvalidAuthSettings, "sessions", message));
            }
        };
        let mut settings = VerifierSettings::new(project, &self.config);
        settings.own = signing.own_keys(now());
        settings.issuers = document.issuers.clone();
        settings.revocations = self.vault.load(project, REVOCATIONS)?.unwrap_or_default();
        settings.revocations.prune(now());
        // What was fetched of an issuer's keys is kept.
        let verifier = Verifier::replacing(before.map(|before| &*before.verifier), settings)?;
        let roles: Option<Arc<dyn RoleSource>> = match &database {
            Some(database) => Some(Arc::clone(database) as _),
            None if document.roles.is_empty() => None,
            None => Some(Arc::new(RolesInMemory::new(document.roles.clone()))),
        };
        Ok(Parts { signing, verifier, sessions, database, roles, document })
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        // What a panic left behind is on disk or was never made.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
