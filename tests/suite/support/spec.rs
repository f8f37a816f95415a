//! Pieces of release specs, and what is known of their content without asking the node.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A function from the text of its module.
pub fn function(code: &str) -> Value {
    json!({ "runtime": "node22", "source": { "data": code } })
}

/// A function that answers with `text` to everything.
pub fn says(text: &str) -> Value {
    function(&format!("export default () => new Response({});", Value::from(text)))
}

/// A function that answers with what it was asked, and with `name`.
pub fn mirror(name: &str) -> Value {
    let answer = "{ name, method: req.method, path: new URL(req.url).pathname, query: new URL(req.url).search, \
                  headers: Object.fromEntries(req.headers), body: await req.text() }";
    function(&format!("const name = {}; export default async (req) => Response.json({answer});", Value::from(name)))
}

/// A route that leads to a function.
pub fn to_function(pattern: &str, name: &str) -> Value {
    json!({ "pattern": pattern, "target": { "type": "function", "name": name } })
}

/// A route that leads to a function, for some methods.
pub fn to_function_for(methods: &[&str], pattern: &str, name: &str) -> Value {
    json!({ "pattern": pattern, "methods": methods, "target": { "type": "function", "name": name } })
}

/// A site of files with these texts.
pub fn files(texts: &[(&str, &str)]) -> Value {
    let files: serde_json::Map<String, Value> =
        texts.iter().map(|(path, text)| ((*path).to_owned(), json!({ "data": text }))).collect();
    json!({ "replace": files })
}

/// The SHA-256 of some bytes, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The value of `Content-Digest` for some bytes (RFC 9530).
pub fn content_digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

/// Bytes in base64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
