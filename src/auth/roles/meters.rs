//! What is counted of roles. No user is a label of anything.

use metrics::{Counter, Histogram, counter, histogram};

/// Ages are recorded of one hit in so many: a histogram keeps each until it is collected.
const AGES_ONE_IN: u32 = 16;

/// Handles that are found once, because a hit takes less time than finding one.
pub(super) struct Meters {
    hits: Counter,
    misses: Counter,
    bypasses: Counter,
    waits: Counter,
    ages: Histogram,
    durations: Histogram,
}

impl Meters {
    pub(super) fn new() -> Self {
        let asked = |outcome: &'static str| counter!("portico_role_cache_total", "outcome" => outcome);
        Self {
            hits: asked("hit"),
            misses: asked("miss"),
            bypasses: asked("bypass"),
            waits: asked("wait"),
            ages: histogram!("portico_role_age_seconds"),
            durations: histogram!("portico_role_lookup_seconds"),
        }
    }

    pub(super) fn hit(&self, age_ms: u64) {
        self.hits.increment(1);
        if fastrand::u32(..AGES_ONE_IN) == 0 {
            self.ages.record(seconds(age_ms));
        }
    }

    pub(super) fn miss(&self) {
        self.misses.increment(1);
    }

    pub(super) fn bypass(&self) {
        self.bypasses.increment(1);
    }

    pub(super) fn wait(&self) {
        self.waits.increment(1);
    }

    pub(super) fn looked_up(&self, result: &'static str, took_ms: u64) {
        counter!("portico_role_lookups_total", "result" => result).increment(1);
        self.durations.record(seconds(took_ms));
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 thousand years")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
