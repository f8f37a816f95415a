//! The mailbox of an isolate.

use super::call::Job;
use crate::error::{Error, Result};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Waker};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What an isolate's thread tells it.
pub(super) enum Message {
    Invoke { id: u32, job: Arc<Job> },
    Check { reply: oneshot::Sender<Result<()>> },
}

impl Message {
    pub(super) fn fail(self, error: &Error) {
        match self {
            Self::Invoke { job, .. } => {
                if let Some(work) = job.take() {
                    work.reply.send(Err(error.clone()));
                }
            }
            Self::Check { reply } => drop(reply.send(Err(error.clone()))),
        }
    }
}

/// The mailbox of an isolate. It outlives a condemned isolate: what was not begun is served by the next one.
pub(super) struct Queue {
    messages: RefCell<VecDeque<Message>>,
    /// Numbers of requests that nobody waits for any more. They are told also when no request is taken in.
    cancelled: RefCell<Vec<u32>>,
    waker: RefCell<Option<Waker>>,
    retire: Cell<bool>,
    serving: Cell<bool>,
    last_used: Cell<Instant>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            messages: RefCell::default(),
            cancelled: RefCell::default(),
            waker: RefCell::default(),
            retire: Cell::new(false),
            serving: Cell::new(true),
            last_used: Cell::new(Instant::now()),
        }
    }
}

impl Queue {
    pub(super) fn push(&self, message: Message) {
        self.messages.borrow_mut().push_back(message);
        self.wake();
    }

    pub(super) fn cancel(&self, id: u32) {
        self.cancelled.borrow_mut().push(id);
        self.wake();
    }

    /// Asks the isolate to take no more requests, and to end with the last one it has.
    pub(super) fn retire(&self) {
        self.retire.set(true);
        self.wake();
    }

    pub(super) fn may_retire(&self) -> bool {
        !self.serving.get() && !self.retire.get() && self.messages.borrow().is_empty()
    }

    pub(super) fn last_used(&self) -> Instant {
        self.last_used.get()
    }

    /// Whether the isolate was asked to take no more requests.
    pub(super) fn is_to_retire(&self) -> bool {
        self.retire.get()
    }

    /// Says whether the isolate has anything to do.
    pub(super) fn set_serving(&self, serving: bool) {
        self.serving.set(serving);
    }

    /// Says that a request was taken in just now.
    pub(super) fn is_used(&self, now: Instant) {
        self.last_used.set(now);
    }

    /// Prepares for another isolate: what concerned the one before is over.
    pub(super) fn begin_anew(&self) {
        self.retire.set(false);
        self.cancelled.borrow_mut().clear();
    }

    /// The numbers of requests that nobody waits for any more, since this was last asked.
    pub(super) fn take_cancelled(&self) -> Vec<u32> {
        self.cancelled.take()
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    pub(super) fn pop(&self) -> Option<Message> {
        self.messages.borrow_mut().pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.borrow().is_empty()
    }

    pub(super) fn register(&self, cx: &Context<'_>) {
        *self.waker.borrow_mut() = Some(cx.waker().clone());
    }
}
