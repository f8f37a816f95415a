//! Warnings on the command line: how they are allowed, and how they are shown.

use clap::Args;
use serde_json::{Value, json};

/// The warnings that a command goes past.
#[derive(Debug, Args)]
pub struct Allow {
    /// Go past the warning of this code; may be given more than once
    #[arg(long, value_name = "CODE")]
    allow_warning: Vec<String>,

    /// Go past every warning: only after reading all of them
    #[arg(long)]
    allow_warnings: bool,
}

impl Allow {
    /// As the API takes it.
    pub fn value(&self) -> Value {
        if self.allow_warnings { json!(true) } else { json!(self.allow_warning) }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        !self.allow_warnings && self.allow_warning.is_empty()
    }
}

/// One line for each warning of an answer, each after a line break.
pub fn lines(warnings: &Value) -> String {
    let line = |warning: &Value| {
        let text = |key: &str| warning[key].as_str().unwrap_or_default();
        format!("\n  {}: {} [{}]", text("severity"), text("message"), text("code"))
    };
    warnings.as_array().into_iter().flatten().map(line).collect()
}
