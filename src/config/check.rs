//! What a type cannot say: values that are well-formed and still cannot be meant.

use super::{Config, Functions, Limits, Upstream};
use crate::limits;
use crate::route::host::normalize;
use std::collections::BTreeSet;

/// A field, and what is wrong with it.
type Complaint = (String, String);

/// Everything wrong with a configuration.
pub(super) fn complaints(config: &Config) -> Vec<Complaint> {
    let mut all = Complaints::default();
    if config.state_dir.as_os_str().is_empty() {
        all.push("state_dir", "names no folder");
    }
    if !is_domain(&config.domain) {
        all.push("domain", "is not a domain name in lower case, such as `example.com`");
    }
    listeners(config, &mut all);
    if config.threads > limits::CONFIG_THREADS_MAX {
        all.push("threads", format!("is more than {}", limits::CONFIG_THREADS_MAX));
    }
    // Zero is allowed: it means not to wait.
    if config.drain_seconds > limits::CONFIG_SECONDS_MAX {
        all.push("drain_seconds", format!("is more than a day ({})", limits::CONFIG_SECONDS_MAX));
    }
    if !config.country_header.is_empty() && http::HeaderName::from_bytes(config.country_header.as_bytes()).is_err() {
        all.push("country_header", "is not the name of a header field");
    }
    functions(&config.functions, &mut all);
    edge_limits(&config.limits, &mut all);
    for (name, upstream) in &config.upstreams {
        check_upstream(name, upstream, &mut all);
    }
    all.0
}

#[derive(Default)]
struct Complaints(Vec<Complaint>);

impl Complaints {
    fn push(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push((field.into(), message.into()));
    }

    fn seconds(&mut self, field: &str, value: u64) {
        if value == 0 {
            self.push(field, "is zero; nothing could ever be in time");
        } else if value > limits::CONFIG_SECONDS_MAX {
            self.push(field, format!("is more than a day ({}); the unit is seconds", limits::CONFIG_SECONDS_MAX));
        }
    }

    fn positive(&mut self, field: &str, value: impl TryInto<u64>) {
        if value.try_into().is_ok_and(|value| value == 0) {
            self.push(field, "is zero; it must be at least 1");
        }
    }
}

fn listeners(config: &Config, all: &mut Complaints) {
    if config.listen.is_empty() {
        all.push("listen", "is empty; the node would serve nothing");
    }
    let mut seen = BTreeSet::new();
    for (i, address) in config.listen.iter().enumerate() {
        // Port 0 is any free port: two of them do not clash.
        if !seen.insert(*address) && address.port() != 0 {
            all.push(format!("listen[{i}]"), format!("{address} is listed twice"));
        }
    }
    let api = config.api_listen;
    let same = |a: &&std::net::SocketAddr| {
        a.port() == api.port() && (a.ip() == api.ip() || (a.ip().is_unspecified() && a.is_ipv4() == api.is_ipv4()))
    };
    if api.port() != 0
        && let Some(public) = config.listen.iter().find(same)
    {
        all.push("api_listen", format!("{api} is taken by the public listener {public}"));
    }
}

fn functions(functions: &Functions, all: &mut Complaints) {
    let f = functions;
    if f.threads > limits::CONFIG_THREADS_MAX {
        all.push("functions.threads", format!("is more than {}", limits::CONFIG_THREADS_MAX));
    }
    let base = &f.api_base;
    if !base.is_empty()
        && (base.ends_with('/') || !url::Url::parse(base).is_ok_and(|url| matches!(url.scheme(), "http" | "https")))
    {
        all.push("functions.api_base", "is not an http or https address without a slash at its end");
    }
    all.positive("functions.isolates_per_thread_max", f.isolates_per_thread_max);
    all.positive("functions.queue_per_function_max", f.queue_per_function_max);
    all.positive("functions.queue_per_thread_max", f.queue_per_thread_max);
    all.seconds("functions.timeout_seconds_default", f.timeout_seconds_default);
    all.seconds("functions.timeout_seconds_max", f.timeout_seconds_max);
    if f.timeout_seconds_default > f.timeout_seconds_max {
        all.push("functions.timeout_seconds_default", "is more than `timeout_seconds_max`");
    }
    all.positive("functions.cpu_ms_default", f.cpu_ms_default);
    if f.cpu_ms_default > f.cpu_ms_max {
        all.push("functions.cpu_ms_default", "is more than `cpu_ms_max`");
    }
    for (field, value) in [
        ("functions.wait_until_seconds_max", f.wait_until_seconds_max),
        ("functions.subrequests_max", f.subrequests_max),
        ("functions.concurrent_fetches_max", f.concurrent_fetches_max),
        ("functions.fetch_timeout_seconds_max", f.fetch_timeout_seconds_max),
        ("functions.fetch_response_mb_max", f.fetch_response_mb_max),
        ("functions.timers_max", f.timers_max),
        ("functions.log_kb_max", f.log_kb_max),
        ("functions.kdf_iterations_max", f.kdf_iterations_max),
    ] {
        all.positive(field, value);
    }
    if f.memory_mb_default < limits::FUNCTION_MEMORY_MB_MIN {
        let least = limits::FUNCTION_MEMORY_MB_MIN;
        all.push("functions.memory_mb_default", format!("is less than {least}, too little for any isolate"));
    }
    if f.memory_mb_default > f.memory_mb_max {
        all.push("functions.memory_mb_default", "is more than `memory_mb_max`");
    }
}

fn edge_limits(edge: &Limits, all: &mut Complaints) {
    if edge.header_bytes_max < limits::REQUEST_HEADER_BYTES_MIN {
        let least = limits::REQUEST_HEADER_BYTES_MIN;
        all.push("limits.header_bytes_max", format!("is less than {least}, too little for a browser"));
    }
    all.seconds("limits.header_seconds_max", edge.header_seconds_max);
    all.seconds("limits.keepalive_idle_seconds_max", edge.keepalive_idle_seconds_max);
    all.seconds("limits.body_idle_seconds_max", edge.body_idle_seconds_max);
    if edge.requests_per_connection_max == 0 {
        all.push("limits.requests_per_connection_max", "is zero; it must be at least 1");
    }
}

fn check_upstream(name: &str, upstream: &Upstream, all: &mut Complaints) {
    let table = format!("upstreams.{name}");
    let field = |field: &str| format!("{table}.{field}");
    let safe = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(safe) {
        all.push(&table, "an upstream's name is 1 to 64 letters, digits, `_` or `-`");
    }
    if upstream.address.is_empty() {
        all.push(field("address"), "is missing; set it to `host:port`");
    } else if !is_address(&upstream.address) {
        all.push(field("address"), "is not `host:port` or `ip:port`, such as `127.0.0.1:3000` or `[::1]:3000`");
    }
    if !upstream.sni.is_empty() && !upstream.tls {
        all.push(field("sni"), "is set, but `tls` is false");
    } else if !upstream.sni.is_empty() && !is_domain(&upstream.sni) {
        all.push(field("sni"), "is not a host name");
    }
    all.seconds(&field("connect_timeout_seconds"), upstream.connect_timeout_seconds);
    all.seconds(&field("response_timeout_seconds"), upstream.response_timeout_seconds);
    all.seconds(&field("idle_timeout_seconds"), upstream.idle_timeout_seconds);
}

/// A host name as such: no port, no trailing dot, no address literal in brackets, lower case.
fn is_domain(name: &str) -> bool {
    !name.contains([':', '[']) && normalize(name).is_some_and(|normalized| normalized == name)
}

/// `host:port`, `ipv4:port` or `[ipv6]:port`, with a port that can be connected to.
fn is_address(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let port_ok = port.parse::<u16>().is_ok_and(|port| port != 0) && port.bytes().all(|b| b.is_ascii_digit());
    let host_ok = match host.strip_prefix('[') {
        Some(_) => address.parse::<std::net::SocketAddrV6>().is_ok(),
        None => is_domain(&host.to_ascii_lowercase()),
    };
    port_ok && host_ok
}
