//! A request on its way to an isolate and back.

use super::outbox::ReplyTo;
use super::thread::{Command, JsThread};
use super::{Function, Invocation};
use crate::error::Result;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// A request that waits for its turn. Until an isolate has begun it, its sender may take it back and send it elsewhere.
pub(super) struct Job(Mutex<Option<Work>>);

/// What a job consists of.
pub(super) struct Work {
    pub(super) invocation: Box<Invocation>,
    pub(super) reply: ReplyTo,
}

impl Job {
    /// Takes the work out. Whoever gets it does it: an isolate, or its sender.
    pub(super) fn take(&self) -> Option<Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Counts a request while it is under way, and cancels it when nobody waits for it any more.
pub(super) struct Call {
    function: Arc<Function>,
    pub(super) thread: Arc<JsThread>,
    job: Arc<Job>,
    id: u32,
    answered: bool,
}

impl Call {
    /// Sends work to a thread.
    pub(super) fn send(function: &Arc<Function>, thread: Arc<JsThread>, work: Work) -> Result<Self> {
        let job = Arc::new(Job(Mutex::new(Some(work))));
        let id = thread.next_id();
        function.in_flight.fetch_add(1, Ordering::Relaxed);
        thread.pending.fetch_add(1, Ordering::Relaxed);
        let command = Command::Invoke { function: Arc::clone(function), id, job: Arc::clone(&job) };
        let call = Self { function: Arc::clone(function), thread, job, id, answered: false };
        call.thread.send(command)?;
        Ok(call)
    }

    /// Takes the work back if no isolate has begun it; then the call is over.
    pub(super) fn take_back(&mut self) -> Option<Work> {
        let work = self.job.take()?;
        self.answered = true;
        Some(work)
    }

    /// The answer is there, whole: nothing is left to cancel.
    pub(super) fn answered(&mut self) {
        self.answered = true;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.function.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.thread.pending.fetch_sub(1, Ordering::Relaxed);
        if !self.answered && self.job.take().is_none() {
            // The thread may have ended, and its requests with it.
            let _ = self.thread.send(Command::Cancel { key: self.function.key(), id: self.id });
        }
    }
}
