//! The child's side: reads files from standard input, writes what it found to standard output, and ends.

use super::compile::compile;
use super::{Input, Output, Problem};
use crate::limits;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;

/// The argument that makes this program a compiler.
pub(super) const ARGUMENT: &str = "__compile-modules";

/// Whether this process was started as a compiler.
pub fn is_wanted() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|argument| argument == ARGUMENT) && arguments.next().is_none()
}

/// Compiles what comes from standard input.
pub fn main() -> ExitCode {
    // When memory runs out, this process goes and not the node. Where it cannot be said, the limits below are there still.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    limit(Resource::As, limits::COMPILER_ADDRESS_SPACE_BYTES_MAX);
    limit(Resource::Cpu, limits::COMPILER_CPU_SECONDS_MAX);
    limit(Resource::Core, 0);
    limit(Resource::Fsize, 0);
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn limit(resource: Resource, most: u64) {
    // Lowering a limit can fail only where it is lower already.
    let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
}

fn serve() -> std::io::Result<()> {
    let mut request = Vec::new();
    std::io::stdin().lock().read_to_end(&mut request)?;
    let inputs: Vec<Input> = serde_json::from_slice(&request)?;
    drop(request);
    let outputs = compile_all(inputs)?;
    std::io::stdout().lock().write_all(&serde_json::to_vec(&outputs)?)
}

/// Compiles on a thread whose stack is large enough for any source that is meant seriously.
pub(super) fn compile_all(inputs: Vec<Input>) -> std::io::Result<Vec<Output>> {
    let work = move || inputs.iter().map(guarded).collect::<Vec<_>>();
    let thread = thread::Builder::new().name("compiler".into()).stack_size(limits::COMPILER_STACK_BYTES).spawn(work)?;
    thread.join().map_err(|_| std::io::Error::other("the compiler failed"))
}

fn guarded(input: &Input) -> Output {
    catch_unwind(AssertUnwindSafe(|| compile(input))).unwrap_or_else(|_| match input.language.needs_transform() {
        true => {
            let message = "The compiler fails on this file.".to_owned();
            Output { problems: vec![Problem { message, place: None }], ..Output::default() }
        }
        false => Output::default(),
    })
}
