//! From a release on disk to one that can answer: its functions, with code, environment and limits.

use crate::error::{Code, Error, Result};
use crate::functions::{Function, FunctionSource, Handles};
use crate::node::{Mode, Node};
use crate::release::model::{self, Release};
use crate::release::store::Secrets;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

impl Node {
    /// The functions of `release`. One that did not change since `before` keeps its handle, and with it its
    /// isolates and its count of requests under way. Blocking.
    pub(super) fn handles(
        &self,
        release: &Release,
        secrets: &Secrets,
        before: Option<(&Release, &Handles)>,
    ) -> Result<Handles> {
        let mut handles = Handles::new();
        for (name, function) in &release.functions {
            let env = self.environment(&release.project, name, secrets);
            let kept = before
                .filter(|(old, _)| old.functions.get(name) == Some(function))
                .and_then(|(_, handles)| handles.get(name))
                .filter(|handle| handle.source().env == env);
            let handle = match kept {
                Some(handle) => Arc::clone(handle),
                None => self.handle(&release.project, name, function, env)?,
            };
            handles.insert(name.clone(), handle);
        }
        Ok(handles)
    }

    fn handle(
        &self,
        project: &str,
        name: &str,
        function: &model::Function,
        env: BTreeMap<String, String>,
    ) -> Result<Arc<Function>> {
        let mut modules = BTreeMap::new();
        for (path, blob) in &function.files {
            modules.insert(path.clone(), self.store().load(&blob.sha256, blob.size)?);
        }
        let limits = &self.config.functions;
        let seconds =
            function.timeout_seconds.unwrap_or(limits.timeout_seconds_default).min(limits.timeout_seconds_max);
        let megabytes = function.memory_mb.unwrap_or(limits.memory_mb_default).min(limits.memory_mb_max);
        Ok(Function::new(FunctionSource {
            project: project.to_owned(),
            name: name.to_owned(),
            entry: function.entrypoint.clone(),
            modules,
            env,
            timeout: Duration::from_secs(seconds),
            memory_bytes: usize::try_from(megabytes.saturating_mul(1 << 20)).unwrap_or(usize::MAX),
            class_ssr: function.class == model::Class::Ssr,
        }))
    }

    /// What a function sees as its environment (reference 2.2): the project's secrets and what the platform says
    /// of itself. Never the environment of this process. The platform's names win over secrets of the same name.
    fn environment(&self, project: &str, function: &str, secrets: &Secrets) -> BTreeMap<String, String> {
        let mut env = secrets.expose_all().clone();
        let node_env = match self.mode {
            Mode::Production => "production",
            Mode::Development { .. } => "development",
        };
        for (name, value) in [
            ("RUN402_PROJECT_ID", project),
            ("RUN402_API_BASE", &self.api_base()),
            ("RUN402_FUNCTION_NAME", function),
            ("NODE_ENV", node_env),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        env
    }

    /// Loads every function that `before` does not have already, as its first request would.
    pub(super) async fn check(&self, handles: &Handles, before: Option<&Handles>) -> Result<()> {
        for (name, handle) in handles {
            let known = before.and_then(|before| before.get(name)).is_some_and(|old| Arc::ptr_eq(old, handle));
            if !known {
                self.functions.check(handle).await.map_err(|error| error.detail("function", name.as_str()))?;
            }
        }
        Ok(())
    }
}

/// Refuses a release that requires secrets the project does not have.
pub(super) fn check_secrets(release: &Release, secrets: &Secrets) -> Result<()> {
    let missing: Vec<&str> =
        release.secrets_required.iter().map(String::as_str).filter(|name| !secrets.contains(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::spec(
        Code::MissingRequiredSecret,
        "secrets.require",
        format!("The project has no secret {}.", missing.join(", ")),
    )
    .detail("missing", missing))
}
