//! Roles in a table in memory: for `portico dev`, where there is no database.

use super::{Answer, LookUpError, RoleSource};
use crate::auth::database::{RoleColumns, RoleWatcher, Watchers};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, Weak};

/// A table of users and their roles. It has whatever columns a gate names.
#[derive(Default)]
pub struct RolesInMemory {
    by_user: Mutex<HashMap<String, String>>,
    watchers: Watchers,
}

impl RolesInMemory {
    /// A table with these rows.
    pub fn new(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { by_user: Mutex::new(rows.into_iter().collect()), watchers: Watchers::default() }
    }

    /// Gives a user a role, or takes it.
    pub fn set(&self, user: &str, role: Option<&str>) {
        let mut rows = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        match role {
            Some(role) => rows.insert(user.to_owned(), role.to_owned()),
            None => rows.remove(user),
        };
        drop(rows);
        self.watchers.forget(Some(user));
    }
}

#[async_trait]
impl RoleSource for RolesInMemory {
    async fn role(&self, _: &RoleColumns, user: &str) -> Result<Answer, LookUpError> {
        let role = self.by_user.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned();
        Ok(Answer { role, keep: true })
    }

    fn watch(&self, watcher: Weak<dyn RoleWatcher>) {
        self.watchers.add(watcher);
    }
}
