//! What the runtime adds to a release so that it can answer: its functions, and who may call them.

use crate::auth::project::ProjectAuth;
use crate::auth::roles::Roles;
use crate::error::{Error, Result};
use crate::functions::Handles;
use http::HeaderValue;
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
    /// What functions are told of the release, in two fields of each request.
    pub names: Names,
}

/// The project and the release as fields' values.
#[derive(Debug)]
pub struct Names {
    pub(super) project: HeaderValue,
    pub(super) release: HeaderValue,
}

impl Names {
    /// # Errors
    /// A name that cannot be a field's value; what made the names would have refused it.
    pub fn new(project: &str, release: &str) -> Result<Self> {
        let value = |text| HeaderValue::from_str(text).map_err(Error::internal);
        Ok(Self { project: value(project)?, release: value(release)? })
    }
}

impl Deref for Attached {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.handles
    }
}
