//! Making code at run time: from strings, and from WebAssembly.

#![allow(unsafe_code, reason = "V8 asks through a C function")]

use crate::functions::Settings;
use deno_core::{JsRuntime, v8};

/// Turns off what a function may not do. The runtime's own scripts must have run before.
pub(super) fn set(runtime: &mut JsRuntime, settings: &Settings) {
    if !settings.wasm {
        runtime.v8_isolate().set_allow_wasm_code_generation_callback(never);
    }
    let context = runtime.main_context();
    deno_core::scope!(scope, runtime);
    let context = v8::Local::new(scope, context);
    context.set_allow_generation_from_strings(settings.eval);
}

unsafe extern "C" fn never(_context: v8::Local<'_, v8::Context>, _source: v8::Local<'_, v8::String>) -> bool {
    false
}
