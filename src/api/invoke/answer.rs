//! The function's answer as its caller sees it: checked and cleaned as on the public edge.

use crate::edge::{answer_fields, check_answer};
use crate::error::{Code, Error, Result};
use crate::functions::{Reply, ReplyBody, ReplyStream};
use crate::limits;
use axum::body::Body;
use axum::http::{HeaderName, Method};
use axum::response::Response;
use futures::stream;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// Asks the node to begin a session (reference 2.6).
const MINT_DIRECTIVE: HeaderName = HeaderName::from_static("x-run402-mint-directive");

/// An answer, and what is written of it in the log.
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) bytes_in: u64,
    /// Of a whole body; a stream's are not known yet.
    pub(super) bytes_out: u64,
}

/// Makes the response.
///
/// # Errors
/// `ROUTED_RESPONSE_INVALID` for a status that is none. `R402_AUTH_UNTRUSTED_CONTEXT` for an answer that is to begin a session: that
/// belongs to a host of a site, and here there is none. To leave it out would tell the caller that somebody is signed in.
pub(super) fn of(method: &Method, mut reply: Reply, bytes_in: u64) -> Result<Answer> {
    let status = check_answer(&reply)?;
    if reply.headers.iter().any(|(name, _)| *name == MINT_DIRECTIVE) {
        let message = "The function asked for something it may not have.";
        return Err(Error::new(Code::UntrustedContext, message).because("a session begins on a host of a site only"));
    }
    let fields = answer_fields(method, &mut reply);
    let (body, bytes_out) = match reply.body {
        ReplyBody::Whole(bytes) => {
            let length = bytes.len() as u64;
            (Body::from(bytes), length)
        }
        ReplyBody::Stream(pieces) => (streamed(pieces), 0),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in fields {
        response.headers_mut().append(name, value);
    }
    Ok(Answer { response, bytes_in, bytes_out })
}

/// A body that comes piece by piece. When the caller leaves, hyper drops it, and the function is told. A piece that does not come is the
/// end of the connection: the caller can tell.
fn streamed(pieces: ReplyStream) -> Body {
    let pause = Duration::from_secs(limits::FUNCTION_STREAM_IDLE_SECONDS_MAX);
    Body::from_stream(stream::try_unfold(pieces, move |mut pieces| async move {
        match timeout(pause, pieces.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(piece))) => Ok(Some((piece, pieces))),
            Ok(Some(Err(error))) => Err(io::Error::other(error)),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the function sent nothing for too long")),
        }
    }))
}
