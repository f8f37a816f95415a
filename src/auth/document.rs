//! What an operator says about a project's users. One JSON document per project, kept encrypted ([`super::vault`]).

use crate::error::{Code, Error, Result};
use crate::limits;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// The document. Every part may be left out: then only tokens and sessions of this node count, and there are no role gates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthDocument {
    /// Who else issues tokens for the project's users.
    pub issuers: Vec<Issuer>,
    /// The project's PostgreSQL: where role gates look, and where sessions are kept if `sessions` says so.
    pub database: Option<Database>,
    /// Roles of users, in place of a table in `database`: for a project with few users that change seldom, and for development.
    pub roles: BTreeMap<String, String>,
    /// Where sessions are kept.
    pub sessions: SessionStore,
    /// The secret of HS256 tokens, at least 32 bytes. Without one the node makes its own.
    pub jwt_secret: Option<Secret>,
}

impl AuthDocument {
    /// Reads the document.
    ///
    /// # Errors
    /// `INVALID_AUTH_SETTINGS` with the field in `details.path`. Never with what is in it: a secret may be in the wrong place.
    pub fn read(value: &Value) -> Result<Self> {
        let document: Self = serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let message = format!("`{path}` is not what a project's auth settings may say there.");
            Error::spec(Code::InvalidAuthSettings, path, message)
        })?;
        document.check().map(|()| document)
    }

    /// Checks what the parts do not check themselves.
    ///
    /// # Errors
    /// `INVALID_AUTH_SETTINGS` with the field in `details.path`.
    pub fn check(&self) -> Result<()> {
        if self.database.is_some() && !self.roles.is_empty() {
            let message = "Roles are looked up in `database` or in `roles`: say one of them.";
            return Err(Error::spec(Code::InvalidAuthSettings, "roles", message));
        }
        let Some(secret) = self.jwt_secret.as_ref().map(Secret::expose) else { return Ok(()) };
        if secret == REDACTED {
            let message = "That is what stands in place of a secret when settings are shown, and not one.";
            return Err(Error::spec(Code::InvalidAuthSettings, "jwt_secret", message));
        }
        // A shorter one than the digest is weaker than the digest (RFC 7518 section 3.2).
        if secret.len() < limits::HS256_SECRET_BYTES_MIN {
            let message = format!("The secret of HS256 tokens has at least {} bytes.", limits::HS256_SECRET_BYTES_MIN);
            return Err(Error::spec(Code::InvalidAuthSettings, "jwt_secret", message));
        }
        Ok(())
    }

    /// The settings as they may be shown: without secrets.
    pub fn redacted(&self) -> Value {
        json!({
            "issuers": self.issuers,
            "database": self.database.as_ref().map(|database| json!({ "url": REDACTED, "schema": database.schema })),
            "roles": self.roles,
            "sessions": self.sessions,
            "jwt_secret": self.jwt_secret.as_ref().map(|_| REDACTED),
        })
    }
}

/// What stands in place of a secret.
const REDACTED: &str = "(hidden)";

/// An issuer of tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Issuer {
    /// What `iss` must be, byte for byte. Required.
    pub issuer: String,
    /// One of these must be in `aud`. Empty: `aud` is not looked at.
    pub audience: Vec<String>,
    /// Where its keys are: an `https` URL (`http` only for an address of this machine), or the absolute path of a file.
    pub jwks: Option<String>,
    /// Its keys themselves: a JWK Set (RFC 7517).
    pub keys: Option<Value>,
    /// Whether `project_id` must be there and be the project's. If not, it must be right only when it is there.
    pub require_project_id: bool,
}

/// A PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host:port/name?sslmode=...`.
    pub url: Secret,
    /// The schema that unqualified tables are in. Without one, the connection's own search path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStore {
    /// In the memory of this node: gone when it stops.
    #[default]
    Memory,
    /// In the project's PostgreSQL.
    Postgres,
}

/// A text that is shown to nobody: `Debug` hides it. Serialised only into the vault.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}
