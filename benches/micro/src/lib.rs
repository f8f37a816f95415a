//! The rooms of Portico that know no runtime, no clock and no file, under the name the benches know them by.

#[path = "../../../src/digest.rs"]
pub mod digest;
#[path = "../../../src/error.rs"]
pub mod error;
#[path = "../../../src/limits.rs"]
pub mod limits;
#[path = "../../../src/route/mod.rs"]
pub mod route;
