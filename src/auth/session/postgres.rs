//! Sessions in the project's PostgreSQL: the table of `conf/sql/sessions.sql`, which is made when it is first needed.

use super::secret::{Hash, SessionSecret, is_id};
use super::{NewSession, Session, Sessions, unavailable};
use crate::auth::clock::Clock;
use crate::auth::database::{Client, DatabaseError, ProjectDatabase, quote};
use crate::error::{Code, Error};
use crate::limits;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::sync::OnceCell;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

const TABLE: &str = "portico_sessions";

const SCHEMA: &str = include_str!("../../../conf/sql/sessions.sql");

/// Two nodes that come to a new database together take turns. The number is only ours.
const ADVISORY_LOCK: i64 = 0x706f_7274_6963_6f01;

/// The columns of a session, in the order that [`read`] reads them.
const COLUMNS: &str = "id, user_id, email, email_verified, is_test, pg_catalog.floor(EXTRACT(epoch FROM auth_time))::pg_catalog.int8, \
     amr, amr_times, authz_version, issuer, pg_catalog.floor(EXTRACT(epoch FROM created_at))::pg_catalog.int8, \
     pg_catalog.floor(EXTRACT(epoch FROM expires_at))::pg_catalog.int8";

/// The sessions of one project.
pub struct SessionsInPostgres {
    database: Arc<ProjectDatabase>,
    clock: Clock,
    ready: OnceCell<()>,
    statements: Statements,
    /// When those that ended are removed next, in seconds since 1970.
    sweep_at: AtomicU64,
}

struct Statements {
    insert: String,
    find: String,
    revoke: String,
    revoke_user: String,
    list: String,
    sweep: String,
}

impl SessionsInPostgres {
    /// Asks nothing of the database yet.
    pub fn new(database: Arc<ProjectDatabase>) -> Self {
        Self::with_clock(database, Clock::Machine)
    }

    /// The same with another clock.
    pub fn with_clock(database: Arc<ProjectDatabase>, clock: Clock) -> Self {
        let statements = Statements::new(&database.table(TABLE));
        Self { database, clock, ready: OnceCell::new(), statements, sweep_at: AtomicU64::new(0) }
    }

    /// Makes the table, once, unless it is there.
    async fn ready(&self) -> Result<(), Error> {
        let name = &self.database.table(TABLE);
        let path = self.database.schema().map(|schema| format!("SET LOCAL search_path TO {};\n", quote(schema)));
        // Sent as one message, so it is one transaction.
        let make =
            &format!("{}SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_LOCK});\n{SCHEMA}", path.unwrap_or_default());
        let make_once = async || {
            let made = self.database.run(|client| make_table(client, name.clone(), make.clone())).await;
            made.map_err(|error| unavailable(format_args!("the table of sessions cannot be made: {error}")))
        };
        // Whoever waits for another's attempt waits no longer than for one of its own.
        match tokio::time::timeout_at(self.database.deadline(), self.ready.get_or_try_init(make_once)).await {
            Ok(made) => made.map(|&()| ()),
            Err(_) => Err(unavailable("the table of sessions was not made in time")),
        }
    }

    fn now(&self) -> i64 {
        seconds(self.clock.unix_seconds())
    }

    /// From time to time, removes those that ended long ago. Nobody waits for it.
    fn sweep(&self) {
        let (now, due) = (self.clock.unix_seconds(), self.sweep_at.load(Relaxed));
        let next = now.saturating_add(limits::SESSION_SWEEP_SECONDS);
        if now < due || self.sweep_at.compare_exchange(due, next, Relaxed, Relaxed).is_err() {
            return;
        }
        let (database, statement) = (Arc::clone(&self.database), self.statements.sweep.clone());
        let before = seconds(now.saturating_sub(limits::SESSION_KEEP_SECONDS));
        tokio::spawn(async move {
            let (statement, project) = (&statement, database.project());
            let swept = database
                .run(|client| async move {
                    client.execute(&client.prepare_cached(statement).await?, &[&project, &before]).await
                })
                .await;
            if let Err(error) = swept {
                tracing::debug!(project, cause = %error, "sessions that ended could not be removed");
            }
        });
    }
}

impl Statements {
    fn new(table: &str) -> Self {
        let alive = "project = $1 AND revoked_at IS NULL AND expires_at > pg_catalog.to_timestamp($2::pg_catalog.int8)";
        let most = limits::SESSIONS_LIST_MAX;
        Self {
            // A second attempt after a broken connection may find the first one's row.
            insert: format!(
                "INSERT INTO {table} (project, id, secret_sha256, user_id, email, email_verified, is_test, auth_time, amr, amr_times, \
                 authz_version, issuer, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, \
                 pg_catalog.to_timestamp($8::pg_catalog.int8), $9, $10, $11, $12, pg_catalog.to_timestamp($13::pg_catalog.int8), \
                 pg_catalog.to_timestamp($14::pg_catalog.int8)) ON CONFLICT (id) DO NOTHING"
            ),
            find: format!("SELECT {COLUMNS}, secret_sha256 FROM {table} WHERE {alive} AND id = $3"),
            revoke: format!(
                "UPDATE {table} SET revoked_at = pg_catalog.to_timestamp($2::pg_catalog.int8) WHERE {alive} AND id = $3"
            ),
            revoke_user: format!(
                "UPDATE {table} SET revoked_at = pg_catalog.to_timestamp($2::pg_catalog.int8) WHERE {alive} AND user_id = $3"
            ),
            list: format!(
                "SELECT {COLUMNS} FROM {table} WHERE {alive} AND ($3::pg_catalog.text IS NULL OR user_id = $3) \
                 ORDER BY created_at DESC, id LIMIT {most}"
            ),
            sweep: format!(
                "DELETE FROM {table} WHERE project = $1 AND expires_at < pg_catalog.to_timestamp($2::pg_catalog.int8)"
            ),
        }
    }
}

#[async_trait]
impl Sessions for SessionsInPostgres {
    async fn create(&self, new: NewSession) -> Result<(Session, SessionSecret), Error> {
        let (session, secret) = new.begin(&self.clock)?;
        self.ready().await?;
        let hash = secret.hash();
        let (project, statement, session_ref) = (self.database.project(), &self.statements.insert, &session);
        let written = self.database.run(|client| insert(client, statement, project, session_ref, hash)).await;
        written.map_err(failed)?;
        self.sweep();
        Ok((session, secret))
    }

    async fn find(&self, id: &str, secret: &str) -> Result<Option<Session>, Error> {
        let Some(presented) = Hash::of_presented(secret).filter(|_| is_id(id)) else { return Ok(None) };
        self.ready().await?;
        let (project, statement, now) = (self.database.project(), &self.statements.find, self.now());
        let found = self
            .database
            .run(|client| async move {
                let statement = client.prepare_cached(statement).await?;
                let Some(row) = client.query_opt(&statement, &[&project, &now, &id]).await? else { return Ok(None) };
                let stored: &[u8] = row.try_get(12)?;
                presented.is(stored).then(|| read(&row)).transpose()
            })
            .await;
        found.map_err(failed)
    }

    async fn revoke(&self, id: &str) -> Result<bool, Error> {
        if !is_id(id) {
            return Ok(false);
        }
        self.end(&self.statements.revoke, id).await.map(|ended| ended > 0)
    }

    async fn revoke_user(&self, user: &str) -> Result<u64, Error> {
        if user.contains('\0') {
            return Ok(0);
        }
        self.end(&self.statements.revoke_user, user).await
    }

    async fn list(&self, user: Option<&str>) -> Result<Vec<Session>, Error> {
        if user.is_some_and(|user| user.contains('\0')) {
            return Ok(Vec::new());
        }
        self.ready().await?;
        let (project, statement, now) = (self.database.project(), &self.statements.list, self.now());
        let listed = self
            .database
            .run(|client| async move {
                let statement = client.prepare_cached(statement).await?;
                client.query(&statement, &[&project, &now, &user]).await?.iter().map(read).collect()
            })
            .await;
        listed.map_err(failed)
    }
}

impl SessionsInPostgres {
    async fn end(&self, statement: &str, which: &str) -> Result<u64, Error> {
        self.ready().await?;
        let (project, now) = (self.database.project(), self.now());
        let ended = self
            .database
            .run(|client| async move {
                client.execute(&client.prepare_cached(statement).await?, &[&project, &now, &which]).await
            })
            .await;
        ended.map_err(failed)
    }
}

async fn make_table(client: Client, name: String, make: String) -> Result<(), tokio_postgres::Error> {
    let row = client.query_one("SELECT pg_catalog.to_regclass($1::pg_catalog.text) IS NOT NULL", &[&name]).await?;
    if row.try_get(0)? { Ok(()) } else { client.batch_execute(&make).await }
}

async fn insert(
    client: Client,
    statement: &str,
    project: &str,
    session: &Session,
    hash: Hash,
) -> Result<u64, tokio_postgres::Error> {
    let statement = client.prepare_cached(statement).await?;
    let (auth_time, version) = (seconds(session.auth_time), seconds(session.authz_version));
    let (created, expires) = (seconds(session.created_at), seconds(session.expires_at));
    client
        .execute(
            &statement,
            &[
                &project,
                &session.id,
                &hash.bytes(),
                &session.user_id,
                &session.email,
                &session.email_verified,
                &session.is_test,
                &auth_time,
                &Json(&session.amr),
                &Json(&session.amr_times),
                &version,
                &session.issuer,
                &created,
                &expires,
            ],
        )
        .await
}

/// A row of [`COLUMNS`].
fn read(row: &Row) -> Result<Session, tokio_postgres::Error> {
    let number = |place: usize| row.try_get::<_, i64>(place).map(|value| u64::try_from(value).unwrap_or(0));
    Ok(Session {
        id: row.try_get(0)?,
        user_id: row.try_get(1)?,
        email: row.try_get(2)?,
        email_verified: row.try_get(3)?,
        is_test: row.try_get(4)?,
        auth_time: number(5)?,
        amr: row.try_get::<_, Json<_>>(6)?.0,
        amr_times: row.try_get::<_, Json<_>>(7)?.0,
        authz_version: number(8)?,
        issuer: row.try_get(9)?,
        created_at: number(10)?,
        expires_at: number(11)?,
    })
}

fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn failed(error: DatabaseError) -> Error {
    match &error {
        // Class 22: a text that PostgreSQL cannot have, such as one with a NUL.
        DatabaseError::Refused(refusal) if refusal.code().is_some_and(|state| state.code().starts_with("22")) => {
            Error::new(Code::BadField, "A field of the session has a value that the database cannot keep.")
                .because(error)
        }
        _ => unavailable(error),
    }
}
