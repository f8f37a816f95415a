//! What a resolution means: whether the request would be served, in a sentence, and what to look at when not.
//!
//! The envelope of `portico diagnose` and `portico resolve` (reference 3.9). Its rules are those that the platform's clients
//! apply to the same resolution, so both say the same of one node. A miss is an answer: only a question that could not
//! be asked is a failure.

use serde_json::{Map, Value, json};

/// What was asked, as it was written.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The whole URL, if there was one.
    pub url: Option<String>,
    /// The host, if it was given by itself.
    pub host: Option<String>,
    /// The path, if it was given by itself.
    pub path: Option<String>,
    /// The method.
    pub method: String,
    /// The project the host should belong to.
    pub project: Option<String>,
}

/// The envelope.
pub fn envelope(asked: &Asked, resolution: &Value) -> Value {
    let request = request(asked, resolution);
    json!({
        "would_serve": would_serve(resolution),
        "diagnostic_status": resolution["result"],
        "match": resolution["match"],
        "category": category(resolution),
        "summary": summary(&request, resolution),
        "warnings": warnings(asked, &request, resolution),
        "next_steps": next_steps(resolution),
        "edge_propagation": resolution["edge_propagation"],
        "request": request,
        "resolution": resolution,
    })
}

/// The envelope for a person.
pub fn text(envelope: &Value) -> String {
    let resolution = &envelope["resolution"];
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let mut lines = vec![word(&envelope["summary"]).unwrap_or_default()];
    let release = word(&resolution["release_id"]).map(|release| match &resolution["release_generation"] {
        Value::Null => release,
        generation => format!("{release}, activation {generation}"),
    });
    let file = word(&resolution["asset_path"]).map(|asset| {
        let text = |key: &str| word(&resolution[key]).unwrap_or_default();
        format!("{asset} ({}, {})", text("content_type"), text("cache_policy"))
    });
    for (name, value) in [
        ("status", Some(envelope["diagnostic_status"].to_string())),
        ("match", word(&resolution["match"])),
        ("error", word(&resolution["error_code"])),
        ("project", word(&resolution["project_id"])),
        ("release", release),
        ("path", word(&resolution["normalized_path"])),
        ("route", word(&resolution["route_pattern"])),
        ("file", file),
        ("sha256", word(&resolution["static_sha256"])),
    ] {
        lines.extend(value.map(|value| format!("  {name:<8} {value}")));
    }
    for (name, list) in [("note", &envelope["warnings"]), ("next", &envelope["next_steps"])] {
        let list = list.as_array().into_iter().flatten();
        lines.extend(list.filter_map(|entry| Some(format!("  {name:<8} {}", entry["message"].as_str()?))));
    }
    lines.join("\n")
}

/// The question in its parts. Neither decoded nor normalised, so that what is wrong with it shows.
fn request(asked: &Asked, resolution: &Value) -> Value {
    let mut ignored = Map::new();
    let mut path = asked.path.clone().unwrap_or_else(|| "/".to_owned());
    if let Some(url) = &asked.url {
        let mut rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        for (mark, name) in [('#', "fragment"), ('?', "query")] {
            if let Some(at) = rest.find(mark) {
                // A mark with nothing after it is no part of its own; a query that a rule has looked at is not ignored.
                if rest.len() > at + 1 && (name != "query" || resolution["redirect"].is_null()) {
                    ignored.insert(name.to_owned(), rest[at..].into());
                }
                rest = &rest[..at];
            }
        }
        path = rest.find('/').map_or("/", |slash| &rest[slash..]).to_owned();
    }
    let mut request = json!({ "host": resolution["hostname"], "path": path, "method": resolution["method"] });
    request["ignored"] = ignored.into();
    if let Some(url) = &asked.url {
        request["original_url"] = url.as_str().into();
    }
    if let Some(project) = &asked.project {
        request["project"] = project.as_str().into();
    }
    request
}

fn warnings(asked: &Asked, request: &Value, resolution: &Value) -> Vec<Value> {
    let mut warnings = Vec::new();
    for (part, code, message) in [
        ("query", "query_ignored", "The query plays no part in what answers; a function still gets it."),
        ("fragment", "fragment_ignored", "The fragment never leaves the client."),
    ] {
        if !request["ignored"][part].is_null() {
            warnings.push(json!({ "code": code, "message": message }));
        }
    }
    let conditions = resolution["redirect"]["conditions"].as_array().map_or(0, Vec::len);
    if conditions > 0 {
        let message = format!("Rules of _redirects would answer other clients otherwise: {conditions}.");
        warnings.push(json!({ "code": "depends_on_client", "message": message }));
    }
    if let (Some(meant), Some(bound)) = (&asked.project, resolution["project_id"].as_str())
        && meant != bound
    {
        let message = format!("The host belongs to the project {bound}, not to {meant}.");
        warnings.push(json!({ "code": "other_project", "message": message }));
    }
    warnings
}

/// Whether a client would get what it asks for.
fn would_serve(resolution: &Value) -> bool {
    let authorization = &resolution["authorization_result"];
    let authorized = resolution["authorized"] == true
        && (authorization.is_null() || ["authorized", "not_applicable"].iter().any(|good| authorization == good));
    let served = resolution["result"].as_u64().is_some_and(|status| (200..400).contains(&status));
    let missed = ["host_missing", "route_method_miss"].iter().any(|miss| resolution["match"] == *miss);
    authorized && served && !missed && !storage_fails(resolution)
}

/// The file is known, and its bytes are not what they should be.
fn storage_fails(resolution: &Value) -> bool {
    let kinds =
        ["missing_cas_object", "unfinalized_or_deleting_cas_object", "size_mismatch", "unauthorized_cas_object"];
    let object = &resolution["cas_object"];
    kinds.iter().any(|kind| resolution["authorization_result"] == *kind)
        || object["exists"] == false
        || object["actual_size"].as_u64().is_some_and(|size| Some(size) != object["expected_size"].as_u64())
}

fn category(resolution: &Value) -> &'static str {
    if storage_fails(resolution) {
        return "cas";
    }
    match resolution["match"].as_str().unwrap_or_default() {
        "route_method_miss" => "route_method",
        "active_release_missing" => "release",
        "unsupported_manifest_version" | "manifest_missing" => "manifest",
        _ if resolution["route"].is_object() => "route",
        "route_function" | "route_static_alias" => "route",
        "static_exact" | "static_index" | "spa_fallback" => "static",
        "host_missing" => "host",
        "path_error" => "path",
        "spa_fallback_missing" => "fallback",
        "none" => "miss",
        "redirect_rule" => "redirect",
        _ => "unknown",
    }
}

fn summary(request: &Value, resolution: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |key: &str| text(&resolution[key]);
    let what = match &request["original_url"] {
        Value::Null => {
            format!("{} https://{}{}", text(&request["method"]), text(&request["host"]), text(&request["path"]))
        }
        url => {
            let url = text(url);
            let end = url.find(['?', '#']).unwrap_or(url.len());
            format!("{} {}", text(&request["method"]), &url[..end])
        }
    };
    let outcome = match of("match").as_str() {
        _ if storage_fails(resolution) => {
            format!(
                "would fail: the file {} is known, but its content is not in order ({})",
                of("asset_path"),
                of("authorization_result")
            )
        }
        "static_exact" => format!("is the file {}", of("asset_path")),
        "static_index" => format!("is the index of its folder, {}", of("asset_path")),
        "spa_fallback" => format!("is no file or route, so it gets the application's page, {}", of("asset_path")),
        "route_static_alias" => format!("is the file {} by the route {}", of("asset_path"), of("route_pattern")),
        "route_function" => format!("goes to the function {} by the route {}", of("target_name"), of("route_pattern")),
        "route_proxy" => format!("goes to the upstream {} by the route {}", of("target_name"), of("route_pattern")),
        "route_method_miss" => {
            let allow: Vec<&str> =
                resolution["allow"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("has an answer for {} only", allow.join(", "))
        }
        "redirect_rule" => {
            let redirect = &resolution["redirect"];
            format!("is sent on to {} by line {} of _redirects", text(&redirect["location"]), redirect["line"])
        }
        "none" if !resolution["asset_path"].is_null() => format!("leads to nothing, and gets {}", of("asset_path")),
        "none" => "leads to nothing: no route, no file, no page to fall back to".to_owned(),
        "spa_fallback_missing" => "could get the application's page, but the site has none at its root".to_owned(),
        "path_error" => format!("has a path that is refused ({})", of("error_code")),
        "host_missing" => "is for a host that belongs to no project of this node".to_owned(),
        "active_release_missing" if resolution["result"] == 503 => {
            "is for a project whose live release cannot be started".to_owned()
        }
        "active_release_missing" => "is for a project without a live release".to_owned(),
        "manifest_missing" => "is for a project whose live release cannot be read".to_owned(),
        "unsupported_manifest_version" => {
            "is for a project whose live release is of a version that this node does not know".to_owned()
        }
        other => format!("is resolved as {other}"),
    };
    format!("{what} {outcome}.")
}

/// What to look at next, by the codes of the platform's clients.
fn next_steps(resolution: &Value) -> Vec<Value> {
    let codes: &[&str] = match resolution["match"].as_str().unwrap_or_default() {
        _ if storage_fails(resolution) => match resolution["authorization_result"].as_str().unwrap_or_default() {
            "unauthorized_cas_object" => &["check_credentials", "inspect_release_asset"],
            "missing_cas_object" => &["redeploy_static_asset", "inspect_release_asset"],
            "unfinalized_or_deleting_cas_object" => &["retry_after_cas_finalization", "inspect_release_asset"],
            "size_mismatch" => &["redeploy_static_asset", "inspect_cas_object"],
            _ => &["inspect_cas_object", "redeploy_static_asset"],
        },
        "host_missing" => &["check_domain_binding", "check_dns", "check_credentials"],
        "manifest_missing" => &["check_active_release", "redeploy_static_site"],
        "active_release_missing" => &["check_active_release", "deploy_release"],
        "unsupported_manifest_version" => &["redeploy_static_site", "inspect_release"],
        "path_error" => &["check_public_path"],
        "none" => &["check_static_path", "check_spa_fallback"],
        "spa_fallback_missing" => &["restore_spa_fallback"],
        "route_method_miss" => &["check_route_methods", "inspect_route"],
        _ if resolution["result"].as_u64().is_some_and(|status| (200..400).contains(&status)) => &[],
        _ => &["inspect_resolution"],
    };
    codes.iter().map(|code| json!({ "code": code, "message": advice(code) })).collect()
}

/// What a step means on this node.
fn advice(code: &str) -> &'static str {
    match code {
        "check_domain_binding" => {
            "See with `portico hosts list` whether the host is bound, and bind it with `portico hosts bind`."
        }
        "check_dns" => "See whether the host's DNS leads to this node at all.",
        "check_credentials" => "See whether this is the node you mean: --api, --config and --token-file choose it.",
        "check_active_release" => "See with `portico releases` which releases the project has, and which is live.",
        "redeploy_static_site" => "Apply the project's manifest again, with `base` `{\"release\": \"empty\"}`.",
        "deploy_release" => "Apply a manifest, or make an older release live with `portico releases --promote`.",
        "inspect_release" => "The node was probably updated and set back: start the version that wrote the release.",
        "check_public_path" => {
            "Ask for the path in a form that is allowed; error_code says what is wrong with this one."
        }
        "check_static_path" => "See with `portico releases show` which public paths the release has.",
        "check_spa_fallback" => {
            "See whether the page of the application should answer: it needs an implicit site with index.html, and a path without an extension."
        }
        "restore_spa_fallback" => "Put an index.html at the root of the site, if every path should get it.",
        "check_route_methods" => "Ask with one of the methods in allow, or add the method to the route.",
        "inspect_route" => "See in resolution which route it is: route_pattern, target_type, target_name.",
        "redeploy_static_asset" => "Apply the manifest again: content that is damaged is written anew.",
        "inspect_release_asset" => "See in resolution which file it is: asset_path, static_sha256.",
        "retry_after_cas_finalization" => "Ask again in a moment.",
        "inspect_cas_object" => "Compare expected_size and actual_size in resolution.cas_object.",
        _ => "See the whole of resolution.",
    }
}

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;
