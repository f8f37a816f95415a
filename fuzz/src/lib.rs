//! What the fuzz targets run: the pure rooms of Portico, by their own sources, and for each of them what must always be true.

#![allow(
    missing_docs,
    dead_code,
    reason = "the sources are documented where they are at home, and a target uses a part of them"
)]

pub mod bodies;
#[path = "../../src/digest.rs"]
pub mod digest;
#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/limits.rs"]
pub mod limits;
pub mod release;
#[path = "../../src/route/mod.rs"]
pub mod route;
