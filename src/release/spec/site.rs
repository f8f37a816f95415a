//! The `site` section: files and public paths (reference 3.2).

use super::content;
use super::types::{Entry, Section, SiteFiles, SiteSpec};
use super::walk::{Node, join};
use crate::error::{Code, Error, Result};
use crate::limits::{SITE_FILES_MAX, SITE_PATH_BYTES_MAX};
use crate::route::path::canonicalize;
use crate::route::statics::{PublicPath, PublicPaths, public_path};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

const HINTS: &[(&str, &str)] = &[("file", "replace"), ("files", "replace")];

/// Reads the section.
pub fn read(node: &Node<'_>) -> Result<SiteSpec> {
    let object = node.object_with_hints(&["replace", "patch", "public_paths"], HINTS)?;
    let files = match (object.some("replace"), object.some("patch")) {
        (Some(_), Some(_)) => return Err(node.invalid("A site is replaced or patched, not both.")),
        (Some(replace), None) => Some(read_replace(&replace)?),
        (None, Some(patch)) => Some(SiteFiles::Listed(read_patch(&patch)?)),
        (None, None) => None,
    };
    if let Some(SiteFiles::Listed(files)) = &files {
        check_files(files)?;
    }
    let public_paths = object.some("public_paths").map(|paths| read_public_paths(&paths)).transpose()?;
    Ok(SiteSpec { files, public_paths })
}

fn read_replace(node: &Node<'_>) -> Result<SiteFiles> {
    if node.value.get("__source").is_some_and(Value::is_string) {
        let object = node.object(&["__source", "path"])?;
        let source = object.required("__source")?;
        if source.string()? != "local-dir" {
            return Err(source.invalid("The source of a site is `local-dir`."));
        }
        return Ok(SiteFiles::Folder(object.required("path")?.non_empty_string()?.to_owned()));
    }
    Ok(SiteFiles::Listed(Section::Replace(read_files(node)?)))
}

fn read_patch(node: &Node<'_>) -> Result<Section<Entry>> {
    let object = node.object_with_hints(&["put", "delete"], &[("set", "put")])?;
    let set = object.some("put").map(|put| read_files(&put)).transpose()?.unwrap_or_default();
    let delete = object.some("delete");
    let deleted = delete.as_ref().map(Node::distinct_strings).transpose()?.unwrap_or_default();
    if let (Some(at), Some(both)) = (delete, deleted.iter().find(|path| set.contains_key(*path))) {
        return Err(at.invalid(format!("`{both}` is put and deleted.")));
    }
    Ok(Section::Patch { set, delete: deleted })
}

fn read_files(node: &Node<'_>) -> Result<BTreeMap<String, Entry>> {
    let mut files = BTreeMap::new();
    for (path, entry) in node.entries()? {
        files.insert(path.to_owned(), content::read(&entry)?);
    }
    Ok(files)
}

/// Checks the paths of listed files.
pub fn check_files(files: &Section<Entry>) -> Result<()> {
    let at = super::site_at(files);
    if files.set().len() > SITE_FILES_MAX {
        let message = format!("The site has more than {SITE_FILES_MAX} files.");
        return Err(Error::spec(Code::InvalidSpec, at, message).detail("max", SITE_FILES_MAX));
    }
    let mut public: HashMap<String, &str> = HashMap::new();
    for path in files.set().keys() {
        check_adapter_tree(at, path)?;
        check_site_path(&join(at, path), path)?;
        if let Some(other) = public.insert(public_path(path), path) {
            let message = format!("`{path}` and `{other}` are the same path in Unicode's composed form.");
            return Err(Error::spec(Code::InvalidSpec, join(at, path), message));
        }
    }
    Ok(())
}

/// Checks that `path` can be the path of a site's file: relative, and with a public path that requests can have.
///
/// # Errors
/// `INVALID_SPEC` at `at`.
pub fn check_site_path(at: &str, path: &str) -> Result<()> {
    let invalid = |message: String| Error::spec(Code::InvalidSpec, at, message);
    if path.is_empty() || path.len() > SITE_PATH_BYTES_MAX {
        return Err(invalid(format!("A file's path has 1 to {SITE_PATH_BYTES_MAX} bytes.")));
    }
    if let Some(relative) = path.strip_prefix('/') {
        let error = invalid("A file's path has no slash at its beginning.".to_owned());
        return Err(error.with_fix(json!({ "action": "rename_field", "path": at, "to": relative })));
    }
    if path.ends_with('/') {
        return Err(invalid("A file's path names a file, not a folder.".to_owned()));
    }
    // As a request would have to write it.
    match canonicalize(&format!("/{}", path.replace('%', "%25"))) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(invalid(format!("No request can reach this file: {error}.")).detail("reason", error.code().as_str()))
        }
    }
}

fn check_adapter_tree(at: &str, path: &str) -> Result<()> {
    if path == "run402/adapter.json" || path.starts_with("run402/server/") {
        let message =
            "The site is the build folder of the Astro adapter; its public half is the `run402/client` folder in it.";
        return Err(Error::spec(Code::AstroAdapterTreeInSite, join(at, path), message));
    }
    Ok(())
}

fn read_public_paths(node: &Node<'_>) -> Result<PublicPaths> {
    let object = node.object(&["mode", "replace"])?;
    let mode = object.required("mode")?;
    let replace = object.some("replace");
    match (mode.string()?, replace) {
        ("implicit", None) => Ok(PublicPaths::Implicit),
        ("implicit", Some(replace)) => Err(replace.invalid("Public paths are listed in `explicit` mode only.")),
        ("explicit", Some(replace)) => Ok(PublicPaths::Explicit { replace: read_declared(&replace)? }),
        ("explicit", None) => Err(node.invalid("`explicit` mode needs `replace`, the public paths.")),
        _ => Err(mode
            .invalid("The mode is neither `implicit` nor `explicit`.")
            .detail("known", vec!["implicit", "explicit"])),
    }
}

fn read_declared(node: &Node<'_>) -> Result<BTreeMap<String, PublicPath>> {
    let mut declared = BTreeMap::new();
    let mut canonical: HashMap<String, &str> = HashMap::new();
    for (path, entry) in node.entries()? {
        if path.contains(['?', '#']) {
            return Err(
                entry.invalid("A public path has no query and no fragment: `?` is written `%3F`, `#` is `%23`.")
            );
        }
        let reachable = canonicalize(path).map_err(|error| {
            entry.invalid(format!("No request has this path: {error}.")).detail("reason", error.code().as_str())
        })?;
        if let Some(other) = canonical.insert(reachable.into_owned(), path) {
            return Err(entry.invalid(format!("`{path}` and `{other}` are the same path.")));
        }
        let object = entry.object(&["asset", "cache_class"])?;
        let asset = object.required("asset")?.non_empty_string()?.to_owned();
        let cache_class =
            object.some("cache_class").map(|class| class.non_empty_string().map(str::to_owned)).transpose()?;
        declared.insert(path.to_owned(), PublicPath { asset, cache_class });
    }
    Ok(declared)
}
