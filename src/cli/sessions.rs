//! `portico sessions`: the sessions of a project's users.

use crate::cli::client::Connection;
use crate::cli::output::Output;
use anyhow::Result;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

/// Begin, list and end sessions of a project's users
#[derive(Debug, Args)]
pub struct Sessions {
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
    /// Begin a session for a user, and print its cookie
    #[command(
        after_help = "Examples:\n  portico sessions create --user u_123 --email zoe@example.com --project shop\n  curl -H \"cookie: $(portico sessions create --user u_123 --project shop | jq -r .cookie)\" https://shop.example.com/account"
    )]
    Create {
        /// The user
        #[arg(long)]
        user: String,
        /// The user's address
        #[arg(long)]
        email: Option<String>,
        /// Whether the address is known to be the user's
        #[arg(long, requires = "email")]
        email_verified: bool,
        /// How long it is good, in seconds
        #[arg(long)]
        ttl: Option<u64>,
        #[command(flatten)]
        of: Of,
    },
    /// List the sessions that are good
    #[command(
        after_help = "Examples:\n  portico sessions list --project shop\n  portico sessions list --user u_123 --project shop"
    )]
    List {
        /// Of this user only
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        of: Of,
    },
    /// End a session, or all of a user
    #[command(
        after_help = "Examples:\n  portico sessions revoke ses_1234 --project shop\n  portico sessions revoke --user u_123 --project shop"
    )]
    Revoke {
        /// The session
        #[arg(required_unless_present = "user", conflicts_with = "user")]
        session: Option<String>,
        /// All of this user
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        of: Of,
    },
}

impl Sessions {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        match self.command {
            What::Create { user, email, email_verified, ttl, of } => {
                let body = json!({ "user_id": user, "email": email, "email_verified": email_verified, "ttl": ttl });
                let client = of.connection.open()?;
                let answer = client.call_with(Method::POST, &path(&of.project), body.to_string().into()).await?;
                output.result(&answer, || answer["cookie"].as_str().unwrap_or_default().to_owned());
            }
            What::List { user, of } => {
                let query: Vec<(&str, &str)> = user.as_deref().map(|user| ("user", user)).into_iter().collect();
                let answer = of.connection.open()?.call(Method::GET, &path(&of.project), &query).await?;
                output.result(&answer, || table(&answer));
            }
            What::Revoke { session, user, of } => {
                let session = session.as_deref().map(|session| ("session", session));
                let query: Vec<(&str, &str)> =
                    session.into_iter().chain(user.as_deref().map(|user| ("user", user))).collect();
                let answer = of.connection.open()?.call(Method::DELETE, &path(&of.project), &query).await?;
                output.result(&answer, || format!("Ended: {}.", answer["ended"]));
            }
        }
        Ok(())
    }
}

fn path(project: &str) -> String {
    format!("/auth/v1/projects/{project}/sessions")
}

/// One line per session: its id and its user.
fn table(answer: &Value) -> String {
    let sessions = answer["sessions"].as_array().map_or(&[][..], Vec::as_slice);
    if sessions.is_empty() {
        return "There is no session.".to_owned();
    }
    let text = |session: &Value, key: &str| session[key].as_str().unwrap_or_default().to_owned();
    sessions.iter().map(|session| format!("{}  {}\n", text(session, "id"), text(session, "user_id"))).collect()
}
