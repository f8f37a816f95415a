//! The connection to a client, between the socket and Pingora.
//!
//! Pingora's own stream has no deadline for a whole header, none for writing, keeps 64 KiB per idle connection, and sends a header and
//! a small body in two system calls. This one hands over requests one at a time ([`super::head`], [`super::framing`]),
//! gathers what is written until it is flushed or large, and fails every wait that lasts too long
//! ([`super::deadline`]). It works over any byte stream, so TLS fits below it.

mod answer;
mod glue;
mod spare;
mod state;
mod transfer;

pub(super) use state::{ClientLimits, Connection};

use super::deadline::{Deadlines, Wait};
use super::framing::Body;
use super::head::{Head, Scan};
use crate::error::{Code, Error};
use crate::limits;
use bytes::{Bytes, BytesMut};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What a connection runs over.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Debug + Send + Sync + 'static {
    /// Makes the coming end of the connection one that the client notices as an error.
    fn reset(&self);
}

impl Transport for TcpStream {
    fn reset(&self) {
        // On a dead socket there is nothing left to say.
        let _ = self.set_zero_linger();
    }
}

/// What a client did next.
#[derive(Debug)]
pub(super) enum Next {
    /// It sent a request. It is still with the connection: see [`ClientStream::take_request`] and [`ClientStream::take_header`].
    Request(Head),
    /// It sent something that is answered with an error, and no more.
    Refused(Error),
    /// It left, or was asked to.
    End,
}

/// The connection to a client.
#[derive(Debug)]
pub(super) struct ClientStream<T: Transport> {
    io: T,
    connection: Arc<Connection>,
    limits: ClientLimits,
    deadlines: Deadlines,
    /// Read from the socket and not handed over.
    input: BytesMut,
    /// What the current request may still have of it.
    body: Body,
    /// Written and not sent.
    output: BytesMut,
    /// The next bytes written are a status line.
    status_line_next: bool,
    first: bool,
    /// Bytes that may still be thrown away after the answer; nothing before that.
    linger_left: Option<usize>,
}

impl<T: Transport> ClientStream<T> {
    pub(super) fn new(io: T, connection: Arc<Connection>, limits: ClientLimits) -> Self {
        Self {
            io,
            connection,
            limits,
            deadlines: Deadlines::new(),
            input: BytesMut::new(),
            body: Body::Length(0),
            output: BytesMut::new(),
            status_line_next: false,
            first: true,
            linger_left: None,
        }
    }

    /// Waits for the next request. `stop` ends the wait while nothing of one has arrived.
    pub(super) async fn next_request(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> Next {
        self.connection.next_request();
        // A client that connects is about to send; one that has had an answer may keep the connection for a while.
        let patience = if self.first { self.limits.header } else { self.limits.idle };
        self.first = false;
        self.deadlines.clear(Wait::Read);
        let mut scan = Scan::default();
        let mut begun = false;
        loop {
            if !self.input.is_empty() {
                match scan.advance(&self.input, self.limits.header_bytes_max) {
                    Ok(Some(head)) => return Next::Request(head),
                    Ok(None) => {}
                    Err(error) => return Next::Refused(error),
                }
                if !begun {
                    begun = true;
                    self.deadlines.set(Wait::Read, Some(Instant::now() + self.limits.header));
                }
            }
            let filled = poll_fn(|cx| {
                if let Poll::Ready(filled) = self.poll_fill(cx) {
                    return Poll::Ready(filled);
                }
                if !begun && stop.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ok(0));
                }
                self.deadlines.start(Wait::Read, patience);
                let expired = ready!(self.deadlines.poll(cx, &[Wait::Read]));
                Poll::Ready(Err(self.connection.expire(expired)))
            });
            match filled.await {
                Ok(1..) => {}
                Err(error) if begun && error.kind() == io::ErrorKind::TimedOut => {
                    let message = "The request header took too long to arrive.";
                    return Next::Refused(Error::new(Code::RequestTimeout, message));
                }
                Ok(0) | Err(_) => return Next::End,
            }
        }
    }

    /// Takes a request for Pingora off the input: the header, and as much of the body as came with it.
    ///
    /// # Errors
    /// A body that is none. It is what the client is answered with; the connection ends then.
    pub(super) fn take_request(&mut self, head: Head) -> Result<BytesMut, Error> {
        self.body = head.body;
        let bytes = head.bytes + self.body.take(&self.input[head.bytes..]);
        self.deadlines.clear(Wait::Read);
        self.status_line_next = true;
        if self.body.is_broken() {
            return Err(Error::new(Code::BadRequest, "The request body is malformed."));
        }
        Ok(if bytes == self.input.len() { std::mem::take(&mut self.input) } else { self.input.split_to(bytes) })
    }

    /// Takes the header of a request without a body off the input, to be answered here.
    pub(super) fn take_header(&mut self, head: &Head) -> Bytes {
        self.body = Body::Length(0);
        self.deadlines.clear(Wait::Read);
        self.status_line_next = false;
        self.input.split_to(head.bytes).freeze()
    }

    /// Gives a header back that [`Self::take_header`] took, for Pingora.
    pub(super) fn untaken(&mut self, header: Bytes) -> BytesMut {
        self.status_line_next = true;
        BytesMut::from(header)
    }

    /// Answers what is not a request and closes the connection.
    pub(super) async fn refuse(&mut self, answer: &[u8]) {
        // Whatever it is that the client is sending, it is read to its end and thrown away.
        self.body = Body::Tunnel;
        if self.write_all(answer).await.is_ok() {
            self.close().await;
        }
    }

    /// Sends what is written, says that no more will come, and lets a client that is still sending read it.
    pub(super) async fn close(&mut self) {
        // Nobody is left to be told if it fails.
        let _ = AsyncWriteExt::shutdown(self).await;
    }

    /// Reads from the socket into the input.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.input.capacity() == 0 {
            self.input = spare::take();
        } else if self.input.capacity() == self.input.len() {
            self.input.reserve(limits::REQUEST_READ_BYTES);
        }
        let filled = pin!(self.io.read_buf(&mut self.input)).poll(cx);
        if filled.is_pending() && self.input.is_empty() {
            spare::give_back(&mut self.input);
        }
        filled
    }
}

impl<T: Transport> Drop for ClientStream<T> {
    fn drop(&mut self) {
        if self.connection.is_aborted() {
            self.io.reset();
        }
    }
}

#[cfg(test)]
mod tests;
