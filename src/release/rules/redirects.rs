//! The lines of `_redirects`; their meaning is told in [`crate::route::redirects`].

use super::lines::{Problem, check, lines};
use crate::limits::{REDIRECT_LINE_CHARS_MAX, RULES_DYNAMIC_MAX, RULES_EXACT_MAX};
use crate::release::spec::nearest;
use crate::route::locale::{is_cookie_name, is_tag};
use crate::route::path::canonicalize;
use crate::route::pattern::{Captures, Pattern, is_name};
use crate::route::redirects::{
    Action, Conditions, QueryParam, RedirectRule, Rule, Target, TargetError, decoded, names,
};

/// The status of a rule that names none.
const STATUS_DEFAULT: u16 = 301;

/// What a rule may ask of the client, as it is written.
const CONDITIONS: [&str; 4] = ["Language", "Country", "Cookie", "Role"];

/// Reads the file.
///
/// # Errors
/// Every line that is wrong, in order.
pub fn parse(text: &str) -> Result<Vec<RedirectRule>, Vec<Problem>> {
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    let (mut exact, mut dynamic) = (0, 0);
    for (number, line) in lines(text) {
        let rule = match rule(number, line) {
            Ok(rule) => rule,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        // A rule that may be passed over for a reason of the request costs what a dynamic one does.
        let (count, max, kind) = match rule.pattern().exact() {
            Some(_) if !rule.is_conditional() => (&mut exact, RULES_EXACT_MAX, "for one path each"),
            _ => (&mut dynamic, RULES_DYNAMIC_MAX, "with placeholders, `*`, a query or conditions"),
        };
        *count += 1;
        if *count == max + 1 {
            problems.push(Problem::new(
                number,
                line,
                format!("there are at most {max} rules {kind}, and this is one more"),
            ));
        }
        rules.push(rule.source().clone());
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// Reads a line.
fn rule(number: usize, line: &str) -> Result<Rule, Problem> {
    check(number, line, REDIRECT_LINE_CHARS_MAX)?;
    let wrong = |message: String| Problem::new(number, line, message);
    let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#')).peekable();
    let from = words.next().unwrap_or_default();
    let pattern = Pattern::parse(from).map_err(|error| wrong(format!("`{from}`: {error}")))?;
    let mut query = Vec::new();
    while let Some(word) = words.next_if(|word| is_pair(word)) {
        query.push(param(word).map_err(wrong)?);
    }
    let Some(to) = words.next() else {
        return Err(wrong("a rule has a path and a target, as in `/old /new 301`".to_owned()));
    };
    let names = names(&pattern, &query);
    if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        return Err(wrong(format!("`:{}` stands here twice", twice.1)));
    }
    let target = Target::parse(to, &names).map_err(|error| {
        let guess = match &error {
            TargetError::UnknownValue { name } => nearest(name, names.iter().copied()).map(|near| format!(":{near}")),
            _ => None,
        };
        wrong(format!("`{to}`: {error}")).meaning(guess.as_deref())
    })?;
    let (status, force) = match words.next_if(|word| !is_pair(word)) {
        Some(word) => status(word).map_err(wrong)?,
        None => (STATUS_DEFAULT, false),
    };
    let mut conditions = Conditions::default();
    for word in words {
        condition(word, &mut conditions)
            .map_err(|(message, guess)| Problem::new(number, line, message).meaning(guess))?;
    }
    let (from, to, query) = (from.to_owned(), to.to_owned(), query.clone());
    let rule = RedirectRule { line: number, from, query, to, status, force, conditions };
    // Both halves were read above.
    let rule = Rule::new(rule).ok_or_else(|| wrong("the rule cannot be read".to_owned()))?;
    if rule.action() != Action::Redirect {
        stays_here(&target, &names).map_err(wrong)?;
    }
    Ok(rule)
}

/// `name=value`: a parameter of the query, or a condition.
fn is_pair(word: &str) -> bool {
    !word.starts_with('/') && !word.contains("://") && word.contains('=')
}

fn param(word: &str) -> Result<QueryParam, String> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    if CONDITIONS.contains(&name) {
        return Err(format!("`{word}`: a condition stands at the end of the line, behind the target and the status"));
    }
    let text = |text: &str| decoded(text).map(std::borrow::Cow::into_owned).filter(|text| !text.is_empty());
    match (text(name), text(value)) {
        (Some(name), Some(value)) if value.strip_prefix(':').is_none_or(is_name) => Ok(QueryParam { name, value }),
        _ => Err(format!("`{word}`: a parameter of the query is `name=value`, or `name=:value` for any value")),
    }
}

fn status(word: &str) -> Result<(u16, bool), String> {
    let (number, force) = word.strip_suffix('!').map_or((word, false), |number| (number, true));
    let known = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
    match number.parse() {
        Ok(status @ (200 | 301 | 302 | 303 | 307 | 308 | 404 | 410)) if known => Ok((status, force)),
        _ => Err(format!(
            "`{word}` is none of the statuses 301, 302, 303, 307, 308, 200, 404 and 410, with or without a `!`"
        )),
    }
}

fn condition(word: &str, conditions: &mut Conditions) -> Result<(), (String, Option<&'static str>)> {
    let Some((name, list)) = word.split_once('=') else {
        return Err((format!("`{word}`: behind the status there are only conditions, such as `Language=de,fr`"), None));
    };
    let values: Vec<String> = list.split(',').map(str::to_owned).collect();
    let Some(known) = CONDITIONS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else {
        let lower = name.to_ascii_lowercase();
        let near = nearest(&lower, ["language", "country", "cookie", "role"]);
        let near = near.and_then(|near| CONDITIONS.into_iter().find(|known| known.eq_ignore_ascii_case(near)));
        return Err((format!("`{name}` is no condition; there are Language, Country, Cookie and Role"), near));
    };
    type Check = fn(&str) -> bool;
    let (into, is_value, what): (_, Check, _) = match known {
        "Language" => (&mut conditions.language, is_tag, "a language tag such as `de` or `pt-BR`"),
        "Country" => (&mut conditions.country, is_country, "a country of two letters such as `ch`"),
        "Cookie" => (&mut conditions.cookie, is_cookie_name, "the name of a cookie"),
        _ => (&mut conditions.role, is_cookie_name, "a role: letters, digits and `-_.`"),
    };
    if !into.is_empty() {
        return Err((format!("`{known}` stands here twice: list its values with commas"), None));
    }
    if let Some(value) = values.iter().find(|value| !is_value(value)) {
        return Err((format!("`{value}` is not {what}"), None));
    }
    *into = if known == "Country" { values.iter().map(|c| c.to_ascii_lowercase()).collect() } else { values };
    Ok(())
}

/// ISO 3166-1 alpha-2, by its form.
fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// What answers in place of another path is a path of this site.
fn stays_here(target: &Target, names: &[&str]) -> Result<(), String> {
    if target.is_absolute() {
        return Err(
            "with 200, 404 or 410 another path of this site answers; for another server, name it as an upstream \
                    of the node and lead a route there"
                .to_owned(),
        );
    }
    if target.has_query_or_fragment() {
        return Err("with 200, 404 or 410 the target is a path alone: the query stays that of the request".to_owned());
    }
    let mut captures = Captures::default();
    names.iter().for_each(|name| captures.add(name, "x"));
    match target.path(&captures).as_deref().map(canonicalize) {
        Some(Err(error)) => Err(format!("no path of this site is the target: {error}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "redirects_tests.rs"]
mod tests;
