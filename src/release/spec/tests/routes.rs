//! The `routes` section.

use super::*;

#[test]
fn route_patterns_are_paths_with_an_optional_star_at_the_end() {
    let target = json!({ "type": "function", "name": "f" });
    let too_long = format!("/{}", "\u{e9}".repeat(128));
    for pattern in [
        "",
        "a",
        "*",
        "/*",
        "/a*",
        "/*/a",
        "/a/*/b",
        "/a/**",
        "/a?b",
        "/a#b",
        "/%zz",
        "/a//b",
        "/a//*",
        "/a/../b",
        "/%2e%2e/*",
        "/a%2fb",
        "/a\\b",
        "/_run402/x",
        "/_cas/*",
        "/_cas",
        &too_long,
    ] {
        refuse(routed(json!({ "pattern": pattern, "target": target })), C::InvalidSpec, "routes.replace[0].pattern");
    }
    let longest = format!("/{}", "a".repeat(255));
    for pattern in ["/", "/a", "/a/", "/a/*", "/caf%C3%A9", "/a.b/*", "/_casual", &longest] {
        accept(routed(json!({ "pattern": pattern, "target": target })));
    }
}

#[test]
fn route_methods_are_of_the_seven_and_each_once() {
    let with = |methods: Value| {
        routed(json!({ "pattern": "/a", "methods": methods, "target": { "type": "function", "name": "f" } }))
    };
    invalid(&[
        (with(json!([])), "routes.replace[0].methods"),
        (with(json!("GET")), "routes.replace[0].methods"),
        (with(json!(["GET", "get"])), "routes.replace[0].methods[1]"),
        (with(json!(["TRACE"])), "routes.replace[0].methods[0]"),
        (with(json!(["GET", "GET"])), "routes.replace[0].methods[1]"),
    ]);
    let error = refuse(with(json!(["post"])), C::InvalidSpec, "routes.replace[0].methods[0]");
    assert_eq!(error.fix.unwrap()["value"], "POST");
    assert_eq!(accept(with(json!(null))).routes.unwrap()[0].methods, None);
    assert_eq!(accept(with(json!(["HEAD", "GET"]))).routes.unwrap()[0].methods, Some(Methods::READ));
}

#[test]
fn routes_are_a_list_of_typed_targets() {
    let to = |target: Value| routed(json!({ "pattern": "/a", "target": target }));
    invalid(&[
        (json!({ "routes": { "/api/*": { "function": "api" } } }), "routes"),
        (json!({ "routes": {} }), "routes"),
        (json!({ "routes": { "replace": null } }), "routes"),
        (json!({ "routes": { "replace": {} } }), "routes.replace"),
        (json!({ "routes": { "set": [] } }), "routes.set"),
        (routed(json!({ "target": {} })), "routes.replace[0].pattern"),
        (routed(json!({ "pattern": "/a" })), "routes.replace[0].target"),
        (to(json!({ "function": "f" })), "routes.replace[0].target"),
        (to(json!({ "static": "f" })), "routes.replace[0].target"),
        (to(json!({ "type": "redirect" })), "routes.replace[0].target.type"),
        (to(json!({ "type": "function" })), "routes.replace[0].target.name"),
        (to(json!({ "type": "function", "name": "" })), "routes.replace[0].target.name"),
        (to(json!({ "type": "function", "name": "f", "file": "x" })), "routes.replace[0].target.file"),
        (to(json!({ "type": "proxy", "name": "x" })), "routes.replace[0].target.name"),
        (to(json!({ "type": "proxy", "upstream": "" })), "routes.replace[0].target.upstream"),
    ]);
    for file in ["/a", "a/", "a?b", "a#b", "a\\b", "a//b", "./a", "a/..", "a*", ""] {
        refuse(to(json!({ "type": "static", "file": file })), C::InvalidSpec, "routes.replace[0].target.file");
    }
    let error = refuse(to(json!({ "proxy": "shop" })), C::InvalidSpec, "routes.replace[0].target");
    assert_eq!(error.fix.unwrap()["value"], json!({ "type": "proxy", "upstream": "shop" }));
}
