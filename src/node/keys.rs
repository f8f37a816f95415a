//! API keys of the projects of a running node. Making, rotating and revoking count at once, and change no release.

use crate::auth::keys::api_keys::{ApiKeys, Issued, KeyLine, NewKey};
use crate::error::Result;
use crate::limits;
use crate::node::Node;
use crate::release::inventory::rfc3339;
use crate::release::store::check_project;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// A key as clients see it: without what proves it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyShown {
    id: String,
    kind: &'static str,
    name: String,
    scopes: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    rotated_at: Option<String>,
    previous_until: Option<String>,
    last_used_at: Option<String>,
}

/// A key that was made or has another secret. No `Debug`: it has the secret.
#[derive(Serialize)]
pub struct KeyIssued {
    /// What callers present. Shown this once.
    key: String,
    #[serde(flatten)]
    line: KeyShown,
}

impl From<KeyLine> for KeyShown {
    fn from(line: KeyLine) -> Self {
        let time = |seconds: u64| rfc3339(seconds.saturating_mul(1_000));
        Self {
            id: line.id,
            kind: line.kind.as_str(),
            name: line.name,
            scopes: line.scopes.texts(),
            created_at: time(line.created_at),
            expires_at: line.expires_at.map(time),
            rotated_at: line.rotated_at.map(time),
            previous_until: line.previous_until.map(time),
            last_used_at: line.last_used_at.map(time),
        }
    }
}

impl From<Issued> for KeyIssued {
    fn from(issued: Issued) -> Self {
        Self { key: issued.text, line: issued.line.into() }
    }
}

impl Node {
    /// Who may call functions by name.
    pub fn api_keys(&self) -> &Arc<ApiKeys> {
        &self.api_keys
    }

    /// The keys of a project. One without a release may have some.
    ///
    /// # Errors
    /// `BAD_FIELD` for what is no project, `STORAGE_UNAVAILABLE`.
    pub async fn keys(self: &Arc<Self>, project: &str) -> Result<Vec<KeyShown>> {
        check_project(project)?;
        let project = project.to_owned();
        let lines = self.blocking(move |node| node.api_keys.list(&project)).await?;
        Ok(lines.into_iter().map(KeyShown::from).collect())
    }

    /// Makes a key.
    ///
    /// # Errors
    /// As [`ApiKeys::create`].
    pub async fn create_key(self: &Arc<Self>, project: &str, new: NewKey) -> Result<KeyIssued> {
        check_project(project)?;
        let project = project.to_owned();
        self.blocking(move |node| node.api_keys.create(&project, new)).await.map(KeyIssued::from)
    }

    /// Gives a key another secret.
    ///
    /// # Errors
    /// As [`ApiKeys::rotate`].
    pub async fn rotate_key(self: &Arc<Self>, project: &str, id: &str, grace_seconds: u64) -> Result<KeyIssued> {
        check_project(project)?;
        let (project, id) = (project.to_owned(), id.to_owned());
        self.blocking(move |node| node.api_keys.rotate(&project, &id, grace_seconds)).await.map(KeyIssued::from)
    }

    /// Ends a key.
    ///
    /// # Errors
    /// As [`ApiKeys::revoke`].
    pub async fn revoke_key(self: &Arc<Self>, project: &str, id: &str) -> Result<()> {
        check_project(project)?;
        let (project, id) = (project.to_owned(), id.to_owned());
        self.blocking(move |node| node.api_keys.revoke(&project, &id)).await
    }

    /// Writes down when keys were used, now and then. Never ends by itself.
    pub(super) async fn keep_uses(self: Arc<Self>) {
        let mut turns = tokio::time::interval(Duration::from_secs(limits::API_KEY_USE_FLUSH_SECONDS));
        turns.tick().await;
        loop {
            turns.tick().await;
            self.keep_uses_now().await;
        }
    }

    /// The same at the end.
    pub(super) async fn keep_uses_now(self: &Arc<Self>) {
        let done = self.blocking(|node| {
            node.api_keys.flush();
            Ok(())
        });
        if let Err(error) = done.await {
            tracing::warn!(%error, "when API keys were used is not kept");
        }
    }
}
