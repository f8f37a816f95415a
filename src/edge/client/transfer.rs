//! Reading and writing, with every wait under a deadline.

use super::super::deadline::Wait;
use super::super::exchange::log_refusal;
use super::super::framing::Body;
use super::super::request_id::RequestId;
use super::super::responder;
use super::{ClientStream, Transport, spare};
use crate::error::{Code, Error};
use crate::limits;
use bytes::Buf;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Duration, Instant};

impl<T: Transport> ClientStream<T> {
    /// The body of the current request, from the input or the socket.
    fn poll_body(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.input.is_empty() {
            let offered = self.input.len().min(buf.remaining());
            let taken = self.body.take(&self.input[..offered]);
            buf.put_slice(&self.input[..taken]);
            self.input.advance(taken);
            return Poll::Ready(self.check_body());
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
                Poll::Ready(self.check_body())
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

    fn check_body(&self) -> io::Result<()> {
        if self.body.is_broken() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the request body is malformed"));
        }
        Ok(())
    }

    /// After the body nothing may be read; what this waits for is the client's end, and the answer's deadline.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // With a request of the client's waiting here already, its end is noticed when that one is read.
        if self.input.is_empty()
            && let Poll::Ready(filled) = self.poll_unwanted(cx)
            && filled? == 0
        {
            return Poll::Ready(Ok(()));
        }
        self.deadlines.set(Wait::Answer, self.connection.answer_by());
        let expired = ready!(self.deadlines.poll(cx, &[Wait::Answer]));
        Poll::Ready(Err(self.connection.expire(expired)))
    }

    /// Reads what nobody waits for, into the input. There is nothing, mostly, so no buffer is held ready for it.
    fn poll_unwanted(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut few = [MaybeUninit::uninit(); 512];
        let mut read = ReadBuf::uninit(&mut few);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut read))?;
        self.input.extend_from_slice(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }

    /// Sends what has been gathered.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let sent = Pin::new(&mut self.io).poll_write(cx, &self.output);
            let sent = ready!(self.poll_progress(cx, sent))?;
            self.output.advance(sent);
        }
        if self.output.capacity() > 0 {
            spare::give_back(&mut self.output);
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

    /// Lets a client that is still sending read its answer: what it sends is thrown away for a while.
    ///
    /// Part of `poll_shutdown`, because that is all of [`pingora::protocols::Shutdown`] that Pingora's sessions ever call.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.body.is_done() || self.connection.is_aborted() {
            return Poll::Ready(());
        }
        if self.linger_left.is_none() {
            self.linger_left = Some(limits::LINGER_BYTES_MAX);
            self.deadlines.set(Wait::Read, Some(Instant::now() + Duration::from_secs(limits::LINGER_SECONDS_MAX)));
        }
        let mut buffer = [0; limits::REQUEST_READ_BYTES];
        loop {
            let mut read = ReadBuf::new(&mut buffer);
            if Pin::new(&mut self.io).poll_read(cx, &mut read).is_pending() {
                return self.deadlines.poll(cx, &[Wait::Read]).map(|_| ());
            }
            let left = self.linger_left.unwrap_or(0).saturating_sub(read.filled().len());
            self.linger_left = Some(left);
            // Its end is the end, orderly or not.
            if left == 0 || read.filled().is_empty() {
                return Poll::Ready(());
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

impl<T: Transport> AsyncRead for ClientStream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // Whoever reads is about to wait, so what was written has waited long enough: a part of a streamed answer.
        if let Poll::Ready(Err(error)) = this.poll_send(cx) {
            return Poll::Ready(Err(error));
        }
        if this.body.is_done() { this.poll_end(cx) } else { this.poll_body(cx, buf) }
    }
}

impl<T: Transport> AsyncWrite for ClientStream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.status_line_next && !this.connection.is_parsed() {
            this.replace_refusal();
            this.status_line_next = false;
            return Poll::Ready(Ok(bytes.len()));
        }
        if this.status_line_next {
            this.notice_status(bytes);
        }
        if this.output.len() + bytes.len() <= limits::RESPONSE_GATHER_BYTES {
            this.output().extend_from_slice(bytes);
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
        ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
        self.poll_linger(cx).map(Ok)
    }
}
