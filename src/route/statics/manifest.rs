//! The static table as a document with a digest (reference 3.5), for diagnosis and inventories.

use super::{Authority, StaticHit, StaticKind, StaticTable, public_path};
use crate::digest::Digest;
use crate::route::header_rules::Field;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The version every manifest names.
const VERSION: &str = "run402.static_manifest.v1";

/// The public paths a manifest lists: a file's own, a folder's with its slash, and every declared one. That `/about` leads to
/// `about.html`, and `/docs` to `docs/index.html`, is how a path is resolved, not another path of the site.
fn listed(table: &StaticTable) -> impl Iterator<Item = (&str, StaticHit<'_>)> {
    table.entries().filter(|(path, hit)| match (hit.file.authority, hit.how) {
        (Authority::ImplicitFilePath, StaticKind::Index) => path.ends_with('/'),
        (Authority::ImplicitFilePath, StaticKind::Exact) => *path == public_path(&hit.file.asset_path),
        _ => true,
    })
}

/// The manifest, with its keys in order at every level.
pub fn manifest(table: &StaticTable) -> Value {
    let mut entries: Vec<_> = listed(table).collect();
    entries.sort_by_key(|(path, _)| *path);
    let files: Map<String, Value> = entries
        .into_iter()
        .map(|(path, hit)| {
            let file = hit.file;
            let mut entry = json!({
                "asset_path": file.asset_path,
                "authority": file.authority,
                "cache_class": file.cache_class,
                "cache_class_source": file.cache_class_source,
                "content_type": file.content_type,
                "direct": true,
                "sha256": file.sha256,
                "size": file.size,
            });
            let fields = table.fields(path);
            if !fields.is_empty() {
                let named =
                    |(name, value): &Field| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into());
                let headers: Map<String, Value> = fields.iter().map(named).collect();
                entry["response_metadata"] = json!({ "headers": headers });
                entry.sort_all_objects();
            }
            (path.to_owned(), entry)
        })
        .collect();
    let mut manifest = Map::new();
    manifest.insert("files".to_owned(), files.into());
    if table.is_explicit() {
        manifest.insert("public_path_mode".to_owned(), "explicit".into());
    }
    manifest.insert("spa_fallback".to_owned(), spa_fallback(table));
    manifest.insert("version".to_owned(), VERSION.into());
    manifest.into()
}

/// The manifest's name: the SHA-256 of its JSON. Takes time in proportion to the site.
pub fn manifest_digest(table: &StaticTable) -> Digest {
    Digest::of(manifest(table).to_string().as_bytes())
}

/// What a manifest amounts to: counts and bytes over the paths it lists.
pub fn metadata(table: &StaticTable) -> Value {
    let (mut count, mut bytes) = (0_u64, 0_u64);
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut sources: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, hit) in listed(table) {
        count += 1;
        bytes = bytes.saturating_add(hit.file.size);
        *classes.entry(hit.file.cache_class.as_str()).or_default() += 1;
        *sources.entry(hit.file.cache_class_source.as_str()).or_default() += 1;
    }
    json!({
        "file_count": count,
        "total_bytes": bytes,
        "cache_classes": classes,
        "cache_class_sources": sources,
        "spa_fallback": spa_fallback(table),
    })
}

fn spa_fallback(table: &StaticTable) -> Value {
    table.spa_fallback().map_or(Value::Null, |_| "/index.html".into())
}
