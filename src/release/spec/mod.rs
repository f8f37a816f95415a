//! Reading a release spec (reference 3.1, 3.2).
//!
//! One parser for both dialects: the SDK's typed spec and the CLI's manifest, in snake_case or camelCase. It is
//! strict: an unknown field, a value of another type, a rule that is broken is an error with the place in the JSON
//! and, where there is one, the correction. A spec that was parsed has only well-formed fields, and obeys every rule
//! that can be checked without the release before it.

mod content;
mod functions;
mod i18n;
mod inline;
mod routes;
mod sections;
mod site;
mod types;
mod walk;

pub use functions::is_function_name;
pub use inline::inline_paths;
pub use site::check_site_path;
pub use types::*;
pub use walk::{join, nearest};

use super::validate;
use crate::error::{self, Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use walk::Node;

/// The fields of a spec.
const FIELDS: &[&str] = &[
    "$schema",
    "project",
    "project_id",
    "idempotency_key",
    "base",
    "database",
    "secrets",
    "functions",
    "site",
    "subdomains",
    "routes",
    "checks",
    "assets",
    "i18n",
    "verify",
];

/// What is often written instead of a field.
const HINTS: &[(&str, &str)] = &[
    ("subdomain", "subdomains"),
    ("function", "functions"),
    ("route", "routes"),
    ("secret", "secrets"),
    ("files", "site"),
];

/// Reads a spec.
///
/// # Errors
/// `INVALID_SPEC` with the place, and the other codes of release specs; `UNSUPPORTED_FEATURE` for what is well-formed
/// and not implemented.
pub fn parse(json: &[u8]) -> Result<ReleaseSpec> {
    let value = serde_json::from_slice(json).map_err(|error| {
        Error::new(error::Code::InvalidSpec, format!("The release spec is not JSON: {error}."))
            .detail("line", error.line())
            .detail("column", error.column())
    })?;
    from_value(&value)
}

/// [`parse`] for JSON that was read already.
pub fn from_value(value: &Value) -> Result<ReleaseSpec> {
    let spec = read(value)?;
    validate::spec(&spec)?;
    Ok(spec)
}

/// Reads every section, without the rules between them.
fn read(value: &Value) -> Result<ReleaseSpec> {
    let root = Node::root(value).object_with_hints(FIELDS, HINTS)?;
    let mut unsupported = Vec::new();
    let spec = ReleaseSpec {
        project: sections::project(&root)?,
        idempotency_key: root
            .some("idempotency_key")
            .map(|key| key.non_empty_string().map(str::to_owned))
            .transpose()?,
        base: root.some("base").map(|base| sections::base(&base)).transpose()?.unwrap_or_default(),
        site: root.some("site").map(|site| site::read(&site)).transpose()?.unwrap_or_default(),
        functions: match root.some("functions") {
            Some(functions) => functions::read(&functions, &mut unsupported)?,
            None => None,
        },
        routes: match root.some("routes") {
            Some(routes) => routes::read(&routes, &mut unsupported)?,
            None => None,
        },
        i18n: root.field("i18n").map(|i18n| i18n.non_null().map(|i18n| i18n::read(&i18n)).transpose()).transpose()?,
        subdomains: root.some("subdomains").map(|s| sections::subdomains(&s)).transpose()?.unwrap_or_default(),
        secrets_required: match root.some("secrets") {
            Some(secrets) => sections::secrets(&secrets, &mut unsupported)?,
            None => None,
        },
        unsupported: Vec::new(),
    };
    sections::not_implemented(&root, &mut unsupported)?;
    Ok(ReleaseSpec { unsupported, ..spec })
}

impl ReleaseSpec {
    /// The project it names.
    pub fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// Every content with its place, such as `site.replace["index.html"]`: what [`super::materialize::materialize`]
    /// wants a blob for. The files of a folder that was not expanded are not among them.
    pub fn contents(&self) -> impl Iterator<Item = (String, &Content)> {
        self.entries().map(|(at, entry)| (at, &entry.content))
    }

    /// The folder its site is, if it is one: relative to the manifest.
    pub fn folder(&self) -> Option<&str> {
        match &self.site.files {
            Some(SiteFiles::Folder(folder)) => Some(folder),
            Some(SiteFiles::Listed(_)) | None => None,
        }
    }

    /// Replaces a site that is a folder by the files in it. `list` gets the folder and says the paths of all files
    /// below it, relative to it and with slashes; each becomes a [`Content::Path`] below the folder.
    ///
    /// # Errors
    /// What `list` says, and what is wrong with the paths.
    pub fn expand_folders(&mut self, list: &mut dyn FnMut(&str) -> Result<Vec<String>>) -> Result<()> {
        let Some(SiteFiles::Folder(folder)) = &self.site.files else { return Ok(()) };
        let mut files = BTreeMap::new();
        for path in list(folder)? {
            let content = Content::Path(inline::below(folder, &path));
            files.insert(path, Entry { content, content_type: None });
        }
        let files = Section::Replace(files);
        site::check_files(&files)?;
        self.site.files = Some(SiteFiles::Listed(files));
        Ok(())
    }

    fn entries(&self) -> impl Iterator<Item = (String, &Entry)> {
        let site = match &self.site.files {
            Some(SiteFiles::Listed(files)) => Some(files),
            Some(SiteFiles::Folder(_)) | None => None,
        };
        let site = site.into_iter().flat_map(|files| {
            let at = site_at(files);
            files.set().iter().map(move |(path, entry)| (join(at, path), entry))
        });
        let functions = self.functions.iter().flat_map(|functions| {
            let at = functions_at(functions);
            functions.set().iter().flat_map(move |(name, function)| function.entries(&join(at, name)))
        });
        site.chain(functions)
    }
}

impl FunctionSpec {
    /// Its modules and where they are, for a function at `at`.
    fn entries(&self, at: &str) -> Vec<(String, &Entry)> {
        match &self.code {
            None => Vec::new(),
            Some(Code::Source { entry, .. }) => vec![(format!("{at}.source"), entry)],
            Some(Code::Files { files, .. }) => {
                files.iter().map(|(path, entry)| (join(&format!("{at}.files"), path), entry)).collect()
            }
        }
    }
}

/// Where the files of a site are listed.
pub fn site_at(files: &Section<Entry>) -> &'static str {
    match files {
        Section::Replace(_) => "site.replace",
        Section::Patch { .. } => "site.patch.put",
    }
}

/// Where the functions are listed.
pub(super) fn functions_at(functions: &Section<FunctionSpec>) -> &'static str {
    match functions {
        Section::Replace(_) => "functions.replace",
        Section::Patch { .. } => "functions.patch.set",
    }
}

#[cfg(test)]
mod tests;
