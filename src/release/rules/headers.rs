//! The lines of `_headers`; their meaning is told in [`crate::route::header_rules`].

use super::lines::{Problem, check, lines};
use crate::limits::{
    HEADER_LINE_CHARS_MAX, HEADER_RULE_NAME_BYTES_MAX, HEADER_RULE_VALUE_BYTES_MAX, RULES_DYNAMIC_MAX, RULES_EXACT_MAX,
};
use crate::route::header_rules::HeaderRule;
use crate::route::pattern::Pattern;
use http::HeaderName;

/// Reads the file.
///
/// # Errors
/// Every line that is wrong, in order.
pub fn parse(text: &str) -> Result<Vec<HeaderRule>, Vec<Problem>> {
    let mut file = File::default();
    for (number, line) in lines(text) {
        if let Err(problem) = file.line(number, line) {
            file.problems.push(problem);
        }
    }
    file.end_rule();
    if file.problems.is_empty() { Ok(file.rules) } else { Err(file.problems) }
}

#[derive(Default)]
struct File {
    rules: Vec<HeaderRule>,
    problems: Vec<Problem>,
    /// The rule whose fields are read, and the values that its pattern finds.
    open: Option<(HeaderRule, Vec<String>)>,
    /// Under a pattern that was refused: its fields are checked, and kept nowhere.
    refused: bool,
    exact: usize,
    dynamic: usize,
}

impl File {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Problem> {
        check(number, line, HEADER_LINE_CHARS_MAX)?;
        if line.starts_with([' ', '\t']) {
            return self.field(number, line);
        }
        self.end_rule();
        self.refused = true;
        if !line.starts_with('/') && line.contains(':') && !line.contains("://") {
            return Err(Problem::new(number, line, "a header field is indented below the path it belongs to"));
        }
        let pattern = Pattern::parse(line).map_err(|error| Problem::new(number, line, error.to_string()))?;
        let (count, max, kind) = match pattern.exact() {
            Some(_) => (&mut self.exact, RULES_EXACT_MAX, "for one path each"),
            None => (&mut self.dynamic, RULES_DYNAMIC_MAX, "with placeholders or `*`"),
        };
        *count += 1;
        if *count == max + 1 {
            let message = format!("there are at most {max} rules {kind}, and this is one more");
            return Err(Problem::new(number, line, message));
        }
        let names = pattern.names().map(str::to_owned).collect();
        self.open =
            Some((HeaderRule { line: number, path: line.to_owned(), set: Vec::new(), unset: Vec::new() }, names));
        self.refused = false;
        Ok(())
    }

    fn end_rule(&mut self) {
        let Some((rule, _)) = self.open.take() else { return };
        if rule.set.is_empty() && rule.unset.is_empty() {
            let message =
                "there are no header fields below this path; they are indented, as in `  X-Robots-Tag: noindex`";
            self.problems.push(Problem::new(rule.line, &rule.path, message));
        }
        self.rules.push(rule);
    }

    fn field(&mut self, number: usize, line: &str) -> Result<(), Problem> {
        let wrong = |message: String| Problem::new(number, line, message);
        let text = line.trim();
        if self.open.is_none() && !self.refused {
            return Err(wrong("a header field stands below the path it belongs to, and there is none yet".to_owned()));
        }
        if let Some(name) = text.strip_prefix('!') {
            let name = name_of(name.trim()).map_err(wrong)?;
            if let Some((rule, _)) = &mut self.open {
                rule.unset.push(name);
            }
            return Ok(());
        }
        let Some((name, value)) = text.split_once(':') else {
            return Err(wrong("a header field is `Name: value`, or `! Name` to take one back".to_owned()));
        };
        let (name, value) = (name_of(name.trim()).map_err(wrong)?, value.trim());
        if let Some(reason) = platforms_own(&name) {
            return Err(wrong(format!("`{name}` is not a rule's to say: {reason}")));
        }
        if value.is_empty() || value.len() > HEADER_RULE_VALUE_BYTES_MAX {
            return Err(wrong(format!("the value of a header field has 1 to {HEADER_RULE_VALUE_BYTES_MAX} bytes")));
        }
        if !value.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t') {
            return Err(wrong("the value of a header field is ASCII: encode other characters".to_owned()));
        }
        if let Some((rule, names)) = &mut self.open {
            if let Some(used) = names.iter().find(|used| uses(value, used)) {
                return Err(wrong(format!(
                    "`:{used}` cannot be used in a value: it would let the client say a part of it"
                )));
            }
            rule.set.push((name, value.to_owned()));
        }
        Ok(())
    }
}

/// Whether a value has `:name` in it.
fn uses(value: &str, name: &str) -> bool {
    value
        .match_indices(&format!(":{name}"))
        .any(|(at, found)| !value[at + found.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// A field's name in lower case.
fn name_of(text: &str) -> Result<String, String> {
    if text.len() > HEADER_RULE_NAME_BYTES_MAX {
        return Err(format!("the name of a header field has at most {HEADER_RULE_NAME_BYTES_MAX} bytes"));
    }
    match HeaderName::from_bytes(text.as_bytes()) {
        Ok(name) => Ok(name.as_str().to_owned()),
        Err(_) => Err(format!("`{text}` is no name of a header field: letters, digits and `-` (RFC 9110, 5.1)")),
    }
}

/// Why a field is not a rule's to say (reference 3.5).
fn platforms_own(name: &str) -> Option<&'static str> {
    Some(match name {
        "cache-control" | "expires" | "pragma" => {
            "a name with a fingerprint such as `app.0123abcd.js` is kept for a year, and everything else is asked for \
             again; `cache_class` of a public path can say so too"
        }
        "set-cookie" => "static answers are everyone's; answer with a function",
        "content-length" | "content-encoding" | "accept-ranges" | "content-range" => {
            "it follows from the bytes that are sent"
        }
        "etag" | "last-modified" | "content-digest" => "it follows from the content of the file",
        "vary" => "it follows from what the answer depends on",
        "age" | "date" | "via" | "cf-cache-status" => "it is about the way of one answer",
        "host" => "it is a field of requests",
        "connection" | "keep-alive" | "te" | "trailer" | "transfer-encoding" | "upgrade" => {
            "it is about one connection"
        }
        _ if name.starts_with("proxy-") => "it is about one connection",
        _ if name.starts_with("x-run402-") => "fields of that name are the platform's",
        _ if name.starts_with("cf-") => "fields of that name are those of a proxy in front",
        _ => return None,
    })
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;
