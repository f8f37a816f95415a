//! `portico apply`: a release on a running node, in one call.

use crate::cli::allow::{self, Allow};
use crate::cli::client::Connection;
use crate::cli::manifest;
use crate::cli::output::Output;
use crate::cli::upload;
use crate::error::{Code, Error};
use crate::limits;
use crate::node::{Files, folder};
use crate::release::spec;
use anyhow::Result;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  portico apply --manifest site/portico.json --project shop
  portico apply --manifest dist/portico.json --token-file /run/portico/token | jq -r .release_id
  portico apply --manifest site/portico.json --dry-run | jq .diff.summary
  portico apply --manifest site/portico.json --allow-warning SITE_ENTRYPOINT_REMOVED

The files that the manifest names by path are read relative to the manifest and sent with it. The release is live
when the command ends well; when it fails, nothing has changed. Applying what is live already changes nothing.
Some warnings stop the release until their code is allowed; a dry run lists them all.";

/// Release a manifest on a running node
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Apply {
    /// The release spec
    #[arg(long, short, value_name = "FILE")]
    manifest: PathBuf,

    /// The project, when it is not the one the manifest names; its first release makes it
    #[arg(long, short)]
    project: Option<String>,

    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    allow: Allow,

    #[command(flatten)]
    connection: Connection,
}

impl Apply {
    /// Runs the command.
    pub async fn run(self, output: Output) -> Result<()> {
        let body = self.body()?;
        let client = self.connection.open()?;
        let answer = client.call_with(Method::POST, "/apply/v1/apply", upload::body(body, output)).await?;
        output.result(&answer, || sentence(&answer));
        Ok(())
    }

    /// The call's body: the manifest with every file it names within it.
    fn body(&self) -> Result<Vec<u8>> {
        let named = |error| manifest::in_file(error, &self.manifest);
        let text = manifest::read(&self.manifest)?;
        let folder = self.manifest.parent().unwrap_or(Path::new(""));
        // Read here only to say sooner, and with the file's name, what the node would say.
        spec::parse(&text).map_err(named)?;
        let mut spec: Value = serde_json::from_slice(&text)?;
        let files = Files::Of(folder.to_owned());
        spec::inline_paths(&mut spec, &mut |path| files.read(path), &mut |path| folder::list(&folder.join(path)))
            .map_err(named)?;
        let mut body = json!({ "spec": spec, "project": self.project, "dry_run": self.dry_run });
        body["allow_warnings"] = self.allow.value();
        let body = serde_json::to_vec(&body)?;
        if body.len() > limits::API_APPLY_BODY_BYTES_MAX {
            let message = "The manifest and its files are larger together than one call takes.";
            return Err(Error::new(Code::RequestBodyTooLarge, message)
                .detail("bytes", body.len())
                .detail("bytes_max", limits::API_APPLY_BODY_BYTES_MAX)
                .into());
        }
        Ok(body)
    }
}

fn sentence(answer: &Value) -> String {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    let (dry, noop) = (answer["dry_run"] == true, answer["is_noop"] == true);
    let mut lines = match (dry, noop) {
        (true, true) => format!("{} has this release already; nothing would change.", text("project_id")),
        (true, false) => {
            let summary = answer["diff"]["summary"].as_str().unwrap_or_default();
            format!("{} would get a new release. {summary}", text("project_id"))
        }
        (false, true) => {
            format!("{} of {} is live already; nothing has changed.", text("release_id"), text("project_id"))
        }
        (false, false) => format!("{} of {} is live.", text("release_id"), text("project_id")),
    };
    for url in answer["urls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        lines.push_str(&format!("\n  {url}"));
    }
    lines.push_str(&allow::lines(&answer["warnings"]));
    let blocking: Vec<&str> = answer["blocking"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !blocking.is_empty() {
        lines.push_str(&format!("\nIt would stop on {}.", blocking.join(", ")));
    }
    lines
}
