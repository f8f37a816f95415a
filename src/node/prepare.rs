//! From a spec to a release that could go live, and what is to be said about it. Nothing is visible yet.

use crate::digest::Digest;
use crate::edge::Attached;
use crate::error::{Code, Error, Result};
use crate::functions::Handles;
use crate::node::Node;
use crate::node::attach::check_secrets;
use crate::node::precompress::{self, Encodings};
use crate::release::directives;
use crate::release::live::LiveRelease;
use crate::release::materialize::{Making, materialize};
use crate::release::model::{BlobRef, Release};
use crate::release::rules;
use crate::release::spec::{Base, ReleaseSpec, Section};
use crate::release::store::check_project;
use crate::release::warnings::{Carried, Warning, warnings};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A release that has only to be activated.
pub(super) struct Prepared {
    pub release: Release,
    pub handles: Handles,
    /// Against the release that is live.
    pub warnings: Vec<Warning>,
}

/// The content of a spec.
#[derive(Default)]
pub(super) struct Stored {
    /// The blob of each place in the spec.
    pub blobs: BTreeMap<String, BlobRef>,
    /// Modules and rules that are only in memory, because nothing is to be kept.
    pub loose: BTreeMap<Digest, Bytes>,
    /// Encoded forms of the site's files.
    pub encodings: Encodings,
}

impl Node {
    /// The project that is meant: the call's, or else the spec's.
    pub(super) fn project_meant(spec: &ReleaseSpec, project: Option<&str>) -> Result<String> {
        let project = project.or(spec.project()).map(str::to_owned).ok_or_else(|| {
            Error::spec(
                Code::InvalidSpec,
                "project",
                "Which project is meant? The spec does not say, and neither does the call.",
            )
        })?;
        check_project(&project)?;
        Ok(project)
    }

    /// The live release of a project, which a spec is applied to.
    pub(super) fn base_of(&self, spec: &ReleaseSpec, project: &str) -> Result<Option<Arc<LiveRelease<Attached>>>> {
        let live = self.live.table().project(project).cloned();
        if live.is_none() && spec.base != Base::Empty && self.releases.live(project).is_some() {
            return Err(Error::new(
                Code::StorageUnavailable,
                "The live release cannot be read, so nothing can be carried forward from it: apply a complete one, with `base` `{\"release\": \"empty\"}`.",
            ));
        }
        Ok(live)
    }

    /// Makes the release that `spec` means on top of `live`, with functions that are not yet loaded. Blocking.
    pub(super) fn prepare(
        &self,
        spec: &ReleaseSpec,
        project: &str,
        live: Option<&LiveRelease<Attached>>,
        stored: &Stored,
    ) -> Result<Prepared> {
        let before = live.map(|live| &live.release);
        let making = Making {
            upstreams: &self.upstreams(),
            id: release_id(),
            created_at_ms: now_ms(),
            superseded_ms: self.config.statics.superseded_ms(),
        };
        let mut release = materialize(spec, project, before, &stored.blobs, making)?;
        rules::complete(&mut release, spec, &|file| match stored.loose.get(&file.sha256) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.store().load(&file.sha256, file.size),
        })?;
        directives::complete(&mut release, spec, &|module| match stored.loose.get(&module.sha256) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.store().load(&module.sha256, module.size),
        })?;
        precompress::attach(&mut release.site, &stored.encodings);
        let secrets = self.secrets.load(project)?;
        check_secrets(&release, &secrets)?;
        let attached = live.map(|live| (&live.release, &live.payload.handles));
        let handles = self.handles(&release, &secrets, attached, &stored.loose)?;
        let carried = before.filter(|_| spec.base != Base::Empty).map(|_| carried(spec, &release));
        let warnings = warnings(&release, before, Some(&carried.unwrap_or_default()));
        Ok(Prepared { release, handles, warnings })
    }
}

/// What the spec says by leaving it out, given that something is carried forward.
fn carried(spec: &ReleaseSpec, release: &Release) -> Carried {
    let named = spec.functions.as_ref().map(Section::set);
    let left_out = |name: &&String| !named.is_some_and(|named| named.contains_key(*name));
    Carried { routes: spec.routes.is_none(), functions: release.functions.keys().filter(left_out).cloned().collect() }
}

/// `rel_` and 24 hex digits. Only has to be new: a fast generator will do.
fn release_id() -> String {
    format!("rel_{:024x}", fastrand::u128(..) >> 32)
}

pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
