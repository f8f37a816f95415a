//! From a release on disk to one that can answer: its functions, with code, environment and limits.

use crate::auth::keys::signing::SigningKeys;
use crate::auth::roles::Roles;
use crate::auth::secrets::Secrets;
use crate::config;
use crate::digest::Digest;
use crate::edge::{Attached, Names};
use crate::error::{Code, Error, Result};
use crate::functions::{Compat, Function, FunctionSource, Handles, Settings};
use crate::limits;
use crate::node::{Mode, Node};
use crate::release::function_config;
use crate::release::model::{self, Release};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

impl Node {
    /// The functions of `release`. One that did not change since `before` keeps its handle, and with it its
    /// isolates and its count of requests under way. Modules in `loose` need not be in the store. Blocking.
    pub(super) fn handles(
        &self,
        release: &Release,
        secrets: &Secrets,
        before: Option<(&Release, &Handles)>,
        loose: &BTreeMap<Digest, Bytes>,
    ) -> Result<Handles> {
        let mut handles = Handles::new();
        if release.functions.is_empty() {
            return Ok(handles);
        }
        let signing = Arc::clone(&self.authority.project(&release.project)?.parts().signing);
        let keys = signing.generation();
        for (name, function) in &release.functions {
            let env = self.environment(&release.project, name, secrets, &signing);
            let kept = before
                .filter(|(old, _)| old.functions.get(name) == Some(function))
                .and_then(|(_, handles)| handles.get(name))
                .filter(|handle| handle.source().env == env && handle.source().keys == keys);
            let handle = match kept {
                Some(handle) => Arc::clone(handle),
                None => self.handle(&release.project, name, function, (env, keys.clone()), loose)?,
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
        (env, keys): (BTreeMap<String, String>, String),
        loose: &BTreeMap<Digest, Bytes>,
    ) -> Result<Arc<Function>> {
        let mut modules = BTreeMap::new();
        for (path, blob) in &function.files {
            let code = match loose.get(&blob.sha256) {
                Some(code) => code.clone(),
                None => self.store().load(&blob.sha256, blob.size)?,
            };
            modules.insert(path.clone(), code);
        }
        Ok(Function::new(FunctionSource {
            project: project.to_owned(),
            name: name.to_owned(),
            entry: function.entrypoint.clone(),
            modules,
            env,
            keys,
            settings: settings(function, &self.config.functions),
            class_ssr: function.class == model::Class::Ssr,
        }))
    }

    /// What a function sees as its environment (reference 2.2): the project's secrets and what the platform says
    /// of itself. Never the environment of this process. The platform's names win over secrets of the same name, but for keys: a
    /// project that uses the platform of somebody else has keys of theirs.
    fn environment(
        &self,
        project: &str,
        function: &str,
        secrets: &Secrets,
        signing: &SigningKeys,
    ) -> BTreeMap<String, String> {
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
        for (name, key) in [
            ("RUN402_SERVICE_KEY", self.api_keys.runtime_service_key(project)),
            ("RUN402_ANON_KEY", self.api_keys.runtime_anon_key(project)),
            ("RUN402_JWT_SECRET", signing.hs256_secret().expose().to_owned()),
        ] {
            env.entry(name.to_owned()).or_insert(key);
        }
        env
    }

    /// What a release needs beside its functions to answer. Blocking.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when what is known of the project's users cannot be read.
    pub(super) fn attached(&self, release: &Release, handles: Handles) -> Result<Attached> {
        let auth = self.authority.project(&release.project)?;
        let source = auth.parts().roles.clone();
        let roles = release
            .role_columns()
            .zip(source)
            .map(|(columns, source)| Roles::new(source, columns.clone(), self.config.auth.roles_per_project_max));
        let names = Names::new(&release.project, &release.id)?;
        Ok(Attached { handles, auth, roles, names })
    }

    /// Refuses a release whose gates ask a table that is not there (reference 3.3): nobody would pass.
    ///
    /// # Errors
    /// `DEPLOY_INVALID_ROLE_GATE`, `ROLE_LOOKUP_UNAVAILABLE`.
    pub(super) async fn check_gates(self: &Arc<Self>, release: &Release) -> Result<()> {
        let Some(columns) = release.role_columns() else { return Ok(()) };
        let parts = self.users_of(&release.project).await?.parts();
        match &parts.database {
            Some(database) => database.check_gate(columns).await,
            None if parts.roles.is_some() => Ok(()),
            None => {
                let message =
                    "The release looks roles up, and the project has no database: name it with `portico auth set`.";
                Err(Error::new(Code::DeployInvalidRoleGate, message).detail("table", columns.table.as_str()))
            }
        }
    }

    /// Gives up functions that were made for a release that does not become live, but for those that `before` has as well.
    pub(super) fn discard(&self, handles: &Handles, before: Option<&Handles>) {
        for (name, handle) in handles {
            if !before.and_then(|before| before.get(name)).is_some_and(|old| Arc::ptr_eq(old, handle)) {
                self.functions.retire(handle);
            }
        }
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

/// What the function asks for, or the default, and never more than the node gives.
fn settings(function: &model::Function, node: &config::Functions) -> Settings {
    let asked = &function.config;
    let number = |asked: Option<u64>, default: u64, max: u64| asked.unwrap_or(default).min(max);
    let seconds = |asked, default, max| Duration::from_secs(number(asked, default, max));
    let count = |asked, default, max| u32::try_from(number(asked, default, max)).unwrap_or(u32::MAX);
    let bytes = |asked, default, max, unit: u64| {
        usize::try_from(number(asked, default, max).saturating_mul(unit)).unwrap_or(usize::MAX)
    };
    let log_kb_default = limits::FUNCTION_LOG_INVOCATION_BYTES_MAX as u64 / 1024;
    Settings {
        timeout: seconds(asked.timeout_seconds, node.timeout_seconds_default, node.timeout_seconds_max),
        cpu: Duration::from_millis(number(asked.cpu_ms, node.cpu_ms_default, node.cpu_ms_max)),
        wait_until: seconds(
            asked.wait_until_seconds,
            limits::FUNCTION_WAIT_UNTIL_SECONDS_DEFAULT,
            node.wait_until_seconds_max,
        ),
        memory_bytes: bytes(asked.memory_mb, node.memory_mb_default, node.memory_mb_max, 1 << 20),
        streaming: asked.streaming.unwrap_or(false),
        eval: asked.allow_eval.unwrap_or(false) && node.allow_eval,
        wasm: asked.allow_wasm.unwrap_or(true) && node.allow_wasm,
        compat: match function.compat {
            None => Compat::Web,
            Some(function_config::Compat::Fluxbase) => Compat::Fluxbase,
        },
        subrequests_max: count(asked.subrequests, limits::FUNCTION_SUBREQUESTS_DEFAULT, node.subrequests_max),
        concurrent_fetches_max: count(
            asked.concurrent_fetches,
            limits::FUNCTION_CONCURRENT_FETCHES_DEFAULT,
            node.concurrent_fetches_max,
        ),
        fetch_timeout: seconds(
            asked.fetch_timeout_seconds,
            limits::FUNCTION_FETCH_SECONDS_DEFAULT,
            node.fetch_timeout_seconds_max,
        ),
        fetch_response_bytes_max: bytes(
            asked.fetch_response_mb,
            limits::FUNCTION_FETCH_RESPONSE_MB_DEFAULT,
            node.fetch_response_mb_max,
            1 << 20,
        ),
        timers_max: count(asked.timers, limits::FUNCTION_TIMERS_DEFAULT, node.timers_max),
        log_bytes_max: bytes(asked.log_kb, log_kb_default, node.log_kb_max, 1 << 10),
        kdf_iterations_max: count(
            asked.kdf_iterations,
            limits::FUNCTION_KDF_ITERATIONS_DEFAULT,
            node.kdf_iterations_max,
        ),
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
