//! The sections of the configuration, each with its defaults.

use super::Network;
use crate::limits;
use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};

/// What the node writes to its log (standard error).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` for people, `json` for machines: one object per line.
    pub format: LogFormat,

    /// Least important level that is written: `error`, `warn`, `info`, `debug` or `trace`.
    /// Lines of functions are written at `info` or above whatever the level.
    pub level: LogLevel,

    /// One line per request. Queries, cookies and bodies are never in it. The lines are written
    /// together, at most 20 ms late. A request does not wait for a log that is read too slowly:
    /// lines for which there is no room (4 MiB) are dropped, and the log says how many.
    pub access: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: LogLevel::Info, access: true }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The least important level that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something is broken.
    Error,
    /// Something will break, or a client was refused for a reason worth knowing.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What a developer of Portico wants to know.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The name in the configuration and in a filter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Static files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Static {
    /// Memory for the contents of small files (up to 1 MiB each). Larger files are read from disk as they are sent.
    pub memory_cache_bytes: u64,

    /// How long fingerprinted files of earlier releases go on being answered, for pages that were loaded before the
    /// latest one. 0: not at all.
    pub superseded_hours: u64,

    /// Whether files that become shorter by it are compressed (brotli, zstd, gzip) when they are released, for clients that
    /// accept that. Each form is stored beside the file. `portico dev` does it quickly and less well. When it is turned
    /// off, files that have such forms keep them.
    pub precompress: bool,
}

impl Static {
    /// [`Static::superseded_hours`] in milliseconds.
    pub const fn superseded_ms(&self) -> u64 {
        self.superseded_hours.saturating_mul(3_600_000)
    }
}

impl Default for Static {
    fn default() -> Self {
        Self {
            memory_cache_bytes: limits::STATIC_MEMORY_CACHE_BYTES_DEFAULT,
            superseded_hours: limits::SUPERSEDED_HOURS_DEFAULT,
            precompress: true,
        }
    }
}

/// Functions: JavaScript that runs inside the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Functions {
    /// Threads that run JavaScript. 0 means one per core, and at least two: a function that loops holds up one.
    pub threads: usize,

    /// Isolates on one thread. Above it the one unused for the longest time is closed.
    pub isolates_per_thread_max: usize,

    /// Memory of all isolates together, in MiB. Above it, those that have nothing to do end, the longest unused
    /// first. 0 means half of the machine's memory, or of what the control group of the service may have.
    pub isolates_memory_mb_max: u64,

    /// Where functions reach the platform's services (`RUN402_API_BASE`), such as `http://10.0.0.5:4022`, without a slash at its end.
    /// Empty means this node itself, at a loopback address that it opens for its functions alone. Any other private address must be opened
    /// by `egress_allow` as well.
    pub api_base: String,

    /// Time of one invocation, for a function that sets none.
    pub timeout_seconds_default: u64,

    /// Longest time a function may ask for.
    pub timeout_seconds_max: u64,

    /// JavaScript heap of one isolate in MiB, for a function that sets none.
    pub memory_mb_default: u64,

    /// Largest heap a function may ask for, in MiB.
    pub memory_mb_max: u64,

    /// Processor time of one invocation in milliseconds, for a function that sets none.
    pub cpu_ms_default: u64,

    /// Most processor time a function may ask for, in milliseconds.
    pub cpu_ms_max: u64,

    /// Most time a function may ask for to finish work after its answer (`context.waitUntil`), in seconds.
    pub wait_until_seconds_max: u64,

    /// Most calls of `fetch` in one invocation that a function may ask for.
    pub subrequests_max: u64,

    /// Most calls of `fetch` at once in one isolate that a function may ask for.
    pub concurrent_fetches_max: u64,

    /// Most time for one `fetch` that a function may ask for, in seconds.
    pub fetch_timeout_seconds_max: u64,

    /// Largest body of one fetched response that a function may ask for, in MiB.
    pub fetch_response_mb_max: u64,

    /// Most timers at once in one isolate that a function may ask for.
    pub timers_max: u64,

    /// Most console output of one invocation that a function may ask for, in KiB.
    pub log_kb_max: u64,

    /// Most iterations of one PBKDF2 call that a function may ask for.
    pub kdf_iterations_max: u64,

    /// Whether functions may ask for `eval` (`allowEval`): code made from strings is code that nobody has reviewed.
    pub allow_eval: bool,

    /// Whether functions may use WebAssembly.
    pub allow_wasm: bool,

    /// Requests of one function that may be under way or waiting; one more is answered 503 with `Retry-After`.
    pub queue_per_function_max: usize,

    /// Requests that may be under way or waiting on one thread, over all functions.
    pub queue_per_thread_max: usize,

    /// Networks that functions may connect to although they are not the public internet, such as
    /// `["10.1.0.0/16"]`. Without it, every private, local or otherwise special address and every address of this
    /// machine is refused. The API listener is never reached, whatever is listed.
    pub egress_allow: Vec<Network>,
}

impl Default for Functions {
    fn default() -> Self {
        Self {
            threads: 0,
            isolates_per_thread_max: limits::ISOLATES_PER_THREAD_DEFAULT,
            isolates_memory_mb_max: limits::ISOLATES_MEMORY_MB_DEFAULT,
            api_base: String::new(),
            timeout_seconds_default: limits::FUNCTION_TIMEOUT_SECONDS_DEFAULT,
            timeout_seconds_max: limits::FUNCTION_TIMEOUT_SECONDS_MAX,
            memory_mb_default: limits::FUNCTION_MEMORY_MB_DEFAULT,
            memory_mb_max: limits::FUNCTION_MEMORY_MB_MAX,
            cpu_ms_default: limits::FUNCTION_CPU_MS_DEFAULT,
            cpu_ms_max: limits::FUNCTION_CPU_MS_MAX,
            wait_until_seconds_max: limits::FUNCTION_WAIT_UNTIL_SECONDS_MAX,
            subrequests_max: limits::FUNCTION_SUBREQUESTS_MAX,
            concurrent_fetches_max: limits::FUNCTION_CONCURRENT_FETCHES_MAX,
            fetch_timeout_seconds_max: limits::FUNCTION_FETCH_SECONDS_MAX,
            fetch_response_mb_max: limits::FUNCTION_FETCH_RESPONSE_MB_MAX,
            timers_max: limits::FUNCTION_TIMERS_MAX,
            log_kb_max: limits::FUNCTION_LOG_KB_MAX,
            kdf_iterations_max: limits::FUNCTION_KDF_ITERATIONS_MAX,
            allow_eval: true,
            allow_wasm: true,
            queue_per_function_max: limits::FUNCTION_QUEUE_DEFAULT,
            queue_per_thread_max: limits::THREAD_QUEUE_DEFAULT,
            egress_allow: Vec::new(),
        }
    }
}

/// Who may call functions: tokens, sessions, roles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// How far the clock of an issuer of tokens may be ahead. A token that has ended has ended: this does not make it last longer.
    pub leeway_seconds: u64,

    /// How often the keys of an issuer are fetched again.
    pub jwks_refresh_seconds: u64,

    /// Shortest time between two fetches because of a key that is not known.
    pub jwks_unknown_key_seconds_min: u64,

    /// How long the keys of an issuer that does not answer go on being good.
    pub jwks_stale_seconds_max: u64,

    /// Longest wait for the answer of a project's database to one look-up.
    pub lookup_timeout_ms: u64,

    /// Connections to the database of one project.
    pub connections_per_project_max: usize,

    /// Users of one project whose roles are remembered at once.
    pub roles_per_project_max: u64,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            leeway_seconds: limits::AUTH_LEEWAY_SECONDS_DEFAULT,
            jwks_refresh_seconds: limits::JWKS_REFRESH_SECONDS_DEFAULT,
            jwks_unknown_key_seconds_min: limits::JWKS_UNKNOWN_KEY_SECONDS_DEFAULT,
            jwks_stale_seconds_max: limits::JWKS_STALE_SECONDS_DEFAULT,
            lookup_timeout_ms: limits::AUTH_LOOKUP_MS_DEFAULT,
            connections_per_project_max: limits::AUTH_CONNECTIONS_PER_PROJECT_DEFAULT,
            roles_per_project_max: limits::ROLES_PER_PROJECT_DEFAULT,
        }
    }
}

/// Limits of the public listeners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Request line and headers together.
    pub header_bytes_max: usize,

    /// Time a client has to send its whole request header.
    pub header_seconds_max: u64,

    /// Time a connection may stay open between two requests.
    pub keepalive_idle_seconds_max: u64,

    /// Requests on one connection; it is closed after the last.
    pub requests_per_connection_max: u32,

    /// Body of a request that is passed to an upstream. 0 means no limit. (Functions take 6 MiB, always.)
    pub request_body_bytes_max: u64,

    /// Longest pause of a client that is sending its request body.
    pub body_idle_seconds_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes_max: limits::REQUEST_HEADER_BYTES_DEFAULT,
            header_seconds_max: limits::REQUEST_HEADER_SECONDS_DEFAULT,
            keepalive_idle_seconds_max: limits::KEEPALIVE_IDLE_SECONDS_DEFAULT,
            requests_per_connection_max: limits::REQUESTS_PER_CONNECTION_DEFAULT,
            request_body_bytes_max: 0,
            body_idle_seconds_max: limits::BODY_IDLE_SECONDS_DEFAULT,
        }
    }
}

/// An upstream server. A route names it: `{"type": "proxy", "upstream": "NAME"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Documented, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Upstream {
    /// Where it listens: `host:port` or `ip:port`. Required.
    pub address: String,

    /// Whether to speak TLS to it. Its certificate is checked.
    pub tls: bool,

    /// Name to ask for and to check in its certificate. Empty means the host of `address`.
    pub sni: String,

    /// Time to connect, TLS included.
    pub connect_timeout_seconds: u64,

    /// Time from the end of the request to the first byte of the answer.
    pub response_timeout_seconds: u64,

    /// Longest pause within the answer, and how long an unused connection is kept.
    pub idle_timeout_seconds: u64,

    /// Whether it sees the host the client asked for. If not, it sees the host of `address`; the
    /// client's is in `X-Forwarded-Host` either way.
    pub preserve_host: bool,

    /// Unused connections to keep for later requests.
    pub idle_connections_max: usize,
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            address: String::new(),
            tls: false,
            sni: String::new(),
            connect_timeout_seconds: 5,
            response_timeout_seconds: 60,
            idle_timeout_seconds: 60,
            preserve_host: true,
            idle_connections_max: 128,
        }
    }
}

impl Upstream {
    /// The host part of `address`, without the brackets of an IPv6 literal.
    pub fn host(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
    }

    /// The name asked for and checked over TLS.
    pub fn tls_name(&self) -> &str {
        if self.sni.is_empty() { self.host() } else { &self.sni }
    }
}
