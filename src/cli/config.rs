//! `portico config`: the commented default configuration, and a check of one's own.

use crate::cli::output::Output;
use crate::config;
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Print or check a node's configuration
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the commented default configuration
    #[command(after_help = "Examples:\n  portico config print > /etc/portico/portico.toml")]
    Print,
    /// Check a configuration and say where it is wrong
    #[command(after_help = "Examples:\n  portico config check /etc/portico/portico.toml")]
    Check {
        /// The file to check
        file: PathBuf,
    },
}

impl ConfigCommand {
    /// Runs the command.
    pub fn run(self, output: Output) -> Result<()> {
        match self.command {
            // TOML for everyone: what it prints is meant to be a file.
            What::Print => output.text(&config::print()),
            What::Check { file } => {
                let config = config::load(&file)?;
                let value =
                    json!({ "status": "ok", "file": file, "upstreams": config.upstreams.keys().collect::<Vec<_>>() });
                output.result(&value, || format!("{} is good.", file.display()));
            }
        }
        Ok(())
    }
}
