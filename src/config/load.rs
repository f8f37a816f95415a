//! From a file to a [`Config`], or to a list of what is wrong with it and where.

use super::{Config, Upstream, check};
use serde_json::Value;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration that was refused: every problem that was found, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// From 1; 0 when the file as a whole is the problem.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Dotted name of the field; empty when it is not about one.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file.display())?;
            if problem.line > 0 {
                write!(f, "{}:{}:", problem.line, problem.column)?;
            }
            if !problem.field.is_empty() {
                write!(f, " `{}`:", problem.field)?;
            }
            write!(f, " {}", problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Reads and checks a file.
///
/// # Errors
/// When it cannot be read, is not TOML, has an unknown key, or a value that cannot be.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let message = format!("cannot be read: {error}");
        let problem = Problem { line: 0, column: 0, field: String::new(), message };
        ConfigError { file: file.to_owned(), problems: vec![problem] }
    })?;
    parse(file, &text)
}

/// Checks a text; `file` is for the messages.
///
/// # Errors
/// As [`load`].
pub fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let source = Source { text };
    let refuse = |mut problems: Vec<Problem>| {
        problems.sort_unstable();
        Err(ConfigError { file: file.to_owned(), problems })
    };
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => return refuse(vec![source.problem(error.span(), "", error.message())]),
    };
    let mut unknown = Vec::new();
    find_unknown(&source, document.get_ref(), "", &mut unknown);
    if !unknown.is_empty() {
        return refuse(unknown);
    }
    let config: Config = match toml::from_str(text) {
        Ok(config) => config,
        Err(error) => {
            let field = error.span().map(|span| field_at(document.get_ref(), &span)).unwrap_or_default();
            return refuse(vec![source.problem(error.span(), &field, readable(error.message()))]);
        }
    };
    let complaints = check::complaints(&config);
    if complaints.is_empty() {
        return Ok(config);
    }
    refuse(
        complaints
            .iter()
            .map(|(field, message)| source.problem(span_of(document.get_ref(), field), field, message))
            .collect(),
    )
}

/// The text, for lines and columns.
struct Source<'t> {
    text: &'t str,
}

impl Source<'_> {
    fn problem(&self, span: Option<Range<usize>>, field: &str, message: &str) -> Problem {
        let (line, column) = span.map_or((0, 0), |span| self.position(span.start));
        Problem { line, column, field: field.to_owned(), message: message.trim_end().to_owned() }
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Keys that a table at `path` may have; `None` when any may be.
///
/// They come from the defaults, so they cannot fall behind the types.
fn known_keys(path: &str) -> Option<Vec<String>> {
    let mut node = serde_json::to_value(Config::default()).ok()?;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        node = match path.strip_prefix("upstreams.") {
            Some(_) if part == "upstreams" => continue,
            Some(_) => serde_json::to_value(Upstream::default()).ok()?,
            None => node.get(part)?.clone(),
        };
    }
    match node {
        Value::Object(fields) if path != "upstreams" => Some(fields.keys().cloned().collect()),
        _ => None,
    }
}

fn find_unknown(source: &Source<'_>, table: &DeTable<'_>, path: &str, problems: &mut Vec<Problem>) {
    let known = known_keys(path);
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let field = join(path, name);
        if let Some(known) = &known
            && !known.iter().any(|k| k == name)
        {
            problems.push(source.problem(Some(key.span()), &field, &unknown_key(name, known)));
        } else if let DeValue::Table(inner) = value.get_ref() {
            find_unknown(source, inner, &field, problems);
        }
    }
}

/// The standard library's words for a bad address do not say what a good one is.
fn readable(message: &str) -> &str {
    match message.trim_end() {
        "invalid socket address syntax" => "is not `ip:port`, such as `127.0.0.1:8080`",
        other => other,
    }
}

/// Names the nearest known key, or all of them when none is near.
fn unknown_key(name: &str, known: &[String]) -> String {
    let near = known
        .iter()
        .map(|k| (strsim::jaro_winkler(&name.to_ascii_lowercase(), k), k))
        .filter(|(similarity, _)| *similarity >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, key)) => format!("is not a known key; did you mean `{key}`?"),
        None => format!("is not a known key; known are {}", known.join(", ")),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The innermost field whose value holds the whole of `span`.
fn field_at(table: &DeTable<'_>, span: &Range<usize>) -> String {
    let holds = |value: &Spanned<DeValue<'_>>| value.span().start <= span.start && span.end <= value.span().end;
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if let DeValue::Table(inner) = value.get_ref() {
            let within = field_at(inner, span);
            if !within.is_empty() {
                return join(name, &within);
            }
        }
        if let DeValue::Array(items) = value.get_ref()
            && let Some(index) = items.iter().position(holds)
        {
            return format!("{name}[{index}]");
        }
        if holds(value) {
            return name.to_owned();
        }
    }
    String::new()
}

/// Where a field is in the file: its value, or the nearest thing around it that is there.
fn span_of(table: &DeTable<'_>, field: &str) -> Option<Range<usize>> {
    let (name, rest) = field.split_once('.').unwrap_or((field, ""));
    let (name, index) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((name, index)) => (name, index.parse::<usize>().ok()),
        None => (name, None),
    };
    let (key, value) = table.get_key_value(name)?;
    match value.get_ref() {
        DeValue::Table(inner) => span_of(inner, rest).or(Some(key.span())),
        DeValue::Array(items) => index.and_then(|i| items.get(i)).map(Spanned::span).or(Some(value.span())),
        _ => Some(value.span()),
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
