//! The plain requests, answered by the connection itself.
//!
//! Most requests are one kind: HTTP/1.1, a path, no body, nothing about the connection but that it stays. For them a session of Pingora is
//! most of the work: its header maps, its state for both sides, its boxed steps. They are read here ([`read`]) after the same strict look
//! as all others ([`super::head`]), answered by the same code ([`super::dispatch`]) under the same rules ([`super::responder`]), and
//! written in one piece ([`write`]). Whatever is not plain, or might be read in two ways, is left to Pingora, byte for byte.

mod read;
pub(super) mod scratch;
mod upstream;
mod write;

pub(super) use read::read;

use super::client::{ClientStream, Transport};
use super::wire::{Head, Wire};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, StatusCode};
use pingora::{Error, ErrorType, OrErr, Result};

/// A plain request, and the way its answer takes.
pub(super) struct Direct<'c, T: Transport> {
    stream: &'c mut ClientStream<T>,
    request: &'c Parts,
    keep_alive: bool,
    status: Option<StatusCode>,
    left: Left,
    bytes_out: u64,
}

/// What is still to come of the answer's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// So many bytes.
    Bytes(u64),
    /// Chunks, and the last of them.
    Chunks,
}

impl<'c, T: Transport> Direct<'c, T> {
    pub(super) fn new(stream: &'c mut ClientStream<T>, request: &'c Parts, keep_alive: bool) -> Self {
        Self { stream, request, keep_alive, status: None, left: Left::Bytes(0), bytes_out: 0 }
    }

    /// Sends what was gathered of the answer, and says whether the connection goes on.
    pub(super) async fn finish(&mut self) -> Result<bool> {
        self.stream.send().await.or_err(ErrorType::WriteError, "the client did not take the answer")?;
        // A body that is shorter than its header said has no other end than the connection's.
        Ok(self.keep_alive && self.status.is_some() && self.left == Left::Bytes(0))
    }
}

impl<T: Transport> Wire for Direct<'_, T> {
    fn request(&self) -> &Parts {
        self.request
    }

    fn status(&self) -> Option<StatusCode> {
        self.status
    }

    fn bytes_in(&self) -> u64 {
        0
    }

    fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    fn is_body_done(&mut self) -> bool {
        true
    }

    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        Ok(None)
    }

    async fn write_continue(&mut self) -> Result<()> {
        // Who expects it is not plain.
        Ok(())
    }

    async fn discard_body(&mut self) {}

    fn end_connection(&mut self) {
        self.keep_alive = false;
    }

    async fn write_head(&mut self, head: Head, _: bool) -> Result<()> {
        self.status = Some(head.status);
        let bodiless = self.request.method == Method::HEAD
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        self.left = match head.get(&CONTENT_LENGTH) {
            _ if bodiless => Left::Bytes(0),
            _ if head.contains(&TRANSFER_ENCODING) => Left::Chunks,
            None => return Error::e_explain(ErrorType::InternalError, "an answer without a length"),
            Some(length) => {
                let number = length.to_str().ok().and_then(|text| text.parse().ok());
                Left::Bytes(number.ok_or_else(|| Error::explain(ErrorType::InternalError, "a length is no number"))?)
            }
        };
        write::head(self.stream.output(), &head, self.keep_alive);
        Ok(())
    }

    async fn write_body(&mut self, bytes: Bytes, last: bool) -> Result<()> {
        let written = match &mut self.left {
            Left::Bytes(left) => {
                // More than was announced would be taken for the next answer.
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                self.keep_alive &= taken == bytes.len();
                self.bytes_out += taken as u64;
                self.stream.gather(&bytes[..taken]).await
            }
            Left::Chunks => {
                self.bytes_out += bytes.len() as u64;
                // An empty chunk would be the last.
                if !bytes.is_empty() {
                    write::chunk_size(self.stream.output(), bytes.len());
                }
                let end = write::chunk_end(bytes.is_empty(), last);
                if last {
                    self.left = Left::Bytes(0);
                }
                match self.stream.gather(&bytes).await {
                    Ok(()) => self.stream.gather(end).await,
                    failed => failed,
                }
            }
        };
        written.or_err(ErrorType::WriteError, "the client did not take the answer").map_err(|error| error.into_down())
    }

    async fn left(&mut self) -> Box<Error> {
        let error = self.stream.end().await;
        Error::because(ErrorType::ConnectionClosed, "while the answer was made", error).into_down()
    }
}
