//! The files of a folder that is released as a whole.
//!
//! Whoever writes `"path": "dist"` means the pages in it, not what tools and systems leave beside them: names that
//! begin with a dot are left out (`.env` and `.git` above all), but for `.well-known`, which RFC 8615 reserves for the
//! web; so is `node_modules`. A symbolic link is followed only while it stays in the folder: the folder is what was
//! named, and not what a link in it may lead to.

use crate::limits;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Paths of all files in `folder`, relative to it, with `/` between their parts, sorted.
///
/// # Errors
/// A folder that cannot be read, a name that is not UTF-8, a link that leads out, too many files.
pub fn list(folder: &Path) -> Result<Vec<String>, String> {
    let unreadable = |path: &Path, error: &io::Error| format!("{} cannot be read: {error}.", path.display());
    let root = folder.canonicalize().map_err(|error| unreadable(folder, &error))?;
    let mut files = Vec::new();
    let mut next = vec![(root.clone(), String::new())];
    while let Some((path, prefix)) = next.pop() {
        for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, &error))? {
            let entry = entry.map_err(|error| unreadable(&path, &error))?;
            let name = entry.file_name();
            if is_left_out(&name) {
                continue;
            }
            let file = entry.path();
            let Some(name) = name.to_str() else {
                return Err(format!("The name of {} is not UTF-8.", file.display()));
            };
            let target = inside(&root, &file).map_err(|error| unreadable(&file, &error))?;
            let relative = format!("{prefix}{name}");
            if target.is_dir() {
                next.push((target, format!("{relative}/")));
            } else {
                files.push(relative);
            }
            if files.len() + next.len() > limits::SITE_FOLDER_FILES_MAX {
                return Err(format!("{} has more than {} files.", folder.display(), limits::SITE_FOLDER_FILES_MAX));
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Where a path really leads; an error if that is not below `root`, or is above the path itself (a link in a circle).
fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let target = path.canonicalize()?;
    if !target.starts_with(root) {
        return Err(io::Error::other("it is a link that leads out of the folder"));
    }
    if path.starts_with(&target) && path != target {
        return Err(io::Error::other("it is a link to a folder that it is in"));
    }
    Ok(target)
}

fn is_left_out(name: &OsStr) -> bool {
    name == "node_modules" || (name.as_encoded_bytes().starts_with(b".") && name != ".well-known")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        folder
    }

    #[test]
    fn what_tools_leave_behind_is_left_out() {
        let folder =
            folder(&["index.html", "a/b.js", ".env", ".git/HEAD", "node_modules/x.js", ".well-known/security.txt"]);
        assert_eq!(list(folder.path()).unwrap(), [".well-known/security.txt", "a/b.js", "index.html"]);
    }

    #[test]
    fn a_link_may_not_lead_out_nor_in_circles() {
        let (inner, other) = (folder(&["a/index.html"]), folder(&["secret"]));
        symlink(inner.path().join("a/index.html"), inner.path().join("home.html")).unwrap();
        assert_eq!(list(inner.path()).unwrap(), ["a/index.html", "home.html"]);

        symlink(other.path().join("secret"), inner.path().join("leak")).unwrap();
        assert!(list(inner.path()).unwrap_err().contains("leads out"));

        fs::remove_file(inner.path().join("leak")).unwrap();
        symlink(inner.path(), inner.path().join("a/loop")).unwrap();
        assert!(list(inner.path()).unwrap_err().contains("that it is in"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        assert!(list(Path::new("/nowhere/dist")).unwrap_err().contains("/nowhere/dist"));
    }
}
