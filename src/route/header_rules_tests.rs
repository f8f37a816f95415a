use super::*;

fn rule(line: usize, path: &str, set: &[(&str, &str)], unset: &[&str]) -> HeaderRule {
    HeaderRule {
        line,
        path: path.to_owned(),
        set: set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        unset: unset.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn shown(rules: &HeaderRules, path: &str) -> String {
    let fields = rules.fields(path);
    let lines: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.join("; ")
}

#[test]
fn all_rules_that_match_count_in_their_order() {
    let rules = HeaderRules::build(&[
        rule(1, "/*", &[("x-frame-options", "DENY"), ("link", "<a>")], &[]),
        rule(4, "/docs/:page", &[("link", "<b>"), ("x-page", "1")], &[]),
        rule(7, "/docs/open/", &[("link", "<c>")], &["x-frame-options", "x-page"]),
        rule(9, "/docs/*", &[("x-page", "2")], &["link"]),
    ]);
    for (path, fields) in [
        ("/", "x-frame-options: DENY; link: <a>"),
        ("/docs/a", "x-frame-options: DENY; x-page: 1, 2"),
        ("/docs/open", "x-page: 2"),
        ("/docs/open/", "x-page: 2"),
        ("/docs/a/b", "x-frame-options: DENY; x-page: 2"),
    ] {
        assert_eq!(shown(&rules, path), fields, "{path}");
    }
    assert!(HeaderRules::default().fields("/").is_empty());
}

#[test]
fn a_field_of_one_rule_may_be_there_twice_and_is_joined() {
    let rules = HeaderRules::build(&[rule(1, "/a", &[("link", "<a>"), ("link", "<b>")], &["link"])]);
    assert_eq!(shown(&rules, "/a"), "link: <a>, <b>");
    assert_eq!(shown(&rules, "/b"), "");
}

#[test]
fn no_path_gets_more_than_it_may() {
    let names: Vec<String> = (0..40).map(|n| format!("x-{n}")).collect();
    let set = |range: std::ops::Range<usize>| -> Vec<(&str, &str)> {
        names[range].iter().map(|name| (name.as_str(), "1")).collect()
    };
    let check = |rules: &[HeaderRule], known: &[&str]| HeaderRules::build(rules).check(known.iter().copied());
    // Forty names, but no path gets more than 32 of them.
    assert_eq!(check(&[rule(1, "/a/*", &set(0..20), &[]), rule(30, "/b/*", &set(20..40), &[])], &["/a/x"]), Ok(()));
    let both = [rule(1, "/*", &set(0..20), &[]), rule(30, "/:x/b/*", &set(20..40), &[])];
    assert_eq!(check(&both, &[]), Err((1, Excess::Fields)));
    // Of a known path it is known what is taken back.
    let exact = |unset: &[&str]| [rule(1, "/*", &set(0..20), &[]), rule(30, "/a", &set(20..40), unset)];
    assert_eq!(check(&exact(&[]), &[]), Err((30, Excess::Fields)));
    let taken_back: Vec<&str> = names[..10].iter().map(String::as_str).collect();
    assert_eq!(check(&exact(&taken_back), &["/a"]), Ok(()));
    let long = "v".repeat(3000);
    let joined = [rule(1, "/a/*", &[("x", &long)], &[]), rule(3, "/a/b", &[("x", &long)], &[])];
    assert_eq!(check(&joined, &[]), Err((3, Excess::Value)));
}
