//! The encoded forms of a site's files, made before the release is: no request waits for a compressor.
//!
//! What a form is made from is named by its digest, so a file that did not change keeps its forms from one release to the
//! next, whatever it is called. They are derived: a release means the same without them, and a file whose forms cannot be
//! made, or whose content is no shorter for it, is sent as it is.
//!
//! Compressing takes long. It is done before an apply takes its turn, on threads of its own that give way to those which
//! answer requests, and the more there is to do, the less is tried.

mod coders;

use self::coders::Effort;
use crate::cas::Store;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::limits;
use crate::node::Node;
use crate::release::materialize::{Making, materialize};
use crate::release::model::{BlobRef, Release, Site, SiteFile};
use crate::release::spec::ReleaseSpec;
use crate::route::content_type::is_compressible;
use crate::route::encoding::Coding;
use futures::StreamExt;
use moka::sync::Cache;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Instant;
use tokio::sync::{Semaphore, oneshot};

/// The forms of one file.
type Forms = BTreeMap<Coding, BlobRef>;

/// The forms of files, by the digest of what they are made from. One that was tried and is not worth it is there, with none.
pub(super) type Encodings = HashMap<Digest, Forms>;

/// What the compressors of a node share.
pub(super) struct Compressors {
    /// How many may be at work.
    slots: Arc<Semaphore>,
    /// What was made since the start: an apply that fails for another reason, or of another project, leaves it to the next.
    made: Cache<Digest, Forms>,
}

impl Compressors {
    pub(super) fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(threads())), made: Cache::new(limits::PRECOMPRESS_REMEMBERED_MAX) }
    }
}

fn threads() -> usize {
    (crate::config::threads_or_cores(0) / 2).clamp(1, limits::PRECOMPRESS_AT_ONCE_MAX)
}

impl Node {
    /// The forms of every file of the release that `spec` would make now. What is missing is made, if the node does that.
    ///
    /// Which release it will be is known only when the apply has its turn: files of another one that was made live before have no
    /// forms, or those they had, until the next apply.
    pub(super) async fn precompress(
        self: &Arc<Self>,
        spec: &Arc<ReleaseSpec>,
        project: &str,
        stored: &Arc<BTreeMap<String, BlobRef>>,
    ) -> Result<Encodings> {
        let (spec, stored, name) = (Arc::clone(spec), Arc::clone(stored), project.to_owned());
        let live = self.live.table().project(project).cloned();
        let plan = self.blocking(move |node| {
            let live = live.as_ref().map(|live| &live.release);
            let upstreams = &node.upstreams();
            let making = Making { upstreams, id: String::new(), created_at_ms: 0, superseded_ms: 0 };
            let release = materialize(&spec, &name, live, &stored, making);
            // What is wrong with the spec is said when it is applied.
            Ok(release
                .map(|release| Plan::new(&release, live, &node.compressors.made, node.store(), &stored))
                .unwrap_or_default())
        });
        let Plan { mut known, missing } = plan.await?;
        let total = missing.iter().map(|file| file.size).sum();
        // A developer sees what clients will get, but never waits for it.
        let too_much = self.is_development() && total > limits::PRECOMPRESS_DEVELOPMENT_BYTES_MAX;
        if self.config.statics.precompress && !missing.is_empty() && !too_much {
            known.extend(self.compress_all(project, missing, total).await);
        }
        Ok(known)
    }

    /// Makes the forms of these files.
    async fn compress_all(self: &Arc<Self>, project: &str, files: Vec<BlobRef>, total: u64) -> Vec<(Digest, Forms)> {
        let (begun, count) = (Instant::now(), files.len());
        let effort = |size| if self.is_development() { Effort::Quick } else { Effort::of(size, total) };
        tracing::info!(project, files = count, bytes = total, "compressing files");
        let made: Vec<(Digest, Forms)> = futures::stream::iter(files)
            .map(|file| async move { (file.sha256, self.compress(file, effort(file.size)).await) })
            .buffer_unordered(threads())
            .collect()
            .await;
        let kept = made.iter().filter(|(_, forms)| !forms.is_empty()).count();
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(project, files = count, kept, bytes = total, took_ms, "files are compressed");
        made
    }

    /// Makes the forms of a file, on a thread of its own. None, after a warning in the log, if that fails.
    async fn compress(self: &Arc<Self>, file: BlobRef, effort: Effort) -> Forms {
        let digest = file.sha256;
        let failed = |why: &dyn fmt::Display| {
            tracing::warn!(%digest, error = %why, "a file could not be compressed");
            Forms::new()
        };
        // Nobody closes it.
        let Ok(slot) = Arc::clone(&self.compressors.slots).acquire_owned().await else { return Forms::new() };
        let (done, result) = oneshot::channel();
        let store = Arc::clone(self.store());
        let thread = thread::Builder::new().name("portico-compress".to_owned()).spawn(move || {
            give_way();
            // Nobody waits any more: the client that wanted the release is gone.
            let _ = done.send(forms(&store, file, effort));
            drop(slot);
        });
        match (thread, result.await) {
            (Err(error), _) => failed(&error),
            (Ok(_), Err(_)) => failed(&"the compressor panicked"),
            (Ok(_), Ok(Err(error))) => failed(&error),
            (Ok(_), Ok(Ok(forms))) => {
                self.compressors.made.insert(digest, forms.clone());
                forms
            }
        }
    }
}

/// Gives the site's files the forms there are of them.
pub(super) fn attach(site: &mut Site, encodings: &Encodings) {
    for file in site.files.values_mut().filter(|file| wants_forms(file)) {
        if let Some(forms) = encodings.get(&file.sha256) {
            file.encodings.clone_from(forms);
        }
    }
}

/// What there is to do for a release.
#[derive(Default)]
struct Plan {
    /// Forms that are in the store.
    known: Encodings,
    /// Files without any, or with some that are lost; each once.
    missing: Vec<BlobRef>,
}

impl Plan {
    /// Looks for forms in `release`, which has those of files that it took over unread, in `live`, and in what was `made` before. What is `given` was read and
    /// mended if it was damaged; its forms are, too. Blocking.
    fn new(
        release: &Release,
        live: Option<&Release>,
        made: &Cache<Digest, Forms>,
        store: &Store,
        given: &BTreeMap<String, BlobRef>,
    ) -> Self {
        let given: BTreeSet<Digest> = given.values().map(|blob| blob.sha256).collect();
        let before = live.into_iter().chain([release]).flat_map(|release| release.site.files.values());
        let before: HashMap<Digest, &Forms> =
            before.filter(|file| !file.encodings.is_empty()).map(|file| (file.sha256, &file.encodings)).collect();
        let wanted: BTreeSet<BlobRef> =
            release.site.files.values().filter(|file| wants_forms(file)).map(SiteFile::blob).collect();
        let mut plan = Self::default();
        for file in wanted {
            let forms = before.get(&file.sha256).map(|forms| (*forms).clone()).or_else(|| made.get(&file.sha256));
            let thoroughly = given.contains(&file.sha256);
            match forms.filter(|forms| forms.values().all(|form| is_good(store, form, thoroughly))) {
                Some(forms) => drop(plan.known.insert(file.sha256, forms)),
                None => plan.missing.push(file),
            }
        }
        plan
    }
}

/// Whether a file may be worth compressing.
fn wants_forms(file: &SiteFile) -> bool {
    let range = limits::PRECOMPRESS_BYTES_MIN..=limits::PRECOMPRESS_BYTES_MAX;
    range.contains(&file.size) && is_compressible(&file.content_type)
}

/// Whether a form is in the store. Looks at its bytes only if it is to be done `thoroughly`.
fn is_good(store: &Store, form: &BlobRef, thoroughly: bool) -> bool {
    match thoroughly {
        false => store.contains(&form.sha256, form.size),
        true if form.size > limits::STATIC_MEMORY_BLOB_BYTES_MAX => store.open_large(&form.sha256, form.size).is_ok(),
        true => store.load(&form.sha256, form.size).is_ok(),
    }
}

/// Makes and stores the forms of a file that are worth keeping. Blocking.
fn forms(store: &Store, file: BlobRef, effort: Effort) -> Result<Forms> {
    let bytes = store.load(&file.sha256, file.size)?;
    let mut forms = Forms::new();
    for coding in Coding::ALL {
        let encoded = coders::encode(coding, &bytes, effort).map_err(Error::internal)?;
        if !is_worth_it(encoded.len() as u64, file.size) {
            continue;
        }
        if !coders::decodes_to(coding, &encoded, &bytes) {
            return Err(Error::internal(format!("{} did not decode to what it was made from", coding.as_str())));
        }
        forms.insert(coding, BlobRef { sha256: store.put(&encoded)?, size: encoded.len() as u64 });
    }
    Ok(forms)
}

/// Whether an encoded form is so much shorter that it is worth its place on disk and in memory.
fn is_worth_it(encoded: u64, size: u64) -> bool {
    let saved = size.saturating_sub(encoded);
    saved >= limits::PRECOMPRESS_SAVING_BYTES_MIN && saved * 100 >= size * limits::PRECOMPRESS_SAVING_PERCENT_MIN
}

/// Lets every other thread of the process go first. On Linux priorities are a thread's own; elsewhere they are the process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, limits::PRECOMPRESS_NICE) {
        tracing::debug!(%error, "a compressor keeps its priority");
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
