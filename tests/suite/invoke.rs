//! Functions, called by their name: which key, which project, which user; what the function sees and what its caller gets.

use crate::support::auth::{PROJECT, for_users, tells_user};
use crate::support::functions::{functions, limit_seconds};
use crate::support::http::{self, Connection, Response};
use crate::support::node::Node;
use crate::support::spec::{function, mirror};
use serde_json::{Value, json};

/// A key of a project.
fn key(node: &Node, project: &str, kind: &str) -> String {
    let made = node.run_cli(&["keys", "create", "--project", project, "--kind", kind]);
    made["key"].as_str().unwrap().to_owned()
}

fn call(node: &Node, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Response {
    http::request(node.api, method, "api.test:8081", path, fields, body)
}

/// A node with a function `f` that mirrors its requests, and an anon key of its project.
fn mirrored() -> (Node, String) {
    let node = Node::start();
    node.site(json!({ "functions": { "replace": { "f": mirror("f") } } }));
    let key = key(&node, PROJECT, "anon");
    (node, key)
}

fn refused(answer: &Response, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
}

#[test]
fn a_function_is_called_with_any_method_and_below_its_name() {
    let (node, key) = mirrored();
    let key = [("apikey", key.as_str()), ("content-type", "text/plain")];
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        for path in ["/functions/v1/f", "/functions/v1/f/", "/functions/v1/f/a/b%20c"] {
            let answer = call(&node, method, &format!("{path}?x=1&y=%2F"), &key, b"hello");
            let seen = answer.json();
            assert_eq!((answer.status, seen["method"].as_str()), (200, Some(method)));
            assert_eq!((&seen["path"], &seen["query"]), (&json!(path), &json!("?x=1&y=%2F")));
            assert_eq!(seen["body"], if method == "GET" { "" } else { "hello" });
            assert_eq!(seen["headers"]["host"], "api.test:8081");
        }
    }
    let head = call(&node, "HEAD", "/functions/v1/f", &key, b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    for method in ["TRACE", "CONNECT", "BREW", "get"] {
        let answer = call(&node, method, "/functions/v1/f", &key, b"");
        assert!([400, 405].contains(&answer.status), "{method} {}", answer.status);
    }
    refused(&call(&node, "GET", "/functions/v1/nothing", &key, b""), 404, "FUNCTION_NOT_FOUND");
    refused(&call(&node, "GET", "/functions/v1/F", &key, b""), 404, "FUNCTION_NOT_FOUND");
    refused(&call(&node, "GET", "/functions/v1/f%00", &key, b""), 404, "FUNCTION_NOT_FOUND");
    refused(&call(&node, "GET", "/functions/v1/%2e%2e", &key, b""), 404, "FUNCTION_NOT_FOUND");
}

#[test]
fn who_presents_no_key_is_told_nothing_else() {
    let (node, anon) = mirrored();
    let service = key(&node, PROJECT, "service");
    let bearer = |key: &str| format!("Bearer {key}");
    let (anon_bearer, service_bearer) = (bearer(&anon), bearer(&service));
    let other = key(&node, "other", "service");
    let other_bearer = bearer(&other);
    for fields in [
        &[][..],
        &[("apikey", "")],
        &[("apikey", "wrong")],
        // An anon key is in pages: it is no bearer token.
        &[("authorization", anon_bearer.as_str())],
        &[("authorization", service.as_str())],
        &[("authorization", &service_bearer), ("authorization", &service_bearer)],
        // Two fields are one too many, also when both are good, and a wrong one is not made good by another.
        &[("apikey", &anon), ("apikey", &anon)],
        &[("apikey", &anon), ("Apikey", "wrong")],
        &[("apikey", "wrong"), ("authorization", &service_bearer)],
        &[("apikey", &anon), ("authorization", &other_bearer)],
        &[("apikey", &anon), ("authorization", "Bearer portico_service_x_y")],
        // Names of other systems.
        &[("x-api-key", &anon)],
        &[("api-key", &anon)],
        &[("cookie", &format!("apikey={anon}"))],
    ] {
        for path in ["/functions/v1/f", "/functions/v1/nothing", "/functions/v1/f/below"] {
            let path = format!("{path}?apikey={anon}&key={service}");
            refused(&call(&node, "POST", &path, fields, b"x"), 401, "API_KEY_REQUIRED");
        }
    }
    // Smuggled into the value of another field, or folded.
    let mut connection = Connection::open(node.api);
    let request = format!("GET /functions/v1/f HTTP/1.1\r\nHost: api.test\r\nX-A: b\r\n apikey: {anon}\r\n\r\n");
    connection.write(request.as_bytes()).unwrap();
    assert!(connection.read("GET").unwrap().is_none_or(|answer| answer.status >= 400));
    for fields in [
        &[("apikey", anon.as_str())][..],
        &[("APIKEY", &service)],
        &[("authorization", &service_bearer)],
        // Clients with one key only send it twice.
        &[("apikey", &anon), ("authorization", &anon_bearer)],
        &[("apikey", &anon), ("authorization", &service_bearer)],
    ] {
        let answer = call(&node, "POST", "/functions/v1/f", fields, b"x");
        assert_eq!(answer.status, 200, "{fields:?}");
        // No key is shown to the function.
        assert!(!answer.text().contains("portico_"), "{}", answer.text());
    }
    // On the public side there is no such thing.
    let answer = node.send("POST", "/functions/v1/f", &[("apikey", &anon)], b"");
    assert!([404, 405].contains(&answer.status), "{}", answer.status);
}

#[test]
fn a_caller_cannot_speak_for_the_platform() {
    let (node, key) = mirrored();
    let forged = [
        ("apikey", key.as_str()),
        ("x-run402-user-id", "root"),
        ("X-Run402-User-Role", "admin"),
        ("x-run402-actor-context", "e30.x"),
        ("x-run402-actor-token", "x"),
        ("x-run402-project-id", "other"),
        ("x-run402-request-id", "req_mine"),
        ("x-run402-host", "evil.test"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "evil.test"),
        ("forwarded", "for=10.0.0.1"),
        ("connection", "x-secret"),
        ("x-secret", "1"),
        ("proxy-authorization", "Basic x"),
        ("te", "trailers"),
        ("x-mine", "kept"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    ];
    let answer = call(&node, "POST", "/functions/v1/f", &forged, b"x");
    let seen = &answer.json()["headers"];
    for absent in [
        "x-run402-user-id",
        "x-run402-user-role",
        "x-run402-actor-context",
        "x-run402-actor-token",
        "x-run402-host",
        "forwarded",
        "x-secret",
        "proxy-authorization",
        "te",
        "connection",
        "apikey",
    ] {
        assert_eq!(seen[absent], Value::Null, "{absent}");
    }
    assert_eq!((&seen["x-run402-project-id"], &seen["x-mine"]), (&json!("site"), &json!("kept")));
    assert_eq!((&seen["x-forwarded-for"], &seen["x-forwarded-host"]), (&json!("127.0.0.1"), &json!("api.test:8081")));
    assert_eq!((&seen["cookie"], &seen["content-length"]), (&json!("a=1; b=2"), &json!("1")));
    assert_eq!(seen["x-run402-request-id"].as_str(), answer.header("x-run402-request-id"));
    assert!(seen["x-run402-release-id"].as_str().unwrap().starts_with("rel_"));
}

#[test]
fn the_gate_comes_after_the_key() {
    let node = Node::start();
    let mut spec = for_users();
    spec["functions"]["replace"]["mirror"] = mirror("mirror");
    spec["functions"]["replace"]["mirror"]["requireAuth"] = true.into();
    node.site(spec);
    let (anon, service) = (key(&node, PROJECT, "anon"), key(&node, PROJECT, "service"));
    let token = format!("Bearer {}", node.token("zoe"));
    let nobody = format!("Bearer {}", node.token_with(&[]));
    let service_bearer = format!("Bearer {service}");
    let cookie = node.session("zoe");
    let ask = |fields: &[(&str, &str)]| call(&node, "POST", "/functions/v1/gated", fields, b"");

    // A token without a key is nothing.
    refused(&ask(&[("authorization", &token)]), 401, "API_KEY_REQUIRED");
    let answer = ask(&[("apikey", &anon), ("authorization", &token)]);
    assert_eq!((answer.status, &answer.json()["user"]), (200, &json!("zoe")), "{}", answer.text());
    assert_eq!(ask(&[("apikey", &service), ("authorization", &token)]).json()["user"], "zoe");
    // A key without a token is not enough, whichever it is; a session's cookie is a site's.
    for fields in [
        &[("apikey", anon.as_str())][..],
        &[("apikey", &service)],
        &[("authorization", &service_bearer)],
        &[("apikey", &anon), ("authorization", &service_bearer)],
        &[("apikey", &anon), ("cookie", &cookie)],
        &[("apikey", &anon), ("authorization", &nobody)],
        &[("apikey", &anon), ("authorization", "Bearer a.b.c")],
        &[("apikey", &anon), ("authorization", &format!("{token}x"))],
        &[("apikey", &anon), ("authorization", &token), ("authorization", &token)],
        &[("apikey", &anon), ("x-run402-user-id", "zoe")],
        &[("apikey", &anon), ("accept", "text/html")],
    ] {
        let answer = ask(fields);
        refused(&answer, 401, "R402_AUTH_REQUIRED");
        assert!(answer.header("x-run402-request-id").is_some());
    }
    // The function gets the user's token, which it may verify itself.
    let fields = [("apikey", anon.as_str()), ("authorization", &token)];
    let seen = call(&node, "POST", "/functions/v1/mirror", &fields, b"").json();
    assert_eq!(
        (&seen["headers"]["authorization"], &seen["headers"]["x-run402-user-id"]),
        (&json!(token), &json!("zoe"))
    );
    // Without a gate nobody says who it is.
    assert_eq!(call(&node, "POST", "/functions/v1/open", &fields, b"").json()["user"], Value::Null);
}

#[test]
fn the_answer_goes_by_the_rules_of_the_edge() {
    let node = Node::start();
    node.site(functions(&[
        ("fields", "export default () => new Response('x', { status: 404, headers: [['x-run402-mint', '1'], ['x-run402-merchant-fulfillment', 'x'], ['connection', 'x-private'], ['x-private', '1'], ['x-run402-request-id', 'mine'], ['x-kept', '1'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']] })"),
        ("policy", "export default () => new Response('x', { status: 503, headers: { 'cache-control': 'public, max-age=60' } })"),
        ("mints", "export default () => new Response('{\"ok\":true}', { headers: { 'x-run402-mint-directive': 'canary' } })"),
        ("large", "export default () => new Response(new Uint8Array(7 << 20))"),
        ("throws", "export default () => { throw new Error('canary') }"),
        ("empty", "export default () => new Response(null, { status: 204 })"),
        ("many", "export default async (req) => new Response(String((await req.arrayBuffer()).byteLength))"),
    ]));
    let key = key(&node, PROJECT, "anon");
    let key = [("apikey", key.as_str())];
    let ask = |name: &str| call(&node, "GET", &format!("/functions/v1/{name}"), &key, b"");
    let fields = ask("fields");
    assert_eq!((fields.status, fields.text().as_str()), (404, "x"));
    for gone in ["x-run402-merchant-fulfillment", "x-private"] {
        assert_eq!(fields.header(gone), None, "{gone}");
    }
    assert_eq!((fields.header("x-kept"), fields.all("set-cookie").len()), (Some("1"), 2));
    assert!(fields.header("x-run402-request-id").unwrap().starts_with("req_"));
    assert_eq!(fields.header("cache-control"), Some("private, no-store"));
    let policy = ask("policy");
    assert_eq!((policy.status, policy.header("cache-control")), (503, Some("public, max-age=60")));
    assert_eq!(policy.header("retry-after"), None);
    let mints = ask("mints");
    refused(&mints, 500, "R402_AUTH_UNTRUSTED_CONTEXT");
    assert!(mints.header("x-run402-mint-directive").is_none() && !mints.text().contains("canary"));
    refused(&ask("large"), 502, "ROUTED_RESPONSE_TOO_LARGE");
    let throws = ask("throws");
    refused(&throws, 500, "local_executor_failed");
    assert!(!throws.text().contains("canary"));
    assert_eq!((ask("empty").status, ask("empty").body.len()), (204, 0));

    let max = 6 << 20;
    assert_eq!(call(&node, "POST", "/functions/v1/many", &key, &vec![0; max]).text(), max.to_string());
    // One that says so is refused before it is sent.
    let mut connection = Connection::open(node.api);
    let head = format!(
        "POST /functions/v1/many HTTP/1.1\r\nHost: a.test\r\napikey: {}\r\ncontent-length: {}\r\n\r\n",
        key[0].1,
        max + 1
    );
    connection.write(head.as_bytes()).unwrap();
    refused(&connection.read("POST").unwrap().unwrap(), 413, "request_body_too_large");
    // One byte more, without having said so.
    let mut connection = Connection::open(node.api);
    let head = format!(
        "POST /functions/v1/many HTTP/1.1\r\nHost: a.test\r\napikey: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        key[0].1
    );
    connection.write(head.as_bytes()).unwrap();
    let chunk = [format!("{:x}\r\n", 1 << 20).as_bytes(), &vec![0; 1 << 20], b"\r\n"].concat();
    for _ in 0..7 {
        if connection.write(&chunk).is_err() {
            break;
        }
    }
    assert_eq!(connection.read("POST").unwrap().unwrap().status, 413);
    // Upgrades are not for functions.
    let upgrade = [key[0], ("connection", "upgrade"), ("upgrade", "websocket")];
    refused(&call(&node, "GET", "/functions/v1/empty", &upgrade, b""), 422, "astro_ssr_unsupported_feature");
    // Nobody may call twice as much as there is room for, and nobody sees the node's own endpoints this way.
    node.wait_for_log("path=\"/functions/v1/fields\"");
    let log = node.log();
    let line = log.lines().find(|line| line.contains("path=\"/functions/v1/fields\"")).unwrap();
    assert!(
        line.contains("served_by=\"function\"") && line.contains("status=404") && line.contains("project=\"site\""),
        "{line}"
    );
}

#[test]
fn a_client_that_leaves_is_noticed() {
    let node = Node::start();
    let mut spec = functions(&[(
        "waits",
        "export default (req) => { req.signal.addEventListener('abort', () => console.log('it has left'));
           console.log('it is here'); return new Promise(() => {}); }",
    )]);
    limit_seconds(&mut spec, "waits", 30);
    node.site(spec);
    let key = key(&node, PROJECT, "anon");
    let mut connection = Connection::open(node.api);
    let head =
        format!("POST /functions/v1/waits HTTP/1.1\r\nHost: a.test\r\napikey: {key}\r\ncontent-length: 1\r\n\r\nx");
    connection.write(head.as_bytes()).unwrap();
    node.wait_for_log("it is here");
    drop(connection);
    node.wait_for_log("it has left");
}

#[test]
fn bodies_stream_both_ways() {
    let node = Node::start();
    let mut spec = functions(&[
        (
            "echo",
            "export default (req) => new Response(req.body.pipeThrough(new TransformStream()), { headers: { 'content-type': 'text/plain' } })",
        ),
        (
            "ends",
            "export default (req) => { req.signal.addEventListener('abort', () => console.log('stream left'));
               return new Response(new ReadableStream({ pull(c) { return new Promise((done) => setTimeout(() => { c.enqueue(new Uint8Array(1000)); done(); }, 5)); } })); }",
        ),
    ]);
    for name in ["echo", "ends"] {
        spec["functions"]["replace"][name]["config"] = json!({ "streaming": true, "timeoutSeconds": 30 });
    }
    node.site(spec);
    let key = key(&node, PROJECT, "service");
    let head = |name: &str| {
        format!(
            "POST /functions/v1/{name} HTTP/1.1\r\nHost: a.test\r\napikey: {key}\r\ntransfer-encoding: chunked\r\n\r\n"
        )
    };
    let mut connection = Connection::open(node.api);
    connection.write(head("echo").as_bytes()).unwrap();
    connection.write(b"3\r\none\r\n").unwrap();
    // Before the body has ended, the answer has begun.
    let (status, _) = connection.read_head().unwrap().unwrap();
    assert_eq!(status, 200);
    assert_eq!(connection.read_raw(8).unwrap(), b"3\r\none\r\n");
    connection.write(b"3\r\ntwo\r\n").unwrap();
    assert_eq!(connection.read_raw(8).unwrap(), b"3\r\ntwo\r\n");
    connection.write(b"0\r\n\r\n").unwrap();
    assert_eq!(connection.read_raw(5).unwrap(), b"0\r\n\r\n");

    let mut connection = Connection::open(node.api);
    connection.write(head("ends").as_bytes()).unwrap();
    connection.write(b"0\r\n\r\n").unwrap();
    connection.read_head().unwrap().unwrap();
    connection.read_raw(2_000).unwrap();
    drop(connection);
    node.wait_for_log("stream left");
}

// ----- Fluxbase's way

/// A function that says what it was given, in Fluxbase style.
fn plain(head: &str) -> Value {
    let mut spec = function(&format!(
        "{head}\nexport default (request) => ({{ status: 200, headers: {{ 'content-type': 'application/json' }}, body: JSON.stringify({{ user: request.user_id ?? null, body: request.body, method: request.method, headers: request.headers }}) }});"
    ));
    spec["compat"] = "fluxbase".into();
    spec
}

fn fluxbase() -> Node {
    let node = Node::start();
    let mut public = plain("");
    public["allowUnauthenticated"] = true.into();
    let mut closed = plain("// @fluxbase:allow-unauthenticated");
    closed["allowUnauthenticated"] = false.into();
    let mut gated = plain("");
    gated["requireAuth"] = true.into();
    let replace = json!({
        "plain": plain(""), "web": tells_user(), "public": public, "closed": closed, "gated": gated,
        "marked": plain("// A webhook.\n// @fluxbase:allow-unauthenticated"),
    });
    node.site(json!({ "functions": { "replace": replace } }));
    node
}

fn invoke(node: &Node, host: &str, name: &str, fields: &[(&str, &str)]) -> Response {
    http::request(node.api, "POST", host, &format!("/api/v1/functions/{name}/invoke"), fields, b"{\"data\":1}")
}

#[test]
fn fluxbase_takes_keys_and_tokens() {
    let node = fluxbase();
    let (anon, service) = (key(&node, PROJECT, "anon"), key(&node, PROJECT, "service"));
    let user = format!("Bearer {}", node.token("zoe"));
    let everybody = format!("Bearer {}", node.token_with(&[]));
    let hs256 = format!("Bearer {}", node.token_with(&["--hs256"]));
    let anon_bearer = format!("Bearer {anon}");
    for (fields, who) in [
        (&[("authorization", user.as_str())][..], json!("zoe")),
        (&[("authorization", &everybody)], Value::Null),
        (&[("authorization", &hs256)], Value::Null),
        (&[("authorization", &anon_bearer)], Value::Null),
        (&[("x-api-key", &anon)], Value::Null),
        (&[("X-API-Key", &service)], Value::Null),
        (&[("X-Service-Key", &service)], Value::Null),
        (&[("x-api-key", &anon), ("authorization", &user)], json!("zoe")),
        (&[("x-service-key", &service), ("authorization", &user)], json!("zoe")),
        (&[("authorization", &user), ("x-run402-user-id", "root")], json!("zoe")),
        (&[("authorization", &everybody), ("x-run402-user-id", "root")], Value::Null),
    ] {
        let answer = invoke(&node, "api.test", "plain", fields);
        assert_eq!(answer.status, 200, "{fields:?} {}", answer.text());
        let seen = answer.json();
        assert_eq!((&seen["user"], &seen["body"], &seen["method"]), (&who, &json!("{\"data\":1}"), &json!("POST")));
        assert!(!answer.text().contains("portico_"), "{}", answer.text());
        assert_eq!(invoke(&node, "api.test", "web", fields).json()["user"], who);
    }
    let answer = call(&node, "GET", "/api/v1/functions/plain/invoke", &[("x-api-key", &anon)], b"");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    refused(&invoke(&node, "api.test", "nothing", &[("x-api-key", &anon)]), 404, "FUNCTION_NOT_FOUND");
    refused(&invoke(&node, "api.test", "nothing", &[("authorization", &everybody)]), 404, "FUNCTION_NOT_FOUND");
    // The gate still asks for a user.
    refused(&invoke(&node, "api.test", "gated", &[("x-service-key", &service)]), 401, "R402_AUTH_REQUIRED");
    refused(&invoke(&node, "api.test", "gated", &[("authorization", &everybody)]), 401, "R402_AUTH_REQUIRED");
    assert_eq!(invoke(&node, "api.test", "gated", &[("authorization", &user)]).json()["user"], "zoe");
}

#[test]
fn fluxbase_refuses_what_is_not_good() {
    let node = fluxbase();
    let mut spec = json!({ "functions": { "replace": { "plain": plain("") } } });
    spec["project"] = "other".into();
    node.apply(&spec);
    let (anon, service) = (key(&node, PROJECT, "anon"), key(&node, PROJECT, "service"));
    let token = node.token("zoe");
    let user = format!("Bearer {token}");
    // One that says it is the other project's, signed by this one's key.
    let lying = {
        let parts: Vec<&str> = token.split('.').collect();
        let claims = base64_url(&json!({ "project_id": "other", "sub": "zoe", "exp": 4_000_000_000_u64 }).to_string());
        format!("Bearer {}.{claims}.{}", parts[0], parts[2])
    };
    for fields in [
        &[][..],
        &[("x-project-id", "site")],
        &[("authorization", "Bearer a.b.c"), ("x-project-id", "site")],
        &[("authorization", &format!("{user}x"))],
        &[("authorization", &lying)],
        &[("authorization", &user), ("authorization", &user)],
        &[("authorization", &format!("Basic {token}"))],
        &[("x-api-key", "wrong")],
        &[("x-api-key", &anon), ("x-api-key", &anon)],
        &[("x-api-key", &anon), ("x-service-key", &service)],
        // An anon key is no service key.
        &[("x-service-key", &anon)],
        &[("x-service-key", "wrong"), ("authorization", &user)],
        &[("cookie", &node.session("zoe")), ("x-project-id", "site")],
    ] {
        for name in ["plain", "nothing", "closed"] {
            let answer = invoke(&node, "api.test", name, fields);
            refused(&answer, 401, "API_KEY_REQUIRED");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    // Who says to be somebody and is not, does not go on as nobody.
    let fields = [("x-api-key", anon.as_str()), ("authorization", "Bearer a.b.c")];
    refused(&invoke(&node, "api.test", "plain", &fields), 401, "API_KEY_REQUIRED");
    let query = call(&node, "POST", &format!("/api/v1/functions/plain/invoke?apikey={anon}&token={token}"), &[], b"");
    refused(&query, 401, "API_KEY_REQUIRED");
}

fn base64_url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn a_public_function_needs_a_project_and_nothing_else() {
    let node = fluxbase();
    for name in ["public", "marked"] {
        for (host, fields) in [
            ("site.test", &[][..]),
            ("SITE.test:8081", &[]),
            ("api.test", &[("x-project-id", "site")]),
            // The host says it already.
            ("site.test", &[("x-project-id", "other")]),
            // What others call a key or a token is for the function to look at.
            ("site.test", &[("authorization", "Bearer of-the-sender"), ("x-api-key", "of-the-sender")]),
            ("site.test", &[("x-run402-user-id", "root")]),
        ] {
            let answer = invoke(&node, host, name, fields);
            assert_eq!(answer.status, 200, "{name} {host} {fields:?}");
            assert_eq!(answer.json()["user"], Value::Null);
            if fields.len() == 2 {
                assert_eq!(answer.json()["headers"]["x-api-key"], "of-the-sender");
            }
        }
        refused(&invoke(&node, "api.test", name, &[]), 401, "API_KEY_REQUIRED");
        refused(&invoke(&node, "api.test", name, &[("x-project-id", "other")]), 401, "API_KEY_REQUIRED");
        // The other way to call it asks for a key as ever.
        let path = format!("/functions/v1/{name}");
        refused(&http::request(node.api, "POST", "site.test", &path, &[], b""), 401, "API_KEY_REQUIRED");
    }
    refused(&invoke(&node, "site.test", "closed", &[]), 401, "API_KEY_REQUIRED");
    let user = format!("Bearer {}", node.token("zoe"));
    assert_eq!(invoke(&node, "site.test", "public", &[("authorization", &user)]).json()["user"], "zoe");
}

#[test]
fn a_patch_leaves_what_was_said_and_reads_new_code() {
    let node = fluxbase();
    let patch = |name: &str, function: Value| {
        node.apply(&json!({ "project": "site", "functions": { "patch": { "set": { name: function } } } }));
    };
    let is_public = |name: &str| invoke(&node, "site.test", name, &[]).status == 200;
    patch("public", json!({ "config": { "timeoutSeconds": 5 } }));
    patch("marked", json!({ "config": { "timeoutSeconds": 5 } }));
    assert!(is_public("public") && is_public("marked"));
    let code = plain("")["source"].clone();
    patch("public", json!({ "source": code }));
    patch("marked", json!({ "source": code }));
    assert!(is_public("public") && !is_public("marked"));
    patch("public", json!({ "allow_unauthenticated": false }));
    assert!(!is_public("public"));
}
