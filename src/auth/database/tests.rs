//! Against a PostgreSQL of the tests' own.

use super::*;
use crate::auth::document::{Database, Secret};
use crate::auth::roles::RoleSource as _;
use crate::auth::test_postgres::{PASSWORD, Postgres};
use crate::limits;
use std::time::Instant as StdInstant;

pub(crate) fn columns(table: &str, id: &str, role: &str) -> RoleColumns {
    RoleColumns { table: table.to_owned(), id_column: id.to_owned(), role_column: role.to_owned() }
}

pub(crate) fn database_with(url: String, schema: Option<&str>, config: &config::Auth) -> Arc<ProjectDatabase> {
    let settings = Database { url: Secret::new(url), schema: schema.map(str::to_owned) };
    ProjectDatabase::new("prj_test", &settings, config).unwrap()
}

pub(crate) fn database(postgres: &Postgres) -> Arc<ProjectDatabase> {
    database_with(postgres.url(), None, &patient())
}

/// Settings under which nothing is too slow on a busy machine.
pub(crate) fn patient() -> config::Auth {
    config::Auth { lookup_timeout_ms: 30_000, ..config::Auth::default() }
}

async fn role(database: &ProjectDatabase, columns: &RoleColumns, user: &str) -> Result<Option<String>, &'static str> {
    database.role(columns, user).await.map(|answer| answer.role).map_err(|error| {
        assert!(!error.cause.contains(PASSWORD), "{}", error.cause);
        error.reason
    })
}

async fn gate_error(database: &ProjectDatabase, columns: &RoleColumns) -> Error {
    let error = database.check_gate(columns).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error:?}");
    error
}

fn some(text: &str) -> Result<Option<String>, &'static str> {
    Ok(Some(text.to_owned()))
}

#[tokio::test]
async fn ids_of_every_type_are_found_and_what_is_none_is_nobody() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico;
         CREATE DOMAIN login AS text CHECK (value <> 'never');
         CREATE TYPE member AS ENUM ('ann', 'ben');
         CREATE TABLE by_text (id text PRIMARY KEY, role text);
         CREATE TABLE by_uuid (id uuid PRIMARY KEY, role varchar(20));
         CREATE TABLE by_int (id int PRIMARY KEY, role text);
         CREATE TABLE by_bigint (id bigint PRIMARY KEY, role text);
         CREATE TABLE by_domain (id login PRIMARY KEY, role text);
         CREATE TABLE by_enum (id member PRIMARY KEY, role text);
         CREATE TABLE \"By Case\" (\"userId\" text PRIMARY KEY, \"Role\" text, role text);
         INSERT INTO by_text VALUES ('ann', 'admin'), ('nul', NULL), ('', 'empty'), ('x''; DROP TABLE by_text; --', 'odd');
         INSERT INTO by_uuid VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'admin');
         INSERT INTO by_int VALUES (42, 'admin'); INSERT INTO by_bigint VALUES (9007199254740993, 'admin');
         INSERT INTO by_domain VALUES ('ann', 'admin'); INSERT INTO by_enum VALUES ('ann', 'admin');
         INSERT INTO \"By Case\" VALUES ('ann', 'capital', 'small')",
    );
    let database = database(&postgres);
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    let cases = [
        ("by_text", "ann", Some("admin")),
        ("by_text", "ANN", None),
        ("by_text", "ann ", None),
        ("by_text", "nul", None),
        ("by_text", "x'; DROP TABLE by_text; --", Some("odd")),
        ("by_text", "with\0nul", None),
        ("by_text", "%", None),
        ("by_uuid", uuid, Some("admin")),
        ("by_uuid", "ann", None),
        ("by_uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12", None),
        ("by_int", "42", Some("admin")),
        ("by_int", "99999999999999999999", None),
        ("by_int", "42 OR 1=1", None),
        ("by_bigint", "9007199254740993", Some("admin")),
        ("by_bigint", "9007199254740992", None),
        ("by_domain", "ann", Some("admin")),
        ("by_enum", "ann", Some("admin")),
        ("by_enum", "zoe", None),
    ];
    for (table, user, expected) in cases {
        let columns = columns(table, "id", "role");
        database.check_gate(&columns).await.unwrap();
        assert_eq!(role(&database, &columns, user).await, Ok(expected.map(str::to_owned)), "{table} {user}");
    }
    let by_case = columns("By Case", "userId", "Role");
    assert_eq!(role(&database, &by_case, "ann").await, some("capital"));
    assert_eq!(role(&database, &columns("By Case", "userId", "role"), "ann").await, some("small"));
    let error = gate_error(&database, &columns("By Case", "userid", "role")).await;
    assert!(error.message.contains("`userId`; the case of letters counts"), "{error}");
    // An id that is found under another spelling is not remembered: its row's notifications have the database's.
    let by_uuid = columns("by_uuid", "id", "role");
    let answer = database.role(&by_uuid, &uuid.to_uppercase()).await.unwrap();
    assert_eq!((answer.role.as_deref(), answer.keep), (Some("admin"), false));
    assert!(database.role(&by_uuid, uuid).await.unwrap().keep);
    // The comparison can use the index: no cast of the column is in the way.
    let statement = postgres.log().lines().rev().find(|line| line.contains("\"by_int\" WHERE")).unwrap().to_owned();
    assert!(statement.contains("WHERE \"id\" = $1 LIMIT 1"), "{statement}");
}

#[tokio::test]
async fn a_role_is_a_string_or_none() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TYPE rank AS ENUM ('admin', 'member');
         CREATE TABLE t (id text PRIMARY KEY, text text, char char(8), enum rank, int int, bool bool, json json, jsonb jsonb, list text[],
           uuid uuid, numeric numeric);
         INSERT INTO t VALUES
           ('u', 'admin', 'admin', 'admin', 1, true, '\"admin\"', '\"admin\"', '{admin}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.5),
           ('v', E'ad\\nmin', NULL, NULL, NULL, NULL, '{\"role\": \"admin\"}', '[\"admin\"]', NULL, NULL, NULL),
           ('w', repeat('r', 1024), '', NULL, 0, false, 'null', '7', '{}', NULL, NULL),
           ('x', repeat('r', 1025), '', NULL, 0, false, 'null', '7', '{}', NULL, NULL)",
    );
    let database = database(&postgres);
    let long = "r".repeat(1024);
    let cases = [
        ("u", "text", Some("admin")),
        ("u", "char", Some("admin   ")),
        ("u", "enum", Some("admin")),
        ("u", "int", None),
        ("u", "bool", None),
        ("u", "json", Some("admin")),
        ("u", "jsonb", Some("admin")),
        ("u", "list", None),
        ("u", "uuid", Some("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
        ("u", "numeric", None),
        ("v", "text", Some("ad\nmin")),
        ("v", "json", None),
        ("v", "jsonb", None),
        ("v", "enum", None),
        ("w", "text", Some(long.as_str())),
        ("w", "json", None),
        ("x", "text", None),
    ];
    for (user, column, expected) in cases {
        let columns = columns("t", "id", column);
        database.check_gate(&columns).await.unwrap();
        assert_eq!(role(&database, &columns, user).await, Ok(expected.map(str::to_owned)), "{user} {column}");
    }
}

#[tokio::test]
async fn a_gate_that_cannot_work_is_refused_and_says_why() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE good (id text PRIMARY KEY, role text); CREATE VIEW seen AS SELECT * FROM good;
         CREATE MATERIALIZED VIEW kept AS SELECT * FROM good; CREATE SEQUENCE counter; CREATE TABLE untyped (id json, role text);
         CREATE TABLE parts (id text, role text) PARTITION BY HASH (id); CREATE TABLE part PARTITION OF parts FOR VALUES WITH (modulus 1, remainder 0);
         CREATE TABLE forced (id text PRIMARY KEY, role text); ALTER TABLE forced ENABLE ROW LEVEL SECURITY;
         ALTER TABLE forced FORCE ROW LEVEL SECURITY; CREATE TABLE owned (id text PRIMARY KEY, role text); ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
         RESET ROLE; CREATE TABLE foreign_one (id text PRIMARY KEY, role text);
         CREATE TABLE secured (id text PRIMARY KEY, role text); ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
         GRANT SELECT ON secured TO portico; INSERT INTO secured VALUES ('ann', 'admin');
         SET ROLE portico; CREATE VIEW over_secured AS SELECT * FROM secured; RESET ROLE;
         CREATE VIEW over_secured_as_super AS SELECT * FROM secured; GRANT SELECT ON over_secured_as_super TO portico;
         CREATE TABLE half (id text PRIMARY KEY, role text); GRANT SELECT (id) ON half TO portico;
         CREATE SCHEMA hidden; CREATE TABLE hidden.elsewhere (id text PRIMARY KEY, role text)",
    );
    let database = database(&postgres);
    for table in ["good", "seen", "kept", "parts", "owned", "over_secured_as_super"] {
        database.check_gate(&columns(table, "id", "role")).await.unwrap();
    }
    assert_eq!(role(&database, &columns("over_secured_as_super", "id", "role"), "ann").await, some("admin"));
    let cases = [
        (columns("none", "id", "role"), "no table `none`"),
        (columns("elsewhere", "id", "role"), "no table `elsewhere`"),
        (columns("GOOD", "id", "role"), "no table `GOOD`"),
        (columns("good", "nr", "role"), "no column `nr`"),
        (columns("good", "id", "rank"), "no column `rank`"),
        (columns("good", "id", "ctid"), "no column `ctid`"),
        (columns("good", "id", "Role"), "It has `role`; the case of letters counts"),
        (columns("counter", "last_value", "log_cnt"), "neither a table nor a view"),
        (columns("untyped", "id", "role"), "cannot be compared"),
        (columns("forced", "id", "role"), "Row-level security of `forced`"),
        (columns("secured", "id", "role"), "BYPASSRLS"),
        (columns("over_secured", "id", "role"), "BYPASSRLS"),
        (columns("foreign_one", "id", "role"), "may not read `foreign_one`"),
        (columns("half", "id", "role"), "may not read `half`"),
    ];
    for (columns, reason) in cases {
        let error = gate_error(&database, &columns).await;
        assert_eq!(error.code, Code::DeployInvalidRoleGate, "{error}");
        assert!(error.message.contains(reason), "{error}");
    }
    // Rows that would be hidden are an error, never "no role".
    assert_eq!(role(&database, &columns("secured", "id", "role"), "ann").await, Err("refused"));
    postgres.sql("ALTER ROLE portico BYPASSRLS");
    let fresh = super::tests::database(&postgres);
    fresh.check_gate(&columns("secured", "id", "role")).await.unwrap();
    assert_eq!(role(&fresh, &columns("secured", "id", "role"), "ann").await, some("admin"));
}

#[tokio::test]
async fn a_schema_is_where_tables_are_looked_for_and_nowhere_else() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; RESET ROLE; CREATE SCHEMA \"My \"\"App\"; GRANT USAGE ON SCHEMA \"My \"\"App\" TO portico;
         CREATE TABLE \"My \"\"App\".members (id text PRIMARY KEY, role text); INSERT INTO \"My \"\"App\".members VALUES ('ann', 'app');
         CREATE TABLE members (id text PRIMARY KEY, role text); INSERT INTO members VALUES ('ann', 'public');
         CREATE TABLE only_public (id text PRIMARY KEY, role text); GRANT SELECT ON ALL TABLES IN SCHEMA public, \"My \"\"App\" TO portico",
    );
    let members = columns("members", "id", "role");
    assert_eq!(role(&database(&postgres), &members, "ann").await, some("public"));
    let in_schema = database_with(postgres.url(), Some("My \"App"), &patient());
    in_schema.check_gate(&members).await.unwrap();
    assert_eq!(role(&in_schema, &members, "ann").await, some("app"));
    let error = gate_error(&in_schema, &columns("only_public", "id", "role")).await;
    assert!(error.message.contains("in the schema `My \"App`"), "{error}");
}

#[tokio::test]
async fn a_table_may_change_its_type_under_a_prepared_statement() {
    let postgres = Postgres::start();
    postgres.sql("SET ROLE portico; CREATE TABLE t (id int PRIMARY KEY, role text); INSERT INTO t VALUES (7, 'admin')");
    let (database, columns) = (database(&postgres), columns("t", "id", "role"));
    assert_eq!(role(&database, &columns, "7").await, some("admin"));
    postgres.sql("ALTER TABLE t ALTER id TYPE text; INSERT INTO t VALUES ('x', 'other')");
    assert_eq!(role(&database, &columns, "x").await, some("other"));
    postgres.sql("DROP TABLE t; SET ROLE portico; CREATE TABLE t (role varchar(9), id bigint); INSERT INTO t VALUES ('again', 7)");
    assert_eq!(role(&database, &columns, "7").await, some("again"));
    postgres.sql("DROP TABLE t");
    assert_eq!(role(&database, &columns, "7").await, Err("refused"));
}

#[tokio::test]
async fn a_restart_costs_nothing_and_an_outage_no_wrong_answer() {
    let mut postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t VALUES ('ann', 'admin')",
    );
    let (database, columns) = (database(&postgres), columns("t", "id", "role"));
    for mode in ["fast", "immediate"] {
        // Several connections, each of which will be a dead one.
        let many = futures::future::join_all((0..8).map(|_| role(&database, &columns, "ann"))).await;
        assert!(many.iter().all(|answer| *answer == some("admin")), "{many:?}");
        postgres.restart(mode);
        assert_eq!(role(&database, &columns, "ann").await, some("admin"), "after a restart ({mode})");
    }
    postgres.stop("fast");
    assert_eq!(role(&database, &columns, "ann").await, Err("unavailable"));
    let error = gate_error(&database, &columns).await;
    assert_eq!(error.code, Code::RoleLookupUnavailable);
    // Thousands do not queue up before a server that is gone.
    let start = StdInstant::now();
    let many = futures::future::join_all((0..5_000).map(|_| role(&database, &columns, "ann"))).await;
    assert!(many.iter().all(|answer| *answer == Err("unavailable")), "{:?}", &many[..3]);
    assert!(start.elapsed() < Duration::from_secs(30));
    postgres.run();
    tokio::time::sleep(Duration::from_millis(limits::DATABASE_PAUSE_MS)).await;
    assert_eq!(role(&database, &columns, "ann").await, some("admin"));
}

#[tokio::test]
async fn what_takes_too_long_is_cancelled_on_the_server_and_hurts_nobody_else() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t VALUES ('ann', 'admin');
         CREATE VIEW slow AS SELECT id, role FROM t WHERE pg_sleep(60) IS NOT NULL",
    );
    let config = config::Auth { lookup_timeout_ms: 1_500, connections_per_project_max: 1, ..patient() };
    let database = database_with(postgres.url(), None, &config);
    let (fine, slow) = (columns("t", "id", "role"), columns("slow", "id", "role"));
    for _ in 0..3 {
        assert_eq!(role(&database, &slow, "ann").await, Err("timeout"));
        assert_eq!(role(&database, &fine, "ann").await, some("admin"));
    }
    // Without the server's own time limit, which came first: the cancel request alone does it, too.
    database.run(|client| async move { client.batch_execute("SET statement_timeout = 0").await }).await.unwrap();
    assert_eq!(role(&database, &slow, "ann").await, Err("timeout"));
    assert_eq!(role(&database, &fine, "ann").await, some("admin"));
    eventually(|| postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "0").await;
    // A lock is waited for no longer.
    let held = std::thread::scope(|scope| {
        let holder = scope.spawn(|| postgres.sql("BEGIN; LOCK TABLE t; SELECT pg_sleep(4); COMMIT"));
        while postgres.sql(
            "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 't'::regclass",
        ) == "0"
        {}
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let database = database_with(postgres.url(), None, &config);
        let held =
            scope.spawn(move || runtime.block_on(role(&database, &columns("t", "id", "role"), "ann"))).join().unwrap();
        holder.join().unwrap();
        held
    });
    assert_eq!(held, Err("timeout"));
    assert_eq!(role(&database, &fine, "ann").await, some("admin"));
}

#[tokio::test]
async fn a_server_that_answers_nothing_is_given_up_in_time() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t VALUES ('ann', 'admin')",
    );
    let config = config::Auth { lookup_timeout_ms: 1_000, ..patient() };
    let (database, columns) = (database_with(postgres.url(), None, &config), columns("t", "id", "role"));
    assert_eq!(role(&database, &columns, "ann").await, some("admin"));
    postgres.pause();
    for _ in 0..3 {
        let answers = futures::future::join_all((0..20).map(|_| role(&database, &columns, "ann"))).await;
        assert!(answers.iter().all(Result::is_err), "{answers:?}");
    }
    postgres.resume();
    for attempt in 0.. {
        match role(&database, &columns, "ann").await {
            Err(_) if attempt < 1_000 => tokio::time::sleep(Duration::from_millis(50)).await,
            answer => {
                assert_eq!(answer, some("admin"));
                break;
            }
        }
    }
}

#[tokio::test]
async fn connections_are_as_many_as_the_settings_say() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t VALUES ('ann', 'admin')",
    );
    let config = config::Auth { connections_per_project_max: 3, ..patient() };
    let (database, columns) = (database_with(postgres.url(), None, &config), columns("t", "id", "role"));
    for _ in 0..3 {
        let many = futures::future::join_all((0..200).map(|_| role(&database, &columns, "ann"))).await;
        assert!(many.iter().all(|answer| *answer == some("admin")));
    }
    // One more listens.
    assert_eq!(postgres.connections(), 4);
    assert_eq!(postgres.executed("FROM \"t\" WHERE"), 600);
    // A connection prepares the statement once.
    let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM \"t\" WHERE%' AND statement NOT LIKE '%NOT LIKE%'";
    let row = database.run(|client| async move { client.query_one(prepared, &[]).await }).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
    drop(database);
    eventually(|| postgres.connections() == 0).await;
}

#[tokio::test]
async fn what_is_notified_is_heard_and_what_was_missed_is_assumed() {
    let mut postgres = Postgres::start();
    postgres.sql("SET ROLE portico; CREATE TABLE t (id bigint PRIMARY KEY, role text)");
    postgres.sql_file("conf/sql/roles_notify.sql");
    postgres.sql("SELECT portico_notify_roles('t', 'id')");
    let database = database(&postgres);
    let heard = Arc::new(Heard::default());
    let watcher: Arc<dyn RoleWatcher> = Arc::clone(&heard) as _;
    database.add_watcher(Arc::downgrade(&watcher));
    // Nothing was looked up before, so there is nothing to forget.
    database.listening().await;
    assert_eq!(heard.take(), Vec::<String>::new());
    postgres.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    heard.expect(&["1", "2"]).await;
    postgres.sql("UPDATE t SET role = 'c' WHERE id = 2; UPDATE t SET id = 3 WHERE id = 1; DELETE FROM t WHERE id = 3");
    heard.expect(&["1", "2", "3"]).await;
    postgres.sql("BEGIN; UPDATE t SET role = 'd'; ROLLBACK");
    postgres.sql("INSERT INTO t SELECT n, 'x' FROM generate_series(100, 2000) n");
    heard.expect(&["everyone"]).await;
    postgres.sql("TRUNCATE t");
    heard.expect(&["everyone"]).await;
    postgres.restart("immediate");
    heard.expect(&["everyone"]).await;
    postgres.sql("INSERT INTO t VALUES (9, 'x')");
    heard.expect(&["9"]).await;
    postgres
        .sql("SELECT portico_notify_roles('t', NULL); INSERT INTO t VALUES (10, 'x'); NOTIFY portico_roles, 'by hand'");
    heard.expect(&["by hand"]).await;
}

#[derive(Default)]
struct Heard {
    changes: std::sync::Mutex<Vec<String>>,
}

impl RoleWatcher for Heard {
    fn forget(&self, user: Option<&str>) {
        self.changes.lock().unwrap().push(user.unwrap_or("everyone").to_owned());
    }
}

impl Heard {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.changes.lock().unwrap())
    }

    /// Waits for exactly these, in any order, as often as they come.
    async fn expect(&self, expected: &[&str]) {
        let mut heard = std::collections::BTreeSet::new();
        for _ in 0..600 {
            heard.extend(self.take());
            if heard.len() >= expected.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(heard, expected.iter().map(|&text| text.to_owned()).collect());
    }
}

pub(crate) async fn eventually(condition: impl Fn() -> bool) {
    for _ in 0..600 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came true");
}

#[tokio::test]
async fn certificates_are_believed_as_far_as_sslmode_says() {
    let postgres = Postgres::with_tls();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t VALUES ('ann', 'admin')",
    );
    let columns = columns("t", "id", "role");
    let ca = postgres.path().join("tls/ca.pem").display().to_string();
    let other = postgres.path().join("tls/other.pem").display().to_string();
    let wrong_name = postgres.url().replace("127.0.0.1", "127.0.0.2");
    let cases = [
        (postgres.url(), "?sslmode=disable".to_owned(), true),
        (postgres.url(), String::new(), true),
        (postgres.url(), "?sslmode=require".to_owned(), true),
        (postgres.url(), format!("?sslmode=require&sslrootcert={other}"), false),
        (postgres.url(), format!("?sslmode=verify-ca&sslrootcert={ca}"), true),
        (postgres.url(), format!("?sslmode=verify-ca&sslrootcert={other}"), false),
        (postgres.url(), format!("?sslmode=verify-full&sslrootcert={ca}"), true),
        (postgres.url(), format!("?sslmode=verify-full&sslrootcert={other}"), false),
        (postgres.url(), "?sslmode=verify-full".to_owned(), false),
        // The same server under a name its certificate does not have.
        (wrong_name.clone(), format!("?sslmode=verify-ca&sslrootcert={ca}&hostaddr=127.0.0.1"), true),
        (wrong_name, format!("?sslmode=verify-full&sslrootcert={ca}&hostaddr=127.0.0.1"), false),
    ];
    for (url, query, works) in cases {
        let database = database_with(url + &query, None, &patient());
        let answer = role(&database, &columns, "ann").await;
        assert_eq!(answer, if works { some("admin") } else { Err("unavailable") }, "{query}");
        let tls = database
            .run(|client| async move {
                client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).await
            })
            .await;
        assert!(
            tls.is_ok() == works && tls.is_ok_and(|row| row.get::<_, bool>(0) != query.contains("disable")) == works,
            "{query}"
        );
    }
    postgres.sql("ALTER SYSTEM SET ssl = off");
    postgres.sql("SELECT pg_reload_conf()");
    let plain = database_with(postgres.url() + "?sslmode=prefer", None, &patient());
    eventually(|| postgres.sql("SHOW ssl") == "off").await;
    assert_eq!(role(&plain, &columns, "ann").await, some("admin"));
    let strict = database_with(postgres.url() + "?sslmode=require", None, &patient());
    assert_eq!(role(&strict, &columns, "ann").await, Err("unavailable"));
    let settings = |root: &str| Database {
        url: Secret::new(format!("{}?sslmode=verify-ca&sslrootcert={root}", postgres.url())),
        schema: None,
    };
    for root in ["/nowhere/ca.pem", "/etc/hostname"] {
        let error = ProjectDatabase::new("p", &settings(root), &patient()).unwrap_err();
        assert_eq!((error.code, error.path()), (Code::InvalidAuthSettings, Some("database.url")));
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_outage_and_told_to_nobody() {
    let postgres = Postgres::start();
    let database = database_with(postgres.url().replace(PASSWORD, "CANARY-wrong"), None, &patient());
    let error = database.role(&columns("t", "id", "role"), "ann").await.unwrap_err();
    assert_eq!(error.reason, "unavailable");
    assert!(error.cause.starts_with("28P01") && !error.cause.contains("CANARY"), "{}", error.cause);
    assert!(!format!("{database:?}").contains("CANARY"));
}
