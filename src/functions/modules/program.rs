//! All modules of one function, ready to run.
//!
//! Made once for each version of a function, when it is applied or, after a restart, when its first request comes. What is stored in a
//! release stays as the user gave it; everything here is derived.

use super::code_cache;
use super::kind::{self, Kind};
use super::packages;
use super::resolve::{Files, ROOT, specifier};
use super::source_map::{self, Map};
use super::transform::{self, Input, Language, Output, Problem, Script};
use crate::error::{Code as ErrorCode, Error, Result};
use crate::functions::settings::Compat;
use crate::functions::{Function, FunctionSource};
use crate::limits;
use bytes::Bytes;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The platform's own library (reference 2.1).
const LIBRARY: &str = "@run402/functions";

/// A function's program once it is made.
#[derive(Default)]
pub(in crate::functions) struct Prepared(OnceCell<Arc<Program>>);

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prepared").field(&self.0.initialized()).finish()
    }
}

impl Prepared {
    pub(in crate::functions) fn get(&self) -> Option<&Arc<Program>> {
        self.0.get()
    }
}

/// Makes a function's program if it is not made yet. A failure is not kept: it may have been the node's.
///
/// # Errors
/// `FUNCTION_BUILD_FAILED` when the modules are too large or their compiler does not survive them; `RUNTIME_BUSY`.
pub(in crate::functions) async fn prepare(function: &Function) -> Result<&Arc<Program>> {
    function.prepared.0.get_or_try_init(|| Program::make(function.source())).await
}

/// The modules of a function by their specifiers.
pub(in crate::functions) struct Program {
    modules: HashMap<String, Module>,
    /// The specifier of the module with the handler.
    pub(super) entry: String,
    /// The specifier of the platform's own library, if it is among the files and another of them names it.
    library: Option<String>,
}

/// One file of a function.
pub(super) struct Module {
    pub(super) kind: Kind,
    /// As it was uploaded.
    pub(super) raw: Bytes,
    pub(super) code: Code,
}

/// What there is to run of a file.
pub(super) enum Code {
    /// Nothing: it is data.
    None,
    Runs {
        text: Arc<str>,
        map: Map,
        key: code_cache::Key,
    },
    /// It does not compile. An error only if it is imported.
    Broken(Vec<Problem>),
}

impl Files for Program {
    fn contains(&self, specifier: &str) -> bool {
        self.modules.contains_key(specifier)
    }

    fn content(&self, specifier: &str) -> Option<&[u8]> {
        self.modules.get(specifier).map(|module| &*module.raw)
    }
}

impl Program {
    async fn make(source: &FunctionSource) -> Result<Arc<Self>> {
        check_size(source)?;
        let mut inputs = Vec::new();
        let mut modules = HashMap::new();
        for (path, raw) in &source.modules {
            let specifier =
                specifier(path).map_err(|why| build_failed(format!("The path \"{path}\" is not valid: {why}")))?;
            let kind = kind_in(source, path);
            let code = match input(source, path, specifier.as_str(), raw) {
                Ok(Some(input)) if is_compiled(&input) => {
                    inputs.push(input);
                    Code::None
                }
                Ok(Some(input)) => runs(&input.specifier, &input.source),
                Ok(None) => Code::None,
                Err(problem) => Code::Broken(vec![problem]),
            };
            modules.insert(specifier.into(), Module { kind, raw: raw.clone(), code });
        }
        let specifiers: Vec<String> = inputs.iter().map(|input| input.specifier.clone()).collect();
        let sources: Vec<String> = inputs.iter().map(|input| input.source.clone()).collect();
        let outputs = transform::run(inputs).await?;
        for ((specifier, source), output) in specifiers.into_iter().zip(sources).zip(outputs) {
            if let Some(module) = modules.get_mut(&specifier) {
                module.code = compiled(&specifier, &source, &output);
            }
        }
        let entry = specifier(&source.entry).map_err(build_failed)?.into();
        let mut program = Self { modules, entry, library: None };
        program.library = program.find_library();
        Ok(Arc::new(program))
    }

    fn find_library(&self) -> Option<String> {
        let found = packages::find(self, LIBRARY)?.ok()?;
        let own = format!("{ROOT}node_modules/{LIBRARY}/");
        let mut others = self.modules.iter().filter(|(specifier, _)| !specifier.starts_with(&own));
        others.any(|(_, module)| memchr::memmem::find(&module.raw, LIBRARY.as_bytes()).is_some()).then_some(found)
    }

    /// A module that exports the platform's own library as `library`, if the function brings it: its source.
    pub(in crate::functions) fn library(&self) -> Option<String> {
        let specifier = serde_json::Value::from(self.library.as_deref()?);
        Some(format!("export * as library from {specifier};"))
    }

    pub(super) fn module(&self, specifier: &str) -> Option<&Module> {
        self.modules.get(specifier)
    }
}

fn check_size(source: &FunctionSource) -> Result<()> {
    let total: usize = source.modules.values().map(Bytes::len).sum();
    if total > limits::FUNCTION_SOURCE_BYTES_MAX {
        return Err(build_failed("The modules of the function are too large.")
            .detail("bytes", total)
            .detail("limit_bytes", limits::FUNCTION_SOURCE_BYTES_MAX));
    }
    Ok(())
}

/// The kind of a file; the entry is a program whatever its name.
pub(super) fn kind_in(source: &FunctionSource, path: &str) -> Kind {
    match kind::of(path) {
        Kind::Other if path == source.entry => Kind::Code(Language::JavaScript),
        kind => kind,
    }
}

/// What the compiler is to be asked about a file: nothing if it is data.
pub(super) fn input(
    source: &FunctionSource,
    path: &str,
    specifier: &str,
    raw: &Bytes,
) -> Result<Option<Input>, Problem> {
    let Kind::Code(language) = kind_in(source, path) else { return Ok(None) };
    let problem = |message: &str| Problem { message: message.to_owned(), place: None };
    if raw.len() > limits::MODULE_SOURCE_BYTES_MAX {
        return Err(problem("The file is too large for a module."));
    }
    let text = std::str::from_utf8(raw).map_err(|_| problem("The file is not UTF-8 text."))?;
    let exports = source.settings.compat == Compat::Fluxbase && path == source.entry;
    Ok(Some(Input {
        specifier: specifier.to_owned(),
        language,
        script: if exports { Script::ExportsHandler } else { Script::IsModule },
        source: text.to_owned(),
    }))
}

/// Whether a file runs only once the compiler has seen it.
fn is_compiled(input: &Input) -> bool {
    input.language.needs_transform() || input.script == Script::ExportsHandler
}

fn runs(specifier: &str, code: &str) -> Code {
    let (code, map) = source_map::take_reference(code);
    Code::Runs { text: Arc::from(code), map, key: code_cache::key(specifier, code) }
}

fn compiled(specifier: &str, source: &str, output: &Output) -> Code {
    match &output.code {
        _ if !output.problems.is_empty() => Code::Broken(output.problems.clone()),
        None => runs(specifier, source),
        Some(code) => Code::Runs {
            text: Arc::from(code.as_str()),
            map: output.map.clone().map(Map::of_compiler).unwrap_or_default(),
            key: code_cache::key(specifier, code),
        },
    }
}

pub(super) fn build_failed(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::FunctionBuildFailed, message)
}
