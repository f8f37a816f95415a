use super::*;
use crate::route::statics::{Asset, PublicPaths, StaticTable};
use crate::route::table::{RouteKind, RouteTable};
use std::collections::{BTreeMap, BTreeSet};

fn route(pattern: &str, methods: Option<Methods>, target: Target) -> Route {
    let kind = if pattern.ends_with("/*") { RouteKind::Prefix } else { RouteKind::Exact };
    Route { pattern: pattern.to_owned(), kind, methods, target, acknowledge_readonly: false }
}

fn tables(public: &PublicPaths, ssr: Option<&str>) -> Tables {
    let asset = |path: &str| Asset {
        path: path.to_owned(),
        sha256: Digest::of(path.as_bytes()),
        size: 5,
        content_type: "text/html".to_owned(),
        encodings: Vec::new(),
    };
    let routes = vec![
        route("/api/*", Some(Methods::NONE.with(Method::Post)), Target::Function { name: "api".into() }),
        route("/up/*", None, Target::Proxy { upstream: "shop".into() }),
        route("/ev", Some(Methods::READ), Target::Static { file: "a.html".into() }),
    ];
    Tables {
        statics: StaticTable::build(&[asset("index.html"), asset("a.html")], public, &BTreeSet::from(["a.html"])),
        routes: RouteTable::build(routes),
        ssr: ssr.map(str::to_owned),
        ..Tables::default()
    }
}

const STORED: CasObject = CasObject { exists: true, actual_size: Some(5) };

fn ask_with(tables: &Tables, method: Method, path: &str, object: CasObject) -> Value {
    let question = Question { hostname: "a.example", raw_path: path, query: None, method };
    let binding = Binding::Live { project: "prj", release_id: "rel_1", generation: 7, tables };
    explain(question, binding, |_| object)
}

fn ask(method: Method, path: &str) -> Value {
    ask_with(&tables(&PublicPaths::Implicit, None), method, path, STORED)
}

/// What the platform's SDK makes of a report (reference 3.9).
fn would_serve(report: &Value) -> bool {
    let authorization = report["authorization_result"].as_str();
    report["authorized"] == true
        && matches!(authorization, None | Some("authorized" | "not_applicable"))
        && (200..400).contains(&report["result"].as_u64().unwrap())
        && !["host_missing", "route_method_miss"].contains(&report["match"].as_str().unwrap())
}

/// `[match, result, authorization_result, fallback_state, error_code]`, and whether it is served.
fn check(report: &Value, expected: [&str; 5], served: bool) {
    let text = |field: &str| match &report[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let found = ["match", "result", "authorization_result", "fallback_state", "error_code"].map(text);
    assert_eq!(found, expected, "{report:#}");
    assert_eq!(would_serve(report), served);
    assert_eq!(report.as_object().unwrap().len(), FIELDS.len());
    for required in ["match", "authorized", "fallback_state", "result"] {
        assert!(!report[required].is_null(), "{required}");
    }
}

#[test]
fn a_host_without_a_project_is_reported() {
    let question = Question { hostname: "x.example", raw_path: "/", query: None, method: Method::Get };
    let report = explain(question, Binding::Unbound, |_| unreachable!());
    check(&report, ["host_missing", "404", "null", "unavailable", "HOST_NOT_CONFIGURED"], false);
    assert_eq!(report["binding_status"], "unbound");
    let report = explain(question, Binding::NoRelease { project: "prj" }, |_| unreachable!());
    check(
        &report,
        ["active_release_missing", "404", "active_release_missing", "active_release_missing", "NO_SITE_DEPLOYED"],
        false,
    );
    assert_eq!(report["project_id"], "prj");
}

#[test]
fn a_path_error_is_reported_with_its_code() {
    let report = ask(Method::Get, "/a/%2e%2e/b");
    check(&report, ["path_error", "400", "path_error", "path_error", "PATH_DOT_SEGMENT"], false);
    assert!(report["normalized_path"].is_null());
}

#[test]
fn a_function_is_reported_as_served() {
    let report = ask(Method::Post, "/api/x");
    check(&report, ["route_function", "200", "not_applicable", "not_used", "null"], true);
    assert_eq!((&report["target_type"], &report["target_name"]), (&"function".into(), &"api".into()));
    assert_eq!(
        report["route"],
        json!({ "pattern": "/api/*", "methods": ["POST"], "target": { "type": "function", "name": "api" } })
    );
    assert_eq!((&report["release_id"], &report["release_generation"]), (&"rel_1".into(), &7.into()));
}

#[test]
fn the_renderer_is_reported_as_a_route_for_everything() {
    let report = ask_with(&tables(&PublicPaths::Implicit, Some("ssr")), Method::Post, "/x", STORED);
    check(&report, ["route_function", "200", "not_applicable", "not_used", "null"], true);
    assert_eq!(
        (&report["route_pattern"], &report["route"], &report["target_name"]),
        (&"/*".into(), &Value::Null, &"ssr".into())
    );
}

#[test]
fn an_upstream_is_reported_as_served() {
    let report = ask(Method::Delete, "/up/x");
    check(&report, ["route_proxy", "200", "not_applicable", "not_used", "null"], true);
    assert_eq!((&report["target_type"], &report["target_name"]), (&"proxy".into(), &"shop".into()));
}

#[test]
fn a_file_is_reported_with_how_it_is_reached() {
    for (path, matched, fallback, direct) in [
        ("/a.html", "static_exact", "not_used", true),
        ("/", "static_index", "not_used", true),
        ("/page", "spa_fallback", "used", true),
        ("/ev", "route_static_alias", "not_used", false),
    ] {
        let report = ask(Method::Get, path);
        check(&report, [matched, "200", "authorized", fallback, "null"], true);
        assert_eq!(report["direct"], direct, "{path}");
    }
    let report = ask(Method::Get, "/%61.html");
    assert_eq!((&report["normalized_path"], &report["asset_path"]), (&"/a.html".into(), &"a.html".into()));
    assert_eq!(
        report["cas_object"],
        json!({ "sha256": report["static_sha256"], "exists": true, "expected_size": 5, "actual_size": 5 })
    );
    assert_eq!(
        (&report["cache_class"], &report["cache_policy"]),
        (&"html".into(), &"public, max-age=0, must-revalidate".into())
    );
    assert_eq!(ask(Method::Get, "/ev")["target_file"], "a.html");
}

#[test]
fn a_file_whose_bytes_are_not_there_is_not_served() {
    let tables = tables(&PublicPaths::Implicit, None);
    let gone = CasObject { exists: false, actual_size: None };
    let report = ask_with(&tables, Method::Get, "/", gone);
    check(&report, ["static_index", "503", "missing_cas_object", "not_used", "STORAGE_UNAVAILABLE"], false);
    let short = CasObject { exists: true, actual_size: Some(4) };
    let report = ask_with(&tables, Method::Get, "/", short);
    check(&report, ["static_index", "503", "size_mismatch", "not_used", "STORAGE_UNAVAILABLE"], false);
}

#[test]
fn a_method_that_is_shut_out_is_reported_with_those_that_are_not() {
    let report = ask(Method::Delete, "/api/x");
    check(
        &report,
        ["route_method_miss", "405", "not_applicable", "method_not_static", "ROUTE_METHOD_NOT_ALLOWED"],
        false,
    );
    assert_eq!((&report["allow"], &report["route_pattern"]), (&json!(["POST"]), &"/api/*".into()));
    let report = ask(Method::Post, "/a.html");
    check(&report, ["route_method_miss", "405", "not_applicable", "method_not_static", "method_not_allowed"], false);
    assert_eq!(report["allow"], json!(["GET", "HEAD"]));
}

#[test]
fn a_miss_says_why_the_fallback_did_not_answer() {
    check(&ask(Method::Get, "/gone.js"), ["none", "404", "not_public", "not_eligible", "static_not_found"], false);
    check(&ask(Method::Post, "/gone"), ["none", "404", "not_public", "method_not_static", "static_not_found"], false);
    let explicit = tables(&PublicPaths::Explicit { replace: BTreeMap::new() }, None);
    let report = ask_with(&explicit, Method::Get, "/gone", STORED);
    check(&report, ["none", "404", "not_public", "not_configured", "static_not_found"], false);
    let report = ask_with(&Tables::default(), Method::Get, "/gone", STORED);
    check(&report, ["spa_fallback_missing", "404", "target_missing", "target_missing", "static_not_found"], false);
}

#[test]
fn rules_are_told_with_those_that_only_other_clients_get() {
    use crate::release::rules::redirects::parse;
    use crate::route::redirects::RedirectTable;
    let rules = "/de /x 302! Language=de\n/old/* /new/:splat?q=1 302\n/page /a.html 200\n/gone /a.html 410\n/api/* /x 302 Cookie=a";
    let mut tables = tables(&PublicPaths::Implicit, None);
    tables.redirects = RedirectTable::build(&parse(rules).unwrap(), &[]);
    let ask = |path: &str| ask_with(&tables, Method::Get, path, STORED);
    let report = ask("/old/a");
    assert_eq!(
        (&report["match"], &report["result"], &report["authorized"]),
        (&json!("redirect_rule"), &json!(302), &json!(true))
    );
    assert_eq!(report["authorization_result"], "not_applicable");
    assert_eq!(
        report["redirect"],
        json!({ "line": 2, "from": "/old/*", "to": "/new/:splat?q=1", "status": 302, "force": false,
                "location": "/new/a?q=1", "conditions": [] })
    );
    // For a client of which nothing is known the page answers; for a German one the rule would.
    let report = ask("/de");
    assert_eq!((&report["match"], &report["redirect"]["location"]), (&json!("spa_fallback"), &Value::Null));
    assert_eq!(report["redirect"]["conditions"][0]["line"], 1);
    assert_eq!(report["redirect"]["conditions"][0]["conditions"], json!({ "language": ["de"] }));
    let report = ask("/page");
    assert_eq!((&report["match"], &report["asset_path"]), (&json!("static_exact"), &json!("a.html")));
    assert_eq!((&report["redirect"]["line"], &report["redirect"]["status"]), (&json!(3), &json!(200)));
    let report = ask("/gone");
    assert_eq!(
        (&report["match"], &report["result"], &report["asset_path"]),
        (&json!("none"), &json!(410), &json!("a.html"))
    );
    assert_eq!((&report["fallback_state"], &report["authorized"]), (&json!("used"), &json!(false)));
    // Where a file answers, a rule that does not insist is not asked.
    assert!(ask("/a").get("redirect").is_none());
}
