//! `portico releases diff`: what is different between two releases.

use super::OfProject;
use crate::cli::allow;
use crate::cli::output::Output;
use anyhow::Result;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  portico releases diff --from rel_0123456789abcdef01234567 --to active --project shop
  portico releases diff --from empty --to active | jq .diff.static_assets";

/// Compare two releases: files, public paths, functions, routes, names
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// The release before: an id, `active`, or `empty` for nothing at all
    #[arg(long, value_name = "RELEASE")]
    from: String,

    /// The release after: an id or `active`
    #[arg(long, value_name = "RELEASE")]
    to: String,

    /// End each list of files after so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    #[command(flatten)]
    of: OfProject,
}

impl Diff {
    /// Prints `{"diff": …}`.
    pub async fn run(self, output: Output) -> Result<()> {
        let (client, project) = self.of.open().await?;
        let limit = self.limit.map(|limit| limit.to_string());
        let mut query = vec![("project", project.as_str()), ("from", self.from.as_str()), ("to", self.to.as_str())];
        query.extend(limit.as_deref().map(|limit| ("limit", limit)));
        let answer = client.call(Method::GET, "/apply/v1/releases/diff", &query).await?;
        let answer = json!({ "diff": answer });
        output.result(&answer, || text(&answer["diff"]));
        Ok(())
    }
}

/// The sentence, then a line for everything that came (`+`), went (`-`) or changed (`~`).
fn text(diff: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![word(&diff["summary"])];
    for (section, what, key) in [
        ("site", "", "path"),
        ("functions", "function ", "name"),
        ("routes", "route ", "pattern"),
        ("secrets", "secret ", ""),
        ("subdomains", "subdomain ", ""),
    ] {
        for (list, mark) in [("added", '+'), ("removed", '-'), ("changed", '~')] {
            for entry in diff[section][list].as_array().into_iter().flatten() {
                let name = if entry.is_string() { word(entry) } else { word(&entry[key]) };
                lines.push(format!("  {mark} {what}{name}"));
            }
        }
    }
    lines.join("\n") + &allow::lines(&diff["warnings"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_went_and_changed_has_a_mark() {
        let text = text(&json!({
            "summary": "Different: 2 files.",
            "site": { "added": [{ "path": "a" }], "removed": ["b"], "changed": [] },
            "routes": { "changed": [{ "pattern": "/x" }] },
            "secrets": { "added": ["KEY"] },
            "warnings": [],
        }));
        assert_eq!(text, "Different: 2 files.\n  + a\n  - b\n  ~ route /x\n  + secret KEY");
    }
}
