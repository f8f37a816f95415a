//! Binding hosts to projects on a running node: disk first, then the table that requests read.

use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::release::store::hosts::HostBinding;
use crate::release::store::{HostSource, check_project};
use std::sync::Arc;

impl Node {
    /// Every host of the node, sorted.
    pub fn hosts(&self) -> Vec<HostBinding> {
        self.live.table().hosts().bindings.clone()
    }

    /// Gives a host to a project.
    ///
    /// # Errors
    /// `PROJECT_NOT_FOUND` for a project without any release: a binding to a misspelt one would answer 404 for ever.
    pub async fn bind_host(self: &Arc<Self>, host: &str, project: &str) -> Result<HostBinding> {
        check_project(project)?;
        let (host, project) = (host.to_owned(), project.to_owned());
        let _turn = self.turn().await;
        self.blocking(move |node| {
            node.known_project(&project)?;
            let host = node.releases.bind(&host, &project)?;
            node.live.publish_hosts(node.releases.hosts());
            tracing::info!(host, project, "host bound");
            Ok(HostBinding { host, project, source: HostSource::Custom })
        })
        .await
    }

    /// Takes a host away from its project.
    pub async fn unbind_host(self: &Arc<Self>, host: &str) -> Result<HostBinding> {
        let host = host.to_owned();
        let _turn = self.turn().await;
        self.blocking(move |node| {
            let project = node.releases.unbind(&host)?;
            node.live.publish_hosts(node.releases.hosts());
            tracing::info!(host, project, "host unbound");
            Ok(HostBinding { host, project, source: HostSource::Custom })
        })
        .await
    }

    /// Refuses a project that no release was ever applied to.
    pub(super) fn known_project(&self, project: &str) -> Result<()> {
        check_project(project)?;
        if self.releases.list(project)?.is_empty() {
            return Err(Error::new(Code::ProjectNotFound, "No release was ever applied to that project.")
                .detail("project", project));
        }
        Ok(())
    }
}
