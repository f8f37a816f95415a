//! The loop of `portico dev`: read the folder, apply it, say what happened, wait for a change.

use crate::auth::document::AuthDocument;
use crate::auth::secrets::parse_env;
use crate::cli::dev::scope::{AUTH_FILE, SECRETS_FILE};
use crate::cli::dev::watch::Watch;
use crate::cli::manifest;
use crate::cli::output::{Output, explain};
use crate::error::{self, Error, Result};
use crate::node::{Applied, Consent, Files, Node};
use crate::release::spec::{self, Code, Content, ReleaseSpec};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
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
        self.copy_secrets(node).await?;
        self.copy_auth(node).await?;
        let modules = modules(&spec);
        let done = node.apply(spec, Some(&self.project), files, &Consent::to_all()).await;
        done.map_err(|error| manifest::in_file(at_home(error, &modules), &shown))
    }

    /// A node keeps secrets itself; here they are what the developer's file says at the moment.
    async fn copy_secrets(&self, node: &Arc<Node>) -> Result<()> {
        let file = self.folder.join(SECRETS_FILE);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(manifest::unreadable(&file, &error)),
        };
        let shown = self.shown.join(SECRETS_FILE);
        let secrets = parse_env(&text).map_err(|problem| {
            Error::new(error::Code::BadField, format!("{} is not understood: {problem}.", shown.display()))
        })?;
        node.replace_secrets(&self.project, secrets).await
    }

    /// The same for who may call functions.
    async fn copy_auth(&self, node: &Arc<Node>) -> Result<()> {
        let file = self.folder.join(AUTH_FILE);
        let shown = self.shown.join(AUTH_FILE);
        let settings = match std::fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                let message =
                    format!("{} is not JSON: line {}, column {}.", shown.display(), error.line(), error.column());
                Error::new(error::Code::InvalidAuthSettings, message)
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => json!({}),
            Err(error) => return Err(manifest::unreadable(&file, &error)),
        };
        let settings = AuthDocument::read(&settings).map_err(|error| manifest::in_file(error, &shown))?;
        node.follow_auth(&self.project, settings).await
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
                text.push_str(&format!("\n  {}: {} [{}]", warning.severity.as_str(), warning.message, warning.code));
            }
            text
        });
    }

    fn report_error(&self, error: &Error) {
        eprintln!("not applied: {}", explain(error));
    }
}

/// The file on disk of each function's modules, by function and module.
type Modules = BTreeMap<(String, String), String>;

fn modules(spec: &ReleaseSpec) -> Modules {
    let mut modules = Modules::new();
    let mut add = |function: &str, module: &str, entry: &spec::Entry| {
        if let Content::Path(path) = &entry.content {
            modules.insert((function.to_owned(), module.to_owned()), path.clone());
        }
    };
    for (function, spec) in spec.functions.iter().flat_map(spec::Section::set) {
        match &spec.code {
            Some(Code::Source { name, entry }) => add(function, name, entry),
            Some(Code::Files { files, .. }) => files.iter().for_each(|(module, entry)| add(function, module, entry)),
            None => {}
        }
    }
    modules
}

/// A module is named within its function; the developer knows it by the name of its file.
fn at_home(error: Error, modules: &Modules) -> Error {
    let text = |key: &str| error.details.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    match (text("function"), text("file")) {
        (Some(function), Some(file)) => match modules.get(&(function, file)) {
            Some(path) => error.detail("file", path.as_str()),
            None => error,
        },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_module_is_named_by_its_file() {
        let spec = json!({ "project": "p", "functions": { "replace": {
            "one": { "source": { "path": "src/one.mjs" } },
            "two": { "files": { "a.mjs": { "path": "src/a.mjs" }, "b.mjs": "export default 1" }, "entrypoint": "a.mjs" },
        } } });
        let modules = modules(&spec::from_value(&spec).unwrap());
        let file = |function: &str, module: &str| {
            let error = Error::internal("").detail("function", function).detail("file", module);
            at_home(error, &modules).details["file"].clone()
        };
        assert_eq!(file("two", "a.mjs"), "src/a.mjs");
        assert_eq!(file("two", "b.mjs"), "b.mjs");
        assert_eq!(modules.keys().filter(|(function, _)| function == "one").count(), 1);
    }
}
