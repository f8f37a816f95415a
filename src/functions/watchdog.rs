//! Ends code that does not end by itself.
//!
//! JavaScript cannot be interrupted from its own thread. Each JS thread has a [`Slot`] that says which isolate it is running and what
//! that may still take; one thread for the whole process looks at all slots, terminates what is over its limits, and tells those who wait
//! behind a slice that has been running for long. An isolate that was terminated is never used again (design decision 5): [`Kill`] is
//! the mark that tells its owner.

use super::clock;
use super::outbox::Outbox;
use super::{Function, FunctionSource};
use crate::limits;
use deno_core::v8::IsolateHandle;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often running code is looked at, and so how late a termination may be.
const TICK: Duration = Duration::from_millis(10);

/// Ticks without any running code after which the watchdog sleeps until it is woken.
const IDLE_TICKS: u32 = 100;

/// A slice that has been running for this long holds up its thread.
pub(super) const STALL: Duration = Duration::from_millis(limits::JS_THREAD_STALL_MS);

/// A slice that goes on for this long after it was terminated will not end soon: some built-ins of V8 never look for their end.
const ABANDON: Duration = Duration::from_millis(limits::JS_THREAD_ABANDON_MS);

/// Slices shorter than this are charged by the wall clock: asking for the thread's own clock costs a system call.
const SHORT: Duration = Duration::from_millis(1);

/// Why an isolate was terminated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It ran longer than the function may.
    Timeout,
    /// Its heap, or memory outside of it, reached the limit.
    Memory,
    /// It took more processor time than the function may.
    Cpu,
    /// Something below JavaScript failed that cannot fail gracefully.
    Fault,
}

impl Reason {
    /// The name in metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Fault => "fault",
        }
    }

    /// As a number; 0 is none.
    const fn mark(self) -> u8 {
        self as u8 + 1
    }

    const fn from_mark(mark: u8) -> Option<Self> {
        match mark {
            0 => None,
            1 => Some(Self::Timeout),
            2 => Some(Self::Memory),
            3 => Some(Self::Cpu),
            _ => Some(Self::Fault),
        }
    }
}

/// The mark of a terminated isolate.
#[derive(Debug)]
pub(super) struct Kill {
    reason: AtomicU8,
    function: Arc<Function>,
    /// The release that routed the latest request, for the log.
    release: Mutex<String>,
}

impl Kill {
    /// The mark of an isolate of that function.
    pub(super) fn new(function: Arc<Function>) -> Self {
        Self { reason: AtomicU8::new(0), function, release: Mutex::default() }
    }

    /// Notes which release has routed a request.
    pub(super) fn serves(&self, release: &str) {
        let mut known = lock(&self.release);
        if *known != release {
            release.clone_into(&mut known);
        }
    }

    /// Notes, for its function and for people, that the isolate costs its thread.
    fn costs_a_thread(&self, reason: Reason) {
        self.function.temper.was_unstoppable();
        let source = self.function.source();
        count_condemned(source, reason.as_str());
        tracing::error!(
            target: "portico::function",
            project = source.project, function = source.name, release = *lock(&self.release), reason = reason.as_str(),
            "a JavaScript thread is given up: what the function runs on it cannot be ended"
        );
    }

    /// Sets the mark, unless another reason was there first.
    pub(super) fn set(&self, reason: Reason) {
        let _ = self.reason.compare_exchange(0, reason.mark(), Ordering::AcqRel, Ordering::Acquire);
    }

    /// The reason, if the isolate was terminated.
    pub(super) fn reason(&self) -> Option<Reason> {
        Reason::from_mark(self.reason.load(Ordering::Acquire))
    }
}

/// Counts an isolate that had to be ended.
pub(super) fn count_condemned(source: &FunctionSource, reason: &'static str) {
    metrics::counter!(
        "portico_isolates_condemned_total",
        "project" => source.project.clone(), "function" => source.name.clone(), "reason" => reason
    )
    .increment(1);
}

/// What a slice may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// On the wall clock.
    pub(super) wall: Duration,
    /// On the processor.
    pub(super) cpu: Duration,
}

struct Running {
    since: Instant,
    allowance: Allowance,
    /// The thread's clock when the slice began, as far as the watchdog knows it.
    cpu_since: Option<Duration>,
    /// When the watchdog first saw that it was terminated, and the thread's clock then.
    ended: Option<(Instant, Duration)>,
    handle: IsolateHandle,
    kill: Arc<Kill>,
}

/// What one JS thread is running.
pub(super) struct Slot {
    running: Mutex<Option<Running>>,
    /// Milliseconds since `started` at which the present slice began, plus one; 0 while nothing runs.
    since_ms: AtomicU64,
    /// Which function the present slice belongs to.
    function: AtomicU64,
    started: Instant,
    watchdog: Arc<Wake>,
    /// Wakes those whose requests wait behind a slice that has been running for long.
    stalled: Notify,
    clock: OnceLock<clock::ThreadClock>,
    /// The thread's clock when it was last asked, and what was charged by the wall clock since then, in nanoseconds.
    asked_ns: AtomicU64,
    charged_ns: AtomicU64,
    /// Why the thread was given up, as a mark; 0 while it was not.
    lost: AtomicU8,
    /// Isolates of the thread, as long as they are counted.
    isolates: AtomicUsize,
    /// Answers that are told when the present slice ends, or has been running for long.
    pub(super) outbox: Outbox,
}

struct Wake {
    asleep: AtomicBool,
    thread: Mutex<Option<Thread>>,
}

impl Slot {
    fn new(started: Instant, watchdog: Arc<Wake>) -> Self {
        Self {
            running: Mutex::new(None),
            since_ms: AtomicU64::new(0),
            function: AtomicU64::new(0),
            started,
            watchdog,
            stalled: Notify::new(),
            clock: OnceLock::new(),
            asked_ns: AtomicU64::new(0),
            charged_ns: AtomicU64::new(0),
            lost: AtomicU8::new(0),
            isolates: AtomicUsize::new(0),
            outbox: Outbox::default(),
        }
    }

    /// Says that the calling thread is the slot's.
    ///
    /// `stand_back` lessens its claim to the processor.
    pub(super) fn claim(&self, stand_back: i32) {
        if let Some(clock) = clock::ThreadClock::of_this_thread() {
            clock.stand_back(stand_back);
            clock.wait_its_turn();
            let _ = self.clock.set(clock);
        }
    }

    /// Says that an isolate begins to run, and what it may take. The answer ends the slice when it is dropped.
    pub(super) fn arm(&self, handle: &IsolateHandle, kill: &Arc<Kill>, allowance: Allowance) -> Slice<'_> {
        let (since, function) = (Instant::now(), kill.function.key().hash());
        let (handle, kill) = (handle.clone(), Arc::clone(kill));
        *lock(&self.running) = Some(Running { since, allowance, cpu_since: None, ended: None, handle, kill });
        self.function.store(function, Ordering::Relaxed);
        self.begin(since);
        Slice { slot: self, since }
    }

    fn begin(&self, since: Instant) {
        // A process does not run for 500 million years.
        self.since_ms.store(since.duration_since(self.started).as_millis() as u64 + 1, Ordering::Release);
        if self.watchdog.asleep.swap(false, Ordering::AcqRel)
            && let Some(thread) = &*lock(&self.watchdog.thread)
        {
            thread.unpark();
        }
    }

    /// Says that an isolate is being taken apart, of whatever function: with a large heap that takes a while too, and those who wait
    /// behind it are told. The answer ends that when it is dropped.
    pub(super) fn take_apart(&self) -> TakingApart<'_> {
        self.function.store(0, Ordering::Relaxed);
        self.begin(Instant::now());
        TakingApart { slot: self }
    }

    /// How long the present slice has been running and for which function; zero if nothing runs.
    pub(super) fn busy(&self) -> (Duration, u64) {
        match self.since_ms.load(Ordering::Acquire) {
            0 => (Duration::ZERO, 0),
            since => {
                let now = self.started.elapsed().as_millis() as u64 + 1;
                (Duration::from_millis(now.saturating_sub(since)), self.function.load(Ordering::Relaxed))
            }
        }
    }

    /// Whether the thread was given up: it runs code that cannot be ended, or stopped for good.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire) != 0
    }

    /// Why the thread was given up, if that function is what it was given up for.
    pub(super) fn lost_to(&self, function: u64) -> Option<Reason> {
        Reason::from_mark(self.lost.load(Ordering::Acquire))
            .filter(|_| self.function.load(Ordering::Relaxed) == function)
    }

    /// Counts an isolate of the thread.
    pub(super) fn isolate_began(&self) {
        self.isolates.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("portico_isolates").increment(1);
    }

    /// Counts it no more.
    pub(super) fn isolate_ended(&self) {
        let less = |count: usize| count.checked_sub(1);
        // A thread that was given up and came back all the same has been counted off already.
        if self.isolates.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            metrics::gauge!("portico_isolates").decrement(1);
        }
    }

    /// Marks the thread as given up; answers whether it was not before.
    fn give_up(&self, reason: Reason) -> bool {
        let first = self.lost.compare_exchange(0, reason.mark(), Ordering::AcqRel, Ordering::Acquire).is_ok();
        if first {
            metrics::gauge!("portico_isolates").decrement(self.isolates.swap(0, Ordering::Relaxed) as f64);
        }
        first
    }

    /// Ends when the thread is given up.
    pub(super) async fn lost(&self) {
        loop {
            let mut notified = std::pin::pin!(self.stalled.notified());
            notified.as_mut().enable();
            if self.is_lost() {
                return;
            }
            notified.await;
        }
    }

    /// Gives the calling thread up: it will not come back from where it is.
    pub(super) fn give_up_here(&self, reason: Reason) {
        if let Some(running) = lock(&self.running).take() {
            running.kill.set(reason);
            running.kill.costs_a_thread(reason);
        }
        self.give_up(reason);
        self.since_ms.store(0, Ordering::Release);
        self.stalled.notify_waiters();
    }

    /// Ends when the watchdog sees that the thread is held up.
    pub(super) async fn stalled(&self) {
        self.stalled.notified().await;
    }

    /// Terminates the running isolate if it is over its limits. Answers whether anything runs.
    fn check(&self, now: Instant) -> bool {
        self.outbox.tell();
        // Held while terminating, so that the slice cannot end and another begin in between.
        let mut running = lock(&self.running);
        let Some(running) = &mut *running else {
            let (busy, _) = self.busy();
            if self.is_lost() || busy >= STALL {
                self.stalled.notify_waiters();
            }
            return !busy.is_zero();
        };
        let wall = now.saturating_duration_since(running.since);
        if let Some(reason) = self.excess(running, wall) {
            running.kill.set(reason);
            running.handle.terminate_execution();
        }
        if let Some(reason) = running.kill.reason()
            && self.does_not_end(running, now)
            && self.give_up(reason)
        {
            running.kill.costs_a_thread(reason);
            // What cannot be ended can at least stand back.
            if let Some(clock) = self.clock.get() {
                clock.stand_back(19);
            }
        }
        if wall >= STALL {
            self.stalled.notify_waiters();
        }
        true
    }

    /// Whether code goes on for long although it was terminated. Of a thread that does not get the processor this takes longer to say.
    fn does_not_end(&self, running: &mut Running, now: Instant) -> bool {
        let cpu = self.clock.get().and_then(clock::ThreadClock::now);
        let (since, cpu_since) = *running.ended.get_or_insert((now, cpu.unwrap_or_default()));
        let wall = now.saturating_duration_since(since);
        let worked = cpu.map_or(wall, |cpu| cpu.saturating_sub(cpu_since));
        wall >= ABANDON && (worked >= ABANDON / 2 || wall >= ABANDON * 4)
    }

    fn excess(&self, running: &mut Running, wall: Duration) -> Option<Reason> {
        if wall >= running.allowance.wall {
            return Some(Reason::Timeout);
        }
        let cpu = self.clock.get().and_then(clock::ThreadClock::now)?;
        // What passed before the first look is at most a few ticks, and counted as if it had all been on the processor.
        let since = *running.cpu_since.get_or_insert_with(|| cpu.saturating_sub(wall));
        (cpu.saturating_sub(since) >= running.allowance.cpu).then_some(Reason::Cpu)
    }

    /// The processor time of a slice that took `wall`.
    fn charge(&self, wall: Duration) -> Duration {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if wall >= SHORT
            && let Some(now) = self.clock.get().and_then(clock::ThreadClock::now)
        {
            let now = nanos(now);
            let passed = now.saturating_sub(self.asked_ns.swap(now, Ordering::Relaxed));
            let charged = self.charged_ns.swap(0, Ordering::Relaxed);
            return Duration::from_nanos(passed.saturating_sub(charged)).min(wall);
        }
        self.charged_ns.fetch_add(nanos(wall), Ordering::Relaxed);
        wall
    }
}

/// A stretch of running JavaScript.
pub(super) struct Slice<'a> {
    slot: &'a Slot,
    since: Instant,
}

impl Slice<'_> {
    /// Ends the slice and says what it took of the processor.
    pub(super) fn end(self) -> Duration {
        self.slot.charge(self.since.elapsed())
    }
}

impl Drop for Slice<'_> {
    fn drop(&mut self) {
        self.slot.since_ms.store(0, Ordering::Release);
        *lock(&self.slot.running) = None;
        self.slot.outbox.tell();
    }
}

/// A stretch of taking an isolate apart.
pub(super) struct TakingApart<'a> {
    slot: &'a Slot,
}

impl Drop for TakingApart<'_> {
    fn drop(&mut self) {
        self.slot.since_ms.store(0, Ordering::Release);
    }
}

/// Watches the slots of all JS threads. Its thread ends when it is dropped.
pub(super) struct Watchdog {
    started: Instant,
    wake: Arc<Wake>,
    slots: Arc<Mutex<Vec<Weak<Slot>>>>,
}

impl Watchdog {
    /// Starts the thread that watches.
    pub(super) fn start() -> std::io::Result<Self> {
        let wake = Arc::new(Wake { asleep: AtomicBool::new(false), thread: Mutex::new(None) });
        let slots = Arc::new(Mutex::new(Vec::new()));
        let (watcher, watched) = (Arc::clone(&wake), Arc::downgrade(&slots));
        let thread = thread::Builder::new().name("js-watchdog".into()).spawn(move || {
            let mut idle = 0;
            loop {
                thread::park_timeout(TICK);
                let Some(slots) = watched.upgrade() else { return };
                let slots = living(&slots);
                let now = Instant::now();
                let running = slots.iter().filter(|slot| slot.check(now)).count();
                idle = if running == 0 { idle + 1 } else { 0 };
                if idle >= IDLE_TICKS {
                    watcher.asleep.store(true, Ordering::SeqCst);
                    // A slice may have begun just before: it did not see the flag, so look once more.
                    if slots.iter().all(|slot| slot.busy().0.is_zero() && lock(&slot.running).is_none()) {
                        drop(slots);
                        // Bounded, so that the end of the node is noticed.
                        thread::park_timeout(Duration::from_secs(10));
                    }
                    watcher.asleep.store(false, Ordering::SeqCst);
                    idle = 0;
                }
            }
        })?;
        *lock(&wake.thread) = Some(thread.thread().clone());
        Ok(Self { started: Instant::now(), wake, slots })
    }

    /// A slot for one more thread.
    pub(super) fn slot(&self) -> Arc<Slot> {
        let slot = Arc::new(Slot::new(self.started, Arc::clone(&self.wake)));
        lock(&self.slots).push(Arc::downgrade(&slot));
        slot
    }
}

/// The slots that are still in use; the others are forgotten.
fn living(slots: &Mutex<Vec<Weak<Slot>>>) -> Vec<Arc<Slot>> {
    let mut slots = lock(slots);
    let living: Vec<_> = slots.iter().filter_map(Weak::upgrade).collect();
    if living.len() < slots.len() {
        slots.retain(|slot| slot.strong_count() > 0);
    }
    living
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing that can panic happens under these locks; a poisoned one still holds a whole value.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_who_wait_behind_an_isolate_that_is_taken_apart_are_told() {
        let watchdog = Watchdog::start().unwrap();
        let slot = watchdog.slot();
        let taking_apart = slot.take_apart();
        tokio::time::timeout(Duration::from_secs(30), slot.stalled()).await.unwrap();
        assert!(slot.busy().0 >= STALL);
        drop(taking_apart);
        assert!(slot.busy().0.is_zero());
    }
}
