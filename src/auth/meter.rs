//! What is counted of gates.

use super::gate::{Admission, Denial};
use crate::error::Code;
use metrics::{Counter, counter};
use std::sync::LazyLock;

struct Meters {
    passed: Counter,
    sign_in: Counter,
    nobody: Counter,
    forbidden: Counter,
}

// Made once: finding a counter by its label costs more than to decide about a user whose role is remembered.
static METERS: LazyLock<Meters> = LazyLock::new(|| Meters {
    passed: gate("passed"),
    sign_in: gate("sign_in"),
    nobody: gate(Code::AuthRequired.as_str()),
    forbidden: gate(Code::RoleForbidden.as_str()),
});

fn gate(result: &'static str) -> Counter {
    counter!("portico_gate_total", "result" => result)
}

/// A gate that is not open to everybody has decided.
pub(super) fn decided(decided: &Result<Admission, Denial>) {
    let counter = match decided {
        Ok(_) => &METERS.passed,
        Err(Denial::SignIn(_)) => &METERS.sign_in,
        Err(Denial::Error(error)) => match error.code {
            Code::AuthRequired => &METERS.nobody,
            Code::RoleForbidden => &METERS.forbidden,
            // Something is down: there are other costs.
            code => return gate(code.as_str()).increment(1),
        },
    };
    counter.increment(1);
}
