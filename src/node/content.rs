//! From what a spec says its content is to blobs in the store.
//!
//! Content comes as bytes within the spec, as the name of a blob the store has already, or as a path. A path means a
//! file of whoever reads it, so only a developer's own `portico` may follow one; from the API a path is refused,
//! or a deployer could release `/etc/passwd` of the node as a page.

use crate::cas::Store;
use crate::error::{Code, Error, Result};
use crate::release::model::BlobRef;
use crate::release::spec::{Content, ReleaseSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

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
    /// The file that `path` names.
    fn resolve(&self, at: &str, path: &str) -> Result<PathBuf> {
        match self {
            Self::Of(folder) => Ok(folder.join(path)),
            Self::Refused => Err(Error::spec(
                Code::InvalidSpec,
                at,
                "A path cannot be followed here: send the content as `data`, or release with `portico apply`.",
            )),
        }
    }

    /// Every file that `spec` names.
    pub fn named(&self, spec: &ReleaseSpec) -> BTreeSet<PathBuf> {
        let paths = spec.contents().filter_map(|(at, content)| match content {
            Content::Path(path) => self.resolve(&at, path).ok(),
            Content::Inline(_) | Content::Ref { .. } => None,
        });
        paths.collect()
    }
}

/// Puts every content of `spec` into the store. Blocking.
///
/// # Errors
/// `INVALID_SPEC` at the entry for a file that cannot be read, `CONTENT_DIGEST_MISSING` for a blob that is not there.
pub fn store(store: &Store, spec: &ReleaseSpec, files: &Files) -> Result<BTreeMap<String, BlobRef>> {
    let mut stored = BTreeMap::new();
    for (at, content) in spec.contents() {
        let blob = match content {
            Content::Inline(bytes) => put(store, bytes)?,
            Content::Path(path) => put(store, &read_named(&files.resolve(&at, path)?, &at, path)?)?,
            Content::Ref { sha256, size } => {
                if !store.contains(sha256, *size) {
                    return Err(Error::spec(Code::ContentDigestMissing, at, "The store has no content of this digest and size.")
                        .detail("sha256", sha256.to_string())
                        .detail("size", *size));
                }
                BlobRef { sha256: *sha256, size: *size }
            }
        };
        stored.insert(at, blob);
    }
    Ok(stored)
}

fn put(store: &Store, bytes: &[u8]) -> Result<BlobRef> {
    Ok(BlobRef { sha256: store.put(bytes)?, size: bytes.len() as u64 })
}

/// Reads a file of the user's. The message names it as the spec does; `at` is the place in the spec.
pub fn read_named(file: &Path, at: &str, path: &str) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "does not exist",
            io::ErrorKind::PermissionDenied => "may not be read",
            io::ErrorKind::IsADirectory => "is a folder",
            _ => "cannot be read",
        };
        Error::spec(Code::InvalidSpec, at, format!("The file {path} {what}.")).because(format!("{}: {error}", file.display()))
    })
}
