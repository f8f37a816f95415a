//! Which thread gets a request.
//!
//! Threads are in lanes ([`Lane`]): functions that answer quickly, slow ones, and those that had to be ended do not share one. In its
//! lane a function has a home thread, chosen by rendezvous hashing so that its requests find a warm isolate. While the home is held up by
//! another function, or has much to do, the request goes to the next thread in the function's order, and one that already waits there and
//! was not begun is taken back. A function that holds up its own home stays there: its loops must not spread to the other threads.

use super::call::{Call, Work};
use super::footprint::Footprint;
use super::outbox::ReplyTo;
use super::temper::Lane;
use super::thread::{self, Command, JsThread};
use super::watchdog::{STALL, Watchdog};
use super::{Function, Invocation, Reply, ReplyBody, isolate, modules, snapshot};
use crate::config;
use crate::error::{Code, Error, Result};
use crate::limits;
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// The function host. Clones share it.
#[derive(Clone)]
pub struct Host(Arc<Pool>);

struct Pool {
    /// As many in each lane; the threads of all but the first are started when they are first needed.
    lanes: [Vec<Seat>; Lane::ALL.len()],
    watchdog: Watchdog,
    /// Threads that were given up and have not ended.
    lost: Arc<AtomicUsize>,
    /// For each thread that is started.
    threads: thread::Settings,
    queue_per_function_max: usize,
    queue_per_thread_max: usize,
}

/// The place of a thread. One that is given up is replaced.
struct Seat {
    name: String,
    lane: Lane,
    thread: ArcSwapOption<JsThread>,
    /// Held while a thread is started.
    starting: Mutex<()>,
}

impl Host {
    /// Starts the JS threads. [`super::platform::init`] must have been called, by a thread that started this one.
    ///
    /// Requests for functions wait until the snapshot is made; nothing else does.
    pub fn start(settings: &config::Functions) -> Result<Self> {
        snapshot::begin();
        let count = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from).max(limits::JS_THREADS_MIN),
            threads => threads,
        };
        let seat = |lane, index| Seat {
            name: name(lane, index),
            lane,
            thread: ArcSwapOption::empty(),
            starting: Mutex::new(()),
        };
        let pool = Pool {
            lanes: Lane::ALL.map(|lane| (0..count).map(|index| seat(lane, index)).collect()),
            watchdog: Watchdog::start().map_err(cannot_start)?,
            lost: Arc::default(),
            threads: thread::Settings {
                isolates_max: settings.isolates_per_thread_max,
                spare_memory_bytes: mib(settings.memory_mb_default),
                footprint: Arc::new(Footprint::new(mib(settings.isolates_memory_mb_max))),
            },
            queue_per_function_max: settings.queue_per_function_max,
            queue_per_thread_max: settings.queue_per_thread_max,
        };
        for seat in &pool.lanes[Lane::Quick as usize] {
            pool.thread(seat)?;
        }
        Ok(Self(Arc::new(pool)))
    }

    /// Loads a function's module and evaluates it, as the first request would, but where nobody else's requests run.
    ///
    /// Fails with `FUNCTION_BUILD_FAILED` and the place in the source when it does not compile, import or evaluate, or has no handler.
    pub async fn check(&self, function: &Arc<Function>) -> Result<()> {
        modules::verify(function).await?;
        let not_in_time =
            || Error::new(Code::RuntimeBusy, "The function could not be loaded in time: the node is busy.");
        let mut deadline =
            std::pin::pin!(tokio::time::sleep(Duration::from_secs(limits::FUNCTION_STARTUP_SECONDS_MAX * 2)));
        'sent: loop {
            let (reply, mut result) = oneshot::channel();
            let thread = self.0.choose(function, Lane::Suspect)?;
            thread.send(Command::Check { function: Arc::clone(function), reply })?;
            loop {
                tokio::select! {
                    biased;
                    result = &mut result => {
                        return result.unwrap_or_else(|_| Err(without_an_answer()));
                    }
                    () = thread.slot.stalled() => {
                        if let Some(reason) = thread.slot.lost_to(function.key().hash()) {
                            let error = isolate::killed(reason);
                            return Err(Error::new(
                                Code::FunctionBuildFailed,
                                format!("the module could not be loaded: {}", error.message),
                            ));
                        }
                        if thread.slot.is_lost() {
                            continue 'sent;
                        }
                    }
                    () = &mut deadline => return Err(not_in_time()),
                }
            }
        }
    }

    /// Has a function answer a request.
    ///
    /// Dropping the future, or a streamed body before its end, tells the function: its request's signal is aborted.
    pub async fn invoke(&self, function: &Arc<Function>, invocation: Invocation) -> Result<Reply> {
        let pool = &*self.0;
        let settings = &function.source().settings;
        if function.in_flight.load(Ordering::Relaxed) >= pool.queue_per_function_max {
            return Err(busy());
        }
        if function.temper.is_shut_out() {
            return Err(shut_out());
        }
        modules::prepare(function).await.map_err(at_runtime)?;
        let (reply, result) = ReplyTo::here();
        let mut call = pool.send(function, Work { invocation: Box::new(invocation), reply })?;
        let mut result = std::pin::pin!(result);
        let mut deadline = std::pin::pin!(tokio::time::sleep(settings.timeout));
        loop {
            tokio::select! {
                biased;
                reply = &mut result => {
                    let reply = reply.unwrap_or_else(|_| Err(without_an_answer()));
                    return attach(reply, call).map_err(at_runtime);
                }
                () = call.thread.slot.stalled() => {
                    if let Some(moved) = pool.move_on(function, &mut call)? {
                        call = moved;
                    }
                }
                () = &mut deadline => {
                    return Err(Error::new(Code::RuntimeTimeout, "The function did not answer in time.")
                        .detail("timeout_seconds", settings.timeout.as_secs()));
                }
            }
        }
    }

    /// Says that no live release has a version any more: its isolates end what they have begun, and then themselves.
    pub fn retire(&self, function: &Function) {
        for thread in self.0.lanes.iter().flatten().filter_map(|seat| seat.thread.load_full()) {
            // A thread that has ended has no isolates.
            let _ = thread.send(Command::Retire { key: function.key() });
        }
    }
}

/// An answer that streams keeps its call: the function is told when nobody takes the body any more.
fn attach(reply: Result<Reply>, mut call: Call) -> Result<Reply> {
    match reply {
        Ok(Reply { status, headers, body: ReplyBody::Stream(mut stream) }) => {
            stream.belongs_to(call);
            Ok(Reply { status, headers, body: ReplyBody::Stream(stream) })
        }
        whole => {
            call.answered();
            whole
        }
    }
}

fn shut_out() -> Error {
    Error::new(
        Code::RuntimeUnavailable,
        "The function is not run for a while: it could not be ended when it had to be.",
    )
}

fn without_an_answer() -> Error {
    Error::new(Code::RuntimeUnavailable, "The function could not be run.")
        .because("its isolate ended without an answer")
}

fn busy() -> Error {
    Error::new(Code::RuntimeBusy, "The function has too many requests waiting.")
}

fn mib(mebibytes: u64) -> usize {
    usize::try_from(mebibytes).unwrap_or(usize::MAX).saturating_mul(1 << 20)
}

fn cannot_start(error: std::io::Error) -> Error {
    Error::internal(format!("JavaScript threads cannot be started: {error}"))
}

fn name(lane: Lane, index: usize) -> String {
    match lane {
        Lane::Quick => format!("js-{index}"),
        Lane::Slow => format!("js-slow-{index}"),
        Lane::Suspect => format!("js-suspect-{index}"),
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
    /// The thread of a seat, started if there is none.
    fn thread(&self, seat: &Seat) -> Result<Arc<JsThread>> {
        if let Some(thread) = living(seat) {
            return Ok(thread);
        }
        let _starting = seat.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = living(seat) {
            return Ok(thread);
        }
        if seat.thread.load().is_some() {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            metrics::counter!("portico_js_threads_lost_total").increment(1);
            tracing::error!(
                target: "portico::function", thread = seat.name, lost,
                "a JavaScript thread was given up and is replaced"
            );
        }
        let (name, slot) = (seat.name.clone(), self.watchdog.slot());
        let thread = JsThread::start(name, seat.lane, slot, &self.threads, Arc::clone(&self.lost));
        let thread = Arc::new(thread.map_err(cannot_start)?);
        seat.thread.store(Some(Arc::clone(&thread)));
        Ok(thread)
    }

    fn send(&self, function: &Arc<Function>, work: Work) -> Result<Call> {
        let thread = self.choose(function, function.temper.lane())?;
        if thread.pending.load(Ordering::Relaxed) >= self.queue_per_thread_max {
            return Err(busy());
        }
        Call::send(function, thread, work)
    }

    /// Takes a request that was not begun away from a thread that another function holds up, or that was given up.
    fn move_on(&self, function: &Arc<Function>, call: &mut Call) -> Result<Option<Call>> {
        let lost = call.thread.slot.is_lost();
        if let Some(reason) = call.thread.slot.lost_to(function.key().hash()) {
            return Err(isolate::killed(reason));
        }
        let (_, running) = call.thread.slot.busy();
        if running == function.key().hash() && !lost {
            return Ok(None);
        }
        let thread = self.choose(function, function.temper.lane())?;
        if Arc::ptr_eq(&thread, &call.thread) {
            return Ok(None);
        }
        match call.take_back() {
            Some(work) => {
                metrics::counter!("portico_requests_moved_total").increment(1);
                Call::send(function, thread, work).map(Some)
            }
            None if lost => {
                let error = Error::new(Code::RuntimeUnavailable, "The function could not be run.");
                Err(error.because("its thread was given up, because of another function on it"))
            }
            None => Ok(None),
        }
    }

    /// The first thread in the function's order that is not held up by another function and has room; those of the lane first.
    fn choose(&self, function: &Function, lane: Lane) -> Result<Arc<JsThread>> {
        let key = function.key().hash();
        let seats = &self.lanes[lane as usize];
        let home = heaviest(seats.len(), key, |_| true).map(|index| &seats[index]);
        if let Some(seat) = home
            && self.takes(seat, key)
        {
            return self.thread(seat);
        }
        for lane in std::iter::once(lane).chain(Lane::ALL) {
            let seats = &self.lanes[lane as usize];
            if let Some(index) = heaviest(seats.len(), key, |index| self.takes(&seats[index], key)) {
                return self.thread(&seats[index]);
            }
        }
        home.and_then(living).ok_or_else(busy)
    }

    fn takes(&self, seat: &Seat, key: u64) -> bool {
        let thread = seat.thread.load();
        let Some(thread) = &*thread else { return true };
        if thread.slot.is_lost() {
            return self.lost.load(Ordering::Relaxed) < limits::JS_THREADS_LOST_MAX;
        }
        let (busy, running) = thread.slot.busy();
        if busy >= STALL {
            return running == key;
        }
        thread.pending.load(Ordering::Relaxed) < limits::JS_THREAD_SPILL_PENDING
    }
}

/// The thread of a seat, unless there is none or it was given up.
fn living(seat: &Seat) -> Option<Arc<JsThread>> {
    seat.thread.load_full().filter(|thread| !thread.slot.is_lost())
}

/// The first in a function's order (rendezvous hashing) of those that will do.
fn heaviest(count: usize, key: u64, will_do: impl Fn(usize) -> bool) -> Option<usize> {
    (0..count).filter(|&index| will_do(index)).max_by_key(|&index| mix(key ^ mix(index as u64 + 1)))
}

/// A good mix of all bits (the finaliser of SplitMix64).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
