//! A connection to an upstream: its buffers, which last from request to request, and its deadlines.
//!
//! Every wait on it also watches the client: one that has left ends the exchange, and with it the connection.

use super::super::deadline::{Deadlines, Wait};
use super::answer::{Head, Malformed};
use super::pass::Client;
use super::spare;
use crate::limits;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Why an exchange with an upstream ends early.
#[derive(Debug)]
pub(super) enum Ended {
    /// The upstream ended the connection, or the network did.
    Lost(io::Error),
    /// The upstream took too long.
    Expired(&'static str),
    /// What it sent is no answer.
    Malformed(Malformed),
    /// The client left, or took too long.
    Client(io::Error),
}

impl From<Malformed> for Ended {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// A connection to an upstream.
#[derive(Debug)]
pub(super) struct Connection {
    io: TcpStream,
    pub(super) address: SocketAddr,
    deadlines: Deadlines,
    /// Bytes read and not yet taken are those between `start` and `end`.
    input: Vec<u8>,
    start: usize,
    end: usize,
    /// The header under construction: first of the request, then of the client's answer.
    pub(super) output: Vec<u8>,
    pub(super) head: Head,
}

impl Connection {
    /// Connects, for as long as it takes. In a box, because it goes from hand to hand with each request.
    pub(super) async fn open(address: SocketAddr) -> io::Result<Box<Self>> {
        let io = TcpStream::connect(address).await?;
        // A request is sent in one piece, so the kernel should not wait for more. It fails only on a dead socket.
        let _ = io.set_nodelay(true);
        Ok(Box::new(Self {
            io,
            address,
            deadlines: Deadlines::new(),
            input: Vec::new(),
            start: 0,
            end: 0,
            output: Vec::new(),
            head: Head::default(),
        }))
    }

    /// Whether an unused connection can have a request: it is open, and nothing has come that nobody asked for. The kernel is asked only
    /// when it has said that there is news.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(self.io.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Makes the connection ready to wait for its next request. `false`: it cannot have one.
    pub(super) fn rest(&mut self) -> bool {
        self.head.reset();
        self.output.clear();
        self.output.shrink_to(limits::UPSTREAM_OUTPUT_BYTES_KEPT);
        spare::give_back(&mut self.input);
        let empty = self.start == self.end;
        (self.start, self.end) = (0, 0);
        empty
    }

    /// The bytes that were read and not taken.
    pub(super) fn input(&self) -> &[u8] {
        &self.input[self.start..self.end]
    }

    /// Takes bytes off the input.
    pub(super) fn take(&mut self, bytes: usize) {
        self.start = self.end.min(self.start + bytes);
    }

    /// Looks for the end of the header in the input.
    pub(super) fn advance_head(&mut self) -> Result<bool, Malformed> {
        self.head.advance(&mut self.input[self.start..self.end])
    }

    /// The header of the answer with its bytes, and the buffer for what becomes of it.
    pub(super) fn head_and_output(&mut self) -> (&Head, &[u8], &mut Vec<u8>) {
        (&self.head, &self.input[self.start..self.end], &mut self.output)
    }

    /// Starts the time for the answer.
    pub(super) fn expect_answer_within(&mut self, limit: Duration) {
        self.deadlines.set(Wait::Answer, Some(Instant::now() + limit));
    }

    /// The answer has begun.
    pub(super) fn answer_begun(&mut self) {
        self.deadlines.clear(Wait::Answer);
    }

    /// Sends what is in `output`. The number is of bytes that had been sent before it failed.
    pub(super) async fn send(&mut self, client: &mut impl Client, pause_max: Duration) -> Result<(), (Ended, usize)> {
        let mut sent = 0;
        while sent < self.output.len() {
            let step = poll_fn(|cx| {
                match Pin::new(&mut self.io).poll_write(cx, &self.output[sent..]) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(Ended::Lost(io::ErrorKind::WriteZero.into()))),
                    Poll::Ready(wrote) => {
                        self.deadlines.clear(Wait::Write);
                        return Poll::Ready(wrote.map_err(Ended::Lost));
                    }
                    Poll::Pending => {}
                }
                self.deadlines.start(Wait::Write, pause_max);
                self.poll_others(cx, client, &[Wait::Write])
            });
            sent += step.await.map_err(|ended| (ended, sent))?;
        }
        Ok(())
    }

    /// Reads some more; nothing at the end of the connection. What was written to the client is sent before this waits. Without
    /// `pause_max` the time for the answer is the only limit.
    pub(super) async fn fill(&mut self, client: &mut impl Client, pause_max: Option<Duration>) -> Result<usize, Ended> {
        self.make_room()?;
        let filled = poll_fn(|cx| {
            if self.input.is_empty() {
                self.input = spare::take();
            }
            let mut room = ReadBuf::new(&mut self.input[self.end..]);
            if let Poll::Ready(read) = Pin::new(&mut self.io).poll_read(cx, &mut room) {
                return Poll::Ready(read.map(|()| room.filled().len()).map_err(Ended::Lost));
            }
            if self.end == 0 {
                spare::give_back(&mut self.input);
            }
            if let Some(limit) = pause_max {
                self.deadlines.start(Wait::Read, limit);
            }
            self.poll_others(cx, client, &[Wait::Answer, Wait::Read])
        })
        .await?;
        self.deadlines.clear(Wait::Read);
        self.end += filled;
        Ok(filled)
    }

    /// Its port on this side, which tells it from others.
    #[cfg(test)]
    pub(super) fn local_port(&self) -> u16 {
        self.io.local_addr().unwrap().port()
    }

    /// What may end a wait beside what it waits for.
    fn poll_others<T>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut impl Client,
        waits: &[Wait],
    ) -> Poll<Result<T, Ended>> {
        if let Poll::Ready(error) = client.poll_left(cx) {
            return Poll::Ready(Err(Ended::Client(error)));
        }
        self.deadlines.poll(cx, waits).map(|expired| {
            Err(Ended::Expired(match expired {
                Wait::Answer => "no answer within response_timeout_seconds",
                Wait::Read => "a pause of the answer longer than idle_timeout_seconds",
                Wait::Write => "the request was not taken within idle_timeout_seconds",
            }))
        })
    }

    /// Makes room behind the input, which grows only for what does not fit: a large header, or a body that fills it at once.
    fn make_room(&mut self) -> Result<(), Malformed> {
        let full = self.end == self.input.len() && self.end > 0;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if !full {
            return Ok(());
        }
        if self.start > 0 {
            self.input.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        // Only a header stays here while more is read.
        let length = if self.end > 0 { self.input.len() * 2 } else { limits::UPSTREAM_READ_BYTES_MAX };
        if length > 2 * limits::UPSTREAM_HEADER_BYTES_MAX {
            return Err(Malformed("the header is too large"));
        }
        self.input.resize(length.max(self.input.len()), 0);
        Ok(())
    }
}
