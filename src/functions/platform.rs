//! The process-wide start of V8.

use crate::limits;
use deno_core::JsRuntime;

/// Flags of V8.
///
/// The first three are so that it looks for termination in every loop.
/// Loops are not unrolled: the analysis for it takes the check away from loops that are short, and where such a loop has none
/// (the filling of a new array), from the next loop instead, which may be endless. WebAssembly is not tiered up by need: its
/// first tier then looks only when a budget of small instructions is used up, of which `memory.fill` is one.
///
/// The last is for bundles: where code stands in its source is noted when it is compiled. Otherwise V8 parses a function once more
/// for the first error that is made in it, and a bundle's outermost function is all of the bundle (it doubles the time of a cold start).
const FLAGS: [&str; 4] = [
    "--no-turboshaft-loop-unrolling",
    "--no-wasm-loop-unrolling",
    "--no-wasm-dynamic-tiering",
    "--no-enable-lazy-source-positions",
];

/// Variables by which an HTTP client in this process could be told to use a proxy.
const PROXY_VARIABLES: [&str; 8] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"];

/// Prepares the process for running functions.
///
/// Must be called on the main thread before any other thread is started: V8 protects its code memory with keys that only
/// threads made afterwards inherit (deno_core reference 1.7). Forking afterwards would lose V8's own threads.
pub fn init() {
    // The fetch of functions would follow these variables, and with them an address the egress rules never see.
    for name in PROXY_VARIABLES {
        // SAFETY: the caller promises that this is the only thread, so nobody reads the environment at the same time.
        #[allow(unsafe_code, clippy::disallowed_methods, reason = "the only thread there is")]
        unsafe {
            std::env::remove_var(name);
        }
    }
    // The first is the place of a program's name.
    let mut flags = vec![
        "portico".to_owned(),
        format!("--wasm-max-mem-pages={}", limits::WASM_PAGES_MAX),
        format!("--wasm-max-table-size={}", limits::WASM_TABLE_PLACES_MAX),
    ];
    flags.extend(FLAGS.map(str::to_owned));
    #[cfg(debug_assertions)]
    flags.extend(developers_flags());
    let unknown = deno_core::v8_set_flags(flags);
    debug_assert!(unknown.len() <= 1, "V8 does not know {unknown:?}");
    JsRuntime::init_platform(None);
    super::fatal::install();
}

/// Flags in `PORTICO_V8_FLAGS`, in debug builds: V8 can tell what it compiles, collects and deserialises.
#[cfg(debug_assertions)]
fn developers_flags() -> Vec<String> {
    let flags = std::env::var("PORTICO_V8_FLAGS").unwrap_or_default();
    flags.split_whitespace().map(str::to_owned).collect()
}
