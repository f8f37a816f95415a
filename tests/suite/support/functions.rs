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

/// A spec in which the function `f`, of these files and with the first as its entry, answers at `/f` and below.
pub fn of_files(files: &[(&str, &str)]) -> Value {
    of_contents(&files.iter().map(|(path, text)| (*path, json!({ "data": text }))).collect::<Vec<_>>())
}

/// The same, from contents as a spec has them.
pub fn of_contents(files: &[(&str, Value)]) -> Value {
    let entrypoint = files[0].0;
    let files: serde_json::Map<String, Value> = files.iter().map(|(p, c)| ((*p).to_owned(), c.clone())).collect();
    let mut spec = functions(&[("f", "")]);
    spec["functions"]["replace"]["f"] = json!({ "runtime": "node22", "files": files, "entrypoint": entrypoint });
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
