//! How many digests and ciphers an isolate may have open. Their state is memory that V8 does not count.

use crate::limits;
use deno_core::{OpState, v8};
use deno_error::JsErrorBox;
use std::cell::Cell;
use std::rc::Rc;

/// The number of tickets that are out, in the state of an isolate.
#[derive(Default)]
struct Open(Rc<Cell<usize>>);

/// The right to one open digest or cipher; given back when dropped.
pub(super) struct Ticket(Rc<Cell<usize>>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// Takes one. Those that were begun and forgotten are collected first, when there are too many.
pub(super) fn take(scope: &mut v8::PinScope<'_, '_>, state: &mut OpState) -> Result<Ticket, JsErrorBox> {
    if !state.has::<Open>() {
        state.put(Open::default());
    }
    let open = Rc::clone(&state.borrow::<Open>().0);
    if open.get() >= limits::FUNCTION_OPEN_CIPHERS_MAX {
        scope.low_memory_notification();
    }
    if open.get() >= limits::FUNCTION_OPEN_CIPHERS_MAX {
        return Err(JsErrorBox::range_error("Too many digests and ciphers are begun and not ended"));
    }
    open.set(open.get() + 1);
    Ok(Ticket(open))
}
