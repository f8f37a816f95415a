//! Releases: what a user writes, what is made from it, where it is kept, and which one is live.
//!
//! [`spec`] reads the JSON and says exactly where it is wrong; [`validate`] checks what needs more than one field;
//! [`materialize`] makes the complete, immutable [`model::Release`] from a spec and the release before it; [`rules`] reads
//! the rules that a site brings in files of its own. These know no clock, no file and no network. [`store`] keeps releases
//! on disk, [`live`] has the ones that answer requests.

pub mod diff;
pub mod directives;
pub mod function_config;
pub mod gate;
pub mod inventory;
pub mod live;
pub mod materialize;
pub mod model;
pub mod rules;
pub mod spec;
pub mod store;
pub mod superseded;
pub mod validate;
pub mod warnings;

#[cfg(test)]
mod allocation_tests;
