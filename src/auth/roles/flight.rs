//! Look-ups under way: requests of one user that come together wait for one.

use crate::error::Error;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What a look-up came to.
pub(super) type Outcome = Result<Option<Arc<str>>, Error>;

/// One look-up under way.
pub(super) struct Flight {
    /// When it began, by the clock of ages: what it finds is as old as that.
    pub(super) began_ms: u64,
    /// How often everything had been forgotten when it began.
    pub(super) epoch: u64,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Flight {
    pub(super) fn new(began_ms: u64, epoch: u64) -> (Arc<Self>, watch::Sender<Option<Outcome>>) {
        let (sender, outcome) = watch::channel(None);
        (Arc::new(Self { began_ms, epoch, outcome }), sender)
    }

    /// Waits for its end; nothing if it ended without an outcome.
    pub(super) async fn outcome(&self) -> Option<Outcome> {
        let mut outcome = self.outcome.clone();
        outcome.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// Those under way that a request may join, by user. One that is not here goes on for those who wait for it, and is not remembered.
#[derive(Default)]
pub(super) struct Flights {
    by_user: Mutex<HashMap<Arc<str>, Arc<Flight>>>,
}

/// The table, while nothing else may begin, end or be forgotten.
pub(super) type Held<'a> = MutexGuard<'a, HashMap<Arc<str>, Arc<Flight>>>;

impl Flights {
    pub(super) fn hold(&self) -> Held<'_> {
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a flight out, if it is still the one to join. Answers the table if so.
    pub(super) fn land(&self, user: &str, flight: &Arc<Flight>) -> Option<Held<'_>> {
        let mut held = self.hold();
        if !held.get(user).is_some_and(|current| Arc::ptr_eq(current, flight)) {
            return None;
        }
        held.remove(user);
        Some(held)
    }
}
