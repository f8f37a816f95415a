//! What a release holds, as the platform's clients read it (reference 3.10).
//!
//! Pure. What is not in the document (when it became live, what the node gives functions that ask for nothing) comes from
//! the caller. Values of secrets are nowhere in it: a release only knows their names.

mod functions;
mod time;

pub use functions::{FunctionLine, Given};
pub use time::rfc3339;

use super::model::Release;
use super::warnings::Warning;
use crate::limits::INVENTORY_PATHS_DEFAULT;
use crate::route::resolve::Tables;
use crate::route::statics::{StaticFile, manifest_digest, metadata};
use crate::route::table::{Route, Target};
use serde_json::{Value, json};

/// The version of inventories and diffs.
pub const SCHEMA_VERSION: &str = "agent-deploy-observability.v1";

/// How a release stands to what is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is live.
    Active,
    /// It was live, and another one took its place.
    Superseded,
    /// It was kept and never became live.
    Staged,
}

impl Status {
    /// The string on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Superseded => "superseded",
            Self::Staged => "staged",
        }
    }
}

/// What is known of a release beside its document.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// How it stands to what is live.
    pub status: Status,
    /// It was asked for as the live one, not by its id.
    pub as_live: bool,
    /// The project's activation it is live with.
    pub generation: Option<u64>,
    /// When it became live, in milliseconds since 1970, if that is on record.
    pub activated_at: Option<u64>,
    /// When another one took its place, in milliseconds since 1970, if that is on record.
    pub superseded_at: Option<u64>,
}

/// How many paths an inventory lists.
#[derive(Debug, Clone, Copy)]
pub struct SiteLimit(pub usize);

impl Default for SiteLimit {
    fn default() -> Self {
        Self(INVENTORY_PATHS_DEFAULT)
    }
}

/// The inventory of a release. Takes time in proportion to its site.
pub fn inventory(
    release: &Release,
    tables: &Tables,
    standing: &Standing,
    given: &Given,
    limit: SiteLimit,
    warnings: &[Warning],
) -> Value {
    let paths = release.site.files.iter().take(limit.0).map(|(path, file)| {
        json!({ "path": path, "content_sha256": file.sha256, "content_type": file.content_type, "size": file.size })
    });
    let mut public = public_paths(tables);
    let public_total = public.len();
    public.truncate(limit.0);
    let functions = release.functions.iter().map(|(name, function)| FunctionLine::new(name, function, given));
    json!({
        "kind": "release_inventory",
        "schema_version": SCHEMA_VERSION,
        "release_id": release.id,
        "project_id": release.project,
        "parent_id": release.parent,
        "status": standing.status.as_str(),
        "manifest_digest": release.digest,
        "created_at": rfc3339(release.created_at),
        // One token, no accounts: nobody is on record.
        "created_by": null,
        "activated_at": standing.activated_at.map(rfc3339),
        "superseded_at": standing.superseded_at.map(rfc3339),
        // An apply is one call: it has neither a plan nor an operation that could be asked about later.
        "operation_id": null,
        "plan_id": null,
        "events_url": null,
        "effective": standing.status != Status::Staged,
        "state_kind": state_kind(standing),
        "release_generation": standing.generation,
        "static_manifest_sha256": manifest_digest(&tables.statics),
        "static_manifest_metadata": metadata(&tables.statics),
        "site": {
            "paths": paths.collect::<Vec<_>>(),
            "totals": { "paths": release.site.files.len(), "public_paths": public_total },
            "public_path_mode": if tables.statics.is_explicit() { "explicit" } else { "implicit" },
        },
        "static_public_paths": public,
        "functions": functions.collect::<Vec<_>>(),
        "secrets": { "keys": release.secrets_required },
        "subdomains": { "names": release.subdomains },
        "routes": routes(tables),
        "migrations_applied": [],
        "i18n": i18n(release),
        "warnings": warnings,
    })
}

fn state_kind(standing: &Standing) -> &'static str {
    match standing.status {
        Status::Staged => "desired_manifest",
        _ if standing.as_live => "current_live",
        Status::Active | Status::Superseded => "effective",
    }
}

/// The route table, with its digest.
pub fn routes(tables: &Tables) -> Value {
    let entries: Vec<Value> = tables.routes.routes().iter().map(Route::manifest_entry).collect();
    json!({ "manifest_sha256": tables.routes.digest(), "entries": entries })
}

/// The locales of a release, `null` when it has none.
pub fn i18n(release: &Release) -> Value {
    release.i18n.as_ref().map_or(Value::Null, |i18n| {
        json!({
            "defaultLocale": i18n.default_locale,
            "locales": i18n.locales,
            "detect": i18n.detect,
            "unknownLocalePolicy": i18n.unknown_locale_policy,
        })
    })
}

/// Every path that leads to a file, by itself or by a route, in order.
fn public_paths(tables: &Tables) -> Vec<Value> {
    let direct = tables.statics.entries().map(|(path, hit)| (path, hit.file, None));
    let aliases = tables.routes.routes().iter().filter_map(|route| match &route.target {
        Target::Static { file } => Some((route.pattern.as_str(), tables.statics.alias(file)?, Some(route))),
        Target::Function { .. } | Target::Proxy { .. } => None,
    });
    let mut all: Vec<(&str, &StaticFile, Option<&Route>)> = direct.chain(aliases).collect();
    all.sort_by_key(|(path, _, route)| (*path, route.is_some()));
    let entry = |(path, file, route): (&str, &StaticFile, Option<&Route>)| {
        json!({
            "public_path": path,
            "asset_path": file.asset_path,
            "reachability_authority": file.authority,
            "direct": route.is_none(),
            "cache_class": file.cache_class,
            "content_type": file.content_type,
            // Routes have no ids of their own; the pattern names one, and its methods are beside it.
            "route_id": route.map(|route| route.pattern.as_str()),
            "methods": route.map(|route| route.admitted().names()),
        })
    };
    all.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_named_by_how_it_is_asked_for() {
        let standing =
            |status, as_live| Standing { status, as_live, generation: None, activated_at: None, superseded_at: None };
        for (status, as_live, kind) in [
            (Status::Active, true, "current_live"),
            (Status::Active, false, "effective"),
            (Status::Superseded, false, "effective"),
            (Status::Staged, false, "desired_manifest"),
        ] {
            assert_eq!(state_kind(&standing(status, as_live)), kind);
        }
    }
}
