//! A release: everything that is needed to answer for a project, in one immutable document.
//!
//! Nothing in it refers to the release before it or to the spec it came from: sections a spec leaves out are copied
//! when the release is made. So a release can be activated again at any time, and means then what it meant before.

use super::function_config::{Compat, FunctionConfig};
use super::gate::{Gate, RoleColumns};
use super::rules;
use super::superseded;
use crate::digest::Digest;
use crate::route::encoding::Coding;
use crate::route::header_rules::{HeaderRule, HeaderRules};
use crate::route::locale::{Detect, Locales, UnknownLocalePolicy};
use crate::route::redirects::{RedirectRule, RedirectTable};
use crate::route::resolve::Tables;
use crate::route::statics::{Asset, Encoded, PublicPaths, StaticTable};
use crate::route::table::{Route, RouteTable, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The version every document names.
pub const VERSION: &str = "portico.release.v1";

/// What the digest of a release is taken over begins with (reference 3.3).
const DIGEST_PREFIX: &str = "run402-materialized-release-v1:";

/// Fields that say which release it is and what came before it, not what it holds: the digest leaves them out.
const IDENTITY_FIELDS: [&str; 5] = ["id", "parent", "created_at", "digest", "superseded"];

/// Bytes in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobRef {
    /// Their name.
    pub sha256: Digest,
    /// Their length in bytes.
    pub size: u64,
}

/// A file of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    /// The name of its bytes.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Its `Content-Type`.
    pub content_type: String,
    /// The same bytes, encoded. Derived: which forms there are says nothing about what the release holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encodings: BTreeMap<Coding, BlobRef>,
}

impl SiteFile {
    /// Its bytes.
    pub const fn blob(&self) -> BlobRef {
        BlobRef { sha256: self.sha256, size: self.size }
    }

    /// The file as the static table takes it.
    pub fn asset(&self, path: &str) -> Asset {
        let encoded =
            |(coding, blob): (&Coding, &BlobRef)| Encoded { coding: *coding, sha256: blob.sha256, size: blob.size };
        Asset {
            path: path.to_owned(),
            sha256: self.sha256,
            size: self.size,
            content_type: self.content_type.clone(),
            encodings: self.encodings.iter().map(encoded).collect(),
        }
    }
}

/// The static half of a release.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Path without a slash at its beginning -> file.
    pub files: BTreeMap<String, SiteFile>,
    /// Which of them the public can reach.
    pub public_paths: PublicPaths,
}

/// The Node.js whose globals a function expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// `node22`, the only one there is (reference 3.2).
    #[default]
    Node22,
}

/// What a function is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Answers where routes say so.
    #[default]
    Standard,
    /// Renders pages: also gets every path nothing else answers.
    Ssr,
}

/// A function of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// The runtime it was written for.
    pub runtime: Runtime,
    /// What it is for.
    pub class: Class,
    /// The file that is loaded: a key of `files`.
    pub entrypoint: String,
    /// Its modules, by path.
    pub files: BTreeMap<String, BlobRef>,
    /// Its limits and switches.
    #[serde(default)]
    pub config: FunctionConfig,
    /// How its handler is called, if not as the web does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compat: Option<Compat>,
    /// Who may call it.
    #[serde(default, skip_serializing_if = "Gate::is_open")]
    pub gate: Gate,
    /// Whether it may begin sessions: the capability `auth.sessionMint`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begins_sessions: bool,
    /// Whether it may be called by name without any credential, if the spec says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_unauthenticated: Option<bool>,
    /// Whether its source says so ([`super::directives`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked_unauthenticated: bool,
}

impl Function {
    /// Whether it may be called by name without any credential. The spec's word counts more than the source's.
    pub fn allows_unauthenticated(&self) -> bool {
        self.allow_unauthenticated.unwrap_or(self.marked_unauthenticated)
    }
}

/// The locales of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct I18n {
    /// One of `locales`.
    pub default_locale: String,
    /// In RFC 5646 canonical casing.
    pub locales: Vec<String>,
    /// Where a wish is looked for, in order.
    pub detect: Vec<Detect>,
    /// What a wish for another locale leads to.
    #[serde(default)]
    pub unknown_locale_policy: UnknownLocalePolicy,
}

impl I18n {
    /// The table that requests are negotiated with.
    pub fn table(&self) -> Locales {
        Locales::build(&self.default_locale, &self.locales, &self.detect, self.unknown_locale_policy)
    }
}

/// A fingerprinted file of an earlier release, which pages loaded before this release still ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Superseded {
    /// Its path in the site it was part of.
    pub asset: String,
    /// Its bytes and their type.
    pub file: SiteFile,
    /// When a release without it was made, in milliseconds since 1970.
    pub since: u64,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// [`VERSION`].
    pub version: String,
    /// `rel_` and 24 hex digits.
    pub id: String,
    /// The project.
    pub project: String,
    /// The release it was made from.
    pub parent: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub created_at: u64,
    /// [`Release::content_digest`].
    pub digest: Digest,
    /// Files and public paths.
    pub site: Site,
    /// Functions by name.
    pub functions: BTreeMap<String, Function>,
    /// The route table, in its order.
    pub routes: Vec<Route>,
    /// The locales, if it has any.
    pub i18n: Option<I18n>,
    /// Its managed subdomains, in order.
    pub subdomains: Vec<String>,
    /// Secrets the project must have, in order.
    pub secrets_required: Vec<String>,
    /// What the site's `_redirects` says, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<RedirectRule>,
    /// What the site's `_headers` says, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header_rules: Vec<HeaderRule>,
    /// Public path -> file, of releases before this one ([`super::superseded`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub superseded: BTreeMap<String, Superseded>,
}

impl Release {
    /// The digest of what the release holds: two releases of a project with the same digest answer alike.
    ///
    /// The SHA-256 of a prefix and the canonical JSON of everything but the release's identity (reference 3.3).
    pub fn content_digest(&self) -> Digest {
        // A release is strings, numbers and maps with string keys: all of that has a JSON form.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            for field in IDENTITY_FIELDS {
                fields.remove(field);
            }
        }
        for file in value.pointer_mut("/site/files").and_then(Value::as_object_mut).into_iter().flatten() {
            file.1.as_object_mut().map(|fields| fields.remove("encodings"));
        }
        value.sort_all_objects();
        Digest::of(format!("{DIGEST_PREFIX}{value}").as_bytes())
    }

    /// Every blob the release refers to, with repetitions. Superseded files are not among them: that one of those is gone is
    /// no reason to refuse a release.
    pub fn blobs(&self) -> impl Iterator<Item = BlobRef> {
        let encoded = self.site.files.values().flat_map(|file| file.encodings.values().copied());
        self.originals().chain(encoded)
    }

    /// Every blob the release cannot do without, with repetitions: all but those made from others.
    pub fn originals(&self) -> impl Iterator<Item = BlobRef> {
        let modules = self.functions.values().flat_map(|function| function.files.values().copied());
        self.site.files.values().map(SiteFile::blob).chain(modules)
    }

    /// The function that gets every path nothing else answers.
    pub fn ssr(&self) -> Option<&str> {
        let mut functions = self.functions.iter();
        functions.find(|(_, function)| function.class == Class::Ssr).map(|(name, _)| name.as_str())
    }

    /// Where the gates of its functions look roles up, if any of them asks for one.
    pub fn role_columns(&self) -> Option<&RoleColumns> {
        let mut gates = self.functions.values().filter_map(|function| function.gate.require_role.as_ref());
        gates.next().map(|gate| &gate.columns)
    }

    /// The lookup tables, when `previous` is what was live before. Takes time in proportion to the releases.
    pub fn tables(&self, previous: Option<&Self>) -> Tables {
        let mut statics = self.static_table();
        superseded::add(&mut statics, self, previous);
        let locales = self.i18n.as_ref().map(|i18n| i18n.locales.as_slice()).unwrap_or_default();
        Tables {
            routes: RouteTable::build(self.routes.clone()),
            statics,
            ssr: self.ssr().map(str::to_owned),
            i18n: self.i18n.as_ref().map(I18n::table),
            redirects: RedirectTable::build(&self.redirects, locales),
            header_rules: HeaderRules::build(&self.header_rules),
        }
    }

    /// The static half of [`Release::tables`].
    pub fn static_table(&self) -> StaticTable {
        let aliased: BTreeSet<&str> = self
            .routes
            .iter()
            .filter_map(|route| match &route.target {
                Target::Static { file } => Some(file.as_str()),
                Target::Function { .. } | Target::Proxy { .. } => None,
            })
            .collect();
        let files = self.site.files.iter().filter(|(path, _)| !rules::is_rule_file(path));
        let assets: Vec<Asset> = files.map(|(path, file)| file.asset(path)).collect();
        let table = StaticTable::build(&assets, &self.site.public_paths, &aliased);
        if self.header_rules.is_empty() { table } else { table.with_fields(&HeaderRules::build(&self.header_rules)) }
    }
}
