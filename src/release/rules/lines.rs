//! What both files have in common: lines, comments, and complaints about them.

use crate::limits::RULE_PROBLEM_TEXT_CHARS_MAX;
use serde_json::{Value, json};

/// A line that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// The line, or its beginning.
    pub text: String,
    /// What is wrong with it, without a full stop.
    pub message: String,
    /// What was probably meant.
    pub did_you_mean: Option<String>,
}

impl Problem {
    /// A complaint about a line.
    pub(super) fn new(line: usize, text: &str, message: impl Into<String>) -> Self {
        let text = text.trim().chars().take(RULE_PROBLEM_TEXT_CHARS_MAX).collect();
        Self { line, text, message: message.into(), did_you_mean: None }
    }

    /// The same with a guess.
    #[must_use]
    pub(super) fn meaning(mut self, guess: Option<&str>) -> Self {
        if let Some(guess) = guess {
            self.message = format!("{}; probably `{guess}` was meant", self.message);
            self.did_you_mean = Some(guess.to_owned());
        }
        self
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({ "line": self.line, "text": self.text, "message": self.message });
        if let Some(guess) = &self.did_you_mean {
            json["did_you_mean"] = guess.as_str().into();
        }
        json
    }
}

/// The lines of a file that say something, with their numbers. Editors of some systems begin a file with a mark and end
/// lines with two characters; neither is part of a line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let numbered = text.lines().enumerate().map(|(position, line)| (position + 1, line.trim_end()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.trim_start().starts_with('#'))
}

/// What no line may be: too long, or with characters that do not show.
pub(super) fn check(number: usize, line: &str, chars_max: usize) -> Result<(), Problem> {
    if line.chars().count() > chars_max {
        return Err(Problem::new(number, line, format!("a line has at most {chars_max} characters")));
    }
    if line.contains(|c: char| c.is_control() && c != '\t') {
        return Err(Problem::new(number, line, "the line has a control character"));
    }
    Ok(())
}
