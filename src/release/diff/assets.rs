//! Files as bytes: how many there are, how many are new to the store, and what browsers would keep wrongly.

use crate::digest::Digest;
use crate::release::model::{BlobRef, Release, SiteFile};
use crate::route::statics::CacheClass;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The seven numbers are what the platform's summary needs; it leaves all of them out when one is missing.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AssetsDiff {
    unchanged: usize,
    changed: usize,
    added: usize,
    removed: usize,
    /// Bytes of content that the release before does not have.
    newly_uploaded_cas_bytes: u64,
    /// Bytes of content that both have.
    reused_cas_bytes: u64,
    /// Bytes that a copy of the whole site would have taken besides.
    deployment_copy_bytes_eliminated: u64,
    /// Files that browsers keep for a year by a rule that is no more; no release of this node is that old.
    legacy_immutable_warnings: [(); 0],
    /// Paths that browsers keep for a year, and whose content is another one.
    previous_immutable_failures: Vec<ImmutableChanged>,
    /// Content that the store does not have.
    cas_authorization_failures: Vec<Digest>,
}

#[derive(Debug, Clone, Serialize)]
struct ImmutableChanged {
    path: String,
    previous_sha256: Digest,
    candidate_sha256: Digest,
}

impl AssetsDiff {
    pub(super) fn between(
        from: Option<&Release>,
        to: &Release,
        limit: usize,
        stored: &dyn Fn(&BlobRef) -> bool,
    ) -> Self {
        let nothing = BTreeMap::new();
        let (before, after) = (from.map_or(&nothing, |from| &from.site.files), &to.site.files);
        let same = |(path, file): &(&String, &SiteFile)| before.get(*path).map(|old| old.sha256 == file.sha256);
        let count = |wanted| after.iter().filter(|entry| same(entry) == wanted).count();

        let known: BTreeSet<BlobRef> = before.values().map(SiteFile::blob).collect();
        let needed: BTreeSet<BlobRef> = after.values().map(SiteFile::blob).collect();
        let bytes = |blobs: &mut dyn Iterator<Item = &BlobRef>| blobs.map(|blob| blob.size).sum::<u64>();
        let new = bytes(&mut needed.difference(&known));
        let whole: u64 = after.values().map(|file| file.size).sum();
        Self {
            unchanged: count(Some(true)),
            changed: count(Some(false)),
            added: count(None),
            removed: before.keys().filter(|path| !after.contains_key(*path)).count(),
            newly_uploaded_cas_bytes: new,
            reused_cas_bytes: bytes(&mut needed.intersection(&known)),
            deployment_copy_bytes_eliminated: whole - new,
            legacy_immutable_warnings: [],
            previous_immutable_failures: from.map(|from| immutable_changed(from, to, limit)).unwrap_or_default(),
            cas_authorization_failures: needed
                .iter()
                .filter(|blob| !stored(blob))
                .take(limit)
                .map(|blob| blob.sha256)
                .collect(),
        }
    }
}

/// No apply does this; going to a release that is older or of another line can.
fn immutable_changed(from: &Release, to: &Release, limit: usize) -> Vec<ImmutableChanged> {
    let (before, after) = (from.static_table(), to.static_table());
    let mut changed: Vec<ImmutableChanged> = before
        .entries()
        .filter(|(_, hit)| hit.file.cache_class == CacheClass::ImmutableVersioned)
        .filter_map(|(path, hit)| {
            let now = after.lookup(path).filter(|now| now.file.sha256 != hit.file.sha256)?;
            Some(ImmutableChanged {
                path: path.to_owned(),
                previous_sha256: hit.file.sha256,
                candidate_sha256: now.file.sha256,
            })
        })
        .collect();
    changed.sort_by(|a, b| a.path.cmp(&b.path));
    changed.truncate(limit);
    changed
}
