//! The connection to a client, between the socket and Pingora.
//!
//! Pingora's own stream has no deadline for a whole header, none for writing, keeps 64 KiB per idle connection, and sends a header and
//! a small body in two system calls. This one hands over requests one at a time ([`super::head`], [`super::framing`]),
//! gathers what is written until it is flushed or large, and fails every wait that lasts too long
//! ([`super::deadline`]). It works over any byte stream, so TLS fits below it.

use super::deadline::{Deadlines, Wait};
use super::exchange::log_refusal;
use super::framing::Body;
use super::head::Scan;
use super::request_id::RequestId;
use super::responder;
use crate::error::{Code, Error};
use crate::limits;
use async_trait::async_trait;
use bytes::{Buf, BytesMut};
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest, UniqueID,
    UniqueIDType,
};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Duration, Instant};

/// What a client may take, and how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientLimits {
    pub(super) header_bytes_max: usize,
    pub(super) header: Duration,
    pub(super) idle: Duration,
    pub(super) body_idle: Duration,
    pub(super) write_idle: Duration,
}

/// What the code that answers requests knows of the connection, and may tell it.
#[derive(Debug)]
pub(super) struct Connection {
    /// Address of the client.
    pub(super) client: SocketAddr,
    /// Whether the client speaks TLS.
    pub(super) secure: bool,
    opened: Instant,
    /// Milliseconds after `opened`; 0 is none.
    answer_by_ms: AtomicU64,
    /// The wait that ended the request, plus one; 0 is none.
    expired: AtomicU8,
    /// Whether Pingora took what was sent for a request.
    parsed: AtomicBool,
}

impl Connection {
    pub(super) fn new(client: SocketAddr, secure: bool) -> Self {
        let (answer_by_ms, expired, parsed) = (AtomicU64::new(0), AtomicU8::new(0), AtomicBool::new(false));
        Self { client, secure, opened: Instant::now(), answer_by_ms, expired, parsed }
    }

    /// What the client sent is a request. Until this is said, an answer can only be Pingora's refusal.
    pub(super) fn parsed(&self) {
        self.parsed.store(true, Ordering::Relaxed);
    }

    /// Ends the request with an error on the client's side if it is still waiting `limit` from now. This is how an upstream
    /// gets one time for its first byte and another for its pauses: Pingora has one for both.
    pub(super) fn expect_answer_within(&self, limit: Duration) {
        let at = self.opened.elapsed() + limit;
        self.answer_by_ms.store(u64::try_from(at.as_millis()).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    /// The answer has begun.
    pub(super) fn answer_begun(&self) {
        self.answer_by_ms.store(0, Ordering::Relaxed);
    }

    /// Whether the request was ended because `wait` lasted too long.
    pub(super) fn expired(&self, wait: Wait) -> bool {
        self.expired.load(Ordering::Relaxed) == wait as u8 + 1
    }

    fn answer_by(&self) -> Option<Instant> {
        match self.answer_by_ms.load(Ordering::Relaxed) {
            0 => None,
            ms => Some(self.opened + Duration::from_millis(ms)),
        }
    }

    fn expire(&self, wait: Wait) -> io::Error {
        self.expired.store(wait as u8 + 1, Ordering::Relaxed);
        io::Error::new(io::ErrorKind::TimedOut, "the client, or who answers it, took too long")
    }

    fn next_request(&self) {
        self.answer_begun();
        self.expired.store(0, Ordering::Relaxed);
        self.parsed.store(false, Ordering::Relaxed);
    }
}

/// What a client did next.
#[derive(Debug)]
pub(super) enum Next {
    /// It sent a request: the header, and as much of the body as came with it.
    Request(BytesMut),
    /// It sent something that is answered with an error, and no more.
    Refused(Error),
    /// It left, or was asked to.
    End,
}

/// The connection to a client.
#[derive(Debug)]
pub(super) struct ClientStream<T> {
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
}

impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send + Sync + 'static> ClientStream<T> {
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
                    Ok(Some(head)) => {
                        self.body = head.body;
                        return Next::Request(self.hand_over(head.bytes));
                    }
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

    /// Takes the header and what has come of its body off the input.
    fn hand_over(&mut self, head: usize) -> BytesMut {
        let bytes = head + self.body.take(&self.input[head..]);
        self.deadlines.clear(Wait::Read);
        self.status_line_next = true;
        if bytes == self.input.len() { std::mem::take(&mut self.input) } else { self.input.split_to(bytes) }
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
    async fn close(&mut self) {
        if AsyncWriteExt::shutdown(self).await.is_err() || self.body.is_done() {
            return;
        }
        let drain = async {
            let (mut left, mut buffer) = (limits::LINGER_BYTES_MAX, vec![0; limits::REQUEST_READ_BYTES]);
            while let Ok(read @ 1..) = self.io.read(&mut buffer).await {
                left = left.saturating_sub(read);
                if left == 0 {
                    break;
                }
            }
        };
        // Its end is the end either way.
        let _ = tokio::time::timeout(Duration::from_secs(limits::LINGER_SECONDS_MAX), drain).await;
    }

    /// Reads from the socket into the input.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.input.capacity() == self.input.len() {
            self.input.reserve(limits::REQUEST_READ_BYTES);
        }
        pin!(self.io.read_buf(&mut self.input)).poll(cx)
    }

    /// The body of the current request, from the input or the socket.
    fn poll_body(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.input.is_empty() {
            let offered = self.input.len().min(buf.remaining());
            let taken = self.body.take(&self.input[..offered]);
            buf.put_slice(&self.input[..taken]);
            self.input.advance(taken);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut self.io).poll_read(cx, buf) {
            Poll::Ready(result) => {
                self.deadlines.clear(Wait::Read);
                result?;
                let taken = self.body.take(&buf.filled()[before..]);
                // What belongs to the next request stays here.
                self.input.extend_from_slice(&buf.filled()[before + taken..]);
                buf.set_filled(before + taken);
                Poll::Ready(Ok(()))
            }
            // A tunnel may be silent for as long as its upstream likes.
            Poll::Pending if self.body == Body::Tunnel => Poll::Pending,
            Poll::Pending => {
                self.deadlines.start(Wait::Read, self.limits.body_idle);
                let expired = ready!(self.deadlines.poll(cx, &[Wait::Read]));
                Poll::Ready(Err(self.connection.expire(expired)))
            }
        }
    }

    /// After the body nothing may be read; what this waits for is the client's end, and the answer's deadline.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // With a request of the client's waiting here already, its end is noticed when that one is read.
        if self.input.is_empty()
            && let Poll::Ready(filled) = self.poll_fill(cx)
            && filled? == 0
        {
            return Poll::Ready(Ok(()));
        }
        self.deadlines.set(Wait::Answer, self.connection.answer_by());
        let expired = ready!(self.deadlines.poll(cx, &[Wait::Answer]));
        Poll::Ready(Err(self.connection.expire(expired)))
    }

    /// Sends what has been gathered.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let sent = Pin::new(&mut self.io).poll_write(cx, &self.output);
            let sent = ready!(self.poll_progress(cx, sent))?;
            self.output.advance(sent);
        }
        Poll::Ready(Ok(()))
    }

    /// Gives the result of a write, or fails when the client has taken nothing for too long.
    fn poll_progress(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match wrote {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(wrote) => {
                self.deadlines.clear(Wait::Write);
                Poll::Ready(wrote)
            }
            Poll::Pending => {
                self.deadlines.start(Wait::Write, self.limits.write_idle);
                let expired = ready!(self.deadlines.poll(cx, &[Wait::Write]));
                Poll::Ready(Err(self.connection.expire(expired)))
            }
        }
    }

    /// Puts our refusal in the place of Pingora's, which has no envelope and names Pingora.
    fn replace_refusal(&mut self) {
        let error = Error::new(Code::BadRequest, "The request is malformed.");
        let id = RequestId::new();
        log_refusal(id, &self.connection, &error);
        self.output.extend_from_slice(&responder::refusal(id, &error));
        // What follows the header may be anything.
        self.body = Body::Tunnel;
    }

    /// Notices the one answer after which the connection is no longer one of requests.
    fn notice_status(&mut self, bytes: &[u8]) {
        match bytes.get(9..12) {
            Some(b"101") => self.body = Body::Tunnel,
            Some([b'1', ..]) => return,
            _ => {}
        }
        self.status_line_next = false;
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send + Sync + 'static> AsyncRead for ClientStream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // Whoever reads is about to wait, so what was written has waited long enough: a part of a streamed answer.
        if let Poll::Ready(Err(error)) = this.poll_send(cx) {
            return Poll::Ready(Err(error));
        }
        if this.body.is_done() { this.poll_end(cx) } else { this.poll_body(cx, buf) }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send + Sync + 'static> AsyncWrite for ClientStream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if !this.connection.parsed.load(Ordering::Relaxed) && this.status_line_next {
            this.replace_refusal();
            this.status_line_next = false;
            return Poll::Ready(Ok(bytes.len()));
        }
        if this.status_line_next {
            this.notice_status(bytes);
        }
        if this.output.len() + bytes.len() <= limits::RESPONSE_GATHER_BYTES {
            this.output.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        loop {
            let gathered = this.output.len();
            if gathered == 0 {
                let sent = Pin::new(&mut this.io).poll_write(cx, bytes);
                return this.poll_progress(cx, sent);
            }
            // Both in one system call, without copying the large part.
            let parts = [IoSlice::new(&this.output), IoSlice::new(bytes)];
            let sent = Pin::new(&mut this.io).poll_write_vectored(cx, &parts);
            let sent = ready!(this.poll_progress(cx, sent))?;
            this.output.advance(sent.min(gathered));
            if sent > gathered {
                return Poll::Ready(Ok(sent - gathered));
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[async_trait]
impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send + Sync + 'static> Shutdown for ClientStream<T> {
    async fn shutdown(&mut self) {
        self.close().await;
    }
}

// What else Pingora asks of a stream. The digests are of no use here and cost an allocation each.
impl<T> UniqueID for ClientStream<T> {
    fn id(&self) -> UniqueIDType {
        0
    }
}
impl<T> Ssl for ClientStream<T> {}
impl<T: Send> Peek for ClientStream<T> {}
impl<T> GetTimingDigest for ClientStream<T> {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}
impl<T> GetProxyDigest for ClientStream<T> {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        None
    }
}
impl<T> GetSocketDigest for ClientStream<T> {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        None
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
