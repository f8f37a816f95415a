//! What functions are told by their own node: the keys that they verify users by.

use crate::auth::authority::now;
use crate::error::Result;
use crate::node::Node;
use serde_json::Value;
use std::sync::Arc;

impl Node {
    /// The public keys of a project's user tokens: this node's, and those of its issuers that are at hand (reference 2.5).
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn project_jwt_keys(self: &Arc<Self>, project: &str) -> Result<Value> {
        let parts = self.users_of(project).await?.parts();
        let mut answer = parts.signing.project_jwt_keys(now());
        if let Some(keys) = answer["keys"].as_array_mut() {
            keys.retain(|key| !key["kid"].as_str().is_some_and(|kid| parts.verifier.is_key_revoked(kid)));
            keys.extend(parts.verifier.issuer_es256_keys());
        }
        Ok(answer)
    }

    /// The keys of a project's actor envelopes, by their ids (reference 2.5). Secrets.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn actor_context_keys(self: &Arc<Self>, project: &str) -> Result<Value> {
        Ok(self.users_of(project).await?.parts().signing.actor_context_keys(now()))
    }
}
