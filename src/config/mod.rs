//! The node's configuration: one TOML file, one type, one manual.
//!
//! The doc comment of each field *is* its manual: [`print()`] turns types, defaults and comments into the commented
//! file that ships as `conf/portico.toml`, and a test keeps the two equal. A file that is not understood is refused
//! with the line, the column, the field, and, for an unknown key, the nearest known one: a setting is
//! never ignored. Units come last in the names, so that a number is never a guess.

mod check;
mod load;
mod network;
mod print;
mod sections;

pub use load::{ConfigError, Problem, load, parse};
pub use network::Network;
pub use print::print;
pub use sections::{Auth, Functions, Limits, Log, LogFormat, LogLevel, Static, Upstream};

use crate::limits;
use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Configuration of a Portico node. Every value shown is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of everything the node keeps: blobs, releases, hosts, secrets, the API token.
    /// One process owns it at a time.
    pub state_dir: PathBuf,

    /// Domain of the node. A release that claims the subdomain `shop` is served at `shop.<domain>`.
    pub domain: String,

    /// Addresses of the public listeners (plain HTTP).
    pub listen: Vec<SocketAddr>,

    /// Address of the API listener: releases, hosts, diagnosis. Never the public one; its calls need the token in
    /// `<state_dir>/api-token`.
    pub api_listen: SocketAddr,

    /// Threads that do network I/O. 0 means one per core.
    pub threads: usize,

    /// Longest wait at SIGTERM for requests in flight. The node stops as soon as the last one is answered.
    pub drain_seconds: u64,

    /// Field in which a proxy in front says the country of the client in two letters, such as `cf-ipcountry`: what rules
    /// with `Country=` compare and functions see as `x-run402-country`. Name one only if that proxy replaces what
    /// clients send in it. Empty means that no country is known: such rules match nobody, and functions see none.
    pub country_header: String,

    /// What the node writes to its log (standard error).
    pub log: Log,

    /// Static files.
    #[serde(rename = "static")]
    pub statics: Static,

    /// Functions: JavaScript that runs inside the node.
    pub functions: Functions,

    /// Who may call functions: tokens, sessions, roles. What is said of one project is not here but in its auth settings
    /// (`portico auth set`).
    pub auth: Auth,

    /// Limits of the public listeners.
    pub limits: Limits,

    /// Upstream servers, by the name that routes use for them.
    pub upstreams: BTreeMap<String, Upstream>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state_dir: PathBuf::from("/var/lib/portico"),
            domain: "localhost".to_owned(),
            listen: vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080))],
            api_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            threads: 0,
            drain_seconds: limits::DRAIN_SECONDS_DEFAULT,
            country_header: String::new(),
            log: Log::default(),
            statics: Static::default(),
            functions: Functions::default(),
            auth: Auth::default(),
            limits: Limits::default(),
            upstreams: BTreeMap::new(),
        }
    }
}

/// `configured`, or the number of cores when it is 0.
pub fn threads_or_cores(configured: usize) -> usize {
    match configured {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}
