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
//! | `footprint` | the memory of all isolates |
//! | `spares` | isolates that are made before they are needed |
//! | `snapshot` | the heap every isolate starts from |
//! | `cell` | an isolate that is entered only while it is touched |
//! | `builtins` | the built-in modules of functions, and their native half |
//! | `buffers` | the memory of array buffers, counted |
//! | `ops` | what JavaScript may ask of the host |
//! | `modules` | what a function may import, and how its files become what V8 runs |
//! | `egress` | where a function may connect to |
//! | `boot` | from nothing to an isolate whose function is loaded |
//! | `isolate` | the life of one isolate: serve, drain, condemn |
//! | `queue` | the mailbox of an isolate |
//! | `requests` | what an isolate is serving |
//! | `body`, `reply` | bodies, whole or piece by piece |
//! | `limits` | what a function may use besides time and heap, one file per limit |
//! | `thread` | a JS thread and its isolates |
//! | `call` | a request on its way to an isolate and back |
//! | `outbox` | answers on their way to those who wait |
//! | `stack` | the text of an error's stack |
//! | `temper` | how a function has behaved lately |
//! | `pool` | which thread gets a request |
//! | `clock` | the processor time of a thread |
//! | `watchdog` | ends code that does not end by itself |
//! | `fatal` | what would end the process costs a thread |

mod body;
mod boot;
mod buffers;
mod builtins;
mod call;
mod cell;
mod clock;
mod egress;
mod fatal;
mod footprint;
mod function;
mod isolate;
mod limits;
pub mod modules;
mod ops;
mod outbox;
pub mod platform;
mod pool;
mod queue;
mod reply;
mod requests;
mod settings;
mod snapshot;
mod spares;
mod stack;
mod temper;
mod thread;
mod watchdog;

pub use body::{BodyPieces, BodySender, RequestBody, stream as body_stream};
pub use egress::configure_egress;
pub use function::{Function, FunctionSource, Handles};
pub use pool::Host;
pub use reply::{Reply, ReplyBody, ReplyStream};
pub use settings::{Compat, Settings};

use http::{HeaderName, HeaderValue, Method};
use std::sync::Arc;

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
    /// The body.
    pub body: RequestBody,
    /// The negotiated locale, if the release has any.
    pub locale: Option<String>,
    /// The release's default locale, if it has any.
    pub default_locale: Option<String>,
    /// How it came.
    pub kind: InvocationKind,
    /// The signed-in user as the platform's library keeps it (reference 2.3), as JSON: [`crate::auth::actor::Actor::record`]. Without
    /// it, the library reads the envelope among the headers if there is one.
    pub actor: Option<Arc<str>>,
}

/// How a request came to its function. The platform's library takes a bearer token for a user only when nobody routed the request
/// (reference 2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationKind {
    /// A request of a site, by one of its routes.
    Routed,
    /// A call of the function by its name.
    Direct,
}

impl InvocationKind {
    /// Its name in the library (reference 2.3).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Routed => "routed_http",
            Self::Direct => "direct",
        }
    }
}
