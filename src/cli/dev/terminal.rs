//! The log as a developer reads it: who speaks, and what they say.
//!
//! A node's log is made for searching; here the same events become lines for one pair of eyes: a function's line
//! with its name before it, a request with its status, time and, when it failed, the reason the client did not see.

use crate::config::{Log, LogFormat, LogLevel};
use crate::telemetry;
use crate::telemetry::log::{ACCESS_TARGET, FUNCTION_TARGET};
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Write};
use std::io::IsTerminal;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Installs the log of `portico dev`. A folder that asks for JSON gets the log of a node.
pub fn init(log: &Log) -> anyhow::Result<()> {
    if log.format == LogFormat::Json {
        telemetry::init(log)?;
        return Ok(());
    }
    // Only what is ours: in development a library's complaint is about a browser that went away.
    let ours = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn | LogLevel::Info => LevelFilter::WARN,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let access = if log.access { LevelFilter::INFO } else { LevelFilter::OFF };
    let targets = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), ours)
        .with_target(FUNCTION_TARGET, LevelFilter::DEBUG)
        .with_target(ACCESS_TARGET, access);
    let ansi = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(ansi).event_format(Terminal);
    tracing_subscriber::registry().with(lines).with(targets).try_init()?;
    Ok(())
}

/// The form of a line.
struct Terminal;

impl<S, N> FormatEvent<S, N> for Terminal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = *event.metadata().level();
        let line = match event.metadata().target() {
            FUNCTION_TARGET => function_line(level, &fields),
            ACCESS_TARGET => request_line(&fields),
            _ => format!("{}: {}{}", word(level), fields.get("message"), fields.rest(&["message"])),
        };
        match colour(level, &fields) {
            Some(colour) if writer.has_ansi_escapes() => writeln!(writer, "\x1b[{colour}m{line}\x1b[0m"),
            _ => writeln!(writer, "{line}"),
        }
    }
}

/// `[hello] text`; later lines of one message stand below the first.
fn function_line(level: Level, fields: &Fields) -> String {
    let name = fields.get("function");
    let severity = match level {
        Level::ERROR => "error: ",
        Level::WARN => "warning: ",
        _ => "",
    };
    let indent = format!("\n{:1$}", "", name.chars().count() + 3);
    let rest = fields.rest(&["message", "function", "project", "release", "request_id"]);
    format!("[{name}] {severity}{}{rest}", fields.get("message").replace('\n', &indent))
}

/// `GET /path 200 3 ms`, and why, when it failed.
fn request_line(fields: &Fields) -> String {
    let took_us: u64 = fields.get("took_us").parse().unwrap_or_default();
    let mut line = format!(
        "{} {} {} {}.{} ms",
        fields.get("method"),
        fields.get("path"),
        fields.get("status"),
        took_us / 1000,
        took_us / 100 % 10
    );
    for (field, before) in [("error", " "), ("cause", ": ")] {
        let value = fields.get(field);
        if !value.is_empty() {
            line.push_str(before);
            line.push_str(value);
        }
    }
    line
}

fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        _ => "note",
    }
}

/// The ANSI colour of a line: red and yellow for what needs a look, dim for requests that went well.
fn colour(level: Level, fields: &Fields) -> Option<u8> {
    match fields.get("status").as_bytes().first() {
        Some(b'5') => return Some(31),
        Some(b'4') => return Some(33),
        Some(_) => return Some(2),
        None => {}
    }
    match level {
        Level::ERROR => Some(31),
        Level::WARN => Some(33),
        _ => None,
    }
}

/// The fields of an event as text that cannot command the terminal.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// All fields but `shown`, as ` name=value`.
    fn rest(&self, shown: &[&str]) -> String {
        let mut text = String::new();
        for (name, value) in self.0.iter().filter(|(name, _)| !shown.contains(name)) {
            // Writing to a string cannot fail.
            let _ = write!(text, " {name}={value}");
        }
        text
    }

    fn set(&mut self, field: &Field, value: &str) {
        let mut text = String::with_capacity(value.len());
        for c in value.chars() {
            if c.is_control() && !matches!(c, '\n' | '\t') {
                text.extend(c.escape_default());
            } else {
                text.push(c);
            }
        }
        self.0.insert(field.name(), text);
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&'static str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    #[test]
    fn a_function_speaks_under_its_name() {
        let said =
            fields(&[("function", "hello"), ("message", "one\ntwo"), ("request_id", "req_1"), ("release", "rel_1")]);
        assert_eq!(function_line(Level::INFO, &said), "[hello] one\n        two");
        assert_eq!(function_line(Level::ERROR, &fields(&[("function", "f"), ("message", "no")])), "[f] error: no");
    }

    #[test]
    fn a_failed_request_tells_its_reason() {
        let request = [
            ("method", "GET"),
            ("path", "/x"),
            ("status", "500"),
            ("took_us", "12345"),
            ("error", "CODE"),
            ("cause", "it threw"),
        ];
        assert_eq!(request_line(&fields(&request)), "GET /x 500 12.3 ms CODE: it threw");
        assert_eq!(request_line(&fields(&request[..4])), "GET /x 500 12.3 ms");
    }

    #[test]
    fn no_field_commands_the_terminal() {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        struct Sink(std::sync::Arc<std::sync::Mutex<String>>);
        impl<S: Subscriber> tracing_subscriber::Layer<S> for Sink {
            fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
                let mut fields = Fields::default();
                event.record(&mut fields);
                self.0.lock().unwrap().push_str(fields.get("message"));
            }
        }
        let subscriber = tracing_subscriber::registry().with(Sink(seen.clone()));
        tracing::subscriber::with_default(subscriber, || tracing::info!("a\u{1b}[2Jb\tc\r"));
        assert_eq!(*seen.lock().unwrap(), "a\\u{1b}[2Jb\tc\\r");
    }
}
