//! What would answer a request, and why. Pure: no clock, no file, no runtime.
//!
//! One resolver serves traffic and diagnosis alike, so what the diagnosis says is what happens. Everything in here is
//! immutable once built: a release is turned into [`resolve::Tables`] when it becomes live, and a request only looks
//! things up. The way of a request:
//!
//! 1. [`host::normalize`], and the project's release in a [`host::HostTable`]
//! 2. [`path::canonicalize`]: one spelling of a path, or one of nine errors
//! 3. [`resolve::Tables::decide`]: routes ([`table`]), rules of the site ([`redirects`]), files ([`statics`]) with their
//!    fields ([`header_rules`]), the renderer, then what stands in for a page that is not there
//! 4. [`locale`], for what a function answers; [`encoding`] and [`range`], for what a file is sent as
//!
//! [`report`] tells the same story as JSON.

pub mod content_type;
pub mod encoding;
pub mod header_rules;
pub mod host;
pub mod locale;
pub mod lookup;
pub mod method;
pub mod path;
pub mod pattern;
pub mod range;
pub mod redirects;
pub mod report;
pub mod resolve;
pub mod statics;
pub mod table;
