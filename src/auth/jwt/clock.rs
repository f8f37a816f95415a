//! The one place where tokens and their keys learn what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock of a verifier: the machine's, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    set: Option<Arc<SetClock>>,
}

#[derive(Debug)]
struct SetClock {
    began: Instant,
    seconds: AtomicU64,
    passed: AtomicU64,
}

/// A moment on both of a machine's clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The calendar's: seconds since 1970. May jump.
    pub seconds: u64,
    /// The one that only goes forward, and stands still while the machine sleeps.
    pub steady: Instant,
}

impl Clock {
    /// A clock that stands at `seconds` since 1970 until it is moved.
    pub fn at(seconds: u64) -> Self {
        let set = SetClock { began: Instant::now(), seconds: AtomicU64::new(seconds), passed: AtomicU64::new(0) };
        Self { set: Some(Arc::new(set)) }
    }

    /// Moves a clock that was set; the machine's own stays what it is.
    pub fn advance(&self, seconds: u64) {
        if let Some(set) = &self.set {
            set.seconds.fetch_add(seconds, Ordering::SeqCst);
            set.passed.fetch_add(seconds, Ordering::SeqCst);
        }
    }

    /// Seconds since 1970. Tokens live by the calendar: their issuer wrote its time into them.
    pub(super) fn seconds(&self) -> u64 {
        match &self.set {
            Some(set) => set.seconds.load(Ordering::SeqCst),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    /// Now, on both clocks.
    pub(super) fn moment(&self) -> Moment {
        let steady = match &self.set {
            Some(set) => set.began + Duration::from_secs(set.passed.load(Ordering::SeqCst)),
            None => Instant::now(),
        };
        Moment { seconds: self.seconds(), steady }
    }
}

impl Moment {
    /// The time since `earlier`, by whichever clock says more: the calendar may be set back and the other sleeps with the machine, and
    /// a key must not stay good for either.
    pub(super) fn since(self, earlier: Self) -> Duration {
        let calendar = Duration::from_secs(self.seconds.saturating_sub(earlier.seconds));
        calendar.max(self.steady.saturating_duration_since(earlier.steady))
    }
}
