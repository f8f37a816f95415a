//! `portico releases`: what was released, what is in it, what changed, and going back to it.

mod diff;
mod show;

use crate::cli::allow::{self, Allow};
use crate::cli::client::{Client, Connection};
use crate::cli::output::{Output, Usage};
use anyhow::Result;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  portico releases --project shop
  portico releases --project shop | jq -r '.releases[].release_id'
  portico releases show active --project shop
  portico releases diff --from rel_0123456789abcdef01234567 --to active --project shop
  portico releases --project shop --promote rel_0123456789abcdef01234567

The newest release is first. Promoting an older one makes it live in one step, with the code and files it had.";

/// List, show and compare the releases of a project, or make an older one live again
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Releases {
    #[command(subcommand)]
    command: Option<What>,

    /// Make this release live
    #[arg(long, value_name = "RELEASE")]
    promote: Option<String>,

    #[command(flatten)]
    allow: Allow,

    #[command(flatten)]
    of: OfProject,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what a release holds
    Show(show::Show),
    /// Compare two releases
    Diff(diff::Diff),
}

/// Which project of which node.
#[derive(Debug, Args)]
struct OfProject {
    /// The project; may be left out when the node has only one
    #[arg(long, short)]
    project: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

impl OfProject {
    /// Opens the client and says which project is meant.
    async fn open(self) -> Result<(Client, String)> {
        let client = self.connection.open()?;
        let project = match self.project {
            Some(project) => project,
            None => only_project(&client).await?,
        };
        Ok((client, project))
    }
}

impl Releases {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        match self.command {
            Some(What::Show(show)) => return show.run(output).await,
            Some(What::Diff(diff)) => return diff.run(output).await,
            None => {}
        }
        if self.promote.is_none() && !self.allow.is_empty() {
            return Err(Usage("warnings are allowed for --promote, and it is not given".to_owned()).into());
        }
        let (client, project) = self.of.open().await?;
        match self.promote {
            Some(release) => {
                let path = format!("/apply/v1/releases/{release}/promote");
                let body = json!({ "project": project, "allow_warnings": self.allow.value() }).to_string();
                let answer = client.call_with(Method::POST, &path, body.into()).await?;
                output.result(&answer, || format!("{release} is live.{}", allow::lines(&answer["warnings"])));
            }
            None => {
                let query = [("project", project.as_str())];
                let answer = client.call(Method::GET, "/apply/v1/releases", &query).await?;
                output.result(&answer, || table(&answer));
            }
        }
        Ok(())
    }
}

/// The project of a node that has one.
async fn only_project(client: &Client) -> Result<String> {
    let answer = client.call(Method::GET, "/projects/v1", &[]).await?;
    let projects = answer["projects"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = projects.iter().filter_map(|project| project["project_id"].as_str()).collect();
    match names[..] {
        [only] => Ok(only.to_owned()),
        [] => Err(Usage("the node has no project yet; the first `portico apply` makes one".to_owned()).into()),
        _ => Err(Usage(format!("say which project is meant with --project: {}", names.join(", "))).into()),
    }
}

/// One line per release: a mark for the live one, the id, how old it is, what is in it.
fn table(answer: &Value) -> String {
    let releases = answer["releases"].as_array().map_or(&[][..], Vec::as_slice);
    let lines = releases.iter().map(|release| {
        let mark = if release["status"] == "active" { '*' } else { ' ' };
        let text = |key: &str| release[key].as_str().unwrap_or_default();
        let functions = release["functions"].as_array().map_or(0, Vec::len);
        format!(
            "{mark} {}  {}  files {}, functions {functions}\n",
            text("release_id"),
            age(release["created_at"].as_u64().unwrap_or_default()),
            release["files"],
        )
    });
    lines.collect()
}

/// How long ago a moment was, in the largest unit that fits.
fn age(created_at_ms: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seconds = now.as_secs().saturating_sub(created_at_ms / 1000);
    match seconds {
        0..60 => format!("{seconds:>3} s ago"),
        60..3_600 => format!("{:>3} min ago", seconds / 60),
        3_600..86_400 => format!("{:>3} h ago", seconds / 3_600),
        _ => format!("{:>3} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_release_is_marked() {
        let answer = json!({ "releases": [
            { "release_id": "rel_b", "status": "active", "created_at": 0, "files": 2, "functions": ["a"] },
            { "release_id": "rel_a", "status": "superseded", "created_at": 0, "files": 1, "functions": [] },
        ] });
        let table = table(&answer);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].starts_with("* rel_b") && lines[0].ends_with("files 2, functions 1"), "{table}");
        assert!(lines[1].starts_with("  rel_a"), "{table}");
    }
}
