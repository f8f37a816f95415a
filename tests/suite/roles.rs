//! Role gates whose roles are in a PostgreSQL of the tests' own: which is stopped, restarted, held up, and changed under load.

use crate::support::auth::{PROJECT, gated, role_gate};
use crate::support::http::{Connection, Response};
use crate::support::node::{Node, PATIENCE};
use crate::support::postgres::{PASSWORD, Postgres};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What the look-ups of these tests have in them, and nothing else has.
const LOOK_UP: &str = "FROM \"members\" WHERE \"user_id\" = ";

const MEMBERS: &str = "SET ROLE portico; CREATE TABLE members (user_id text PRIMARY KEY, role text);
    INSERT INTO members VALUES ('ann', 'admin'), ('ben', 'member'), ('nul', NULL)";

fn members() -> Postgres {
    let postgres = Postgres::start();
    postgres.sql(MEMBERS);
    postgres
}

/// A node whose project asks this database, with a gate in front of `/gated`.
fn node(postgres: &Postgres, gate: &Value) -> Node {
    // Nothing that the database does is too slow on a busy machine.
    node_with(postgres, gate, "[auth]\nlookup_timeout_ms = 30000")
}

fn node_with(postgres: &Postgres, gate: &Value, config: &str) -> Node {
    let node = Node::with(config);
    node.auth(PROJECT, &json!({ "database": { "url": postgres.url() } }));
    node.site(gated(gate));
    node
}

/// Asks until the answer is this status. A node that was without its database is back a moment after it.
fn eventually(status: u16, ask: impl Fn() -> Response) -> Response {
    let start = Instant::now();
    loop {
        let answer = ask();
        if answer.status == status {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{} instead of {status}: {}", answer.status, answer.text());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The database's listener is there, so what is notified from here on is heard.
fn wait_until_listening(postgres: &Postgres) {
    let start = Instant::now();
    while postgres.executed("LISTEN portico_roles") == 0 {
        assert!(start.elapsed() < PATIENCE, "nobody listens");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(200));
}

fn assert_unavailable(answer: &Response) {
    assert_eq!((answer.status, answer.code().as_str()), (503, "ROLE_LOOKUP_UNAVAILABLE"), "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    for secret in [PASSWORD, "127.0.0.1", "portico:", "members"] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
}

#[test]
fn the_role_in_the_table_decides() {
    let postgres = members();
    let node = node(&postgres, &role_gate(&json!({})));
    let passed = node.get_as(&node.token("ann"), "/gated");
    assert_eq!((passed.status, &passed.json()["role"], &passed.json()["user"]), (200, &json!("admin"), &json!("ann")));
    for user in ["ben", "nul", "nobody", "ANN", "ann'--"] {
        let refused = node.get_as(&node.token(user), "/gated");
        assert_eq!((refused.status, refused.code().as_str()), (403, "ROLE_FORBIDDEN"), "{user}: {}", refused.text());
        assert_eq!(refused.json()["details"]["allowed_roles"], json!(["admin"]));
    }
    assert_eq!(node.get("/gated").status, 401);
    // Five users were asked for, and ann; each once.
    assert_eq!(node.get_as(&node.token("ann"), "/gated").status, 200);
    assert_eq!(postgres.executed(LOOK_UP), 1 + 6, "the gate was tried once, and six users were looked up");
    assert!(!node.log().contains(PASSWORD));
}

#[test]
fn names_with_capitals_and_ids_that_are_no_text() {
    let postgres = Postgres::start();
    postgres.sql(
        "SET ROLE portico; CREATE TABLE \"UserRoles\" (\"userId\" uuid PRIMARY KEY, \"Role\" text);
         INSERT INTO \"UserRoles\" VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'Admin'), ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'admin');
         CREATE TABLE numbered (id bigint PRIMARY KEY, role text); INSERT INTO numbered VALUES (7, 'admin')",
    );
    let gate = json!({ "requireRole": { "table": "UserRoles", "idColumn": "userId", "roleColumn": "Role", "allowed": ["Admin"] } });
    let node = node(&postgres, &gate);
    assert_eq!(node.get_as(&node.token("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "/gated").status, 200);
    // Roles are compared byte by byte.
    assert_eq!(node.get_as(&node.token("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"), "/gated").status, 403);
    assert_eq!(node.get_as(&node.token("not-a-uuid"), "/gated").status, 403);
    let gate =
        json!({ "requireRole": { "table": "numbered", "idColumn": "id", "roleColumn": "role", "allowed": ["admin"] } });
    node.site(gated(&gate));
    assert_eq!(node.get_as(&node.token("7"), "/gated").status, 200);
    for user in ["8", "seven", "7.0", "99999999999999999999"] {
        assert_eq!(node.get_as(&node.token(user), "/gated").status, 403, "{user}");
    }
}

#[test]
fn a_gate_that_cannot_work_does_not_go_live() {
    let postgres = members();
    postgres.sql(
        "CREATE TABLE secured (user_id text, role text); ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
         GRANT SELECT ON secured TO portico; CREATE TABLE private (user_id text, role text)",
    );
    let node = node(&postgres, &role_gate(&json!({})));
    let token = node.token("ann");
    let cases = [
        (json!({ "table": "nothing" }), "no table `nothing`"),
        (json!({ "table": "Members" }), "no table `Members`"),
        (json!({ "idColumn": "id" }), "no column `id`"),
        (json!({ "roleColumn": "Role" }), "the case of letters counts"),
        (json!({ "table": "secured" }), "BYPASSRLS"),
        (json!({ "table": "private" }), "may not read"),
    ];
    for (change, reason) in cases {
        let mut spec = gated(&role_gate(&change));
        spec["project"] = PROJECT.into();
        let error = node.refused(&spec);
        assert_eq!(error["code"], "DEPLOY_INVALID_ROLE_GATE", "{error}");
        assert!(error["message"].as_str().unwrap().contains(reason), "{error}");
        assert_eq!(node.get_as(&token, "/gated").status, 200, "the live release goes on");
    }
    assert!(!node.log().contains(PASSWORD));
}

#[test]
fn a_gate_whose_database_cannot_be_asked_does_not_go_live() {
    let mut postgres = members();
    let node = node(&postgres, &role_gate(&json!({})));
    postgres.stop("fast");
    let mut spec = gated(&role_gate(&json!({ "allowed": ["member"] })));
    spec["project"] = PROJECT.into();
    let error = node.refused(&spec);
    assert_eq!(error["code"], "ROLE_LOOKUP_UNAVAILABLE", "{error}");
    postgres.run();
    eventually(200, || node.get_as(&node.token("ann"), "/gated"));
}

#[test]
fn while_the_database_is_down_only_what_is_young_enough_passes() {
    let mut postgres = members();
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 3 })));
    let (ann, ben) = (node.token("ann"), node.token("ben"));
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    postgres.stop("fast");
    // A user who was not looked up is nobody's to judge; what needs no role is served.
    assert_unavailable(&node.get_as(&ben, "/gated"));
    assert_eq!(node.get("/open").status, 200);
    assert_eq!(node.get("/").status, 200);
    assert_eq!(node.get("/gated").status, 401);
    // And three seconds later nobody.
    assert_unavailable(&eventually(503, || node.get_as(&ann, "/gated")));
    for _ in 0..5 {
        assert_unavailable(&node.get_as(&ann, "/gated"));
    }
    postgres.run();
    eventually(200, || node.get_as(&ann, "/gated"));
    assert_eq!(eventually(403, || node.get_as(&ben, "/gated")).code(), "ROLE_FORBIDDEN");
    assert!(!node.log().contains(PASSWORD));
}

#[test]
fn a_restart_of_the_database_is_not_seen_by_anyone() {
    let mut postgres = members();
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 0 })));
    let token = node.token("ann");
    for mode in ["fast", "immediate"] {
        assert_eq!(node.get_as(&token, "/gated").status, 200);
        postgres.restart(mode);
        assert_eq!(node.get_as(&token, "/gated").status, 200, "after a restart ({mode})");
    }
}

#[test]
fn a_restart_under_load_costs_no_wrong_answer() {
    let mut postgres = members();
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 0 })));
    let tokens = [("ann", 200), ("ben", 403), ("nobody", 403)].map(|(user, status)| (node.token(user), status));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load: Vec<_> = (0..12)
            .map(|n| {
                let (token, expected) = &tokens[n % 3];
                let (node, done) = (&node, &done);
                scope.spawn(move || {
                    let mut right = 0;
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        let answer = node.get_as(token, "/gated");
                        if answer.status == 503 {
                            assert_unavailable(&answer);
                            std::thread::sleep(Duration::from_millis(5));
                        } else {
                            assert_eq!(answer.status, *expected, "{}", answer.text());
                            right += 1;
                        }
                    }
                    right
                })
            })
            .collect();
        for mode in ["fast", "immediate"] {
            std::thread::sleep(Duration::from_millis(300));
            postgres.stop(mode);
            std::thread::sleep(Duration::from_millis(300));
            postgres.run();
        }
        for (token, expected) in &tokens {
            eventually(*expected, || node.get_as(token, "/gated"));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        for thread in load {
            assert!(thread.join().unwrap() > 0);
        }
    });
}

#[test]
fn a_database_that_does_not_answer_is_given_up_and_holds_nothing_else_up() {
    let postgres = members();
    let node = node_with(&postgres, &role_gate(&json!({ "cacheTtl": 600 })), "[auth]\nlookup_timeout_ms = 1000");
    let (ann, ben) = (node.token("ann"), node.token("ben"));
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    wait_until_listening(&postgres);
    eventually(200, || node.get_as(&ann, "/gated"));
    postgres.pause();
    assert_unavailable(&node.get_as(&ben, "/gated"));
    assert_eq!(node.get_as(&ann, "/gated").status, 200, "what is remembered is not looked up");
    assert_eq!(node.get("/open").status, 200);
    postgres.resume();
    assert_eq!(eventually(403, || node.get_as(&ben, "/gated")).code(), "ROLE_FORBIDDEN");
}

#[test]
fn ten_thousand_requests_of_one_user_are_one_query() {
    const CONNECTIONS: usize = 500;
    let postgres = members();
    let config = "[auth]\nlookup_timeout_ms = 60000";
    let node = node_with(&postgres, &role_gate(&json!({ "cacheTtl": 600 })), config);
    // Another user's look-up, so that the node listens: what begins to listen forgets.
    let (ann, ben) = (node.token("ann"), node.token("ben"));
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    wait_until_listening(&postgres);
    let before = postgres.executed(LOOK_UP);
    postgres.pause();
    let request = format!("GET /gated HTTP/1.1\r\nhost: site.test\r\nauthorization: Bearer {ben}\r\n\r\n");
    let mut connections: Vec<_> = (0..CONNECTIONS).map(|_| Connection::open(node.edge)).collect();
    for connection in &mut connections {
        connection.write(request.as_bytes()).unwrap();
    }
    // All of them are waiting for the same answer by then.
    std::thread::sleep(Duration::from_millis(500));
    postgres.resume();
    for connection in &mut connections {
        let answer = connection.read("GET").unwrap().unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (403, "ROLE_FORBIDDEN"), "{}", answer.text());
    }
    for _ in 1..10_000 / CONNECTIONS {
        for connection in &mut connections {
            connection.write(request.as_bytes()).unwrap();
        }
        for connection in &mut connections {
            assert_eq!(connection.read("GET").unwrap().unwrap().status, 403);
        }
    }
    assert_eq!(postgres.executed(LOOK_UP) - before, 1);
    let metrics = node.metrics();
    let count = |outcome: &str| -> u64 {
        let line = format!("portico_role_cache_total{{outcome=\"{outcome}\"}} ");
        metrics.lines().find_map(|text| text.strip_prefix(&line)).map_or(0, |number| number.parse().unwrap())
    };
    assert_eq!(count("miss"), 2, "{metrics}");
    assert!(count("wait") > 0 && count("wait") + count("hit") >= 9_999, "{metrics}");
    assert!(
        metrics.contains("portico_role_age_seconds_bucket") && metrics.contains("portico_role_lookup_seconds_count"),
        "{metrics}"
    );
    assert!(!metrics.contains("ben"), "a user is the label of a metric: {metrics}");
}

#[test]
fn a_time_of_zero_asks_each_time() {
    let postgres = members();
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 0 })));
    let token = node.token("ann");
    let before = postgres.executed(LOOK_UP);
    for _ in 0..5 {
        assert_eq!(node.get_as(&token, "/gated").status, 200);
        postgres.sql("UPDATE members SET role = 'member' WHERE user_id = 'ann'");
        assert_eq!(node.get_as(&token, "/gated").status, 403);
        postgres.sql("UPDATE members SET role = 'admin' WHERE user_id = 'ann'");
    }
    assert_eq!(postgres.executed(LOOK_UP) - before, 10);
}

#[test]
fn a_role_is_remembered_for_its_time_and_no_longer() {
    let postgres = members();
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 2 })));
    let token = node.token("ann");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    // Listening has begun by then, which forgets once.
    wait_until_listening(&postgres);
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    postgres.sql("DELETE FROM members WHERE user_id = 'ann'");
    eventually(403, || node.get_as(&token, "/gated"));
    // No role is remembered as well, and no longer either.
    postgres.sql("INSERT INTO members VALUES ('ann', 'admin')");
    eventually(200, || node.get_as(&token, "/gated"));
}

#[test]
fn a_notification_is_heard_before_the_time_is_over() {
    let mut postgres = members();
    postgres.sql_file("conf/sql/roles_notify.sql");
    postgres.sql("SELECT portico_notify_roles('members', 'user_id')");
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 600 })));
    let (ann, ben) = (node.token("ann"), node.token("ben"));
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    wait_until_listening(&postgres);
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    assert_eq!(node.get_as(&ben, "/gated").status, 403);
    let before = postgres.executed(LOOK_UP);
    postgres.sql("UPDATE members SET role = 'member' WHERE user_id = 'ann'");
    eventually(403, || node.get_as(&ann, "/gated"));
    // Only hers was forgotten.
    assert_eq!(node.get_as(&ben, "/gated").status, 403);
    assert_eq!(postgres.executed(LOOK_UP) - before, 1);
    postgres.sql("UPDATE members SET role = 'admin'");
    eventually(200, || node.get_as(&ann, "/gated"));
    eventually(200, || node.get_as(&ben, "/gated"));
    // What was changed while nobody could hear it is not missed.
    postgres.stop("immediate");
    postgres.run();
    postgres.sql("SET session_replication_role = replica; DELETE FROM members");
    eventually(403, || node.get_as(&ann, "/gated"));
    eventually(403, || node.get_as(&ben, "/gated"));
}

#[test]
fn rows_that_change_under_load_are_seen_and_never_go_back() {
    let postgres = members();
    postgres.sql_file("conf/sql/roles_notify.sql");
    postgres.sql("SELECT portico_notify_roles('members', 'user_id')");
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 600 })));
    let token = node.token("ann");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    wait_until_listening(&postgres);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let status = node.get_as(&token, "/gated").status;
                    assert!(status == 200 || status == 403, "{status}");
                }
            });
        }
        for _ in 0..10 {
            for (role, status) in [("member", 403), ("admin", 200)] {
                postgres.sql(&format!("UPDATE members SET role = '{role}' WHERE user_id = 'ann'"));
                eventually(status, || node.get_as(&token, "/gated"));
                for _ in 0..20 {
                    assert_eq!(node.get_as(&token, "/gated").status, status, "the answer went back");
                }
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn an_operator_can_have_roles_forgotten() {
    let postgres = members();
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 600 })));
    let (ann, ben) = (node.token("ann"), node.token("ben"));
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    wait_until_listening(&postgres);
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    assert_eq!(node.get_as(&ben, "/gated").status, 403);
    postgres.sql("UPDATE members SET role = CASE user_id WHEN 'ann' THEN 'member' ELSE 'admin' END");
    assert_eq!(node.get_as(&ann, "/gated").status, 200);
    node.run_cli(&["auth", "forget-roles", "--project", PROJECT, "--user", "ann"]);
    assert_eq!(node.get_as(&ann, "/gated").status, 403);
    assert_eq!(node.get_as(&ben, "/gated").status, 403);
    node.run_cli(&["auth", "forget-roles", "--project", PROJECT]);
    assert_eq!(node.get_as(&ben, "/gated").status, 200);
}

#[test]
fn another_release_remembers_nothing_of_the_one_before() {
    let postgres = members();
    postgres.sql("SET ROLE portico; CREATE TABLE others (user_id text PRIMARY KEY, role text); INSERT INTO others VALUES ('ann', 'guest')");
    let node = node(&postgres, &role_gate(&json!({ "cacheTtl": 600 })));
    let token = node.token("ann");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    wait_until_listening(&postgres);
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    postgres.sql("UPDATE members SET role = 'member' WHERE user_id = 'ann'");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    let mut spec = gated(&role_gate(&json!({ "cacheTtl": 600 })));
    spec["site"]["replace"]["new.html"] = "something else".into();
    node.site(spec);
    assert_eq!(node.get_as(&token, "/gated").status, 403);
    // Another table: the user has another role.
    node.site(gated(&role_gate(&json!({ "cacheTtl": 600, "table": "others", "allowed": ["guest"] }))));
    assert_eq!(node.get_as(&token, "/gated").json()["role"], "guest");
}

#[test]
fn sessions_in_the_database_outlive_the_node() {
    let mut postgres = members();
    let mut node = Node::with("[auth]\nlookup_timeout_ms = 30000");
    node.auth(PROJECT, &json!({ "database": { "url": postgres.url() }, "sessions": "postgres" }));
    node.site(gated(&role_gate(&json!({}))));
    let cookie = node.session("ann");
    let ask = |node: &Node| node.send("GET", "/gated", &[("cookie", &cookie)], b"");
    assert_eq!(ask(&node).status, 200);
    node.restart();
    assert_eq!(ask(&node).status, 200);
    let secret = cookie.rsplit('.').next().unwrap();
    assert!(!postgres.sql("SELECT s::text FROM portico_sessions s").contains(secret));
    postgres.restart("fast");
    eventually(200, || ask(&node));
    postgres.stop("fast");
    let answer = ask(&node);
    assert_eq!((answer.status, answer.code().as_str()), (503, "SESSION_LOOKUP_UNAVAILABLE"), "{}", answer.text());
    postgres.run();
    postgres.sql("UPDATE portico_sessions SET revoked_at = now()");
    eventually(401, || ask(&node));
    for text in [node.log(), postgres.log()] {
        assert!(!text.contains(secret));
    }
    assert!(!node.log().contains(PASSWORD));
}
