//! Isolates that are made before they are needed.
//!
//! Most of a cold start is V8 reading the snapshot, which is the same for every function. So a thread keeps a few isolates that have
//! no function yet, and makes new ones when it has nothing better to do. Only functions with the default memory can use
//! them: V8 is told the size of a heap when it makes it.

use super::boot::Blank;
use crate::limits;
use std::cell::RefCell;
use std::time::Duration;
use tokio::sync::Notify;

/// How long a thread waits after a start before it makes the next spare: the request that caused it goes first.
const WAIT: Duration = Duration::from_millis(limits::SPARE_ISOLATE_DELAY_MS);

/// The spare isolates of a thread.
pub(super) struct Spares {
    /// The memory that a function may use in one of them.
    memory_bytes: usize,
    blanks: RefCell<Vec<Blank>>,
    taken: Notify,
}

impl Spares {
    /// No isolates yet.
    pub(super) fn new(memory_bytes: usize) -> Self {
        Self { memory_bytes, blanks: RefCell::default(), taken: Notify::new() }
    }

    /// Takes one, if there is one with that much memory.
    pub(super) fn take(&self, memory_bytes: usize) -> Option<Blank> {
        if memory_bytes != self.memory_bytes {
            return None;
        }
        self.taken.notify_one();
        self.blanks.borrow_mut().pop()
    }

    /// Keeps `count` of them at hand, for as long as it is polled.
    pub(super) async fn keep(&self, count: usize) {
        loop {
            while self.blanks.borrow().len() < count {
                tokio::time::sleep(WAIT).await;
                match Blank::new(self.memory_bytes) {
                    Ok(blank) => self.blanks.borrow_mut().push(blank),
                    Err(error) => {
                        tracing::error!(target: "portico::function", %error, "a spare isolate could not be made");
                        return;
                    }
                }
            }
            self.taken.notified().await;
        }
    }
}
