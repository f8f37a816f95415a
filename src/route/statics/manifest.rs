//! The static table as a document with a digest (reference 3.5), for diagnosis and inventories.

use super::StaticTable;
use crate::digest::Digest;
use crate::route::header_rules::Field;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The version every manifest names.
const VERSION: &str = "run402.static_manifest.v1";

/// The manifest, with its keys in order at every level.
pub fn manifest(table: &StaticTable) -> Value {
    let mut entries: Vec<_> = table.entries().collect();
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

/// What a manifest amounts to: counts and bytes over its public paths.
pub fn metadata(table: &StaticTable) -> Value {
    let mut bytes = 0_u64;
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut sources: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, hit) in table.entries() {
        bytes = bytes.saturating_add(hit.file.size);
        *classes.entry(hit.file.cache_class.as_str()).or_default() += 1;
        *sources.entry(hit.file.cache_class_source.as_str()).or_default() += 1;
    }
    json!({
        "file_count": table.paths.len(),
        "total_bytes": bytes,
        "cache_classes": classes,
        "cache_class_sources": sources,
        "spa_fallback": spa_fallback(table),
    })
}

fn spa_fallback(table: &StaticTable) -> Value {
    table.spa_fallback().map_or(Value::Null, |_| "/index.html".into())
}
