use super::*;

fn asked(url: &str) -> Asked {
    Asked { url: Some(url.to_owned()), host: None, path: None, method: "GET".to_owned(), project: None }
}

fn resolution(matched: &str, result: u16, authorization: &str) -> Value {
    let authorized = ["authorized", "not_applicable"].contains(&authorization) && result < 400;
    json!({
        "hostname": "a.test", "method": "GET", "match": matched, "result": result,
        "authorization_result": authorization,
        "authorized": authorized,
        "allow": ["GET", "HEAD"], "asset_path": "a.css", "route": null,
    })
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap()).collect()
}

/// Match, result, authorization; then category, whether it is served, and the steps.
type Row = (&'static str, u16, &'static str, &'static str, bool, &'static [&'static str]);

const ROWS: &[Row] = &[
    ("static_exact", 200, "authorized", "static", true, &[]),
    ("static_index", 200, "authorized", "static", true, &[]),
    ("spa_fallback", 200, "authorized", "static", true, &[]),
    ("route_function", 200, "not_applicable", "route", true, &[]),
    ("route_static_alias", 200, "authorized", "route", true, &[]),
    ("route_method_miss", 405, "not_applicable", "route_method", false, &["check_route_methods", "inspect_route"]),
    ("none", 404, "not_public", "miss", false, &["check_static_path", "check_spa_fallback"]),
    ("spa_fallback_missing", 404, "target_missing", "fallback", false, &["restore_spa_fallback"]),
    ("path_error", 400, "path_error", "path", false, &["check_public_path"]),
    ("host_missing", 404, "not_public", "host", false, &["check_domain_binding", "check_dns", "check_credentials"]),
    ("manifest_missing", 503, "manifest_missing", "manifest", false, &["check_active_release", "redeploy_static_site"]),
    (
        "unsupported_manifest_version",
        503,
        "unsupported_manifest_version",
        "manifest",
        false,
        &["redeploy_static_site", "inspect_release"],
    ),
    (
        "active_release_missing",
        404,
        "active_release_missing",
        "release",
        false,
        &["check_active_release", "deploy_release"],
    ),
    ("static_exact", 503, "missing_cas_object", "cas", false, &["redeploy_static_asset", "inspect_release_asset"]),
    ("static_exact", 503, "size_mismatch", "cas", false, &["redeploy_static_asset", "inspect_cas_object"]),
    ("redirect_rule", 301, "not_applicable", "redirect", true, &[]),
    ("route_proxy", 200, "not_applicable", "unknown", true, &[]),
    ("something_new", 200, "authorized", "unknown", true, &[]),
    ("something_new", 451, "authorized", "unknown", false, &["inspect_resolution"]),
];

#[test]
fn every_match_has_its_category_and_its_steps() {
    for (matched, result, authorization, category, served, steps) in ROWS.iter().copied() {
        let envelope = envelope(&asked("http://a.test/"), &resolution(matched, result, authorization));
        assert_eq!(
            (envelope["category"].as_str().unwrap(), envelope["would_serve"].as_bool().unwrap()),
            (category, served),
            "{matched}"
        );
        assert_eq!(codes(&envelope["next_steps"]), steps, "{matched}");
        assert_eq!((&envelope["match"], &envelope["diagnostic_status"]), (&json!(matched), &json!(result)));
        assert!(envelope.get("status").is_none());
        let text = text(&envelope);
        assert!(text.starts_with("GET http://a.test/ "), "{text}");
        assert_eq!(text.matches("\n  next ").count(), steps.len(), "{text}");
    }
}

#[test]
fn an_object_of_another_size_fails_whatever_else_is_said() {
    let mut broken = resolution("static_exact", 200, "authorized");
    broken["cas_object"] = json!({ "exists": true, "expected_size": 3, "actual_size": 2 });
    let broken = envelope(&asked("http://a.test/"), &broken);
    assert_eq!((&broken["would_serve"], &broken["category"]), (&json!(false), &json!("cas")));
    assert_eq!(codes(&broken["next_steps"]), ["inspect_cas_object", "redeploy_static_asset"]);
}

#[test]
fn what_plays_no_part_is_told() {
    let resolved = resolution("static_exact", 200, "authorized");
    let said = envelope(&asked("http://a.test:80/x/../%2e?q=1?2#top#x"), &resolved);
    assert_eq!(said["request"]["ignored"], json!({ "query": "?q=1?2", "fragment": "#top#x" }));
    assert_eq!(said["request"]["path"], "/x/../%2e");
    assert_eq!(codes(&said["warnings"]), ["query_ignored", "fragment_ignored"]);
    let plain = envelope(&asked("http://a.test?#"), &resolved);
    assert_eq!((&plain["request"]["ignored"], &plain["request"]["path"]), (&json!({}), &json!("/")));
    let other = Asked { project: Some("mine".to_owned()), ..asked("http://a.test/") };
    let mut theirs = resolved;
    theirs["project_id"] = "theirs".into();
    assert_eq!(codes(&envelope(&other, &theirs)["warnings"]), ["other_project"]);
}
