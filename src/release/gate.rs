//! Who may call a function (reference 3.2, 3.3, 3.7). What is enforced is in [`crate::auth::gate`]; here is what a release says.

use serde::{Deserialize, Serialize};

/// A gate in front of a function. One that asks for a role asks for a user as well.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gate {
    /// Whether `requireAuth` was said: a user must be there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_auth: bool,
    /// The role the user must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_role: Option<RoleGate>,
}

impl Gate {
    /// Whether it stops nobody.
    pub fn is_open(&self) -> bool {
        !self.require_auth && self.require_role.is_none()
    }
}

/// Which role a user must have, and where it is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleGate {
    /// Where it is looked up: the same for all gates of a release.
    #[serde(flatten)]
    pub columns: RoleColumns,
    /// The roles that pass, compared byte for byte.
    pub allowed: Vec<String>,
    /// How long an answer is good, in seconds. 0: every request asks.
    pub cache_ttl: u64,
    /// What somebody without a user gets.
    #[serde(default)]
    pub on_deny: OnDeny,
    /// Where browsers are sent with [`OnDeny::Redirect`]: a path of the same origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_path: Option<String>,
}

/// A table and two columns of it. Names are letters, digits and `_`, without a schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoleColumns {
    /// The table.
    pub table: String,
    /// Its column with the user.
    pub id_column: String,
    /// Its column with the role.
    pub role_column: String,
}

/// What somebody without a user gets from a gate. Who has a user and not the role always gets the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeny {
    /// The error's envelope.
    #[default]
    Envelope,
    /// A browser that asks for a page is sent to the sign-in page.
    Redirect,
}
