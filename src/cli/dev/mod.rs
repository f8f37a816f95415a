//! `portico dev`: a folder, served on this machine, and every change to it applied.
//!
//! It is a node with one project that answers for every host, an empty state folder that goes when it ends, and no
//! API. What is applied goes through the same function as a release on a real node ([`crate::node`]), so
//! what is refused there is refused here; then the last good release goes on being served.

mod follow;
mod scope;
mod terminal;
mod watch;

use crate::cli::dev::follow::Follower;
use crate::cli::manifest;
use crate::cli::output::{Output, Usage};
use crate::config::{self, Config, Upstream};
use crate::node::{self, Mode};
use crate::release::spec;
use crate::release::store::check_project;
use anyhow::{Context, Result};
use clap::Args;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  portico dev                                         the folder you are in, at http://localhost:8080
  portico dev examples/hello --port 3000
  portico dev shop --upstream api=127.0.0.1:9000      for routes to {\"type\": \"proxy\", \"upstream\": \"api\"}

The folder holds the release spec, `portico.json` or `app.json`. Secrets of functions are read from `.env` beside it,
who may call them from `.auth.json` (what `portico auth set` takes), settings of the node, if any, from `portico.toml`. Files are watched, except dotfiles and node_modules.";

/// What a node's settings are called in a folder that is being developed.
const CONFIG_FILE: &str = "portico.toml";

/// The project of a folder whose spec names none.
const PROJECT_UNNAMED: &str = "dev";

/// Serve a folder on this machine and apply every change to it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Dev {
    /// The folder with the release spec
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Port on localhost
    #[arg(long, short, default_value_t = 8080)]
    port: u16,

    /// An upstream that routes may name; may be repeated
    #[arg(long, value_name = "NAME=HOST:PORT", value_parser = upstream)]
    upstream: Vec<(String, Upstream)>,
}

impl Dev {
    /// Serves the folder until a signal.
    pub fn run(self, output: Output) -> Result<()> {
        let folder = self.folder.canonicalize().with_context(|| format!("cannot read {}", self.folder.display()))?;
        if !folder.is_dir() {
            return Err(Usage(format!("{} is not a folder", self.folder.display())).into());
        }
        // Removed when this returns.
        let state =
            tempfile::Builder::new().prefix("portico-dev-").tempdir().context("cannot make a folder for the state")?;
        let config = self.config(&folder, state.path())?;
        terminal::init(&config.log)?;
        let project = project_of(&folder);
        let follower = Follower { folder, shown: self.folder, project: project.clone(), output };
        node::run(config, Mode::Development { project }, move |node, addresses| follower.follow(node, addresses))?;
        Ok(())
    }

    /// The settings of a node for one developer: those of the folder, but on this machine only and with a state of its own.
    fn config(&self, folder: &Path, state: &Path) -> Result<Config> {
        let file = folder.join(CONFIG_FILE);
        let mut config = if file.is_file() { config::load(&file)? } else { Config::default() };
        config.state_dir = state.to_owned();
        config.listen = localhost(self.port);
        config.upstreams.extend(self.upstream.iter().cloned());
        Ok(config)
    }
}

/// The project that the folder's spec names; any name will do while there is none to read. Asked once: the project is
/// what every host of this node leads to.
fn project_of(folder: &Path) -> String {
    let named = manifest::find(folder).and_then(|file| manifest::read(&file)).and_then(|text| spec::parse(&text));
    let named = named.ok().and_then(|spec| spec.project().map(str::to_owned));
    named.filter(|name| check_project(name).is_ok()).unwrap_or_else(|| PROJECT_UNNAMED.to_owned())
}

/// `localhost` is two addresses where there is IPv6, and which one a client tries first is not ours to choose.
fn localhost(port: u16) -> Vec<SocketAddr> {
    let mut addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    // Port 0 would be a different one on each.
    if port != 0 && TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        addresses.push(SocketAddr::from((Ipv6Addr::LOCALHOST, port)));
    }
    addresses
}

/// Parses `NAME=HOST:PORT`.
fn upstream(text: &str) -> Result<(String, Upstream), String> {
    let (name, address) = text.split_once('=').ok_or("write it as NAME=HOST:PORT")?;
    let (host, port) = address.rsplit_once(':').ok_or("the address has no port")?;
    if name.is_empty() || host.is_empty() || port.parse::<u16>().is_err() {
        return Err("write it as NAME=HOST:PORT".to_owned());
    }
    Ok((name.to_owned(), Upstream { address: address.to_owned(), ..Upstream::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_name_and_an_address() {
        let (name, upstream) = upstream("api=127.0.0.1:9000").unwrap();
        assert_eq!((name.as_str(), upstream.address.as_str()), ("api", "127.0.0.1:9000"));
        for wrong in ["api", "=a:1", "api=a", "api=:1", "api=a:x", "api=a:99999"] {
            assert!(super::upstream(wrong).is_err(), "{wrong}");
        }
    }
}
