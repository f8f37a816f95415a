//! Which modules a function may import: its own files, by relative path.

use super::{Function, builtins};
use bytes::Bytes;
use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleSource, ModuleSourceCode,
    ModuleSpecifier, ModuleType, RequestedModuleType, ResolutionKind,
};
use deno_error::JsErrorBox;
use std::sync::Arc;

/// The root under which a function's files appear to it, in `import.meta.url` and in stack traces.
const ROOT: &str = "fn:///";

/// Serves a function's modules from memory.
pub(super) struct Loader(pub(super) Arc<Function>);

/// The specifier of a function's file.
pub(super) fn specifier(path: &str) -> Result<ModuleSpecifier, String> {
    ModuleSpecifier::parse(ROOT)
        .and_then(|root| root.join(path.trim_start_matches('/')))
        .map_err(|error| format!("The module path \"{path}\" is not valid: {error}"))
}

impl Loader {
    fn source(&self, specifier: &ModuleSpecifier) -> Option<&Bytes> {
        let modules = &self.0.source().modules;
        let path = specifier.path().trim_start_matches('/');
        if let Some(code) = modules.get(path) {
            return Some(code);
        }
        // File names with characters that a URL encodes.
        modules.iter().find(|(name, _)| self::specifier(name).is_ok_and(|url| url == *specifier)).map(|(_, code)| code)
    }
}

impl ModuleLoader for Loader {
    fn resolve(&self, text: &str, referrer: &str, _kind: ResolutionKind) -> Result<ModuleSpecifier, JsErrorBox> {
        if text.starts_with(ROOT) {
            return ModuleSpecifier::parse(text).map_err(|error| JsErrorBox::type_error(error.to_string()));
        }
        if let Some(builtin) = builtins::is_builtin(text) {
            return ModuleSpecifier::parse(builtin).map_err(|error| JsErrorBox::type_error(error.to_string()));
        }
        let relative = text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
        if !relative {
            return Err(JsErrorBox::type_error(format!(
                "Cannot resolve \"{text}\" imported from {referrer}: a function can import its own files by relative path"
            )));
        }
        ModuleSpecifier::parse(referrer)
            .and_then(|base| base.join(text))
            .map_err(|error| JsErrorBox::type_error(format!("Cannot resolve \"{text}\" from {referrer}: {error}")))
    }

    fn load(
        &self,
        specifier: &ModuleSpecifier,
        referrer: Option<&ModuleLoadReferrer>,
        options: ModuleLoadOptions,
    ) -> ModuleLoadResponse {
        let Some(code) = self.source(specifier) else {
            let from =
                referrer.map(|r| format!(" imported from {}:{}", r.specifier, r.line_number)).unwrap_or_default();
            return ModuleLoadResponse::Sync(Err(JsErrorBox::type_error(format!(
                "The function has no file {specifier}{from}"
            ))));
        };
        let module_type = match options.requested_module_type {
            RequestedModuleType::Json => ModuleType::Json,
            RequestedModuleType::Text => ModuleType::Text,
            RequestedModuleType::Bytes => ModuleType::Bytes,
            _ if specifier.path().ends_with(".json") => ModuleType::Json,
            _ => ModuleType::JavaScript,
        };
        let code = match std::str::from_utf8(code) {
            Ok(text) => ModuleSourceCode::String(text.to_owned().into()),
            Err(_) if module_type == ModuleType::Bytes => {
                ModuleSourceCode::Bytes(code.to_vec().into_boxed_slice().into())
            }
            Err(_) => {
                return ModuleLoadResponse::Sync(Err(JsErrorBox::type_error(format!("{specifier} is not UTF-8 text"))));
            }
        };
        ModuleLoadResponse::Sync(Ok(ModuleSource::new(module_type, code, specifier, None)))
    }
}
