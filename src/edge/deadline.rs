//! Deadlines of a connection on one timer that is hardly ever touched.
//!
//! Setting and cancelling a timer for each wait of each request would cost more than the request. Here a deadline is a number
//! and costs nothing until the connection waits; the one timer of the connection is moved only when it would fire
//! too late. When it fires too early it is moved to where it should be.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::{Duration, Instant, Sleep};

/// What a connection can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Bytes from the client.
    Read = 0,
    /// Room for bytes to the client.
    Write = 1,
    /// Another server's answer to this client's request.
    Answer = 2,
}

/// The deadlines of one connection.
#[derive(Debug)]
pub(super) struct Deadlines {
    timer: Option<Pin<Box<Sleep>>>,
    waits: [Option<Instant>; 3],
}

impl Deadlines {
    /// None set.
    pub(super) fn new() -> Self {
        Self { timer: None, waits: [None; 3] }
    }

    /// Starts `wait`, unless it has started already: it ends `limit` from now.
    pub(super) fn start(&mut self, wait: Wait, limit: Duration) {
        let slot = &mut self.waits[wait as usize];
        if slot.is_none() {
            *slot = Some(Instant::now() + limit);
        }
    }

    /// Sets when `wait` ends.
    pub(super) fn set(&mut self, wait: Wait, at: Option<Instant>) {
        self.waits[wait as usize] = at;
    }

    /// `wait` is over: it got what it waited for.
    pub(super) fn clear(&mut self, wait: Wait) {
        self.waits[wait as usize] = None;
    }

    /// Which of `among` is past its deadline; pending, and woken in time, while none is.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, among: &[Wait]) -> Poll<Wait> {
        let ends = |wait: &Wait| self.waits[*wait as usize].map(|at| (at, *wait));
        let Some((at, wait)) = among.iter().filter_map(ends).min_by_key(|(at, _)| *at) else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if timer.deadline() > at {
            timer.as_mut().reset(at);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() >= at {
                return Poll::Ready(wait);
            }
            timer.as_mut().reset(at);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn the_earliest_deadline_ends_the_wait() {
        runtime().block_on(async {
            let mut deadlines = Deadlines::new();
            deadlines.start(Wait::Read, Duration::from_secs(60));
            deadlines.start(Wait::Write, Duration::from_millis(5));
            let ended = poll_fn(|cx| deadlines.poll(cx, &[Wait::Read, Wait::Write])).await;
            assert_eq!(ended, Wait::Write);
        });
    }

    #[test]
    fn a_timer_that_was_set_for_an_earlier_wait_does_not_end_a_later_one() {
        runtime().block_on(async {
            let mut deadlines = Deadlines::new();
            deadlines.start(Wait::Read, Duration::from_millis(5));
            let pending = poll_fn(|cx| Poll::Ready(deadlines.poll(cx, &[Wait::Read]).is_pending())).await;
            assert!(pending);
            deadlines.clear(Wait::Read);
            deadlines.start(Wait::Read, Duration::from_millis(40));
            let begun = Instant::now();
            poll_fn(|cx| deadlines.poll(cx, &[Wait::Read])).await;
            assert!(begun.elapsed() >= Duration::from_millis(35));
        });
    }
}
