//! Buffers that connections to upstreams share: one holds a buffer only while there is something in it.
//!
//! Most of them wait, for an answer or for a request. The thread keeps what they would keep, and whoever has something to read finds
//! a buffer that is still in the processor's cache.

use crate::limits;
use std::cell::RefCell;

/// Kept by a thread; more are in use at once only while their exchanges wait for clients.
const KEPT_MAX: usize = 16;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer for one read. What is in it is of no meaning.
pub(super) fn take() -> Vec<u8> {
    KEPT.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; limits::UPSTREAM_READ_BYTES])
}

/// Takes a buffer back, unless it has grown.
pub(super) fn give_back(buffer: &mut Vec<u8>) {
    let buffer = std::mem::take(buffer);
    if buffer.len() == limits::UPSTREAM_READ_BYTES {
        KEPT.with_borrow_mut(|kept| {
            if kept.len() < KEPT_MAX {
                kept.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_unless_it_has_grown() {
        KEPT.with_borrow_mut(Vec::clear);
        let mut buffer = take();
        let place = buffer.as_ptr();
        give_back(&mut buffer);
        assert!(buffer.is_empty());
        let again = take();
        assert_eq!(again.as_ptr(), place);
        give_back(&mut vec![0; limits::UPSTREAM_READ_BYTES_MAX]);
        assert!(KEPT.with_borrow(Vec::is_empty));
    }
}
