//! What would serve a request: the answer of the code that serves it.

use crate::cas::Store;
use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::node::question::{self, Asked};
use crate::release::live::HostMiss;
use crate::route::host;
use crate::route::method::Method;
use crate::route::report::{Binding, CasObject, Question, explain};
use crate::route::statics::StaticFile;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;

impl Node {
    /// Resolves a request as the edge would (reference 3.9).
    ///
    /// # Errors
    /// `BAD_FIELD` for a question that is none. A host or a path that leads nowhere is an answer.
    pub async fn resolve(self: &Arc<Self>, asked: Asked) -> Result<Value> {
        let question = asked.question()?;
        // It looks for a file on disk.
        self.blocking(move |node| node.report(&question)).await
    }

    fn report(&self, asked: &question::Question) -> Result<Value> {
        let hostname = host::normalize(&asked.host)
            .ok_or_else(|| Error::new(Code::BadField, "That is not a host name.").detail("field", "host"))?;
        let question = Question {
            hostname: &hostname,
            raw_path: &asked.path,
            query: asked.query.as_deref(),
            method: Method::parse(&asked.method),
        };
        let found = self.live.lookup(&hostname);
        let pointer = match &found {
            Err(HostMiss::Unavailable { project, .. }) => self.releases.live(project),
            _ => None,
        };
        let binding = match &found {
            Err(HostMiss::NotConfigured | HostMiss::SubdomainNotConfigured) => Binding::Unbound,
            Err(HostMiss::NoRelease { project }) => Binding::NoRelease { project },
            Err(HostMiss::Unavailable { project, outage }) => Binding::Unusable {
                project,
                release_id: pointer.as_ref().map(|pointer| pointer.release.as_str()),
                generation: pointer.as_ref().map(|pointer| pointer.generation),
                outage: *outage,
            },
            Ok(live) => Binding::Live {
                project: &live.release.project,
                release_id: &live.release.id,
                generation: live.generation,
                tables: &live.tables,
            },
        };
        let mut report = explain(question, binding, |file| probe(self.store(), file));
        if let Err(miss) = &found {
            report["error_code"] = json!(miss.code().as_str());
        }
        report["method"] = json!(asked.method);
        // A rule of `_redirects` may look at the query and hand it on; nothing else does.
        report["query_ignored"] = json!(asked.query.is_some() && report["redirect"].is_null());
        report["fragment_ignored"] = json!(asked.fragment_ignored);
        Ok(report)
    }
}

/// What the store has of a file. By its name and length only, as an answer is expected at once.
fn probe(store: &Store, file: &StaticFile) -> CasObject {
    let actual_size = fs::metadata(store.path(&file.sha256)).ok().filter(fs::Metadata::is_file).map(|meta| meta.len());
    CasObject { exists: actual_size.is_some(), actual_size }
}
