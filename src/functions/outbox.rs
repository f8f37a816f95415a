//! Answers on their way to those who wait for them.
//!
//! An answer that is told at once wakes an I/O thread, and on a busy processor that takes the place of the JS thread for this one answer.
//! So the answers of a turn are told together when it ends, by a task among those who wait: one wake-up, however many they are. None
//! is held for long: a turn looks at the clock before it takes in another request, and the watchdog tells what a long slice holds.

use super::Reply;
use crate::error::Result;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Who waits for an answer, and where.
pub(super) struct ReplyTo {
    sender: oneshot::Sender<Result<Reply>>,
    runtime: Handle,
}

impl ReplyTo {
    /// The way to one who waits in the calling task's runtime.
    pub(super) fn here() -> (Self, oneshot::Receiver<Result<Reply>>) {
        let (sender, receiver) = oneshot::channel();
        (Self { sender, runtime: Handle::current() }, receiver)
    }

    /// Whether nobody waits any more.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Tells an answer now. Whoever does not wait any more does not get it.
    pub(super) fn send(self, reply: Result<Reply>) {
        let _ = self.sender.send(reply);
    }
}

/// The answers of a JS thread that are not told yet.
#[derive(Default)]
pub(super) struct Outbox {
    held: Mutex<Vec<(ReplyTo, Result<Reply>)>>,
}

impl Outbox {
    /// Takes an answer, to be told soon.
    pub(super) fn hold(&self, to: ReplyTo, reply: Result<Reply>) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push((to, reply));
    }

    /// Tells the answers that are held.
    pub(super) fn tell(&self) {
        let mut held = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if held.is_empty() {
                return;
            }
            std::mem::take(&mut *held)
        };
        while let Some((first, _)) = held.first() {
            let runtime = first.runtime.clone();
            // Nearly always none: a node has one runtime that asks for functions.
            let elsewhere: Vec<_> = held.extract_if(.., |(to, _)| to.runtime.id() != runtime.id()).collect();
            if held.len() == 1 {
                held.into_iter().for_each(|(to, reply)| to.send(reply));
            } else {
                runtime.spawn(async move { held.into_iter().for_each(|(to, reply)| to.send(reply)) });
            }
            held = elsewhere;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ReplyBody;
    use super::*;
    use bytes::Bytes;

    fn reply(status: u16) -> Result<Reply> {
        Ok(Reply { status, headers: Vec::new(), body: ReplyBody::Whole(Bytes::new()) })
    }

    #[test]
    fn answers_reach_those_who_wait_in_any_runtime() {
        let runtimes = [(); 2].map(|()| tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap());
        let outbox = Outbox::default();
        let waiting: Vec<_> = (200..206)
            .map(|status| {
                let _inside = runtimes[usize::from(status % 2)].enter();
                let (to, receiver) = ReplyTo::here();
                outbox.hold(to, reply(status));
                (status, receiver)
            })
            .collect();
        outbox.tell();
        for (status, receiver) in waiting {
            let answer = runtimes[usize::from(status % 2)].block_on(receiver).unwrap().unwrap();
            assert_eq!(answer.status, status);
        }
    }

    #[tokio::test]
    async fn nothing_is_told_before_it_is_time() {
        let outbox = Outbox::default();
        let (to, mut receiver) = ReplyTo::here();
        outbox.hold(to, reply(200));
        assert!(receiver.try_recv().is_err());
        outbox.tell();
        assert_eq!(receiver.await.unwrap().unwrap().status, 200);
        outbox.tell();
    }
}
