//! The memory of array buffers, counted.
//!
//! V8's heap limit is about its heap, and array buffers are outside of it: without this, any function could take all of the
//! machine's memory. V8 asks again after looking for garbage, so a first refusal costs nothing but a collection. If garbage was not the
//! reason, the isolate is terminated and gets its memory all the same: V8 ends the whole process when it is refused
//! memory for a buffer of the host's own (deno_core reference 5.3). Only what is far above the limit is a `RangeError`.

#![allow(unsafe_code, reason = "V8 asks for memory through a table of C functions")]

use super::watchdog::{Kill, Reason};
use crate::limits;
use deno_core::v8::{Allocator, IsolateHandle, RustAllocatorVtable, UniqueRef, new_rust_allocator};
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What the elements of any typed array need.
const ALIGNMENT: usize = 16;

/// Refusals in a row after which garbage cannot have been the reason.
const REFUSALS_MAX: u32 = 2;

/// Bytes that one isolate has and may have.
pub(super) struct Budget {
    used: AtomicUsize,
    max: usize,
    refusals: AtomicU32,
    isolate: OnceLock<(IsolateHandle, Arc<Kill>)>,
}

impl Budget {
    /// A budget of `max` bytes.
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), max, refusals: AtomicU32::new(0), isolate: OnceLock::new() })
    }

    /// Says whom to terminate. The isolate is made with its allocator, so it is known only afterwards.
    pub(super) fn watch(&self, handle: IsolateHandle, kill: Arc<Kill>) {
        let _ = self.isolate.set((handle, kill));
    }
}

/// An allocator for one isolate.
pub(super) fn allocator(budget: Arc<Budget>) -> UniqueRef<Allocator> {
    // SAFETY: the functions of the table take a `Budget`, and `forget` takes back the reference that is given away here.
    unsafe { new_rust_allocator(Arc::into_raw(budget), &TABLE) }
}

static TABLE: RustAllocatorVtable<Budget> =
    RustAllocatorVtable { allocate, allocate_uninitialized: allocate_raw, free, drop: forget };

impl Budget {
    fn take(&self, bytes: usize) -> bool {
        if self.take_below(bytes, self.max) {
            self.refusals.store(0, Ordering::Relaxed);
            return true;
        }
        if self.refusals.fetch_add(1, Ordering::Relaxed) < REFUSALS_MAX {
            return false;
        }
        let far_above = self.max.saturating_mul(2).saturating_add(limits::ISOLATE_BUFFER_HEADROOM_BYTES);
        let taken = self.take_below(bytes, far_above);
        if let (true, Some((handle, kill))) = (taken, self.isolate.get()) {
            kill.set(Reason::Memory);
            handle.terminate_execution();
        }
        taken
    }

    fn take_below(&self, bytes: usize, max: usize) -> bool {
        let take = |used: usize| used.checked_add(bytes).filter(|total| *total <= max);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Memory from one of the global allocator's two functions; null when there is none left for this isolate.
    fn with(&self, bytes: usize, get: unsafe fn(Layout) -> *mut u8) -> *mut c_void {
        let Some(layout) = layout(bytes) else { return ptr::null_mut() };
        if !self.take(bytes) {
            return ptr::null_mut();
        }
        // SAFETY: the layout is not empty.
        let memory = unsafe { get(layout) };
        if memory.is_null() {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
        memory.cast()
    }
}

/// The layout of a buffer. An empty one has an address too.
fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.max(1), ALIGNMENT).ok()
}

unsafe extern "C" fn allocate(budget: &Budget, bytes: usize) -> *mut c_void {
    budget.with(bytes, alloc_zeroed)
}

unsafe extern "C" fn allocate_raw(budget: &Budget, bytes: usize) -> *mut c_void {
    budget.with(bytes, alloc)
}

unsafe extern "C" fn free(budget: &Budget, memory: *mut c_void, bytes: usize) {
    if let (Some(layout), false) = (layout(bytes), memory.is_null()) {
        // SAFETY: V8 frees what it got from this table, once and with the length it asked for.
        unsafe { dealloc(memory.cast(), layout) };
        budget.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

unsafe extern "C" fn forget(budget: *const Budget) {
    // SAFETY: made by `Arc::into_raw` in `allocator`; V8 calls this once, when the last buffer is gone.
    drop(unsafe { Arc::from_raw(budget) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept() {
        let budget = Budget::new(100);
        // SAFETY: freed below, with the same length.
        let first = unsafe { allocate(&budget, 60) };
        assert!(!first.is_null());
        // SAFETY: sixty bytes were given.
        assert!(unsafe { std::slice::from_raw_parts(first.cast::<u8>(), 60) }.iter().all(|byte| *byte == 0));
        // SAFETY: nothing is given.
        assert!(unsafe { allocate_raw(&budget, 41) }.is_null() && unsafe { allocate(&budget, usize::MAX) }.is_null());
        // SAFETY: from above.
        unsafe { free(&budget, first, 60) };
        // SAFETY: freed at once.
        let (all, empty) = unsafe { (allocate_raw(&budget, 100), allocate(&budget, 0)) };
        assert!(!all.is_null() && !empty.is_null());
        // SAFETY: from above.
        unsafe {
            free(&budget, all, 100);
            free(&budget, empty, 0);
        }
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }
}
