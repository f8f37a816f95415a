//! Which changes concern a site: those of the folder, of its secrets, and of the files its manifest names.

use notify::{Event, EventKind};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The secrets of a site in development. A dotfile, yet part of what is served.
pub const SECRETS_FILE: &str = ".env";

/// Who may call functions, as `portico auth set` takes it.
pub const AUTH_FILE: &str = ".auth.json";

/// The folder of a site, and the files besides it.
#[derive(Debug)]
pub struct Scope {
    root: PathBuf,
    named: BTreeSet<PathBuf>,
}

impl Scope {
    /// The scope of the folder `root` alone.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), named: BTreeSet::new() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Replaces the files and folders that the manifest names.
    pub fn follow(&mut self, named: BTreeSet<PathBuf>) {
        self.named = named;
    }

    /// Whether a name in the folder is never part of a site: dotfiles (also of editors and version control), packages.
    pub fn ignores(name: &OsStr) -> bool {
        name.as_encoded_bytes().starts_with(b".") || name == "node_modules"
    }

    /// Whether `event` can change what is served.
    pub fn concerns(&self, event: &Event) -> bool {
        // Reading the files, as we do ourselves, is an event too.
        !matches!(event.kind, EventKind::Access(_))
            && (event.need_rescan() || event.paths.iter().any(|path| self.contains(path)))
    }

    fn contains(&self, path: &Path) -> bool {
        // What is below a named folder counts; and what is above a named file, which may have been missing until now.
        if self.named.iter().any(|named| path.starts_with(named) || named.starts_with(path)) {
            return true;
        }
        match path.strip_prefix(&self.root) {
            Ok(inside) => {
                [SECRETS_FILE, AUTH_FILE].iter().any(|file| inside == Path::new(file))
                    || !inside.iter().any(Self::ignores)
            }
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind};

    fn scope() -> Scope {
        let mut scope = Scope::new(Path::new("/site"));
        scope.follow(["/shared/lib.js", "/site/.output/app.js", "/dist"].map(PathBuf::from).into());
        scope
    }

    #[test]
    fn the_folder_its_secrets_and_named_files_count() {
        for path in [
            "/site/portico.json",
            "/site/a/b.html",
            "/site/.env",
            "/shared/lib.js",
            "/site/.output/app.js",
            "/shared",
            "/dist/a/b",
        ] {
            assert!(scope().contains(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn dotfiles_packages_and_strangers_do_not() {
        for path in
            ["/site/.git/HEAD", "/site/a/.env", "/site/node_modules/x/i.js", "/site/.a.swp", "/shared/x.js", "/sites/a"]
        {
            assert!(!scope().contains(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn reading_a_file_is_no_change() {
        let read = Event::new(EventKind::Access(AccessKind::Any)).add_path("/site/a.html".into());
        let made = Event::new(EventKind::Create(CreateKind::File)).add_path("/site/a.html".into());
        assert!(!scope().concerns(&read) && scope().concerns(&made));
    }
}
