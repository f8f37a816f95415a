//! What the node tells its operator: one log, in two forms, on standard error.
//!
//! - [`log`]: the subscriber: format, level, and which libraries are kept quiet
//! - [`access`]: one line per request
//! - [`metrics`]: counters and gauges, collected over the API
//!
//! Lines of functions are events with the target `portico::function`; access lines have `portico::access`.

pub mod access;
pub mod log;
pub mod metrics;

pub use access::{AccessLine, ServedBy};
pub use log::init;
