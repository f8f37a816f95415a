use super::*;
use proptest::prelude::*;

fn one(line: &str) -> RedirectRule {
    let mut rules = parse(line).unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
    assert_eq!(rules.len(), 1, "{line}");
    rules.remove(0)
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn a_rule_has_a_path_a_target_and_what_else_is_said() {
    let plain = one("/old  /new");
    assert_eq!((plain.from.as_str(), plain.to.as_str(), plain.status, plain.force), ("/old", "/new", 301, false));
    assert!(plain.query.is_empty() && plain.conditions.is_empty());
    for (line, status, force) in [
        ("/a /b 200", 200, false),
        ("/a /b 301!", 301, true),
        ("/a\t/b\t302", 302, false),
        ("/a https://b.example/x 308!   # for good", 308, true),
        ("/a /b 307 # temporary", 307, false),
        ("/a /b#part 303", 303, false),
        ("/a /404.html 404", 404, false),
        ("/a /gone.html 410!", 410, true),
        ("\u{feff}/a /b", 301, false),
    ] {
        assert_eq!((one(line).status, one(line).force), (status, force), "{line}");
    }
    let full = one("/store id=:id ref=a%20b /things/:id 302! Language=de,pt-BR country=CH,at Cookie=x Role=admin");
    assert_eq!(full.query[0], QueryParam { name: "id".into(), value: ":id".into() });
    assert_eq!(full.query[1], QueryParam { name: "ref".into(), value: "a b".into() });
    assert_eq!(full.conditions.language, texts(&["de", "pt-BR"]));
    assert_eq!(full.conditions.country, texts(&["ch", "at"]));
    assert_eq!((full.conditions.cookie, full.conditions.role), (texts(&["x"]), texts(&["admin"])));
    // Conditions without a status are of a 301.
    assert_eq!(one("/ /de Language=de").status, 301);
}

#[test]
fn lines_are_counted_as_editors_do() {
    let text = "# rules\r\n\r\n/a /b\r\n   # more\r\n  /c /d 302\r\n";
    let lines: Vec<usize> = parse(text).unwrap().iter().map(|rule| rule.line).collect();
    assert_eq!(lines, [3, 5]);
    assert_eq!(parse(""), Ok(Vec::new()));
    assert_eq!(parse("# nothing"), Ok(Vec::new()));
}

#[test]
fn a_bad_line_says_what_is_wrong_with_it() {
    for (line, about) in [
        ("/a", "a path and a target"),
        ("/a # /b", "a path and a target"),
        ("/a id=:id", "a path and a target"),
        ("a /b", "does not begin with a slash"),
        ("https://a.example/x /b", "paths of this site"),
        ("//a.example /b", "paths of this site"),
        ("/a?x=1 /b", "no part of a path"),
        ("/*/a /b", "last segment"),
        ("/a* /b", "last segment"),
        ("/:a/:a /b", "twice"),
        ("/:a a=:a /b", "twice"),
        ("/:x.html /b", "placeholder"),
        ("/_run402/x /b", "namespace"),
        ("/a //evil.example", "another host"),
        ("/a /\\evil.example", "another host"),
        ("/a javascript:alert(1)", "http"),
        ("/a mailto:a@b.example", "http"),
        ("/a evil.example", "http"),
        ("/a https://u:p@b.example", "password"),
        ("/* https://:splat/", "host of a target"),
        ("/a /b/:splat", "`:splat` is used"),
        ("/:slug /b/:slgu", "probably `:slug`"),
        ("/a /b 300", "statuses"),
        ("/a /b 30", "statuses"),
        ("/a /b 301!!", "statuses"),
        ("/a /b +301", "statuses"),
        ("/a /b permanent", "statuses"),
        ("/a /b 301 302", "only conditions"),
        ("/a /b 301 Langauge=de", "probably `Language`"),
        ("/a /b 301 Browser=x", "no condition"),
        ("/a /b 301 Language=", "language tag"),
        ("/a /b 301 Language=de,", "language tag"),
        ("/a /b 301 Country=che", "two letters"),
        ("/a /b 301 Cookie=a;b", "cookie"),
        ("/a /b 301 Language=de Language=fr", "twice"),
        ("/a Language=de /b", "end of the line"),
        ("/a id= /b", "parameter of the query"),
        ("/a id=:1 /b", "parameter of the query"),
        ("/a https://b.example/ 200", "upstream"),
        ("/a https://b.example/ 404", "upstream"),
        ("/a /b?x=1 200", "path alone"),
        ("/a /b/../c 200", "no path of this site"),
        ("/a /_run402/x 200", "no path of this site"),
        ("/a /b\u{1}", "control character"),
    ] {
        let problems = parse(&format!("# first\n{line}")).unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 2), "{line}: {problems:?}");
        assert!(problems[0].message.contains(about), "{line}: {}", problems[0].message);
    }
    let long = format!("/a /{}", "b".repeat(1000));
    assert!(parse(&long).unwrap_err()[0].message.contains("1000 characters"));
    assert_eq!(parse(&long).unwrap_err()[0].text.chars().count(), 200);
}

#[test]
fn all_bad_lines_are_told() {
    let problems = parse("/a /b\nx /b\n/c /d\n/e /f 999\n").unwrap_err();
    let lines: Vec<(usize, &str)> = problems.iter().map(|problem| (problem.line, problem.text.as_str())).collect();
    assert_eq!(lines, [(2, "x /b"), (4, "/e /f 999")]);
}

#[test]
fn there_are_as_many_rules_as_can_be_looked_through() {
    let exact = |n: usize| (0..n).map(|i| format!("/{i} /x\n")).collect::<String>();
    let dynamic = |n: usize| (0..n).map(|i| format!("/{i}/* /x\n")).collect::<String>();
    let asking = |n: usize| (0..n).map(|i| format!("/{i} /x 302 Cookie=a\n")).collect::<String>();
    assert_eq!(parse(&exact(2000)).unwrap().len(), 2000);
    assert_eq!(parse(&(exact(2000) + &dynamic(100))).unwrap().len(), 2100);
    assert_eq!(parse(&(exact(2001))).unwrap_err()[0].line, 2001);
    assert_eq!(parse(&(dynamic(60) + &asking(41))).unwrap_err()[0].line, 101);
}

proptest! {
    #[test]
    fn reading_ends(text in "(\\PC{0,20}[\n\t ]){0,6}") {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_read_can_be_matched(text in "/[a:*/]{0,6} [a=:]{0,5} ?/[a:/%2e.]{0,8} ?(200|302!|404)? ?((Cookie|Role)=[a,]{0,4})?") {
        if let Ok(rules) = parse(&text) {
            for rule in rules {
                prop_assert!(Rule::new(rule).is_some());
            }
        }
    }
}
