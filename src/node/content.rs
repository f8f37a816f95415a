//! From what a spec says its content is to blobs in the store.
//!
//! Content comes as bytes within the spec, as the name of a blob the store has already, or as a path. A path means a
//! file of whoever reads it, so only a developer's own `portico` may follow one; from the API a path is refused,
//! or a deployer could release `/etc/passwd` of the node as a page.

use crate::cas::Store;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::node::folder;
use crate::node::prepare::Stored;
use crate::release::model::BlobRef;
use crate::release::rules;
use crate::release::spec::{Content, ReleaseSpec, SiteFiles, join, site_at};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

/// Whose files a spec may name.
#[derive(Debug, Clone)]
pub enum Files {
    /// Nobody's: the spec came over the network.
    Refused,
    /// Those of the user who runs this program. Relative paths begin at this folder; they may lead out of
    /// it, as in any build of a repository with several parts.
    Of(PathBuf),
}

impl Files {
    /// Replaces a site that is a folder by the files in it.
    ///
    /// # Errors
    /// `INVALID_SPEC` for a folder that cannot be read, or may not be.
    pub fn expand(&self, spec: &mut ReleaseSpec) -> Result<()> {
        let at = "site.replace";
        spec.expand_folders(&mut |path| {
            let folder = self.resolve(at, path)?;
            folder::list(&folder).map_err(|message| Error::spec(Code::InvalidSpec, at, message))
        })
    }

    /// Every file and folder that `spec` names.
    pub fn named(&self, spec: &ReleaseSpec) -> BTreeSet<PathBuf> {
        let files = spec.contents().filter_map(|(at, content)| match content {
            Content::Path(path) => self.resolve(&at, path).ok(),
            Content::Inline(_) | Content::Ref { .. } => None,
        });
        let folder = spec.folder().and_then(|path| self.resolve("site.replace", path).ok());
        files.chain(folder).collect()
    }

    /// Reads the file that `path` names.
    ///
    /// # Errors
    /// What is wrong with it, for the author of the spec.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let Self::Of(folder) = self else { return Err(REFUSED.to_owned()) };
        std::fs::read(folder.join(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("The file {path} does not exist."),
            io::ErrorKind::PermissionDenied => format!("The file {path} may not be read."),
            io::ErrorKind::IsADirectory => format!("{path} is a folder, not a file."),
            _ => format!("The file {path} cannot be read: {error}."),
        })
    }

    /// The file that `path` names.
    fn resolve(&self, at: &str, path: &str) -> Result<PathBuf> {
        match self {
            Self::Of(folder) => Ok(folder.join(path)),
            Self::Refused => Err(Error::spec(Code::InvalidSpec, at, REFUSED)),
        }
    }
}

const REFUSED: &str = "A path cannot be followed here: send the content as `data`, or release with `portico apply`.";

/// Puts every content of `spec` into the store. Blocking.
///
/// # Errors
/// `INVALID_SPEC` at the entry for a file that cannot be read, `CONTENT_DIGEST_MISSING` for a blob that is not there.
pub fn store(store: &Store, spec: &ReleaseSpec, files: &Files) -> Result<BTreeMap<String, BlobRef>> {
    let mut stored = BTreeMap::new();
    for (at, content) in spec.contents() {
        let blob = match content {
            Content::Inline(bytes) => put(store, bytes)?,
            Content::Path(path) => put(store, &read(files, &at, path)?)?,
            Content::Ref { sha256, size } => present(store, &at, sha256, *size)?,
        };
        stored.insert(at, blob);
    }
    Ok(stored)
}

/// What [`store`] would do, without doing it: nothing is written, and what has to be read again stays in
/// memory: modules and rules. Blocking.
///
/// # Errors
/// As [`store`].
pub(super) fn weigh(store: &Store, spec: &ReleaseSpec, files: &Files) -> Result<Stored> {
    let mut weighed = Stored::default();
    let rules: Vec<String> = match &spec.site.files {
        Some(SiteFiles::Listed(listed)) => {
            [rules::REDIRECTS, rules::HEADERS].iter().map(|name| join(site_at(listed), name)).collect()
        }
        Some(SiteFiles::Folder(_)) | None => Vec::new(),
    };
    for (at, content) in spec.contents() {
        let bytes = match content {
            Content::Inline(bytes) => Bytes::copy_from_slice(bytes),
            Content::Path(path) => read(files, &at, path)?.into(),
            Content::Ref { sha256, size } => {
                weighed.blobs.insert(at.clone(), present(store, &at, sha256, *size)?);
                continue;
            }
        };
        let blob = BlobRef { sha256: Digest::of(&bytes), size: bytes.len() as u64 };
        if at.starts_with("functions.") || rules.contains(&at) {
            weighed.loose.insert(blob.sha256, bytes);
        }
        weighed.blobs.insert(at, blob);
    }
    Ok(weighed)
}

fn read(files: &Files, at: &str, path: &str) -> Result<Vec<u8>> {
    files.read(path).map_err(|message| Error::spec(Code::InvalidSpec, at, message))
}

/// The blob of a content that is named and not sent.
fn present(store: &Store, at: &str, sha256: &Digest, size: u64) -> Result<BlobRef> {
    if store.contains(sha256, size) {
        return Ok(BlobRef { sha256: *sha256, size });
    }
    let message = "The store has no content of this digest and size.";
    Err(Error::spec(Code::ContentDigestMissing, at, message).detail("sha256", sha256.to_string()).detail("size", size))
}

fn put(store: &Store, bytes: &[u8]) -> Result<BlobRef> {
    Ok(BlobRef { sha256: store.put(bytes)?, size: bytes.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cas::StateDir;
    use crate::release::spec;
    use serde_json::json;

    fn spec(entry: serde_json::Value) -> ReleaseSpec {
        spec::from_value(&json!({ "project": "p", "site": { "replace": { "a.html": entry } } })).unwrap()
    }

    fn scratch() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StateDir::open(&folder.path().join("state")).unwrap());
        (folder, store)
    }

    #[test]
    fn a_path_from_the_network_is_refused_at_its_place() {
        let (_folder, store_) = scratch();
        for path in ["/etc/passwd", "a.html", "../a.html"] {
            let error = store(&store_, &spec(json!({ "path": path })), &Files::Refused).unwrap_err();
            assert_eq!(error.code, Code::InvalidSpec);
            assert!(error.path().unwrap().contains("a.html"), "{error}");
        }
    }

    #[test]
    fn a_folder_from_the_network_is_refused() {
        let site = json!({ "project": "p", "site": { "replace": { "__source": "local-dir", "path": "/etc" } } });
        let mut spec = spec::from_value(&site).unwrap();
        assert_eq!(Files::Refused.expand(&mut spec).unwrap_err().code, Code::InvalidSpec);
    }

    #[test]
    fn a_users_own_path_begins_at_the_manifest_and_may_lead_out() {
        let (folder, store_) = scratch();
        std::fs::create_dir(folder.path().join("site")).unwrap();
        std::fs::write(folder.path().join("shared.html"), "hello").unwrap();
        let files = Files::Of(folder.path().join("site"));
        let spec = spec(json!({ "path": "../shared.html" }));
        let stored = store(&store_, &spec, &files).unwrap();
        assert_eq!(stored.values().map(|blob| blob.size).collect::<Vec<_>>(), [5]);
        assert_eq!(files.named(&spec).len(), 1);
    }

    #[test]
    fn content_named_by_digest_must_be_there() {
        let (_folder, store_) = scratch();
        let digest = store_.put(b"hello").unwrap();
        let there = spec(json!({ "sha256": digest, "size": 5 }));
        store(&store_, &there, &Files::Refused).unwrap();
        let other_size = spec(json!({ "sha256": digest, "size": 6 }));
        assert_eq!(store(&store_, &other_size, &Files::Refused).unwrap_err().code, Code::ContentDigestMissing);
    }
}
