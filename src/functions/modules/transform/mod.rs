//! TypeScript and JSX to JavaScript, and what any module imports: done in a child process.
//!
//! The compiler recurses as deeply as the source nests and backtracks without a bound: a file of a few hundred bytes can keep it busy
//! for ever, or overflow its stack, and neither can be stopped from within a process. So the same program is started once more for
//! each batch of files, with limits on memory and time, and only that child ends ([`child`]). Results are kept by the
//! content's digest ([`cache`]).

mod cache;
pub(in crate::functions) mod child;
mod compile;
mod imports;
mod place;
mod worker;

pub(super) use worker::run;
pub(in crate::functions) use worker::separate;

use serde::{Deserialize, Serialize};

/// A module to look into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Input {
    /// Its specifier: names it in the source map.
    pub(super) specifier: String,
    pub(super) language: Language,
    /// What to do when it is a script and not a module.
    pub(super) script: Script,
    pub(super) source: String,
}

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Language {
    JavaScript,
    Jsx,
    TypeScript,
    Tsx,
}

impl Language {
    /// Whether V8 does not take it as it is.
    pub(super) fn needs_transform(self) -> bool {
        self != Self::JavaScript
    }
}

/// What becomes of a file without imports and exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Script {
    /// It is a module all the same.
    IsModule,
    /// Its global `handler` is exported as the default (Fluxbase style).
    ExportsHandler,
}

/// What was found in a module.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Output {
    /// JavaScript in place of the source; none when the source can be run as it is.
    pub(super) code: Option<String>,
    /// Leads from `code` back to the source.
    pub(super) map: Option<String>,
    /// What it imports, in order.
    pub(super) imports: Vec<Import>,
    /// Why it cannot be compiled. Empty when it can.
    pub(super) problems: Vec<Problem>,
}

/// An import with a literal specifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Import {
    pub(super) specifier: String,
    /// The `type` of its attributes.
    pub(super) attribute: Option<String>,
    /// Whether it is a call of `import()`.
    pub(super) dynamic: bool,
    /// Whether the code expects that it may fail.
    pub(super) guarded: bool,
    pub(super) place: Place,
}

/// Something wrong in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) place: Option<Place>,
}

/// A place in a source, both counted from 1, columns in UTF-16 units as V8 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}
