//! Fingerprinted files of earlier releases, answered for pages that were loaded before the swap.
//!
//! A page names its scripts by fingerprint. Whoever loaded it a moment before a release asks for them a moment after it, and
//! a single-page application for days: without the old files that is a blank page, or HTML where a script should be. The
//! bytes are in the store anyway, and a fingerprinted name never means anything else, so they go on being answered for
//! a while, at paths where the live release has nothing of its own.
//!
//! Each release's document carries the list on from the one before it; going back to an older release adds what was live
//! in between. Only what browsers may keep for a year is kept here: pages and files without a fingerprint end with their
//! release, as their author expects.

use super::model::{Release, Superseded};
use crate::limits::SUPERSEDED_FILES_MAX;
use crate::route::statics::{CacheClass, StaticHit, StaticKind, StaticTable};
use std::collections::BTreeMap;

/// What `release`, made at `created_at` (milliseconds since 1970), takes over from `base`: at most
/// [`SUPERSEDED_FILES_MAX`] files, none for longer than `keep_ms`; the newest stay.
///
/// What is `deleted`, by its path in the site, is meant to be gone: that is how to take back what should never have been public.
pub fn carry_on(
    table: &StaticTable,
    base: &Release,
    deleted: &[String],
    created_at: u64,
    keep_ms: u64,
) -> BTreeMap<String, Superseded> {
    if keep_ms == 0 {
        return BTreeMap::new();
    }
    let earlier = base.superseded.iter().map(|(path, old)| (path.clone(), old.clone()));
    let mut kept: Vec<(String, Superseded)> = fingerprinted(base, created_at)
        .chain(earlier)
        .filter(|(path, old)| table.lookup(path).is_none() && created_at.saturating_sub(old.since) < keep_ms)
        .filter(|(_, old)| !deleted.contains(&old.asset))
        .collect();
    kept.sort_by_key(|(_, file)| std::cmp::Reverse(file.since));
    kept.truncate(SUPERSEDED_FILES_MAX);
    kept.into_iter().collect()
}

/// Adds to the table of `release` what it carries on, and what `previous`, which was live before it, had, unless it was made
/// from that one.
pub fn add(table: &mut StaticTable, release: &Release, previous: Option<&Release>) {
    for (path, old) in &release.superseded {
        table.supersede(path, &old.file.asset(&old.asset));
    }
    let Some(previous) = previous.filter(|previous| release.parent.as_ref() != Some(&previous.id)) else { return };
    let earlier = previous.superseded.iter().map(|(path, old)| (path.clone(), old.clone()));
    for (path, old) in fingerprinted(previous, previous.created_at).chain(earlier).take(SUPERSEDED_FILES_MAX) {
        table.supersede(&path, &old.file.asset(&old.asset));
    }
}

/// The public paths of a release that browsers keep for a year.
fn fingerprinted(release: &Release, since: u64) -> impl Iterator<Item = (String, Superseded)> {
    let table = release.static_table();
    let found: Vec<_> =
        table.entries().filter_map(|(path, hit)| Some((path.to_owned(), old(release, hit, since)?))).collect();
    found.into_iter()
}

fn old(release: &Release, hit: StaticHit<'_>, since: u64) -> Option<Superseded> {
    let asset = &hit.file.asset_path;
    let kept = hit.how == StaticKind::Exact && hit.file.cache_class == CacheClass::ImmutableVersioned;
    let file = release.site.files.get(asset).filter(|_| kept)?;
    Some(Superseded { asset: asset.clone(), file: file.clone(), since })
}
