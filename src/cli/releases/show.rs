//! `portico releases show`: what a release holds.

use super::OfProject;
use crate::cli::allow;
use crate::cli::output::Output;
use anyhow::Result;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  portico releases show --project shop
  portico releases show rel_0123456789abcdef01234567 | jq '.release.static_public_paths[].public_path'
  portico releases show active | jq .release.i18n";

/// Show what a release holds: files and their public paths, functions, routes, locales
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Show {
    /// The release, or `active` for the live one
    #[arg(value_name = "RELEASE", default_value = "active")]
    release: String,

    /// List at most so many files and public paths
    #[arg(long, value_name = "N")]
    site_limit: Option<usize>,

    #[command(flatten)]
    of: OfProject,
}

impl Show {
    /// Prints `{"release": …}`.
    pub async fn run(self, output: Output) -> Result<()> {
        let (client, project) = self.of.open().await?;
        let limit = self.site_limit.map(|limit| limit.to_string());
        let mut query = vec![("project", project.as_str())];
        query.extend(limit.as_deref().map(|limit| ("site_limit", limit)));
        let answer = client.call(Method::GET, &format!("/apply/v1/releases/{}", self.release), &query).await?;
        let answer = json!({ "release": answer });
        output.result(&answer, || text(&answer["release"]));
        Ok(())
    }
}

/// A line for each thing a person looks for.
fn text(release: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let names = |values: &[Value], key: &str| {
        let names: Vec<String> = values.iter().map(|value| word(&value[key])).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let mut lines = vec![format!(
        "{} of {}: {}, made {}",
        word(&release["release_id"]),
        word(&release["project_id"]),
        word(&release["status"]),
        word(&release["created_at"])
    )];
    let site = &release["static_manifest_metadata"];
    lines.push(format!(
        "  site       {} files, {} public paths ({}), {} bytes",
        release["site"]["totals"]["paths"],
        release["site"]["totals"]["public_paths"],
        word(&release["site"]["public_path_mode"]),
        site["total_bytes"]
    ));
    lines.push(format!("  functions  {}", names(&list(&release["functions"]), "name")));
    for route in list(&release["routes"]["entries"]) {
        let methods = match &route["methods"] {
            Value::Null => "any method".to_owned(),
            methods => list(methods).iter().map(word).collect::<Vec<_>>().join(" "),
        };
        let target = &route["target"];
        let name = ["name", "file", "upstream"].iter().find_map(|key| target[*key].as_str()).unwrap_or_default();
        lines.push(format!("  route      {} ({methods}) to {} {name}", word(&route["pattern"]), word(&target["type"])));
    }
    let i18n = &release["i18n"];
    if i18n.is_object() {
        let locales: Vec<String> = list(&i18n["locales"]).iter().map(word).collect();
        lines.push(format!("  locales    {}, else {}", locales.join(", "), word(&i18n["defaultLocale"])));
    }
    lines.join("\n") + &allow::lines(&release["warnings"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_a_few_lines() {
        let text = text(&json!({
            "release_id": "rel_1", "project_id": "shop", "status": "active", "created_at": "2026-01-01T00:00:00.000Z",
            "site": { "totals": { "paths": 2, "public_paths": 3 }, "public_path_mode": "implicit" },
            "static_manifest_metadata": { "file_count": 3, "total_bytes": 9 },
            "functions": [{ "name": "f" }, { "name": "g" }],
            "routes": { "entries": [
                { "pattern": "/a", "methods": ["GET"], "target": { "type": "static", "file": "a.html" } },
                { "pattern": "/f/*", "methods": null, "target": { "type": "function", "name": "f" } },
            ] },
            "i18n": { "defaultLocale": "en", "locales": ["en", "de"] },
            "warnings": [{ "severity": "warn", "message": "Look.", "code": "X" }],
        }));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "rel_1 of shop: active, made 2026-01-01T00:00:00.000Z");
        assert_eq!(lines[2], "  functions  f, g");
        assert_eq!(lines[4], "  route      /f/* (any method) to function f");
        assert_eq!(lines[6], "  warn: Look. [X]");
    }
}
