//! What is counted. No label is from a token: whoever sends them would choose how many series there are.

use super::keeper::Name;
use super::refusal::Refusal;
use metrics::Counter;
use std::sync::LazyLock;

struct Verdicts {
    accepted: Counter,
    refused: Vec<Counter>,
    remembered: Counter,
}

// Made once: finding a counter by its labels costs more than a verdict that is remembered.
static VERDICTS: LazyLock<Verdicts> = LazyLock::new(|| {
    let counter =
        |result, reason| metrics::counter!("portico_token_verdicts_total", "result" => result, "reason" => reason);
    Verdicts {
        accepted: counter("accepted", "none"),
        refused: Refusal::ALL.iter().map(|reason| counter("refused", reason.as_str())).collect(),
        remembered: metrics::counter!("portico_token_verdicts_remembered_total"),
    }
});

/// A verdict was given.
pub(super) fn verdict<T>(verdict: &Result<T, Refusal>) {
    let counter = match verdict {
        Ok(_) => Some(&VERDICTS.accepted),
        Err(reason) => VERDICTS.refused.get(*reason as usize),
    };
    if let Some(counter) = counter {
        counter.increment(1);
    }
}

/// What was known of the token is from before.
pub(super) fn remembered() {
    VERDICTS.remembered.increment(1);
}

/// An issuer's keys were read, `at` so many seconds since 1970. `result` is `read` or `unchanged`.
pub(super) fn keys_read(name: &Name, result: &'static str, at: u64) {
    metrics::counter!("portico_jwks_fetches_total", "result" => result).increment(1);
    let labels = [("project", name.project.clone()), ("issuer", name.issuer.clone())];
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    metrics::gauge!("portico_jwks_read_timestamp_seconds", &labels).set(at as f64);
}

/// An issuer's keys could not be read.
pub(super) fn keys_not_read() {
    metrics::counter!("portico_jwks_fetches_total", "result" => "failed").increment(1);
}
