//! What must be true of any input, one file per target. A broken promise is a panic.
//!
//! The fuzzers look for inputs; Portico's own tests run every input that was kept (`fuzz/corpus`) through the same promises.

pub mod accept_language;
pub mod path;
pub mod range;
pub mod release_spec;
pub mod routes;
pub mod rules;

/// A body, by the name of its target and of its folder in the corpus.
pub type Body = (&'static str, fn(&[u8]));

/// Every body.
pub const ALL: &[Body] = &[
    ("accept_language", accept_language::check),
    ("path", path::check),
    ("range", range::check),
    ("release_spec", release_spec::check),
    ("routes", routes::check),
    ("rules", rules::check),
];
