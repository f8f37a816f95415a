//! The release spec in a folder, and the files it names.

use crate::error::{Code, Error, Result};
use std::path::{Path, PathBuf};

/// What a release spec is called in its folder, first come first served.
const NAMES: [&str; 2] = ["portico.json", "app.json"];

/// The release spec of a folder.
pub fn find(folder: &Path) -> Result<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file()).ok_or_else(|| {
        Error::new(Code::InvalidSpec, format!("The folder holds no release spec: neither {}.", NAMES.join(" nor ")))
    })
}

/// Reads a release spec.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| unreadable(file, &error))
}

/// A file of the user's that cannot be read.
pub fn unreadable(file: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::InvalidSpec, format!("{} cannot be read: {error}.", file.display()))
}

/// Says which file an error is in, unless it names one itself: a function's module is nearer to the mistake.
pub fn in_file(error: Error, file: &Path) -> Error {
    let key = if error.details.contains_key("file") { "manifest" } else { "file" };
    error.detail(key, file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portico_json_comes_before_app_json() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find(folder.path()).unwrap_err().message.contains("app.json"));
        std::fs::write(folder.path().join("app.json"), "{}").unwrap();
        assert!(find(folder.path()).unwrap().ends_with("app.json"));
        std::fs::write(folder.path().join("portico.json"), "{}").unwrap();
        assert!(find(folder.path()).unwrap().ends_with("portico.json"));
    }

    #[test]
    fn the_nearest_file_is_kept() {
        let spec = in_file(Error::new(Code::InvalidSpec, ""), Path::new("a/portico.json"));
        assert_eq!(spec.details["file"], "a/portico.json");
        let module = Error::new(Code::FunctionBuildFailed, "").detail("file", "index.mjs");
        let module = in_file(module, Path::new("a/portico.json"));
        assert_eq!(
            (&module.details["file"], &module.details["manifest"]),
            (&"index.mjs".into(), &"a/portico.json".into())
        );
    }
}
