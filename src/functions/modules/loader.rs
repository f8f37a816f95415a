//! Hands a function's modules to V8.
//!
//! An import without a `type` is a program to V8, so a file that is not one gets a line of program which imports the file's content by
//! its type. WebAssembly is given as a `WebAssembly.Module`, as Workers do: the function instantiates it with what it needs.

use super::kind::Kind;
use super::program::{Code, Module, Program};
use super::resolve::{self, WASM_SOURCE, display};
use super::{builtin, code_cache};
use crate::error::{Error, Result};
use crate::functions::function::FunctionKey;
use crate::functions::{Function, limits};
use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleSource, ModuleSourceCode,
    ModuleSpecifier, ModuleType, RequestedModuleType, ResolutionKind, SourceCodeCacheInfo,
};
use deno_error::JsErrorBox;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

/// The specifier of the module that imports the platform's own library for the host.
pub(in crate::functions) const LIBRARY: &str = "builtin:///run402/library";

/// What V8's side says of who imports a module that the host loads.
const NO_REFERRER: &str = ".";

/// Serves a function's modules from memory. Has none until it is bound to a function.
#[derive(Default)]
pub(in crate::functions) struct Loader(OnceCell<Bound>);

struct Bound {
    program: Arc<Program>,
    wasm: bool,
    function: FunctionKey,
}

impl Loader {
    /// Serves the modules of that function, whose program is made, from now on.
    pub(in crate::functions) fn bind(&self, function: &Function) -> Result<()> {
        let program =
            function.prepared.get().ok_or_else(|| Error::internal("the function's modules are not prepared"))?;
        let (wasm, function) = (function.source().settings.wasm, function.key());
        let bound = Bound { program: Arc::clone(program), wasm, function };
        self.0.set(bound).map_err(|_| Error::internal("the isolate has a function already"))
    }
}

impl Bound {
    fn source(&self, specifier: &ModuleSpecifier, requested: &RequestedModuleType) -> Result<ModuleSource, String> {
        if let Some(source) = builtin::source(specifier.as_str()) {
            let key = code_cache::key(specifier.as_str(), &source);
            return Ok(program(specifier, ModuleSourceCode::String(source.into_owned().into()), Some(key)));
        }
        let mut file = specifier.clone();
        file.set_query(None);
        let module = self.program.module(file.as_str()).ok_or("the function has no such file")?;
        let bytes = |module_type| {
            let code = ModuleSourceCode::Bytes(module.raw.to_vec().into_boxed_slice().into());
            Ok(ModuleSource::new(module_type, code, specifier, None))
        };
        match requested {
            RequestedModuleType::None if specifier.query() == Some(WASM_SOURCE) => {
                limits::check_wasm(&module.raw, self.function)?;
                bytes(ModuleType::Wasm)
            }
            RequestedModuleType::None => self.implied(module, specifier),
            RequestedModuleType::Bytes => bytes(ModuleType::Bytes),
            RequestedModuleType::Json => text(module, ModuleType::Json, specifier),
            RequestedModuleType::Text => text(module, ModuleType::Text, specifier),
            RequestedModuleType::Other(other) => Err(format!("the type \"{other}\" is not known")),
        }
    }

    /// What an import without a `type` gets.
    fn implied(&self, module: &Module, specifier: &ModuleSpecifier) -> Result<ModuleSource, String> {
        match &module.code {
            Code::Runs { text, key, .. } => {
                let key = code_cache::is_worth(text).then_some(*key);
                return Ok(program(specifier, ModuleSourceCode::String(Arc::clone(text).into()), key));
            }
            Code::Broken(problems) => {
                return Err(problems.first().map_or_else(String::new, |problem| problem.message.clone()));
            }
            Code::None => {}
        }
        let own = serde_json::Value::from(specifier.path());
        let line = match module.kind {
            Kind::Json => format!("export {{ default }} from {own} with {{ type: \"json\" }};"),
            Kind::Text => format!("export {{ default }} from {own} with {{ type: \"text\" }};"),
            Kind::Buffer => {
                format!("import bytes from {own} with {{ type: \"bytes\" }};\nexport default bytes.buffer;")
            }
            Kind::Wasm if !self.wasm => return Err("the function may not use WebAssembly".to_owned()),
            Kind::Wasm => {
                let inner = serde_json::Value::from(format!("{}?{WASM_SOURCE}", specifier.path()));
                format!("import source module from {inner};\nexport default module;")
            }
            Kind::CommonJs => return Err("CommonJS is not supported; bundle it as an ES module".to_owned()),
            Kind::Code(_) | Kind::Other => {
                return Err("it is not a program; import it with { type: \"text\" } or { type: \"bytes\" }".to_owned());
            }
        };
        Ok(program(specifier, ModuleSourceCode::String(line.into()), None))
    }
}

/// A module that runs; with its compiled code, or a wish for it, when `key` names one.
fn program(specifier: &ModuleSpecifier, code: ModuleSourceCode, key: Option<code_cache::Key>) -> ModuleSource {
    let cache = key.map(|key| SourceCodeCacheInfo {
        // Only handed back to `code_cache_ready`, which has the whole digest.
        hash: 0,
        data: code_cache::get(&key).map(|code| Cow::Owned(code.to_vec())),
    });
    ModuleSource::new(ModuleType::JavaScript, code, specifier, cache)
}

fn text(module: &Module, module_type: ModuleType, specifier: &ModuleSpecifier) -> Result<ModuleSource, String> {
    let text = std::str::from_utf8(&module.raw).map_err(|_| "it is not UTF-8 text")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(ModuleSource::new(module_type, ModuleSourceCode::String(text.to_owned().into()), specifier, None))
}

impl Bound {
    fn key_of(&self, specifier: &str) -> Option<code_cache::Key> {
        if let Some(source) = builtin::source(specifier) {
            return Some(code_cache::key(specifier, &source));
        }
        match &self.program.module(specifier)?.code {
            Code::Runs { key, .. } => Some(*key),
            Code::None | Code::Broken(_) => None,
        }
    }
}

/// The key of a script that is part of this program: its name is enough, the text is always the same.
fn own_script(specifier: &ModuleSpecifier) -> Option<code_cache::Key> {
    (specifier.scheme() == "ext").then(|| code_cache::key(specifier.as_str(), ""))
}

fn no_function() -> JsErrorBox {
    JsErrorBox::generic("The isolate has no function")
}

impl ModuleLoader for Loader {
    fn resolve(&self, text: &str, referrer: &str, _kind: ResolutionKind) -> Result<ModuleSpecifier, JsErrorBox> {
        let bound = self.0.get().ok_or_else(no_function)?;
        // What the host loads itself has a specifier, and no referrer. A function may import its own entry, too.
        if text == bound.program.entry || (text == LIBRARY && referrer == NO_REFERRER) {
            return ModuleSpecifier::parse(text).map_err(|error| JsErrorBox::type_error(error.to_string()));
        }
        resolve::resolve(&*bound.program, text, referrer).map_err(|why| {
            JsErrorBox::type_error(format!("Cannot import \"{text}\" from {}: {why}", display(referrer)))
        })
    }

    fn load(
        &self,
        specifier: &ModuleSpecifier,
        referrer: Option<&ModuleLoadReferrer>,
        options: ModuleLoadOptions,
    ) -> ModuleLoadResponse {
        let Some(bound) = self.0.get() else { return ModuleLoadResponse::Sync(Err(no_function())) };
        let source = bound.source(specifier, &options.requested_module_type).map_err(|why| {
            let from = referrer
                .map(|from| {
                    format!(" from {}:{}:{}", display(from.specifier.as_str()), from.line_number, from.column_number)
                })
                .unwrap_or_default();
            JsErrorBox::type_error(format!("Cannot import \"{}\"{from}: {why}", display(specifier.as_str())))
        });
        ModuleLoadResponse::Sync(source)
    }

    /// Of the runtime's own scripts that are not in the snapshot: those behind `node:` modules above all.
    fn get_code_cache(&self, specifier: &ModuleSpecifier, source: &str) -> Option<SourceCodeCacheInfo> {
        let key = own_script(specifier).filter(|_| code_cache::is_worth(source))?;
        let data = code_cache::get(&key).map(|code| Cow::Owned(code.to_vec()));
        Some(SourceCodeCacheInfo { hash: 0, data })
    }

    fn code_cache_ready(
        &self,
        specifier: ModuleSpecifier,
        _hash: u64,
        code: &[u8],
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        if let Some(key) = own_script(&specifier) {
            code_cache::put(key, code);
        } else if let Some(key) = self.0.get().and_then(|bound| bound.key_of(specifier.as_str())) {
            code_cache::put(key, code);
        }
        Box::pin(ready(()))
    }

    fn purge_and_prevent_code_cache(&self, specifier: &str) {
        if let Some(key) = self.0.get().and_then(|bound| bound.key_of(specifier)) {
            code_cache::forget(&key);
        }
    }

    fn get_source_map(&self, specifier: &str) -> Option<Cow<'_, [u8]>> {
        let program = &self.0.get()?.program;
        let Code::Runs { map, .. } = &program.module(specifier)?.code else { return None };
        let file = |path: &str| {
            let url = ModuleSpecifier::parse(specifier).ok()?.join(path).ok()?;
            program.module(url.as_str()).map(|module| module.raw.to_vec())
        };
        map.json(file).map(|json| Cow::Borrowed(json.as_bytes()))
    }

    /// The sources of a bundle are seldom in the release; their names are what a reader of the log wants all the same.
    fn source_map_source_exists(&self, _source: &str) -> Option<bool> {
        Some(true)
    }
}
