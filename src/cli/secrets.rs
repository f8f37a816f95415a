//! `portico secrets`: what a project's functions see as their environment. A value comes from a pipe or a file, and never goes out.

use crate::auth::secrets::is_secret_name;
use crate::cli::client::Connection;
use crate::cli::output::{Output, Usage};
use crate::limits;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, stdin};
use std::path::PathBuf;

const SET_EXAMPLES: &str = "\
Examples:
  printf %s \"$STRIPE_KEY\" | portico secrets set STRIPE_KEY --project shop --stdin
  portico secrets set TLS_KEY --project shop --file key.pem
  pass show shop/stripe | portico secrets set STRIPE_KEY --project shop --stdin

A value is never an argument: arguments are in the list of processes and in the shell's history. One line end at the end of
what is read is not part of the value. The functions of the live release see it at once; one that does not load with it is a
reason to refuse it, unless --force.";

/// Set, list and delete what a project's functions see as their environment
#[derive(Debug, Args)]
pub struct SecretsCommand {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Set a secret from standard input or a file
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// Its name: capital letters, digits and `_`
        name: String,
        /// Taken only to be refused without being repeated
        #[arg(hide = true)]
        value: Option<String>,
        /// The project
        #[arg(long, short)]
        project: String,
        /// Read the value from standard input
        #[arg(long, conflicts_with = "file")]
        stdin: bool,
        /// Read the value from a file
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Set it although a function of the live release does not load with it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the names of a project's secrets; never their values
    #[command(
        after_help = "Examples:\n  portico secrets list --project shop\n  portico secrets list --project shop | jq -r '.secrets[].name'"
    )]
    List {
        /// The project
        #[arg(long, short)]
        project: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Delete a secret
    #[command(
        after_help = "Examples:\n  portico secrets delete STRIPE_KEY --project shop\n  portico secrets delete STRIPE_KEY --project shop --force   although the live release requires it"
    )]
    Delete {
        /// Its name
        name: String,
        /// The project
        #[arg(long, short)]
        project: String,
        /// Delete it although the live release requires it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        connection: Connection,
    },
}

impl SecretsCommand {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        match self.command {
            What::Set { name, value, project, stdin, file, force, connection } => {
                check_name(&name)?;
                let value = read_value(value.is_some(), stdin, file)?;
                let body = json!({ "value": value }).to_string();
                let query = force_query(force);
                let client = connection.open()?;
                let answer = client.call_with_query(Method::PUT, &of(&project, &name), query, body.into()).await?;
                output.result(&answer, || format!("{name} is set.{}", effect(&answer)));
            }
            What::List { project, connection } => {
                let answer = connection.open()?.call(Method::GET, &format!("/secrets/v1/{project}"), &[]).await?;
                output.result(&answer, || table(&answer));
            }
            What::Delete { name, project, force, connection } => {
                check_name(&name)?;
                let client = connection.open()?;
                let answer = client.call(Method::DELETE, &of(&project, &name), force_query(force)).await?;
                output.result(&answer, || format!("{name} is deleted.{}", effect(&answer)));
            }
        }
        Ok(())
    }
}

/// The endpoint of one secret.
fn of(project: &str, name: &str) -> String {
    format!("/secrets/v1/{project}/{name}")
}

fn force_query(force: bool) -> &'static [(&'static str, &'static str)] {
    if force { &[("force", "true")] } else { &[] }
}

/// Before anything is sent: what is no name may be a value, and the node would log it.
fn check_name(name: &str) -> Result<()> {
    if is_secret_name(name) {
        return Ok(());
    }
    let message =
        "a secret's name is capital letters, digits and `_`, like STRIPE_KEY; its value is read with --stdin or --file";
    Err(Usage(message.to_owned()).into())
}

fn read_value(as_argument: bool, from_stdin: bool, file: Option<PathBuf>) -> Result<String> {
    if as_argument {
        let message = "a secret's value is not given as an argument, where the list of processes and the shell's history have it: \
                       pipe it in with --stdin, or name a file with --file (and change the value, if it was real)";
        return Err(Usage(message.to_owned()).into());
    }
    let bytes = match (from_stdin, file) {
        (_, Some(file)) => {
            let opened = File::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
            read_bounded(opened).with_context(|| format!("cannot read {}", file.display()))?
        }
        (true, None) => read_bounded(stdin().lock()).context("cannot read standard input")?,
        (false, None) => {
            let message = "where is the value? Pipe it in with --stdin, or name a file with --file: \
                           `printf %s \"$KEY\" | portico secrets set KEY --project P --stdin`";
            return Err(Usage(message.to_owned()).into());
        }
    };
    // The text is not repeated in the error: it would be the secret.
    let text = String::from_utf8(bytes).ok().context("the value is not UTF-8; encode it, say in base64")?;
    let value = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text);
    if value.is_empty() {
        return Err(Usage("the value is empty: did the command before the pipe fail?".to_owned()).into());
    }
    Ok(value.to_owned())
}

fn read_bounded(from: impl Read) -> Result<Vec<u8>> {
    let max = limits::SECRET_VALUE_BYTES_MAX;
    let mut bytes = Vec::new();
    // Room for the line end that is not part of it.
    from.take(max as u64 + 3).read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes.len() <= max + 2, "a value is at most {max} bytes");
    Ok(bytes)
}

fn effect(answer: &Value) -> &'static str {
    if answer["release_id"].is_string() {
        " The functions of the live release see it from now on."
    } else {
        " Nothing is live yet that could see it."
    }
}

/// One line per secret: name, and when it was set.
fn table(answer: &Value) -> String {
    let secrets = answer["secrets"].as_array().map_or(&[][..], Vec::as_slice);
    if secrets.is_empty() {
        return "The project has no secrets.".to_owned();
    }
    let text = |secret: &Value, key: &str| secret[key].as_str().unwrap_or_default().to_owned();
    let width = secrets.iter().map(|secret| text(secret, "name").len()).max().unwrap_or_default();
    secrets.iter().map(|one| format!("{:width$}  {}\n", text(one, "name"), text(one, "updated_at"))).collect()
}
