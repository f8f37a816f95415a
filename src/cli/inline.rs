//! A release spec made fit to travel: every file it names by path becomes bytes within it.

use crate::error::{Code, Error, Result};
use crate::node::read_named;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::path::Path;

/// Replaces the paths in `spec`, which begin at `folder`, by what they name.
pub fn inline(text: &[u8], folder: &Path) -> Result<Value> {
    let mut spec: Value = serde_json::from_slice(text).map_err(|error| {
        Error::new(Code::InvalidSpec, format!("The release spec is not JSON: {error}."))
    })?;
    for section in [&["site", "replace"][..], &["site", "patch", "put"]] {
        each(&mut spec, section, |at, entry| inline_entry(at, entry, folder))?;
    }
    for section in [&["functions", "replace"][..], &["functions", "patch", "set"]] {
        each(&mut spec, section, |at, function| {
            if let Some(source) = function.get_mut("source") {
                inline_entry(&format!("{at}.source"), source, folder)?;
            }
            each(function, &["files"], |file, entry| inline_entry(&format!("{at}.{file}"), entry, folder))
        })?;
    }
    Ok(spec)
}

/// Calls `visit` with every member of the object at `keys`, and where it is.
fn each(value: &mut Value, keys: &[&str], mut visit: impl FnMut(&str, &mut Value) -> Result<()>) -> Result<()> {
    let object = keys.iter().try_fold(value, |value, key| value.get_mut(key)).and_then(Value::as_object_mut);
    for (name, entry) in object.into_iter().flatten() {
        visit(&format!("{}.{name}", keys.join(".")), entry)?;
    }
    Ok(())
}

/// `{"path": ...}` becomes `{"data": ..., "encoding": ...}`; everything else an entry may be stays as it is.
fn inline_entry(at: &str, entry: &mut Value, folder: &Path) -> Result<()> {
    let Some(object) = entry.as_object_mut() else { return Ok(()) };
    let Some(Value::String(path)) = object.get("path").cloned() else { return Ok(()) };
    let bytes = read_named(&folder.join(&path), at, &path)?;
    object.shift_remove("path");
    insert(object, bytes);
    Ok(())
}

/// Text travels as it is: base64 would make it a third longer.
fn insert(object: &mut Map<String, Value>, bytes: Vec<u8>) {
    let (data, encoding) = match String::from_utf8(bytes) {
        Ok(text) => (text, "utf-8"),
        Err(other) => (STANDARD.encode(other.as_bytes()), "base64"),
    };
    object.insert("data".to_owned(), data.into());
    object.insert("encoding".to_owned(), encoding.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("site")).unwrap();
        std::fs::write(folder.path().join("a.html"), "hello").unwrap();
        std::fs::write(folder.path().join("b.png"), [0xff, 0]).unwrap();
        folder
    }

    #[test]
    fn paths_become_bytes_wherever_content_may_be() {
        let folder = folder();
        let spec = json!({
            "site": { "replace": {
                "a.html": { "path": "../a.html", "content_type": "text/html" },
                "b.png": { "path": "../b.png" },
                "c.txt": "path",
            } },
            "functions": { "replace": { "f": { "source": { "path": "../a.html" }, "files": { "x": { "path": "../a.html" } } } } },
        });
        let text = serde_json::to_vec(&spec).unwrap();
        let spec = inline(&text, &folder.path().join("site")).unwrap();
        let hello = json!({ "data": "hello", "encoding": "utf-8" });
        assert_eq!(spec["site"]["replace"]["a.html"], json!({ "content_type": "text/html", "data": "hello", "encoding": "utf-8" }));
        assert_eq!(spec["site"]["replace"]["b.png"], json!({ "data": "/wA=", "encoding": "base64" }));
        assert_eq!(spec["site"]["replace"]["c.txt"], "path");
        assert_eq!(spec["functions"]["replace"]["f"]["source"], hello);
        assert_eq!(spec["functions"]["replace"]["f"]["files"]["x"], hello);
    }

    #[test]
    fn a_file_that_is_missing_is_named_with_its_place() {
        let text = br#"{"functions":{"patch":{"set":{"f":{"source":{"path":"gone.mjs"}}}}}}"#;
        let error = inline(text, folder().path()).unwrap_err();
        assert_eq!(error.path(), Some("functions.patch.set.f.source"));
        assert!(error.message.contains("gone.mjs"), "{error}");
    }
}
