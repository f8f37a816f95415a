//! What a function may use besides time and heap, one file per limit.
//!
//! | file | idea |
//! |---|---|
//! | `fetch` | requests to other servers: how many, how long, whereto |
//! | `fetch_body` | what of an answer reaches JavaScript |
//! | `fetch_error` | what JavaScript learns of a failed request |

mod fetch;
mod fetch_body;
mod fetch_error;

#[cfg(test)]
pub(super) use fetch_error::reason as fetch_reason;

use super::Function;
use deno_core::OpState;
use std::sync::Arc;

deno_core::extension!(
    portico_limits,
    deps = [deno_fetch],
    ops = [fetch::op_portico_fetch, fetch::op_portico_fetch_send],
);

/// The operations behind the limits.
pub(super) fn extension() -> deno_core::Extension {
    portico_limits::init()
}

/// Puts what the operations need into a fresh isolate's state.
pub(super) fn prepare(state: &mut OpState, function: &Arc<Function>) {
    state.put(fetch::Fetches::new(Arc::clone(function)));
}
