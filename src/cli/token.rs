//! `portico token`: a token for a user of a project, to try things with.

use crate::cli::client::Connection;
use crate::cli::output::Output;
use anyhow::Result;
use clap::Args;
use reqwest::Method;
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  portico token --user u_123 --project shop
  curl -H \"authorization: Bearer $(portico token --user u_123 --project shop | jq -r .token)\" https://shop.example.com/api
  portico token --project shop                          a token for everybody: role anon

The node signs it. Without --hs256 the key is one that functions do not know.";

/// Make a token for a user of a project
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Token {
    /// The user (`sub`); without, the token is for everybody and its role is `anon`
    #[arg(long)]
    user: Option<String>,
    /// The system role (`role`), not the one that a gate looks up [default: authenticated, or anon without a user]
    #[arg(long)]
    role: Option<String>,
    /// The user's address
    #[arg(long)]
    email: Option<String>,
    /// How long it is good, in seconds
    #[arg(long, default_value_t = crate::limits::TOKEN_SECONDS_DEFAULT)]
    ttl: u64,
    /// Sign with the project's secret (HS256) instead of its ES256 key
    #[arg(long)]
    hs256: bool,
    /// The project
    #[arg(long, short)]
    project: String,
    #[command(flatten)]
    connection: Connection,
}

impl Token {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        let body = json!({
            "user": self.user, "role": self.role, "email": self.email, "ttl": self.ttl, "hs256": self.hs256,
        });
        let path = format!("/auth/v1/projects/{}/tokens", self.project);
        let answer = self.connection.open()?.call_with(Method::POST, &path, body.to_string().into()).await?;
        output.result(&answer, || answer["token"].as_str().unwrap_or_default().to_owned());
        Ok(())
    }
}
