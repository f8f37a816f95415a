//! Ends code that does not end by itself.
//!
//! JavaScript cannot be interrupted from its own thread. Each JS thread has a [`Slot`] that says which isolate it is running and until when
//! it may; one thread for the whole process looks at all slots and terminates what is over its time. An isolate that was
//! terminated is never used again (design decision 5): [`Kill`] is the mark that tells its owner.

use deno_core::v8::IsolateHandle;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How often running code is looked at, and so how late a termination may be.
const TICK: Duration = Duration::from_millis(10);

/// Ticks without any running code after which the watchdog sleeps until it is woken.
const IDLE_TICKS: u32 = 100;

/// Why an isolate was terminated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It ran longer than the function may.
    Timeout,
    /// Its heap reached the limit.
    Memory,
}

/// The mark of a terminated isolate.
#[derive(Debug, Default)]
pub(super) struct Kill(AtomicU8);

impl Kill {
    /// Sets the mark, unless another reason was there first.
    pub(super) fn set(&self, reason: Reason) {
        let _ = self.0.compare_exchange(0, reason as u8 + 1, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The reason, if the isolate was terminated.
    pub(super) fn reason(&self) -> Option<Reason> {
        match self.0.load(Ordering::Acquire) {
            0 => None,
            1 => Some(Reason::Timeout),
            _ => Some(Reason::Memory),
        }
    }
}

struct Running {
    deadline: Instant,
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
}

struct Wake {
    asleep: AtomicBool,
    thread: Mutex<Option<Thread>>,
}

impl Slot {
    /// Says that an isolate begins to run and may do so for `limit`. The answer ends the slice when it is dropped.
    pub(super) fn arm(&self, function: u64, handle: &IsolateHandle, kill: &Arc<Kill>, limit: Duration) -> Slice<'_> {
        let now = Instant::now();
        *lock(&self.running) = Some(Running { deadline: now + limit, handle: handle.clone(), kill: Arc::clone(kill) });
        self.function.store(function, Ordering::Relaxed);
        // A process does not run for 500 million years.
        self.since_ms.store(now.duration_since(self.started).as_millis() as u64 + 1, Ordering::Release);
        if self.watchdog.asleep.swap(false, Ordering::AcqRel)
            && let Some(thread) = &*lock(&self.watchdog.thread)
        {
            thread.unpark();
        }
        Slice(self)
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

    /// Terminates the running isolate if its time is over. Answers whether anything runs.
    fn check(&self, now: Instant) -> bool {
        // Held while terminating, so that the slice cannot end and another begin in between.
        let running = lock(&self.running);
        let Some(running) = &*running else { return false };
        if now >= running.deadline {
            running.kill.set(Reason::Timeout);
            running.handle.terminate_execution();
        }
        true
    }
}

/// A stretch of running JavaScript.
pub(super) struct Slice<'a>(&'a Slot);

impl Drop for Slice<'_> {
    fn drop(&mut self) {
        self.0.since_ms.store(0, Ordering::Release);
        *lock(&self.0.running) = None;
    }
}

/// Makes the slots of all JS threads and starts the thread that watches them. It ends when all slots are dropped.
pub(super) fn start(threads: usize) -> std::io::Result<Vec<Arc<Slot>>> {
    let started = Instant::now();
    let wake = Arc::new(Wake { asleep: AtomicBool::new(false), thread: Mutex::new(None) });
    let slots: Vec<Arc<Slot>> = (0..threads)
        .map(|_| {
            Arc::new(Slot {
                running: Mutex::new(None),
                since_ms: AtomicU64::new(0),
                function: AtomicU64::new(0),
                started,
                watchdog: Arc::clone(&wake),
            })
        })
        .collect();
    let watched: Vec<_> = slots.iter().map(Arc::downgrade).collect();
    let watcher = Arc::clone(&wake);
    let thread = thread::Builder::new().name("js-watchdog".into()).spawn(move || {
        let mut idle = 0;
        loop {
            thread::park_timeout(TICK);
            let now = Instant::now();
            let slots: Vec<_> = watched.iter().filter_map(std::sync::Weak::upgrade).collect();
            if slots.is_empty() {
                return;
            }
            let running = slots.iter().filter(|slot| slot.check(now)).count();
            idle = if running == 0 { idle + 1 } else { 0 };
            if idle >= IDLE_TICKS {
                watcher.asleep.store(true, Ordering::SeqCst);
                // A slice may have begun just before: it did not see the flag, so look once more.
                if slots.iter().all(|slot| slot.busy().0.is_zero() && lock(&slot.running).is_none()) {
                    drop(slots);
                    // Bounded, so that the end of all slots is noticed.
                    thread::park_timeout(Duration::from_secs(10));
                }
                watcher.asleep.store(false, Ordering::SeqCst);
                idle = 0;
            }
        }
    })?;
    *lock(&wake.thread) = Some(thread.thread().clone());
    Ok(slots)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing that can panic happens under these locks; a poisoned one still holds a whole value.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
