//! What the node tells its operator: one log, in two forms, on standard error.
//!
//! - [`log`]: the subscriber: format, level, and which libraries are kept quiet
//! - [`access`]: one line per request; `line` its two forms, `stamp` its time, `sink` its way to standard error
//! - [`metrics`]: counters and gauges, collected over the API
//!
//! Lines of functions are events with the target `portico::function`; access lines have `portico::access`.

pub mod access;
mod line;
pub mod log;
pub mod metrics;
mod sink;
mod stamp;

pub use access::{AccessLine, ServedBy};
pub use log::init;

/// Writes the access lines that are still waiting, and waits for it, though not for ever. Before the process ends.
pub fn flush() {
    sink::STDERR.flush();
}

/// Writes the access lines that are still waiting when it goes.
#[derive(Debug)]
#[must_use = "it writes when it goes"]
pub struct FlushAtEnd;

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        flush();
    }
}
