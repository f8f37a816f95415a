//! Both stores, by the same tests; then what only PostgreSQL has.

use super::*;
use crate::auth::database::tests::{database, database_with, eventually};
use crate::auth::test_postgres::Postgres;
use crate::config;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const START: u64 = 1_800_000_000;
const HOUR: Duration = Duration::from_secs(3_600);

fn clock() -> (Clock, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(START * 1_000));
    (Clock::Manual(Arc::clone(&now)), now)
}

fn new(user: &str) -> NewSession {
    NewSession { user_id: user.to_owned(), lifetime: HOUR, ..NewSession::default() }
}

/// What must be true of any store.
async fn check(store: &dyn Sessions, now: &AtomicU64) {
    let full = NewSession {
        user_id: "Ann's \"id\" 🎈".to_owned(),
        email: Some("ann@example.com".to_owned()),
        email_verified: true,
        is_test: true,
        auth_time: Some(START - 60),
        amr: vec!["tenant_sso".to_owned(), "otp".to_owned()],
        amr_times: BTreeMap::from([("otp".to_owned(), START - 30)]),
        authz_version: 7,
        issuer: Some("tenant:acme".to_owned()),
        lifetime: HOUR,
    };
    let (session, secret) = store.create(full).await.unwrap();
    assert_eq!((session.created_at, session.expires_at), (START, START + 3_600));
    assert_eq!(session.amr_times["tenant_sso"], START - 60);
    assert_eq!(store.find(&session.id, secret.expose()).await.unwrap().as_ref(), Some(&session));
    assert_eq!(format!("{secret:?}"), "SessionSecret(redacted)");

    // Another's secret, and what is none at all.
    let (other, other_secret) = store.create(new("ben")).await.unwrap();
    assert_ne!(session.id, other.id);
    let mut changed = secret.expose().to_owned();
    changed.replace_range(0..1, if changed.starts_with('A') { "B" } else { "A" });
    let longer = format!("{}A", secret.expose());
    for wrong in [other_secret.expose(), changed.as_str(), longer.as_str(), "", "\0", &secret.expose()[1..], "ÄÖÜ"] {
        assert_eq!(store.find(&session.id, wrong).await.unwrap(), None, "{wrong}");
    }
    for wrong in
        ["", "\0", "' OR true --", &session.id[1..], &session.id.to_lowercase(), &format!("{}A", session.id), "%"]
    {
        assert!(*wrong == *session.id || store.find(wrong, secret.expose()).await.unwrap().is_none(), "{wrong}");
        assert!(*wrong == *session.id || !store.revoke(wrong).await.unwrap(), "{wrong}");
    }

    // It ends at its time, not a second later.
    now.fetch_add(3_599_000, SeqCst);
    assert!(store.find(&session.id, secret.expose()).await.unwrap().is_some());
    now.fetch_add(1_000, SeqCst);
    assert_eq!(store.find(&session.id, secret.expose()).await.unwrap(), None);
    assert_eq!(store.list(None).await.unwrap(), []);
    assert!(!store.revoke(&session.id).await.unwrap());

    // Revoked: one, and all of a user.
    let mut mine = Vec::new();
    for _ in 0..3 {
        now.fetch_add(1_000, SeqCst);
        mine.push(store.create(new("ann")).await.unwrap());
    }
    let (theirs, their_secret) = store.create(new("ANN")).await.unwrap();
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
    let youngest_first: Vec<_> = mine.iter().rev().map(|(session, _)| session.id.clone()).collect();
    assert_eq!(ids(store.list(Some("ann")).await.unwrap()), youngest_first);
    assert_eq!(store.list(None).await.unwrap().len(), 4);
    assert_eq!(store.list(Some("nobody\0")).await.unwrap(), []);
    assert!(store.revoke(&mine[0].0.id).await.unwrap());
    assert!(!store.revoke(&mine[0].0.id).await.unwrap());
    assert_eq!(store.find(&mine[0].0.id, mine[0].1.expose()).await.unwrap(), None);
    assert!(store.find(&mine[1].0.id, mine[1].1.expose()).await.unwrap().is_some());
    assert_eq!(store.revoke_user("ann").await.unwrap(), 2);
    assert_eq!(store.revoke_user("ann").await.unwrap(), 0);
    for (session, secret) in &mine {
        assert_eq!(store.find(&session.id, secret.expose()).await.unwrap(), None);
    }
    assert!(store.find(&theirs.id, their_secret.expose()).await.unwrap().is_some());

    // A session is somebody's, and not for ever.
    assert_eq!(store.create(new("")).await.unwrap_err().code, Code::BadField);
    assert_eq!(store.create(new("a\0b")).await.unwrap_err().code, Code::BadField);
    let eternal = NewSession { lifetime: Duration::MAX, ..new("ann") };
    let (session, _) = store.create(eternal).await.unwrap();
    assert_eq!(session.expires_at - session.created_at, limits::SESSION_SECONDS_MAX);
}

#[tokio::test]
async fn sessions_in_memory() {
    let (clock, now) = clock();
    check(&SessionsInMemory::new(clock, 100), &now).await;
}

#[tokio::test]
async fn sessions_in_postgres() {
    let postgres = Postgres::start();
    let (clock, now) = clock();
    check(&SessionsInPostgres::with_clock(database(&postgres), clock), &now).await;
    assert_eq!(postgres.sql("SELECT count(*) FROM portico_sessions WHERE revoked_at IS NOT NULL"), "3");
}

#[tokio::test]
async fn memory_is_bounded_and_the_oldest_make_room() {
    let (clock, now) = clock();
    let store = SessionsInMemory::new(clock, 3);
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(store.create(new("ann")).await.unwrap());
    }
    let mut alive = Vec::new();
    for (session, secret) in &made {
        alive.push(store.find(&session.id, secret.expose()).await.unwrap().is_some());
    }
    assert_eq!(alive, [false, false, true, true, true]);
    now.fetch_add(3_600_000, SeqCst);
    let (fresh, _) = store.create(new("ben")).await.unwrap();
    assert_eq!(store.list(None).await.unwrap(), [fresh]);
}

#[tokio::test]
async fn the_store_does_not_have_what_makes_one_a_user() {
    let postgres = Postgres::start();
    let store = SessionsInPostgres::new(database(&postgres));
    let (session, secret) = store.create(new("ann")).await.unwrap();
    let row = postgres.sql("SELECT s::text FROM portico_sessions s");
    assert!(row.contains(&session.id) && !row.contains(secret.expose()), "{row}");
    let expected = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.expose().as_bytes());
    let stored = postgres.sql("SELECT encode(secret_sha256, 'hex') FROM portico_sessions");
    assert_eq!(stored, expected.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    assert!(!postgres.log().contains(secret.expose()));
}

#[tokio::test]
async fn projects_that_share_a_database_do_not_share_sessions() {
    let postgres = Postgres::start();
    let settings =
        crate::auth::document::Database { url: crate::auth::document::Secret::new(postgres.url()), schema: None };
    let config = config::Auth::default();
    let store = |project: &str| {
        SessionsInPostgres::new(crate::auth::database::ProjectDatabase::new(project, &settings, &config).unwrap())
    };
    let (mine, theirs) = (store("mine"), store("theirs"));
    let (session, secret) = mine.create(new("ann")).await.unwrap();
    assert_eq!(theirs.find(&session.id, secret.expose()).await.unwrap(), None);
    assert!(!theirs.revoke(&session.id).await.unwrap());
    assert_eq!(theirs.revoke_user("ann").await.unwrap(), 0);
    assert_eq!(theirs.list(None).await.unwrap(), []);
    assert!(mine.find(&session.id, secret.expose()).await.unwrap().is_some());
}

#[tokio::test]
async fn the_table_is_made_once_where_the_schema_says_or_was_made_by_hand() {
    let postgres = Postgres::start();
    // Ten nodes come to a new database together.
    let config = config::Auth::default();
    let stores: Vec<_> = (0..10).map(|_| SessionsInPostgres::new(database(&postgres))).collect();
    let made = futures::future::join_all(stores.iter().map(|store| store.create(new("ann")))).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(postgres.sql("SELECT count(*) FROM portico_sessions"), "10");
    // In a schema of its own, which has a name that must be quoted.
    postgres.sql("CREATE SCHEMA \"Own Schema\" AUTHORIZATION portico");
    let store = SessionsInPostgres::new(database_with(postgres.url(), Some("Own Schema"), &config));
    let (session, secret) = store.create(new("ann")).await.unwrap();
    assert!(store.find(&session.id, secret.expose()).await.unwrap().is_some());
    assert_eq!(postgres.sql("SELECT count(*) FROM \"Own Schema\".portico_sessions"), "1");
    // By hand, for a user who may make nothing.
    postgres.sql("CREATE SCHEMA kept; GRANT USAGE ON SCHEMA kept TO portico");
    let store = SessionsInPostgres::new(database_with(postgres.url(), Some("kept"), &config));
    let error = store.create(new("ann")).await.unwrap_err();
    assert_eq!(error.code, Code::SessionLookupUnavailable);
    let by_hand = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/conf/sql/sessions.sql")).unwrap();
    postgres.sql(&format!(
        "SET search_path TO kept; {by_hand}; GRANT SELECT, INSERT, UPDATE, DELETE ON kept.portico_sessions TO portico"
    ));
    let (session, secret) = store.create(new("ann")).await.unwrap();
    assert!(store.find(&session.id, secret.expose()).await.unwrap().is_some());
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_an_outage_is_told() {
    let mut postgres = Postgres::start();
    let store = SessionsInPostgres::new(database(&postgres));
    let (session, secret) = store.create(new("ann")).await.unwrap();
    postgres.restart("immediate");
    assert_eq!(store.find(&session.id, secret.expose()).await.unwrap(), Some(session.clone()));
    postgres.stop("fast");
    assert_eq!(store.find(&session.id, secret.expose()).await.unwrap_err().code, Code::SessionLookupUnavailable);
    assert_eq!(store.revoke(&session.id).await.unwrap_err().code, Code::SessionLookupUnavailable);
    postgres.run();
    tokio::time::sleep(Duration::from_millis(limits::DATABASE_PAUSE_MS)).await;
    assert!(store.revoke(&session.id).await.unwrap());
}

#[tokio::test]
async fn those_that_ended_long_ago_are_removed() {
    let postgres = Postgres::start();
    let (clock, now) = clock();
    let store = SessionsInPostgres::with_clock(database(&postgres), clock);
    let (old, _) = store.create(new("ann")).await.unwrap();
    now.fetch_add((limits::SESSION_KEEP_SECONDS + 3_600 + 1) * 1_000, SeqCst);
    let (fresh, _) = store.create(new("ann")).await.unwrap();
    assert_ne!(old.id, fresh.id);
    eventually(|| postgres.sql("SELECT id FROM portico_sessions") == fresh.id).await;
}
