//! Black-box tests: the real binary, real sockets, real files. One file per subject; `support` starts nodes and speaks HTTP.

mod apply;
mod crash;
mod demo;
mod functions;
mod hostile;
mod paths;
mod routes;
mod static_files;
mod storage;
mod support;
