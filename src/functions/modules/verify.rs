//! What is wrong with a function's modules, found when it is applied.
//!
//! Walks from the entry along the imports. What cannot be imported or compiled is reported with its place, several at once. An import that the
//! code itself expects to fail (`import()` in a `try`, or with a `catch`), and a dynamic import of a module of Node, by which libraries
//! find out where they run, are left to the code.

use super::kind::Kind;
use super::program::{Code, Module, Program, build_failed, input};
use super::resolve::{display, resolve, specifier};
use super::transform::{self, Import, Output, Place, Problem};
use crate::error::{Error, Result};
use crate::functions::{Function, FunctionSource};
use crate::limits;
use deno_core::error::{CoreError, CoreErrorKind};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Checks the modules of a function that is applied.
///
/// # Errors
/// `FUNCTION_BUILD_FAILED` with `file`, `line` and `column` of the first problem, and all of them in `errors`.
pub(in crate::functions) async fn verify(function: &Function) -> Result<()> {
    // One batch for the compiler, which also does what `prepare` will ask for.
    let outputs = look_into(function.source()).await?;
    let program = super::prepare(function).await?;
    let mut found = Found::default();
    let mut seen = HashSet::from([program.entry.clone()]);
    let mut open = vec![program.entry.clone()];
    while let Some(specifier) = open.pop() {
        let Some(module) = program.module(&specifier) else { continue };
        found.module(&specifier, module);
        let output = outputs.get(&specifier);
        for import in output.iter().flat_map(|output| &output.imports) {
            match target(program, &specifier, import) {
                Ok(target) if seen.insert(target.clone()) => open.push(target),
                Ok(_) => {}
                Err(why) => found.import(&specifier, import, &why),
            }
        }
    }
    found.into_result()
}

async fn look_into(source: &FunctionSource) -> Result<HashMap<String, Arc<Output>>> {
    let mut inputs = Vec::new();
    for (path, raw) in &source.modules {
        if let Ok(specifier) = specifier(path)
            && let Ok(Some(input)) = input(source, path, specifier.as_str(), raw)
        {
            inputs.push(input);
        }
    }
    let specifiers: Vec<String> = inputs.iter().map(|input| input.specifier.clone()).collect();
    Ok(specifiers.into_iter().zip(transform::run(inputs).await?).collect())
}

/// The module that an import leads to, if it can be had the way it is asked for.
fn target(program: &Program, referrer: &str, import: &Import) -> Result<String, String> {
    let mut url = resolve(program, &import.specifier, referrer)?;
    url.set_query(None);
    let target = String::from(url);
    let module = program.module(&target);
    match (import.attribute.as_deref(), module.map(|module| module.kind)) {
        (Some("json" | "text" | "bytes"), Some(_)) | (None, None) => {}
        (Some("json" | "text" | "bytes"), None) => return Err("it is a program".to_owned()),
        (Some(other), _) => return Err(format!("the type \"{other}\" is not known")),
        (None, Some(Kind::CommonJs)) => return Err("CommonJS is not supported; bundle it as an ES module".to_owned()),
        (None, Some(Kind::Other)) => {
            return Err("it is not a program; import it with { type: \"text\" } or { type: \"bytes\" }".to_owned());
        }
        (None, Some(_)) => {}
    }
    // What is imported as data is not looked into as a program.
    Ok(if import.attribute.is_some() && !target.ends_with(".json") { referrer.to_owned() } else { target })
}

/// Problems so far.
#[derive(Default)]
struct Found(Vec<(String, Problem)>);

impl Found {
    fn add(&mut self, specifier: &str, problem: Problem) {
        if self.0.len() < limits::BUILD_PROBLEMS_MAX {
            self.0.push((display(specifier).to_owned(), problem));
        }
    }

    fn module(&mut self, specifier: &str, module: &Module) {
        if let Code::Broken(problems) = &module.code {
            for problem in problems {
                self.add(specifier, problem.clone());
            }
        }
        if module.kind == Kind::Json
            && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(strip_mark(&module.raw))
            // The one thing that V8 does not mind.
            && !error.to_string().contains("recursion limit")
        {
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let place = Place { line: number(error.line()), column: number(error.column()) };
            self.add(specifier, Problem { message: format!("The file is not JSON: {error}"), place: Some(place) });
        }
    }

    fn import(&mut self, specifier: &str, import: &Import, why: &str) {
        if import.dynamic && (import.guarded || import.specifier.starts_with("node:")) {
            return;
        }
        let message = format!("Cannot import \"{}\" from {}: {why}", import.specifier, display(specifier));
        self.add(specifier, Problem { message, place: Some(import.place) });
    }

    fn into_result(self) -> Result<()> {
        let Some((file, first)) = self.0.first() else { return Ok(()) };
        let mut error = build_failed(first.message.clone()).detail("file", file.as_str());
        if let Some(place) = first.place {
            error = error.detail("line", place.line).detail("column", place.column);
        }
        let all: Vec<Value> = self
            .0
            .iter()
            .map(|(file, problem)| {
                let place = problem.place;
                json!({
                    "file": file,
                    "line": place.map(|place| place.line),
                    "column": place.map(|place| place.column),
                    "message": problem.message,
                })
            })
            .collect();
        Err(error.detail("errors", all))
    }
}

fn strip_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// A module that V8 does not compile, link or evaluate, with the place if V8 names one.
pub(in crate::functions) fn load_failed(error: &CoreError) -> Error {
    let CoreErrorKind::Js(js) = &*error.0 else {
        return build_failed(error.to_string());
    };
    let message = js.exception_message.trim_start_matches("Uncaught ");
    let mut failed = build_failed(format!("{message}{}", hint(message))).because(error);
    let own = |file: &&str| file.starts_with(super::resolve::ROOT);
    let frame = js.frames.iter().find(|frame| frame.file_name.as_deref().as_ref().is_some_and(own));
    if let Some(frame) = frame {
        if let Some(file) = &frame.file_name {
            failed = failed.detail("file", display(file));
        }
        if let (Some(line), Some(column)) = (frame.line_number, frame.column_number) {
            failed = failed.detail("line", line).detail("column", column);
        }
    }
    failed
}

/// What to do about a message that many users meet: of V8, and of what esbuild puts in the place of `require`.
fn hint(message: &str) -> &'static str {
    let undefined = message.strip_prefix("ReferenceError: ").and_then(|rest| rest.strip_suffix(" is not defined"));
    let is_commonjs = matches!(undefined, Some("require" | "module" | "exports" | "__dirname" | "__filename"));
    if is_commonjs {
        return " (a function is an ES module: bundle it with the format \"esm\")";
    }
    if message.starts_with("Error: Dynamic require of ") {
        return " (a bundled package asks for it by `require`: give the function one, by \
                `import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url);` in the bundler's banner)";
    }
    if message.starts_with("EvalError: Code generation from strings") {
        return " (`allowEval` in the function's `config` allows it)";
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_meet_comes_with_what_to_do() {
        for message in ["require", "module", "exports", "__dirname"] {
            assert!(hint(&format!("ReferenceError: {message} is not defined")).contains("ES module"), "{message}");
        }
        assert!(hint("Error: Dynamic require of \"path\" is not supported").contains("createRequire"));
        assert!(hint("EvalError: Code generation from strings disallowed for this context").contains("allowEval"));
        for message in ["ReferenceError: x is not defined", "Error: module is not defined", "TypeError: require", ""] {
            assert_eq!(hint(message), "", "{message}");
        }
    }
}
