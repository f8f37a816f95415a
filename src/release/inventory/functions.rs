//! Functions in inventories and diffs.

use crate::digest::Digest;
use crate::release::gate::Gate;
use crate::release::model::{Function, Runtime};
use serde::Serialize;
use serde_json::json;

/// What a node gives a function that does not ask, and at most.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    /// Wall-clock seconds of one invocation: default and most.
    pub timeout_seconds: (u64, u64),
    /// MiB of heap: default and most.
    pub memory_mb: (u64, u64),
}

/// One function of an inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionLine {
    /// Its name.
    pub name: String,
    /// The SHA-256 over its modules and which of them is loaded: the same code has the same hash in every release.
    pub code_hash: Digest,
    /// Its runtime.
    pub runtime: Runtime,
    /// Wall-clock seconds of one invocation.
    pub timeout_seconds: u64,
    /// MiB of heap.
    pub memory_mb: u64,
    /// Nothing runs on a schedule here.
    pub schedule: Option<String>,
    /// `standard` or `ssr`.
    pub class: crate::release::model::Class,
    /// Who may call it; left out when anybody may.
    #[serde(skip_serializing_if = "Gate::is_open")]
    pub gate: Gate,
}

impl FunctionLine {
    /// The line of a function, with what `given` makes of what it asks for.
    pub fn new(name: &str, function: &Function, given: &Given) -> Self {
        let number = |asked: Option<u64>, (default, most): (u64, u64)| asked.unwrap_or(default).min(most);
        Self {
            name: name.to_owned(),
            code_hash: code_hash(function),
            runtime: function.runtime,
            timeout_seconds: number(function.config.timeout_seconds, given.timeout_seconds),
            memory_mb: number(function.config.memory_mb, given.memory_mb),
            schedule: None,
            class: function.class,
            gate: function.gate.clone(),
        }
    }
}

fn code_hash(function: &Function) -> Digest {
    let files: serde_json::Map<_, _> =
        function.files.iter().map(|(path, blob)| (path.clone(), json!(blob.sha256))).collect();
    let mut code = json!({ "entrypoint": function.entrypoint, "files": files });
    code.sort_all_objects();
    Digest::of(code.to_string().as_bytes())
}
