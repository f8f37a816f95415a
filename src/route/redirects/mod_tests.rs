use super::*;
use crate::release::rules::redirects::parse;
use proptest::prelude::*;

fn table(text: &str) -> RedirectTable {
    RedirectTable::build(&parse(text).unwrap(), &[])
}

/// The line of the rule for a client, and where it leads; `-` for none.
fn ask(table: &RedirectTable, path: &str, query: Option<&str>, client: Client<'_>) -> String {
    let rule = table.choose(path, query, &client).rule;
    rule.map_or("-".to_owned(), |rule| format!("{} {}", rule.source().line, rule.location(path, query).unwrap()))
}

fn plain(table: &RedirectTable, path: &str) -> String {
    ask(table, path, None, Client::default())
}

#[test]
fn the_first_rule_of_the_file_is_the_one() {
    let rules = table("/a/b /1\n/a/* /2\n/a/c /3\n/:x /4\n/x /5\n/* /6/:splat");
    for (path, rule) in [
        ("/a/b", "1 /1"),
        ("/a/b/", "1 /1"),
        // A rule for one path does not come before those above it.
        ("/a/c", "2 /2"),
        ("/x", "4 /4"),
        ("/y/z", "6 /6/y/z"),
        ("/", "6 /6/"),
        ("/a", "2 /2"),
    ] {
        assert_eq!(plain(&rules, path), rule, "{path}");
    }
    let exact_first = table("/a /1\n/:x /2");
    assert_eq!((plain(&exact_first, "/a/"), plain(&exact_first, "/b")), ("1 /1".into(), "2 /2".into()));
    assert_eq!(plain(&RedirectTable::default(), "/a"), "-");
}

#[test]
fn a_rule_whose_conditions_are_not_met_is_passed_over() {
    let rules = table(
        "/ /zh 302 Language=zh,yue\n/ /at 302 Country=at\n/ /beta 302 Cookie=beta\n/ /team 302 Role=admin\n/ /all 302",
    );
    let nobody = Client::default();
    for (client, rule) in [
        (nobody, "5 /all"),
        (Client { accept_language: Some("zh-TW, en;q=0.5"), ..nobody }, "1 /zh"),
        (Client { accept_language: Some("YUE"), ..nobody }, "1 /zh"),
        (Client { accept_language: Some("en"), ..nobody }, "5 /all"),
        (Client { country: Some("AT"), ..nobody }, "2 /at"),
        (Client { country: Some("DE"), ..nobody }, "5 /all"),
        (Client { cookie: Some("beta=1"), country: Some("AT"), ..nobody }, "2 /at"),
        (Client { cookie: Some("beta=1"), ..nobody }, "3 /beta"),
        (Client { roles: &["admin"], ..nobody }, "4 /team"),
        (Client { roles: &["editor"], ..nobody }, "5 /all"),
    ] {
        assert_eq!(ask(&rules, "/", None, client), rule, "{client:?}");
    }
    // Only what was looked at: the country decided before anyone looked at cookies.
    let choice = rules.choose("/", None, &Client { country: Some("AT"), ..nobody });
    assert_eq!(choice.varies, Varies::LANGUAGE.union(Varies::COUNTRY));
    let all = Varies::LANGUAGE.union(Varies::COUNTRY).union(Varies::COOKIE).union(Varies::USER);
    assert_eq!(rules.choose("/", None, &nobody).varies, all);
    assert_eq!(rules.choose("/other", None, &nobody).varies, Varies::NOTHING);
}

#[test]
fn the_language_is_the_best_of_those_that_anyone_names() {
    let two = "/ /de 302 Language=de\n/ /fr 302 Language=fr";
    let with = |rules: &RedirectTable, languages| {
        ask(rules, "/", None, Client { accept_language: Some(languages), ..Client::default() })
    };
    let rules = table(two);
    for (languages, rule) in [
        ("fr, de;q=0.5", "2 /fr"),
        ("fr;q=0.4, de;q=0.5", "1 /de"),
        ("it, fr;q=0.5", "2 /fr"),
        ("de-AT", "1 /de"),
        ("*", "-"),
        ("", "-"),
    ] {
        assert_eq!(with(&rules, languages), rule, "{languages}");
    }
    // Who prefers a language that the release has, and no rule is for, stays.
    let english = RedirectTable::build(&parse(two).unwrap(), &["en".to_owned(), "DE".to_owned()]);
    assert_eq!(with(&english, "en, de;q=0.5"), "-");
    assert_eq!(with(&english, "de, en;q=0.5"), "1 /de");
    // A rule for a language is for its variants, if none of theirs is above it.
    let variants = table("/ /at 302 Language=de-AT\n/ /de 302 Language=de");
    assert_eq!((with(&variants, "de-AT"), with(&variants, "de-CH")), ("1 /at".into(), "2 /de".into()));
}

#[test]
fn a_query_is_asked_for_and_its_values_are_used() {
    let rules = table("/store id=:id kind=book /books/:id 301\n/store id=:id /things/:id\n/store /all");
    for (query, rule) in [
        (None, "3 /all"),
        (Some("id=7&kind=book"), "1 /books/7"),
        (Some("id=7&kind=pen&x=1"), "2 /things/7?kind=pen&x=1"),
        (Some("id=a%2Fb"), "2 /things/a%2Fb"),
        (Some("id="), "3 /all?id="),
    ] {
        assert_eq!(ask(&rules, "/store", query, Client::default()), rule, "{query:?}");
    }
}

#[test]
fn a_redirect_leaves_alone_where_it_leads() {
    let rules = table(
        "/* /de/:splat 302 Language=de\n/blog/* /blog/archive/:splat\n/:year/* /old/:year/:splat 302\n/x/* /y/:splat",
    );
    let german = Client { accept_language: Some("de"), ..Client::default() };
    for (path, rule) in [
        ("/a/b", "1 /de/a/b"),
        ("/", "1 /de/"),
        ("/dex", "1 /de/dex"),
        ("/de", "3 /old/de/"),
        ("/de/", "3 /old/de/"),
        ("/de/a", "3 /old/de/a"),
    ] {
        assert_eq!(ask(&rules, path, None, german), rule, "{path}");
    }
    for (path, rule) in [
        ("/blog/a", "2 /blog/archive/a"),
        ("/blog/archive/a", "3 /old/blog/archive/a"),
        ("/old/a", "-"),
        ("/x/a", "3 /old/x/a"),
    ] {
        assert_eq!(ask(&rules, path, None, Client::default()), rule, "{path}");
    }
}

#[test]
fn candidates_are_all_that_may_match() {
    let rules = table("/a /1 302 Language=de\n/* /2 302 Cookie=x\n/a id=:id /3\n/b /4");
    let lines: Vec<usize> = rules.candidates("/a/").map(|rule| rule.source().line).collect();
    assert_eq!(lines, [1, 2, 3]);
    assert!(rules.asks_client() && !rules.has_forced());
    assert!(table("/a /b 302!").has_forced());
}

proptest! {
    /// The table finds the rule that a reading from the top would.
    #[test]
    fn a_lookup_is_a_reading_from_the_top(
        froms in prop::collection::vec("/([ab]|:x|)(/[ab]|/:y|)(/\\*|/|)", 1..8),
        path in "/([ab](/[ab](/[ab])?)?/?)?",
    ) {
        let lines: Vec<String> = froms.iter().enumerate().map(|(i, from)| format!("{from} https://x.example/{i}")).collect();
        if let Ok(rules) = parse(&lines.join("\n")) {
            let table = RedirectTable::build(&rules, &[]);
            let first = table.rules().iter().find(|rule| rule.pattern().matches(&path));
            prop_assert_eq!(table.choose(&path, None, &Client::default()).rule, first);
        }
    }
}
