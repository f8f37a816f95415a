//! Attacks on who may call a function, each by its name. Every one is a whole request against a running node; an attack that works is a
//! function that ran, or was told of somebody else. Those on API keys are in [`crate::keys`] and [`crate::invoke`].

mod direct;
mod gates;
mod identity;
mod sessions;
mod tokens;

use crate::support::auth::{JWT_SECRET, PROJECT, for_users};
use crate::support::http::Response;
use crate::support::node::Node;
use serde_json::json;

/// A node with functions behind `requireAuth`, and a secret of HS256 tokens that is known here.
fn node() -> Node {
    let node = Node::start();
    node.auth(PROJECT, &json!({ "jwt_secret": JWT_SECRET }));
    node.site(for_users());
    node
}

/// What a client without a good token or session gets: told so, and nothing else.
#[track_caller]
fn refused(response: &Response, what: &str) {
    assert_eq!((response.status, response.code().as_str()), (401, "R402_AUTH_REQUIRED"), "{what}: {}", response.text());
    assert_eq!(response.header("cache-control"), Some("private, no-store"), "{what}");
    assert!(response.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{what}");
}

/// A function ran for this user.
#[track_caller]
fn passed(response: &Response, user: &str) {
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.json()["user"], user);
}
