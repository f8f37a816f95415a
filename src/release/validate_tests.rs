use crate::error::{Code, Error};
use crate::release::spec::from_value;
use serde_json::{Value, json};

fn refuse(value: Value, code: Code, path: &str) -> Error {
    let error = from_value(&value).expect_err(&value.to_string());
    assert_eq!((error.code, error.path().unwrap_or_default()), (code, path), "{error}: {value}");
    error
}

fn accept(value: Value) {
    from_value(&value).unwrap_or_else(|error| panic!("{error}: {value}"));
}

fn routes(routes: Value) -> Value {
    json!({ "routes": { "replace": routes } })
}

#[test]
fn a_spec_says_something() {
    for value in [
        json!({}),
        json!({ "project": "p", "$schema": "x", "base": { "release": "current" } }),
        json!({ "routes": null }),
        json!({ "site": {} }),
        json!({ "site": { "replace": {} } }),
        json!({ "site": { "patch": { "put": {}, "delete": [] } } }),
        json!({ "functions": { "replace": {} } }),
        json!({ "secrets": { "require": [] } }),
        json!({ "subdomains": {} }),
        json!({ "checks": null, "assets": { "put": [] }, "database": { "migrations": [] } }),
    ] {
        refuse(value, Code::ManifestEmpty, "");
    }
    for value in [
        routes(json!([])),
        json!({ "i18n": null }),
        json!({ "site": { "public_paths": { "mode": "implicit" } } }),
        json!({ "site": { "patch": { "delete": ["a"] } } }),
        json!({ "functions": { "patch": { "delete": ["a"] } } }),
        json!({ "subdomains": { "set": [] } }),
        json!({ "secrets": { "require": ["A"] } }),
    ] {
        accept(value);
    }
}

#[test]
fn static_targets_are_exact_and_read_only() {
    let route = |pattern: &str, methods: Value| {
        routes(json!([{ "pattern": pattern, "methods": methods, "target": { "type": "static", "file": "a.html" } }]))
    };
    refuse(route("/a/*", json!(["GET"])), Code::InvalidSpec, "routes.replace[0].pattern");
    for methods in [json!(["POST"]), json!(["HEAD"]), json!(["GET", "POST"]), json!(["GET", "HEAD", "OPTIONS"])] {
        refuse(route("/a", methods), Code::InvalidSpec, "routes.replace[0].methods");
    }
    for methods in [json!(["GET"]), json!(["HEAD", "GET"]), json!(null)] {
        accept(route("/a", methods));
    }
}

#[test]
fn proxies_take_exact_and_prefix_patterns_and_all_methods() {
    let target = json!({ "type": "proxy", "upstream": "api" });
    accept(routes(
        json!([{ "pattern": "/a", "target": target }, { "pattern": "/a/*", "methods": ["DELETE"], "target": target }]),
    ));
}

#[test]
fn readonly_is_acknowledged_where_it_means_something() {
    let at = "routes.replace[0].acknowledge_readonly";
    let function = json!({ "type": "function", "name": "f" });
    let route = |pattern: &str, methods: Value, target: &Value| {
        routes(json!([{ "pattern": pattern, "methods": methods, "target": target, "acknowledge_readonly": true }]))
    };
    accept(route("/a/*", json!(["GET"]), &function));
    accept(route("/a/*", json!(["GET", "HEAD"]), &function));
    refuse(route("/a", json!(["GET"]), &function), Code::InvalidSpec, at);
    refuse(route("/a/*", json!(["GET", "POST"]), &function), Code::InvalidSpec, at);
    refuse(route("/a/*", json!(null), &function), Code::InvalidSpec, at);
    refuse(route("/a/*", json!(["GET"]), &json!({ "type": "proxy", "upstream": "x" })), Code::InvalidSpec, at);
    let no =
        routes(json!([{ "pattern": "/a/*", "methods": ["GET"], "target": function, "acknowledge_readonly": false }]));
    refuse(no, Code::InvalidSpec, at);
}

#[test]
fn one_pattern_has_each_method_once() {
    let route = |pattern: &str, methods: Value| json!({ "pattern": pattern, "methods": methods, "target": { "type": "function", "name": "f" } });
    for (a, b) in [
        (route("/a", json!(null)), route("/a", json!(["GET"]))),
        (route("/a", json!(["GET"])), route("/a/", json!(["HEAD"]))),
        (route("/a", json!(["POST"])), route("/%61", json!(["POST"]))),
        (route("/a/*", json!(["PUT"])), route("/a/*", json!(["PUT", "GET"]))),
        (route("/caf%C3%A9/*", json!(null)), route("/cafe\u{301}/*", json!(null))),
    ] {
        refuse(routes(json!([a, b])), Code::InvalidSpec, "routes.replace[1]");
    }
    accept(routes(json!([route("/a", json!(["GET"])), route("/a", json!(["POST"])), route("/a/*", json!(["GET"]))])));
}

#[test]
fn a_table_has_at_most_100_routes() {
    let many = |count: usize| {
        let route = |i| json!({ "pattern": format!("/{i}"), "target": { "type": "function", "name": "f" } });
        routes((0..count).map(route).collect())
    };
    accept(many(100));
    refuse(many(101), Code::InvalidSpec, "routes.replace");
}

#[test]
fn roles_are_looked_up_in_one_table() {
    let gate = |table: &str| json!({ "source": "", "require_role": { "table": table, "id_column": "i", "role_column": "r", "allowed": ["a"] } });
    let value = json!({ "functions": { "replace": { "a": gate("t"), "b": gate("u") } } });
    refuse(value, Code::InvalidSpec, "functions.replace.b.require_role");
}

#[test]
fn what_is_not_implemented_is_refused_and_what_asks_for_nothing_is_taken() {
    let function =
        |field: &str, value: Value| json!({ "functions": { "replace": { "f": { "source": "", field: value } } } });
    let route = |value: Value| {
        routes(json!([{ "pattern": "/a", "target": { "type": "function", "name": "f" }, "pricing": value }]))
    };
    for (value, path) in [
        (function("schedule", json!("*/15 * * * *")), "functions.replace.f.schedule"),
        (function("deps", json!(["lodash"])), "functions.replace.f.deps"),
        (function("triggers", json!([{}])), "functions.replace.f.triggers"),
        (function("capabilities", json!(["astro.ssr.v1", "auth.else"])), "functions.replace.f.capabilities[1]"),
        (route(json!({ "mode": "always" })), "routes.replace[0].pricing"),
        (json!({ "database": { "migrations": [{ "id": "1", "sql": "" }] } }), "database.migrations"),
        (json!({ "database": { "expose": { "tables": [{}] } } }), "database.expose"),
        (json!({ "database": { "zero_downtime": true } }), "database.zero_downtime"),
        (json!({ "assets": { "put": [{}] } }), "assets.put"),
        (json!({ "checks": [{}] }), "checks"),
        (json!({ "verify": { "http": [{}] } }), "verify"),
        (json!({ "secrets": { "delete": ["A"] } }), "secrets.delete"),
    ] {
        let error = refuse(value, Code::UnsupportedFeature, path);
        assert_eq!(error.details["unsupported"], json!([path]));
    }
    for value in [
        function("require_auth", json!(false)),
        function("require_role", json!(null)),
        function("schedule", json!(null)),
        function("deps", json!([])),
        function("triggers", json!([])),
        function("capabilities", json!(["astro.ssr.v1", "auth.sessionMint"])),
        route(json!(null)),
        json!({ "i18n": null, "database": { "migrations": [], "expose": { "version": "1", "tables": [] }, "zero_downtime": false } }),
        json!({ "i18n": null, "checks": [], "assets": { "put": [], "delete": [], "sync": null }, "verify": { "http": [] } }),
        json!({ "i18n": null, "secrets": { "delete": [] } }),
    ] {
        accept(value);
    }
    refuse(json!({ "i18n": null, "database": { "migration": [] } }), Code::InvalidSpec, "database.migration");
}

#[test]
fn a_broken_rule_is_told_before_a_missing_feature() {
    let value = json!({
        "functions": { "replace": { "f": { "source": "", "deps": ["lodash"] } } },
        "routes": { "replace": [{ "pattern": "/a/*", "target": { "type": "static", "file": "a" } }] },
    });
    refuse(value, Code::InvalidSpec, "routes.replace[0].pattern");
}
