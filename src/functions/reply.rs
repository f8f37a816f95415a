//! A function's answer on its way to the edge.

use super::call::Call;
use crate::error::{Code, Error, Result};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use std::fmt;
use tokio::sync::mpsc;

/// A function's answer, not yet judged by the edge's rules for responses.
#[derive(Debug)]
pub struct Reply {
    /// 200 to 599, or 101, as the Fetch standard lets a `Response` have.
    pub status: u16,
    /// Header fields in their order; several `set-cookie` stay several.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: ReplyBody,
}

/// The body of an answer.
#[derive(Debug)]
pub enum ReplyBody {
    /// All of it, at most [`crate::limits::FUNCTION_RESPONSE_BODY_BYTES_MAX`] unless the function streams.
    Whole(Bytes),
    /// Piece by piece; only of functions that stream.
    Stream(ReplyStream),
}

/// A part of a streamed body.
#[derive(Debug)]
pub(super) enum Piece {
    /// Bytes, never none.
    Data(Bytes),
    /// The body is whole.
    End,
}

/// A body that comes piece by piece. Dropping it before its end tells the function that its client is gone.
pub struct ReplyStream {
    pieces: mpsc::Receiver<Piece>,
    call: Option<Call>,
    ended: bool,
}

impl fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyStream")
    }
}

impl ReplyStream {
    pub(super) fn new(pieces: mpsc::Receiver<Piece>) -> Self {
        Self { pieces, call: None, ended: false }
    }

    /// The call that the body is the answer to: it ends with the body.
    pub(super) fn belongs_to(&mut self, call: Call) {
        self.call = Some(call);
    }

    /// The next piece, or nothing at the end. Can be dropped and asked for again without losing anything.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        if self.ended {
            return None;
        }
        let piece = match &self.call {
            None => self.pieces.recv().await,
            // A thread that is given up neither goes on nor breaks off.
            Some(call) => tokio::select! {
                biased;
                piece = self.pieces.recv() => piece,
                () = call.thread.slot.lost() => None,
            },
        };
        match piece {
            Some(Piece::Data(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => {
                self.end();
                None
            }
            None => {
                self.end();
                let error = Error::new(Code::FunctionFailed, "The function failed.");
                Some(Err(error.because("the body of the answer broke off")))
            }
        }
    }

    /// The next piece if it is there already.
    pub fn next_now(&mut self) -> Option<Bytes> {
        match self.pieces.try_recv() {
            Ok(Piece::Data(bytes)) => Some(bytes),
            Ok(Piece::End) => {
                self.end();
                None
            }
            // Nothing yet, or broken off: `next` says which.
            Err(_) => None,
        }
    }

    fn end(&mut self) {
        self.ended = true;
        if let Some(call) = &mut self.call {
            call.answered();
        }
    }
}
