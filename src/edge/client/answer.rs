//! Answers that are written without Pingora.

use super::{ClientStream, Transport, spare};
use bytes::BytesMut;
use std::future::poll_fn;
use std::io;
use std::task::ready;
use tokio::io::AsyncWriteExt;

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
        let ended = poll_fn(|cx| {
            ready!(self.poll_send(cx))?;
            self.poll_end(cx)
        });
        ended.await.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
