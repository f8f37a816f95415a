//! From a spec and the release before it to a complete release (reference 3.3).
//!
//! What a spec leaves out is carried forward; what it says replaces or patches. The result refers to nothing outside
//! itself, and every name in it is known to lead somewhere. Pure: id and time are the caller's.

use super::gate::Gate;
use super::model::{BlobRef, Class, Function, Release, Site, SiteFile, VERSION};
use super::spec::{
    self, Base, Content, Entry, FunctionSpec, ReleaseSpec, Section, SiteFiles, SubdomainsSpec, functions_at, join,
    site_at,
};
use super::superseded;
use super::validate;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::route::content_type;
use crate::route::method::Methods;
use crate::route::statics::{CacheClass, StaticTable};
use crate::route::table::{self, Route, Target};
use std::collections::{BTreeMap, BTreeSet};

/// What a release is made with, beside its spec and its base.
#[derive(Debug, Clone)]
pub struct Making<'n> {
    /// The names in the node's configuration that routes may lead to.
    pub upstreams: &'n BTreeSet<String>,
    /// `rel_` and 24 hex digits.
    pub id: String,
    /// Milliseconds since 1970.
    pub created_at_ms: u64,
    /// How long fingerprinted files of earlier releases are answered, in milliseconds.
    pub superseded_ms: u64,
}

/// Makes a release of `project`, but for the rules in files of its site ([`super::rules::complete`]).
///
/// `base` is the project's live release, or the one `spec.base` names. `content` has the blob of every place in
/// [`ReleaseSpec::contents`].
///
/// # Errors
/// `INVALID_SPEC` with the place for names that lead nowhere, `STATIC_IMMUTABLE_PATH_CHANGED`,
/// `BASE_RELEASE_CONFLICT` when `base` is not the one the spec names.
pub fn materialize(
    spec: &ReleaseSpec,
    project: &str,
    base: Option<&Release>,
    content: &BTreeMap<String, BlobRef>,
    making: Making<'_>,
) -> Result<Release> {
    let carried = carried_forward(spec, base)?;
    let site = make_site(spec, carried, content)?;
    let functions = make_functions(spec, carried, content)?;
    let mut routes = match (&spec.routes, carried) {
        (Some(routes), _) => routes.clone(),
        (None, Some(base)) => base.routes.clone(),
        (None, None) => Vec::new(),
    };
    validate::site(&site)?;
    validate::functions(&functions)?;
    validate::routes(&routes, &functions, &site, making.upstreams)?;
    complete_routes(&mut routes);

    let mut release = Release {
        version: VERSION.to_owned(),
        id: making.id,
        project: project.to_owned(),
        parent: base.map(|base| base.id.clone()),
        created_at: making.created_at_ms,
        digest: Digest::from_bytes([0; 32]),
        site,
        functions,
        routes,
        i18n: match &spec.i18n {
            Some(i18n) => i18n.clone(),
            None => carried.and_then(|base| base.i18n.clone()),
        },
        subdomains: make_subdomains(&spec.subdomains, carried),
        secrets_required: match &spec.secrets_required {
            Some(required) => sorted(required.iter()),
            None => carried.map(|base| base.secrets_required.clone()).unwrap_or_default(),
        },
        superseded: BTreeMap::new(),
        // They are in files of the site: [`super::rules::complete`] reads them.
        redirects: Vec::new(),
        header_rules: Vec::new(),
    };
    if let Some(base) = base {
        let table = release.static_table();
        check_immutable_paths(&table, base)?;
        release.superseded =
            superseded::carry_on(&table, base, deleted(spec), making.created_at_ms, making.superseded_ms);
    }
    release.digest = release.content_digest();
    Ok(release)
}

/// The release that omitted sections come from.
fn carried_forward<'b>(spec: &ReleaseSpec, base: Option<&'b Release>) -> Result<Option<&'b Release>> {
    match &spec.base {
        Base::Current => Ok(base),
        Base::Empty => Ok(None),
        Base::Release(id) if base.is_some_and(|base| base.id == *id) => Ok(base),
        Base::Release(id) => {
            let message = format!("The release {id} is not the one this was to be made from.");
            Err(Error::spec(Code::BaseReleaseConflict, "base.release_id", message)
                .detail("base", base.map(|base| base.id.as_str())))
        }
    }
}

/// The blob of a place.
fn blob(content: &BTreeMap<String, BlobRef>, at: &str, entry: &Entry) -> Result<BlobRef> {
    match (content.get(at), &entry.content) {
        (Some(blob), _) => Ok(*blob),
        (None, Content::Ref { sha256, size }) => Ok(BlobRef { sha256: *sha256, size: *size }),
        (None, Content::Inline(_) | Content::Path(_)) => {
            Err(Error::internal(format!("the content at {at} was not stored")))
        }
    }
}

fn make_site(spec: &ReleaseSpec, base: Option<&Release>, content: &BTreeMap<String, BlobRef>) -> Result<Site> {
    let mut site = base.map(|base| base.site.clone()).unwrap_or_default();
    match &spec.site.files {
        None => {}
        Some(SiteFiles::Folder(_)) => {
            let message = "A folder cannot be followed here: list the files, or release with `portico apply`.";
            return Err(Error::spec(Code::InvalidSpec, "site.replace", message));
        }
        Some(SiteFiles::Listed(files)) => {
            match files {
                Section::Replace(_) => site.files.clear(),
                Section::Patch { delete, .. } => delete.iter().for_each(|path| {
                    site.files.remove(path);
                }),
            }
            for (path, entry) in files.set() {
                let blob = blob(content, &join(site_at(files), path), entry)?;
                let content_type = entry.content_type.clone().unwrap_or_else(|| guess(path, entry).to_owned());
                let encodings = BTreeMap::new();
                let file = SiteFile { sha256: blob.sha256, size: blob.size, content_type, encodings };
                site.files.insert(path.clone(), file);
            }
        }
    }
    // Left out, public paths stay as they are: a site that was explicit does not open up by itself.
    if let Some(public_paths) = &spec.site.public_paths {
        site.public_paths = public_paths.clone();
    }
    Ok(site)
}

/// The files that the spec says are to go.
fn deleted(spec: &ReleaseSpec) -> &[String] {
    match &spec.site.files {
        Some(SiteFiles::Listed(Section::Patch { delete, .. })) => delete,
        _ => &[],
    }
}

fn guess(path: &str, entry: &Entry) -> &'static str {
    match &entry.content {
        Content::Path(source) => content_type::guess_from(path, source),
        Content::Inline(_) | Content::Ref { .. } => content_type::guess(path),
    }
}

fn make_functions(
    spec: &ReleaseSpec,
    base: Option<&Release>,
    content: &BTreeMap<String, BlobRef>,
) -> Result<BTreeMap<String, Function>> {
    let mut functions = base.map(|base| base.functions.clone()).unwrap_or_default();
    let Some(section) = &spec.functions else { return Ok(functions) };
    match section {
        Section::Replace(_) => functions.clear(),
        Section::Patch { delete, .. } => delete.iter().for_each(|name| {
            functions.remove(name);
        }),
    }
    for (name, function) in section.set() {
        let at = join(functions_at(section), name);
        let before = functions.get(name);
        let made = make_function(&at, function, before, content)?;
        functions.insert(name.clone(), made);
    }
    Ok(functions)
}

/// A function of the spec over the one before it, which a patch leaves as it is where it says nothing.
fn make_function(
    at: &str,
    function: &FunctionSpec,
    before: Option<&Function>,
    content: &BTreeMap<String, BlobRef>,
) -> Result<Function> {
    let (entrypoint, files) = match (&function.code, before) {
        (Some(code), _) => modules(at, code, content)?,
        (None, Some(before)) => (before.entrypoint.clone(), before.files.clone()),
        (None, None) => {
            let message = "There is no such function to patch: a new one needs `source`, or `files` and `entrypoint`.";
            return Err(Error::spec(Code::InvalidSpec, at, message));
        }
    };
    Ok(Function {
        runtime: function.runtime.or(before.map(|before| before.runtime)).unwrap_or_default(),
        class: function.class.or(before.map(|before| before.class)).unwrap_or(Class::Standard),
        entrypoint,
        files,
        config: before.map_or_else(|| function.config.clone(), |before| function.config.or(&before.config)),
        compat: function.compat.or(before.and_then(|before| before.compat)),
        gate: make_gate(function, before),
        allow_unauthenticated: function
            .allow_unauthenticated
            .or(before.and_then(|before| before.allow_unauthenticated)),
        // Read from its source when that is there.
        marked_unauthenticated: before.is_some_and(|before| before.marked_unauthenticated),
        begins_sessions: function.begins_sessions.or(before.map(|before| before.begins_sessions)).unwrap_or_default(),
    })
}

/// What is left out stays as it was; `null` takes a role away.
fn make_gate(function: &FunctionSpec, before: Option<&Function>) -> Gate {
    let before = before.map(|before| &before.gate);
    Gate {
        require_auth: function.require_auth.or(before.map(|gate| gate.require_auth)).unwrap_or_default(),
        require_role: match &function.require_role {
            Some(said) => said.as_ref().map(|said| said.gate.clone()),
            None => before.and_then(|gate| gate.require_role.clone()),
        },
    }
}

fn modules(
    at: &str,
    code: &spec::Code,
    content: &BTreeMap<String, BlobRef>,
) -> Result<(String, BTreeMap<String, BlobRef>)> {
    match code {
        spec::Code::Source { name, entry } => {
            let blob = blob(content, &join(at, "source"), entry)?;
            Ok(((*name).to_owned(), [((*name).to_owned(), blob)].into()))
        }
        spec::Code::Files { entrypoint, files } => {
            let at = join(at, "files");
            let blobs = files.iter().map(|(path, entry)| Ok((path.clone(), blob(content, &join(&at, path), entry)?)));
            Ok((entrypoint.clone(), blobs.collect::<Result<_>>()?))
        }
    }
}

/// Routes in the order of a table; static ones with the methods they mean when they name none.
fn complete_routes(routes: &mut [Route]) {
    for route in routes.iter_mut() {
        if let Target::Static { .. } = route.target {
            route.methods = Some(Methods::READ);
        }
    }
    table::sort(routes);
}

fn make_subdomains(spec: &SubdomainsSpec, base: Option<&Release>) -> Vec<String> {
    if let Some(set) = &spec.set {
        return sorted(set.iter());
    }
    let before = base.map(|base| base.subdomains.as_slice()).unwrap_or_default();
    sorted(before.iter().filter(|name| !spec.remove.contains(name)).chain(&spec.add))
}

fn sorted<'s>(names: impl Iterator<Item = &'s String>) -> Vec<String> {
    names.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Browsers that have a file of class `immutable_versioned` do not ask for it again for a year, so its path keeps its
/// bytes.
fn check_immutable_paths(after: &StaticTable, base: &Release) -> Result<()> {
    let before = base.static_table();
    let immutable = before
        .entries()
        .filter(|(_, hit)| hit.file.cache_class == CacheClass::ImmutableVersioned)
        .map(|(path, hit)| (path, hit.file.sha256));
    // A name that was gone for some releases is still kept by the browsers that saw it.
    let superseded = base.superseded.iter().map(|(path, old)| (path.as_str(), old.file.sha256));
    let mut changed: Vec<&str> = immutable
        .chain(superseded)
        .filter(|(path, sha256)| after.lookup(path).is_some_and(|now| now.file.sha256 != *sha256))
        .map(|(path, _)| path)
        .collect();
    changed.sort_unstable();
    let Some(first) = changed.first() else { return Ok(()) };
    let message =
        format!("Browsers keep {first} for a year, so its content cannot change: give the new content another name.");
    Err(Error::spec(Code::StaticImmutablePathChanged, "site", message).detail("paths", changed))
}

#[cfg(test)]
#[path = "materialize_tests.rs"]
mod tests;
