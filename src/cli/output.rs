//! What a command prints, and where: results on stdout, everything else on stderr.
//!
//! A person at a terminal reads sentences; a program reads JSON. Which of the two is meant is told by
//! the stream: a terminal gets text, anything else gets one JSON document per line, and `--json` asks for
//! JSON in either case. A failure always leaves stdout empty, so that `portico ... | jq` never parses half an answer.

use crate::cli::allow;
use crate::config::ConfigError;
use crate::error::{Code, Error};
use serde_json::{Value, json};
use std::fmt;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Exit status of a command that was called wrongly, as clap and most Unix tools have it.
pub const EXIT_USAGE: u8 = 2;

/// Exit status of a command that was called rightly and failed.
const EXIT_FAILURE: u8 = 1;

/// Where a command's words go, and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json_results: bool,
    json_errors: bool,
}

impl Output {
    /// The form that fits the two streams; `json` forces JSON on both.
    pub fn new(json: bool) -> Self {
        Self {
            json_results: json || !std::io::stdout().is_terminal(),
            json_errors: json || !std::io::stderr().is_terminal(),
        }
    }

    /// Whether progress may be drawn: only for a person who is watching stderr.
    pub fn shows_progress(self) -> bool {
        !self.json_errors
    }

    /// Prints the result of a command: `value` for a program, `text` for a person.
    pub fn result(self, value: &Value, text: impl FnOnce() -> String) {
        if self.json_results {
            print_line(&value.to_string());
        } else {
            print_line(text().trim_end());
        }
    }

    /// Prints text that is the result itself, for people and programs alike.
    pub fn text(self, text: &str) {
        print_line(text.trim_end());
    }

    /// Prints a failure on stderr and says with which status to exit.
    pub fn failure(self, error: &anyhow::Error) -> ExitCode {
        let usage = error.downcast_ref::<Usage>().is_some();
        if self.json_errors {
            eprintln!("{}", envelope(error));
        } else {
            eprintln!("{}", sentence(error));
        }
        ExitCode::from(if usage { EXIT_USAGE } else { EXIT_FAILURE })
    }
}

/// A command called with arguments that make no sense together.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error envelope that the API answered with.
#[derive(Debug)]
pub struct Refused(pub Value);

impl Refused {
    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", describe(self.text("code"), self.text("message"), &self.0["details"], &self.0["fix"]))?;
        let next = self.0["next_actions"].as_array().into_iter().flatten();
        next.filter_map(|action| action["message"].as_str()).try_for_each(|message| write!(f, "\n  next: {message}"))
    }
}

impl std::error::Error for Refused {}

/// A library error for a person: the message and the code, then one line for each detail.
pub fn explain(error: &Error) -> String {
    let error = plainly(error.clone());
    let fix = error.fix.map_or(Value::Null, |fix| *fix);
    let mut text = describe(error.code.as_str(), &error.message, &Value::Object(error.details), &fix);
    if let Some(cause) = &error.cause {
        text.push_str("\n  cause: ");
        text.push_str(cause);
    }
    text
}

/// A fault of ours hides its cause from strangers; who runs the command is none, and has nothing else to go by.
fn plainly(mut error: Error) -> Error {
    if error.code == Code::Internal
        && let Some(cause) = error.cause.take()
    {
        error.message = cause;
    }
    error
}

/// The error of a refused configuration, with the place of every problem.
fn refused_config(refused: &ConfigError) -> Error {
    let problems: Vec<Value> = refused
        .problems
        .iter()
        .map(|p| json!({ "line": p.line, "column": p.column, "field": p.field, "message": p.message }))
        .collect();
    Error::new(Code::InvalidConfig, refused.to_string())
        .detail("file", refused.file.display().to_string())
        .detail("problems", problems)
}

/// The envelope of a failure, for a program: the platform's, with `status` in front.
fn envelope(error: &anyhow::Error) -> Value {
    let body = if let Some(refused) = error.downcast_ref::<Refused>() {
        refused.0.clone()
    } else if let Some(refused) = error.downcast_ref::<ConfigError>() {
        refused_config(refused).envelope(None)
    } else if let Some(known) = error.downcast_ref::<Error>() {
        let known = plainly(known.clone());
        let mut body = known.envelope(None);
        if let Some(cause) = &known.cause {
            body["details"]["cause"] = json!(cause);
        }
        body
    } else {
        let code = if error.downcast_ref::<Usage>().is_some() { Code::BadUsage } else { Code::CommandFailed };
        Error::new(code, format!("{error:#}")).envelope(None)
    };
    let mut all = json!({ "status": "error" });
    if let (Value::Object(all), Value::Object(body)) = (&mut all, body) {
        all.extend(body);
    }
    all
}

/// The text of a failure, for a person.
fn sentence(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Error>() {
        Some(known) => format!("error: {}", explain(known)),
        None => format!("error: {error:#}"),
    }
}

fn describe(code: &str, message: &str, details: &Value, fix: &Value) -> String {
    let mut text = format!("{message} [{code}]");
    for (key, value) in details.as_object().into_iter().flatten() {
        if key == "warnings" {
            text.push_str(&allow::lines(value));
            continue;
        }
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !shown.is_empty() {
            text.push_str(&format!("\n  {key}: {shown}"));
        }
    }
    // `set_field` only repeats the path, which the details have said.
    if let Some(fix) = fix.as_object()
        && fix.get("action").and_then(Value::as_str) != Some("set_field")
    {
        text.push_str(&format!("\n  fix: {}", Value::Object(fix.clone())));
    }
    text
}

/// Prints to stdout; a reader that has gone away (`| head`) is not a failure of the command.
fn print_line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_error_becomes_the_platform_envelope_with_a_status() {
        let error = Error::spec(Code::InvalidSpec, "routes.replace[0].pattern", "must begin with a slash").into();
        let body = envelope(&error);
        assert_eq!(body["status"], "error");
        assert_eq!(body["code"], "INVALID_SPEC");
        assert_eq!(body["details"]["path"], "routes.replace[0].pattern");
    }

    #[test]
    fn an_answer_of_the_api_is_passed_on_unchanged() {
        let error = Refused(json!({ "code": "UNAUTHORIZED", "message": "no", "request_id": "req_1" })).into();
        let body = envelope(&error);
        assert_eq!((&body["code"], &body["request_id"]), (&json!("UNAUTHORIZED"), &json!("req_1")));
    }

    #[test]
    fn a_usage_error_has_its_own_code() {
        assert_eq!(envelope(&Usage("two of one".into()).into())["code"], "BAD_USAGE");
        assert_eq!(envelope(&anyhow::anyhow!("disk is gone"))["code"], "COMMAND_FAILED");
    }

    #[test]
    fn a_fault_of_ours_is_told_to_who_runs_the_command() {
        let error = Error::internal("cannot listen on 127.0.0.1:80");
        assert_eq!(explain(&error), "cannot listen on 127.0.0.1:80 [INTERNAL_ERROR]");
        assert_eq!(envelope(&error.into())["message"], "cannot listen on 127.0.0.1:80");
    }

    #[test]
    fn a_refused_configuration_names_each_place() {
        let refused = crate::config::parse("p.toml".as_ref(), "domaine = 1").unwrap_err();
        let body = envelope(&refused.into());
        assert_eq!((&body["code"], &body["details"]["problems"][0]["line"]), (&json!("INVALID_CONFIG"), &json!(1)));
    }

    #[test]
    fn a_person_reads_the_field_and_the_hint_but_not_the_machine_fix() {
        let error = Error::spec(Code::InvalidSpec, "sitee", "is not a known field").detail("hint", "site");
        let text = explain(&error);
        assert_eq!(text, "is not a known field [INVALID_SPEC]\n  path: sitee\n  hint: site");
    }
}
