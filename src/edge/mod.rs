//! The public edge: connections in, answers out.
//!
//! The only module that names Pingora. Pingora parses HTTP and speaks to upstreams; what surrounds that here is what the
//! internet makes necessary and what one node with many sites needs. One resolver decides what answers, the same that
//! `portico resolve` asks.
//!
//! | file | idea |
//! |---|---|
//! | `server` | listeners, and a stop that takes as long as the last request and no longer |
//! | `connection` | the life of one connection: request after request |
//! | `client` | the stream between socket and Pingora: deadlines, one request at a time, one write per answer |
//! | `deadline` | many deadlines on one timer |
//! | `head`, `framing` | pure: where a request's header and body end, and what is refused |
//! | `direct` | plain requests, answered by the connection itself |
//! | `gateway` | Pingora's hooks, for all other requests: delegation only |
//! | `exchange` | what is known about one request, from its first byte to its line in the log |
//! | `request` | a request as the rest of the program sees it |
//! | `dispatch` | resolve, and hand over to one of the three below |
//! | `answer_static`, `answer_function`, `upstream` | the three that answer |
//! | `attached` | a release's functions, and who may call them |
//! | `resolver` | addresses of upstream names |
//! | `wire` | the HTTP side of a request, whoever speaks it: Pingora or `direct` |
//! | `responder` | every rule about how an answer is written |
//! | `headers` | which fields pass, in both directions |
//! | `request_id` | the id in logs and answers |

mod answer_function;
mod answer_static;
mod attached;
mod client;
mod connection;
mod deadline;
mod direct;
mod dispatch;
mod exchange;
mod framing;
mod gateway;
mod head;
pub(crate) mod headers;
mod redirect;
mod request;
mod request_id;
mod resolver;
mod responder;
mod server;
mod upstream;
mod wire;

pub(crate) use answer_function::{answer_fields, check_answer};
pub use attached::{Attached, Names};
pub(crate) use responder::asks_for_patience;
pub use server::Edge;

use crate::cas::BlobCache;
use crate::config::Config;
use crate::functions;
use crate::release::live::{Live, LiveRelease};
use std::sync::Arc;

/// What the edge answers from.
pub struct Shared {
    /// Listeners, limits and upstreams.
    pub config: Config,
    /// Which release each host gets.
    pub live: Arc<Live<Attached>>,
    /// The contents of static files.
    pub blobs: BlobCache,
    /// Where functions run.
    pub functions: functions::Host,
}

/// A release as the edge holds it while it answers.
type Release = LiveRelease<Attached>;
