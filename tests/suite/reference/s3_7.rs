//! Reference 3.7: gates.

use crate::support::auth::{PROJECT, for_users, gated, role_gate};
use crate::support::http::Response;
use crate::support::node::Node;
use crate::support::postgres::Postgres;
use crate::support::spec::function;
use serde_json::{Value, json};

/// A database whose tables the node may read.
fn database() -> Postgres {
    let postgres = Postgres::start();
    postgres.sql("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portico");
    postgres
}

/// A node whose project looks roles up in a database of the test's.
fn with_roles(rows: &str, more: &Value) -> (Node, Postgres) {
    let postgres = database();
    postgres.sql("CREATE TABLE members (user_id text PRIMARY KEY, role text)");
    postgres.sql(&format!("INSERT INTO members VALUES {rows}"));
    let node = Node::start();
    node.auth(PROJECT, &json!({ "database": { "url": postgres.url() } }));
    node.site(gated(&role_gate(more)));
    (node, postgres)
}

#[track_caller]
fn denied(response: &Response, status: u16, code: &str) {
    assert_eq!((response.status, response.code().as_str()), (status, code), "{}", response.text());
    assert_eq!(response.header("cache-control"), Some("private, no-store"));
    assert!(response.header("x-run402-request-id").is_some_and(|id| id == response.json()["request_id"]));
}

/// Nobody, in front of either gate: 401 as an envelope; 303 for a browser, where the gate says so.
#[test]
fn no_valid_user() {
    let node = Node::start();
    node.site(for_users());
    for accept in ["application/json", "text/html", "*/*"] {
        denied(&node.send("GET", "/gated", &[("accept", accept)], b""), 401, "R402_AUTH_REQUIRED");
    }
    let (node, _postgres) =
        with_roles("('u1', 'admin')", &json!({ "onDeny": "redirect", "signInPath": "/login?from=console" }));
    for accept in ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"] {
        for method in ["GET", "HEAD", "POST"] {
            let response = node.send(method, "/gated/below", &[("accept", accept)], b"");
            assert_eq!((response.status, response.header("location")), (303, Some("/login?from=console")), "{method}");
            assert_eq!(response.header("cache-control"), Some("private, no-store"));
            assert!(response.header("x-run402-request-id").is_some());
        }
    }
    for accept in ["application/json", "*/*", "text/html;q=0"] {
        denied(&node.send("GET", "/gated", &[("accept", accept)], b""), 401, "R402_AUTH_REQUIRED");
    }
}

/// The wrong role: 403 with the roles that pass, always as an envelope.
#[test]
fn role_not_in_allowed() {
    let (node, _postgres) = with_roles(
        "('u1', 'member')",
        &json!({ "allowed": ["admin", "mod"], "onDeny": "redirect", "signInPath": "/login" }),
    );
    for user in ["u1", "nobody"] {
        let bearer = format!("Bearer {}", node.token(user));
        let response = node.send("GET", "/gated", &[("authorization", &bearer), ("accept", "text/html")], b"");
        denied(&response, 403, "ROLE_FORBIDDEN");
        assert_eq!(response.json()["details"]["allowed_roles"], json!(["admin", "mod"]));
    }
}

/// Who passes is named to the function: the user by any gate, the role by a role gate.
#[test]
fn pass() {
    let (node, _postgres) = with_roles("('u1', 'admin')", &json!({}));
    let told = node.get_as(&node.token("u1"), "/gated").json();
    assert_eq!((&told["user"], &told["role"]), (&json!("u1"), &json!("admin")));
    let told = node.get_as(&node.token("u1"), "/open").json();
    assert_eq!((&told["user"], &told["role"]), (&Value::Null, &Value::Null));
    let node = Node::start();
    node.site(for_users());
    let told = node.get_as(&node.token("u1"), "/gated").json();
    assert_eq!((&told["user"], &told["role"]), (&json!("u1"), &Value::Null));
}

/// A bearer token or the session's cookie.
#[test]
fn credentials() {
    let (node, _postgres) = with_roles("('u1', 'admin')", &json!({}));
    let told = node.send("GET", "/gated", &[("cookie", &node.session("u1"))], b"").json();
    assert_eq!((&told["user"], &told["role"]), (&json!("u1"), &json!("admin")));
    // The actor is told of by a session, and not by a token.
    assert!(told["actor"].is_string() && told["token"].is_string());
    let told = node.get_as(&node.token("u1"), "/gated").json();
    assert_eq!((&told["user"], &told["actor"], &told["token"]), (&json!("u1"), &Value::Null, &Value::Null));
}

/// One row, past row-level security; what is no string is no role.
#[test]
fn lookup() {
    let postgres = database();
    postgres.sql("CREATE TYPE kind AS ENUM ('admin', 'other')");
    let rows = [
        ("text", "'admin'", 200),
        ("kind", "'admin'", 200),
        ("varchar(9)", "'admin'", 200),
        ("text", "NULL", 403),
        ("jsonb", "'\"admin\"'", 200),
        ("jsonb", "'[\"admin\"]'", 403),
        ("text[]", "'{admin}'", 403),
        ("int", "1", 403),
        ("boolean", "true", 403),
    ];
    let node = Node::start();
    node.auth(PROJECT, &json!({ "database": { "url": postgres.url() } }));
    for (number, (kind, value, status)) in rows.into_iter().enumerate() {
        let table = format!("members_{number}");
        postgres.sql(&format!("CREATE TABLE {table} (user_id text, role {kind})"));
        postgres.sql(&format!("INSERT INTO {table} VALUES ('u1', {value})"));
        node.site(gated(&role_gate(&json!({ "table": table, "allowed": ["admin", "1", "true", "t"] }))));
        assert_eq!(node.get_as(&node.token("u1"), "/gated").status, status, "{kind} {value}");
    }
}

/// A role is remembered for the gate's time; with 0 it is not.
#[test]
fn cache() {
    let (node, postgres) = with_roles("('u1', 'admin')", &json!({ "cacheTtl": 600 }));
    let token = node.token("u1");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    // When the node begins to listen for changes, it forgets what it knew from before.
    while postgres.executed("LISTEN") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    postgres.sql("UPDATE members SET role = 'member'");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    // A release swap drops what was remembered.
    let mut spec = gated(&role_gate(&json!({ "cacheTtl": 0 })));
    spec["functions"]["replace"]["more"] = function("export default () => new Response('more')");
    node.site(spec);
    assert_eq!(node.get_as(&token, "/gated").status, 403);
    postgres.sql("UPDATE members SET role = 'admin'");
    assert_eq!(node.get_as(&token, "/gated").status, 200);
    postgres.sql("UPDATE members SET role = 'member'");
    assert_eq!(node.get_as(&token, "/gated").status, 403);
}

/// Byte for byte.
#[test]
fn comparison() {
    let rows =
        "('u1', 'admin'), ('u2', 'Admin'), ('u3', 'admin '), ('u4', 'ADMIN'), ('u5', ''), ('u6', 'admin,member')";
    let (node, _postgres) = with_roles(rows, &json!({}));
    for (user, status) in [("u1", 200), ("u2", 403), ("u3", 403), ("u4", 403), ("u5", 403), ("u6", 403), ("U1", 403)] {
        assert_eq!(node.get_as(&node.token(user), "/gated").status, status, "{user}");
    }
}

/// One triple of table and columns for a release, also with what is carried forward.
#[test]
fn one_triple() {
    let (node, postgres) = with_roles("('u1', 'admin')", &json!({}));
    postgres.sql("CREATE TABLE staff (user_id text, role text)");
    let other = |name: &str, more: Value| {
        let mut function = function("export default () => new Response('x')");
        function["requireRole"] = role_gate(&more)["requireRole"].clone();
        json!({ "project": PROJECT, "functions": { "patch": { "set": { name: function } } } })
    };
    for more in [json!({ "table": "staff" }), json!({ "idColumn": "role" }), json!({ "roleColumn": "user_id" })] {
        let refused = node.refused(&other("more", more.clone()));
        assert_eq!(refused["code"], "INVALID_SPEC", "{more}: {refused}");
    }
    node.apply(&other("more", json!({ "allowed": ["member"], "cacheTtl": 5 })));
}

/// The table and its columns are there before the swap, or the release stays what it was.
#[test]
fn existence() {
    let (node, postgres) = with_roles("('u1', 'admin')", &json!({}));
    let token = node.token("u1");
    for more in [
        json!({ "table": "absent" }),
        json!({ "idColumn": "absent" }),
        json!({ "roleColumn": "Role" }),
        json!({ "table": "Members" }),
    ] {
        let mut spec = gated(&role_gate(&more));
        spec["project"] = PROJECT.into();
        let refused = node.refused(&spec);
        assert_eq!(refused["code"], "DEPLOY_INVALID_ROLE_GATE", "{more}: {refused}");
        assert_eq!(node.get_as(&token, "/gated").status, 200, "the live release is untouched");
    }
    // A dry run says so, too.
    let mut spec = gated(&role_gate(&json!({ "table": "absent" })));
    spec["project"] = PROJECT.into();
    let output = node.try_apply_with(&spec, &["--dry-run"]);
    let refused: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(refused["code"], "DEPLOY_INVALID_ROLE_GATE");
    // Names are quoted, so capitals count.
    postgres.sql("CREATE TABLE \"Members\" (\"userId\" text, \"select\" text)");
    postgres.sql("INSERT INTO \"Members\" VALUES ('u1', 'admin')");
    node.site(gated(&role_gate(&json!({ "table": "Members", "idColumn": "userId", "roleColumn": "select" }))));
    assert_eq!(node.get_as(&token, "/gated").status, 200);
}

/// Settings under which the live release's gates could not ask any more are refused.
#[test]
fn settings_that_would_break_the_live_release() {
    let (node, _postgres) = with_roles("('u1', 'admin')", &json!({}));
    let token = node.token("u1");
    let empty = database();
    for settings in [
        json!({}),
        json!({ "database": { "url": empty.url() } }),
        json!({ "database": { "url": "postgres://nobody@127.0.0.1:1/x" } }),
    ] {
        let output = node.try_auth(PROJECT, &settings);
        assert!(!output.status.success(), "{settings}");
        assert_eq!(node.get_as(&token, "/gated").status, 200, "{settings}");
    }
}
