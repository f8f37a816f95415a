//! Black-box tests: the real binary, real sockets, real files. One file per subject; `support` starts nodes and speaks HTTP.

mod demo;
mod functions;
mod paths;
mod routes;
mod static_files;
mod support;
