//! What the tests share: a node in a folder of its own, an HTTP client that sees the bytes, upstream servers.

pub mod auth;
pub mod dev;
pub mod functions;
pub mod http;
pub mod node;
pub mod postgres;
pub mod spec;
pub mod tokens;
pub mod upstream;
