//! Plain requests that an upstream answers: its answer goes to the client as it comes.

use super::super::client::Transport;
use super::super::exchange::Exchange;
use super::super::upstream::{self, Ask, Client, Failure, Passed};
use super::super::wire::Wire;
use super::{Direct, Left};
use pingora::{Error, ErrorType, Result};
use std::io;
use std::task::{Context, Poll};

impl<T: Transport> Client for Direct<'_, T> {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.poll_gather(cx, bytes)
    }

    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.stream.poll_left(cx)
    }

    fn keep(&mut self) -> bool {
        if self.stream.is_stopping() {
            self.end_connection();
        }
        self.keep_alive
    }
}

impl<T: Transport> Direct<'_, T> {
    /// Lets the upstream of `exchange` answer.
    ///
    /// # Errors
    /// There is no complete answer. What the client may still be told is in `exchange`.
    pub(in crate::edge) async fn pass(&mut self, exchange: &mut Exchange) -> Result<()> {
        let (Some(connection), Some(attempt)) = (&exchange.connection, &mut exchange.attempt) else {
            return Error::e_explain(ErrorType::InternalError, "an upstream is asked for nobody");
        };
        let ask = Ask {
            request: self.request,
            forwarded_for: connection.forwarded_for(),
            secure: connection.secure,
            id: exchange.id,
            vary: exchange.vary.as_ref(),
        };
        let mut passed = Passed::default();
        let ended = upstream::pass(attempt, &ask, self, &mut passed).await;
        (self.status, self.bytes_out, self.left) = (passed.status, passed.bytes, Left::Bytes(0));
        match ended {
            Ok(()) => Ok(()),
            Err(Failure::NoAnswer(error) | Failure::BrokenOff(error)) => {
                self.end_connection();
                exchange.error = Some(error);
                Err(Error::new_up(ErrorType::ConnectionClosed))
            }
            Err(Failure::Client(error)) => {
                Err(Error::because(ErrorType::ConnectionClosed, "while an upstream answered", error).into_down())
            }
        }
    }
}
