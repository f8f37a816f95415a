//! The `portico` program: one file per command, and what they share.
//!
//! `serve` and `dev` are nodes and start V8; every other command is a client of a running node, or only reads
//! files, and starts in a few milliseconds. [`output`] says how a result and a failure look.

mod allow;
mod apply;
mod auth;
mod client;
mod config;
mod dev;
mod diagnosis;
mod hosts;
mod keys;
mod manifest;
mod output;
mod releases;
mod resolve;
mod secrets;
mod serve;
mod sessions;
mod token;
mod upload;

use crate::cli::output::{EXIT_USAGE, Output, Usage};
use crate::functions::modules;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::future::Future;
use std::io::IsTerminal;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  portico dev examples/hello                                  develop a site on this machine
  portico config print > portico.toml                         the commented default configuration
  portico serve --config portico.toml                         run a node
  portico apply --manifest site/portico.json --project shop   release a site on it
  portico hosts bind shop.example.com --project shop          and give it a domain
  portico diagnose https://shop.example.com/cart              ask what would serve a request, and why

Results are JSON on standard output unless that is a terminal; failures go to standard error.
Exit status: 0 done, 1 failed, 2 called wrongly.";

/// A self-hosted edge: static files, functions and upstreams behind many domains, in one binary.
#[derive(Debug, Parser)]
#[command(name = "portico", version, about, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    /// Print JSON even on a terminal
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node
    Serve(serve::Serve),
    /// Serve a folder on this machine and apply every change to it
    Dev(dev::Dev),
    /// Release a manifest on a running node
    Apply(apply::Apply),
    /// List, show and compare the releases of a project, or make an older one live again
    Releases(releases::Releases),
    /// Ask a running node what would serve a URL, and why
    Diagnose(resolve::Diagnose),
    /// The same for a URL, or for a host and a path
    Resolve(resolve::Resolve),
    /// Bind hosts to projects
    Hosts(hosts::Hosts),
    /// Say who may call a project's functions: issuers of tokens, database, sessions
    Auth(auth::Auth),
    /// Make a token for a user of a project
    Token(token::Token),
    /// Begin, list and end sessions of a project's users
    Sessions(sessions::Sessions),
    /// Set, list and delete what a project's functions see as their environment
    Secrets(secrets::SecretsCommand),
    /// Make, list, rotate and revoke API keys
    Keys(keys::Keys),
    /// Print or check a node's configuration
    Config(config::ConfigCommand),
}

/// Parses the arguments, runs the command, reports.
pub fn main() -> ExitCode {
    if modules::is_compiler() {
        return modules::compiler();
    }
    modules::compile_separately();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let output = Output::new(cli.json);
    let done = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::Dev(dev) => dev.run(output),
        Command::Apply(apply) => client(apply.run(output)),
        Command::Releases(releases) => client(releases.run(output)),
        Command::Diagnose(diagnose) => client(diagnose.run(output)),
        Command::Resolve(resolve) => client(resolve.run(output)),
        Command::Hosts(hosts) => client(hosts.run(output)),
        Command::Auth(auth) => client(auth.run(output)),
        Command::Token(token) => client(token.run(output)),
        Command::Sessions(sessions) => client(sessions.run(output)),
        Command::Secrets(secrets) => client(secrets.run(output)),
        Command::Keys(keys) => client(keys.run(output)),
        Command::Config(config) => config.run(output),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output.failure(&error),
    }
}

/// Runs a command that only talks to a node: one thread is enough.
fn client(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}

/// Reports arguments that clap refuses, and answers `--help` and `--version`.
fn misused(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
        // The command line was not understood, so `--json` is looked for by hand.
        _ if !std::io::stderr().is_terminal() || std::env::args().any(|arg| arg == "--json") => {
            let text = match error.kind() {
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    let names: Vec<_> = Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
                    format!("A command is missing. Commands: {}.", names.join(", "))
                }
                // After the first paragraph comes the usage, which is for people.
                _ => {
                    let text = error.to_string();
                    let first = text.split("\n\nUsage:").next().unwrap_or_default();
                    first.trim().trim_start_matches("error: ").to_owned()
                }
            };
            Output::new(true).failure(&Usage(text).into())
        }
        _ => {
            let _ = error.print();
            ExitCode::from(EXIT_USAGE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_examples() {
        fn check(command: &clap::Command, path: &str) {
            let has_children = command.get_subcommands().next().is_some();
            let path = format!("{path} {}", command.get_name());
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(has_children || help.contains("Examples:"), "{path} has no examples");
            command.get_subcommands().for_each(|child| check(child, &path));
        }
        check(&Cli::command(), "");
    }
}
