//! Whether a role gate can work: before a release with it goes live, its table and columns are looked for and its query is tried.

use super::{Client, DatabaseError, ProjectDatabase, RoleColumns};
use crate::auth::roles::postgres::{AsText, look_up};
use crate::error::{Code, Error};
use tokio_postgres::error::SqlState;

/// What the catalogue says of a table, and whether row-level security would hide its rows from us.
const TABLE: &str = "
SELECT c.relkind::pg_catalog.text, pg_catalog.row_security_active(c.oid), c.oid,
       pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL),
       current_user::pg_catalog.text
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = pg_catalog.to_regclass($1)
GROUP BY c.oid, c.relkind";

/// Whether the database sees to it that a value is in a column once: a table with a unique index on it alone, for all its rows.
const UNIQUE: &str = "
SELECT EXISTS (SELECT FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attname = $2
  WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)";

/// What the catalogue says.
struct Table {
    kind: String,
    row_security: bool,
    columns: Vec<String>,
    user: String,
    unique: bool,
}

impl ProjectDatabase {
    /// Looks whether a gate's table and columns exist and can be read whole, and tries the very query that look-ups make.
    ///
    /// # Errors
    ///
    /// `DEPLOY_INVALID_ROLE_GATE` that says what is wrong (reference 3.3), `ROLE_LOOKUP_UNAVAILABLE` when the database cannot be asked.
    pub async fn check_gate(&self, columns: &RoleColumns) -> Result<(), Error> {
        let described = self.describe_table(columns).await.map_err(|error| unavailable(&error))?;
        let Some(table) = described else {
            let place = self.schema().map(|schema| format!(" in the schema `{schema}`")).unwrap_or_default();
            let message = format!("The project's database has no table `{}`{place}.", columns.table);
            return Err(wrong(columns, message).detail("missing", "table"));
        };
        if !matches!(table.kind.as_str(), "r" | "p" | "v" | "m" | "f") {
            return Err(wrong(columns, format!("`{}` is neither a table nor a view.", columns.table)));
        }
        for column in [&columns.id_column, &columns.role_column] {
            has_column(columns, &table, column)?;
        }
        if table.row_security {
            return Err(hidden(columns, &table.user));
        }
        let tried = self.run(|client| look_up(client, self.table(&columns.table), columns, None)).await;
        match tried {
            Ok(answer) if !answer.whole => Err(lost()),
            Ok(_) => {
                if table.kind != "v" && !table.unique {
                    tracing::warn!(
                        project = self.project(),
                        table = columns.table,
                        column = columns.id_column,
                        "no unique index sees to it that a user has one row: which row's role counts is not defined"
                    );
                }
                Ok(())
            }
            Err(DatabaseError::Refused(error)) => Err(refused(columns, &table.user, &error)),
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn describe_table(&self, columns: &RoleColumns) -> Result<Option<Table>, DatabaseError> {
        self.run(|client| Table::describe(client, self.table(&columns.table), columns)).await
    }
}

impl Table {
    async fn describe(
        client: Client,
        name: String,
        columns: &RoleColumns,
    ) -> Result<Option<Self>, tokio_postgres::Error> {
        let statement = client.prepare_cached(TABLE).await?;
        let Some(row) = client.query_opt(&statement, &[&AsText(&name)]).await? else { return Ok(None) };
        let statement = client.prepare_cached(UNIQUE).await?;
        let oid: u32 = row.try_get(2)?;
        let unique = client.query_one(&statement, &[&oid, &AsText(&columns.id_column)]).await?;
        Ok(Some(Self {
            kind: row.try_get(0)?,
            row_security: row.try_get(1)?,
            columns: row.try_get::<_, Option<_>>(3)?.unwrap_or_default(),
            user: row.try_get(4)?,
            unique: unique.try_get(0)?,
        }))
    }
}

fn has_column(columns: &RoleColumns, table: &Table, column: &str) -> Result<(), Error> {
    if table.columns.iter().any(|name| name == column) {
        return Ok(());
    }
    let message = format!("The table `{}` has no column `{column}`.", columns.table);
    let other = table.columns.iter().find(|name| name.eq_ignore_ascii_case(column));
    let hint = other.map(|other| format!(" It has `{other}`; the case of letters counts.")).unwrap_or_default();
    Err(wrong(columns, message + &hint).detail("missing", "column").detail("column", column))
}

fn refused(columns: &RoleColumns, user: &str, error: &tokio_postgres::Error) -> Error {
    let table = &columns.table;
    match error.code() {
        // Both for a missing privilege and for rows that would be hidden beneath a view.
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => wrong(columns, format!(
            "The database's user `{user}` may not read `{table}`, or row-level security would hide rows of it: give it SELECT, and \
             BYPASSRLS if there are policies."
        )),
        Some(&SqlState::UNDEFINED_FUNCTION) => wrong(
            columns,
            format!("The column `{}` of `{table}` has a type that cannot be compared with an id.", columns.id_column),
        ),
        _ => wrong(columns, format!("The project's database refuses to look up roles in `{table}`.")),
    }
    .because(super::describe(error))
}

fn hidden(columns: &RoleColumns, user: &str) -> Error {
    wrong(
        columns,
        format!(
            "Row-level security of `{}` would hide rows from the database's user `{user}`, so every look-up could find nothing: connect as \
         the table's owner, or give that user BYPASSRLS.",
            columns.table
        ),
    )
}

fn wrong(columns: &RoleColumns, message: String) -> Error {
    Error::new(Code::DeployInvalidRoleGate, message).detail("table", columns.table.as_str())
}

fn unavailable(error: &DatabaseError) -> Error {
    Error::new(Code::RoleLookupUnavailable, "The project's database cannot be asked whether the role gate can work.")
        .because(error)
}

fn lost() -> Error {
    Error::new(
        Code::RoleLookupUnavailable,
        "Settings of a connection to the project's database do not last: a pooler in front of it must keep connections (session pooling).",
    )
}
