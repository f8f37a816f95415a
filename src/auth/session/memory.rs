//! Sessions in memory: gone when the node stops.

use super::secret::{Hash, SessionSecret, is_id};
use super::{NewSession, Session, Sessions};
use crate::auth::clock::Clock;
use crate::error::Error;
use crate::limits;
use async_trait::async_trait;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The sessions of one project, at most [`limits::SESSIONS_IN_MEMORY_MAX`]: the oldest make room.
pub struct SessionsInMemory {
    table: Mutex<Table>,
    clock: Clock,
    max: usize,
}

#[derive(Default)]
struct Table {
    by_id: HashMap<String, (Session, Hash)>,
    /// Ids as they were made; some may be gone.
    in_order: VecDeque<String>,
}

impl Default for SessionsInMemory {
    fn default() -> Self {
        Self::new(Clock::Machine, limits::SESSIONS_IN_MEMORY_MAX)
    }
}

impl SessionsInMemory {
    /// None yet.
    pub fn new(clock: Clock, max: usize) -> Self {
        Self { table: Mutex::default(), clock, max: max.max(1) }
    }

    /// Ends all of them.
    pub fn clear(&self) {
        *self.table() = Table::default();
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Removes the oldest until one more fits; on the way, those at the front that ended.
    fn make_room(&mut self, max: usize, now: u64) {
        while let Some(oldest) = self.in_order.front() {
            let ended = self.by_id.get(oldest).is_none_or(|(session, _)| session.expires_at <= now);
            if !ended && self.in_order.len() < max {
                break;
            }
            self.by_id.remove(oldest);
            self.in_order.pop_front();
        }
    }
}

#[async_trait]
impl Sessions for SessionsInMemory {
    async fn create(&self, new: NewSession) -> Result<(Session, SessionSecret), Error> {
        let (session, secret) = new.begin(&self.clock)?;
        let mut table = self.table();
        table.make_room(self.max, session.created_at);
        table.in_order.push_back(session.id.clone());
        table.by_id.insert(session.id.clone(), (session.clone(), secret.hash()));
        Ok((session, secret))
    }

    async fn find(&self, id: &str, secret: &str) -> Result<Option<Session>, Error> {
        let Some(presented) = Hash::of_presented(secret).filter(|_| is_id(id)) else { return Ok(None) };
        let now = self.clock.unix_seconds();
        let table = self.table();
        let found =
            table.by_id.get(id).filter(|(session, hash)| presented.is(hash.bytes()) && session.expires_at > now);
        Ok(found.map(|(session, _)| session.clone()))
    }

    async fn revoke(&self, id: &str) -> Result<bool, Error> {
        let now = self.clock.unix_seconds();
        Ok(self.table().by_id.remove(id).is_some_and(|(session, _)| session.expires_at > now))
    }

    async fn revoke_user(&self, user: &str) -> Result<u64, Error> {
        let now = self.clock.unix_seconds();
        let mut ended = 0;
        self.table().by_id.retain(|_, (session, _)| {
            let theirs = session.user_id == user;
            ended += u64::from(theirs && session.expires_at > now);
            !theirs
        });
        Ok(ended)
    }

    async fn list(&self, user: Option<&str>) -> Result<Vec<Session>, Error> {
        let now = self.clock.unix_seconds();
        let table = self.table();
        let alive = table.in_order.iter().rev().filter_map(|id| table.by_id.get(id)).map(|(session, _)| session);
        let theirs =
            alive.filter(|session| session.expires_at > now && user.is_none_or(|user| session.user_id == user));
        Ok(theirs.take(limits::SESSIONS_LIST_MAX).cloned().collect())
    }
}
