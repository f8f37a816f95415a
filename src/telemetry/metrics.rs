//! Counters and gauges, for a Prometheus server to collect from the API listener.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Upper bounds of the buckets for the ages of what is remembered, in seconds: up to the longest time a gate may name.
const AGES: [f64; 8] = [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// How often samples are put into their buckets although nobody collects: until then each of them takes memory.
const UPKEEP: Duration = Duration::from_secs(5);

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to collect. Before it, and if something else collects already, measurements go nowhere.
pub fn init() {
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let ages = |builder: PrometheusBuilder| {
            builder.set_buckets_for_metric(Matcher::Full("portico_role_age_seconds".to_owned()), &AGES)
        };
        let handle = ages(builder.ok()?).ok()?.install_recorder().ok()?;
        describe();
        keep_up(handle.clone());
        Some(handle)
    });
}

/// Everything collected so far, in Prometheus' text format.
pub fn text() -> String {
    let Some(Some(handle)) = HANDLE.get() else { return String::new() };
    handle.run_upkeep();
    handle.render()
}

fn keep_up(handle: PrometheusHandle) {
    // A thread, because there is no runtime yet; the channel is only for its time-out.
    let thread = std::thread::Builder::new().name("metrics".to_owned());
    let spawned = thread.spawn(move || {
        let (_open, never) = sync_channel::<()>(0);
        while never.recv_timeout(UPKEEP) == Err(RecvTimeoutError::Timeout) {
            handle.run_upkeep();
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "samples of histograms take memory until somebody collects them");
    }
}

fn describe() {
    metrics::describe_counter!(
        "portico_access_lines_dropped_total",
        "Requests whose line is not in the log, because the log is read too slowly."
    );
    metrics::describe_counter!(
        "portico_role_cache_total",
        "Roles that gates asked for: hit, miss, wait (for a look-up under way) or bypass (a time of 0)."
    );
    metrics::describe_histogram!(
        "portico_role_age_seconds",
        "Age of remembered roles when a gate used them; of one in sixteen."
    );
    metrics::describe_counter!(
        "portico_role_lookups_total",
        "Look-ups of roles by result: role, none, timeout, unavailable, refused."
    );
    metrics::describe_histogram!("portico_role_lookup_seconds", "Time a look-up of a role took.");
    metrics::describe_gauge!("portico_isolates", "Isolates with a function loaded.");
    metrics::describe_counter!("portico_isolates_started_total", "Isolates that were started.");
    metrics::describe_histogram!(
        "portico_isolate_start_seconds",
        "Time from a request without an isolate to one that can serve."
    );
    metrics::describe_counter!(
        "portico_isolates_condemned_total",
        "Isolates that were ended because they broke a limit, by reason."
    );
    metrics::describe_counter!("portico_function_cpu_excesses_total", "Requests near or over their processor time.");
    metrics::describe_counter!(
        "portico_requests_moved_total",
        "Requests taken from a thread that was held up to another."
    );
    metrics::describe_counter!(
        "portico_js_threads_lost_total",
        "Threads given up because their code could not be ended."
    );
    metrics::describe_counter!("portico_token_verdicts_total", "Tokens that were looked at, by result and reason.");
    metrics::describe_counter!(
        "portico_token_verdicts_remembered_total",
        "Tokens whose signature was known from before, so that it was not computed."
    );
    metrics::describe_counter!("portico_jwks_fetches_total", "Readings of issuers' keys, by result.");
    metrics::describe_gauge!(
        "portico_jwks_read_timestamp_seconds",
        "When an issuer's keys were last read, in seconds since 1970: time() minus it is their age."
    );
}
