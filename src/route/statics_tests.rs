use super::*;

fn asset(path: &str) -> Asset {
    let content_type = crate::route::content_type::guess(path).to_owned();
    let (sha256, size) = (Digest::of(path.as_bytes()), path.len() as u64);
    Asset { path: path.to_owned(), sha256, size, content_type, encodings: Vec::new() }
}

fn assets(paths: &[&str]) -> Vec<Asset> {
    paths.iter().map(|path| asset(path)).collect()
}

fn implicit(paths: &[&str]) -> StaticTable {
    StaticTable::build(&assets(paths), &PublicPaths::Implicit, &BTreeSet::new())
}

fn explicit(paths: &[&str], declared: &[(&str, &str, Option<&str>)]) -> StaticTable {
    let public = |(path, asset, class): &(&str, &str, Option<&str>)| {
        ((*path).to_owned(), PublicPath { asset: (*asset).to_owned(), cache_class: class.map(str::to_owned) })
    };
    let public = PublicPaths::Explicit { replace: declared.iter().map(public).collect() };
    StaticTable::build(&assets(paths), &public, &BTreeSet::new())
}

/// The file and how, as `index.html exact`; `-` for none.
fn ask(table: &StaticTable, path: &str) -> String {
    table.lookup(path).map_or("-".to_owned(), |hit| {
        let how = match hit.how {
            StaticKind::Exact => "exact",
            StaticKind::Index => "index",
        };
        format!("{} {how}", hit.file.asset_path)
    })
}

#[test]
fn implicit_files_answer_at_their_own_path() {
    let table = implicit(&["a/b.css", "raw", "caf\u{65}\u{301}.txt", "100%.txt"]);
    for (path, hit) in [
        ("/a/b.css", "a/b.css exact"),
        ("/raw", "raw exact"),
        ("/caf\u{e9}.txt", "cafe\u{301}.txt exact"),
        ("/100%.txt", "100%.txt exact"),
        ("/a/b", "-"),
        ("/a", "-"),
        ("/raw/", "-"),
        ("a/b.css", "-"),
        ("/A/b.css", "-"),
    ] {
        assert_eq!(ask(&table, path), hit, "{path}");
    }
}

#[test]
fn an_index_answers_for_its_folder_with_and_without_slash() {
    let table = implicit(&["index.html", "docs/index.html", "docs/a/index.html", "old/index.htm"]);
    for (path, hit) in [
        ("/", "index.html index"),
        ("/index.html", "index.html exact"),
        ("/docs", "docs/index.html index"),
        ("/docs/", "docs/index.html index"),
        ("/docs/index.html", "docs/index.html exact"),
        ("/docs/a", "docs/a/index.html index"),
        ("/docs/a/", "docs/a/index.html index"),
        ("/old", "-"),
        ("/old/", "-"),
    ] {
        assert_eq!(ask(&table, path), hit, "{path}");
    }
}

#[test]
fn a_page_answers_without_its_extension() {
    let table = implicit(&["about.html", "v1.2.html", "a.b/c.html", ".html", "d/.html"]);
    for (path, hit) in [
        ("/about", "about.html exact"),
        ("/about/", "-"),
        ("/v1.2", "-"),
        ("/a.b/c", "a.b/c.html exact"),
        ("/", "-"),
        ("/d/", "-"),
    ] {
        assert_eq!(ask(&table, path), hit, "{path}");
    }
}

#[test]
fn the_file_beats_the_page_and_the_page_beats_the_folder() {
    assert_eq!(ask(&implicit(&["x", "x.html", "x/index.html"]), "/x"), "x exact");
    assert_eq!(ask(&implicit(&["x.html", "x/index.html"]), "/x"), "x.html exact");
    assert_eq!(ask(&implicit(&["x.html", "x/index.html"]), "/x/"), "x/index.html index");
}

#[test]
fn explicit_sites_show_declared_paths_only() {
    let table = explicit(
        &["events.html", "index.html"],
        &[("/events", "events.html", None), ("/caf%C3%A9", "index.html", None)],
    );
    for (path, hit) in [
        ("/events", "events.html exact"),
        ("/caf\u{e9}", "index.html exact"),
        ("/events.html", "-"),
        ("/events/", "-"),
        ("/", "-"),
        ("/index.html", "-"),
    ] {
        assert_eq!(ask(&table, path), hit, "{path}");
    }
    assert!(table.spa_fallback().is_none() && table.is_explicit());
    assert_eq!(table.lookup("/events").unwrap().file.authority, Authority::ExplicitPublicPath);
}

#[test]
fn explicit_cache_classes_look_at_the_public_path() {
    let table = explicit(
        &["app.js"],
        &[
            ("/app.deadbeef.js", "app.js", Some("immutable_versioned")),
            ("/app.js", "app.js", Some("immutable_versioned")),
        ],
    );
    assert_eq!(table.lookup("/app.deadbeef.js").unwrap().file.cache_class, CacheClass::ImmutableVersioned);
    assert_eq!(table.lookup("/app.js").unwrap().file.cache_class_source, CacheClassSource::Downgraded);
}

#[test]
fn the_fallback_is_the_root_index_of_an_implicit_site() {
    assert_eq!(implicit(&["index.html", "a/index.html"]).spa_fallback().unwrap().asset_path, "index.html");
    assert!(implicit(&["a/index.html", "home.html"]).spa_fallback().is_none());
}

#[test]
fn aliases_reach_files_that_are_not_public() {
    let public = PublicPaths::Explicit { replace: BTreeMap::new() };
    let table = StaticTable::build(&assets(&["a.html", "b.html"]), &public, &BTreeSet::from(["a.html", "gone.html"]));
    assert_eq!(ask(&table, "/a.html"), "-");
    assert_eq!(table.alias("a.html").unwrap().authority, Authority::RouteStaticAlias);
    assert!(table.alias("b.html").is_none() && table.alias("gone.html").is_none());
}

/// `/latest.js` may name another file tomorrow, so nobody keeps it for a year, though its file's own path may be kept.
#[test]
fn an_alias_is_never_immutable() {
    let name = "app.0123abcd.js";
    let table =
        StaticTable::build(&assets(&[name, "p.html"]), &PublicPaths::Implicit, &BTreeSet::from([name, "p.html"]));
    assert_eq!(table.lookup("/app.0123abcd.js").unwrap().file.cache_class, CacheClass::ImmutableVersioned);
    let alias = table.alias(name).unwrap();
    assert_eq!(
        (alias.cache_class, alias.cache_class_source),
        (CacheClass::RevalidatingAsset, CacheClassSource::Downgraded)
    );
    assert_eq!(alias.cache_control, "public, max-age=0, must-revalidate");
    assert_eq!(table.alias("p.html").unwrap().cache_class, CacheClass::Html);
}

#[test]
fn header_values_are_made_once() {
    let file = implicit(&["abc"]).lookup("/abc").unwrap().file.clone();
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(file.forms.identity.etag, format!("\"sha256-{hex}\""));
    assert_eq!(file.sha256_hex, hex);
    assert_eq!(file.forms.identity.content_length, "3");
    assert_eq!(file.content_type, "application/octet-stream");
    assert_eq!(file.cache_control, "public, max-age=0, must-revalidate");
    // RFC 9530, with the base64 of the digest of FIPS 180-4.
    assert_eq!(file.forms.identity.digest, "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
}

#[test]
fn the_manifest_has_every_file_and_folder_in_order() {
    let value = manifest(&implicit(&["index.html", "a.deadbeef.js", "docs/index.html", "about.html"]));
    let paths: Vec<&String> = value["files"].as_object().unwrap().keys().collect();
    // `/about`, `/docs` and `/index` are answered too, but are other ways to write these.
    assert_eq!(paths, ["/", "/a.deadbeef.js", "/about.html", "/docs/", "/docs/index.html", "/index.html"]);
    assert_eq!(
        (&value["version"], &value["spa_fallback"]),
        (&"run402.static_manifest.v1".into(), &"/index.html".into())
    );
    assert!(value.get("public_path_mode").is_none());
    assert_eq!(value["files"]["/"]["asset_path"], "index.html");
    assert_eq!(manifest(&explicit(&[], &[]))["public_path_mode"], "explicit");
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    assert_eq!(sorted.to_string(), value.to_string());
}

#[test]
fn the_metadata_counts_the_manifest() {
    let value = metadata(&implicit(&["index.html", "a.deadbeef.js"]));
    assert_eq!(value["file_count"], 3);
    assert_eq!(value["total_bytes"], 2 * 10 + 13);
    assert_eq!(value["cache_classes"], serde_json::json!({ "html": 2, "immutable_versioned": 1 }));
}

#[test]
fn the_nearest_404_page_is_the_one_further_up() {
    let page = |table: &StaticTable, path: &str| table.not_found_page(path).map(|file| file.asset_path.clone());
    let table = implicit(&["404.html", "a/404.html", "a/b/c/404.html", "x404.html", "y/404"]);
    for (path, asset) in [
        ("/", "404.html"),
        ("/x", "404.html"),
        ("/y/z", "404.html"),
        ("/a", "404.html"),
        ("/a/", "a/404.html"),
        ("/a/x", "a/404.html"),
        ("/a/b/c", "a/404.html"),
        ("/a/b/c/", "a/b/c/404.html"),
        ("/a/b/c/d/e", "a/b/c/404.html"),
        ("/ab/c", "404.html"),
        ("/\u{e9}/\u{e9}", "404.html"),
    ] {
        assert_eq!(page(&table, path).as_deref(), Some(asset), "{path}");
    }
    // However deep a path is, only as many folders are looked at as there are.
    assert_eq!(page(&table, &"/z".repeat(30_000)).as_deref(), Some("404.html"));
    assert_eq!(page(&implicit(&["a/404.html"]), "/b/c"), None);
    assert_eq!(page(&implicit(&["index.html"]), "/b"), None);
    // Declared, or not at all.
    assert_eq!(page(&explicit(&["404.html"], &[("/x", "404.html", None)]), "/b"), None);
    let declared = explicit(&["miss.html"], &[("/a/404.html", "miss.html", None)]);
    assert_eq!((page(&declared, "/a/b").as_deref(), page(&declared, "/b")), (Some("miss.html"), None));
}

#[test]
fn rules_give_public_paths_their_fields() {
    let rules = crate::release::rules::headers::parse("/a/*\n  X-A: 1\n  Link: <x>\n/a/b.html\n  X-B: 2\n").unwrap();
    let table = implicit(&["a/b.html", "c.html"]).with_fields(&HeaderRules::build(&rules));
    let names = |path| table.fields(path).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(names("/a/b.html"), ["x-a", "link", "x-b"]);
    assert_eq!(names("/a/b"), ["x-a", "link"]);
    assert!(names("/c").is_empty() && names("/a/none").is_empty());
    let manifest = manifest(&table);
    assert_eq!(
        manifest["files"]["/a/b.html"]["response_metadata"],
        serde_json::json!({ "headers": { "link": "<x>", "x-a": "1", "x-b": "2" } })
    );
    assert!(manifest["files"]["/c"].get("response_metadata").is_none());
    let mut sorted = manifest.clone();
    sorted.sort_all_objects();
    assert_eq!(sorted.to_string(), manifest.to_string());
}
