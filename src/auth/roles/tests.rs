//! The cache, against a source that counts and can be held up; then against PostgreSQL.

use super::*;
use crate::auth::clock::Clock;
use crate::auth::database::Watchers;
use crate::error::{Code, Error};
use crate::limits;
use futures::future::join_all;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

const MINUTE: Duration = Duration::from_secs(60);

/// A table that counts look-ups. Each reads its row, then waits for a permit to answer.
struct Table {
    rows: Mutex<HashMap<String, String>>,
    asked: AtomicUsize,
    permits: Semaphore,
    broken: Mutex<bool>,
    panics: Mutex<bool>,
    keep: Mutex<bool>,
    watchers: Watchers,
}

#[async_trait]
impl RoleSource for Table {
    async fn role(&self, _: &RoleColumns, user: &str) -> Result<Answer, LookUpError> {
        self.asked.fetch_add(1, SeqCst);
        let role = self.rows.lock().unwrap().get(user).cloned();
        let keep = *self.keep.lock().unwrap();
        self.permits.acquire().await.unwrap().forget();
        assert!(!*self.panics.lock().unwrap(), "as the test wants");
        if *self.broken.lock().unwrap() {
            return Err(LookUpError { reason: "unavailable", cause: "the log's cause".to_owned() });
        }
        Ok(Answer { role, keep })
    }

    fn watch(&self, watcher: Weak<dyn RoleWatcher>) {
        self.watchers.add(watcher);
    }
}

impl Table {
    fn new(rows: &[(&str, &str)]) -> Arc<Self> {
        let rows = rows.iter().map(|&(user, role)| (user.to_owned(), role.to_owned())).collect();
        Arc::new(Self {
            rows: Mutex::new(rows),
            asked: AtomicUsize::new(0),
            permits: Semaphore::new(100_000),
            broken: Mutex::new(false),
            panics: Mutex::new(false),
            keep: Mutex::new(true),
            watchers: Watchers::default(),
        })
    }

    fn set(&self, user: &str, role: &str) {
        self.rows.lock().unwrap().insert(user.to_owned(), role.to_owned());
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }

    /// From now on look-ups wait until [`Self::go`].
    fn hold(&self) {
        self.permits.forget_permits(usize::MAX);
    }

    fn go(&self) {
        self.permits.add_permits(100_000);
    }

    async fn wait_until_asked(&self, times: usize) {
        while self.asked() < times {
            tokio::task::yield_now().await;
        }
    }
}

fn columns() -> RoleColumns {
    RoleColumns { table: "t".to_owned(), id_column: "id".to_owned(), role_column: "role".to_owned() }
}

fn roles_of(table: &Arc<Table>) -> (Arc<Roles>, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(1_000_000));
    let source = Arc::clone(table) as Arc<dyn RoleSource>;
    (Roles::with_clock(source, columns(), 1_000, Clock::Manual(Arc::clone(&now))), now)
}

/// What a gate does.
async fn ask(roles: &Roles, user: &str, ttl: Duration) -> Result<Option<String>, Code> {
    let role = match roles.cached(user, ttl) {
        Some(role) => role,
        None => roles.look_up(user, ttl).await.map_err(|error: Error| error.code)?,
    };
    Ok(role.map(|role| role.to_string()))
}

fn some(role: &str) -> Result<Option<String>, Code> {
    Ok(Some(role.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_of_one_user_are_one_look_up() {
    let table = Table::new(&[("ann", "admin")]);
    let (roles, _) = roles_of(&table);
    table.hold();
    let requests: Vec<_> = (0..10_000)
        .map(|_| {
            let roles = Arc::clone(&roles);
            tokio::spawn(async move { ask(&roles, "ann", MINUTE).await })
        })
        .collect();
    table.wait_until_asked(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    table.go();
    for request in requests {
        assert_eq!(request.await.unwrap(), some("admin"));
    }
    assert_eq!(table.asked(), 1);
    // Without a pause between look-up and answer, as well.
    for user in ["ben", "eve"] {
        let before = table.asked();
        let requests = (0..10_000).map(|_| {
            let roles = Arc::clone(&roles);
            tokio::spawn(async move { ask(&roles, user, MINUTE).await })
        });
        assert!(join_all(requests).await.into_iter().all(|role| role.unwrap() == Ok(None)));
        assert_eq!(table.asked(), before + 1);
    }
}

#[tokio::test]
async fn an_entry_is_good_for_a_gate_while_it_is_younger_than_the_gates_time() {
    let table = Table::new(&[("ann", "admin")]);
    let (roles, now) = roles_of(&table);
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    table.set("ann", "member");
    let tenth = |ttl_ms: u64| ttl_ms / 256 * limits::ROLE_TTL_JITTER;
    now.fetch_add(10_000 - tenth(10_000) - 300, SeqCst);
    assert_eq!(roles.cached("ann", Duration::from_secs(10)).map(|role| role.is_some()), Some(true));
    now.fetch_add(tenth(10_000) + 300, SeqCst);
    // Exactly its time old: too old for the one gate, and good for the other, of the same release.
    assert_eq!(roles.cached("ann", Duration::from_secs(10)), None);
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    assert_eq!(table.asked(), 1);
    assert_eq!(ask(&roles, "ann", Duration::from_secs(10)).await, some("member"));
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("member"));
    assert_eq!(table.asked(), 2);
    now.fetch_add(60_000, SeqCst);
    assert_eq!(roles.cached("ann", MINUTE), None);
}

#[tokio::test]
async fn an_entry_is_never_good_for_longer_than_the_gates_time() {
    let table = Table::new(&[]);
    let (roles, now) = roles_of(&table);
    let mut early = 0;
    for user in 0..500 {
        let user = format!("u{user}");
        let _ = ask(&roles, &user, MINUTE).await;
    }
    now.fetch_add(57_000, SeqCst);
    for user in 0..500 {
        early += usize::from(roles.cached(&format!("u{user}"), MINUTE).is_none());
    }
    assert!((1..500).contains(&early), "{early} of 500 expired early: that is not by chance");
    now.fetch_add(3_000, SeqCst);
    assert!((0..500).all(|user| roles.cached(&format!("u{user}"), MINUTE).is_none()));
}

#[tokio::test]
async fn an_entry_is_as_old_as_its_look_ups_beginning() {
    let table = Table::new(&[("ann", "admin")]);
    let (roles, now) = roles_of(&table);
    table.hold();
    let asking = tokio::spawn({
        let roles = Arc::clone(&roles);
        async move { ask(&roles, "ann", MINUTE).await }
    });
    table.wait_until_asked(1).await;
    now.fetch_add(59_999, SeqCst);
    // Not yet a minute under way, so it may be joined; by a gate that wants younger answers it may not.
    let joined = tokio::spawn({
        let roles = Arc::clone(&roles);
        async move { ask(&roles, "ann", MINUTE).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(table.asked(), 1);
    table.set("ann", "member");
    let impatient = tokio::spawn({
        let roles = Arc::clone(&roles);
        async move { ask(&roles, "ann", Duration::from_secs(5)).await }
    });
    table.wait_until_asked(2).await;
    now.fetch_add(1, SeqCst);
    table.go();
    assert_eq!(asking.await.unwrap(), some("admin"));
    assert_eq!(joined.await.unwrap(), some("admin"));
    assert_eq!(impatient.await.unwrap(), some("member"));
    // The older look-up's answer is not what is remembered.
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("member"));
    assert_eq!(table.asked(), 2);
}

#[tokio::test]
async fn a_time_of_zero_asks_each_time_and_remembers_nothing() {
    let table = Table::new(&[("ann", "admin")]);
    let (roles, _) = roles_of(&table);
    for times in 1..=3 {
        assert_eq!(ask(&roles, "ann", Duration::ZERO).await, some("admin"));
        assert_eq!(table.asked(), times);
    }
    assert_eq!(roles.cached("ann", MINUTE), None);
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    table.set("ann", "member");
    assert_eq!(ask(&roles, "ann", Duration::ZERO).await, some("member"));
    // Together, too: each has its own, none joins one that began before it.
    let before = table.asked();
    assert!(
        join_all((0..10).map(|_| ask(&roles, "ann", Duration::ZERO))).await.iter().all(|role| *role == some("member"))
    );
    assert_eq!(table.asked(), before + 10);
}

#[tokio::test]
async fn no_role_is_remembered_and_a_failure_is_not() {
    let table = Table::new(&[]);
    let (roles, _) = roles_of(&table);
    for _ in 0..3 {
        assert_eq!(ask(&roles, "nobody", MINUTE).await, Ok(None));
    }
    assert_eq!(table.asked(), 1);
    *table.broken.lock().unwrap() = true;
    for times in 2..=4 {
        assert_eq!(ask(&roles, "ann", MINUTE).await, Err(Code::RoleLookupUnavailable));
        assert_eq!(table.asked(), times);
    }
    let error = roles.look_up("ann", MINUTE).await.unwrap_err();
    assert!(!error.envelope(None).to_string().contains("the log's cause"));
    assert_eq!(error.cause.as_deref(), Some("the log's cause"));
    *table.broken.lock().unwrap() = false;
    table.set("ann", "admin");
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
}

#[tokio::test]
async fn an_outage_is_never_answered_from_what_is_too_old() {
    let table = Table::new(&[("ann", "admin")]);
    let (roles, now) = roles_of(&table);
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    *table.broken.lock().unwrap() = true;
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    now.fetch_add(60_000, SeqCst);
    assert_eq!(ask(&roles, "ann", MINUTE).await, Err(Code::RoleLookupUnavailable));
    assert_eq!(ask(&roles, "ann", MINUTE).await, Err(Code::RoleLookupUnavailable));
}

#[tokio::test]
async fn a_look_up_goes_on_without_who_began_it_and_ends_if_it_panics() {
    let table = Table::new(&[("ann", "admin")]);
    let (roles, _) = roles_of(&table);
    table.hold();
    let asking = tokio::spawn({
        let roles = Arc::clone(&roles);
        async move { ask(&roles, "ann", MINUTE).await }
    });
    table.wait_until_asked(1).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    table.go();
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    assert_eq!(table.asked(), 1);
    *table.panics.lock().unwrap() = true;
    assert_eq!(ask(&roles, "ben", MINUTE).await, Err(Code::RoleLookupUnavailable));
    *table.panics.lock().unwrap() = false;
    assert_eq!(ask(&roles, "ben", MINUTE).await, Ok(None));
}

#[tokio::test]
async fn what_changes_during_a_look_up_is_not_remembered_as_it_was() {
    for everyone in [false, true] {
        let table = Table::new(&[("ann", "admin")]);
        let (roles, _) = roles_of(&table);
        table.hold();
        let before = tokio::spawn({
            let roles = Arc::clone(&roles);
            async move { ask(&roles, "ann", MINUTE).await }
        });
        table.wait_until_asked(1).await;
        table.set("ann", "member");
        table.watchers.forget(if everyone { None } else { Some("ann") });
        // Whoever comes now has a look-up of after the change, although the other is still under way.
        let after = tokio::spawn({
            let roles = Arc::clone(&roles);
            async move { ask(&roles, "ann", MINUTE).await }
        });
        table.wait_until_asked(2).await;
        table.go();
        assert_eq!(before.await.unwrap(), some("admin"));
        assert_eq!(after.await.unwrap(), some("member"));
        assert_eq!(ask(&roles, "ann", MINUTE).await, some("member"));
        assert_eq!(table.asked(), 2, "everyone: {everyone}");
        // Nor if nobody asks before it ends.
        table.hold();
        roles.forget(None);
        let before = tokio::spawn({
            let roles = Arc::clone(&roles);
            async move { ask(&roles, "ann", MINUTE).await }
        });
        table.wait_until_asked(3).await;
        table.set("ann", "guest");
        table.watchers.forget(if everyone { None } else { Some("ann") });
        table.go();
        assert_eq!(before.await.unwrap(), some("member"));
        assert_eq!(ask(&roles, "ann", MINUTE).await, some("guest"));
    }
}

#[tokio::test]
async fn forgetting_one_leaves_the_others() {
    let table = Table::new(&[("ann", "admin"), ("ben", "admin")]);
    let (roles, _) = roles_of(&table);
    for user in ["ann", "ben"] {
        assert_eq!(ask(&roles, user, MINUTE).await, some("admin"));
        table.set(user, "member");
    }
    roles.forget(Some("ann"));
    roles.forget(Some("somebody else"));
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("member"));
    assert_eq!(ask(&roles, "ben", MINUTE).await, some("admin"));
    roles.forget(None);
    assert_eq!(ask(&roles, "ben", MINUTE).await, some("member"));
    assert_eq!(table.asked(), 4);
}

#[tokio::test]
async fn what_may_not_be_remembered_is_not() {
    let table = Table::new(&[]);
    let (roles, _) = roles_of(&table);
    *table.keep.lock().unwrap() = false;
    for times in 1..=2 {
        assert_eq!(ask(&roles, "ANN", MINUTE).await, Ok(None));
        assert_eq!(table.asked(), times);
    }
    *table.keep.lock().unwrap() = true;
    let long = "x".repeat(limits::USER_ID_BYTES_MAX + 1);
    for times in 3..=4 {
        assert_eq!(ask(&roles, &long, MINUTE).await, Ok(None));
        assert_eq!(table.asked(), times);
    }
}

#[tokio::test]
async fn a_dropped_cache_is_told_of_nothing_and_memory_is_bounded() {
    let table = Table::new(&[]);
    let (roles, _) = roles_of(&table);
    for user in 0..3_000 {
        let _ = ask(&roles, &format!("u{user}"), MINUTE).await;
    }
    let kept = (0..3_000).filter(|user| roles.cached(&format!("u{user}"), MINUTE).is_some()).count();
    assert!(kept <= 1_000 + 600, "{kept} users are remembered, 1,000 may be");
    let gone = Arc::downgrade(&roles);
    drop(roles);
    assert_eq!(gone.strong_count(), 0);
    table.watchers.forget(None);
}

#[tokio::test]
async fn roles_in_memory_tell_of_their_changes() {
    let source = Arc::new(RolesInMemory::new([("ann".to_owned(), "admin".to_owned())]));
    let roles = Roles::new(Arc::clone(&source) as _, columns(), 10);
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("admin"));
    source.set("ann", Some("member"));
    assert_eq!(ask(&roles, "ann", MINUTE).await, some("member"));
    source.set("ann", None);
    assert_eq!(ask(&roles, "ann", MINUTE).await, Ok(None));
}

mod with_postgres {
    use super::*;
    use crate::auth::database::tests::{database, eventually};
    use crate::auth::test_postgres::Postgres;

    #[tokio::test(flavor = "multi_thread")]
    async fn ten_thousand_requests_of_one_user_are_one_query() {
        let postgres = Postgres::start();
        postgres.sql(
            "SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t VALUES ('ann', 'admin')",
        );
        let database = database(&postgres);
        let roles = Roles::new(database, columns(), 100);
        let requests = (0..10_000).map(|_| {
            let roles = Arc::clone(&roles);
            tokio::spawn(async move { ask(&roles, "ann", MINUTE).await })
        });
        assert!(join_all(requests).await.into_iter().all(|role| role.unwrap() == some("admin")));
        assert_eq!(postgres.executed("FROM \"t\" WHERE"), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_that_change_under_load_are_seen_at_once_when_they_are_notified() {
        let postgres = Postgres::start();
        postgres.sql("SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t SELECT 'u' || n, 'r0' FROM generate_series(0, 9) n");
        postgres.sql_file("conf/sql/roles_notify.sql");
        postgres.sql("SELECT portico_notify_roles('t', 'id')");
        let roles = Roles::new(database(&postgres), columns(), 100);
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let load: Vec<_> = (0..20)
            .map(|n| {
                let (roles, stop) = (Arc::clone(&roles), Arc::clone(&stop));
                tokio::spawn(async move {
                    while !stop.load(SeqCst) {
                        let role = ask(&roles, &format!("u{}", n % 10), MINUTE).await.unwrap().unwrap();
                        assert!(role.starts_with('r'));
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for round in 1..=20 {
            postgres.sql(&format!("UPDATE t SET role = 'r{round}'"));
            let fresh = format!("r{round}");
            // Within the patience of the test, far less than the minute of the gate; and it never goes back.
            for user in 0..10 {
                let user = format!("u{user}");
                for attempt in 0.. {
                    if ask(&roles, &user, MINUTE).await.unwrap().as_deref() == Some(&fresh) {
                        break;
                    }
                    assert!(attempt < 1_000, "{user} still has a role of before round {round}");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                assert_eq!(ask(&roles, &user, MINUTE).await, some(&fresh), "{user} went back");
            }
        }
        stop.store(true, SeqCst);
        for task in load {
            task.await.unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_outage_under_load_gives_right_answers_or_none() {
        let mut postgres = Postgres::start();
        postgres.sql("SET ROLE portico; CREATE TABLE t (id text PRIMARY KEY, role text); INSERT INTO t SELECT 'u' || n, 'r' || n FROM generate_series(0, 49) n");
        let roles = Roles::new(database(&postgres), columns(), 100);
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let load: Vec<_> = (0..50)
            .map(|n| {
                let (roles, stop) = (Arc::clone(&roles), Arc::clone(&stop));
                tokio::spawn(async move {
                    let (mut passed, mut refused) = (0, 0);
                    while !stop.load(SeqCst) {
                        match ask(&roles, &format!("u{n}"), Duration::from_millis(2 * (n % 2))).await {
                            Ok(role) => {
                                assert_eq!(role, Some(format!("r{n}")));
                                passed += 1;
                            }
                            Err(code) => {
                                assert_eq!(code, Code::RoleLookupUnavailable);
                                refused += 1;
                                tokio::time::sleep(Duration::from_millis(5)).await;
                            }
                        }
                    }
                    (passed, refused)
                })
            })
            .collect();
        for mode in ["fast", "immediate", "fast"] {
            tokio::time::sleep(Duration::from_millis(200)).await;
            postgres.restart(mode);
            eventually(|| postgres.executed("FROM \"t\" WHERE") > 0).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        for n in 0..50 {
            for attempt in 0.. {
                match ask(&roles, &format!("u{n}"), Duration::ZERO).await {
                    Err(_) if attempt < 500 => tokio::time::sleep(Duration::from_millis(20)).await,
                    role => {
                        assert_eq!(role, some(&format!("r{n}")), "after the outages");
                        break;
                    }
                }
            }
        }
        stop.store(true, SeqCst);
        for task in load {
            assert!(task.await.unwrap().0 > 0);
        }
    }
}
