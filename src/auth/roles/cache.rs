//! What a live release's gates ask: roles that are remembered, and look-ups that are shared.
//!
//! An entry is as old as the look-up that found it is long ago *begun*, so the row was as told at least until then. It is good for a
//! gate while it is younger than that gate's time; each entry's share of that time is a little smaller than the whole, by chance.
//! "No role" is remembered too; failures are not. A change that is told of while a look-up is under way parts the two: its answer goes to those
//! who wait already and is not kept, and whoever comes later begins a new one.

use super::flight::{Flight, Flights, Outcome};
use super::meters::Meters;
use super::{LookUpError, RoleSource};
use crate::auth::clock::Clock;
use crate::auth::database::{RoleColumns, RoleWatcher};
use crate::error::{Code, Error};
use crate::limits;
use moka::sync::Cache;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The roles of one live release's users.
pub struct Roles {
    source: Arc<dyn RoleSource>,
    columns: RoleColumns,
    entries: Cache<Arc<str>, Entry>,
    flights: Flights,
    /// How often everything was forgotten. An entry of before is as if it were not there.
    epoch: AtomicU64,
    clock: Clock,
    meters: Meters,
    /// For the look-ups, which go on when who began them is gone.
    me: Weak<Self>,
}

#[derive(Clone)]
struct Entry {
    role: Option<Arc<str>>,
    asked_ms: u64,
    epoch: u64,
    /// Parts of 256 by which its time is shorter.
    jitter: u64,
}

impl Entry {
    fn age_ms(&self, clock: &Clock) -> u64 {
        clock.now_ms().saturating_sub(self.asked_ms)
    }

    fn is_good(&self, age_ms: u64, ttl: Duration) -> bool {
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        age_ms < ttl_ms.saturating_sub(ttl_ms / 256 * self.jitter)
    }
}

impl Roles {
    /// Nothing remembered yet. `users_max` bounds how many users are.
    pub fn new(source: Arc<dyn RoleSource>, columns: RoleColumns, users_max: u64) -> Arc<Self> {
        Self::with_clock(source, columns, users_max, Clock::Machine)
    }

    /// The same with another clock.
    pub fn with_clock(source: Arc<dyn RoleSource>, columns: RoleColumns, users_max: u64, clock: Clock) -> Arc<Self> {
        let roles = Arc::new_cyclic(|me| Self {
            columns,
            // Gates look at the age themselves; this only gives back the memory.
            entries: Cache::builder()
                .max_capacity(users_max)
                .time_to_live(Duration::from_secs(limits::ROLE_TTL_SECONDS_MAX))
                .build(),
            flights: Flights::default(),
            epoch: AtomicU64::new(0),
            clock,
            meters: Meters::new(),
            me: Weak::clone(me),
            source,
        });
        let watcher: Arc<dyn RoleWatcher> = Arc::clone(&roles) as _;
        roles.source.watch(Arc::downgrade(&watcher));
        roles
    }

    /// The table and columns.
    pub fn columns(&self) -> &RoleColumns {
        &self.columns
    }

    /// The role of a user if it is remembered and younger than `ttl`; waits for nothing. The inner `None` is a user without a role.
    pub fn cached(&self, user: &str, ttl: Duration) -> Option<Option<Arc<str>>> {
        if ttl.is_zero() {
            return None;
        }
        let (role, age_ms) = self.remembered(user, ttl)?;
        self.meters.hit(age_ms);
        Some(role)
    }

    /// The role of a user: remembered, from a look-up that is under way, or from a new one. With a `ttl` of 0, always from one of its own.
    ///
    /// A look-up goes on when the request that began it is gone.
    ///
    /// # Errors
    ///
    /// `ROLE_LOOKUP_UNAVAILABLE`: nobody may pass.
    pub async fn look_up(&self, user: &str, ttl: Duration) -> Outcome {
        let flight = if ttl.is_zero() {
            self.meters.bypass();
            self.begin(user.into(), self.clock.now_ms())
        } else {
            match self.join(user, ttl) {
                Ok(role) => return Ok(role),
                Err(flight) => flight,
            }
        };
        flight.outcome().await.unwrap_or_else(|| Err(unavailable("the look-up ended without an answer")))
    }

    /// Forgets the role of a user, or of everyone: the next request looks it up.
    pub fn forget(&self, user: Option<&str>) {
        let mut held = self.flights.hold();
        match user {
            Some(user) => {
                held.remove(user);
                self.entries.invalidate(user);
            }
            None => {
                self.epoch.fetch_add(1, Ordering::AcqRel);
                held.clear();
                self.entries.invalidate_all();
            }
        }
    }

    fn remembered(&self, user: &str, ttl: Duration) -> Option<(Option<Arc<str>>, u64)> {
        let entry = self.entries.get(user)?;
        let age_ms = entry.age_ms(&self.clock);
        let good = entry.epoch == self.epoch.load(Ordering::Acquire) && entry.is_good(age_ms, ttl);
        good.then_some((entry.role, age_ms))
    }

    /// The look-up to wait for, or the role if it is remembered by now.
    fn join(&self, user: &str, ttl: Duration) -> Result<Option<Arc<str>>, Arc<Flight>> {
        let mut held = self.flights.hold();
        // Once more, now that none can end: otherwise the one that just did would be asked again.
        if let Some((role, age_ms)) = self.remembered(user, ttl) {
            self.meters.hit(age_ms);
            return Ok(role);
        }
        let now_ms = self.clock.now_ms();
        if let Some(flight) = held.get(user)
            && Duration::from_millis(now_ms.saturating_sub(flight.began_ms)) < ttl
        {
            self.meters.wait();
            return Err(Arc::clone(flight));
        }
        self.meters.miss();
        let user: Arc<str> = user.into();
        let flight = self.begin(Arc::clone(&user), now_ms);
        held.insert(user, Arc::clone(&flight));
        Err(flight)
    }

    /// Begins a look-up. It is remembered if it is among the flights when it ends.
    fn begin(&self, user: Arc<str>, now_ms: u64) -> Arc<Flight> {
        let (flight, outcome) = Flight::new(now_ms, self.epoch.load(Ordering::Acquire));
        if let Some(roles) = self.me.upgrade() {
            let landing = Landing { roles, user, flight: Arc::clone(&flight) };
            tokio::spawn(async move {
                let (found, keep) = landing.roles.ask(&landing.user).await;
                landing.finish(&found, keep);
                // Only now: who is told must find it remembered.
                let _ = outcome.send(Some(found));
            });
        }
        flight
    }

    /// Asks the source. Also answers whether that may be remembered.
    async fn ask(&self, user: &str) -> (Outcome, bool) {
        let began_ms = self.clock.now_ms();
        let found = self.source.role(&self.columns, user).await;
        let result = match &found {
            Ok(answer) if answer.role.is_some() => "role",
            Ok(_) => "none",
            Err(error) => error.reason,
        };
        self.meters.looked_up(result, self.clock.now_ms().saturating_sub(began_ms));
        match found {
            Ok(answer) => (Ok(answer.role.map(Arc::from)), answer.keep),
            Err(LookUpError { cause, .. }) => (Err(unavailable(cause)), false),
        }
    }
}

impl RoleWatcher for Roles {
    fn forget(&self, user: Option<&str>) {
        Self::forget(self, user);
    }
}

fn unavailable(cause: impl std::fmt::Display) -> Error {
    Error::new(Code::RoleLookupUnavailable, "Roles cannot be looked up at the moment.").because(cause)
}

/// A look-up's end, also if it panics: nobody may join it any more.
struct Landing {
    roles: Arc<Roles>,
    user: Arc<str>,
    flight: Arc<Flight>,
}

impl Landing {
    fn finish(&self, found: &Outcome, keep: bool) {
        let roles = &self.roles;
        let Some(_held) = roles.flights.land(&self.user, &self.flight) else { return };
        let Ok(role) = found else { return };
        if keep && self.user.len() <= limits::USER_ID_BYTES_MAX {
            let entry = Entry {
                role: role.clone(),
                asked_ms: self.flight.began_ms,
                epoch: self.flight.epoch,
                jitter: fastrand::u64(..limits::ROLE_TTL_JITTER),
            };
            roles.entries.insert(Arc::clone(&self.user), entry);
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        drop(self.roles.flights.land(&self.user, &self.flight));
    }
}
