//! How a connection is made, and how long nobody tries again after that failed.

use crate::limits;
use deadpool_postgres::Connect;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Remembers that the server could not be reached a moment ago.
#[derive(Debug)]
pub(super) struct Breaker {
    start: Instant,
    /// Milliseconds after `start` until which nobody may try; 0 when the last attempt succeeded.
    until: AtomicU64,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), until: AtomicU64::new(0) }
    }

    /// Whether to try. While the server is away, one caller in each pause is let through to see whether it is back.
    pub(super) fn admits(&self) -> bool {
        let until = self.until.load(Relaxed);
        if until == 0 {
            return true;
        }
        let now = self.now();
        let next = now + limits::DATABASE_PAUSE_MS;
        now >= until && self.until.compare_exchange(until, next, Relaxed, Relaxed).is_ok()
    }

    fn failed(&self) {
        self.until.store(self.now() + limits::DATABASE_PAUSE_MS, Relaxed);
    }

    fn succeeded(&self) {
        self.until.store(0, Relaxed);
    }

    fn now(&self) -> u64 {
        // Never 0, which means something else.
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX / 2) + 1
    }
}

/// Connects, and prepares the connection for what it is used for.
pub(super) struct Connector {
    pub(super) tls: MakeRustlsConnect,
    pub(super) breaker: Arc<Breaker>,
    /// Run on each new connection.
    pub(super) prelude: Arc<str>,
    /// What an attempt may take, before its failure by being given up counts.
    pub(super) patience: Duration,
}

impl Connect for Connector {
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        let config = config.clone();
        let (tls, prelude) = (self.tls.clone(), Arc::clone(&self.prelude));
        Box::pin(async move {
            let mut attempt =
                Attempt { breaker: &self.breaker, patience: self.patience, start: Instant::now(), outcome: None };
            let made = async {
                let (client, connection) = config.connect(tls).await?;
                // It ends with the server's end of the connection or ours; whoever is using it gets the error.
                let task = tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(cause = %super::describe(&error), "a connection to a project's database ended");
                    }
                });
                match client.batch_execute(&prelude).await {
                    Ok(()) => Ok((client, task)),
                    Err(error) => {
                        task.abort();
                        Err(error)
                    }
                }
            }
            .await;
            attempt.outcome = Some(made.is_ok());
            made
        })
    }
}

/// Tells the breaker how an attempt ended, also when nobody waited for its end.
struct Attempt<'a> {
    breaker: &'a Breaker,
    patience: Duration,
    start: Instant,
    outcome: Option<bool>,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        match self.outcome {
            Some(true) => self.breaker.succeeded(),
            Some(false) => self.breaker.failed(),
            // Given up early says nothing of the server: the caller had waited for something else before.
            None if self.start.elapsed() >= self.patience => self.breaker.failed(),
            None => {}
        }
    }
}
