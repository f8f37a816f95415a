//! What a spec may set for one function beside its code: one table, read by the spec, the release and the node.

use crate::limits;
use serde::{Deserialize, Serialize};

/// A switch or a number of a function's `config`, by its name in the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number from 1 to `max`.
    Number {
        /// The most that any node takes.
        max: u64,
        /// What is counted.
        unit: &'static str,
    },
}

macro_rules! config {
    (
        switches { $( $(#[$switch_doc:meta])* $switch:ident, )* }
        numbers { $( $(#[$number_doc:meta])* $number:ident: $max:expr, $unit:literal, )* }
    ) => {
        /// Settings of one function; what is absent is the node's default.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct FunctionConfig {
            $( $(#[$switch_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $switch: Option<bool>, )*
            $( $(#[$number_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $number: Option<u64>, )*
        }

        impl FunctionConfig {
            /// Every field with what it takes, in snake_case.
            pub const FIELDS: &'static [(&'static str, Kind)] = &[
                $( (stringify!($switch), Kind::Switch), )*
                $( (stringify!($number), Kind::Number { max: $max, unit: $unit }), )*
            ];

            /// Sets a switch by its name.
            pub fn set_switch(&mut self, name: &str, value: bool) {
                match name { $( stringify!($switch) => self.$switch = Some(value), )* _ => {} }
            }

            /// Sets a number by its name.
            pub fn set_number(&mut self, name: &str, value: u64) {
                match name { $( stringify!($number) => self.$number = Some(value), )* _ => {} }
            }

            /// These settings, and those of `before` where these say nothing.
            #[must_use]
            pub fn or(&self, before: &Self) -> Self {
                Self {
                    $( $switch: self.$switch.or(before.$switch), )*
                    $( $number: self.$number.or(before.$number), )*
                }
            }
        }
    };
}

config! {
    switches {
        /// Whether bodies are handed over piece by piece.
        streaming,
        /// Whether code may be made from strings.
        allow_eval,
        /// Whether WebAssembly may be compiled.
        allow_wasm,
    }
    numbers {
        /// Wall-clock time of one invocation, in seconds.
        timeout_seconds: limits::FUNCTION_TIMEOUT_SECONDS_MAX, "seconds",
        /// JavaScript heap, in MiB.
        memory_mb: limits::FUNCTION_MEMORY_MB_MAX, "MiB",
        /// Processor time of one invocation, in milliseconds.
        cpu_ms: limits::FUNCTION_CPU_MS_MAX, "milliseconds",
        /// Time for `context.waitUntil` after the answer, in seconds.
        wait_until_seconds: limits::FUNCTION_WAIT_UNTIL_SECONDS_MAX, "seconds",
        /// Calls of `fetch` in one invocation.
        subrequests: limits::FUNCTION_SUBREQUESTS_MAX, "requests",
        /// Calls of `fetch` at once in one isolate.
        concurrent_fetches: limits::FUNCTION_CONCURRENT_FETCHES_MAX, "requests",
        /// Time of one `fetch`, in seconds.
        fetch_timeout_seconds: limits::FUNCTION_FETCH_SECONDS_MAX, "seconds",
        /// Body of one fetched response, in MiB.
        fetch_response_mb: limits::FUNCTION_FETCH_RESPONSE_MB_MAX, "MiB",
        /// Timers set at once in one isolate.
        timers: limits::FUNCTION_TIMERS_MAX, "timers",
        /// Console output of one invocation, in KiB.
        log_kb: limits::FUNCTION_LOG_KB_MAX, "KiB",
        /// Iterations of one PBKDF2 call.
        kdf_iterations: limits::FUNCTION_KDF_ITERATIONS_MAX, "iterations",
    }
}

/// How a function's handler is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// With a plain object, for a plain object, and with `Deno.env` (reference 5, seed 1).
    Fluxbase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_table_can_be_set_and_carried_forward() {
        for (name, kind) in FunctionConfig::FIELDS {
            let mut config = FunctionConfig::default();
            match kind {
                Kind::Switch => config.set_switch(name, true),
                Kind::Number { .. } => config.set_number(name, 7),
            }
            assert_ne!(config, FunctionConfig::default(), "{name}");
            assert_eq!(FunctionConfig::default().or(&config), config, "{name}");
            assert_eq!(serde_json::to_value(&config).unwrap().as_object().unwrap().len(), 1, "{name}");
        }
    }
}
