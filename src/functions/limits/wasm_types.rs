//! The types of WebAssembly modules. V8 has one list of them for the whole process, from which nothing is ever taken away: when it is
//! full, the process ends.

use super::wasm_outline;
use crate::functions::function::FunctionKey;
use crate::limits;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{LazyLock, Mutex, PoisonError};

/// What the process has seen. The same types again are the same places in V8's list.
#[derive(Default)]
struct Seen {
    sections: HashSet<u64>,
    types: u32,
    of_functions: HashMap<u64, u32>,
}

static SEEN: LazyLock<Mutex<Seen>> = LazyLock::new(Mutex::default);

/// Whether a section of types may be given to V8 on behalf of a function. It counts from then on.
pub(super) fn take(section: &[u8], function: FunctionKey) -> bool {
    section.is_empty() || count(section, wasm_outline::types(section), function)
}

/// The same for one type, by anything that tells it from others.
pub(super) fn take_one(name: &[u8], function: FunctionKey) -> bool {
    count(name, 1, function)
}

fn count(bytes: &[u8], types: u32, function: FunctionKey) -> bool {
    static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let hash = HASHER.hash_one(bytes);
    // Nothing that can panic happens under the lock.
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).take(hash, types, function.hash())
}

impl Seen {
    fn take(&mut self, section: u64, types: u32, function: u64) -> bool {
        if self.sections.contains(&section) {
            return true;
        }
        let all = self.types.saturating_add(types);
        let own = self.of_functions.get(&function).copied().unwrap_or(0).saturating_add(types);
        if all > limits::WASM_TYPES_MAX || own > limits::WASM_TYPES_PER_FUNCTION_MAX {
            return false;
        }
        self.types = all;
        self.of_functions.insert(function, own);
        self.sections.insert(section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_taken_once() {
        let mut seen = Seen::default();
        let most = limits::WASM_TYPES_PER_FUNCTION_MAX;
        assert!(seen.take(1, most, 1) && seen.take(1, most, 1) && seen.take(1, most, 2));
        assert!(!seen.take(2, 1, 1) && seen.take(2, 1, 2));
        let functions = u64::from(limits::WASM_TYPES_MAX / most);
        assert!((3..functions + 2).all(|number| seen.take(number, most - 1, number)));
        assert!(!seen.take(100, most, 100));
    }
}
