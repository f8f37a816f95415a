//! Redirects, rewrites and error pages by rule: what a site's `_redirects` file says.
//!
//! A line of the file is a rule: `from [name=value ...] to [status[!]] [Condition=value,...]`, and `#` begins a comment.
//!
//! | part | meaning |
//! |---|---|
//! | `from` | a path ([`super::pattern`]): `/a`, `/blog/:slug`, `/docs/*` |
//! | `name=value` | a parameter the query must have; `name=:value` takes whatever it is |
//! | `to` | a path, or an `http(s)` address; `:slug` and `:splat` stand for what `from` found |
//! | `status` | `301` (without one), `302`, `303`, `307`, `308`: a redirect. `200`: another path of the site answers. `404`, `410`: that page, with that status |
//! | `!` | also where there is a file at `from`; without it the file wins |
//! | `Language=de,fr` | the client's language, of those the file and the release's locales name, is one of these |
//! | `Country=ch,at` | its country, from the field that the node's `country_header` trusts |
//! | `Cookie=beta,team` | it sends one of these cookies |
//! | `Role=admin,editor` | its user has one of these roles; nobody has one without a user |
//!
//! A redirect keeps the query of the request, but for the parameters that the rule asked for, unless its target has a
//! query of its own. A slash at the end of `from` makes no difference.
//!
//! A redirect with a splat leaves the paths alone that it leads to: `/* /de/:splat` does not apply below `/de/`, or a path that
//! is nowhere would grow for ever.
//!
//! The first rule of the file that matches is the one. Rules never see a path that a route answers, and a rewritten path
//! is not matched again, so nothing goes round in circles.
//!
//! The work for a request is bounded: one lookup among the rules for one path, and one comparison with each of the
//! others, of which there are at most [`crate::limits::RULES_DYNAMIC_MAX`]. Nothing is allocated unless a rule matches.

mod conditions;
mod query;
mod target;

pub use conditions::{Client, Conditions, Varies};
pub use query::decoded;
pub use target::{Target, TargetError};

use super::locale::{Detect, Locales, UnknownLocalePolicy};
use super::lookup::Lookup;
use super::path::canonicalize;
use super::pattern::{Captures, Pattern, without_slash};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// A rule as a release keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedirectRule {
    /// The line of the file, from 1.
    pub line: usize,
    /// The pattern.
    pub from: String,
    /// What the query must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<QueryParam>,
    /// The target.
    pub to: String,
    /// 200, 301, 302, 303, 307, 308, 404 or 410.
    pub status: u16,
    /// Whether it also answers where there is a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// What it asks of the client.
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    pub conditions: Conditions,
}

/// A parameter that a query must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryParam {
    /// Its name, decoded.
    pub name: String,
    /// Its value, or a colon and the name that the value gets.
    pub value: String,
}

impl QueryParam {
    /// The name that its value gets, if any value will do.
    pub fn capture(&self) -> Option<&str> {
        self.value.strip_prefix(':').filter(|name| super::pattern::is_name(name))
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Sends the client elsewhere.
    Redirect,
    /// Lets another path of the site answer.
    Rewrite,
    /// Answers with a page and the status of an error.
    ErrorPage,
}

/// A rule that is ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    source: RedirectRule,
    pattern: Pattern,
    target: Target,
    /// Where a redirect leads that would apply there again: `/de/` of `/* /de/:splat`.
    end: Option<Box<str>>,
}

impl Rule {
    /// Makes a rule ready; `None` for one that no release has, because its pattern or target is none.
    pub fn new(source: RedirectRule) -> Option<Self> {
        let pattern = Pattern::parse(&source.from).ok()?;
        let target = Target::parse(&source.to, &names(&pattern, &source.query)).ok()?;
        let mut rule = Self { source, pattern, target, end: None };
        rule.end = rule.own_end();
        Some(rule)
    }

    fn own_end(&self) -> Option<Box<str>> {
        let prefix = self.target.folder().filter(|_| self.action() == Action::Redirect && !self.target.is_fixed())?;
        let prefix = canonicalize(&prefix).ok()?;
        (prefix != "/" && self.pattern.exact().is_none() && self.pattern.matches(&prefix)).then(|| prefix.into())
    }

    /// Whether the rule's pattern matches a canonical path that the rule does not lead to itself.
    pub fn applies(&self, path: &str) -> bool {
        let arrived = self.end.as_ref().is_some_and(|end| path.starts_with(&**end) || path == without_slash(end));
        self.pattern.matches(path) && !arrived
    }

    /// The rule as the release has it.
    pub const fn source(&self) -> &RedirectRule {
        &self.source
    }

    /// Its pattern.
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Its target.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// What it does.
    pub const fn action(&self) -> Action {
        match self.source.status {
            200 => Action::Rewrite,
            404 | 410 => Action::ErrorPage,
            _ => Action::Redirect,
        }
    }

    /// Whether it asks anything of the query or the client.
    pub fn is_conditional(&self) -> bool {
        !self.source.query.is_empty() || !self.source.conditions.is_empty()
    }

    /// Where a request is sent that matches: the value of `Location`. `None` when it does not match, or when a value
    /// has no place in the target.
    pub fn location(&self, path: &str, query: Option<&str>) -> Option<String> {
        let rest = query.map(|query| query::without(&self.source.query, query));
        self.with_captures(path, query, |captures| self.target.location(captures, rest.as_deref()))
    }

    /// The path that answers in place of this one, encoded.
    pub fn rewritten(&self, path: &str, query: Option<&str>) -> Option<String> {
        self.with_captures(path, query, |captures| self.target.path(captures))
    }

    fn with_captures<R>(
        &self,
        path: &str,
        query: Option<&str>,
        use_: impl FnOnce(&Captures<'_>) -> Option<R>,
    ) -> Option<R> {
        let found = query::matched(&self.source.query, query)?;
        let mut captures = self.pattern.captures(path)?;
        for (name, value) in &found {
            captures.add(name, value);
        }
        use_(&captures)
    }
}

/// The values that a target may use.
pub fn names<'n>(pattern: &'n Pattern, query: &'n [QueryParam]) -> Vec<&'n str> {
    pattern.names().chain(query.iter().filter_map(QueryParam::capture)).collect()
}

/// Which rule a request gets, and what of the client that depended on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice<'t> {
    /// The rule.
    pub rule: Option<&'t Rule>,
    /// What was looked at.
    pub varies: Varies,
}

/// The rules of a release, ready for lookups. Immutable.
#[derive(Debug, Clone, Default)]
pub struct RedirectTable {
    rules: Vec<Rule>,
    /// Path without a slash at its end -> rules for it, in their order.
    exact: Lookup<Box<[usize]>>,
    /// The other rules, in their order.
    dynamic: Vec<usize>,
    forced: bool,
    conditional: bool,
    by_role: bool,
    /// Every language that a condition or the release names; none is the default.
    languages: Option<Locales>,
}

impl RedirectTable {
    /// Builds the table of rules that were validated. `locales` are the release's own.
    pub fn build(rules: &[RedirectRule], locales: &[String]) -> Self {
        let rules: Vec<Rule> = rules.iter().cloned().filter_map(Rule::new).collect();
        let mut exact: HashMap<String, Vec<usize>> = HashMap::new();
        let mut dynamic = Vec::new();
        for (position, rule) in rules.iter().enumerate() {
            match rule.pattern.exact() {
                Some(path) => exact.entry(path).or_default().push(position),
                None => dynamic.push(position),
            }
        }
        let exact = exact.into_iter().map(|(path, positions)| (path.into(), positions.into())).collect();
        let forced = rules.iter().any(|rule| rule.source.force);
        let conditional = rules.iter().any(|rule| !rule.source.conditions.is_empty());
        let by_role = rules.iter().any(|rule| !rule.source.conditions.role.is_empty());
        let languages = languages(&rules, locales);
        Self { rules, exact, dynamic, forced, conditional, by_role, languages }
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether some rule answers where there is a file.
    pub const fn has_forced(&self) -> bool {
        self.forced
    }

    /// Whether some rule asks anything of the client.
    pub const fn asks_client(&self) -> bool {
        self.conditional
    }

    /// Whether some rule for a canonical path asks for a role, which takes time to find out.
    pub fn asks_role(&self, path: &str) -> bool {
        self.by_role && self.candidates(path).any(|rule| !rule.source.conditions.role.is_empty())
    }

    /// The first rule that matches. `path` is canonical, `query` as it was sent.
    pub fn choose(&self, path: &str, query: Option<&str>, client: &Client<'_>) -> Choice<'_> {
        let mut choice = Choice::default();
        for rule in self.candidates(path) {
            let asked = &rule.source;
            if !asked.query.is_empty() && query::matched(&asked.query, query).is_none() {
                continue;
            }
            choice.varies = choice.varies.union(asked.conditions.varies());
            if asked.conditions.are_met(client, || self.best_language(client)) {
                choice.rule = Some(rule);
                break;
            }
        }
        choice
    }

    /// The rules whose pattern matches, in order, whatever else they ask.
    pub fn candidates<'t>(&'t self, path: &str) -> impl Iterator<Item = &'t Rule> {
        let exact = self.exact.get(without_slash(path)).map_or(&[][..], |positions| positions);
        let mut exact = exact.iter().copied().peekable();
        let dynamic = self.dynamic.iter().copied().filter(move |position| self.rules[*position].applies(path));
        let mut dynamic = dynamic.peekable();
        std::iter::from_fn(move || {
            let next = match (exact.peek(), dynamic.peek()) {
                (Some(one), Some(other)) if one > other => dynamic.next(),
                (Some(_), _) => exact.next(),
                (None, _) => dynamic.next(),
            };
            next.map(|position| &self.rules[position])
        })
    }

    /// The best of the client's languages (RFC 4647, 3.4) among all that a rule or the release names.
    fn best_language(&self, client: &Client<'_>) -> Option<Cow<'_, str>> {
        let best = self.languages.as_ref()?.negotiate(client.accept_language, None);
        Some(best).filter(|best| !best.is_empty())
    }
}

/// A table of all languages that count, without a default.
fn languages(rules: &[Rule], locales: &[String]) -> Option<Locales> {
    let named: BTreeSet<&String> = rules.iter().flat_map(|rule| &rule.source.conditions.language).collect();
    if named.is_empty() {
        return None;
    }
    let mut all: Vec<String> = locales.to_vec();
    all.extend(named.into_iter().filter(|tag| !locales.iter().any(|known| known.eq_ignore_ascii_case(tag))).cloned());
    Some(Locales::build("", &all, &[Detect::AcceptLanguage], UnknownLocalePolicy::Reject))
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
