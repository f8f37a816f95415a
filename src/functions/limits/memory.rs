//! Memory that JavaScript holds outside of V8's heap and that the allocator of array buffers does not see: buffers that the host
//! made, parts of blobs, compressors.
//!
//! V8 is told of all of it, so that it looks for garbage in time. After each collection what is left is compared with what the
//! function may have; more ends the isolate.

#![allow(unsafe_code, reason = "V8 calls back with raw pointers")]

use crate::functions::watchdog::{Kill, Reason};
use crate::limits;
use deno_core::{JsRuntime, op2, v8};
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Arc;

/// What an isolate may hold outside of its heap.
struct External {
    max: usize,
    kill: Arc<Kill>,
    handle: v8::IsolateHandle,
    /// What it held when garbage was last looked for at our request.
    looked_at: Cell<usize>,
}

impl External {
    fn judge(&self, held: usize) {
        // Garbage that is not swept yet is still counted, hence the room.
        if held > self.max.saturating_mul(2).saturating_add(limits::ISOLATE_BUFFER_HEADROOM_BYTES) {
            self.kill.set(Reason::Memory);
            self.handle.terminate_execution();
        }
    }
}

/// Watches an isolate.
pub(super) fn watch(runtime: &mut JsRuntime, max: usize, kill: &Arc<Kill>) {
    let isolate = runtime.v8_isolate();
    let handle = isolate.thread_safe_handle();
    isolate.set_slot(External { max, kill: Arc::clone(kill), handle, looked_at: Cell::new(0) });
    isolate.add_gc_epilogue_callback(after_collection, std::ptr::null_mut(), v8::GCType::kGCTypeAll);
}

unsafe extern "C" fn after_collection(
    isolate: v8::UnsafeRawIsolatePtr,
    _kind: v8::GCType,
    _flags: v8::GCCallbackFlags,
    _data: *mut c_void,
) {
    // SAFETY: V8 passes the isolate that it has collected, which is alive and entered on this thread.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    // No change is how V8 is asked; the other figure is of buffers alone.
    let told = usize::try_from(isolate.adjust_amount_of_external_allocated_memory(0)).unwrap_or(0);
    let held = told.max(isolate.get_heap_statistics().external_memory());
    if let Some(external) = isolate.get_slot::<External>() {
        external.judge(held);
    }
}

/// Counts memory of the host's own that a JavaScript object has taken, or has given back (negative).
#[op2(nofast)]
pub(super) fn op_portico_external(scope: &mut v8::PinScope<'_, '_>, change: f64) {
    let held = scope.adjust_amount_of_external_allocated_memory(change as i64);
    let held = usize::try_from(held).unwrap_or(0);
    let Some(external) = scope.get_slot::<External>() else { return };
    let (max, looked_at) = (external.max, external.looked_at.get());
    if held < looked_at {
        external.looked_at.set(held);
    }
    if held >= max / 2 && held >= looked_at + max / 4 {
        // What became garbage is given back only after the next turn: looking early leaves time for it.
        external.looked_at.set(held);
        scope.memory_pressure_notification(v8::MemoryPressureLevel::Critical);
        scope.memory_pressure_notification(v8::MemoryPressureLevel::None);
    }
}
