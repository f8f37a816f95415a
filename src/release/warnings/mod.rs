//! What a release may do and is probably not meant to (reference 3.12).
//!
//! Pure: from the new release, the one before it, and what the spec left out, to a list in a fixed order. What a route
//! hides or lets through is asked of the resolver that answers the traffic, so a warning is never an opinion
//! about routing but something that a request would see.
//!
//! A warning that needs confirmation stops a deploy before anything is visible. Those are the ones that take a site away, make
//! files public, or refuse a kind of request where nobody would look for the reason; the rest is told and done,
//! because a release is undone in one step here.
//!
//! # Codes that have no cause on this node
//!
//! | code | why |
//! |---|---|
//! | `ROUTES_NOT_ENABLED` | routes are not a feature that a project may lack |
//! | `MIGRATIONS_NOT_REVERSIBLE` | there is no database; a spec with migrations is refused |
//! | `FUNCTION_VERSION_MISMATCH` | a release that is promoted brings the code its functions had |
//! | `MISSING_REQUIRED_SECRET` | an error here: the release fails, and no confirmation helps |
//!
//! They are known all the same, so that a script may allow them on every platform. `DIFF_TRUNCATED` is a warning of a
//! diff, not of a release: [`crate::release::diff`] adds it.

mod aliases;
mod destructive;
mod routes;
mod site;

use super::model::Release;
use super::spec::nearest;
use crate::route::resolve::Tables;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Entries that `affected` and the lists in `details` have at most; `details.total` counts all.
const LISTED_MAX: usize = 50;

/// How much a warning matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warn,
    /// Something is lost.
    High,
}

impl Severity {
    /// The string on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::High => "high",
        }
    }
}

/// One warning, in the shape the platform's clients read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What callers branch on.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Whether a deploy stops on it until its code is allowed.
    pub requires_confirmation: bool,
    /// For people.
    pub message: String,
    /// Patterns, paths or names it is about.
    pub affected: Vec<String>,
    /// What a program may want to know besides.
    pub details: Map<String, Value>,
    /// `heuristic` when it is a guess from names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<&'static str>,
}

impl Warning {
    /// A warning about `affected`, of which at most [`LISTED_MAX`] are listed.
    pub(super) fn new(
        code: &'static str,
        severity: Severity,
        message: impl Into<String>,
        affected: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        let mut affected: Vec<String> = affected.into_iter().map(Into::into).collect();
        let mut details = Map::new();
        if affected.len() > LISTED_MAX {
            details.insert("total".to_owned(), affected.len().into());
            affected.truncate(LISTED_MAX);
        }
        let message = message.into();
        Self { code, severity, requires_confirmation: false, message, affected, details, confidence: None }
    }

    fn confirm(mut self) -> Self {
        self.requires_confirmation = true;
        self
    }

    fn heuristic(mut self) -> Self {
        self.confidence = Some("heuristic");
        self
    }

    pub(super) fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}

/// Every code of reference 3.12, for those who allow warnings by name.
pub const CODES: &[&str] = &[
    "PUBLIC_ROUTED_FUNCTION",
    "ROUTE_TARGET_CARRIED_FORWARD",
    "ROUTE_SHADOWS_STATIC_PATH",
    "WILDCARD_ROUTE_SHADOWS_STATIC_PATHS",
    "METHOD_SPECIFIC_ROUTE_ALLOWS_GET_STATIC_FALLBACK",
    "WILDCARD_ROUTE_EXCLUDES_MUTATION_METHODS",
    "ROUTE_TABLE_NEAR_LIMIT",
    "ROUTES_NOT_ENABLED",
    "STATIC_ALIAS_SHADOWS_STATIC_PATH",
    "STATIC_ALIAS_RELATIVE_ASSET_RISK",
    "STATIC_ALIAS_DUPLICATE_CANONICAL_URL",
    "STATIC_ALIAS_EXTENSIONLESS_NON_HTML",
    "STATIC_ALIAS_TABLE_NEAR_LIMIT",
    "SITE_NO_REACHABLE_HTML",
    "PUBLIC_PATH_MODE_WIDENS_TO_IMPLICIT",
    "DESTRUCTIVE_FUNCTION_REMOVAL",
    "DESTRUCTIVE_SUBDOMAIN_REMOVAL",
    "DESTRUCTIVE_SECRET_REMOVAL",
    "SITE_BULK_REMOVAL",
    "SITE_ENTRYPOINT_REMOVED",
    "ZERO_SITE_FILES_AFTER",
    "ZERO_FUNCTIONS_AFTER",
    "ZERO_SUBDOMAINS_AFTER",
    "DIFF_TRUNCATED",
    "MIGRATIONS_NOT_REVERSIBLE",
    "FUNCTION_VERSION_MISMATCH",
    "MISSING_REQUIRED_SECRET",
];

/// Whether there is a warning of that code; else the known code it looks most like.
///
/// # Errors
/// The nearest code, if one is near.
pub fn known(code: &str) -> Result<(), Option<&'static str>> {
    if CODES.contains(&code) {
        return Ok(());
    }
    // The nearest is looked for in small letters, as fields are.
    let small: Vec<(String, &'static str)> = CODES.iter().map(|code| (code.to_ascii_lowercase(), *code)).collect();
    let near = nearest(&code.to_ascii_lowercase(), small.iter().map(|(small, _)| small.as_str()));
    Err(near.and_then(|near| small.iter().find(|(small, _)| small == near)).map(|(_, code)| *code))
}

/// What the spec of a release says by leaving it out.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// The routes are those of the release before.
    pub routes: bool,
    /// Functions the spec does not name: they are as they were.
    pub functions: BTreeSet<String>,
}

/// A release with its tables.
#[derive(Clone, Copy)]
struct State<'r> {
    release: &'r Release,
    tables: &'r Tables,
}

/// The warnings of `new`, which replaces `base`. `carried` is known when it is made from a spec, and not when an older release
/// becomes live again.
pub fn warnings(new: &Release, base: Option<&Release>, carried: Option<&Carried>) -> Vec<Warning> {
    let tables = new.tables(None);
    let base_tables = base.map(|base| base.tables(None));
    let new = State { release: new, tables: &tables };
    let base = base.zip(base_tables.as_ref()).map(|(release, tables)| State { release, tables });
    let mut found = Vec::new();
    routes::check(new, base, carried, &mut found);
    aliases::check(new, &mut found);
    site::check(new, base, &mut found);
    if let Some(base) = base {
        destructive::check(new, base, &mut found);
    }
    found
}

/// A warning for tests of other modules.
#[cfg(test)]
pub fn testing(code: &'static str, requires_confirmation: bool) -> Warning {
    Warning { requires_confirmation, ..Warning::new(code, Severity::Warn, "", ["x"]) }
}

#[cfg(test)]
#[path = "warnings_tests.rs"]
mod tests;
