//! Keeps the keys of one issuer at hand: reads them before they are needed, again and again, and once more for a key that is not known.
//!
//! Whoever sends tokens must not decide how often we ask the issuer. One reading serves all who wait for it, and after each there is
//! none for a while, whatever keys are named. A source that fails changes nothing: the keys that were read last go on being
//! good up to a hard age, and then none are, because by then they may have been revoked long ago.

use super::fetch::{self, Answer, Stamp};
use super::key_set::KeySet;
use super::meter;
use super::moment::Moment;
use super::source::Source;
use crate::auth::clock::Clock;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// When keys are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    /// Time between two readings.
    pub refresh: Duration,
    /// Shortest time between two readings, whatever asks for them.
    pub pause_min: Duration,
    /// Age after which keys are not good any more.
    pub age_max: Duration,
}

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Of which project's which issuer.
    pub name: Name,
    /// `None`: the operator wrote the keys down, and they stay.
    source: Option<Source>,
    timing: Timing,
    clock: Clock,
    held: ArcSwapOption<Held>,
    reading: Mutex<Reading>,
    /// Says that a reading ended.
    ended: watch::Sender<()>,
}

/// Whose keys they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub project: String,
    pub issuer: String,
}

#[derive(Debug)]
struct Held {
    set: Arc<KeySet>,
    at: Moment,
    stamp: Option<Stamp>,
}

#[derive(Debug, Default)]
struct Reading {
    under_way: bool,
    began: Option<Moment>,
    failures: u32,
    repeats: bool,
}

impl Keeper {
    /// Keeps keys that are written down.
    pub(super) fn fixed(name: Name, set: KeySet, timing: Timing, clock: Clock) -> Arc<Self> {
        let held = Held { set: Arc::new(set), at: Moment::of(&clock), stamp: None };
        Arc::new(Self::new(name, None, timing, clock, Some(Arc::new(held))))
    }

    /// Keeps the keys of a source, and begins to read them if there is a runtime to do it on; otherwise they are read when asked for.
    pub(super) fn of_source(name: Name, source: Source, timing: Timing, clock: Clock) -> Arc<Self> {
        let keeper = Arc::new(Self::new(name, Some(source), timing, clock, None));
        if Handle::try_current().is_ok() {
            keeper.read();
        }
        keeper
    }

    fn new(name: Name, source: Option<Source>, timing: Timing, clock: Clock, held: Option<Arc<Held>>) -> Self {
        let (reading, ended) = (Mutex::default(), watch::Sender::new(()));
        Self { name, source, timing, clock, held: ArcSwapOption::new(held), reading, ended }
    }

    /// Whether it keeps what a new one would.
    pub(super) fn serves(&self, name: &Name, source: &Source, timing: Timing) -> bool {
        self.name == *name && self.source.as_ref() == Some(source) && self.timing == timing
    }

    /// The keys that are good now.
    pub(super) fn at_hand(&self, now: Moment) -> Option<Arc<KeySet>> {
        let held = self.held.load();
        held.as_ref().filter(|held| self.is_young(held, now)).map(|held| Arc::clone(&held.set))
    }

    /// Whether `set` is what [`at_hand`](Self::at_hand) would answer.
    pub(super) fn still_holds(&self, set: &Arc<KeySet>, now: Moment) -> bool {
        self.held.load().as_ref().is_some_and(|held| Arc::ptr_eq(&held.set, set) && self.is_young(held, now))
    }

    /// Whether a reading is under way or may begin, so that waiting for one makes sense.
    pub(super) fn may_read(&self, now: Moment) -> bool {
        self.source.is_some() && self.reading().allows(now, self.timing)
    }

    /// Begins a reading, if none is under way and the last one is long enough ago. What is returned says when it ended; `None`: there
    /// is nothing to wait for. The reading goes on when nobody waits any more.
    pub(super) fn read(self: &Arc<Self>) -> Option<watch::Receiver<()>> {
        let source = self.source.clone()?;
        let now = Moment::of(&self.clock);
        let mut reading = self.reading();
        if !reading.allows(now, self.timing) {
            return None;
        }
        let ended = self.ended.subscribe();
        if !reading.under_way {
            reading.under_way = true;
            reading.began = Some(now);
            tokio::spawn(UnderWay(Arc::clone(self)).run(source));
        }
        if !reading.repeats {
            reading.repeats = true;
            tokio::spawn(repeat(Arc::downgrade(self)));
        }
        Some(ended)
    }

    fn is_young(&self, held: &Held, now: Moment) -> bool {
        self.source.is_none() || now.age_of(held.at) <= self.timing.age_max
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn renew(&self, source: &Source) -> Result<&'static str, String> {
        let before = self.held.load_full();
        // Before the source is asked: what it answers may be older than the answer's arrival, never younger than the question.
        let at = Moment::of(&self.clock);
        let (set, stamp, result) = match fetch::read(source, before.as_ref().and_then(|held| held.stamp)).await? {
            Answer::Bytes(bytes, stamp) => {
                let read = KeySet::read(&bytes)?;
                for (place, why) in read.dangerous {
                    tracing::warn!(
                        project = self.name.project,
                        issuer = self.name.issuer,
                        place,
                        why,
                        "a key of the issuer is not used"
                    );
                }
                (read.set, stamp, "read")
            }
            Answer::Unchanged => {
                let before = before.ok_or("it was never read")?;
                self.held.store(Some(Arc::new(Held { set: Arc::clone(&before.set), at, stamp: before.stamp })));
                return Ok("unchanged");
            }
        };
        // The same keys stay the same object, by which verdicts that were reached with them know that they still count.
        let set = match before {
            Some(before) if before.set.same(&set) => Arc::clone(&before.set),
            _ => {
                tracing::info!(
                    project = self.name.project,
                    issuer = self.name.issuer,
                    keys = set.len(),
                    "the issuer has new keys"
                );
                Arc::new(set)
            }
        };
        self.held.store(Some(Arc::new(Held { set, at, stamp })));
        Ok(result)
    }
}

impl Reading {
    fn allows(&self, now: Moment, timing: Timing) -> bool {
        self.under_way || self.began.is_none_or(|began| now.since(began) >= timing.pause_min)
    }
}

/// A reading that is under way, and is over when this is dropped, however it ends.
struct UnderWay(Arc<Keeper>);

impl UnderWay {
    async fn run(self, source: Source) {
        let keeper = &self.0;
        match keeper.renew(&source).await {
            Ok(result) => {
                meter::keys_read(&keeper.name, result, keeper.clock.unix_seconds());
                keeper.reading().failures = 0;
            }
            Err(cause) => {
                meter::keys_not_read();
                let Name { project, issuer } = &keeper.name;
                tracing::warn!(project, issuer, cause, "the issuer's keys cannot be read");
                let mut reading = keeper.reading();
                reading.failures = reading.failures.saturating_add(1);
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.reading().under_way = false;
        self.0.ended.send_replace(());
    }
}

/// Reads for as long as someone keeps the keeper; after a failure sooner, and then less and less often.
async fn repeat(keeper: Weak<Keeper>) {
    loop {
        let Some(pause) = keeper.upgrade().map(|keeper| keeper.next_pause()) else { return };
        tokio::time::sleep(pause).await;
        let Some(ended) = keeper.upgrade().map(|keeper| keeper.read()) else { return };
        if let Some(mut ended) = ended {
            // An error says that the keeper is gone, which the next turn sees.
            let _ = ended.changed().await;
        }
    }
}

impl Keeper {
    fn next_pause(&self) -> Duration {
        let failures = self.reading().failures;
        let pause = match failures {
            0 => self.timing.refresh,
            _ => self.timing.pause_min.saturating_mul(1 << failures.min(16)).min(self.timing.refresh),
        };
        // Nodes that were started together do not ask together.
        pause.mul_f64(0.9 + 0.1 * fastrand::f64()).max(Duration::from_millis(10))
    }
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
