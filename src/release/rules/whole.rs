//! What only the whole release can tell about its rules.

use super::lines::Problem;
use crate::limits::REDIRECTS_FOLLOWED_MAX;
use crate::route::method::Method;
use crate::route::path::canonicalize;
use crate::route::pattern::{Captures, without_slash};
use crate::route::redirects::{Action, Rule};
use crate::route::resolve::{Resolution, Tables};
use crate::route::table::RouteMatch;

/// Rules that lead to themselves, and error pages that do not exist.
pub(super) fn redirects(tables: &Tables) -> Vec<Problem> {
    let problems = tables.redirects.rules().iter().filter_map(|rule| {
        let message = match rule.action() {
            Action::Redirect | Action::Rewrite if leads_to_itself(tables, rule) => {
                "the rule leads to itself, again and again (a slash at the end makes no difference)".to_owned()
            }
            Action::Redirect if let Some(line) = comes_back(tables, rule) => {
                format!("the rule leads back to itself, again and again, by way of line {line}")
            }
            Action::ErrorPage if !page_exists(tables, rule) => {
                format!("`{}` is no public page of the site", rule.source().to)
            }
            _ => return None,
        };
        let source = rule.source();
        Some(Problem::new(source.line, &format!("{} {} {}", source.from, source.to, source.status), message))
    });
    problems.collect()
}

/// The path that gets more fields than any may.
pub(super) fn headers(tables: &Tables) -> Option<Problem> {
    let aliases = tables.routes.routes().iter().map(|route| route.pattern.as_str());
    let known = tables.statics.entries().map(|(path, _)| path).chain(aliases);
    let (line, excess) = tables.header_rules.check(known).err()?;
    Some(Problem::new(line, "", excess.to_string()))
}

/// Whether a client that follows the rule comes to it again at once.
fn leads_to_itself(tables: &Tables, rule: &Rule) -> bool {
    // What a rule asks of the query is used up by it: the second time it is not there.
    if rule.target().is_absolute() || !rule.source().query.is_empty() {
        return false;
    }
    if without_slash(&rule.source().from) == without_slash(&rule.source().to.replace(":splat", "*")) {
        return true;
    }
    if !rule.target().is_fixed() {
        return false;
    }
    let Some(to) = rule.target().path(&Captures::default()) else { return false };
    let Ok(to) = canonicalize(&to) else { return false };
    if !rule.pattern().matches(&to) {
        return false;
    }
    if rule.pattern().exact().is_some() {
        return true;
    }
    // `/* /index.html 200` and `/blog/* /blog`, where there is a page at the end.
    let routed = !matches!(tables.routes.lookup(&to, Method::Get), RouteMatch::None);
    let filed = !rule.source().force && tables.statics.lookup(&to).is_some();
    rule.action() == Action::Redirect && !routed && !filed
}

/// The line of the rule that sends a client back, who followed this one and does what every client does.
fn comes_back(tables: &Tables, rule: &Rule) -> Option<usize> {
    if rule.is_conditional() || rule.target().is_absolute() || !rule.target().is_fixed() {
        return None;
    }
    let mut path = rule.target().path(&Captures::default())?;
    let mut line = rule.source().line;
    for _ in 0..REDIRECTS_FOLLOWED_MAX {
        let here = canonicalize(&path).ok()?;
        let Resolution::Redirect { rule: next } = tables.resolve(Method::Get, &here) else { return None };
        if next == rule {
            return Some(line);
        }
        if next.is_conditional() || next.target().is_absolute() {
            return None;
        }
        (line, path) = (next.source().line, next.rewritten(&here, None)?);
    }
    None
}

/// Whether the page of an error is there; one that depends on the request may or may not be.
fn page_exists(tables: &Tables, rule: &Rule) -> bool {
    if !rule.target().is_fixed() {
        return true;
    }
    let path = rule.target().path(&Captures::default());
    path.as_deref().map(canonicalize).is_some_and(|path| path.is_ok_and(|path| tables.statics.lookup(&path).is_some()))
}
