//! Release specs of functions, and values of theirs that tests look at.

use serde_json::{Value, json};

/// A spec in which each function answers at `/NAME` and below.
pub fn functions(sources: &[(&str, &str)]) -> Value {
    let mut spec = json!({ "functions": { "replace": {} }, "routes": { "replace": [] } });
    for (name, source) in sources {
        spec["functions"]["replace"][name] = json!({ "runtime": "node22", "source": source });
        let target = json!({ "type": "function", "name": name });
        for pattern in [format!("/{name}"), format!("/{name}/*")] {
            let route = json!({ "pattern": pattern, "target": target });
            spec["routes"]["replace"].as_array_mut().unwrap().push(route);
        }
    }
    spec
}

/// Lets a function of a spec run for so many seconds.
pub fn limit_seconds(spec: &mut Value, name: &str, seconds: u32) {
    spec["functions"]["replace"][name]["config"]["timeoutSeconds"] = seconds.into();
}

/// Lets a function of a spec have so many MiB.
pub fn limit_memory(spec: &mut Value, name: &str, megabytes: u32) {
    spec["functions"]["replace"][name]["config"]["memoryMb"] = megabytes.into();
}

/// Adds a static file.
pub fn add_file(spec: &mut Value, path: &str, text: &str) {
    spec["site"]["replace"][path] = text.into();
}

/// Adds a route to an upstream.
pub fn add_proxy(spec: &mut Value, pattern: &str, upstream: &str) {
    let route = json!({ "pattern": pattern, "target": { "type": "proxy", "upstream": upstream } });
    if spec["routes"]["replace"].is_null() {
        spec["routes"]["replace"] = json!([]);
    }
    spec["routes"]["replace"].as_array_mut().unwrap().push(route);
}
