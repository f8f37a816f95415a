//! The memory of all isolates of the process, and how much it may be.
//!
//! Each isolate says what it holds; when all of them hold too much, those that have nothing to do end, the longest unused first.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// What the isolates of the process hold.
pub(super) struct Footprint {
    bytes: AtomicUsize,
    bytes_max: usize,
    grown: Notify,
}

impl Footprint {
    /// Isolates may hold `bytes_max`; 0 stands for half of what the process may have.
    pub(super) fn new(bytes_max: usize) -> Self {
        let bytes_max = if bytes_max == 0 { available_bytes() / 2 } else { bytes_max };
        Self { bytes: AtomicUsize::new(0), bytes_max, grown: Notify::new() }
    }

    /// An isolate that held `before` holds `now`.
    pub(super) fn change(&self, before: usize, now: usize) {
        self.bytes.fetch_add(now, Ordering::Relaxed);
        let all = self.bytes.fetch_sub(before, Ordering::Relaxed).saturating_sub(before);
        metrics::gauge!("portico_isolates_memory_bytes").set(all as f64);
        if now > before && all > self.bytes_max {
            self.grown.notify_waiters();
        }
    }

    /// Whether isolates that have nothing to do should end.
    pub(super) fn is_too_much(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.bytes_max
    }

    /// Ends when it has become too much.
    pub(super) async fn became_too_much(&self) {
        self.grown.notified().await;
    }
}

/// The memory of the machine, or what the process's control group may have of it.
fn available_bytes() -> usize {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of(&text));
    let group = std::fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| limit_of_groups(&text));
    let known = [machine, group].into_iter().flatten().min();
    // A machine that does not say is taken for one that has no limit.
    known.unwrap_or(usize::MAX)
}

fn total_of(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<usize>().ok()?.checked_mul(1024)
}

/// The smallest limit of the process's group and the groups around it (control groups, version 2).
fn limit_of_groups(cgroup: &str) -> Option<usize> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let groups = Path::new("/sys/fs/cgroup");
    let limit = |group: &Path| {
        let text = std::fs::read_to_string(groups.join(group).join("memory.max")).ok()?;
        text.trim().parse::<usize>().ok()
    };
    Path::new(path).ancestors().filter_map(limit).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_follows_its_parts() {
        let footprint = Footprint::new(100);
        footprint.change(0, 60);
        footprint.change(0, 40);
        assert!(!footprint.is_too_much());
        footprint.change(40, 41);
        assert!(footprint.is_too_much());
        footprint.change(60, 0);
        assert!(!footprint.is_too_much());
        assert_eq!(footprint.bytes.load(Ordering::Relaxed), 41);
    }

    #[tokio::test]
    async fn who_waits_is_told_of_too_much() {
        let footprint = Footprint::new(100);
        let mut told = std::pin::pin!(footprint.became_too_much());
        assert!(futures::poll!(&mut told).is_pending());
        footprint.change(0, 100);
        assert!(futures::poll!(&mut told).is_pending());
        footprint.change(0, 1);
        told.await;
    }

    #[test]
    fn the_machine_says_what_it_has() {
        assert_eq!(total_of("MemFree: 5 kB\nMemTotal:   24000 kB\nX: 1\n"), Some(24_576_000));
        assert_eq!(total_of(""), None);
        assert_eq!(limit_of_groups("12:memory:/x\n"), None);
        assert!(available_bytes() > 1 << 28);
    }
}
