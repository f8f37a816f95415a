//! Clients and functions that say who somebody is.

use super::{node, passed};
use crate::support::auth::{PROJECT, for_users};
use crate::support::http::Connection;
use crate::support::node::Node;
use serde_json::{Value, json};

const FIELDS: [&str; 8] = [
    "x-run402-user-id",
    "x-run402-user-role",
    "x-run402-actor-context",
    "x-run402-actor-token",
    "X-Run402-User-Id",
    "X-RUN402-USER-ROLE",
    "x-run402-user-membership",
    "x-run402-project-id",
];

/// What an open function was told of the platform's fields.
const ALL: &str = "export default (req) => Response.json(Object.fromEntries([...req.headers].filter(([name]) => /run402|user|actor/i.test(name))))";

fn tells_all() -> Node {
    let node = Node::start();
    let route =
        |pattern: &str, name: &str| json!({ "pattern": pattern, "target": { "type": "function", "name": name } });
    let function = json!({ "runtime": "node22", "source": { "data": ALL } });
    let mut behind = function.clone();
    behind["requireAuth"] = true.into();
    node.site(json!({
        "functions": { "replace": { "open": function, "gated": behind } },
        "routes": { "replace": [route("/open", "open"), route("/gated", "gated")] },
    }));
    node
}

#[track_caller]
fn names_nobody(told: &Value) {
    for (name, value) in told.as_object().unwrap() {
        let own = matches!(
            name.as_str(),
            "x-run402-request-id" | "x-run402-project-id" | "x-run402-release-id" | "x-run402-host"
        );
        assert!(own && value != "admin", "{name}: {value}");
    }
}

#[test]
fn a_client_that_says_who_it_is() {
    let node = tells_all();
    for field in FIELDS {
        names_nobody(&node.send("GET", "/open", &[(field, "admin")], b"").json());
    }
    let all: Vec<(&str, &str)> = FIELDS.iter().map(|field| (*field, "admin")).collect();
    names_nobody(&node.send("GET", "/open", &all, b"").json());
}

#[test]
fn a_user_that_says_it_is_another() {
    let node = tells_all();
    let bearer = format!("Bearer {}", node.token("u1"));
    for field in FIELDS {
        let told = node.send("GET", "/gated", &[("authorization", &bearer), (field, "admin")], b"").json();
        assert_eq!(told["x-run402-user-id"], "u1", "{field}");
        assert!(told.get("x-run402-user-role").is_none() && !told.to_string().contains("admin"), "{field}: {told}");
    }
}

#[test]
fn fields_named_almost_the_same() {
    let node = tells_all();
    // A CGI would make one name of these; a `Headers` object does not, and nobody who asks for the right one gets them.
    for field in ["x_run402_user_id", "x-run402_user-id", "x-run402-user_id"] {
        let told = node.send("GET", "/open", &[(field, "admin")], b"").json();
        assert!(told.get("x-run402-user-id").is_none(), "{field}: {told}");
    }
    for raw in [
        "x-run402-user-id : admin",
        " x-run402-user-id: admin",
        "x-run402-user-id\t: admin",
        "x-run402-user-id\u{0}: admin",
        "X-a: b\r\n\tx-run402-user-id: admin",
    ] {
        let mut connection = Connection::open(node.edge);
        connection.write(format!("GET /open HTTP/1.1\r\nHost: site.test\r\n{raw}\r\n\r\n").as_bytes()).unwrap();
        if let Ok(Some(answer)) = connection.read("GET")
            && answer.status == 200
        {
            assert!(answer.json().get("x-run402-user-id").is_none(), "{raw:?}");
        }
    }
}

#[test]
fn fields_after_the_body() {
    let node = tells_all();
    let mut connection = Connection::open(node.edge);
    let request = "POST /open HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\nTrailer: x-run402-user-id\r\n\r\n1\r\na\r\n0\r\nx-run402-user-id: admin\r\n\r\n";
    connection.write(request.as_bytes()).unwrap();
    if let Ok(Some(answer)) = connection.read("POST")
        && answer.status == 200
    {
        names_nobody(&answer.json());
    }
}

#[test]
fn fields_that_the_connection_takes_away() {
    let node = tells_all();
    let bearer = format!("Bearer {}", node.token("u1"));
    // A client may name fields that end with the connection; what this node says of the user is not among them.
    for nominated in ["x-run402-user-id", "X-Run402-User-Id, close", "x-run402-request-id", "authorization"] {
        let answer = node.send("GET", "/gated", &[("authorization", &bearer), ("connection", nominated)], b"");
        if answer.status == 200 {
            assert_eq!(answer.json()["x-run402-user-id"], "u1", "{nominated}");
        }
    }
}

#[test]
fn a_role_that_the_token_claims() {
    let node = tells_all();
    let token = node.token_with(&["--user", "u1", "--role", "admin"]);
    let told = node.get_as(&token, "/gated").json();
    assert_eq!(told["x-run402-user-id"], "u1");
    assert!(told.get("x-run402-user-role").is_none(), "the role of a token is not the role of a gate: {told}");
}

#[test]
fn a_function_that_signs_somebody_in_without_leave() {
    let node = Node::start();
    let directive =
        "eyJ2IjoxLCJ0ZW5hbnQiOiJ4IiwidXNlciI6eyJpZCI6ImFkbWluIiwiZW1haWwiOiJhQGIuYyJ9LCJtZXRob2QiOiJwYXNzd29yZCJ9";
    let code = format!(
        "export default () => Response.json({{ ok: true }}, {{ headers: {{ 'x-run402-mint-directive': '{directive}' }} }})"
    );
    let source = json!({ "runtime": "node22", "source": { "data": code } });
    let mut granted = source.clone();
    granted["capabilities"] = json!(["auth.sessionMint"]);
    let route = |name: &str| json!({ "pattern": format!("/{name}"), "target": { "type": "function", "name": name } });
    node.site(json!({
        "functions": { "replace": { "sly": source, "granted": granted } },
        "routes": { "replace": [route("sly"), route("granted")] },
    }));
    let answer = node.get("/sly");
    assert_eq!((answer.status, answer.code().as_str()), (500, "R402_AUTH_UNTRUSTED_CONTEXT"));
    assert!(answer.header("set-cookie").is_none() && answer.header("x-run402-mint-directive").is_none());
    // With leave it is what the capability is for.
    let answer = node.get("/granted");
    assert_eq!((answer.status, answer.json()["user"]["id"].as_str()), (200, Some("admin")));
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["__Host-Http-r402_session=v1.", "Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age="] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Domain") && answer.header("x-run402-mint-directive").is_none());
}

#[test]
fn a_cookie_that_was_minted_is_a_session() {
    let node = Node::start();
    let directive =
        "eyJ2IjoxLCJ0ZW5hbnQiOiJ4IiwidXNlciI6eyJpZCI6InU3IiwiZW1haWwiOiJhQGIuYyJ9LCJtZXRob2QiOiJwYXNzd29yZCJ9";
    let mut spec = for_users();
    let code = format!(
        "export default () => Response.json({{ ok: true }}, {{ headers: {{ 'x-run402-mint-directive': '{directive}' }} }})"
    );
    spec["functions"]["replace"]["login"] =
        json!({ "runtime": "node22", "source": { "data": code }, "capabilities": ["auth.sessionMint"] });
    spec["routes"]["replace"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "pattern": "/login", "target": { "type": "function", "name": "login" } }));
    node.site(spec);
    let answer = node.send("POST", "/login", &[], b"");
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    passed(&node.send("GET", "/gated", &[("cookie", &cookie)], b""), "u7");
    let listed = node.run_cli(&["sessions", "list", "--project", PROJECT]);
    assert_eq!(
        (listed["sessions"][0]["issuer"].as_str(), listed["sessions"][0]["amr"][0].as_str()),
        (Some("tenant:x"), Some("tenant_password"))
    );
}

#[test]
fn a_function_that_answers_in_the_platforms_name() {
    let node = Node::start();
    let code = "export default () => new Response('x', { headers: { 'x-run402-mint-directive': '', 'x-run402-merchant-fulfillment': 'y', 'x-run402-request-id': 'req_mine' } })";
    node.site(crate::support::functions::functions(&[("f", code)]));
    let answer = node.get("/f");
    assert!(answer.header("x-run402-merchant-fulfillment").is_none());
    assert_ne!(answer.header("x-run402-request-id"), Some("req_mine"));
}

#[test]
fn keys_for_anybody_who_asks() {
    let node = node();
    for path in ["/internal/v1/project-jwt-keys", "/internal/v1/actor-context-keys"] {
        for headers in [
            &[][..],
            &[("authorization", "Bearer x")],
            &[("authorization", "Bearer portico_service_x_y")],
            &[("apikey", "x")],
        ] {
            let answer = crate::support::http::request(node.api, "GET", "localhost", path, headers, b"");
            assert_eq!(answer.status, 401, "{path} {headers:?}");
            assert!(!answer.text().contains("keys\":"), "{}", answer.text());
        }
        // And the public listener does not know them.
        assert_eq!(node.get(path).text(), "home", "{path}");
    }
}

#[test]
fn one_functions_key_for_another_project() {
    let node = Node::start();
    let code = "export default async (req) => { const { RUN402_API_BASE: base, RUN402_SERVICE_KEY: key } = process.env; \
        const get = async (path) => { const r = await fetch(base + path, { headers: { authorization: `Bearer ${key}` } }); return [r.status, await r.json()]; }; \
        return Response.json({ key, jwt: await get('/internal/v1/project-jwt-keys'), actor: await get('/internal/v1/actor-context-keys'), admin: (await get('/projects/v1'))[0], auth: (await get('/auth/v1/projects/other'))[0] }); }";
    node.site(crate::support::functions::functions(&[("f", code)]));
    let mut spec = crate::support::functions::functions(&[("f", code)]);
    spec["project"] = "other".into();
    node.apply(&spec);
    assert!(node.cli(&["hosts", "bind", "other.test", "--project", "other"]).status.success());
    let mine = node.get("/f").json();
    let theirs = crate::support::http::request(node.edge, "GET", "other.test", "/f", &[], b"").json();
    assert_eq!((mine["jwt"][0].as_u64(), mine["actor"][0].as_u64()), (Some(200), Some(200)), "{mine}");
    assert_ne!(mine["key"], theirs["key"]);
    assert_ne!(mine["jwt"][1]["keys"][0]["x"], theirs["jwt"][1]["keys"][0]["x"]);
    assert_ne!(mine["actor"][1], theirs["actor"][1]);
    // The deploy API is not behind that door, whatever the key.
    for name in ["admin", "auth"] {
        assert!(mine[name].as_u64().unwrap() >= 400, "{mine}");
    }
    // A function's key is not a user, and not the operator.
    let key = format!("Bearer {}", mine["key"].as_str().unwrap());
    for path in ["/projects/v1", "/auth/v1/projects/site", "/secrets/v1/site", "/apply/v1/releases?project=site"] {
        let answer = crate::support::http::request(node.api, "GET", "localhost", path, &[("authorization", &key)], b"");
        assert_eq!(answer.status, 401, "{path}");
    }
}
