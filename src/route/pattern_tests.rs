use super::*;
use proptest::prelude::*;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[test]
fn a_pattern_matches_whole_segments() {
    for (text, path, matches) in [
        ("/", "/", true),
        ("/", "/a", false),
        ("/a", "/a", true),
        ("/a", "/a/", true),
        ("/a/", "/a", true),
        ("/a", "/ab", false),
        ("/a", "/a/b", false),
        ("/a", "/", false),
        ("/caf%C3%A9", "/caf\u{e9}", true),
        ("/cafe\u{301}", "/caf\u{e9}", true),
        ("/:x", "/a", true),
        ("/:x", "/", false),
        ("/:x", "/a/b", false),
        ("/a/:x/c", "/a/b/c/", true),
        ("/a/:x/c", "/a/b/d", false),
        ("/a/*", "/a/b/c", true),
        ("/a/*", "/a/", true),
        ("/a/*", "/a", true),
        ("/a/*", "/ab", false),
        ("/*", "/", true),
        ("/*", "/a/b", true),
        ("/wiki/Special:Search", "/wiki/Special:Search", true),
    ] {
        assert_eq!(pattern(text).matches(path), matches, "{text} {path}");
    }
}

#[test]
fn it_captures_segments_and_the_rest() {
    let both = pattern("/:year/x/*");
    let captures = both.captures("/2024/x/a/b/").unwrap();
    assert_eq!((captures.value("year"), captures.value(SPLAT)), (Some("2024"), Some("a/b/")));
    assert_eq!(captures.value("month"), None);
    assert_eq!(pattern("/a/*").captures("/a").unwrap().value(SPLAT), Some(""));
    assert_eq!(both.captures("/2024/y/a"), None);
}

#[test]
fn what_is_no_pattern_says_why() {
    for (text, error) in [
        ("a", PatternError::Path(PathError::MustStartWithSlash)),
        ("https://a.example/x", PatternError::Origin),
        ("//a.example", PatternError::Origin),
        ("/a?b=c", PatternError::Query),
        ("/a//b", PatternError::Path(PathError::DuplicateSlash)),
        ("/a/../b", PatternError::Path(PathError::DotSegment)),
        ("/_run402/x", PatternError::Path(PathError::InternalNamespace)),
        ("/*/a", PatternError::SplatInside),
        ("/a*", PatternError::SplatInside),
        ("/*.js", PatternError::SplatInside),
        ("/:", PatternError::Placeholder(":".into())),
        ("/:1", PatternError::Placeholder(":1".into())),
        ("/:slug.html", PatternError::Placeholder(":slug.html".into())),
        ("/:a/:a", PatternError::Twice("a".into())),
        ("/:splat/*", PatternError::Twice("splat".into())),
    ] {
        assert_eq!(Pattern::parse(text), Err(error), "{text}");
    }
}

#[test]
fn some_stand_for_one_path() {
    for (text, path) in [("/", Some("/")), ("/a/", Some("/a")), ("/a%20b", Some("/a b")), ("/:x", None), ("/a/*", None)]
    {
        assert_eq!(pattern(text).exact().as_deref(), path, "{text}");
    }
}

#[test]
fn patterns_overlap_when_one_path_matches_both() {
    for (a, b, overlap) in [
        ("/a", "/a/", true),
        ("/a", "/b", false),
        ("/:x", "/b", true),
        ("/:x/c", "/b", false),
        ("/a/*", "/a", true),
        ("/a/*", "/:x/b/c", true),
        ("/a/*", "/b/*", false),
        ("/*", "/", true),
        ("/a/b", "/a/*", true),
    ] {
        assert_eq!(pattern(a).overlaps(&pattern(b)), overlap, "{a} {b}");
        assert_eq!(pattern(b).overlaps(&pattern(a)), overlap, "{b} {a}");
    }
}

proptest! {
    #[test]
    fn parsing_ends_and_what_it_gives_matches_itself(text in "[/:*a-c%2é.]{0,20}", path in "/[a-c/]{0,10}") {
        if let Ok(pattern) = Pattern::parse(&text) {
            prop_assert_eq!(pattern.matches(&path), pattern.captures(&path).is_some());
            if let Some(exact) = pattern.exact() {
                prop_assert!(pattern.matches(&exact));
            }
        }
    }
}
