//! Buffers that connections share: one holds them only while there is something in them.
//!
//! Most connections wait most of the time. What they would keep for their next request is kept by the thread instead, so a connection
//! that waits costs little, and one that does not finds a buffer that is still in the processor's cache.

use crate::limits;
use bytes::BytesMut;
use std::cell::RefCell;

/// Kept by a thread; more are in use at once only while their connections wait for something.
const KEPT_MAX: usize = 64;

thread_local! {
    static KEPT: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for a request, or for the answer to one.
pub(super) fn take() -> BytesMut {
    KEPT.with_borrow_mut(Vec::pop).unwrap_or_else(|| BytesMut::with_capacity(limits::REQUEST_READ_BYTES))
}

/// Takes back a buffer that is empty. Kept only when nobody else refers to it and it has not grown.
pub(super) fn give_back(buffer: &mut BytesMut) {
    let mut buffer = std::mem::take(buffer);
    if buffer.try_reclaim(limits::REQUEST_READ_BYTES) && buffer.capacity() <= limits::REQUEST_READ_BYTES * 4 {
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
    fn a_buffer_that_somebody_still_reads_is_not_used_again() {
        KEPT.with_borrow_mut(Vec::clear);
        let mut buffer = take();
        buffer.extend_from_slice(b"a header");
        let read = buffer.split().freeze();
        give_back(&mut buffer);
        assert_eq!(KEPT.with_borrow(Vec::len), 0);
        assert_eq!(&read[..], b"a header");

        let mut buffer = take();
        buffer.extend_from_slice(b"another");
        drop(buffer.split());
        give_back(&mut buffer);
        assert_eq!(KEPT.with_borrow(Vec::len), 1);
        assert!(take().is_empty());
    }

    #[test]
    fn a_large_buffer_is_given_to_the_system() {
        KEPT.with_borrow_mut(Vec::clear);
        let mut buffer = BytesMut::with_capacity(limits::REQUEST_READ_BYTES * 5);
        give_back(&mut buffer);
        assert_eq!(KEPT.with_borrow(Vec::len), 0);
    }
}
