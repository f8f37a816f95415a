//! What the runtime adds to a release so that it can answer: its functions, and who may call them.

use crate::auth::project::ProjectAuth;
use crate::auth::roles::Roles;
use crate::functions::Handles;
use std::ops::Deref;
use std::sync::Arc;

/// The payload of a live release.
pub struct Attached {
    /// Its functions by name.
    pub handles: Handles,
    /// The project's users.
    pub auth: Arc<ProjectAuth>,
    /// The roles that are remembered: those of this release, so that they go with it. None when no gate asks for one.
    pub roles: Option<Arc<Roles>>,
}

impl Deref for Attached {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.handles
    }
}
