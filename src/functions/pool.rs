//! Which thread gets a request.
//!
//! A function has a home thread, chosen by rendezvous hashing so that its requests find a warm isolate. While the home is held up by another
//! function, or has much to do, the request goes to the next thread in the function's order. A function that holds up its own
//! home stays there: its loops must not spread to the other threads.

use super::function::FunctionKey;
use super::thread::{Command, JsThread};
use super::{Function, Invocation, Reply, modules, snapshot, watchdog};
use crate::config;
use crate::error::{Code, Error, Result};
use crate::limits;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;

/// The function host. Clones share it.
#[derive(Clone)]
pub struct Host(Arc<Pool>);

struct Pool {
    threads: Vec<Arc<JsThread>>,
    queue_per_function_max: usize,
    queue_per_thread_max: usize,
}

impl Host {
    /// Starts the JS threads. [`super::platform::init`] must have been called, by a thread that started this one.
    pub fn start(settings: &config::Functions) -> Result<Self> {
        snapshot::get()?;
        let threads = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from).max(limits::JS_THREADS_MIN),
            threads => threads,
        };
        let threads = watchdog::start(threads)
            .and_then(|slots| {
                slots
                    .into_iter()
                    .enumerate()
                    .map(|(index, slot)| JsThread::start(index, slot, settings.isolates_per_thread_max).map(Arc::new))
                    .collect::<std::io::Result<Vec<_>>>()
            })
            .map_err(|error| Error::internal(format!("JavaScript threads cannot be started: {error}")))?;
        Ok(Self(Arc::new(Pool {
            threads,
            queue_per_function_max: settings.queue_per_function_max,
            queue_per_thread_max: settings.queue_per_thread_max,
        })))
    }

    /// Loads a function's module and evaluates it, as the first request would.
    ///
    /// Fails with `FUNCTION_BUILD_FAILED` and the place in the source when it does not compile, import or evaluate, or has no handler.
    pub async fn check(&self, function: &Arc<Function>) -> Result<()> {
        modules::verify(function).await?;
        let (reply, result) = oneshot::channel();
        let thread = self.0.choose(function);
        thread.send(Command::Check { function: Arc::clone(function), reply })?;
        let limit = Duration::from_secs(limits::FUNCTION_STARTUP_SECONDS_MAX * 2);
        match tokio::time::timeout(limit, result).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::internal("an isolate ended without an answer")),
            Err(_) => Err(Error::new(Code::RuntimeBusy, "The function could not be loaded in time: the node is busy.")),
        }
    }

    /// Has a function answer a request.
    ///
    /// Dropping the future tells the function: its request's signal is aborted.
    pub async fn invoke(&self, function: &Arc<Function>, invocation: Invocation) -> Result<Reply> {
        let busy = || Error::new(Code::RuntimeBusy, "The function has too many requests waiting.");
        if function.in_flight.load(Ordering::Relaxed) >= self.0.queue_per_function_max {
            return Err(busy());
        }
        modules::prepare(function).await.map_err(at_runtime)?;
        let thread = self.0.choose(function);
        if thread.pending.load(Ordering::Relaxed) >= self.0.queue_per_thread_max {
            return Err(busy());
        }
        let (reply, result) = oneshot::channel();
        let mut ticket = Ticket::new(function, thread);
        let command =
            Command::Invoke { function: Arc::clone(function), id: ticket.id, invocation: Box::new(invocation), reply };
        thread.send(command)?;
        match tokio::time::timeout(function.source().settings.timeout, result).await {
            Ok(result) => {
                ticket.answered = true;
                result
                    .unwrap_or_else(|_| Err(Error::internal("an isolate ended without an answer")))
                    .map_err(at_runtime)
            }
            Err(_) => Err(Error::new(Code::RuntimeTimeout, "The function did not answer in time.")
                .detail("timeout_seconds", function.source().settings.timeout.as_secs())),
        }
    }
}

/// A module that does not load is the developer's mistake when it is applied, and an outage when it is already live.
fn at_runtime(error: Error) -> Error {
    if error.code != Code::FunctionBuildFailed {
        return error;
    }
    let cause = error.to_string();
    Error::new(Code::RuntimeUnavailable, "The function could not be started.").because(cause)
}

impl Pool {
    fn choose(&self, function: &Function) -> &Arc<JsThread> {
        let key = function.key().hash();
        let weight = |index: usize| mix(key ^ mix(index as u64 + 1));
        let stall = Duration::from_millis(limits::JS_THREAD_STALL_MS);
        let mut order: Vec<usize> = (0..self.threads.len()).collect();
        order.sort_unstable_by_key(|&index| std::cmp::Reverse(weight(index)));
        let home = order[0];
        let mut choice = home;
        for &index in &order {
            let thread = &self.threads[index];
            let (busy, running) = thread.slot.busy();
            if busy >= stall {
                if running == key {
                    choice = index;
                    break;
                }
                continue;
            }
            if thread.pending.load(Ordering::Relaxed) < limits::JS_THREAD_SPILL_PENDING {
                choice = index;
                break;
            }
        }
        &self.threads[choice]
    }
}

/// A good mix of all bits (the finaliser of SplitMix64).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Counts a request while it is under way, and cancels it when nobody waits for it any more.
struct Ticket<'a> {
    function: &'a Arc<Function>,
    key: FunctionKey,
    thread: &'a Arc<JsThread>,
    id: u32,
    answered: bool,
}

impl<'a> Ticket<'a> {
    fn new(function: &'a Arc<Function>, thread: &'a Arc<JsThread>) -> Self {
        function.in_flight.fetch_add(1, Ordering::Relaxed);
        thread.pending.fetch_add(1, Ordering::Relaxed);
        Self { function, key: function.key(), thread, id: thread.next_id(), answered: false }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.function.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.thread.pending.fetch_sub(1, Ordering::Relaxed);
        if !self.answered {
            // The thread may have ended, and its requests with it.
            let _ = self.thread.send(Command::Cancel { key: self.key, id: self.id });
        }
    }
}
