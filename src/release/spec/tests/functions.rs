//! The `functions` section.

use super::*;

#[test]
fn a_function_has_one_source_of_code() {
    let at = "functions.replace.f";
    invalid(&[
        (function(json!({})), at),
        (function(json!({ "source": "x", "files": { "a": "x" } })), "functions.replace.f.files"),
        (function(json!({ "source": "x", "entrypoint": "a" })), "functions.replace.f.entrypoint"),
        (function(json!({ "files": {} })), "functions.replace.f.files"),
        (function(json!({ "files": { "a": "", "b": "" } })), "functions.replace.f.files"),
        (function(json!({ "files": { "a": "", "b": "" }, "entrypoint": "c" })), "functions.replace.f.entrypoint"),
        (function(json!({ "files": { "../a": "" } })), r#"functions.replace.f.files["../a"]"#),
        (json!({ "functions": { "replace": { "a b": { "source": "" } } } }), "functions.replace.a b"),
        (
            json!({ "functions": { "replace": { "a".repeat(65): { "source": "" } } } }),
            &format!("functions.replace.{}", "a".repeat(65)),
        ),
        (json!({ "functions": { "replace": {}, "patch": {} } }), "functions"),
        (json!({ "functions": { "patch": { "set": { "a": {} }, "delete": ["a"] } } }), "functions.patch.delete"),
    ]);
    let code = |value: Value| match accept(function(value)).functions {
        Some(Section::Replace(mut functions)) => functions.remove("f").and_then(|f| f.code).unwrap(),
        other => panic!("{other:?}"),
    };
    let Code::Files { entrypoint, .. } = code(json!({ "files": { "a.js": "", "b.js": "" }, "entrypoint": "./b.js" }))
    else {
        panic!()
    };
    assert_eq!(entrypoint, "b.js");
    let Code::Files { entrypoint, .. } = code(json!({ "files": { "only.js": "" } })) else { panic!() };
    assert_eq!(entrypoint, "only.js");
    for (source, module) in [
        (json!("x"), "index.js"),
        (json!({ "path": "f.mjs" }), "index.js"),
        (json!({ "path": "f/list.ts" }), "index.ts"),
        (json!({ "path": "f.tsx" }), "index.tsx"),
        (json!({ "data": "x", "content_type": "application/typescript; charset=utf-8" }), "index.ts"),
    ] {
        let Code::Source { name, .. } = code(json!({ "source": source })) else { panic!() };
        assert_eq!(name, module);
    }
}

#[test]
fn function_settings_are_checked() {
    invalid(&[
        (function(json!({ "source": "", "runtime": "node18" })), "functions.replace.f.runtime"),
        (function(json!({ "source": "", "class": "SSR" })), "functions.replace.f.class"),
        (
            function(json!({ "source": "", "config": { "timeout_seconds": 0 } })),
            "functions.replace.f.config.timeout_seconds",
        ),
        (
            function(json!({ "source": "", "config": { "timeoutSeconds": 1.5 } })),
            "functions.replace.f.config.timeoutSeconds",
        ),
        (
            function(json!({ "source": "", "config": { "timeoutSeconds": 301 } })),
            "functions.replace.f.config.timeoutSeconds",
        ),
        (function(json!({ "source": "", "config": { "memory_mb": "128" } })), "functions.replace.f.config.memory_mb"),
        (function(json!({ "source": "", "config": { "memory_mb": 1025 } })), "functions.replace.f.config.memory_mb"),
        (function(json!({ "source": "", "schedule": "every day" })), "functions.replace.f.schedule"),
        (function(json!({ "source": "", "require_auth": "yes" })), "functions.replace.f.require_auth"),
    ]);
    let Some(Section::Replace(functions)) = accept(function(json!({ "source": "", "class": "ssr" }))).functions else {
        panic!()
    };
    assert_eq!(functions["f"].class, Some(Class::Ssr));
}

#[test]
fn role_gates_are_checked() {
    let gate = |field: &str, value: Value| {
        let mut gate = json!({ "table": "members", "idColumn": "user_id", "roleColumn": "role", "allowed": ["admin"] });
        gate[field] = value;
        function(json!({ "source": "", "requireRole": gate }))
    };
    let at = |field: &str| format!("functions.replace.f.requireRole.{field}");
    for (field, value) in [
        ("table", json!("public.members")),
        ("table", json!("")),
        ("idColumn", json!("1a")),
        ("roleColumn", json!("a-b")),
        ("allowed", json!([])),
        ("cacheTtl", json!(601)),
        ("cacheTtl", json!(-1)),
        ("cacheTtl", json!(1.5)),
        ("table", json!("a".repeat(64))),
        ("table", json!("a\"b")),
        ("onDeny", json!("json")),
        ("signInPath", json!("login")),
        ("signInPath", json!("//evil.test")),
        ("signInPath", json!("/\\evil.test")),
        ("signInPath", json!("https://evil.test/")),
        ("signInPath", json!("/a\r\nset-cookie: a=b")),
        ("signInPath", json!("/ä")),
        ("signInPath", json!(format!("/{}", "a".repeat(1024)))),
    ] {
        refuse(gate(field, value), C::InvalidSpec, &at(field));
    }
    // A redirect has to lead somewhere.
    refuse(gate("onDeny", json!("redirect")), C::InvalidSpec, "functions.replace.f.requireRole");
    for (field, value) in [("cacheTtl", json!(0)), ("cacheTtl", json!(600)), ("signInPath", json!("/login?a=b#c"))] {
        accept(gate(field, value));
    }
}
