//! `portico keys`: API keys, with which functions of a project are called by name.

use crate::cli::client::Connection;
use crate::cli::output::Output;
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

const CREATE_EXAMPLES: &str = "\
Examples:
  portico keys create --project shop --kind anon --name website
  portico keys create --project shop --kind service --function import --expires-in 90d | jq -r .key

The key is shown this once: the node keeps only a hash of it.";

/// Make, list, rotate and revoke API keys
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Says which project is meant; may be in a page's source
    Anon,
    /// For backends
    Service,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a key
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// The project
        #[arg(long, short)]
        project: String,
        /// What it is for
        #[arg(long)]
        kind: Kind,
        /// What to call it in lists
        #[arg(long, default_value = "")]
        name: String,
        /// A function it may call; may be repeated [default: every function of the project]
        #[arg(long, value_name = "NAME")]
        function: Vec<String>,
        /// When it ends, such as 12h or 90d [default: never]
        #[arg(long, value_name = "TIME", value_parser = seconds)]
        expires_in: Option<u64>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List a project's keys, without what proves them
    #[command(
        after_help = "Examples:\n  portico keys list --project shop\n  portico keys list --project shop | jq -r '.keys[] | select(.last_used_at == null) | .id'"
    )]
    List {
        /// The project
        #[arg(long, short)]
        project: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a key another secret; the old one is good for a while
    #[command(
        after_help = "Examples:\n  portico keys rotate 5f1c8a90b3d2e467 --project shop\n  portico keys rotate 5f1c8a90b3d2e467 --project shop --grace 0s   the old secret has leaked"
    )]
    Rotate {
        /// The key's id, the part of it before the last `_`
        id: String,
        /// The project
        #[arg(long, short)]
        project: String,
        /// How long the old secret is good, such as 2h or 7d [default: 24h]
        #[arg(long, value_name = "TIME", value_parser = seconds)]
        grace: Option<u64>,
        #[command(flatten)]
        connection: Connection,
    },
    /// End a key at once
    #[command(after_help = "Examples:\n  portico keys revoke 5f1c8a90b3d2e467 --project shop")]
    Revoke {
        /// The key's id
        id: String,
        /// The project
        #[arg(long, short)]
        project: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl Keys {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        match self.command {
            What::Create { project, kind, name, function, expires_in, connection } => {
                let kind = match kind {
                    Kind::Anon => "anon",
                    Kind::Service => "service",
                };
                let mut body = json!({ "kind": kind, "name": name });
                if !function.is_empty() {
                    body["scopes"] = function.iter().map(|name| format!("functions:invoke:{name}")).collect();
                }
                if let Some(seconds) = expires_in {
                    body["expires_in_seconds"] = seconds.into();
                }
                let client = connection.open()?;
                let answer = client.call_with(Method::POST, &of(&project), body.to_string().into()).await?;
                output.result(&answer, || shown_once(&answer));
            }
            What::List { project, connection } => {
                let answer = connection.open()?.call(Method::GET, &of(&project), &[]).await?;
                output.result(&answer, || table(&answer));
            }
            What::Rotate { id, project, grace, connection } => {
                let body = grace.map_or(json!({}), |seconds| json!({ "grace_seconds": seconds })).to_string();
                let path = format!("{}/{id}/rotate", of(&project));
                let answer = connection.open()?.call_with(Method::POST, &path, body.into()).await?;
                output.result(&answer, || match answer["previous_until"].as_str() {
                    Some(until) => format!("{}\nThe secret before is good until {until}.", shown_once(&answer)),
                    None => format!("{}\nThe secret before is not good any more.", shown_once(&answer)),
                });
            }
            What::Revoke { id, project, connection } => {
                let path = format!("{}/{id}", of(&project));
                let answer = connection.open()?.call(Method::DELETE, &path, &[]).await?;
                output.result(&answer, || format!("{id} is good for nothing from now on."));
            }
        }
        Ok(())
    }
}

/// The endpoint of a project's keys.
fn of(project: &str) -> String {
    format!("/keys/v1/{project}")
}

fn shown_once(answer: &Value) -> String {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    format!("{}\nKeep it: it is shown this once. Its id is {}.", text("key"), text("id"))
}

/// A number and `s`, `m`, `h` or `d`.
fn seconds(text: &str) -> Result<u64, String> {
    let usage = || "write it as a number and s, m, h or d, such as 12h".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(usage)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(usage()),
    };
    let number: u64 = number.parse().map_err(|_| usage())?;
    number.checked_mul(factor).ok_or_else(|| "that is too long".to_owned())
}

/// One line per key: id, kind, name, what it may do, when it was used.
fn table(answer: &Value) -> String {
    let keys = answer["keys"].as_array().map_or(&[][..], Vec::as_slice);
    if keys.is_empty() {
        return "The project has no keys.".to_owned();
    }
    let text = |key: &Value, field: &str| key[field].as_str().unwrap_or("-").to_owned();
    let width = keys.iter().map(|key| text(key, "name").chars().count()).max().unwrap_or_default();
    let line = |key: &Value| {
        let scopes: Vec<&str> = key["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!(
            "{}  {:7}  {:width$}  {}  used {}  ends {}\n",
            text(key, "id"),
            text(key, "kind"),
            text(key, "name"),
            scopes.join(","),
            text(key, "last_used_at"),
            text(key, "expires_at"),
        )
    };
    keys.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(["0s", "90s", "2m", "12h", "7d"].map(|text| seconds(text).unwrap()), [0, 90, 120, 43_200, 604_800]);
        for wrong in
            ["", "s", "7", "7w", "-1d", "1.5h", "d7", "7 d", "99999999999999999999d", "9999999999999999999d", "ä"]
        {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
