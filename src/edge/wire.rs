//! The HTTP side of a request, as the code that answers sees it.
//!
//! Two speak HTTP to clients: Pingora's session, which takes whatever is valid, and [`super::direct`], which takes the plain requests
//! and is quicker. What answers knows neither: one set of rules ([`super::responder`]) writes all answers.

mod head;
mod pingora;

pub(super) use head::Head;

use ::pingora::{Error, Result};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use std::future::Future;

/// A request under way, and the way its answer takes.
pub(super) trait Wire: Send {
    /// The request's header.
    fn request(&self) -> &Parts;

    /// The status of the answer, once its header is written.
    fn status(&self) -> Option<StatusCode>;

    /// Bytes of the request's body so far.
    fn bytes_in(&self) -> u64;

    /// Bytes of the answer's body so far.
    fn bytes_out(&self) -> u64;

    /// Whether nothing is left to read of the request's body.
    fn is_body_done(&mut self) -> bool;

    /// Reads some of the request's body; `None` at its end.
    fn read_body(&mut self) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Asks a client that waits for it to send its body (RFC 9110 section 10.1.1).
    fn write_continue(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Reads what is left of the request's body if that is quick, so that the connection can be kept.
    fn discard_body(&mut self) -> impl Future<Output = ()> + Send;

    /// Makes the answer the connection's last.
    fn end_connection(&mut self);

    /// Writes the header of an answer. `early` says that it may begin before the request has ended.
    fn write_head(&mut self, head: Head, early: bool) -> impl Future<Output = Result<()>> + Send;

    /// Writes a part of the body that the header announced.
    fn write_body(&mut self, bytes: Bytes, last: bool) -> impl Future<Output = Result<()>> + Send;

    /// Sends what was written so far, and waits for the client's end.
    fn left(&mut self) -> impl Future<Output = Box<Error>> + Send;
}
