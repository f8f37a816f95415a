//! Roles in the project's PostgreSQL.

use super::{Answer, LookUpError, RoleSource};
use crate::auth::database::{Client, DatabaseError, ProjectDatabase, RoleColumns, RoleWatcher, quote};
use crate::limits;
use async_trait::async_trait;
use bytes::BytesMut;
use deadpool_postgres::Object;
use std::error::Error as StdError;
use std::sync::Weak;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

/// A parameter that is sent as text, whatever its type: the server reads it as the column's type, so an index on a `uuid` or `bigint`
/// is used, and a text that is none is the server's error (class 22).
#[derive(Debug)]
pub(in crate::auth) struct AsText<'a>(pub(in crate::auth) &'a str);

impl ToSql for AsText<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// A user's row, or that there is none.
pub(in crate::auth) struct Found {
    /// Whether the connection would have failed rather than hidden rows.
    pub(in crate::auth) whole: bool,
    role: Option<String>,
    id: Option<String>,
}

/// The statement of a gate. Functions and operators are PostgreSQL's own, whatever the search path has; the comparison of ids is the column's.
fn statement(table: &str, columns: &RoleColumns) -> String {
    let (id, role, most) = (quote(&columns.id_column), quote(&columns.role_column), limits::ROLE_BYTES_MAX);
    format!(
        "SELECT pg_catalog.current_setting('row_security'), \
         CASE WHEN pg_catalog.jsonb_typeof(r.role) OPERATOR(pg_catalog.=) 'string' \
         AND pg_catalog.octet_length(r.role OPERATOR(pg_catalog.#>>) '{{}}') OPERATOR(pg_catalog.<=) {most} \
         THEN r.role OPERATOR(pg_catalog.#>>) '{{}}' END, r.id \
         FROM (SELECT) AS always LEFT JOIN \
         (SELECT pg_catalog.to_jsonb({role}) AS role, {id}::pg_catalog.text AS id FROM {table} WHERE {id} = $1 LIMIT 1) AS r ON true"
    )
}

/// Asks for a user's row. No user is how the statement is tried.
pub(in crate::auth) async fn look_up(
    client: Client,
    table: String,
    columns: &RoleColumns,
    user: Option<&str>,
) -> Result<Found, tokio_postgres::Error> {
    let text = statement(&table, columns);
    match ask(&client, &text, user).await {
        // The table was changed, or someone discarded the connection's statements: it is prepared anew, once.
        Err(error) if is_outdated(&error) => {
            client.statement_cache.remove(&text, &[]);
            ask(&client, &text, user).await
        }
        other => other,
    }
}

async fn ask(client: &Object, text: &str, user: Option<&str>) -> Result<Found, tokio_postgres::Error> {
    let statement = client.prepare_cached(text).await?;
    let row = client.query_one(&statement, &[&user.map(AsText)]).await?;
    let setting: &str = row.try_get(0)?;
    Ok(Found { whole: setting == "off", role: row.try_get(1)?, id: row.try_get(2)? })
}

/// Class 42: a name or type is not what it was; class 22: the id is not of the type that the column had; 0A000: a plan's result
/// changed; 26000: no such statement.
fn is_outdated(error: &tokio_postgres::Error) -> bool {
    let of_class = |state: &str| ["42", "22"].iter().any(|class| state.starts_with(class));
    error.code().is_some_and(|state| of_class(state.code()) || matches!(state.code(), "0A000" | "26000"))
}

/// Characters of a UUID as PostgreSQL writes it.
const UUID_LENGTH: usize = 36;

#[async_trait]
impl RoleSource for ProjectDatabase {
    async fn role(&self, columns: &RoleColumns, user: &str) -> Result<Answer, LookUpError> {
        let deadline = self.deadline();
        self.listening().await;
        let found =
            self.run_until(deadline, |client| look_up(client, self.table(&columns.table), columns, Some(user))).await;
        match found {
            Ok(found) if found.whole => {
                // One user has one spelling, but for UUIDs, which the database writes in small letters. Whom a column takes for the same (`007`
                // for 7, any case) is another user to everything else.
                let same = |id: &String| id == user || (user.len() == UUID_LENGTH && id.eq_ignore_ascii_case(user));
                if !found.id.as_ref().is_none_or(same) {
                    return Ok(Answer { role: None, keep: false });
                }
                let keep = found.id.is_none_or(|id| id == user);
                Ok(Answer { role: found.role, keep })
            }
            Ok(_) => Err(LookUpError {
                reason: "refused",
                cause: "settings of the connection do not last: is there a pooler that does not keep connections?"
                    .to_owned(),
            }),
            // Class 22: the id is not of the column's type, so it is nobody's.
            Err(DatabaseError::Refused(error)) if error.code().is_some_and(|state| state.code().starts_with("22")) => {
                Ok(Answer { role: None, keep: true })
            }
            Err(error) => Err(LookUpError { reason: error.reason(), cause: error.to_string() }),
        }
    }

    fn watch(&self, watcher: Weak<dyn RoleWatcher>) {
        self.add_watcher(watcher);
    }
}
