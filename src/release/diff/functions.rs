//! Functions that came, went and changed.

use crate::release::function_config::FunctionConfig;
use crate::release::inventory::{FunctionLine, Given};
use crate::release::model::{Function, Release};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Serialize)]
pub(super) struct FunctionsDiff {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<Changed>,
}

#[derive(Debug, Clone, Serialize)]
struct Changed {
    name: String,
    /// Of the fields that the platform's type knows.
    fields_changed: Vec<&'static str>,
    /// Of those that only this node has.
    other_fields_changed: Vec<&'static str>,
}

impl FunctionsDiff {
    pub(super) fn between(from: Option<&Release>, to: &Release, given: &Given) -> Self {
        let nothing = BTreeMap::new();
        let (before, after) = (from.map_or(&nothing, |from| &from.functions), &to.functions);
        let only_in = |a: &BTreeMap<String, Function>, b: &BTreeMap<String, Function>| {
            a.keys().filter(|name| !b.contains_key(*name)).cloned().collect()
        };
        let changed = after
            .iter()
            .filter_map(|(name, function)| Some((name, before.get(name).filter(|old| *old != function)?, function)))
            .map(|(name, old, new)| changed(name, old, new, given));
        Self { added: only_in(after, before), removed: only_in(before, after), changed: changed.collect() }
    }

    pub(super) fn count(&self) -> usize {
        self.added.len() + self.removed.len() + self.changed.len()
    }
}

fn changed(name: &str, old: &Function, new: &Function, given: &Given) -> Changed {
    let (before, after) = (FunctionLine::new(name, old, given), FunctionLine::new(name, new, given));
    let pick = |fields: &[(&'static str, bool)]| {
        fields.iter().filter(|(_, differs)| *differs).map(|(field, _)| *field).collect()
    };
    // What is in the line already is not told twice.
    let rest =
        |function: &Function| FunctionConfig { timeout_seconds: None, memory_mb: None, ..function.config.clone() };
    Changed {
        name: name.to_owned(),
        fields_changed: pick(&[
            ("code_hash", before.code_hash != after.code_hash),
            ("runtime", before.runtime != after.runtime),
            ("timeout_seconds", before.timeout_seconds != after.timeout_seconds),
            ("memory_mb", before.memory_mb != after.memory_mb),
            ("schedule", before.schedule != after.schedule),
        ]),
        other_fields_changed: pick(&[
            ("class", old.class != new.class),
            ("compat", old.compat != new.compat),
            ("config", rest(old) != rest(new)),
            ("gate", old.gate != new.gate),
            ("allow_unauthenticated", old.allow_unauthenticated != new.allow_unauthenticated),
            ("capabilities", old.begins_sessions != new.begins_sessions),
        ]),
    }
}
