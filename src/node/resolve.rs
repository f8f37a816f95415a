//! What would serve a request: the answer of the code that serves it.

use crate::error::{Error, Result};
use crate::node::Node;
use crate::node::question::Asked;
use serde_json::Value;
use std::sync::Arc;

impl Node {
    /// Resolves a request as the edge would (reference 3.9).
    pub async fn resolve(self: &Arc<Self>, asked: Asked) -> Result<Value> {
        let question = asked.question()?;
        Err(Error::internal(format!("{question:?}")))
    }
}
