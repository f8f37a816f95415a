//! What a call of a function by its name needs of a running node.

use crate::edge::Attached;
use crate::error::{Code, Error, Result};
use crate::functions;
use crate::node::Node;
use crate::release::live::LiveRelease;
use crate::route::host;
use std::sync::Arc;

impl Node {
    /// Where functions run.
    pub fn functions(&self) -> &functions::Host {
        &self.functions
    }

    /// The live release of a project; `None` when it has none.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when it has one that cannot be read.
    pub fn live_release(&self, project: &str) -> Result<Option<Arc<LiveRelease<Attached>>>> {
        match self.live.table().project(project) {
            Some(live) => Ok(Some(Arc::clone(live))),
            None if self.releases.live(project).is_some() => {
                Err(Error::new(Code::StorageUnavailable, "The project is there, but cannot be read at the moment."))
            }
            None => Ok(None),
        }
    }

    /// The project that a host belongs to, as a client wrote it.
    pub fn project_of_host(&self, authority: &str) -> Option<String> {
        let host = host::normalize(authority)?;
        self.live.table().project_of(&host).map(str::to_owned)
    }
}
