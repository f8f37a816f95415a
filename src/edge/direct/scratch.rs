//! What a request needs while it is answered, and a waiting connection does not.

use http::request::Parts;
use std::cell::RefCell;

/// Kept by a thread for its next requests; more are under way at once only while they wait for something.
const KEPT_MAX: usize = 32;

thread_local! {
    #[expect(clippy::vec_box, reason = "what is lent moves often, and is large")]
    static KEPT: RefCell<Vec<Box<Parts>>> = const { RefCell::new(Vec::new()) };
}

/// Room for a request's header.
///
/// Reused, because the map of fields is the largest of what a request allocates; by thread and not by connection, because most
/// connections wait most of the time.
pub(in crate::edge) fn take() -> Box<Parts> {
    KEPT.with_borrow_mut(Vec::pop).unwrap_or_else(|| Box::new(http::Request::new(()).into_parts().0))
}

/// Takes the room back. Where this is not called, it is freed.
pub(in crate::edge) fn give_back(mut parts: Box<Parts>) {
    // The values refer to what was read from the client: its buffer is free with them.
    parts.headers.clear();
    parts.uri = http::Uri::default();
    KEPT.with_borrow_mut(|kept| {
        if kept.len() < KEPT_MAX {
            kept.push(parts);
        }
    });
}
