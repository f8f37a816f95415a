//! The request body, piece by piece, for functions that stream; and the watch for the client's end.

use super::super::request::expects_continue;
use super::gather;
use crate::functions::{self, BodySender, RequestBody};
use crate::limits;
use bytes::Bytes;
use http::Method;
use pingora::Result;
use pingora::proxy::Session;

/// Hands a request body to a function as the client sends it, and no faster than the function reads it.
pub(super) struct Feed {
    sender: Option<BodySender>,
    /// Read and not handed over yet; an empty one is the end.
    piece: Option<Option<Bytes>>,
}

/// Begins with the body of a request. Without one there is nothing to hand over.
pub(super) async fn begin(session: &mut Session) -> Result<(RequestBody, Feed)> {
    if matches!(session.req_header().method, Method::GET | Method::HEAD) || session.is_body_done() {
        return Ok((RequestBody::Whole(Bytes::new()), Feed::nothing()));
    }
    if expects_continue(session.req_header()) {
        gather::send_continue(session).await?;
    }
    let (sender, pieces) = functions::body_stream(limits::FUNCTION_STREAM_PIECES);
    Ok((RequestBody::Stream(pieces), Feed { sender: Some(sender), piece: None }))
}

impl Feed {
    /// Nothing to hand over.
    pub(super) fn nothing() -> Self {
        Self { sender: None, piece: None }
    }

    /// One step: reads a piece, hands one over, or, when there is nothing more to do, waits for the client's end, which is an error.
    /// May be dropped at any time: nothing is lost.
    pub(super) async fn go_on(&mut self, session: &mut Session) -> Result<()> {
        let Some(sender) = &self.sender else { return Err(left(session).await) };
        if self.piece.is_none() {
            let read = tokio::select! {
                biased;
                // The function does not want the rest.
                () = sender.closed() => None,
                read = session.downstream_session.read_request_body() => Some(read.map_err(|error| error.into_down())?),
            };
            match read {
                Some(piece) => self.piece = Some(piece),
                None => {
                    self.sender = None;
                    return Ok(());
                }
            }
        }
        let Ok(permit) = sender.reserve().await else {
            self.sender = None;
            return Ok(());
        };
        if let Some(piece) = self.piece.take() {
            let last = piece.is_none();
            permit.send(piece);
            if last {
                self.sender = None;
            }
        }
        Ok(())
    }
}

/// Ends when the client is gone.
async fn left(session: &mut Session) -> Box<pingora::Error> {
    if !session.is_body_done() {
        // The rest of a body that nobody wants stands between here and the client's end.
        return std::future::pending().await;
    }
    match session.downstream_session.read_body_or_idle(true).await {
        Err(error) => error.into_down(),
        // Nothing but an end is read after the body.
        Ok(_) => std::future::pending().await,
    }
}
