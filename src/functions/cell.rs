//! An isolate that is entered only while it is touched.
//!
//! V8 keeps the current isolate in thread-local state, and a new isolate enters itself. With many isolates on one thread each must be
//! left at once and entered around every use, and dropping one requires that it is the current one (deno_core
//! reference 1.1, 1.2). [`IsolateCell::with`] is the only way to an isolate, so no other code can get this wrong.

#![allow(unsafe_code, reason = "entering and leaving isolates is unsafe in V8's interface")]

use super::fatal;
use deno_core::error::CoreError;
use deno_core::v8::{Isolate, IsolateHandle, UnsafeRawIsolatePtr};
use deno_core::{JsRuntime, RuntimeOptions};
use std::cell::Cell;
use std::future::poll_fn;
use std::mem::ManuallyDrop;
use std::pin::pin;

thread_local! {
    /// Whether an isolate of this thread is entered: two at once would corrupt both heaps.
    static ENTERED: Cell<bool> = const { Cell::new(false) };
}

/// A JavaScript runtime at rest. Not `Send`: it stays on the thread that made it.
pub(super) struct IsolateCell {
    runtime: ManuallyDrop<JsRuntime>,
    raw: UnsafeRawIsolatePtr,
    handle: IsolateHandle,
}

impl IsolateCell {
    /// Makes a runtime and leaves its isolate. Must be called inside the thread's tokio runtime, which V8's delayed tasks use.
    pub(super) fn new(options: RuntimeOptions) -> Result<Self, CoreError> {
        assert!(!ENTERED.get(), "isolates are made outside of every other isolate");
        let mut runtime = JsRuntime::try_new(options)?;
        let isolate = runtime.v8_isolate();
        let handle = isolate.thread_safe_handle();
        // SAFETY: the pointer is used only through `Entered`, which the cell makes while the runtime is alive.
        let raw = unsafe { isolate.as_raw_isolate_ptr() };
        // SAFETY: creating the isolate entered it exactly once, on this thread.
        unsafe { isolate.exit() };
        Ok(Self { runtime: ManuallyDrop::new(runtime), raw, handle })
    }

    /// Runs `f` with the isolate entered.
    pub(super) fn with<R>(&mut self, f: impl FnOnce(&mut JsRuntime) -> R) -> R {
        let _entered = Entered::new(self.raw);
        f(&mut self.runtime)
    }

    /// Polls an asynchronous use of the runtime with the isolate entered for each poll, and left in between.
    pub(super) async fn drive<R>(&mut self, f: impl AsyncFnOnce(&mut JsRuntime) -> R) -> R {
        let raw = self.raw;
        let mut future = pin!(f(&mut self.runtime));
        poll_fn(|cx| {
            let _entered = Entered::new(raw);
            future.as_mut().poll(cx)
        })
        .await
    }

    /// For ending the isolate's code from another thread.
    pub(super) fn handle(&self) -> &IsolateHandle {
        &self.handle
    }
}

impl Drop for IsolateCell {
    fn drop(&mut self) {
        let slot = fatal::own_slot();
        let _taking_apart = slot.as_ref().map(|slot| slot.take_apart());
        let entered = Entered::new(self.raw);
        // SAFETY: `runtime` is dropped here and nowhere else.
        unsafe { ManuallyDrop::drop(&mut self.runtime) };
        // Dropping the isolate has left it; leaving again would touch freed memory.
        entered.already_left();
    }
}

/// Proof that an isolate is the current one; leaves it when dropped, also while unwinding.
struct Entered(Isolate);

impl Entered {
    fn new(raw: UnsafeRawIsolatePtr) -> Self {
        assert!(!ENTERED.replace(true), "only one isolate is entered at a time");
        // SAFETY: `raw` belongs to a runtime that is alive as long as its cell, on whose behalf this is called.
        let isolate = unsafe { Isolate::from_raw_isolate_ptr(raw) };
        // SAFETY: no other isolate is entered, and `Drop` leaves this one.
        unsafe { isolate.enter() };
        Self(isolate)
    }

    fn already_left(self) {
        std::mem::forget(self);
        ENTERED.set(false);
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // SAFETY: entered in `new`, once.
        unsafe { self.0.exit() };
        ENTERED.set(false);
    }
}
