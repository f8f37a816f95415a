//! `portico hosts`: which public host belongs to which project.

use crate::cli::client::Connection;
use crate::cli::output::Output;
use anyhow::Result;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

/// Bind hosts to projects
#[derive(Debug, Args)]
pub struct Hosts {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Give a host to a project
    #[command(after_help = "Examples:\n  portico hosts bind shop.example.com --project shop")]
    Bind {
        /// The host name, without port
        host: String,
        /// The project that answers for it
        #[arg(long, short)]
        project: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Take a host away from its project
    #[command(after_help = "Examples:\n  portico hosts unbind shop.example.com")]
    Unbind {
        /// The host name, without port
        host: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// List every host of the node
    #[command(after_help = "Examples:\n  portico hosts list\n  portico hosts list | jq -r '.hosts[].host'")]
    List {
        #[command(flatten)]
        connection: Connection,
    },
}

impl Hosts {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        match self.command {
            What::Bind { host, project, connection } => {
                let body = json!({ "project": project }).to_string();
                let answer = connection.open()?.call_with(Method::PUT, &of(&host), body.into()).await?;
                output.result(&answer, || format!("{host} now belongs to {project}."));
            }
            What::Unbind { host, connection } => {
                let answer = connection.open()?.call(Method::DELETE, &of(&host), &[]).await?;
                output.result(&answer, || format!("{host} is no longer bound."));
            }
            What::List { connection } => {
                let answer = connection.open()?.call(Method::GET, "/hosts/v1", &[]).await?;
                output.result(&answer, || table(&answer));
            }
        }
        Ok(())
    }
}

/// The endpoint of one host.
fn of(host: &str) -> String {
    format!("/hosts/v1/{host}")
}

/// One line per host: host, project, where the binding comes from.
fn table(answer: &Value) -> String {
    let hosts = answer["hosts"].as_array().map_or(&[][..], Vec::as_slice);
    if hosts.is_empty() {
        return "No host is bound.".to_owned();
    }
    let text = |host: &Value, key: &str| host[key].as_str().unwrap_or_default().to_owned();
    let width = hosts.iter().map(|host| text(host, "host").len()).max().unwrap_or_default();
    let lines = hosts
        .iter()
        .map(|host| format!("{:width$}  {}  {}\n", text(host, "host"), text(host, "project"), text(host, "source")));
    lines.collect()
}
