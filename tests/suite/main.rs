//! Black-box tests: the real binary, real sockets, real files. One file per subject; `support` starts nodes and speaks HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and its threads may wait"
)]

mod access_log;
mod agreement;
mod api;
mod apply;
mod auth_attacks;
mod cli;
mod conditional;
mod consent;
mod context;
mod crash;
mod demo;
mod demo_static;
mod dev;
mod door;
mod egress;
mod encodings;
mod functions;
mod headers_file;
mod hostile;
mod hostile_programs;
mod hosts;
mod invoke;
mod isolates;
mod isolation;
mod issuers;
mod keys;
mod lanes;
mod library;
mod limits;
mod limits_memory;
mod locale;
mod modules;
mod not_found;
mod paths;
mod proxy;
mod proxy_plain;
mod ranges;
mod redirects;
mod reference;
mod refusals;
mod resolve;
mod roles;
mod routes;
mod secrets;
mod shapes;
mod static_files;
mod stop;
mod storage;
mod streaming;
mod strictness;
mod superseded;
mod support;
mod swap;
mod typescript;
mod web_assembly;
