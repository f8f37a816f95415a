//! Portico: a self-hosted edge for static files, Fetch functions and upstreams behind many domains.
//!
//! # The way of a request
//!
//! `edge` accepts the connection and reads the request; `route` normalises host and path and resolves
//! them against the live release, which `release` keeps; then a static file out of `cas`, a function in
//! `functions`, or an upstream answers, and `edge` writes the answer. The deploy API never shares a
//! listener with that: it is `api`, on an address of its own, behind a token.
//!
//! # Which module may use which
//!
//! Imports run downward only. A module may use those below its own line, and those it names beside it.
//!
//! | module | what it is for | may use |
//! |---|---|---|
//! | [`cli`] | one file per command; what a person reads on a terminal | all |
//! | [`node`] | assembly: opens the state, applies releases, starts and stops the listeners | all but `cli` |
//! | [`api`] | the deploy API: tokens, resources, envelopes | `node` and below |
//! | [`edge`] | the public listeners; the only module that names Pingora | `functions`, `auth` and below |
//! | [`auth`] | who asks and whether they may: tokens, sessions, roles, keys, secrets | `cas`, `config` and below |
//! | [`functions`] | V8: isolates, limits, dispatch, logs | `telemetry`, `config`, `error`, `limits` |
//! | [`release`] | the spec a user writes, the release made from it, where it is kept, which one is live | `cas`, `route` and below |
//! | [`cas`] | blobs on disk, named by their SHA-256, and the memory in front of them | `digest`, `error`, `limits` |
//! | [`route`] | pure: host, path, routes, static table, locale, the resolver and its report | `error`, `limits`, `digest` |
//! | [`telemetry`] | the log's subscriber and form, the lines of requests | `config`, `limits` |
//! | [`config`] | what an operator sets; each field's doc comment is its manual | `limits`, `error` |
//! | [`digest`] | the SHA-256 as a name | nothing |
//! | [`error`], [`limits`] | the error envelope; every bound in the program | nothing |
//!
//! `route` and the pure half of `release` know no tokio, no clock and no file, so tables test them.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests may wait and block"))]

pub mod api;
pub mod auth;
pub mod cas;
pub mod cli;
pub mod config;
pub mod digest;
pub mod edge;
pub mod error;
pub mod functions;
pub mod limits;
pub mod node;
pub mod release;
pub mod route;
pub mod telemetry;

#[cfg(test)]
mod fuzz_corpus_tests;
