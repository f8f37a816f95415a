//! The tables of the platform's reference, one test a row, named after it.
//!
//! These are the contract with the platform's clients: short on purpose, so that a row that breaks is found by its name. What
//! surrounds a rule is tested beside it, in the files of its subject.

mod s3_10;
mod s3_11;
mod s3_12;
mod s3_3;
mod s3_4;
mod s3_5;
mod s3_5_headers;
mod s3_5_wire;
mod s3_6;
mod s3_7;
mod s3_9;
