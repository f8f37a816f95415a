//! Lends a connection to a piece of work, and takes care of what becomes of both.

use super::{Client, DatabaseError, ProjectDatabase, describe};
use crate::limits;
use deadpool_postgres::{Object, PoolError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

impl ProjectDatabase {
    /// Does something with a connection before the deadline. `work` is called again if the connection breaks, so it must be something that may
    /// be done twice.
    pub(in crate::auth) async fn run<T, F>(&self, work: impl Fn(Client) -> F) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        self.run_until(self.deadline(), work).await
    }

    /// The same with a deadline that began before. What it is over is given up.
    pub(in crate::auth) async fn run_until<T, F>(
        &self,
        deadline: Instant,
        work: impl Fn(Client) -> F,
    ) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        match self.attempt(&work, deadline).await {
            Err(DatabaseError::Refused(error)) if is_broken(&error) => {
                // The others that wait in the pool were most likely made before the same restart.
                self.pool.retain(|_, _| false);
                match self.attempt(&work, deadline).await {
                    Err(DatabaseError::Refused(error)) if is_broken(&error) => {
                        Err(DatabaseError::Unavailable(describe(&error)))
                    }
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn attempt<T, F>(&self, work: &impl Fn(Client) -> F, deadline: Instant) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let client = Arc::new(self.connection(deadline).await?);
        let mut lease = Lease { client: Some(Arc::clone(&client)), tls: &self.tls };
        let Ok(outcome) = tokio::time::timeout_at(deadline, work(client)).await else {
            return Err(DatabaseError::TimedOut);
        };
        let client = lease.client.take();
        match outcome {
            Ok(value) => Ok(value),
            // The server's own time limit, a moment before ours.
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => Err(DatabaseError::TimedOut),
            Err(error) => {
                if is_broken(&error) {
                    drop(client.and_then(Arc::into_inner).map(Object::take));
                }
                Err(DatabaseError::Refused(error))
            }
        }
    }

    async fn connection(&self, deadline: Instant) -> Result<Object, DatabaseError> {
        let status = self.pool.status();
        if status.available == 0 && !self.breaker.admits() {
            return Err(DatabaseError::Unavailable("the last attempt to connect failed a moment ago".to_owned()));
        }
        match tokio::time::timeout_at(deadline, self.pool.get()).await {
            Ok(Ok(client)) => Ok(client),
            Err(_) | Ok(Err(PoolError::Timeout(_))) => Err(DatabaseError::TimedOut),
            Ok(Err(PoolError::Backend(error))) => Err(DatabaseError::Unavailable(describe(&error))),
            Ok(Err(error)) => Err(DatabaseError::Unavailable(error.to_string())),
        }
    }
}

/// A connection with a query under way. If that is given up, it is cancelled on the server, and the connection is not used again.
struct Lease<'a> {
    client: Option<Client>,
    tls: &'a MakeRustlsConnect,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // What was given up is gone by now, so nobody else has it.
        let Some(client) = self.client.take().and_then(Arc::into_inner).map(Object::take) else { return };
        let (token, tls) = (client.cancel_token(), self.tls.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let limit = Duration::from_millis(limits::DATABASE_CANCEL_MS);
            let _ = tokio::time::timeout(limit, token.cancel_query(tls)).await;
            drop(client);
        });
    }
}

/// Whether the connection is of no more use, and another one may be.
fn is_broken(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        // Class 08 is the connection; 57P01 to 57P03 are a server that stops or starts.
        Some(state) => state.code().starts_with("08") || matches!(state.code(), "57P01" | "57P02" | "57P03"),
        None => error.is_closed() || std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>()),
    }
}
