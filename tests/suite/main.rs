//! Black-box tests: the real binary, real sockets, real files. One file per subject; `support` starts nodes and speaks HTTP.

mod api;
mod apply;
mod cli;
mod crash;
mod demo;
mod dev;
mod functions;
mod hostile;
mod hosts;
mod locale;
mod paths;
mod resolve;
mod routes;
mod static_files;
mod storage;
mod support;
mod proxy;
mod stop;
mod swap;
mod strictness;
