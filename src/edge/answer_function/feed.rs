//! The request body, piece by piece, for functions that stream; and the watch for the client's end.

use super::super::request::expects_continue;
use super::super::wire::Wire;
use crate::functions::{self, BodySender, RequestBody};
use crate::limits;
use bytes::Bytes;
use http::Method;
use pingora::Result;

/// Hands a request body to a function as the client sends it, and no faster than the function reads it.
pub(super) struct Feed {
    sender: Option<BodySender>,
    /// Read and not handed over yet; an empty one is the end.
    piece: Option<Option<Bytes>>,
}

/// Begins with the body of a request. Without one there is nothing to hand over.
pub(super) async fn begin<W: Wire>(wire: &mut W) -> Result<(RequestBody, Feed)> {
    if matches!(wire.request().method, Method::GET | Method::HEAD) || wire.is_body_done() {
        return Ok((RequestBody::Whole(Bytes::new()), Feed::nothing()));
    }
    if expects_continue(wire.request()) {
        wire.write_continue().await?;
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
    pub(super) async fn go_on<W: Wire>(&mut self, wire: &mut W) -> Result<()> {
        let Some(sender) = &self.sender else { return Err(wire.left().await) };
        if self.piece.is_none() {
            let read = tokio::select! {
                biased;
                // The function does not want the rest.
                () = sender.closed() => None,
                read = wire.read_body() => Some(read.map_err(|error| error.into_down())?),
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
