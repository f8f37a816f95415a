//! What a release spec says, once it has been read.
//!
//! `None` means that the spec says nothing and the release before it is asked; it never means "empty".

use crate::digest::Digest;
use crate::release::function_config::{Compat, FunctionConfig};
use crate::release::gate::RoleGate;
use crate::release::model::{Class, I18n, Runtime};
use crate::route::statics::PublicPaths;
use crate::route::table::Route;
use std::collections::BTreeMap;

/// A release spec whose every field is well-formed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleaseSpec {
    /// The project it names.
    pub project: Option<String>,
    /// The key under which repeating the same apply changes nothing.
    pub idempotency_key: Option<String>,
    /// What omitted sections are carried forward from.
    pub base: Base,
    /// Files and public paths.
    pub site: SiteSpec,
    /// The functions.
    pub functions: Option<Section<FunctionSpec>>,
    /// The complete route table.
    pub routes: Option<Vec<Route>>,
    /// The locales; `Some(None)` removes them.
    pub i18n: Option<Option<I18n>>,
    /// Managed subdomains.
    pub subdomains: SubdomainsSpec,
    /// Secrets the project must have.
    pub secrets_required: Option<Vec<String>>,
    /// What it asks for and this node does not do: refused as a whole ([`crate::release::validate`]), never half
    /// obeyed.
    pub unsupported: Vec<Unsupported>,
}

/// A feature a spec asks for and this node does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The field.
    pub at: String,
    /// What it would do.
    pub what: &'static str,
}

/// The release that omitted sections come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Base {
    /// The live one.
    #[default]
    Current,
    /// None: what is omitted is empty.
    Empty,
    /// This one.
    Release(String),
}

/// Named things: all of them, or what changes.
#[derive(Debug, Clone, PartialEq)]
pub enum Section<T> {
    /// These and no others.
    Replace(BTreeMap<String, T>),
    /// Those of the base, with these changes.
    Patch {
        /// New or changed.
        set: BTreeMap<String, T>,
        /// Gone.
        delete: Vec<String>,
    },
}

impl<T> Section<T> {
    /// What is new or changed.
    pub fn set(&self) -> &BTreeMap<String, T> {
        match self {
            Self::Replace(all) => all,
            Self::Patch { set, .. } => set,
        }
    }

    /// Whether the section says nothing (reference 3.2, emptiness).
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Replace(all) => all.is_empty(),
            Self::Patch { set, delete } => set.is_empty() && delete.is_empty(),
        }
    }
}

/// Files and public paths.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SiteSpec {
    /// The files.
    pub files: Option<SiteFiles>,
    /// Which of them are public.
    pub public_paths: Option<PublicPaths>,
}

/// The files of a site.
#[derive(Debug, Clone, PartialEq)]
pub enum SiteFiles {
    /// Given one by one.
    Listed(Section<Entry>),
    /// All those in a folder of whoever reads the spec: [`ReleaseSpec::expand_folders`].
    Folder(String),
}

/// A file and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its bytes.
    pub content: Content,
    /// Its `Content-Type`, if its author says.
    pub content_type: Option<String>,
}

/// Bytes, or where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Within the spec.
    Inline(Vec<u8>),
    /// In a file of whoever reads the spec, relative to the manifest.
    Path(String),
    /// In the store already.
    Ref {
        /// Their name.
        sha256: Digest,
        /// Their length in bytes.
        size: u64,
    },
}

/// A function. In a patch, what it omits stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FunctionSpec {
    /// The runtime it was written for.
    pub runtime: Option<Runtime>,
    /// What it is for.
    pub class: Option<Class>,
    /// Its modules.
    pub code: Option<Code>,
    /// Its limits and switches.
    pub config: FunctionConfig,
    /// How its handler is called.
    pub compat: Option<Compat>,
    /// Whether a user must be there.
    pub require_auth: Option<bool>,
    /// The role a user must have; `Some(None)` takes the gate away.
    pub require_role: Option<Option<RoleGateSpec>>,
    /// Whether it may begin sessions.
    pub begins_sessions: Option<bool>,
    /// Whether it may be called by name without any credential.
    pub allow_unauthenticated: Option<bool>,
}

/// The modules of a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Code {
    /// One module, and the name it gets ([`super::functions::module_name`]).
    Source {
        /// The name.
        name: &'static str,
        /// The module.
        entry: Entry,
    },
    /// Several.
    Files {
        /// The one that is loaded.
        entrypoint: String,
        /// All of them, by path.
        files: BTreeMap<String, Entry>,
    },
}

/// The role that callers of a function must have (reference 3.2, 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGateSpec {
    /// Where it stands in the spec, in the spec's own spelling.
    pub at: String,
    /// What it says.
    pub gate: RoleGate,
}

/// Changes to the managed subdomains. Nothing in it means nothing was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubdomainsSpec {
    /// These and no others.
    pub set: Option<Vec<String>>,
    /// These too.
    pub add: Vec<String>,
    /// Not these.
    pub remove: Vec<String>,
}
