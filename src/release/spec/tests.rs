use super::*;
use crate::digest::Digest;
use crate::error::Code as C;
use crate::release::model::{Class, Runtime};
use crate::route::locale::{Detect, UnknownLocalePolicy};
use crate::route::method::Methods;
use crate::route::statics::PublicPaths;
use crate::route::table::{RouteKind, Target};
use serde_json::json;

mod functions;
mod routes;
mod site;

const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn accept(value: Value) -> ReleaseSpec {
    from_value(&value).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// Refused with this code at this place.
fn refuse(value: Value, code: C, path: &str) -> Error {
    let error = from_value(&value).expect_err(&value.to_string());
    assert_eq!((error.code, error.path().unwrap_or_default()), (code, path), "{error}: {value}");
    error
}

fn invalid(cases: &[(Value, &str)]) {
    for (value, path) in cases {
        refuse(value.clone(), C::InvalidSpec, path);
    }
}

/// A spec with one route.
fn routed(route: Value) -> Value {
    json!({ "routes": { "replace": [route] } })
}

fn i18n(value: Value) -> Value {
    json!({ "i18n": value })
}

fn function(value: Value) -> Value {
    json!({ "functions": { "replace": { "f": value } } })
}

#[test]
fn the_cli_manifest_of_the_documentation_is_taken() {
    let spec = accept(json!({
        "$schema": "https://run402.com/schemas/release-spec.v1.json",
        "project_id": "prj_1",
        "idempotency_key": "k",
        "secrets": { "require": ["OPENAI_API_KEY"] },
        "functions": { "replace": { "api": {
            "runtime": "node22",
            "source": { "data": "export default async (req) => new Response('ok')" },
            "config": { "timeoutSeconds": 30, "memoryMb": 256 },
        } } },
        "site": {
            "replace": {
                "index.html": { "data": "<h1>" },
                "logo.png": { "data": "iVBORw0K", "encoding": "base64" },
                "t.css": "a{}",
                "big.bin": { "sha256": HEX, "size": 3, "content_type": "x/y" },
                "up.html": { "path": "dist/up.html", "contentType": "text/html" },
            },
            "public_paths": { "mode": "explicit", "replace": { "/events": { "asset": "index.html", "cache_class": "html" } } },
        },
        "subdomains": { "set": ["my-app"] },
        "routes": { "replace": [
            { "pattern": "/api/*", "methods": ["GET", "POST"], "target": { "type": "function", "name": "api" } },
            { "pattern": "/shop/*", "target": { "type": "proxy", "upstream": "shop" } },
            { "pattern": "/e", "methods": ["GET"], "target": { "type": "static", "file": "t.css" } },
        ] },
        "i18n": { "defaultLocale": "en", "locales": ["en", "zh-Hant"], "detect": ["cookie:wl_locale", "accept-language"] },
    }));
    assert_eq!(spec.project(), Some("prj_1"));
    assert_eq!(spec.secrets_required.as_deref(), Some(&["OPENAI_API_KEY".to_owned()][..]));
    let Some(Section::Replace(functions)) = &spec.functions else { panic!() };
    let api = &functions["api"];
    assert_eq!(
        (api.runtime, api.config.timeout_seconds, api.config.memory_mb),
        (Some(Runtime::Node22), Some(30), Some(256))
    );
    let routes = spec.routes.as_ref().unwrap();
    assert_eq!((routes[0].kind, routes[1].methods, routes[1].kind), (RouteKind::Prefix, None, RouteKind::Prefix));
    assert_eq!(routes[1].target, Target::Proxy { upstream: "shop".into() });
    let i18n = spec.i18n.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(i18n.detect, [Detect::Cookie("wl_locale".into()), Detect::AcceptLanguage]);

    let contents: BTreeMap<String, &Content> = spec.contents().collect();
    let places: Vec<&str> = contents.keys().map(String::as_str).collect();
    assert_eq!(
        places,
        [
            "functions.replace.api.source",
            r#"site.replace["big.bin"]"#,
            r#"site.replace["index.html"]"#,
            r#"site.replace["logo.png"]"#,
            r#"site.replace["t.css"]"#,
            r#"site.replace["up.html"]"#,
        ]
    );
    assert_eq!(contents[r#"site.replace["logo.png"]"#], &Content::Inline(b"\x89PNG\r\n".to_vec()));
    assert_eq!(contents[r#"site.replace["t.css"]"#], &Content::Inline(b"a{}".to_vec()));
    assert_eq!(contents[r#"site.replace["up.html"]"#], &Content::Path("dist/up.html".into()));
    assert_eq!(contents[r#"site.replace["big.bin"]"#], &Content::Ref { sha256: HEX.parse().unwrap(), size: 3 });
}

#[test]
fn both_spellings_mean_the_same() {
    let snake = json!({
        "project_id": "p",
        "functions": { "replace": { "f": { "source": "x", "config": { "timeout_seconds": 1, "memory_mb": 2 }, "require_auth": false, "require_role": null } } },
        "site": { "public_paths": { "mode": "explicit", "replace": { "/a": { "asset": "a", "cache_class": "html" } } } },
        "i18n": { "default_locale": "en", "locales": ["en"], "unknown_locale_policy": "pass-through" },
    });
    let camel = json!({
        "projectId": "p",
        "functions": { "replace": { "f": { "source": "x", "config": { "timeoutSeconds": 1, "memoryMb": 2 }, "requireAuth": false, "requireRole": null } } },
        "site": { "publicPaths": { "mode": "explicit", "replace": { "/a": { "asset": "a", "cacheClass": "html" } } } },
        "i18n": { "defaultLocale": "en", "locales": ["en"], "unknownLocalePolicy": "pass-through" },
    });
    assert_eq!(accept(snake), accept(camel));
}

#[test]
fn unknown_fields_are_refused_with_the_nearest() {
    for (value, path, right) in [
        (json!({ "subdomain": "x" }), "subdomain", "subdomains"),
        (json!({ "site": { "replcae": {} } }), "site.replcae", "replace"),
        (json!({ "site": { "files": {} } }), "site.files", "replace"),
        (json!({ "site": { "replace": { "a": { "dta": "x" } } } }), "site.replace.a.dta", "data"),
        (
            function(json!({ "source": "x", "config": { "schedule": "* * * * *" } })),
            "functions.replace.f.config.schedule",
            "schedule beside config",
        ),
        (routed(json!({ "pattern": "/a", "method": ["GET"] })), "routes.replace[0].method", "methods"),
        (json!({ "i18n": { "default": "en" } }), "i18n.default", "default_locale"),
    ] {
        let error = refuse(value, C::InvalidSpec, path);
        assert_eq!(error.details["did_you_mean"], right, "{path}");
    }
    refuse(json!({ "zzzzz": 1 }), C::InvalidSpec, "zzzzz");
}

#[test]
fn what_is_no_json_is_refused_with_its_line() {
    let error = parse(b"{\n  \"site\": }").unwrap_err();
    assert_eq!((error.code, &error.details["line"]), (C::InvalidSpec, &json!(2)));
    invalid(&[(json!([]), ""), (json!("x"), ""), (json!(null), "")]);
}

#[test]
fn project_and_base_have_one_form_each() {
    let with = |extra: Value| {
        let mut value = json!({ "i18n": null });
        value.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        value
    };
    invalid(&[
        (with(json!({ "project": "" })), "project"),
        (with(json!({ "project": 1 })), "project"),
        (with(json!({ "project": "a", "project_id": "a" })), "project_id"),
        (with(json!({ "base": { "release": "live" } })), "base.release"),
        (with(json!({ "base": { "release": "current", "release_id": "rel_1" } })), "base.release_id"),
        (with(json!({ "base": {} })), "base"),
    ]);
    assert_eq!(accept(with(json!({ "base": { "release": "empty" } }))).base, Base::Empty);
    assert_eq!(accept(with(json!({ "base": { "release_id": "rel_1" } }))).base, Base::Release("rel_1".into()));
}

#[test]
fn locales_are_canonical_unique_and_have_a_default() {
    let base = |locales: Value| i18n(json!({ "default_locale": "en", "locales": locales }));
    let many: Vec<String> = (0..51).map(|i| format!("l{i}")).collect();
    invalid(&[
        (base(json!([])), "i18n.locales"),
        (base(json!(["en", "en"])), "i18n.locales[1]"),
        (base(json!(["en", "a b"])), "i18n.locales[1]"),
        (base(json!(["en", ""])), "i18n.locales[1]"),
        (base(json!(["es"])), "i18n.default_locale"),
        (base(json!(many)), "i18n.locales"),
        (i18n(json!({ "locales": ["en"] })), "i18n.default_locale"),
        (i18n(json!({ "default_locale": "EN", "locales": ["en"] })), "i18n.default_locale"),
        (i18n(json!({ "default_locale": "en", "locales": ["en"], "detect": ["Accept-Language"] })), "i18n.detect[0]"),
        (i18n(json!({ "default_locale": "en", "locales": ["en"], "detect": ["cookie:a b"] })), "i18n.detect[0]"),
        (
            i18n(json!({ "default_locale": "en", "locales": ["en"], "detect": vec!["accept-language"; 11] })),
            "i18n.detect",
        ),
        (
            i18n(json!({ "default_locale": "en", "locales": ["en"], "unknown_locale_policy": "fail" })),
            "i18n.unknown_locale_policy",
        ),
    ]);
    let error = refuse(base(json!(["en", "pt-br"])), C::LocaleNotCanonical, "i18n.locales[1]");
    let fix = error.fix.unwrap();
    assert_eq!((&fix["input"], &fix["canonical"]), (&json!("pt-br"), &json!("pt-BR")));
    let detect = |value: Value| {
        accept(i18n(json!({ "default_locale": "en", "locales": ["en"], "detect": value })))
            .i18n
            .unwrap()
            .unwrap()
            .detect
    };
    assert_eq!((detect(json!(null)), detect(json!([]))), (vec![Detect::AcceptLanguage], vec![]));
    for (policy, read) in [
        ("default", UnknownLocalePolicy::Reject),
        ("reject", UnknownLocalePolicy::Reject),
        ("pass-through", UnknownLocalePolicy::PassThrough),
    ] {
        let value = i18n(json!({ "default_locale": "en", "locales": ["en"], "unknown_locale_policy": policy }));
        assert_eq!(accept(value).i18n.unwrap().unwrap().unknown_locale_policy, read);
    }
    assert_eq!(accept(i18n(json!(null))).i18n, Some(None));
}

#[test]
fn secrets_are_names_only() {
    invalid(&[
        (json!({ "secrets": { "require": ["lower"] } }), "secrets.require[0]"),
        (json!({ "secrets": { "require": ["1A"] } }), "secrets.require[0]"),
        (json!({ "secrets": { "require": ["A".repeat(129)] } }), "secrets.require[0]"),
        (json!({ "secrets": { "require": ["A", "A"] } }), "secrets.require[1]"),
        (json!({ "secrets": { "require": ["A"], "delete": ["A"] } }), "secrets.delete"),
        (json!({ "secrets": { "set": { "A": "value" } } }), "secrets.set"),
        (json!({ "secrets": { "replace_all": {} } }), "secrets.replace_all"),
    ]);
}

#[test]
fn subdomains_are_labels_and_at_most_one_is_set() {
    for name in ["", "A", "-a", "a-", "a.b", "a_b", &"a".repeat(64)] {
        refuse(json!({ "subdomains": { "set": [name] } }), C::InvalidSpec, "subdomains.set[0]");
    }
    refuse(json!({ "subdomains": { "set": ["a", "b"] } }), C::SubdomainMultiNotSupported, "subdomains.set");
    invalid(&[
        (json!({ "subdomains": { "set": ["a"], "add": ["b"] } }), "subdomains"),
        (json!({ "subdomains": { "add": ["a"], "remove": ["a"] } }), "subdomains"),
        (json!({ "subdomains": { "add": ["a", "a"] } }), "subdomains.add[1]"),
        (json!({ "subdomains": ["a"] }), "subdomains"),
    ]);
}
