//! A dry run: everything an apply does, but the swap. Nothing is kept, not even content.

use crate::error::Result;
use crate::node::Node;
use crate::node::consent::Consent;
use crate::node::content::{self, Files};
use crate::node::prepare::Prepared;
use crate::release::diff;
use crate::release::spec::ReleaseSpec;
use serde_json::{Value, json};
use std::sync::Arc;

impl Node {
    /// Says what [`Node::apply`] would do.
    ///
    /// # Errors
    /// Those of [`Node::apply`], but for warnings, which are only listed.
    pub async fn rehearse(
        self: &Arc<Self>,
        mut spec: ReleaseSpec,
        project: Option<&str>,
        files: Files,
        consent: &Consent,
    ) -> Result<Value> {
        let project = Self::project_meant(&spec, project)?;
        let live = self.base_of(&spec, &project)?;
        let base = live.clone();
        let (Prepared { release, handles, mut warnings }, mut difference) = self
            .blocking(move |node| {
                files.expand(&mut spec)?;
                let stored = content::weigh(node.store(), &spec, &files)?;
                let prepared = node.prepare(&spec, &project, base.as_deref(), &stored)?;
                node.releases.check_claims(&project, &prepared.release.subdomains)?;
                let before = base.as_deref().map(|live| &live.release);
                // What a spec brings is not stored yet, so nothing can be said to be missing.
                let limit = diff::LIMIT_DEFAULT;
                let difference = diff::diff(before, &prepared.release, &node.given(), limit, &|_| true);
                Ok((prepared, difference))
            })
            .await?;
        let known = live.as_ref().map(|live| &live.payload.handles);
        let checked = match self.check(&handles, known).await {
            Ok(()) => self.check_gates(&release).await,
            refused => refused,
        };
        self.discard(&handles, known);
        checked?;

        let is_noop = live.as_ref().is_some_and(|live| live.release.digest == release.digest);
        let blocking = if is_noop { Vec::new() } else { consent.blocking(&warnings) };
        difference.to_release_id = None;
        warnings.extend(difference.warnings.iter().cloned());
        Ok(json!({
            "dry_run": true,
            "release_id": null,
            "project_id": release.project,
            "digest": release.digest,
            "parent_id": release.parent,
            "is_noop": is_noop,
            "urls": self.urls(&release.project),
            "warnings": warnings,
            "blocking": blocking,
            "diff": difference,
        }))
    }
}
