//! The body of a request on its way into a function.

use bytes::Bytes;
use deno_core::{AsyncRefCell, AsyncResult, BufView, CancelHandle, CancelTryFuture, RcRef, Resource};
use deno_error::JsErrorBox;
use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use tokio::sync::mpsc;

/// The body of a request.
pub enum RequestBody {
    /// All of it, at most [`crate::limits::FUNCTION_REQUEST_BODY_BYTES_MAX`].
    Whole(Bytes),
    /// Piece by piece, as the client sends it; only for functions that stream.
    Stream(BodyPieces),
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// The function's end of a streamed body. `None` in the channel is the end of the body; without it, the body broke off.
pub struct BodyPieces(mpsc::Receiver<Option<Bytes>>);

/// The client's end of a streamed body.
pub type BodySender = mpsc::Sender<Option<Bytes>>;

/// Both ends of a streamed body, with room for `pieces` that are not read yet.
pub fn stream(pieces: usize) -> (BodySender, BodyPieces) {
    let (sender, receiver) = mpsc::channel(pieces);
    (sender, BodyPieces(receiver))
}

/// A streamed body as JavaScript reads it.
pub(super) struct BodyResource {
    body: AsyncRefCell<Reading>,
    cancel: CancelHandle,
}

struct Reading {
    pieces: BodyPieces,
    /// What is left of a piece that was larger than what was asked for.
    rest: Bytes,
    ended: bool,
}

impl BodyResource {
    pub(super) fn new(pieces: BodyPieces) -> Self {
        let reading = Reading { pieces, rest: Bytes::new(), ended: false };
        Self { body: AsyncRefCell::new(reading), cancel: CancelHandle::default() }
    }

    async fn next(self: Rc<Self>, limit: usize) -> Result<BufView, JsErrorBox> {
        let mut reading = RcRef::map(&self, |resource| &resource.body).borrow_mut().await;
        while reading.rest.is_empty() && !reading.ended {
            match reading.pieces.0.recv().await {
                Some(Some(piece)) => reading.rest = piece,
                Some(None) => reading.ended = true,
                None => return Err(JsErrorBox::type_error("The request body broke off: its client is gone")),
            }
        }
        let count = reading.rest.len().min(limit);
        Ok(reading.rest.split_to(count).into())
    }
}

impl Resource for BodyResource {
    fn name(&self) -> Cow<'_, str> {
        "requestBody".into()
    }

    fn read(self: Rc<Self>, limit: usize) -> AsyncResult<BufView> {
        let cancel = RcRef::map(&self, |resource| &resource.cancel);
        Box::pin(Self::next(self, limit).try_or_cancel(cancel))
    }

    fn close(self: Rc<Self>) {
        self.cancel.cancel();
    }
}
