//! Secrets of a project: the environment its functions see.
//!
//! They are kept in the vault ([`super::vault`]) and come out of it for functions only: no call, no log, no error and no `Debug` shows
//! a value. A file `<state>/secrets/<project>.env` is how they get in without a running node; it is taken into the vault and removed.

mod dotenv;
mod store;

pub use dotenv::{is_secret_name, parse as parse_env};
pub use store::{Edit, SecretLine, SecretStore};

use std::collections::BTreeMap;
use std::fmt;

/// Secrets by name. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// The value of a secret.
    pub fn expose(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them, for the environment of a function.
    pub fn expose_all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Their names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a secret of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl FromIterator<(String, String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}
