//! The static table: from public path to file, decided once when a release becomes live.
//!
//! Everything a request would otherwise have to work out is in the table: index files, clean URLs, aliases, cache
//! classes, and the header values of each file. A request makes one lookup and allocates nothing (reference 3.5).

use super::header_rules::{Field, HeaderRules};
use super::lookup::Lookup;
use super::path::canonicalize;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use unicode_normalization::UnicodeNormalization;

mod cache;
mod manifest;
mod representation;

pub use cache::{CacheClass, CacheClassSource, Classified, classify, classify_alias, is_fingerprinted};
pub use manifest::{manifest, manifest_digest, metadata};
pub use representation::{Encoded, FieldValue, Representation, Representations};

/// A file of a release, as the table is built from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its path in the site, without a slash at its beginning.
    pub path: String,
    /// Its bytes, by name.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Its `Content-Type`.
    pub content_type: String,
    /// Its encoded forms.
    pub encodings: Vec<Encoded>,
}

/// Which paths of a site the public can reach (reference 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum PublicPaths {
    /// Every file, by its own path.
    #[default]
    Implicit,
    /// These paths and no others.
    Explicit {
        /// Public path -> file.
        replace: BTreeMap<String, PublicPath>,
    },
}

/// A declared public path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicPath {
    /// The file's path in the site.
    pub asset: String,
    /// The cache class its author wants; not every wish is granted ([`classify`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_class: Option<String>,
}

/// What makes a file reachable (reference 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The site is implicit, and the file's own path leads to it.
    ImplicitFilePath,
    /// `site.public_paths` says so.
    ExplicitPublicPath,
    /// A route says so.
    RouteStaticAlias,
    /// An earlier release had it: pages that were loaded then still ask for it.
    SupersededRelease,
}

impl Authority {
    /// The string on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ImplicitFilePath => "implicit_file_path",
            Self::ExplicitPublicPath => "explicit_public_path",
            Self::RouteStaticAlias => "route_static_alias",
            Self::SupersededRelease => "superseded_release",
        }
    }
}

/// A file that can be served, with all its header values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticFile {
    /// Its path in the site.
    pub asset_path: String,
    /// Its bytes, by name.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// `Content-Type`.
    pub content_type: FieldValue,
    /// How long it may be cached.
    pub cache_class: CacheClass,
    /// Who decided that.
    pub cache_class_source: CacheClassSource,
    /// What makes it reachable.
    pub authority: Authority,
    /// `Cache-Control`.
    pub cache_control: &'static str,
    /// `X-Run402-Content-Sha256`: the digest in hex, of the bytes as they are.
    pub sha256_hex: FieldValue,
    /// The forms it can be sent in.
    pub forms: Representations,
}

impl StaticFile {
    /// The file as `public_path` serves it.
    fn new(asset: &Asset, public_path: &str, declared: Option<&str>, authority: Authority) -> Self {
        let classified = match authority {
            Authority::RouteStaticAlias => classify_alias(public_path, &asset.content_type),
            _ => classify(public_path, &asset.content_type, declared),
        };
        Self {
            asset_path: asset.path.clone(),
            sha256: asset.sha256,
            size: asset.size,
            content_type: FieldValue::new(&asset.content_type),
            cache_class: classified.class,
            cache_class_source: classified.source,
            authority,
            cache_control: classified.class.cache_control(),
            sha256_hex: FieldValue::new(&asset.sha256.to_string()),
            forms: Representations::new(asset.sha256, asset.size, &asset.encodings),
        }
    }
}

/// How a public path leads to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaticKind {
    /// The path is the file's, with or without its `.html`, or it is declared.
    Exact,
    /// The path is a folder's, and the file its `index.html`.
    Index,
}

/// An entry of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaticHit<'t> {
    /// The file.
    pub file: &'t StaticFile,
    /// How the path leads there.
    pub how: StaticKind,
}

/// The public paths of a release. Immutable.
#[derive(Debug, Clone, Default)]
pub struct StaticTable {
    files: Vec<StaticFile>,
    paths: Lookup<(usize, StaticKind)>,
    /// Asset path -> file, for the targets of static routes.
    aliases: Lookup<usize>,
    /// Public path -> file, of earlier releases.
    superseded: Lookup<usize>,
    spa_fallback: Option<usize>,
    /// Folder with its slash -> its page for what is not there.
    not_found: Lookup<usize>,
    /// Length of the longest key of `not_found`, in bytes.
    not_found_bytes_max: usize,
    /// Public path -> the fields that rules give it; empty without such rules.
    fields: Lookup<Box<[Field]>>,
    explicit: bool,
}

impl StaticTable {
    /// Builds the table. `aliased` are the asset paths that static routes name; what does not exist is left out.
    pub fn build(assets: &[Asset], public: &PublicPaths, aliased: &BTreeSet<&str>) -> Self {
        let mut table = Self::default();
        match public {
            PublicPaths::Implicit => table.add_implicit(assets),
            PublicPaths::Explicit { replace } => table.add_explicit(assets, replace),
        }
        for asset in assets.iter().filter(|asset| aliased.contains(asset.path.as_str())) {
            let public_path = public_path(&asset.path);
            let file = table.push(StaticFile::new(asset, &public_path, None, Authority::RouteStaticAlias));
            table.aliases.insert(asset.path.as_str().into(), file);
        }
        table.find_error_pages();
        table
    }

    /// Adds a fingerprinted file of an earlier release, unless the path has a file.
    pub fn supersede(&mut self, path: &str, asset: &Asset) {
        if !self.paths.contains_key(path) && !self.superseded.contains_key(path) {
            let file = self.push(StaticFile::new(asset, path, None, Authority::SupersededRelease));
            self.superseded.insert(path.into(), file);
        }
    }

    /// The file that an earlier release had at a canonical path where this one has none.
    pub fn superseded(&self, path: &str) -> Option<&StaticFile> {
        self.superseded.get(path).map(|file| &self.files[*file])
    }

    /// Works out which fields rules give to the public paths. Takes time in proportion to paths and rules.
    #[must_use]
    pub fn with_fields(mut self, rules: &HeaderRules) -> Self {
        let fields = self.paths.keys().map(|path| (path.clone(), rules.fields(path).into_boxed_slice()));
        self.fields = fields.filter(|(_, fields)| !fields.is_empty()).collect();
        self
    }

    /// The fields that rules give to a public path, beside those of its file. Allocates nothing.
    pub fn fields(&self, path: &str) -> &[Field] {
        if self.fields.is_empty() { &[] } else { self.fields.get(path).map_or(&[], |fields| fields) }
    }

    /// The page of the nearest folder that says that there is nothing at `path`: `404.html` beside it, or further up.
    /// At most as many lookups as such folders are deep.
    pub fn not_found_page(&self, path: &str) -> Option<&StaticFile> {
        if self.not_found.is_empty() {
            return None;
        }
        let mut folder = &path[..path.floor_char_boundary(self.not_found_bytes_max)];
        loop {
            folder = &folder[..=folder.rfind('/')?];
            if let Some(file) = self.not_found.get(folder) {
                return Some(&self.files[*file]);
            }
            folder = &folder[..folder.len() - 1];
        }
    }

    /// The file of a canonical path. One lookup, no allocation.
    pub fn lookup(&self, path: &str) -> Option<StaticHit<'_>> {
        let (file, how) = *self.paths.get(path)?;
        Some(StaticHit { file: &self.files[file], how })
    }

    /// The file a static route names.
    pub fn alias(&self, asset_path: &str) -> Option<&StaticFile> {
        self.aliases.get(asset_path).map(|file| &self.files[*file])
    }

    /// What single-page applications get instead of a 404: the root index of an implicit site.
    pub fn spa_fallback(&self) -> Option<&StaticFile> {
        self.spa_fallback.map(|file| &self.files[file])
    }

    /// Whether only declared paths are public.
    pub fn is_explicit(&self) -> bool {
        self.explicit
    }

    /// Every public path with its file, in no particular order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, StaticHit<'_>)> {
        self.paths.iter().map(|(path, (file, how))| (&**path, StaticHit { file: &self.files[*file], how: *how }))
    }

    fn add_implicit(&mut self, assets: &[Asset]) {
        let placed: Vec<(String, usize)> = assets
            .iter()
            .map(|asset| {
                let path = public_path(&asset.path);
                let file = self.push(StaticFile::new(asset, &path, None, Authority::ImplicitFilePath));
                (path, file)
            })
            .collect();
        for (path, file) in &placed {
            self.paths.insert(path.as_str().into(), (*file, StaticKind::Exact));
        }
        // `/about` is `about`, else `about.html`, else `about/index.html`: the first to come stays.
        for (path, file) in &placed {
            if let Some(clean) = path.strip_suffix(".html").filter(|clean| is_clean(clean)) {
                self.paths.entry(clean.into()).or_insert((*file, StaticKind::Exact));
            }
        }
        for (path, file) in &placed {
            if let Some(folder) = path.strip_suffix("index.html").filter(|folder| folder.ends_with('/')) {
                self.paths.entry(folder.into()).or_insert((*file, StaticKind::Index));
                if let Some(folder) = folder.strip_suffix('/').filter(|folder| !folder.is_empty()) {
                    self.paths.entry(folder.into()).or_insert((*file, StaticKind::Index));
                }
            }
        }
        self.spa_fallback = placed.iter().find(|(path, _)| path == "/index.html").map(|(_, file)| *file);
    }

    fn add_explicit(&mut self, assets: &[Asset], declared: &BTreeMap<String, PublicPath>) {
        self.explicit = true;
        let by_path: HashMap<&str, &Asset> = assets.iter().map(|asset| (asset.path.as_str(), asset)).collect();
        for (path, public) in declared {
            // A release has neither paths without a canonical form nor files that do not exist.
            let (Ok(path), Some(asset)) = (canonicalize(path), by_path.get(public.asset.as_str())) else { continue };
            let wish = public.cache_class.as_deref();
            let file = self.push(StaticFile::new(asset, &path, wish, Authority::ExplicitPublicPath));
            self.paths.insert(path.into(), (file, StaticKind::Exact));
        }
    }

    /// Every public `404.html` is its folder's page for what is not there.
    fn find_error_pages(&mut self) {
        let pages = self.paths.iter().filter_map(|(path, (file, _))| Some((path.strip_suffix("404.html")?, *file)));
        let pages = pages.filter(|(folder, _)| folder.ends_with('/'));
        self.not_found = pages.map(|(folder, file)| (folder.into(), file)).collect();
        self.not_found_bytes_max = self.not_found.keys().map(|folder| folder.len()).max().unwrap_or_default();
    }

    fn push(&mut self, file: StaticFile) -> usize {
        self.files.push(file);
        self.files.len() - 1
    }
}

/// The public path of a file of an implicit site: its own, in the form requests are compared in.
pub fn public_path(asset_path: &str) -> String {
    std::iter::once('/').chain(asset_path.nfc()).collect()
}

/// Whether `/x` stands for `/x.html`: its last segment has a name, and no dot (reference 3.4).
fn is_clean(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !last.is_empty() && !last.contains('.')
}

#[cfg(test)]
#[path = "statics_tests.rs"]
mod tests;
