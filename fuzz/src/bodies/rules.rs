//! `_redirects` and `_headers`: what is taken means one thing, leads where its author said, and says nothing that is the platform's.

use crate::release::rules::{Problem, headers, redirects};
use crate::route::header_rules::{HeaderRule, HeaderRules};
use crate::route::path::canonicalize;
use crate::route::redirects::{Action, Client, RedirectRule, RedirectTable};
use url::{Origin, Url};

/// Fields that a file can never set (reference 3.5).
const OWNED: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "etag",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The input: a line with a path and perhaps a query, the text of `_redirects`, a line `---`, and the text of `_headers`.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (request, files) = text.split_once('\n').unwrap_or((text, ""));
    let (redirects_text, headers_text) = files.split_once("\n---\n").unwrap_or((files, ""));
    let (raw, query) = request.split_once('?').map_or((request, None), |(path, query)| (path, Some(query)));
    let Ok(path) = canonicalize(raw) else { return };
    match redirects::parse(redirects_text) {
        Ok(rules) => check_redirects(&rules, &path, query),
        Err(problems) => check_problems(redirects_text, &problems),
    }
    match headers::parse(headers_text) {
        Ok(rules) => check_headers(&rules, &path),
        Err(problems) => check_problems(headers_text, &problems),
    }
}

fn check_problems(text: &str, problems: &[Problem]) {
    assert!(!problems.is_empty(), "refused without a reason");
    for problem in problems {
        assert!((1..=text.split('\n').count()).contains(&problem.line), "line {} of {text:?}", problem.line);
        assert!(!problem.message.is_empty());
    }
}

fn check_redirects(rules: &[RedirectRule], path: &str, query: Option<&str>) {
    let json = serde_json::to_string(rules).expect("rules are strings and numbers");
    let read: Vec<RedirectRule> = serde_json::from_str(&json).expect("a release reads what it writes");
    assert_eq!(read, rules);
    let table = RedirectTable::build(rules, &["en".to_owned()]);
    assert_eq!(table.rules().len(), rules.len(), "a rule is left out");

    let matching = table.rules().iter().filter(|rule| rule.applies(path)).map(|rule| rule.source().line);
    let found = table.candidates(path).map(|rule| rule.source().line);
    assert!(found.eq(matching), "rules are asked in another order than they are written in");
    let client = Client { accept_language: Some("de"), cookie: Some("a=1"), country: Some("CH"), roles: &[] };
    let choice = table.choose(path, query, &client);
    if let Some(rule) = choice.rule {
        assert!(rule.pattern().matches(path) && choice.varies.contains(rule.source().conditions.varies()));
    }

    let site = Url::parse("https://site.test/").expect("a URL");
    for rule in table.rules() {
        if let Some(location) = rule.location(path, query).filter(|_| rule.action() == Action::Redirect) {
            assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location:?} is no field value");
            // As browsers read it.
            let url = site.join(&location).unwrap_or_else(|error| panic!("{location:?}: {error}"));
            let said = if rule.target().is_absolute() { origin(&rule.source().to) } else { site.origin() };
            assert_eq!(url.origin(), said, "{location:?} of {:?}", rule.source());
        }
        if let Some(rewritten) = rule.rewritten(path, query) {
            assert!(rewritten.starts_with('/') && rewritten.bytes().all(|b| b.is_ascii_graphic()), "{rewritten:?}");
        }
    }
}

/// Scheme, host and port of a target, before anything is put into it.
fn origin(to: &str) -> Origin {
    let after = to.find("://").map_or(0, |at| at + 3);
    let end = to[after..].find(['/', '?', '#']).map_or(to.len(), |at| after + at);
    Url::parse(&to[..end]).expect("an address that was taken").origin()
}

fn check_headers(rules: &[HeaderRule], path: &str) {
    let json = serde_json::to_string(rules).expect("rules are strings and numbers");
    let read: Vec<HeaderRule> = serde_json::from_str(&json).expect("a release reads what it writes");
    assert_eq!(read, rules);
    let table = HeaderRules::build(rules);
    let fields = table.fields(path);
    for (name, value) in &fields {
        let name = name.as_str();
        assert!(!OWNED.contains(&name) && !name.starts_with("x-run402-"), "{name} is not a site's to set");
        assert!(value.as_bytes().iter().all(|b| *b >= b' ' && *b != 0x7f || *b == b'\t'), "{name}: {value:?}");
    }
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a field is sent in two lines");
}
