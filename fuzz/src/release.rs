//! The half of `release` that knows no file and no clock.

#[path = "../../src/release/function_config.rs"]
pub mod function_config;
#[path = "../../src/release/gate.rs"]
pub mod gate;
#[path = "../../src/release/materialize.rs"]
pub mod materialize;
#[path = "../../src/release/model.rs"]
pub mod model;
#[path = "../../src/release/rules/mod.rs"]
pub mod rules;
#[path = "../../src/release/spec/mod.rs"]
pub mod spec;
#[path = "../../src/release/superseded.rs"]
pub mod superseded;
#[path = "../../src/release/validate.rs"]
pub mod validate;
