//! The modules of a function: what it may import, and how its files become what V8 runs.
//!
//! | file | idea |
//! |---|---|
//! | `kind` | what a file is, by its name |
//! | `resolve` | from the text of an import to a module |
//! | `packages` | packages among the function's files |
//! | `builtin` | modules that are part of the program |
//! | `transform` | TypeScript and JSX to JavaScript, in a child process |
//! | `program` | all modules of one function, ready to run |
//! | `verify` | what is wrong with them, found when the function is applied |
//! | `loader` | hands them to V8 |
//! | `source_map` | from places in what runs to places in what was written |
//! | `code_cache` | compiled code, shared by the isolates of the process |

mod builtin;
mod code_cache;
mod kind;
mod loader;
mod packages;
mod program;
mod resolve;
mod source_map;
pub(super) mod transform;
mod verify;

pub(super) use loader::{LIBRARY, Loader};
pub(super) use program::{Prepared, prepare};
pub(super) use resolve::specifier;
pub(super) use verify::{load_failed, verify};

use std::process::ExitCode;

/// Whether this process was started by another one of this program to compile modules: see [`compiler`].
pub fn is_compiler() -> bool {
    transform::child::is_wanted()
}

/// Compiles the modules on standard input, and ends.
pub fn compiler() -> ExitCode {
    transform::child::main()
}

/// Says that this program calls [`compiler`] when [`is_compiler`]: modules are compiled in a process of their own from now on.
/// Without it, which is for tests, they are compiled on a thread.
pub fn compile_separately() {
    transform::separate();
}
