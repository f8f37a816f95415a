//! The entry of the `portico` program: the allocator, the TLS provider, and nothing else.

use std::process::ExitCode;

/// Many small allocations on many threads are what an edge does; glibc's arenas grow without bound there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Chosen explicitly: several crates in the tree would each install their own provider otherwise. An
    // error means that one is installed already, which nothing before this line does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    portico::cli::main()
}
