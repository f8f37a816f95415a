//! The parent's side: starts a compiler, waits for it, and judges how it ended.

use super::child::{self, ARGUMENT};
use super::{Input, Output, cache};
use crate::error::{Code, Error, Result};
use crate::limits;
use std::io::{Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Whether this program can be started as a compiler. Test programs cannot, and compile themselves.
static SEPARATE: AtomicBool = AtomicBool::new(false);

/// Says that this program calls [`child::main`] when it is asked to.
pub(in crate::functions) fn separate() {
    SEPARATE.store(true, Ordering::Relaxed);
}

static TURNS: Semaphore = Semaphore::const_new(limits::COMPILERS_MAX);

/// Compiles modules. The answers are in the order of the inputs.
///
/// # Errors
/// `FUNCTION_BUILD_FAILED` when the compiler does not survive them, `RUNTIME_BUSY` when it cannot be had in time.
pub(in crate::functions::modules) async fn run(inputs: Vec<Input>) -> Result<Vec<Arc<Output>>> {
    let keys: Vec<_> = inputs.iter().map(cache::key).collect();
    let mut outputs: Vec<Option<Arc<Output>>> = keys.iter().map(cache::get).collect();
    let missing: Vec<usize> = (0..inputs.len()).filter(|&index| outputs[index].is_none()).collect();
    if !missing.is_empty() {
        let mut inputs: Vec<Option<Input>> = inputs.into_iter().map(Some).collect();
        let batch: Vec<Input> = missing.iter().filter_map(|&index| inputs[index].take()).collect();
        let wait = Duration::from_secs(limits::COMPILER_WAIT_SECONDS_MAX);
        let made = tokio::time::timeout(wait, in_turn(batch)).await.map_err(|_| busy())??;
        if made.len() != missing.len() {
            return Err(Error::internal("the compiler answered something else"));
        }
        for (index, output) in missing.into_iter().zip(made) {
            let output = Arc::new(output);
            cache::put(keys[index], Arc::clone(&output));
            outputs[index] = Some(output);
        }
    }
    Ok(outputs.into_iter().flatten().collect())
}

async fn in_turn(batch: Vec<Input>) -> Result<Vec<Output>> {
    let turn = TURNS.acquire().await.map_err(Error::internal)?;
    let work = tokio::task::spawn_blocking(move || {
        // Held here, so that a compiler nobody waits for any more counts until it ends.
        let _turn = turn;
        if SEPARATE.load(Ordering::Relaxed) { ask(&batch) } else { child::compile_all(batch).map_err(Error::internal) }
    });
    work.await.map_err(Error::internal)?
}

/// Blocking, for as long as the child's limit on its time lets it live.
fn ask(batch: &[Input]) -> Result<Vec<Output>> {
    let request = serde_json::to_vec(batch).map_err(Error::internal)?;
    let failed = |error: std::io::Error| Error::internal(format!("the compiler cannot be started: {error}"));
    // The running program, even when its file was replaced since. Nothing of the environment is a compiler's business.
    let mut child = Command::new("/proc/self/exe")
        .arg0("portico-compiler")
        .arg(ARGUMENT)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    // It reads everything before it writes anything. One that has ended already does not read; its status says why.
    let sent = stdin.map(|mut pipe| pipe.write_all(&request));
    drop(request);
    let mut answer = Vec::new();
    let read = stdout.map(|pipe| pipe.take(limits::COMPILER_OUTPUT_BYTES_MAX).read_to_end(&mut answer));
    let status = child.wait().map_err(Error::internal)?;
    if !status.success() {
        return Err(judge(status));
    }
    match (sent, read) {
        (Some(Ok(())), Some(Ok(_))) => serde_json::from_slice(&answer).map_err(Error::internal),
        _ => Err(Error::internal("the compiler's pipes broke")),
    }
}

fn judge(status: ExitStatus) -> Error {
    const SIGXCPU: i32 = 24;
    const SIGKILL: i32 = 9;
    let message = match status.signal() {
        Some(SIGXCPU | SIGKILL) => {
            "The modules take too long to compile: something in them is nested in too many ways."
        }
        Some(_) => "The modules cannot be compiled: they are nested too deeply, or too large.",
        None => return Error::internal(format!("the compiler ended with {status}")),
    };
    Error::new(Code::FunctionBuildFailed, message).because(format_args!("the compiler ended with {status}"))
}

fn busy() -> Error {
    Error::new(Code::RuntimeBusy, "The modules could not be compiled in time: the node is busy.")
}
