//! The clocks: one for ages, one for the time of day. Both are read here, so that tests can set them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells ages, which do not depend on the time of day and go on while the machine is suspended, and the time of day.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    Machine,
    /// One that a test moves, in milliseconds.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// Milliseconds since some moment that stays the same while the machine runs.
    ///
    /// `Instant` is CLOCK_MONOTONIC on Linux, which stands still in suspend: a laptop that sleeps for a night would wake with roles of
    /// the evening. CLOCK_BOOTTIME does not (clock_gettime(2)).
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::Machine => machine_ms(),
            Self::Manual(now) => now.load(Relaxed),
        }
    }

    /// Seconds since 1970.
    pub fn unix_seconds(&self) -> u64 {
        match self {
            Self::Machine => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()),
            Self::Manual(now) => now.load(Relaxed) / 1_000,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn machine_ms() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn machine_ms() -> u64 {
    // macOS: CLOCK_MONOTONIC counts in suspend there (clock_gettime(3)).
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
}
