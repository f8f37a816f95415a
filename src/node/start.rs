//! The start of a node: what is on disk becomes what is served.

use crate::auth::authority::Authority;
use crate::auth::keys::api_keys::ApiKeys;
use crate::auth::secrets::SecretStore;
use crate::auth::vault::Vault;
use crate::cas::{BlobCache, StateDir, Store};
use crate::config::Config;
use crate::edge::Attached;
use crate::error::Result;
use crate::functions;
use crate::node::precompress::Compressors;
use crate::node::{Mode, Node};
use crate::release::live::{Live, LiveRelease};
use crate::release::model::Release;
use crate::release::store::{LivePointer, ReleaseStore};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Mutex;

impl Node {
    /// Opens the state folder and makes live what was live when the node last ended. Functions are told to find this node at `door`.
    /// Blocking.
    pub(super) fn open(
        config: Config,
        mode: Mode,
        functions: functions::Host,
        door: Option<SocketAddr>,
    ) -> Result<Arc<Self>> {
        let state = StateDir::open(&config.state_dir)?;
        let store = Arc::new(Store::open(Arc::clone(&state)));
        let releases = ReleaseStore::open(Arc::clone(&state), Arc::clone(&store), &config.domain)?;
        let vault = Vault::open(Arc::clone(&state))?;
        let secrets = SecretStore::open(Arc::clone(&state), Arc::clone(&vault));
        let api_keys = ApiKeys::open(Arc::clone(&vault))?;
        let blobs = BlobCache::new(store, config.statics.memory_cache_bytes);
        let live = Arc::new(match &mode {
            Mode::Production => Live::new(),
            Mode::Development { project } => Live::catch_all(project),
        });
        let authority = Authority::new(Arc::clone(&vault), &config.auth);
        let (changing, compressors) = (Mutex::new(()), Compressors::new());
        let node = Self {
            config,
            mode,
            state,
            blobs,
            releases,
            secrets,
            api_keys,
            live,
            functions,
            authority,
            changing,
            compressors,
            door,
        };
        node.restore();
        Ok(Arc::new(node))
    }

    /// Publishes the live release of every project. One that cannot be read costs its own project only.
    fn restore(&self) {
        let mut restored = Vec::new();
        for (project, pointer) in self.releases.all_live() {
            match self.restore_one(&project, &pointer) {
                Ok(release) => restored.push(release),
                Err(error) => {
                    tracing::error!(project, release = pointer.release, %error, "the live release cannot be read");
                    self.live.publish_unavailable(&project, self.releases.outage(&project, &pointer.release));
                }
            }
        }
        let releases = restored.len();
        self.live.publish_all(self.releases.hosts(), restored);
        tracing::info!(releases, hosts = self.live.table().hosts().bindings.len(), "state is open");
    }

    pub(super) fn restore_one(&self, project: &str, pointer: &LivePointer) -> Result<Arc<LiveRelease<Attached>>> {
        let release = self.releases.load(project, &pointer.release)?;
        let secrets = self.secrets.load(project)?;
        let handles = self.handles(&release, &secrets, None, &BTreeMap::new())?;
        let previous = self.before(&release, pointer);
        let attached = self.attached(&release, handles)?;
        Ok(LiveRelease::new(release, pointer.generation, attached, self.superseding(previous.as_ref())))
    }

    /// What was live before `release`, if that is not the one it was made from: it carries on what that had.
    fn before(&self, release: &Release, pointer: &LivePointer) -> Option<Release> {
        let id = pointer.previous.as_ref().filter(|id| release.parent.as_ref() != Some(*id))?;
        // The pages of a release that cannot be read any more have to do without its files.
        self.releases.load(&release.project, id).ok()
    }

    /// `previous`, if files of earlier releases are to be answered at all.
    pub(super) fn superseding<'r>(&self, previous: Option<&'r Release>) -> Option<&'r Release> {
        previous.filter(|_| self.config.statics.superseded_hours > 0)
    }
}
