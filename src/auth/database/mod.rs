//! A project's PostgreSQL: a bounded pool of connections, and one deadline for all that a look-up waits for.
//!
//! Within `lookup_timeout_ms` fall the wait for a connection, connecting and the query. What is over it is cancelled on the server
//! and its connection closed, because a cancel request that comes late would hit the next query. A connection that broke (the
//! server was restarted) is replaced and the query asked once more. After a failed attempt to connect nobody tries for a moment.
//!
//! Every connection has `row_security = off`: a query that row-level security would filter then fails instead of finding nothing
//! (PostgreSQL manual, `row_security`). That is a setting of the connection, so a pooler in front must keep connections (session
//! pooling); look-ups check it and fail if it is lost.

mod address;
mod check;
mod connect;
mod listen;
#[cfg(test)]
pub(super) mod tests;
mod tls;

pub use listen::{RoleWatcher, Watchers};

use super::document;
use crate::config;
use crate::error::{Code, Error};
use crate::limits;
use connect::{Breaker, Connector};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The database of one project. Connections are made when the first is needed.
pub struct ProjectDatabase {
    project: Arc<str>,
    schema: Option<String>,
    pool: Pool,
    tls: MakeRustlsConnect,
    breaker: Arc<Breaker>,
    timeout: Duration,
    listener: listen::Listener,
}

/// A connection that is lent to a piece of work. It goes back to the pool when the last copy is gone.
pub(super) type Client = Arc<Object>;

pub use crate::release::gate::RoleColumns;

/// Why the database gave no answer. For the log: it may name hosts and tables, never a password.
#[derive(Debug)]
pub enum DatabaseError {
    /// It cannot be reached, or is not accepting connections.
    Unavailable(String),
    /// It did not answer in time.
    TimedOut,
    /// It refused the query.
    Refused(tokio_postgres::Error),
}

impl ProjectDatabase {
    /// Understands the settings; connects to nothing yet.
    ///
    /// Reads the files of certificate authorities that the URL asks for, so it is not for a thread that others wait for.
    ///
    /// # Errors
    ///
    /// `INVALID_AUTH_SETTINGS` with `details.path`.
    pub fn new(project: &str, settings: &document::Database, config: &config::Auth) -> Result<Arc<Self>, Error> {
        let address = address::parse(settings.url.expose(), config)?;
        if settings
            .schema
            .as_deref()
            .is_some_and(|schema| schema.is_empty() || schema.len() > 63 || schema.contains('\0'))
        {
            return Err(invalid("schema", "The schema must have 1 to 63 bytes, PostgreSQL's limit for names."));
        }
        let direct = address.driver.get_ssl_negotiation() == tokio_postgres::config::SslNegotiation::Direct;
        let tls = tls::connector(&address.trust, direct)?;
        let timeout = Duration::from_millis(config.lookup_timeout_ms);
        let breaker = Arc::new(Breaker::new());
        let prelude = format!("SET row_security = off; SET statement_timeout = {}", config.lookup_timeout_ms);
        let connector = Connector {
            tls: tls.clone(),
            breaker: Arc::clone(&breaker),
            prelude: prelude.into(),
            patience: timeout / 2,
        };
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(address.driver.clone(), connector, recycling);
        let pool = Pool::builder(manager)
            .max_size(config.connections_per_project_max)
            .wait_timeout(Some(timeout))
            .create_timeout(Some(timeout))
            .recycle_timeout(Some(timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(Error::internal)?;
        let project: Arc<str> = project.into();
        let listener = listen::Listener::new(Arc::clone(&project), address.driver, tls.clone(), timeout);
        Ok(Arc::new(Self { project, schema: settings.schema.clone(), pool, tls, breaker, timeout, listener }))
    }

    /// The project.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Those who want to know when a role may have changed. The first look-up begins to listen.
    pub fn watchers(&self) -> &Watchers {
        self.listener.watchers()
    }

    /// The schema of unqualified names, if the settings name one.
    pub(super) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// A table's name for a statement: quoted, and qualified if the settings name a schema.
    pub(super) fn table(&self, table: &str) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quote(schema), quote(table)),
            None => quote(table),
        }
    }

    /// Begins to listen for changes of roles, unless that has begun.
    pub(super) fn listen(&self) {
        self.listener.begin();
    }

    /// Does something with a connection before the deadline. `work` is called again if the connection breaks, so it must be something that may
    /// be done twice.
    pub(super) async fn run<T, F>(&self, work: impl Fn(Client) -> F) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let deadline = Instant::now() + self.timeout;
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
        if status.available == 0 && !self.breaker.admits(self.timeout) {
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

impl fmt::Debug for ProjectDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectDatabase").field("project", &self.project).finish_non_exhaustive()
    }
}

impl DatabaseError {
    /// For metrics.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::TimedOut => "timeout",
            Self::Refused(_) => "refused",
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(cause) => f.write_str(cause),
            Self::TimedOut => f.write_str("the database did not answer in time"),
            Self::Refused(error) => f.write_str(&describe(error)),
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

/// The cause for the log: the server's message without its detail, which may have values of rows.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(refusal) = error.as_db_error() {
        return format!("{}: {}", refusal.code().code(), refusal.message());
    }
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// An identifier as PostgreSQL reads it in quotes.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The refusal of a setting, by its name within `database`.
fn invalid(field: &str, message: &str) -> Error {
    Error::spec(Code::InvalidAuthSettings, format!("database.{field}"), message)
}
