//! `portico auth`: who may call a project's functions.

use crate::cli::client::Connection;
use crate::cli::output::Output;
use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

const SETTINGS: &str = "\
Examples:
  portico auth set settings.json --project shop
  generate-settings | portico auth set - --project shop

The settings are one JSON document; every part may be left out:
  {
    \"issuers\": [{
      \"issuer\": \"https://id.example.com/\",
      \"audience\": [\"shop\"],
      \"jwks\": \"https://id.example.com/.well-known/jwks.json\"
    }],
    \"database\": { \"url\": \"postgres://portico:...@db.example.com/shop?sslmode=verify-full\", \"schema\": \"public\" },
    \"sessions\": \"postgres\",
    \"jwt_secret\": \"...\"
  }

issuers     who else signs tokens of the project's users (instead of `jwks`, `keys` may hold the JWK Set itself)
database    where requireRole looks; its user must own the table or have BYPASSRLS
roles       roles by user, in place of a table: { \"u_123\": \"admin\" }
sessions    `memory` (gone when the node stops) or `postgres` (in `database`)
jwt_secret  of HS256 tokens, at least 32 bytes; without it the node makes one

They replace the settings as a whole and count at once. The node keeps them encrypted.";

/// Say who may call a project's functions
#[derive(Debug, Args)]
pub struct Auth {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Args)]
struct Of {
    /// The project
    #[arg(long, short)]
    project: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Replace a project's settings: issuers of tokens, database, sessions
    #[command(after_help = SETTINGS)]
    Set {
        /// The file with the settings, or `-` for standard input
        file: PathBuf,
        #[command(flatten)]
        of: Of,
    },
    /// Show a project's settings, without secrets, and its public keys
    #[command(after_help = "Examples:\n  portico auth show --project shop")]
    Show {
        #[command(flatten)]
        of: Of,
    },
    /// Make tokens worthless, at once: those of a user until now, those of a key, or one. Sessions are ended by `portico sessions revoke`
    #[command(
        after_help = "Examples:\n  portico auth revoke --user u_123 --project shop\n  portico auth revoke --kid key-2 --project shop\n  portico auth revoke --file leaked.jwt --project shop"
    )]
    Revoke {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        of: Of,
    },
    /// Forget the roles that were looked up: a user's, or everybody's
    #[command(
        after_help = "Examples:\n  portico auth forget-roles --user u_123 --project shop\n  portico auth forget-roles --project shop"
    )]
    ForgetRoles {
        /// The user; everybody's without
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        of: Of,
    },
    /// Let new keys sign from now on; what the old ones signed stays good until it is over
    #[command(
        after_help = "Examples:\n  portico auth rotate --project shop\n  portico auth rotate es256 --project shop"
    )]
    Rotate {
        /// Which keys
        #[arg(default_value = "all")]
        what: Keys,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// All tokens of this user until now
    #[arg(long)]
    user: Option<String>,
    /// All tokens of the key with this id
    #[arg(long)]
    kid: Option<String>,
    /// The token with this `jti`
    #[arg(long)]
    jti: Option<String>,
    /// The token in this file, or in standard input for `-`
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Keys {
    /// The secret of HS256 tokens, which functions know as RUN402_JWT_SECRET
    Hs256,
    /// The key pair of ES256 tokens
    Es256,
    /// The key of the actor envelope
    Actor,
    /// All of them
    All,
}

impl Auth {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        match self.command {
            What::Set { file, of } => {
                let text = read(&file)?;
                let answer = of.call(Method::PUT, "", Some(text)).await?;
                output.result(&answer, || format!("The settings of {} count from now on.", of.project));
            }
            What::Show { of } => {
                let answer = of.call(Method::GET, "", None).await?;
                output.result(&answer, || serde_json::to_string_pretty(&answer).unwrap_or_default());
            }
            What::Revoke { which, of } => {
                let token = which.file.as_deref().map(read).transpose()?;
                let body = json!({ "user": which.user, "kid": which.kid, "jti": which.jti, "token": token });
                let answer = of.call(Method::POST, "/revoke", Some(body.to_string())).await?;
                output.result(&answer, || "Revoked.".to_owned());
            }
            What::ForgetRoles { user, of } => {
                let body = json!({ "user": user }).to_string();
                let answer = of.call(Method::POST, "/roles/forget", Some(body)).await?;
                output.result(&answer, || match answer["forgotten"].as_bool() {
                    Some(true) => "Forgotten: the next request asks the database.".to_owned(),
                    _ => "The live release asks for no role, so none was remembered.".to_owned(),
                });
            }
            What::Rotate { what, of } => {
                let name = what.to_possible_value().map(|value| value.get_name().to_owned());
                let answer = of.call(Method::POST, "/rotate", Some(json!({ "what": name }).to_string())).await?;
                output.result(&answer, || "New keys sign from now on.".to_owned());
            }
        }
        Ok(())
    }
}

impl Of {
    async fn call(&self, method: Method, path: &str, body: Option<String>) -> Result<Value> {
        let client = self.connection.clone().open()?;
        let path = format!("/auth/v1/projects/{}{path}", self.project);
        match body {
            Some(body) => client.call_with(method, &path, body.into()).await,
            None => client.call(method, &path, &[]).await,
        }
    }
}

/// A file, or standard input. What is in it is a secret or has some: it is never an argument, which every process may read.
pub fn read(file: &Path) -> Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    Ok(text)
}
