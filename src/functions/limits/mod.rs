//! What a function may use besides time and heap, one file per limit.
//!
//! | file | idea |
//! |---|---|
//! | `fetch` | requests to other servers: how many, how long, whereto |
//! | `fetch_body` | what of an answer reaches JavaScript |
//! | `fetch_error` | what JavaScript learns of a failed request |
//! | `memory` | what JavaScript holds outside of V8's heap |
//! | `switches` | code made at run time |
//! | `wasm` | WebAssembly: how many memories and types |
//! | `wasm_outline` | what a WebAssembly module declares |
//! | `wasm_types` | the types of all modules, which V8 never forgets |
//!
//! What is counted where it is asked for (fetches of a request, timers, key derivation) is in `runtime-js/40_limits.js` and the
//! files after it.

mod fetch;
mod fetch_body;
mod fetch_error;
mod memory;
mod switches;
mod wasm;
mod wasm_outline;
mod wasm_types;

#[cfg(test)]
pub(super) use fetch_error::reason as fetch_reason;
pub(super) use wasm::check_bytes as check_wasm;

use super::Function;
use super::watchdog::Kill;
use crate::limits;
use deno_core::{JsRuntime, OpState, ToV8, op2};
use std::sync::Arc;

deno_core::extension!(
    portico_limits,
    deps = [deno_fetch],
    ops = [
        fetch::op_portico_fetch,
        fetch::op_portico_fetch_send,
        memory::op_portico_external,
        op_portico_limits,
        wasm::op_portico_wasm_bytes,
        wasm::op_portico_wasm_hold,
        wasm::op_portico_wasm_instance,
        wasm::op_portico_wasm_memory,
        wasm::op_portico_wasm_tag,
    ],
);

/// The operations behind the limits.
pub(super) fn extension() -> deno_core::Extension {
    portico_limits::init()
}

/// Puts what the operations need into a fresh isolate's state.
pub(super) fn prepare(state: &mut OpState, function: &Arc<Function>) {
    state.put(fetch::Fetches::new(Arc::clone(function)));
}

/// Sets what holds from now on, when the runtime's own scripts have run and nothing of the function has.
pub(super) fn apply(runtime: &mut JsRuntime, function: &Function, kill: &Arc<Kill>) {
    let settings = &function.source().settings;
    memory::watch(runtime, settings.memory_bytes, kill);
    wasm::watch(runtime, settings.memory_bytes);
    switches::set(runtime, settings);
}

/// The limits that JavaScript of the runtime keeps itself.
#[derive(ToV8)]
struct Limits {
    subrequests: u32,
    timers: u32,
    kdf_iterations: u32,
    rsa_modulus_bits: u32,
    crypto_output_bytes: u32,
    crypto_at_once: u32,
    crypto_costly_at_once: u32,
    performance_entries: u32,
    memory_bytes: f64,
    eval: bool,
    wasm_memories: u32,
    wasm_stacks: u32,
    wasm_compilations: u32,
}

#[op2]
fn op_portico_limits(state: &mut OpState) -> Limits {
    let settings = &state.borrow::<fetch::Fetches>().function().source().settings;
    Limits {
        subrequests: settings.subrequests_max,
        timers: settings.timers_max,
        kdf_iterations: settings.kdf_iterations_max,
        rsa_modulus_bits: limits::FUNCTION_RSA_MODULUS_BITS_MAX,
        crypto_output_bytes: limits::FUNCTION_CRYPTO_OUTPUT_BYTES_MAX,
        crypto_at_once: limits::FUNCTION_CRYPTO_AT_ONCE_MAX,
        crypto_costly_at_once: limits::FUNCTION_CRYPTO_COSTLY_AT_ONCE_MAX,
        performance_entries: limits::FUNCTION_PERFORMANCE_ENTRIES_MAX,
        memory_bytes: settings.memory_bytes as f64,
        eval: settings.eval,
        wasm_memories: limits::WASM_MEMORIES_MAX as u32,
        wasm_stacks: limits::WASM_STACKS_MAX,
        wasm_compilations: limits::WASM_COMPILATIONS_MAX,
    }
}
