//! Content-addressed storage: bytes on disk, named by their SHA-256.
//!
//! A blob is immutable, so it can be cached for ever, shared by every release that names it, and checked at any
//! time: its name says what it must be. Three rules follow. What comes in is hashed before it gets its name. What
//! appears on disk appears whole: temporary file, fsync, rename, fsync of the folder ([`durable`]). What goes out was
//! hashed since it was last touched; bytes that are not what their name says are answered 503 and logged, never sent.
//!
//! - [`state`]: the folder, its lock, and what a crash left behind
//! - [`durable`]: the atomic write, used by everything that writes there
//! - [`store`]: blobs by digest
//! - [`large`]: blobs that are sent from disk in chunks
//! - [`cache`]: the small ones in memory
//! - [`private`]: files that only their owner may read

pub mod cache;
pub mod durable;
mod ingest;
pub mod large;
pub mod private;
pub mod state;
pub mod store;

pub use cache::{Blob, BlobCache};
pub use ingest::Ingest;
pub use large::LargeBlob;
pub use state::StateDir;
pub use store::Store;
