//! A node: the rooms of the program put together.
//!
//! [`run`] starts one and ends when it is told to. [`Node`] is what a running one can do: apply a release, go back to an
//! older one, bind hosts, say what would answer a request. The API and `portico dev` both come here, so what one
//! refuses the other refuses too.
//!
//! Changes take turns ([`Node::turn`]); requests never wait for them, because what answers requests is swapped in whole.

mod apply;
mod attach;
mod auth;
mod consent;
mod content;
pub mod folder;
mod hosts;
mod internal;
mod inventory;
mod invoke;
mod keys;
mod precompress;
mod prepare;
mod promote;
mod question;
mod rehearse;
mod resolve;
mod run;
mod secrets;
mod signals;
mod start;

pub use apply::Applied;
pub use auth::TokenWanted;
pub use consent::{Allowed, Consent};
pub use content::Files;
pub use inventory::{ProjectLine, ReleaseLine};
pub use promote::Promoted;
pub use question::Asked;
pub use run::run;
pub use secrets::SecretChanged;

use crate::auth::authority::Authority;
use crate::auth::keys::api_keys::ApiKeys;
use crate::auth::secrets::SecretStore;
use crate::cas::{BlobCache, StateDir, Store};
use crate::config::Config;
use crate::edge::Attached;
use crate::error::{Error, Result};
use crate::functions;
use crate::node::precompress::Compressors;
use crate::release::live::Live;
use crate::release::store::ReleaseStore;
use std::collections::BTreeSet;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// What a node is run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Many projects, each with hosts of its own, and the API to change them.
    Production,
    /// One project on a developer's machine: every host is its, and there is no API.
    Development {
        /// The project.
        project: String,
    },
}

/// A running node.
pub struct Node {
    config: Config,
    mode: Mode,
    state: Arc<StateDir>,
    blobs: BlobCache,
    releases: ReleaseStore,
    secrets: SecretStore,
    api_keys: Arc<ApiKeys>,
    live: Arc<Live<Attached>>,
    functions: functions::Host,
    authority: Arc<Authority>,
    changing: Mutex<()>,
    compressors: Compressors,
    /// Where functions reach this node.
    door: Option<SocketAddr>,
}

impl Node {
    /// What the node was started with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The state folder.
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    /// Waits until no other change is under way. Comparing with the live release and replacing it is one step only
    /// while this is held; the compare-and-swap on disk is the second lock on the same door.
    async fn turn(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    /// Runs what waits for the disk on a thread that may.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let node = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&node)).await.map_err(Error::internal)?
    }

    /// Runs a change to its end, whether or not its caller stays: half of one is what must not be.
    async fn whole<T: Send + 'static>(change: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        tokio::spawn(change).await.map_err(Error::internal)?
    }

    fn store(&self) -> &Arc<Store> {
        self.blobs.store()
    }

    /// The upstreams that routes may name.
    fn upstreams(&self) -> BTreeSet<String> {
        self.config.upstreams.keys().cloned().collect()
    }

    fn is_development(&self) -> bool {
        matches!(self.mode, Mode::Development { .. })
    }

    /// The base of every API address a function is told, without a trailing slash.
    fn api_base(&self) -> String {
        let configured = &self.config.functions.api_base;
        if !configured.is_empty() {
            return configured.clone();
        }
        // Without either, functions of this process reach nothing anyway.
        self.door.map(|door| format!("http://{door}")).unwrap_or_default()
    }

    /// The address of a host's site, without a trailing slash.
    fn public_url(&self, host: &str) -> String {
        match self.config.listen.first().map_or(80, SocketAddr::port) {
            80 => format!("http://{host}"),
            port => format!("http://{host}:{port}"),
        }
    }
}
