//! The `site` section, and content wherever it is.

use super::*;

#[test]
fn content_has_exactly_one_source() {
    let site = |entry: Value| json!({ "site": { "replace": { "a": entry } } });
    invalid(&[
        (site(json!({})), "site.replace.a"),
        (site(json!(1)), "site.replace.a"),
        (site(json!(null)), "site.replace.a"),
        (site(json!({ "data": "x", "path": "y" })), "site.replace.a"),
        (site(json!({ "data": "x", "encoding": "latin1" })), "site.replace.a.encoding"),
        (site(json!({ "data": "x!", "encoding": "base64" })), "site.replace.a.data"),
        (site(json!({ "data": ["x"] })), "site.replace.a.data"),
        (site(json!({ "path": "" })), "site.replace.a.path"),
        (site(json!({ "path": "x", "encoding": "utf-8" })), "site.replace.a.encoding"),
        (site(json!({ "sha256": HEX })), "site.replace.a.size"),
        (site(json!({ "sha256": HEX.to_uppercase(), "size": 1 })), "site.replace.a.sha256"),
        (site(json!({ "sha256": HEX, "size": -1 })), "site.replace.a.size"),
        (site(json!({ "data": "x", "size": 1 })), "site.replace.a.size"),
        (site(json!({ "data": "x", "content_type": "html" })), "site.replace.a.content_type"),
        (site(json!({ "data": "x", "content_type": "text/html\r\nX: y" })), "site.replace.a.content_type"),
        (site(json!({ "data": "x", "content_type": "text/html;\r\nX:y" })), "site.replace.a.content_type"),
        (site(json!({ "data": "x", "content_type": "text/html; \u{e9}" })), "site.replace.a.content_type"),
        (site(json!({ "data": "x", "contentType": "a/b", "content_type": "a/b" })), "site.replace.a.contentType"),
    ]);
}

#[test]
fn site_paths_are_relative_and_reachable() {
    for path in
        ["/a", "", "a/", "a//b", "./a", "../a", "a/../b", "a\\b", "a\nb", "_cas/x", "_run402/x", &"a".repeat(1025)]
    {
        refuse(json!({ "site": { "replace": { path: "x" } } }), C::InvalidSpec, &join("site.replace", path));
    }
    for path in ["a", "a/b.c", "100%", "a b", "a?b#c", ".well-known/x", "...", "%41"] {
        accept(json!({ "site": { "replace": { path: "x" } } }));
    }
    let twice = json!({ "site": { "replace": { "caf\u{e9}": "", "cafe\u{301}": "" } } });
    assert_eq!(from_value(&twice).unwrap_err().code, C::InvalidSpec);
}

#[test]
fn the_adapters_build_folder_is_no_site() {
    refuse(
        json!({ "site": { "replace": { "run402/adapter.json": "x" } } }),
        C::AstroAdapterTreeInSite,
        r#"site.replace["run402/adapter.json"]"#,
    );
    refuse(
        json!({ "site": { "patch": { "put": { "run402/server/a": "x" } } } }),
        C::AstroAdapterTreeInSite,
        "site.patch.put.run402/server/a",
    );
    accept(json!({ "site": { "replace": { "run402/client.js": "x" } } }));
}

#[test]
fn a_site_is_replaced_or_patched() {
    invalid(&[
        (json!({ "site": { "replace": {}, "patch": {} } }), "site"),
        (json!({ "site": { "patch": { "put": { "a": "" }, "delete": ["a"] } } }), "site.patch.delete"),
        (json!({ "site": { "patch": { "delete": ["a", "a"] } } }), "site.patch.delete[1]"),
        (json!({ "site": { "public_paths": {} } }), "site.public_paths.mode"),
        (json!({ "site": { "public_paths": { "mode": "open" } } }), "site.public_paths.mode"),
        (json!({ "site": { "public_paths": { "mode": "implicit", "replace": {} } } }), "site.public_paths.replace"),
        (json!({ "site": { "public_paths": { "mode": "explicit" } } }), "site.public_paths"),
        (
            json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "a": { "asset": "a" } } } } }),
            "site.public_paths.replace.a",
        ),
        (
            json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/a": { "asset": "" } } } } }),
            "site.public_paths.replace./a.asset",
        ),
        (
            json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/a?b": { "asset": "x" } } } } }),
            "site.public_paths.replace./a?b",
        ),
        (
            json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/a#b": { "asset": "x" } } } } }),
            "site.public_paths.replace./a#b",
        ),
        (
            json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/a": {} } } } }),
            "site.public_paths.replace./a.asset",
        ),
        (
            json!({ "site": { "public_paths": { "mode": "explicit", "replace": { "/a": { "asset": "x" }, "/%61": { "asset": "y" } } } } }),
            "site.public_paths.replace./%61",
        ),
    ]);
    let spec = accept(json!({ "site": { "public_paths": { "mode": "implicit" } } }));
    assert_eq!(spec.site.public_paths, Some(PublicPaths::Implicit));
}

#[test]
fn a_folder_becomes_its_files() {
    let value = json!({ "site": { "replace": { "__source": "local-dir", "path": "dist/" } } });
    let mut spec = accept(value);
    assert_eq!((spec.folder(), spec.contents().count()), (Some("dist/"), 0));
    spec.expand_folders(&mut |folder| {
        assert_eq!(folder, "dist/");
        Ok(vec!["a/b.html".into(), "c".into()])
    })
    .unwrap();
    let contents: BTreeMap<String, &Content> = spec.contents().collect();
    assert_eq!(contents["site.replace.c"], &Content::Path("dist/c".into()));
    assert_eq!(spec.folder(), None);
    let mut spec = accept(json!({ "site": { "replace": { "__source": "local-dir", "path": "d" } } }));
    let error = spec.expand_folders(&mut |_| Ok(vec!["run402/server/x".into()])).unwrap_err();
    assert_eq!(error.code, C::AstroAdapterTreeInSite);
    invalid(&[
        (json!({ "site": { "replace": { "__source": "s3", "path": "d" } } }), "site.replace.__source"),
        (json!({ "site": { "replace": { "__source": "local-dir" } } }), "site.replace.path"),
        (json!({ "site": { "replace": { "__source": "local-dir", "path": "d", "a": "b" } } }), "site.replace.a"),
    ]);
}

#[test]
fn a_digest_of_a_blob_is_what_it_says() {
    let Content::Ref { sha256, .. } = content::read(&Node::root(&json!({ "sha256": HEX, "size": 3 }))).unwrap().content
    else {
        panic!()
    };
    assert_eq!(sha256, Digest::of(b"abc"));
}
