//! Ends that V8 or the runtime cannot come back from cost one thread, not the process.
//!
//! V8 ends the process when it is out of memory, or a list is too long for it, and it has no way to say so to the program: its C++
//! cannot unwind. But it calls the host first, on the thread in question. Here that thread stops for good instead: it is given up
//! like one whose code cannot be ended, its requests are answered, and another takes its place. So does one that panics in native code
//! which V8 has called: that would end the process just the same. A failed check of V8 still ends the process: it may be the
//! beginning of an attack on the process's memory.

#![allow(unsafe_code, reason = "V8 hands over texts of C")]

use super::watchdog::{Reason, Slot};
use deno_core::v8;
use std::cell::{Cell, OnceCell};
use std::ffi::{CStr, c_char};
use std::panic::PanicHookInfo;
use std::sync::Arc;

/// How V8 begins what it says of something that is larger than it can make: nothing is wrong with its memory then.
const TOO_LARGE: [&str; 6] = [
    "Fatal JavaScript invalid",
    "Invalid size",
    "Aborting on invalid string length",
    "Aborting on invalid BigInt length",
    "Code page is too large",
    "invalid table size",
];

/// What the standard library says of a panic that would have to leave native code.
const PANICS_THAT_ABORT: [&str; 2] = ["panic in a function that cannot unwind", "panic in a destructor during cleanup"];

thread_local! {
    static SLOT: OnceCell<Arc<Slot>> = const { OnceCell::new() };
    static CHECK_FAILED: Cell<bool> = const { Cell::new(false) };
}

unsafe extern "C" {
    /// `v8::base::SetPrintStackTrace`: what V8 calls last before it ends the process, whatever the reason. The only place where it can
    /// be met for errors that it says have no influence on security.
    #[link_name = "_ZN2v84base18SetPrintStackTraceEPFvvE"]
    safe fn set_print_stack_trace(callback: extern "C" fn());
}

/// Has the process ask here before it ends. Once, after V8's platform was made, which has a word in this, and before the first isolate.
pub(super) fn install() {
    v8::V8::set_fatal_error_handler(|_: &str, _: i32, message: &str| {
        if TOO_LARGE.iter().any(|start| message.starts_with(start)) {
            stop(Reason::Memory, message);
        }
        CHECK_FAILED.set(true);
    });
    set_print_stack_trace(before_the_end);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        before(panic);
        if panic.payload_as_str().is_some_and(|text| PANICS_THAT_ABORT.contains(&text)) {
            stop(Reason::Fault, "a panic in native code");
        }
    }));
}

/// Says that the calling thread runs isolates, and can be spared.
pub(super) fn spare(slot: &Arc<Slot>) {
    SLOT.with(|own| drop(own.set(Arc::clone(slot))));
}

/// The slot of the calling thread, if it runs isolates.
pub(super) fn own_slot() -> Option<Arc<Slot>> {
    SLOT.try_with(|own| own.get().cloned()).ok().flatten()
}

/// Has V8 ask when an isolate's memory is at its end.
pub(super) fn watch(isolate: &mut v8::Isolate) {
    isolate.set_oom_error_handler(out_of_memory);
}

extern "C" fn out_of_memory(location: *const c_char, details: &v8::OomDetails) {
    let text = |text: *const c_char| {
        // SAFETY: V8 gives texts that end, or none.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    };
    let (location, detail) = (text(location), text(details.detail));
    stop(Reason::Memory, &[location, detail].into_iter().flatten().collect::<Vec<_>>().join(": "));
}

extern "C" fn before_the_end() {
    if CHECK_FAILED.get() {
        eprintln!("{}", std::backtrace::Backtrace::force_capture());
    } else {
        stop(Reason::Memory, "something is too large for V8");
    }
    crate::telemetry::flush();
}

/// Stops a JS thread for good. On any other thread it does nothing, and the process ends.
fn stop(reason: Reason, cause: &str) {
    let Some(slot) = own_slot() else { return };
    tracing::error!(target: "portico::function", cause, "a JavaScript thread stops: the process would have ended");
    slot.give_up_here(reason);
    loop {
        std::thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::watchdog::Watchdog;
    use std::process::Command;
    use std::time::{Duration, Instant};

    extern "C" fn native() {
        panic!("in native code");
    }

    #[test]
    fn a_panic_in_native_code_stops_its_thread_and_not_the_process() {
        // In a process of its own: a thread that stops while it panics keeps what the test runner waits for.
        let runner = std::env::current_exe().unwrap();
        let name = "functions::fatal::tests::panic_in_native_code";
        let output = Command::new(runner).args(["--ignored", "--exact", "--nocapture", name]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("stopped for Some(Fault)"));
    }

    #[test]
    #[ignore = "run by the test before it"]
    fn panic_in_native_code() {
        install();
        let watchdog = Watchdog::start().unwrap();
        let slot = watchdog.slot();
        let own = Arc::clone(&slot);
        std::thread::spawn(move || {
            spare(&own);
            native();
        });
        let begun = Instant::now();
        while !slot.is_lost() && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("stopped for {:?}", slot.lost_to(0));
        std::process::exit(0);
    }
}
