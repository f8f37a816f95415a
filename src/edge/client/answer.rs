//! Answers that are written without Pingora.

use super::{ClientStream, Transport, spare};
use bytes::BytesMut;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncWrite, AsyncWriteExt};

impl<T: Transport> ClientStream<T> {
    /// Where the header of an answer is gathered.
    pub(in crate::edge) fn output(&mut self) -> &mut BytesMut {
        if self.output.capacity() == 0 {
            self.output = spare::take();
        }
        &mut self.output
    }

    /// Adds to what is gathered, and sends it when it is much.
    pub(in crate::edge) async fn gather(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes).await
    }

    /// Sends what is gathered.
    pub(in crate::edge) async fn send(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_send(cx)).await
    }

    /// Sends what is gathered and waits for the client's end, or until its answer takes too long.
    pub(in crate::edge) async fn end(&mut self) -> io::Error {
        poll_fn(|cx| self.poll_left(cx)).await
    }

    /// [`Self::gather`], as far as it goes at once.
    pub(in crate::edge) fn poll_gather(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self).poll_write(cx, bytes)
    }

    /// [`Self::end`], for whoever waits for something else as well.
    pub(in crate::edge) fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let left = match ready!(self.poll_send(cx)) {
            Ok(()) => ready!(self.poll_end(cx)),
            failed => failed,
        };
        Poll::Ready(left.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()))
    }

    /// Whether the edge stops: the answer is the connection's last.
    pub(in crate::edge) fn is_stopping(&self) -> bool {
        self.connection.is_stopping()
    }
}
