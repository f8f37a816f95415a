use super::*;
use crate::digest::Digest;
use crate::route::path::canonicalize;
use crate::route::statics::{Asset, PublicPaths};
use crate::route::table::RouteKind;
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(super) fn route(pattern: &str, methods: &[Method], target: Target) -> Route {
    Route {
        pattern: pattern.to_owned(),
        kind: if pattern.ends_with("/*") { RouteKind::Prefix } else { RouteKind::Exact },
        methods: (!methods.is_empty()).then(|| methods.iter().copied().collect()),
        target,
        acknowledge_readonly: false,
    }
}

pub(super) fn function(name: &str) -> Target {
    Target::Function { name: name.to_owned() }
}

pub(super) fn tables(files: &[&str], routes: Vec<Route>, ssr: Option<&str>) -> Tables {
    let assets: Vec<Asset> = files
        .iter()
        .map(|path| Asset {
            path: (*path).to_owned(),
            sha256: Digest::of(path.as_bytes()),
            size: 1,
            content_type: "text/plain".to_owned(),
            encodings: Vec::new(),
        })
        .collect();
    let aliased: BTreeSet<&str> = routes.iter().map(|route| route.target.name()).collect();
    let statics = StaticTable::build(&assets, &PublicPaths::Implicit, &aliased);
    Tables { statics, routes: RouteTable::build(routes), ssr: ssr.map(str::to_owned), ..Tables::default() }
}

/// The answer in a few words.
fn ask(tables: &Tables, method: Method, path: &str) -> String {
    match tables.resolve(method, path) {
        Resolution::Function { name, route } => {
            format!("{name}{}", if route.is_none() { " for all else" } else { "()" })
        }
        Resolution::Proxy { upstream, .. } => format!("-> {upstream}"),
        Resolution::Static { file, how, .. } => format!("{} {how:?}", file.asset_path),
        Resolution::MethodNotAllowed { allow, by_route, .. } => {
            format!("405 {}{}", allow.allow_header(), if by_route { " by route" } else { "" })
        }
        Resolution::Redirect { rule } => format!("{} {}", rule.source().status, rule.source().to),
        Resolution::NotFound { page, status } => {
            format!("{status}{}", page.map(|page| format!(" {}", page.asset_path)).unwrap_or_default())
        }
    }
}

fn check(tables: &Tables, cases: &[(Method, &str, &str)]) {
    for (method, path, answer) in cases {
        assert_eq!(ask(tables, *method, path), *answer, "{method:?} {path}");
    }
}

#[test]
fn routes_beat_files() {
    let api = Target::Proxy { upstream: "api".into() };
    let tables = tables(
        &["index.html", "login.html", "app.js"],
        vec![
            route("/", &[], function("home")),
            route("/login", &[Method::Post], function("login")),
            route("/app.js", &[], api),
        ],
        None,
    );
    check(
        &tables,
        &[
            (Method::Get, "/", "home()"),
            (Method::Get, "/app.js", "-> api"),
            (Method::Get, "/index.html", "index.html Exact"),
        ],
    );
}

#[test]
fn a_method_the_route_shuts_out_gets_the_file_if_it_is_safe() {
    let tables = tables(
        &["index.html", "login.html"],
        vec![
            route("/login", &[Method::Post], function("login")),
            route("/api", &[Method::Put], function("api")),
            route("/x.json", &[Method::Put], function("x")),
        ],
        None,
    );
    check(
        &tables,
        &[
            (Method::Post, "/login", "login()"),
            (Method::Get, "/login", "login.html Exact"),
            (Method::Head, "/login", "login.html Exact"),
            (Method::Delete, "/login", "405 GET, HEAD, POST by route"),
            (Method::Options, "/api", "405 PUT by route"),
            (Method::Get, "/api", "index.html SpaFallback"),
            // No page stands in for it, so the answer is the route's.
            (Method::Get, "/x.json", "405 PUT by route"),
            (Method::Other, "/api", "405 PUT by route"),
        ],
    );
}

#[test]
fn a_static_alias_serves_its_file_without_a_redirect() {
    let alias = Target::Static { file: "events.txt".into() };
    let tables = tables(&["events.txt"], vec![route("/events", &[Method::Get], alias)], None);
    check(
        &tables,
        &[
            (Method::Get, "/events", "events.txt Alias"),
            (Method::Head, "/events/", "events.txt Alias"),
            (Method::Post, "/events", "405 GET, HEAD by route"),
        ],
    );
}

#[test]
fn an_unsafe_method_on_a_file_is_405_and_elsewhere_404() {
    let tables = tables(&["index.html", "a.css"], Vec::new(), None);
    check(
        &tables,
        &[
            (Method::Post, "/a.css", "405 GET, HEAD"),
            (Method::Options, "/", "405 GET, HEAD"),
            (Method::Other, "/a.css", "405 GET, HEAD"),
            (Method::Post, "/app/route", "404"),
        ],
    );
}

#[test]
fn the_renderer_gets_every_path_nothing_else_answers() {
    let tables = tables(
        &["index.html", "about/index.html"],
        vec![route("/api/*", &[Method::Get], function("api"))],
        Some("ssr"),
    );
    check(
        &tables,
        &[
            (Method::Get, "/about", "about/index.html Index"),
            (Method::Get, "/x", "ssr for all else"),
            (Method::Post, "/x", "ssr for all else"),
            (Method::Get, "/x.css", "ssr for all else"),
            (Method::Get, "/api", "ssr for all else"),
            (Method::Post, "/api/x", "405 GET, HEAD by route"),
            (Method::Post, "/about", "405 GET, HEAD"),
            (Method::Other, "/x", "405 GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        ],
    );
}

#[test]
fn the_fallback_answers_pages_not_files() {
    let tables = tables(&["index.html"], Vec::new(), None);
    check(
        &tables,
        &[
            (Method::Get, "/app/route", "index.html SpaFallback"),
            (Method::Head, "/app/route/", "index.html SpaFallback"),
            (Method::Get, "/v1.2/page", "index.html SpaFallback"),
            (Method::Get, "/a.b-c", "index.html SpaFallback"),
            (Method::Get, "/end.", "index.html SpaFallback"),
            (Method::Get, "/missing.js", "404"),
            (Method::Get, "/missing.JS", "404"),
            (Method::Get, "/.env", "404"),
            (Method::Get, "/x.webmanifest", "404"),
            (Method::Get, "/x.abcdefghijklm", "index.html SpaFallback"),
        ],
    );
}

#[test]
fn a_release_without_anything_answers_404() {
    let tables = Tables::default();
    check(&tables, &[(Method::Get, "/", "404"), (Method::Post, "/x", "404")]);
}

/// Every byte but the slashes, percent-encoded.
fn encoded(path: &str) -> String {
    path.bytes().map(|b| if b == b'/' { "/".to_owned() } else { format!("%{b:02X}") }).collect()
}

/// Nothing can be reached in one spelling that is shut off in another.
#[test]
fn another_spelling_of_a_path_is_answered_alike() {
    let tables = tables(
        &["index.html", "a b.html", "caf\u{e9}/index.html", "100%.txt", "%41.txt", "secret/key.txt", "x?y#z.txt"],
        vec![
            route("/admin/*", &[], function("gate")),
            route("/caf%C3%A9/menu", &[Method::Get], function("menu")),
            route("/secret/*", &[], function("gate")),
            route("/%7Euser", &[], function("user")),
        ],
        None,
    );
    for path in [
        "/",
        "/index.html",
        "/a b",
        "/caf\u{e9}",
        "/caf\u{e9}/",
        "/caf\u{e9}/menu",
        "/100%.txt",
        "/%41.txt",
        "/A.txt",
        "/admin/x",
        "/secret/key.txt",
        "/~user",
        "/x?y#z.txt",
        "/nowhere/else",
    ] {
        let spelled = encoded(path);
        let canonical = canonicalize(&spelled).unwrap();
        assert_eq!(canonical, path);
        for method in [Method::Get, Method::Post] {
            assert_eq!(ask(&tables, method, &canonical), ask(&tables, method, path), "{method:?} {path}");
        }
    }
    for (path, answer) in [("/%61dmin/x", "gate()"), ("/s%65cret/key.txt", "gate()"), ("/cafe%CC%81/menu", "menu()")] {
        assert_eq!(ask(&tables, Method::Get, &canonicalize(path).unwrap()), answer, "{path}");
    }
}

proptest! {
    #[test]
    fn any_request_is_resolved(raw in "[/a-c.%*~\u{e9}-]{0,20}", method in 0_usize..8) {
        let tables = tables(&["index.html", "a/b.c", "b.html"], vec![
            route("/a/*", &[Method::Get], function("f")),
            route("/b", &[Method::Post], function("g")),
        ], None);
        let method = Method::SEVEN.get(method).copied().unwrap_or(Method::Other);
        let _ = tables.resolve(method, &raw);
        if let Ok(path) = canonicalize(&raw) {
            let resolution = tables.resolve(method, &path);
            if !method.is_read() {
                let is_page = matches!(resolution, Resolution::Static { .. });
                prop_assert!(!is_page, "an unsafe method got a file");
            }
        }
    }

    #[test]
    fn any_text_is_taken(raw in ".*") {
        let tables = tables(&["index.html"], vec![route("/a/*", &[], function("f"))], None);
        let _ = tables.resolve(Method::Get, &raw);
    }
}
