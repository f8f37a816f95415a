//! What one function may do and use: the limits of its requests and of its isolates.

use std::time::Duration;

/// Limits and switches of a function. They are part of its identity: another limit is another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Wall-clock time from the call to the answer; for a streamed answer, to its head.
    pub timeout: Duration,
    /// Time on the processor that one request may take, in all its turns.
    pub cpu: Duration,
    /// Time that work handed to `context.waitUntil` has after the answer.
    pub wait_until: Duration,
    /// JavaScript heap in bytes; and as much again for memory outside of the heap, such as array buffers.
    pub memory_bytes: usize,
    /// Whether bodies are handed over piece by piece, and may be larger than a buffered body.
    pub streaming: bool,
    /// Whether code may be made from strings: `eval`, `new Function`.
    pub eval: bool,
    /// Whether WebAssembly may be compiled.
    pub wasm: bool,
    /// How the handler is called.
    pub compat: Compat,
    /// Calls of `fetch` that one request may make, redirects included.
    pub subrequests_max: u32,
    /// Calls of `fetch` that are under way at once in one isolate; more wait.
    pub concurrent_fetches_max: u32,
    /// Time of one `fetch`, its body included.
    pub fetch_timeout: Duration,
    /// Body of one fetched response in bytes, decompressed.
    pub fetch_response_bytes_max: usize,
    /// Timers that are set at once in one isolate.
    pub timers_max: u32,
    /// Console output of one request in bytes.
    pub log_bytes_max: usize,
    /// Iterations of one PBKDF2 call.
    pub kdf_iterations_max: u32,
}

/// How a function's handler is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compat {
    /// With a `Request`, for a `Response` (reference 2.8).
    Web,
    /// With a plain object, for a plain object, and with `Deno.env` (reference 5, seed 1).
    Fluxbase,
}

impl Settings {
    /// Everything in it as bytes, for the identity of a function: equal settings and only those have equal bytes.
    pub(super) fn identity(&self) -> Vec<u8> {
        let Self {
            timeout,
            cpu,
            wait_until,
            memory_bytes,
            streaming,
            eval,
            wasm,
            compat,
            subrequests_max,
            concurrent_fetches_max,
            fetch_timeout,
            fetch_response_bytes_max,
            timers_max,
            log_bytes_max,
            kdf_iterations_max,
        } = self;
        let mut bytes = Vec::with_capacity(128);
        for duration in [timeout, cpu, wait_until, fetch_timeout] {
            bytes.extend(duration.as_nanos().to_le_bytes());
        }
        for size in [memory_bytes, fetch_response_bytes_max, log_bytes_max] {
            bytes.extend((*size as u64).to_le_bytes());
        }
        for count in [subrequests_max, concurrent_fetches_max, timers_max, kdf_iterations_max] {
            bytes.extend(count.to_le_bytes());
        }
        bytes.extend([*streaming, *eval, *wasm, *compat == Compat::Fluxbase].map(u8::from));
        bytes
    }
}

#[cfg(test)]
impl Settings {
    /// Settings for unit tests.
    pub(super) fn for_tests() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            cpu: Duration::from_secs(5),
            wait_until: Duration::from_secs(30),
            memory_bytes: 1 << 27,
            streaming: false,
            eval: false,
            wasm: true,
            compat: Compat::Web,
            subrequests_max: 50,
            concurrent_fetches_max: 6,
            fetch_timeout: Duration::from_secs(30),
            fetch_response_bytes_max: 1 << 26,
            timers_max: 1000,
            log_bytes_max: 1 << 16,
            kdf_iterations_max: 100_000,
        }
    }
}
