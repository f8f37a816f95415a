//! The loop of `portico dev`: read the folder, apply it, say what happened, wait for a change.

use crate::cas::durable;
use crate::cli::dev::scope::SECRETS_FILE;
use crate::cli::dev::watch::Watch;
use crate::cli::manifest;
use crate::cli::output::{Output, explain};
use crate::error::{Error, Result};
use crate::node::{Applied, Files, Node};
use crate::release::spec;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What is followed, and for whom.
pub struct Follower {
    /// The folder, absolute.
    pub folder: PathBuf,
    /// The folder as the user wrote it.
    pub shown: PathBuf,
    /// The one project of the node.
    pub project: String,
    /// Where to report to.
    pub output: Output,
}

impl Follower {
    /// Applies the folder now and after every change; never ends by itself.
    pub async fn follow(self, node: Arc<Node>, addresses: Vec<SocketAddr>) {
        let port = addresses.first().map_or(0, SocketAddr::port);
        let url = format!("http://localhost:{port}");
        let value = json!({ "status": "serving", "url": url, "folder": self.folder });
        self.output.result(&value, || format!("Serving {} at {url}", self.shown.display()));
        let mut watch = match Watch::start(&self.folder) {
            Ok(watch) => Some(watch),
            Err(error) => {
                eprintln!("The folder cannot be watched ({error}): changes are not noticed.");
                None
            }
        };
        let mut last_failed = true;
        loop {
            if let Some(watch) = &mut watch
                && let Err(error) = watch.refresh()
            {
                eprintln!("Some folders cannot be watched: {error}");
            }
            let began = Instant::now();
            let mut named = BTreeSet::new();
            let result = self.apply(&node, &mut named).await;
            let failed = result.is_err();
            match result {
                Ok(applied) if applied.is_noop && !last_failed => {}
                Ok(applied) => self.report(&applied, began),
                Err(error) => self.report_error(&error),
            }
            last_failed = failed;
            let Some(watch) = &mut watch else { return std::future::pending().await };
            watch.follow(named);
            watch.changed().await;
        }
    }

    /// Applies the folder as it is now. `named` gets the files its spec names, also when something is wrong with them.
    async fn apply(&self, node: &Arc<Node>, named: &mut BTreeSet<PathBuf>) -> Result<Applied> {
        let manifest = manifest::find(&self.folder)?;
        let shown = self.shown.join(manifest.file_name().unwrap_or_default());
        let spec = spec::parse(&manifest::read(&manifest)?).map_err(|error| manifest::in_file(error, &shown))?;
        let files = Files::Of(self.folder.clone());
        *named = files.named(&spec);
        self.copy_secrets(node)?;
        node.apply(spec, Some(&self.project), files).await.map_err(|error| manifest::in_file(error, &shown))
    }

    /// The node reads secrets from its own state folder; here they come from the developer's.
    fn copy_secrets(&self, node: &Node) -> Result<()> {
        let file = self.folder.join(SECRETS_FILE);
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(manifest::unreadable(&file, &error)),
        };
        let target = node.state().root().join("secrets").join(format!("{}.env", self.project));
        durable::write(&node.state().temp_dir(), &target, &text).map_err(Error::internal)
    }

    fn report(&self, applied: &Applied, began: Instant) {
        let took_ms = began.elapsed().as_millis();
        let value = json!({
            "status": "applied",
            "release_id": applied.release_id,
            "is_noop": applied.is_noop,
            "took_ms": u64::try_from(took_ms).unwrap_or(u64::MAX),
            "warnings": applied.warnings,
        });
        self.output.result(&value, || {
            let mut text = format!("{} is live ({took_ms} ms)", applied.release_id);
            for warning in &applied.warnings {
                text.push_str(&format!("\n  warning: {}", warning["message"].as_str().unwrap_or_default()));
            }
            text
        });
    }

    fn report_error(&self, error: &Error) {
        eprintln!("not applied: {}", explain(error));
    }
}
