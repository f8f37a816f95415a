//! `portico serve`: runs a node until it is told to stop.

use crate::config;
use crate::node::{self, Mode};
use crate::telemetry;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  portico serve --config /etc/portico/portico.toml
  PORTICO_CONFIG=portico.toml portico serve

The node stops at SIGTERM or SIGINT as soon as the last request is answered; a second signal ends it at once.
Under systemd use Type=notify: readiness is told when the listeners are bound.";

/// Run a node
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// The node's configuration; see `portico config print`
    #[arg(long, short, value_name = "FILE", env = "PORTICO_CONFIG")]
    config: PathBuf,
}

impl Serve {
    /// Runs the node in the foreground.
    pub fn run(self) -> Result<()> {
        let config = config::load(&self.config)?;
        telemetry::init(&config.log)?;
        telemetry::metrics::init();
        node::run(config, Mode::Production, |_, _| std::future::ready(()))?;
        Ok(())
    }
}
