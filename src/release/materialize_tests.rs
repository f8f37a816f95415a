use super::*;
use crate::release::spec::from_value;
use crate::route::method::Method;
use crate::route::resolve::Resolution;
use crate::route::statics::PublicPaths;
use serde_json::{Value, json};

fn try_make(spec: Value, base: Option<&Release>) -> Result<Release> {
    let spec = from_value(&spec).unwrap_or_else(|error| panic!("{error}: {spec}"));
    let content = spec.contents().map(|(at, content)| {
        let bytes = match content {
            Content::Inline(bytes) => bytes.clone(),
            other => format!("{other:?}").into_bytes(),
        };
        (at, BlobRef { sha256: Digest::of(&bytes), size: bytes.len() as u64 })
    });
    let upstreams = BTreeSet::from(["shop".to_owned()]);
    let id = format!("rel_{:024x}", base.map_or(1, |base| base.created_at + 1));
    let created_at_ms = base.map_or(1, |base| base.created_at + 1);
    let making = Making { upstreams: &upstreams, id, created_at_ms, superseded_ms: 3 };
    materialize(&spec, "prj", base, &content.collect(), making)
}

fn make(spec: Value, base: Option<&Release>) -> Release {
    try_make(spec.clone(), base).unwrap_or_else(|error| panic!("{error}: {spec}"))
}

fn refuse(spec: Value, base: Option<&Release>, code: Code, path: &str) -> Error {
    let error = try_make(spec.clone(), base).expect_err(&spec.to_string());
    assert_eq!((error.code, error.path().unwrap_or_default()), (code, path), "{error}: {spec}");
    error
}

fn full() -> Value {
    json!({
        "site": { "replace": { "index.html": "home", "a.css": "css", "about": { "path": "about.html" } } },
        "functions": { "replace": { "api": { "source": "api", "config": { "timeout_seconds": 7 } }, "ssr": { "source": { "path": "s.ts" }, "class": "ssr" } } },
        "routes": { "replace": [
            { "pattern": "/api/*", "target": { "type": "function", "name": "api" } },
            { "pattern": "/style", "target": { "type": "static", "file": "a.css" } },
            { "pattern": "/shop", "target": { "type": "proxy", "upstream": "shop" } },
        ] },
        "i18n": { "default_locale": "en", "locales": ["en", "es"] },
        "subdomains": { "set": ["shop"] },
        "secrets": { "require": ["B", "A"] },
    })
}

#[test]
fn a_release_is_complete() {
    let release = make(full(), None);
    assert_eq!(
        (release.version.as_str(), release.project.as_str(), release.parent.as_deref()),
        ("portico.release.v1", "prj", None)
    );
    assert_eq!(release.site.files["about"].content_type, "text/html; charset=utf-8");
    assert_eq!(release.functions["ssr"].entrypoint, "index.ts");
    assert_eq!(release.functions["api"].config.timeout_seconds, Some(7));
    assert_eq!(release.routes.iter().map(|r| r.pattern.as_str()).collect::<Vec<_>>(), ["/shop", "/style", "/api/*"]);
    assert_eq!(release.routes[1].methods, Some(Methods::READ));
    assert_eq!((release.subdomains.join(","), release.secrets_required.join(",")), ("shop".into(), "A,B".into()));
    assert_eq!(release.digest, release.content_digest());
    assert_eq!(release.blobs().count(), 5);
    let tables = release.tables(None);
    assert!(
        matches!(tables.resolve(Method::Get, "/style"), Resolution::Static { file, .. } if file.asset_path == "a.css")
    );
    assert!(matches!(tables.resolve(Method::Post, "/nowhere"), Resolution::Function { name: "ssr", route: None }));
    assert_eq!(tables.i18n.unwrap().negotiate(Some("es-MX"), None), "es");
}

#[test]
fn a_release_is_the_same_after_a_way_through_json() {
    let release = make(full(), None);
    let text = serde_json::to_string(&release).unwrap();
    assert_eq!(serde_json::from_str::<Release>(&text).unwrap(), release);
}

#[test]
fn the_digest_is_of_what_the_release_holds() {
    let first = make(full(), None);
    let again = make(full(), Some(&first));
    assert_ne!((&first.id, first.created_at), (&again.id, again.created_at));
    assert_eq!(first.digest, again.digest);
    for change in [
        json!({ "site": { "patch": { "put": { "a.css": "other" } } } }),
        json!({ "site": { "public_paths": { "mode": "explicit", "replace": {} } } }),
        json!({ "functions": { "patch": { "set": { "api": { "config": { "timeout_seconds": 8 } } } } } }),
        json!({ "routes": { "replace": [] } }),
        json!({ "i18n": null }),
        json!({ "subdomains": { "remove": ["shop"] } }),
        json!({ "secrets": { "require": ["A"] } }),
    ] {
        assert_ne!(make(change.clone(), Some(&first)).digest, first.digest, "{change}");
    }
}

/// The JSON with its keys in order, made the plain way.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<&String, &Value> = object.iter().collect();
            let members = sorted.into_iter().map(|(key, value)| format!("{}:{}", json!(key), canonical(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[test]
fn the_digest_is_taken_over_canonical_json() {
    let release = make(full(), None);
    let mut value = serde_json::to_value(&release).unwrap();
    for identity in ["id", "parent", "created_at", "digest"] {
        assert!(value.as_object_mut().unwrap().remove(identity).is_some());
    }
    let text = format!("run402-materialized-release-v1:{}", canonical(&value));
    assert_eq!(release.digest, Digest::of(text.as_bytes()));
}

#[test]
fn what_a_spec_leaves_out_is_carried_forward() {
    let base = make(full(), None);
    let next = make(
        json!({ "site": { "patch": { "put": { "new.txt": "new" }, "delete": ["about", "never-was"] } } }),
        Some(&base),
    );
    assert_eq!(next.parent.as_deref(), Some(base.id.as_str()));
    assert_eq!(next.site.files.keys().map(String::as_str).collect::<Vec<_>>(), ["a.css", "index.html", "new.txt"]);
    let rest = |release: &Release| {
        (
            release.functions.clone(),
            release.routes.clone(),
            release.i18n.clone(),
            release.subdomains.clone(),
            release.secrets_required.clone(),
        )
    };
    assert_eq!(rest(&next), rest(&base));
    let cleared = make(json!({ "i18n": null, "routes": { "replace": [] } }), Some(&base));
    assert_eq!((cleared.i18n, cleared.routes.len(), cleared.site), (None, 0, base.site.clone()));
}

#[test]
fn an_empty_base_carries_nothing_forward() {
    let base = make(full(), None);
    let next = make(json!({ "base": { "release": "empty" }, "site": { "replace": { "x": "x" } } }), Some(&base));
    assert_eq!((next.functions.len(), next.routes.len(), next.subdomains.len(), next.i18n), (0, 0, 0, None));
    assert_eq!(next.parent, Some(base.id));
}

#[test]
fn the_base_is_the_one_the_spec_names() {
    let base = make(full(), None);
    make(json!({ "base": { "release_id": base.id }, "i18n": null }), Some(&base));
    refuse(
        json!({ "base": { "release_id": "rel_x" }, "i18n": null }),
        Some(&base),
        Code::BaseReleaseConflict,
        "base.release_id",
    );
    refuse(
        json!({ "base": { "release_id": "rel_x" }, "i18n": null }),
        None,
        Code::BaseReleaseConflict,
        "base.release_id",
    );
}

#[test]
fn public_paths_stay_explicit_until_told_otherwise() {
    let explicit = json!({ "mode": "explicit", "replace": { "/home": { "asset": "index.html" } } });
    let base = make(json!({ "site": { "replace": { "index.html": "x" }, "public_paths": explicit } }), None);
    let next = make(json!({ "site": { "replace": { "index.html": "y", "secret.txt": "z" } } }), Some(&base));
    assert!(matches!(next.site.public_paths, PublicPaths::Explicit { .. }));
    assert_eq!(next.tables(None).resolve(Method::Get, "/secret.txt"), Resolution::NOTHING);
    let open = make(json!({ "site": { "public_paths": { "mode": "implicit" } } }), Some(&next));
    assert_ne!(open.tables(None).resolve(Method::Get, "/secret.txt"), Resolution::NOTHING);
    let gone = refuse(
        json!({ "site": { "replace": { "other": "" } } }),
        Some(&base),
        Code::InvalidSpec,
        "site.public_paths.replace./home.asset",
    );
    assert_eq!(gone.details["missing"], json!(["index.html"]));
}

#[test]
fn a_patch_of_a_function_changes_what_it_says() {
    let base = make(full(), None);
    let set = |function: Value| json!({ "functions": { "patch": { "set": { "api": function } } } });
    let code = make(set(json!({ "source": "new code" })), Some(&base));
    assert_eq!(code.functions["api"].config.timeout_seconds, Some(7));
    assert_ne!(code.functions["api"].files, base.functions["api"].files);
    let config = make(set(json!({ "config": { "memory_mb": 64 } })), Some(&base));
    assert_eq!(
        (config.functions["api"].config.timeout_seconds, config.functions["api"].config.memory_mb),
        (Some(7), Some(64))
    );
    assert_eq!(config.functions["api"].files, base.functions["api"].files);
    assert_eq!(config.functions["ssr"], base.functions["ssr"]);
    let replaced = make(json!({ "functions": { "replace": { "api": { "source": "api" } } } }), Some(&base));
    assert_eq!(replaced.functions["api"].config.timeout_seconds, None);
    let new = json!({ "functions": { "patch": { "set": { "new": { "class": "standard" } } } } });
    refuse(new, Some(&base), Code::InvalidSpec, "functions.patch.set.new");
}

#[test]
fn every_target_exists() {
    let to = |target: Value| json!({ "routes": { "replace": [{ "pattern": "/a", "target": target }] } });
    let base = make(full(), None);
    for (target, path, near) in [
        (json!({ "type": "function", "name": "apo" }), "routes.replace[0].target.name", "`api`"),
        (json!({ "type": "static", "file": "a.cs" }), "routes.replace[0].target.file", "`a.css`"),
        (json!({ "type": "proxy", "upstream": "shopp" }), "routes.replace[0].target.upstream", "`shop`"),
    ] {
        let error = refuse(to(target), Some(&base), Code::InvalidSpec, path);
        assert!(error.message.contains(near), "{error}");
    }
    let removed = json!({ "functions": { "patch": { "delete": ["api"] } } });
    let error = refuse(removed, Some(&base), Code::InvalidSpec, "routes.replace[2].target.name");
    assert_eq!(error.details["missing"], json!(["function:api"]));
}

#[test]
fn there_is_one_renderer() {
    let base = make(full(), None);
    let second = json!({ "functions": { "patch": { "set": { "two": { "source": "x", "class": "ssr" } } } } });
    let error = refuse(second, Some(&base), Code::InvalidSpec, "functions");
    assert_eq!(error.details["functions"], json!(["ssr", "two"]));
    let moved = json!({ "functions": { "patch": { "set": { "two": { "source": "x", "class": "ssr" }, "ssr": { "class": "standard" } } } } });
    assert_eq!(make(moved, Some(&base)).ssr(), Some("two"));
}

#[test]
fn subdomains_are_set_or_added_and_removed() {
    let base = make(full(), None);
    let after = |spec: Value| make(json!({ "subdomains": spec }), Some(&base)).subdomains.join(",");
    assert_eq!(after(json!({ "set": [] })), "");
    assert_eq!(after(json!({ "set": ["x"] })), "x");
    assert_eq!(after(json!({ "add": ["b", "shop"] })), "b,shop");
    assert_eq!(after(json!({ "add": ["b"], "remove": ["shop", "never-was"] })), "b");
}

#[test]
fn immutable_paths_keep_their_bytes() {
    let site = |content: &str| json!({ "site": { "replace": { "app.deadbeef.js": content, "app.js": content } } });
    let base = make(site("one"), None);
    make(site("one"), Some(&base));
    let error = refuse(site("two"), Some(&base), Code::StaticImmutablePathChanged, "site");
    assert_eq!(error.details["paths"], json!(["/app.deadbeef.js"]));
    make(json!({ "site": { "replace": { "app.js": "two" } } }), Some(&base));
    make(json!({ "site": { "patch": { "put": { "app.cafebabe.js": "two" } } } }), Some(&base));
    // Gone for a release, it is still in the browsers that saw it.
    let without = make(json!({ "site": { "replace": { "app.js": "one" } } }), Some(&base));
    refuse(site("two"), Some(&without), Code::StaticImmutablePathChanged, "site");
    make(site("one"), Some(&without));
}

#[test]
fn fingerprinted_files_outlive_their_release_for_a_while() {
    let site = |version: &str| {
        let script = format!("app.{version}{version}.js");
        json!({ "site": { "replace": { "index.html": version, "plain.js": version, (script): version } } })
    };
    let served = |release: &Release, previous: Option<&Release>, path: &str| {
        let tables = release.tables(previous);
        match tables.resolve(Method::Get, path) {
            Resolution::Static { file, .. } => Some((file.asset_path.clone(), file.cache_class)),
            _ => None,
        }
    };
    let immutable = |asset: &str| Some((asset.to_owned(), CacheClass::ImmutableVersioned));
    let first = make(site("aaaa"), None);
    let second = make(site("bbbb"), Some(&first));
    assert_eq!(served(&second, None, "/app.aaaaaaaa.js"), immutable("app.aaaaaaaa.js"));
    assert_eq!(second.superseded.keys().collect::<Vec<_>>(), ["/app.aaaaaaaa.js"]);
    // The digest says what a release holds: what came before it is not part of that.
    assert_eq!(second.digest, make(site("bbbb"), None).digest);

    // Kept for three milliseconds here, one of which passes with each release.
    let third = make(site("cccc"), Some(&second));
    assert_eq!(third.superseded.keys().collect::<Vec<_>>(), ["/app.aaaaaaaa.js", "/app.bbbbbbbb.js"]);
    let fourth = make(site("dddd"), Some(&third));
    let fifth = make(site("eeee"), Some(&fourth));
    assert!(!fifth.superseded.contains_key("/app.aaaaaaaa.js"));
    assert!(fifth.superseded.contains_key("/app.cccccccc.js"));

    // Going back to an older release, the pages of the newer one are still open somewhere.
    assert_eq!(served(&first, Some(&second), "/app.bbbbbbbb.js"), immutable("app.bbbbbbbb.js"));
    // What is there again is not superseded, and what has no fingerprint ends with its release.
    assert!(make(site("aaaa"), Some(&second)).superseded.contains_key("/app.bbbbbbbb.js"));
    assert!(!make(site("aaaa"), Some(&second)).superseded.contains_key("/app.aaaaaaaa.js"));
    // What is deleted by name is meant to be gone, now and in what is carried on.
    let deleted = make(json!({ "site": { "patch": { "delete": ["app.bbbbbbbb.js"] } } }), Some(&second));
    assert_eq!(deleted.superseded.keys().collect::<Vec<_>>(), ["/app.aaaaaaaa.js"]);
    assert_eq!(served(&deleted, Some(&second), "/app.bbbbbbbb.js"), None);
    let bare = make(json!({ "site": { "replace": { "other.txt": "x" } } }), Some(&first));
    assert_eq!(served(&bare, Some(&first), "/plain.js"), None);
    assert_eq!(served(&bare, Some(&first), "/"), None);
}

#[test]
fn content_that_was_not_stored_is_our_fault_and_a_folder_is_the_callers() {
    let spec = from_value(&json!({ "site": { "replace": { "a": "x" } } })).unwrap();
    let upstreams = BTreeSet::new();
    let making = Making { upstreams: &upstreams, id: "rel_1".into(), created_at_ms: 1, superseded_ms: 0 };
    let error = materialize(&spec, "p", None, &BTreeMap::new(), making).unwrap_err();
    assert_eq!(error.code, Code::Internal);
    let folder = json!({ "site": { "replace": { "__source": "local-dir", "path": "dist" } } });
    refuse(folder, None, Code::InvalidSpec, "site.replace");
}
