use super::*;
use proptest::prelude::*;

#[test]
fn fields_stand_below_their_path() {
    let text = "# all pages\n/*\n  X-Frame-Options: DENY\n\tLink: </a.css>; rel=preload; as=style\n\n  # one more\n  Link: <b>\n/docs/:page\n  ! X-Frame-Options\n  !Link\n";
    let rules = parse(text).unwrap();
    assert_eq!(rules.len(), 2);
    assert_eq!((rules[0].line, rules[0].path.as_str()), (2, "/*"));
    let set: Vec<(&str, &str)> = rules[0].set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(set, [("x-frame-options", "DENY"), ("link", "</a.css>; rel=preload; as=style"), ("link", "<b>")]);
    assert_eq!((rules[1].line, rules[1].path.as_str()), (8, "/docs/:page"));
    assert_eq!(rules[1].unset, ["x-frame-options", "link"]);
    assert_eq!(parse("\u{feff}/a\r\n X: 1\r\n").unwrap()[0].set, [("x".to_owned(), "1".to_owned())]);
    assert_eq!(parse(""), Ok(Vec::new()));
}

#[test]
fn a_bad_line_says_what_is_wrong_with_it() {
    for (text, line, about) in [
        ("  X-A: 1\n", 1, "there is none yet"),
        ("X-A: 1\n", 1, "indented"),
        ("/a\nX-A: 1\n", 2, "indented"),
        ("/a\n/b\n  X-A: 1\n", 1, "no header fields"),
        ("/a\n", 1, "no header fields"),
        ("https://a.example/x\n  X-A: 1\n", 1, "paths of this site"),
        ("/*/a\n  X-A: 1\n", 1, "last segment"),
        ("/a\n  X-A\n", 2, "`Name: value`"),
        ("/a\n  X A: 1\n", 2, "no name"),
        ("/a\n  : 1\n", 2, "no name"),
        ("/a\n  X-A:\n", 2, "1 to 4096"),
        ("/a\n  X-A: ü\n", 2, "ASCII"),
        ("/a\n  X-A: a\u{7}b\n", 2, "control character"),
        ("/a/:page\n  Link: </b/:page>\n", 2, "`:page` cannot be used"),
        ("/a/*\n  Link: </b/:splat>\n", 2, "`:splat` cannot be used"),
        ("/a\n  ! X A\n", 2, "no name"),
    ] {
        let problems = parse(text).unwrap_err();
        assert!(problems.iter().any(|p| p.line == line && p.message.contains(about)), "{text:?}: {problems:?}");
    }
    // What stands below a bad path is not blamed for it.
    assert_eq!(parse("a\n  X-A: 1\n  X-B: 2\n").unwrap_err().len(), 1);
    // A colon with another name is no placeholder of the path.
    assert!(parse("/a/:page\n  Link: <https://b.example:8080/:pages>\n").is_ok());
}

#[test]
fn fields_of_the_platform_are_not_a_rules_to_say() {
    for name in [
        "Accept-Ranges",
        "Age",
        "Cache-Control",
        "CF-Cache-Status",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Range",
        "Content-Digest",
        "Date",
        "ETag",
        "Expires",
        "Host",
        "Keep-Alive",
        "Last-Modified",
        "Pragma",
        "Proxy-Authenticate",
        "Proxy-Status",
        "Set-Cookie",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Vary",
        "Via",
        "X-Run402-Cache",
        "CF-Ray",
    ] {
        let problems = parse(&format!("/a\n  {name}: x\n")).unwrap_err();
        assert_eq!(problems[0].line, 2, "{name}");
        assert!(problems[0].message.contains("is not a rule's to say"), "{name}: {}", problems[0].message);
    }
    for name in ["Content-Type", "Content-Security-Policy", "Access-Control-Allow-Origin", "Link", "X-Robots-Tag"] {
        assert!(parse(&format!("/a\n  {name}: x\n")).is_ok(), "{name}");
    }
}

#[test]
fn names_and_values_have_a_length() {
    let name = |n: usize| format!("/a\n  {}: x\n", "n".repeat(n));
    let value = |n: usize| format!("/a\n  X: {}\n", "v".repeat(n));
    assert!(parse(&name(64)).is_ok() && parse(&value(4096)).is_ok());
    assert!(parse(&name(65)).is_err() && parse(&value(4097)).is_err());
}

#[test]
fn there_are_as_many_rules_as_can_be_looked_through() {
    let rules = |n: usize, path: &str| (0..n).map(|i| format!("/{i}{path}\n X: 1\n")).collect::<String>();
    assert!(parse(&rules(2000, "")).is_ok() && parse(&rules(100, "/*")).is_ok());
    assert_eq!(parse(&rules(2001, "")).unwrap_err()[0].line, 4001);
    assert_eq!(parse(&rules(101, "/*")).unwrap_err()[0].line, 201);
}

proptest! {
    #[test]
    fn reading_ends(text in "([ \t]?[/!]?\\PC{0,12}:?\\PC{0,8}\n){0,6}") {
        let _ = parse(&text);
    }
}
