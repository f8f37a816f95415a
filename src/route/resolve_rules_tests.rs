//! Rules of the site between routes, files and what stands in for them.

use super::tests::{function, route, tables};
use super::*;
use crate::release::rules::{headers, redirects};

/// Tables with rules.
fn ruled(files: &[&str], routes: Vec<Route>, ssr: Option<&str>, rules: &str) -> Tables {
    let redirects = RedirectTable::build(&redirects::parse(rules).unwrap(), &[]);
    Tables { redirects, ..tables(files, routes, ssr) }
}

fn shown(tables: &Tables, ask: &Ask<'_>) -> String {
    let decision = tables.decide(ask);
    let by_rule = decision.rule.map(|rule| format!(" by {}", rule.source().line)).unwrap_or_default();
    let answer = match decision.answer {
        Resolution::Function { name, .. } => format!("{name}()"),
        Resolution::Proxy { upstream, .. } => format!("-> {upstream}"),
        Resolution::Static { file, how, .. } => format!("{} {how:?}", file.asset_path),
        Resolution::MethodNotAllowed { allow, by_route, .. } => {
            format!("405 {}{}", allow.allow_header(), if by_route { " by route" } else { "" })
        }
        Resolution::Redirect { rule } => {
            format!("{} {}", rule.source().status, rule.location(ask.path, ask.query).unwrap())
        }
        Resolution::NotFound { page, status } => {
            format!("{status}{}", page.map(|page| format!(" {}", page.asset_path)).unwrap_or_default())
        }
    };
    answer + &by_rule
}

fn check(tables: &Tables, cases: &[(Method, &str, &str)]) {
    for (method, path, answer) in cases {
        assert_eq!(shown(tables, &Ask::of(*method, path)), *answer, "{method:?} {path}");
    }
}

#[test]
fn routes_come_before_rules_and_files_before_rules_without_a_mark() {
    let tables = ruled(
        &["index.html", "a.html", "b.html"],
        vec![route("/api/*", &[], function("api")), route("/form", &[Method::Post], function("form"))],
        None,
        "/api/* /x 301!\n/a /x\n/b /x 302!\n/c /x 308\n/form /x 301!\n/api /y",
    );
    check(
        &tables,
        &[
            (Method::Get, "/api/v1", "api()"),
            (Method::Get, "/api", "301 /x by 1"),
            (Method::Get, "/a", "a.html Exact"),
            (Method::Get, "/b", "302 /x by 3"),
            (Method::Head, "/c", "308 /x by 4"),
            (Method::Post, "/c", "308 /x by 4"),
            (Method::Other, "/c", "308 /x by 4"),
            (Method::Post, "/form", "form()"),
            (Method::Get, "/form", "301 /x by 5"),
            // A route that does not take the method is not passed by.
            (Method::Put, "/form", "405 POST by route"),
            (Method::Post, "/a", "405 GET, HEAD"),
        ],
    );
}

#[test]
fn a_rewrite_is_looked_up_once_among_routes_and_files() {
    let tables = ruled(
        &["index.html", "new/page.html", "404.html"],
        vec![route("/api/*", &[], function("api")), route("/in/*", &[Method::Post], function("in"))],
        None,
        "/old/* /new/:splat 200\n/v1/* /api/:splat 200\n/hop /old/page 200\n/send /in/x 200\n/none /nowhere 200\n\
         /x /index.html 200",
    );
    check(
        &tables,
        &[
            (Method::Get, "/old/page", "new/page.html Exact by 1"),
            (Method::Post, "/old/page", "405 GET, HEAD"),
            (Method::Get, "/old/gone", "404 404.html"),
            (Method::Post, "/old/gone", "404"),
            (Method::Delete, "/v1/things", "api() by 2"),
            // Rules are not asked again.
            (Method::Get, "/hop", "404 404.html"),
            (Method::Post, "/send", "in() by 4"),
            (Method::Get, "/send", "405 POST"),
            (Method::Get, "/none", "404 404.html"),
            (Method::Get, "/x", "index.html Exact by 6"),
        ],
    );
}

#[test]
fn rules_come_before_the_renderer_and_pages_after_it() {
    let tables = ruled(&["index.html", "404.html"], Vec::new(), Some("ssr"), "/a /b\n/app/* /index.html 200");
    check(
        &tables,
        &[
            (Method::Get, "/a", "301 /b by 1"),
            (Method::Get, "/app/x", "index.html Exact by 2"),
            // A rewrite to a file is not for a method that no file takes.
            (Method::Post, "/app/x", "ssr()"),
            (Method::Get, "/other", "ssr()"),
        ],
    );
}

#[test]
fn error_pages_by_rule() {
    let tables = ruled(
        &["index.html", "en/404.html", "gone.html", "old/kept.html"],
        Vec::new(),
        None,
        "/:lang/* /:lang/404.html 404\n/old/* /gone.html 410!\n/old2/* /gone.html 410",
    );
    check(
        &tables,
        &[
            (Method::Get, "/en/x", "404 en/404.html by 1"),
            (Method::Head, "/en/x", "404 en/404.html by 1"),
            (Method::Post, "/en/x", "404"),
            // The page that the rule names is not there: it is as if the rule were not.
            (Method::Get, "/fr/x", "index.html SpaFallback"),
            (Method::Get, "/old/kept", "old/kept.html Exact"),
        ],
    );
    let forced = ruled(&["gone.html", "old/kept.html"], Vec::new(), None, "/old/* /gone.html 410!");
    check(&forced, &[(Method::Get, "/old/kept", "410 gone.html by 1"), (Method::Post, "/old/kept", "405 GET, HEAD")]);
}

#[test]
fn the_nearest_page_says_that_there_is_nothing() {
    let tables = tables(
        &["index.html", "404.html", "docs/404.html", "docs/a/b.html"],
        vec![route("/form", &[Method::Post], function("form"))],
        None,
    );
    check(
        &tables,
        &[
            (Method::Get, "/docs/a/x", "404 docs/404.html"),
            (Method::Get, "/docs/", "404 docs/404.html"),
            (Method::Get, "/docs", "404 404.html"),
            (Method::Head, "/x.png", "404 404.html"),
            // A site that has such a page is no single-page application.
            (Method::Get, "/app/route", "404 404.html"),
            (Method::Post, "/docs/a/x", "404"),
            (Method::Delete, "/docs/404", "405 GET, HEAD"),
            (Method::Get, "/404", "404.html Exact"),
            (Method::Get, "/404.html", "404.html Exact"),
            (Method::Get, "/docs/404.html", "docs/404.html Exact"),
            (Method::Get, "/form", "405 POST by route"),
        ],
    );
    // Below a folder that has one; elsewhere the site is an application as before.
    let part = super::tests::tables(&["index.html", "docs/404.html"], Vec::new(), None);
    check(&part, &[(Method::Get, "/docs/x", "404 docs/404.html"), (Method::Get, "/app", "index.html SpaFallback")]);
}

#[test]
fn conditions_show_in_what_the_answer_depends_on() {
    let tables = ruled(&["index.html", "a.html"], Vec::new(), None, "/a /b 302 Country=ch\n/x /de 302 Language=de");
    let german = Client { accept_language: Some("de"), ..Client::default() };
    let ask = |path| Ask { client: german, ..Ask::of(Method::Get, path) };
    // The file is there for everyone.
    assert_eq!(tables.decide(&ask("/a")).varies, Varies::NOTHING);
    let there = tables.decide(&ask("/x"));
    assert_eq!((shown(&tables, &ask("/x")).as_str(), there.varies), ("302 /de by 2", Varies::LANGUAGE));
    let other = tables.decide(&Ask::of(Method::Get, "/x"));
    assert_eq!(
        (shown(&tables, &Ask::of(Method::Get, "/x")).as_str(), other.varies),
        ("index.html SpaFallback", Varies::LANGUAGE)
    );
    assert_eq!(tables.decide(&ask("/y")).varies, Varies::NOTHING);
}

#[test]
fn fields_are_for_static_answers_at_the_path_that_was_asked_for() {
    let rules = HeaderRules::build(
        &headers::parse("/*\n  X-All: 1\n/a\n  X-A: 1\n/alias\n  X-Alias: 1\n/r\n  X-R: 1\n/none/*\n  X-None: 1\n")
            .unwrap(),
    );
    let alias = route("/alias", &[Method::Get], Target::Static { file: "a.html".to_owned() });
    let mut tables =
        ruled(&["a.html", "404.html"], vec![alias, route("/f", &[], function("f"))], None, "/r /a 200\n/go /a 301");
    tables.statics = tables.statics.with_fields(&rules);
    tables.header_rules = rules;
    for (path, names) in [
        ("/a", "x-all x-a"),
        ("/a.html", "x-all"),
        ("/alias", "x-all x-alias"),
        ("/r", "x-all x-r"),
        ("/none/x", "x-all x-none"),
        ("/f", ""),
        ("/go", ""),
    ] {
        let decision = tables.decide(&Ask::of(Method::Get, path));
        let fields = tables.fields(&decision, path);
        let found: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(found.join(" "), names, "{path}");
        // What is at its own path was worked out before.
        assert_eq!(matches!(fields, Cow::Borrowed(_)), !["/alias", "/r", "/none/x"].contains(&path), "{path}");
    }
}
