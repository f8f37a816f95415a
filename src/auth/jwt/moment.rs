//! A moment on both of a machine's clocks.

use crate::auth::clock::Clock;
use std::time::Duration;

/// When something was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// By the calendar: seconds since 1970. Tokens live by it, as their issuer wrote its time into them; it may jump.
    pub seconds: u64,
    /// By the clock that only goes forward, in milliseconds.
    steady_ms: u64,
}

impl Moment {
    /// Now.
    pub(super) fn of(clock: &Clock) -> Self {
        Self { seconds: clock.unix_seconds(), steady_ms: clock.now_ms() }
    }

    /// The time since `earlier`, by whichever clock says more: neither of them being wrong may keep keys good for longer.
    pub(super) fn age_of(self, earlier: Self) -> Duration {
        let calendar = Duration::from_secs(self.seconds.saturating_sub(earlier.seconds));
        calendar.max(self.since(earlier))
    }

    /// The time that really passed since `earlier`.
    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.steady_ms.saturating_sub(earlier.steady_ms))
    }
}
