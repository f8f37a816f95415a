//! Users of a project: its settings, tokens and sessions, by the commands that an operator has.

use super::http::Response;
use super::node::Node;
use serde_json::{Value, json};
use std::fs;

/// A secret of HS256 tokens that tests set, so that they can sign themselves.
pub const JWT_SECRET: &str = "a-secret-of-the-tests-with-more-than-32-bytes";

/// The project of [`Node::site`].
pub const PROJECT: &str = "site";

impl Node {
    /// Replaces the auth settings of a project.
    pub fn auth(&self, project: &str, settings: &Value) {
        let output = self.try_auth(project, settings);
        assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), self.log());
    }

    /// The same, whatever comes of it.
    pub fn try_auth(&self, project: &str, settings: &Value) -> std::process::Output {
        let file = tempfile::Builder::new().suffix(".json").tempfile_in(self.path()).unwrap();
        fs::write(file.path(), settings.to_string()).unwrap();
        self.cli(&["auth", "set", file.path().to_str().unwrap(), "--project", project])
    }

    /// The JSON of a command that must succeed.
    pub fn run_cli(&self, args: &[&str]) -> Value {
        let output = self.cli(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A token of this node for a user of [`PROJECT`].
    pub fn token(&self, user: &str) -> String {
        self.token_with(&["--user", user])
    }

    /// A token of this node for [`PROJECT`], made with more arguments.
    pub fn token_with(&self, args: &[&str]) -> String {
        let answer = self.run_cli(&[&["token", "--project", PROJECT], args].concat());
        answer["token"].as_str().unwrap().to_owned()
    }

    /// The cookie of a new session of [`PROJECT`].
    pub fn session(&self, user: &str) -> String {
        let answer =
            self.run_cli(&["sessions", "create", "--project", PROJECT, "--user", user, "--email", "zoe@example.com"]);
        answer["cookie"].as_str().unwrap().to_owned()
    }

    /// `GET path` with a bearer token.
    pub fn get_as(&self, token: &str, path: &str) -> Response {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], b"")
    }
}

/// A function that says which user, role, actor and token it was told of.
pub fn tells_user() -> Value {
    let code = "export default (req) => { const h = (name) => req.headers.get(`x-run402-${name}`); \
        return Response.json({ user: h('user-id'), role: h('user-role'), actor: h('actor-context'), token: h('actor-token') }); }";
    json!({ "runtime": "node22", "source": { "data": code } })
}

/// A spec of [`tells_user`] behind a gate at `/gated` and below, and without one at `/open`.
pub fn gated(gate: &Value) -> Value {
    let mut behind = tells_user();
    for (name, value) in gate.as_object().unwrap() {
        behind[name] = value.clone();
    }
    let route =
        |pattern: &str, name: &str| json!({ "pattern": pattern, "target": { "type": "function", "name": name } });
    json!({
        "functions": { "replace": { "gated": behind, "open": tells_user() } },
        "routes": { "replace": [route("/gated", "gated"), route("/gated/*", "gated"), route("/open", "open")] },
        "site": { "replace": { "index.html": "home" } },
    })
}

/// [`gated`] by `requireAuth`.
pub fn for_users() -> Value {
    gated(&json!({ "requireAuth": true }))
}

/// A gate that asks for the role `admin` in `members`.
pub fn role_gate(more: &Value) -> Value {
    let mut gate = json!({ "table": "members", "idColumn": "user_id", "roleColumn": "role", "allowed": ["admin"] });
    for (name, value) in more.as_object().unwrap() {
        gate[name] = value.clone();
    }
    json!({ "requireRole": gate })
}
