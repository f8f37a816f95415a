//! Functions: strangers' JavaScript, run in V8 isolates inside this process.
//!
//! A [`Function`] is one version of one deployed module. The [`Host`] owns a few JS threads; each thread
//! owns many isolates, and an isolate stays on its thread for life (design decision 3: shared isolates with a lock measured
//! several times slower). I/O threads never run JavaScript: they hand an [`Invocation`] to a JS thread and await the
//! [`Reply`].
//!
//! | file | idea |
//! |---|---|
//! | `function` | what a function is, and its identity |
//! | `settings` | what it may do and use |
//! | `platform` | V8's process-wide start |
//! | `snapshot` | the heap every isolate starts from |
//! | `cell` | an isolate that is entered only while it is touched |
//! | `buffers` | the memory of array buffers, counted |
//! | `ops` | what JavaScript may ask of the host |
//! | `modules` | what a function may import, and how its files become what V8 runs |
//! | `egress` | where a function may connect to |
//! | `isolate` | the life of one isolate: load, serve, condemn |
//! | `thread` | a JS thread and its isolates |
//! | `pool` | which thread gets a request |
//! | `watchdog` | ends code that does not end by itself |

mod buffers;
mod cell;
mod egress;
mod function;
mod isolate;
pub mod modules;
mod ops;
pub mod platform;
mod pool;
mod settings;
mod snapshot;
mod thread;
mod watchdog;

pub use function::{Function, FunctionSource, Handles};
pub use pool::Host;
pub use settings::{Compat, Settings};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};

/// One request for a function, with everything the handler may look at.
#[derive(Debug)]
pub struct Invocation {
    /// The request's id, `req_...`; names it in every log line.
    pub request_id: String,
    /// The release that routed the request.
    pub release_id: String,
    /// The method as the client sent it.
    pub method: Method,
    /// The full public URL: scheme, host, path and query exactly as asked.
    pub url: String,
    /// Header fields in their order, names in lower case, repeated names repeated.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The whole body, at most [`crate::limits::FUNCTION_REQUEST_BODY_BYTES_MAX`].
    pub body: Bytes,
    /// The negotiated locale, if the release has any.
    pub locale: Option<String>,
    /// The release's default locale, if it has any.
    pub default_locale: Option<String>,
}

/// A function's answer, not yet judged by the edge's rules for responses.
#[derive(Debug)]
pub struct Reply {
    /// 200 to 599, or 101, as the Fetch standard lets a `Response` have.
    pub status: u16,
    /// Header fields in their order; several `set-cookie` stay several.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The whole body, at most [`crate::limits::FUNCTION_RESPONSE_BODY_BYTES_MAX`].
    pub body: Bytes,
}
