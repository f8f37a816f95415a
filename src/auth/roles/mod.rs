//! The role of a user, from the project's PostgreSQL, remembered for as long as a gate says.
//!
//! [`Roles`] is what gates ask; it belongs to one live release and goes with it. It asks a [`RoleSource`]: PostgreSQL, or a table in memory.

mod cache;
mod flight;
mod memory;
mod meters;
pub(super) mod postgres;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;

pub use cache::Roles;
pub use memory::RolesInMemory;

use super::database::{RoleColumns, RoleWatcher};
use async_trait::async_trait;
use std::sync::Weak;

/// Where roles are looked up.
#[async_trait]
pub trait RoleSource: Send + Sync {
    /// The role of a user right now. Ends in bounded time.
    ///
    /// # Errors
    ///
    /// When nobody can say; nothing may be concluded from it.
    async fn role(&self, columns: &RoleColumns, user: &str) -> Result<Answer, LookUpError>;

    /// Adds someone who wants to know when a role may have changed.
    fn watch(&self, watcher: Weak<dyn RoleWatcher>);
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The role: none if the user has no row, or no role that is a string (reference 3.7).
    pub role: Option<String>,
    /// Whether it may be remembered. Not so if the id was found under another spelling (a UUID in capitals): a notification about
    /// the row names it as the database writes it, and would not be recognised.
    pub keep: bool,
}

/// Why nobody can say what a user's role is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUpError {
    /// For the metric: `timeout`, `unavailable` or `refused`.
    pub reason: &'static str,
    /// For the log only.
    pub cause: String,
}
