//! The log's subscriber.
//!
//! Libraries report at `info` and even at `error` what is daily business on the internet: a client that hangs up, a
//! request that cannot be parsed. They are held back, so that an error in this log is one that needs a hand.

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
    subscriber(config, io::stderr, ansi).try_init()
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
    use crate::telemetry::access::{self, AccessLine, ServedBy};
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

    #[test]
    fn an_access_line_is_one_line_whatever_the_client_sends() {
        let line = AccessLine {
            request_id: "req_1",
            client: "203.0.113.9:4000",
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
        };
        let text = log(&Log::default(), || access::emit(&line));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("status=503") && text.contains("took_us=1500"), "{text}");

        let text = log(&Log { format: LogFormat::Json, ..Log::default() }, || access::emit(&line));
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["path"], line.path);
        assert_eq!(json["served_by"], "function");
        assert_eq!(json["served_by_name"], "checkout");
        assert_eq!(json.get("release"), None);

        log(&Log::default(), || assert!(access::enabled()));
        log(&Log { access: false, ..Log::default() }, || assert!(!access::enabled()));
    }
}
