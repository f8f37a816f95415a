//! The log's subscriber.
//!
//! Libraries report at `info` and even at `error` what is daily business on the internet: a client that hangs up, a
//! request that cannot be parsed. They are held back, so that an error in this log is one that needs a hand.

use super::access::{self, Form};
use super::sink;
use crate::config::{Log, LogFormat, LogLevel};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Target of the lines that functions write.
pub const FUNCTION_TARGET: &str = "portico::function";

/// Target of the access lines.
pub const ACCESS_TARGET: &str = "portico::access";

/// Libraries, and the least important level of theirs that is worth a line unless the log is at `trace`.
const QUIET: &[(&str, &str)] = &[
    // One error per aborted download or malformed request: clients, not faults. Our access line has them.
    ("pingora_proxy", "off"),
    ("pingora_core::apps", "off"),
    // Failures to accept (no descriptors left) stay visible.
    ("pingora_core", "error"),
    ("pingora_load_balancing", "warn"),
    ("pingora_pool", "warn"),
    ("pingora_cache", "warn"),
    ("h2", "warn"),
    ("hyper", "warn"),
    ("hyper_util", "warn"),
    ("reqwest", "warn"),
    ("rustls", "error"),
    ("deno_core", "warn"),
    ("deno_fetch", "warn"),
    ("notify", "warn"),
    ("notify_debouncer_full", "warn"),
    ("mio", "warn"),
    ("polling", "warn"),
    ("tower", "warn"),
];

/// Installs the log of the process. Once; a second call is an error.
pub fn init(config: &Log) -> Result<(), TryInitError> {
    let ansi = config.format == LogFormat::Text && io::stderr().is_terminal();
    subscriber(config, io::stderr, ansi).try_init()?;
    access::set_form(access_form(config, ansi, sink::start));
    Ok(())
}

/// How access lines are written: by the log itself, unless it is for a terminal, where somebody reads and few lines come.
fn access_form(config: &Log, ansi: bool, start: impl FnOnce() -> io::Result<()>) -> Form {
    if !config.access {
        return Form::Off;
    }
    if ansi {
        return Form::Event;
    }
    if let Err(error) = start() {
        tracing::warn!(%error, "access lines are written one by one");
        return Form::Event;
    }
    match config.format {
        LogFormat::Text => Form::Text,
        LogFormat::Json => Form::Json,
    }
}

/// The subscriber, writing to anything.
fn subscriber<W>(config: &Log, writer: W, ansi: bool) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter(config)).with_writer(writer).with_ansi(ansi);
    match config.format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => {
            Box::new(builder.json().flatten_event(true).with_current_span(false).with_span_list(false).finish())
        }
    }
}

/// What is written: the level for our own lines, less for libraries, at least `info` for functions.
fn filter(config: &Log) -> EnvFilter {
    let level = config.level.as_str();
    let mut directives = vec![level.to_owned()];
    if config.level != LogLevel::Trace {
        directives.extend(QUIET.iter().map(|(target, at_least)| format!("{target}={at_least}")));
    }
    let functions = match config.level {
        LogLevel::Debug | LogLevel::Trace => level,
        LogLevel::Error | LogLevel::Warn | LogLevel::Info => "info",
    };
    directives.push(format!("{FUNCTION_TARGET}={functions}"));
    directives.push(format!("{ACCESS_TARGET}={}", if config.access { "info" } else { "off" }));
    EnvFilter::new(directives.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::access::{AccessLine, ServedBy};
    use crate::telemetry::line;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(config: &Log, events: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = subscriber(config, move || writer.clone(), false);
        tracing::subscriber::with_default(subscriber, events);
        String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
    }

    fn events() {
        tracing::error!(target: "pingora_proxy", "daily business");
        tracing::error!(target: "pingora_core::apps::http_app", "daily business");
        tracing::error!(target: "pingora_core::services::listening", "no descriptors");
        tracing::info!(target: "hyper::client", "chatter");
        tracing::info!(target: "portico::edge", "ours");
        tracing::debug!(target: "portico::edge", "detail");
        tracing::info!(target: "portico::function", request_id = "req_1", "from a function");
        tracing::info!(target: "portico::access", status = 200, "request");
    }

    #[test]
    fn libraries_are_quiet_and_our_lines_are_not() {
        let text = log(&Log::default(), events);
        for shown in ["ours", "no descriptors", "from a function", "request_id=\"req_1\"", "status=200"] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        for hidden in ["daily business", "chatter", "detail"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }

    #[test]
    fn function_lines_survive_a_high_level_and_access_lines_can_be_switched_off() {
        let text = log(&Log { level: LogLevel::Error, access: false, ..Log::default() }, events);
        assert!(text.contains("from a function"), "{text}");
        assert!(!text.contains("ours") && !text.contains("status=200"), "{text}");
        let all = log(&Log { level: LogLevel::Trace, ..Log::default() }, events);
        assert!(all.contains("daily business") && all.contains("detail"), "{all}");
    }

    #[test]
    fn json_is_one_flat_object_per_line() {
        let text = log(&Log { format: LogFormat::Json, ..Log::default() }, events);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[2]["target"], "portico::function");
        assert_eq!(lines[2]["request_id"], "req_1");
        assert_eq!(lines[2]["message"], "from a function");
        assert_eq!(lines[3]["status"], 200);
    }

    fn access_line() -> AccessLine<'static> {
        AccessLine {
            request_id: "req_1",
            client: Some(([203, 0, 113, 9], 4000).into()),
            protocol: "http/1.1",
            method: "GET",
            host: "shop.example",
            path: "/a\n2026 INFO forged \u{1b}[31m\" status=200",
            status: 503,
            bytes_in: 0,
            bytes_out: 12,
            took: Duration::from_micros(1500),
            served_by: ServedBy::Function,
            target: Some("checkout"),
            project: Some("shop"),
            release: None,
            error: Some("dynamic_runtime_busy"),
            cause: None,
        }
    }

    fn by_hand(line: &AccessLine<'_>, write: fn(&AccessLine<'_>, &mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(line, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// The forms of a line: as the subscriber writes it, and as it is written by hand.
    fn forms(line: &AccessLine<'_>) -> [(String, String); 2] {
        [(LogFormat::Text, line::text as fn(&AccessLine<'_>, &mut Vec<u8>)), (LogFormat::Json, line::json)].map(
            |(format, write)| (log(&Log { format, ..Log::default() }, || access::emit(line)), by_hand(line, write)),
        )
    }

    /// A line's time, and the rest of it.
    fn split_time(line: &str) -> (String, String) {
        let begin = line.find(|c: char| c.is_ascii_digit()).unwrap();
        let end = begin + "2026-01-31T23:59:59.123456Z".len();
        (line[begin..end].to_owned(), format!("{}{}", &line[..begin], &line[end..]))
    }

    #[test]
    fn an_access_line_is_one_line_whatever_the_client_sends() {
        let line = access_line();
        let [text, json] = forms(&line);
        for text in [text.0, text.1] {
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(!text.contains('\u{1b}') && text.contains("status=503") && text.contains("took_us=1500"), "{text}");
        }
        for json in [json.0, json.1] {
            assert_eq!(json.lines().count(), 1, "{json}");
            let json: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["path"], line.path);
            assert_eq!(json["client"], "203.0.113.9:4000");
            assert_eq!(json["served_by"], "function");
            assert_eq!(json["served_by_name"], "checkout");
            assert_eq!(json.get("release"), None);
        }
        log(&Log::default(), || assert!(access::enabled()));
        log(&Log { access: false, ..Log::default() }, || assert!(!access::enabled()));
    }

    #[test]
    fn a_line_has_the_time_that_the_subscriber_would_give_it() {
        let line = access_line();
        for (format, write) in
            [(LogFormat::Text, line::text as fn(&AccessLine<'_>, &mut Vec<u8>)), (LogFormat::Json, line::json)]
        {
            let time = |text: String| split_time(&text).0;
            let before = time(by_hand(&line, write));
            let between = time(log(&Log { format, ..Log::default() }, || access::emit(&line)));
            let after = time(by_hand(&line, write));
            assert!(before <= between && between <= after, "{before} {between} {after}");
        }
    }

    #[test]
    fn who_writes_access_lines() {
        let (none, ok) = (|| Err(io::ErrorKind::OutOfMemory.into()), || Ok(()));
        let json = Log { format: LogFormat::Json, ..Log::default() };
        assert_eq!(access_form(&Log::default(), false, ok), Form::Text);
        assert_eq!(access_form(&json, false, ok), Form::Json);
        assert_eq!(access_form(&json, false, none), Form::Event);
        let started = || panic!("a terminal needs no thread");
        assert_eq!(access_form(&Log::default(), true, started), Form::Event);
        assert_eq!(access_form(&Log { access: false, ..json }, false, started), Form::Off);
        assert_eq!(access_form(&Log { level: LogLevel::Error, ..Log::default() }, false, ok), Form::Text);
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,40}",
            "[\\x00-\\x7f]{0,8}",
            "[a-z/]{0,20}[\\x00-\\x20\"\\\\\\x7f-\\xff]",
            proptest::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
        ]
    }

    proptest! {
        #[test]
        fn a_line_by_hand_is_the_subscribers_byte_for_byte(
            texts in proptest::array::uniform10(any_text()),
            there in any::<[bool; 5]>(),
            client in any::<Option<std::net::SocketAddr>>(),
            status in any::<u16>(),
            numbers in proptest::array::uniform3(prop_oneof![any::<u64>(), 0..1000_u64]),
            served_by in proptest::sample::select(vec![ServedBy::Edge, ServedBy::Static, ServedBy::Function, ServedBy::Upstream]),
        ) {
            let [request_id, protocol, method, host, path, target, project, release, error, cause] = &texts;
            let line = AccessLine {
                request_id,
                client,
                protocol,
                method,
                host,
                path,
                status,
                bytes_in: numbers[0],
                bytes_out: numbers[1],
                took: Duration::from_micros(numbers[2]),
                served_by,
                target: there[0].then_some(target),
                project: there[1].then_some(project),
                release: there[2].then_some(release),
                error: there[3].then_some(error),
                cause: there[4].then_some(cause),
            };
            for (expected, written) in forms(&line) {
                prop_assert_eq!(split_time(&written).1, split_time(&expected).1);
            }
        }
    }
}
