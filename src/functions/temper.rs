//! How a function has behaved lately, and so which threads it runs on.
//!
//! A thread runs one slice at a time. Functions whose slices are long are kept away from those whose slices are short, and functions that
//! had to be ended away from both: so a neighbour meets each of them once.

use crate::limits;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A group of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// For functions that answer quickly: where each begins.
    Quick,
    /// For functions that hold a thread for long at a time.
    Slow,
    /// For functions that were ended because they broke a limit, and for loading what has never run.
    Suspect,
}

impl Lane {
    /// All lanes, in the order that they are numbered and that a function may fall back to others.
    pub(super) const ALL: [Self; 3] = [Self::Quick, Self::Slow, Self::Suspect];

    /// Isolates without a function that each of its threads keeps at hand: most functions begin in the first lane, and stay there.
    pub(super) const fn spares(self) -> usize {
        match self {
            Self::Quick => limits::SPARE_ISOLATES,
            Self::Slow | Self::Suspect => 0,
        }
    }

    /// How far its threads stand back when there are not enough processors for all.
    pub(super) const fn stands_back(self) -> i32 {
        match self {
            Self::Quick => 0,
            Self::Slow => 2,
            Self::Suspect => 10,
        }
    }
}

/// The marks of a function. Each fades.
#[derive(Debug, Default)]
pub(super) struct Temper {
    slow_until_ms: AtomicU64,
    suspect_until_ms: AtomicU64,
    unstoppable_until_ms: AtomicU64,
}

impl Temper {
    /// Notes a slice that held its thread for long.
    pub(super) fn was_slow(&self) {
        self.slow_until_ms.store(later(limits::FUNCTION_SLOW_SECONDS), Ordering::Relaxed);
    }

    /// Notes that an isolate had to be ended.
    pub(super) fn was_ended(&self) {
        self.suspect_until_ms.store(later(limits::FUNCTION_SUSPECT_SECONDS), Ordering::Relaxed);
    }

    /// Notes that it cost a thread: what it ran could not be ended.
    pub(super) fn was_unstoppable(&self) {
        self.was_ended();
        self.unstoppable_until_ms.store(later(limits::FUNCTION_SUSPECT_SECONDS), Ordering::Relaxed);
    }

    /// Whether it is not run at all for a while.
    pub(super) fn is_shut_out(&self) -> bool {
        let until = self.unstoppable_until_ms.load(Ordering::Relaxed);
        until != 0 && until > now_ms()
    }

    /// Where it belongs now.
    pub(super) fn lane(&self) -> Lane {
        let (slow, suspect) =
            (self.slow_until_ms.load(Ordering::Relaxed), self.suspect_until_ms.load(Ordering::Relaxed));
        // Most functions have never had a mark, and the clock need not be asked.
        if slow == 0 && suspect == 0 {
            return Lane::Quick;
        }
        let now = now_ms();
        if suspect > now {
            Lane::Suspect
        } else if slow > now {
            Lane::Slow
        } else {
            Lane::Quick
        }
    }
}

fn now_ms() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX) + 1
}

fn later(seconds: u64) -> u64 {
    let ahead = Duration::from_secs(seconds).as_millis();
    now_ms().saturating_add(u64::try_from(ahead).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_mark_decides() {
        let temper = Temper::default();
        assert_eq!(temper.lane(), Lane::Quick);
        temper.was_slow();
        assert_eq!(temper.lane(), Lane::Slow);
        temper.was_ended();
        assert_eq!(temper.lane(), Lane::Suspect);
        temper.suspect_until_ms.store(1, Ordering::Relaxed);
        assert_eq!(temper.lane(), Lane::Slow);
        temper.slow_until_ms.store(1, Ordering::Relaxed);
        now_ms();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(temper.lane(), Lane::Quick);
    }
}
