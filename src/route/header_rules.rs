//! Header fields by rule: what a site's `_headers` file says about static answers.
//!
//! ```text
//! # Every page of the documentation
//! /docs/*
//!   X-Robots-Tag: noindex
//!   Link: </docs/style.css>; rel=preload
//! /docs/public
//!   ! X-Robots-Tag
//! ```
//!
//! A line that begins with a slash is a pattern ([`super::pattern`]); the indented lines below it are its fields. All
//! patterns that match a path count, in their order: fields of the same name are joined by a comma, and `! Name` takes
//! back what a pattern before it has said.
//!
//! The fields are those of files, of the page that stands in for another, and of error pages; never of redirects,
//! functions or upstreams, which say theirs themselves. What a release's own public paths get is worked out once
//! ([`super::statics::StaticTable::fields`]); only what stands in for other paths is matched when it is asked for.

use super::lookup::Lookup;
use super::pattern::{Pattern, without_slash};
use crate::limits::{HEADER_RULE_FIELDS_MAX, HEADER_RULE_VALUE_BYTES_MAX};
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// A header field.
pub type Field = (HeaderName, HeaderValue);

/// A pattern and its fields, as a release keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderRule {
    /// The line of the pattern, from 1.
    pub line: usize,
    /// The pattern.
    pub path: String,
    /// Names in lower case, with their values, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
    /// Names, in lower case, of fields that rules before this one have set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
}

/// A path would get more than any may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// Too many fields.
    #[error("a path gets at most {HEADER_RULE_FIELDS_MAX} header fields")]
    Fields,
    /// A value that is too long once it is joined.
    #[error(
        "a header field's value has at most {HEADER_RULE_VALUE_BYTES_MAX} bytes, also when several rules add to it"
    )]
    Value,
}

#[derive(Debug, Clone)]
struct Rule {
    line: usize,
    pattern: Pattern,
    set: Vec<Field>,
    unset: Vec<HeaderName>,
}

/// The rules of a release, ready for lookups. Immutable.
#[derive(Debug, Clone, Default)]
pub struct HeaderRules {
    rules: Vec<Rule>,
    /// Path without a slash at its end -> rules for it, in their order.
    exact: Lookup<Vec<usize>>,
    /// The other rules, in their order.
    dynamic: Vec<usize>,
}

impl HeaderRules {
    /// Builds the table of rules that were validated.
    pub fn build(rules: &[HeaderRule]) -> Self {
        let mut table = Self { rules: rules.iter().filter_map(Rule::new).collect(), ..Self::default() };
        for (position, rule) in table.rules.iter().enumerate() {
            match rule.pattern.exact() {
                Some(path) => table.exact.entry(path.into()).or_default().push(position),
                None => table.dynamic.push(position),
            }
        }
        table
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The fields of a canonical path. Allocates nothing when no rule matches.
    pub fn fields(&self, path: &str) -> Vec<Field> {
        if self.is_empty() {
            return Vec::new();
        }
        let exact = self.exact.get(without_slash(path)).map_or(&[][..], Vec::as_slice);
        let dynamic = self.dynamic.iter().filter(|position| self.rules[**position].pattern.matches(path));
        let mut matching: Vec<usize> = exact.iter().chain(dynamic).copied().collect();
        matching.sort_unstable();
        let mut fields = Vec::new();
        for position in matching {
            self.rules[position].apply(&mut fields);
        }
        fields
    }

    /// Checks that no path can get more fields, or longer ones, than any may: neither the `known` ones, nor any other.
    ///
    /// For other paths this errs on the safe side: all rules count that share a path with one of them.
    ///
    /// # Errors
    /// The line of a rule that adds to it, and what is too much.
    pub fn check<'p>(&'p self, known: impl Iterator<Item = &'p str>) -> Result<(), (usize, Excess)> {
        let names = self.rules.iter().map(|rule| rule.set.len()).sum::<usize>();
        let bytes = self.rules.iter().flat_map(|rule| &rule.set).map(|(_, value)| value.len() + 2).sum::<usize>();
        if names <= HEADER_RULE_FIELDS_MAX && bytes <= HEADER_RULE_VALUE_BYTES_MAX {
            return Ok(());
        }
        for path in known.chain(self.exact.keys().map(|path| &**path)) {
            if let Some(excess) = excess(&self.fields(path)) {
                let matching = self.rules.iter().rfind(|rule| rule.pattern.matches(path));
                return Err((matching.map_or(0, |rule| rule.line), excess));
            }
        }
        for position in &self.dynamic {
            let rule = &self.rules[*position];
            let mut fields = Vec::new();
            for other in self.dynamic.iter().map(|position| &self.rules[*position]) {
                if other.pattern.overlaps(&rule.pattern) {
                    other.set.iter().for_each(|field| join(&mut fields, field));
                }
            }
            if let Some(excess) = excess(&fields) {
                return Err((rule.line, excess));
            }
        }
        Ok(())
    }
}

impl Rule {
    /// `None` for a rule that no release has, because its pattern is none.
    fn new(rule: &HeaderRule) -> Option<Self> {
        let name = |name: &String| HeaderName::from_bytes(name.as_bytes()).ok();
        Some(Self {
            line: rule.line,
            pattern: Pattern::parse(&rule.path).ok()?,
            set: rule
                .set
                .iter()
                .filter_map(|(field, value)| Some((name(field)?, HeaderValue::from_str(value).ok()?)))
                .collect(),
            unset: rule.unset.iter().filter_map(name).collect(),
        })
    }

    fn apply(&self, fields: &mut Vec<Field>) {
        fields.retain(|(name, _)| !self.unset.contains(name));
        self.set.iter().for_each(|field| join(fields, field));
    }
}

/// Adds a field, to the value that is there already if there is one (RFC 9110, 5.3).
fn join(fields: &mut Vec<Field>, (name, value): &Field) {
    let Some((_, before)) = fields.iter_mut().find(|(known, _)| known == name) else {
        fields.push((name.clone(), value.clone()));
        return;
    };
    // Values that were valid are valid when joined by a comma.
    if let Ok(joined) = HeaderValue::from_bytes(&[before.as_bytes(), value.as_bytes()].join(&b", "[..])) {
        *before = joined;
    }
}

fn excess(fields: &[Field]) -> Option<Excess> {
    if fields.len() > HEADER_RULE_FIELDS_MAX {
        return Some(Excess::Fields);
    }
    fields.iter().any(|(_, value)| value.len() > HEADER_RULE_VALUE_BYTES_MAX).then_some(Excess::Value)
}

#[cfg(test)]
#[path = "header_rules_tests.rs"]
mod tests;
