use super::*;
use crate::route::pattern::Pattern;
use proptest::prelude::*;

/// Where a rule leads for a path and a query.
fn leads(from: &str, to: &str, path: &str, query: Option<&str>) -> Option<String> {
    let pattern = Pattern::parse(from).unwrap();
    let names: Vec<&str> = pattern.names().collect();
    let target = Target::parse(to, &names).unwrap();
    target.location(&pattern.captures(path).unwrap(), query)
}

fn refused(to: &str) -> TargetError {
    Target::parse(to, &["slug", SPLAT]).unwrap_err()
}

#[test]
fn values_stand_where_the_target_names_them() {
    for (from, to, path, location) in [
        ("/a", "/b", "/a", "/b"),
        ("/a", "https://b.example", "/a", "https://b.example/"),
        ("/a", "HTTP://B.example:80/x", "/a", "http://b.example/x"),
        ("/blog/*", "/news/:splat", "/blog/2024/x", "/news/2024/x"),
        ("/blog/*", "/news/:splat", "/blog", "/news/"),
        ("/blog/*", "/news/:splat", "/blog/a/", "/news/a/"),
        ("/*", "https://b.example/:splat", "/a/b", "https://b.example/a/b"),
        ("/:year/:slug", "/posts/:slug-:year.html", "/2024/x", "/posts/x-2024.html"),
        ("/:a", "/q?x=:a&y=1", "/v", "/q?x=v&y=1"),
        ("/a", "/b#part", "/a", "/b#part"),
        ("/a", "/ü/%C3%BC", "/a", "/%C3%BC/%C3%BC"),
        ("/a", "/wiki/Special:Search", "/a", "/wiki/Special:Search"),
        ("/a", "https://b.example:8443/x", "/a", "https://b.example:8443/x"),
        ("/a", "https://bücher.example/x", "/a", "https://xn--bcher-kva.example/x"),
        // A splat that is empty or ends with a slash doubles none.
        ("/*", "/:splat/x", "/", "/x"),
        ("/*", "/a/:splat/x", "/b/", "/a/b/x"),
        ("/*", "https://b.example/:splat/x", "/", "https://b.example/x"),
    ] {
        assert_eq!(leads(from, to, path, None).as_deref(), Some(location), "{from} {to} {path}");
    }
}

#[test]
fn the_query_of_the_request_is_kept_where_there_is_no_other() {
    for (to, query, location) in [
        ("/b", Some("x=1&y=%20"), "/b?x=1&y=%20"),
        ("/b", Some(""), "/b"),
        ("/b?z=2", Some("x=1"), "/b?z=2"),
        ("/b#part", Some("x=1"), "/b?x=1#part"),
        ("https://b.example", Some("x=1"), "https://b.example/?x=1"),
        ("/b", Some("x=\"<>\\\u{e9}"), "/b?x=%22%3C%3E%5C%C3%A9"),
    ] {
        assert_eq!(leads("/a", to, "/a", query).as_deref(), Some(location), "{to} {query:?}");
    }
}

#[test]
fn a_value_cannot_leave_its_place() {
    for (to, path, location) in [
        ("/x/:v", "/a?b=c", "/x/a%3Fb=c"),
        ("/x/:v", "/a#b", "/x/a%23b"),
        ("/x/:v", "/100%", "/x/100%25"),
        ("/:v", "/evil.example", "/evil.example"),
        ("/x?v=:v", "/a&b=c#d+e", "/x?v=a%26b%3Dc%23d%2Be"),
        ("/x/:v", "/ü \u{2028}", "/x/%C3%BC%20%E2%80%A8"),
    ] {
        assert_eq!(leads("/:v", to, path, None).as_deref(), Some(location), "{to} {path}");
    }
    // From a query, a value may be anything.
    let target = Target::parse("/x/:v", &["v"]).unwrap();
    let with = |value| {
        let mut captures = Captures::default();
        captures.add("v", value);
        target.location(&captures, None)
    };
    assert_eq!(with("..").as_deref(), None);
    assert_eq!(with(".").as_deref(), None);
    assert_eq!(with("/evil.example").as_deref(), Some("/x/%2Fevil.example"));
    assert_eq!(with("a\\b").as_deref(), Some("/x/a%5Cb"));
    assert_eq!(with("../..").as_deref(), None);
}

#[test]
fn a_target_leads_where_the_rule_says() {
    for (to, error) in [
        ("//evil.example", TargetError::ProtocolRelative),
        ("/\\evil.example", TargetError::ProtocolRelative),
        ("javascript:alert(1)", TargetError::Form),
        ("javascript://x/%0aalert(1)", TargetError::Form),
        ("data:text/html,x", TargetError::Form),
        ("ftp://a.example/", TargetError::Form),
        ("b", TargetError::Form),
        ("", TargetError::Form),
        ("/a\\b", TargetError::Character),
        ("/a\tb", TargetError::Character),
        ("/a%zz", TargetError::Percent),
        ("/a%4", TargetError::Percent),
        ("https://:slug/x", TargetError::ValueInHost),
        ("https://:slug.example/x", TargetError::ValueInHost),
        ("https://a.example:slug/x", TargetError::ValueInHost),
        ("https://*.example/x", TargetError::ValueInHost),
        ("https://good.example@evil.example/", TargetError::Credentials),
        ("/x/:slgu", TargetError::UnknownValue { name: "slgu".into() }),
        ("/x?a=:slgu", TargetError::UnknownValue { name: "slgu".into() }),
    ] {
        assert_eq!(refused(to), error, "{to}");
    }
    assert!(matches!(refused("https://"), TargetError::Address(_)));
    assert!(matches!(refused("https://a b"), TargetError::Character));
    assert!(matches!(refused("https://a.example:99999/"), TargetError::Address(_)));
    assert_eq!(Target::parse("/x/:splat", &[]), Err(TargetError::UnknownValue { name: "splat".into() }));
}

proptest! {
    /// Whatever a path and a query hold, the answer leads to the rule's own host and is one line of visible ASCII.
    #[test]
    fn a_location_is_safe(
        to in prop::sample::select(vec![
            "/:splat", "/:splat/x", "/:a/:splat", "/:a:splat", "/x?y=:splat", "/.:a", "https://b.example/:splat",
            "https://b.example/:a?x=:splat#f", "/:q", "/:q/:splat", "/x:q",
        ]),
        path in "/[a/\\\\.:@%?#\u{e9}\u{0} ]{0,12}",
        q in "[a/\\\\.:@%?#\r\n]{0,8}",
        query in prop::option::of("\\PC{0,12}"),
    ) {
        let pattern = Pattern::parse("/:a/*").unwrap();
        let target = Target::parse(to, &["a", "q", SPLAT]).unwrap();
        if let Some(mut captures) = pattern.captures(&path) {
            captures.add("q", &q);
            if let Some(location) = target.location(&captures, query.as_deref()) {
                prop_assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location}");
                prop_assert!(!location.contains('\\'));
                prop_assert!(!location.starts_with("//"), "{location}");
                let site = Url::parse("https://site.example/here").unwrap();
                let host = if to.starts_with('/') { "site.example" } else { "b.example" };
                let followed = site.join(&location).unwrap();
                prop_assert_eq!(followed.host_str(), Some(host), "{}", location);
            }
        }
    }

    #[test]
    fn parsing_ends(to in "\\PC{0,30}", prefix in prop::sample::select(vec!["", "/", "//", "https://", "/:slug"])) {
        let _ = Target::parse(&format!("{prefix}{to}"), &["slug", SPLAT]);
    }
}
