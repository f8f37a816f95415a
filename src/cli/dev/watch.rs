//! Notices that something a release is made of has changed.
//!
//! Editors write a file in several steps and build tools write many, so changes are collected until it has been
//! quiet for a moment. Folders are watched one by one on Linux, because inotify has a watch per folder and a
//! recursive one would spend thousands on `node_modules`. A file that the manifest names is watched wherever it is.

use crate::cli::dev::scope::Scope;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Time without a change after which a burst of changes is over.
const QUIET_MS: u64 = 100;

/// Longest wait for that: a tool that never stops writing must not hide every change.
const QUIET_WAIT_MS_MAX: u64 = 2_000;

/// Folders watched at most: above it the folder is hardly a site, and the system's watches are shared with editors.
const FOLDERS_MAX: usize = 4_096;

/// The watched folder.
pub struct Watch {
    watcher: RecommendedWatcher,
    scope: Arc<RwLock<Scope>>,
    /// Holds one note at most: that something changed says all.
    changes: mpsc::Receiver<()>,
}

impl Watch {
    /// Starts to watch `root`, an absolute path.
    pub fn start(root: &Path) -> notify::Result<Self> {
        let scope = Arc::new(RwLock::new(Scope::new(root)));
        let (note, changes) = mpsc::channel(1);
        let seen = scope.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let scope = seen.read().unwrap_or_else(PoisonError::into_inner);
            if event.map_or(true, |event| scope.concerns(&event)) {
                // Full means that a change is noted already.
                let _ = note.try_send(());
            }
        })?;
        let mut watch = Self { watcher, scope, changes };
        watch.refresh()?;
        Ok(watch)
    }

    /// Ends when something has changed and it is quiet again.
    pub async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            // The watcher lives in `self`, so its sender does too.
            return std::future::pending().await;
        }
        let deadline = Instant::now() + Duration::from_millis(QUIET_WAIT_MS_MAX);
        while Instant::now() < deadline
            && matches!(timeout(Duration::from_millis(QUIET_MS), self.changes.recv()).await, Ok(Some(())))
        {}
    }

    /// Watches folders that are new. Called before a release is read, so that a later change is never missed.
    pub fn refresh(&mut self) -> notify::Result<()> {
        let root = self.scope.read().unwrap_or_else(PoisonError::into_inner).root().to_owned();
        if !cfg!(target_os = "linux") {
            return self.watcher.watch(&root, RecursiveMode::Recursive);
        }
        self.watcher.watch(&root, RecursiveMode::NonRecursive)?;
        for folder in folders(&root) {
            // Watching a folder twice is one watch. It may be gone again by now, which is a change of its own.
            let _ = self.watcher.watch(&folder, RecursiveMode::NonRecursive);
        }
        Ok(())
    }

    /// Replaces the files and folders that are watched besides the folder's own.
    pub fn follow(&mut self, files: BTreeSet<PathBuf>) {
        for file in &files {
            if file.is_dir() {
                folders(file).iter().for_each(|folder| drop(self.watcher.watch(folder, RecursiveMode::NonRecursive)));
            }
            if let Some(folder) = file.ancestors().find(|folder| folder.is_dir()) {
                let _ = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            }
        }
        self.scope.write().unwrap_or_else(PoisonError::into_inner).follow(files);
    }
}

/// The folders below `root` that a site may be made of.
fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut next = vec![root.to_owned()];
    while let Some(folder) = next.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !Scope::ignores(&entry.file_name()) && found.len() < FOLDERS_MAX {
                found.push(entry.path());
                next.push(entry.path());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_noticed(watch: &mut Watch) -> bool {
        timeout(Duration::from_secs(5), watch.changed()).await.is_ok()
    }

    async fn is_quiet(watch: &mut Watch) -> bool {
        timeout(Duration::from_millis(4 * QUIET_MS), watch.changed()).await.is_err()
    }

    #[tokio::test]
    async fn a_change_in_an_old_or_a_new_folder_is_noticed_once() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("site")).unwrap();
        let mut watch = Watch::start(root.path()).unwrap();
        std::fs::write(root.path().join("site/a.html"), "a").unwrap();
        std::fs::write(root.path().join("site/b.html"), "b").unwrap();
        assert!(is_noticed(&mut watch).await && is_quiet(&mut watch).await);

        std::fs::create_dir(root.path().join("new")).unwrap();
        assert!(is_noticed(&mut watch).await);
        watch.refresh().unwrap();
        std::fs::write(root.path().join("new/c.html"), "c").unwrap();
        assert!(is_noticed(&mut watch).await);
    }

    #[tokio::test]
    async fn a_folder_made_anew_is_watched_again() {
        let root = tempfile::tempdir().unwrap();
        let dist = root.path().join("dist");
        std::fs::create_dir(&dist).unwrap();
        let mut watch = Watch::start(root.path()).unwrap();
        std::fs::remove_dir(&dist).unwrap();
        std::fs::create_dir(&dist).unwrap();
        assert!(is_noticed(&mut watch).await);
        watch.refresh().unwrap();
        std::fs::write(dist.join("a.html"), "a").unwrap();
        assert!(is_noticed(&mut watch).await);
    }

    #[tokio::test]
    async fn ignored_folders_are_quiet_and_named_files_are_not() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(root.path().join("node_modules")).unwrap();
        let mut watch = Watch::start(root.path()).unwrap();
        std::fs::write(root.path().join("node_modules/x.js"), "x").unwrap();
        std::fs::write(root.path().join(".swap"), "x").unwrap();
        assert!(is_quiet(&mut watch).await);

        watch.follow(BTreeSet::from([other.path().join("shared.js")]));
        std::fs::write(other.path().join("unrelated.js"), "x").unwrap();
        assert!(is_quiet(&mut watch).await);
        std::fs::write(other.path().join("shared.js"), "x").unwrap();
        assert!(is_noticed(&mut watch).await);
    }
}
