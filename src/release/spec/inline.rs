//! A spec made fit to travel: what it names by path becomes bytes within it.

use super::functions::module_name;
use super::types::{Content, Entry};
use super::walk::join;
use crate::error::{Code, Error, Result};
use crate::route::content_type;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Where the files of a site are.
const SITE_MAPS: [&[&str]; 2] = [&["site", "replace"], &["site", "patch", "put"]];

/// Where functions are.
const FUNCTION_MAPS: [&[&str]; 2] = [&["functions", "replace"], &["functions", "patch", "set"]];

/// Replaces every `{"path": …}` in `spec` by its bytes, as `data` in `base64` with a `content_type`, and a site that is
/// a folder by the files in it. Paths are handed on as they are written: `load` reads a file, `list` says the paths of
/// all files below a folder, relative to it and with slashes. What is not a spec is left to [`super::from_value`].
///
/// # Errors
/// `INVALID_SPEC` at the entry, with what `load` or `list` says.
pub fn inline_paths(
    spec: &mut Value,
    load: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    list: &mut dyn FnMut(&str) -> Result<Vec<String>, String>,
) -> Result<()> {
    if let Some(site) = spec.pointer_mut("/site/replace")
        && site.get("__source").and_then(Value::as_str) == Some("local-dir")
        && let Some(folder) = site.get("path").and_then(Value::as_str).map(str::to_owned)
    {
        let files = list(&folder).map_err(|message| refused("site.replace", &message))?;
        *site = files
            .into_iter()
            .map(|path| (path.clone(), json!({ "path": below(&folder, &path) })))
            .collect::<Map<_, _>>()
            .into();
    }
    for keys in SITE_MAPS {
        for_each(spec, keys, &mut |at, name, entry| {
            inline(at, entry, load, &|path| content_type::guess_from(name, path))
        })?;
    }
    for keys in FUNCTION_MAPS {
        for_each(spec, keys, &mut |at, _, function| {
            if let Some(source) = function.get_mut("source") {
                inline(&join(at, "source"), source, load, &guess_module)?;
            }
            for_each(function, &["files"], &mut |file, _, entry| {
                inline(&format!("{at}.{file}"), entry, load, &guess_module)
            })
        })?;
    }
    Ok(())
}

/// A path below a folder.
pub(super) fn below(folder: &str, path: &str) -> String {
    format!("{}/{path}", folder.trim_end_matches('/'))
}

/// Calls `visit` with every member of the object at `keys`: its place, its name, itself.
fn for_each(
    value: &mut Value,
    keys: &[&str],
    visit: &mut dyn FnMut(&str, &str, &mut Value) -> Result<()>,
) -> Result<()> {
    let map = keys.iter().try_fold(value, |value, key| value.get_mut(key)).and_then(Value::as_object_mut);
    for (name, entry) in map.into_iter().flatten() {
        visit(&join(&keys.join("."), name), name, entry)?;
    }
    Ok(())
}

fn inline(
    at: &str,
    entry: &mut Value,
    load: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    guess: &dyn Fn(&str) -> &'static str,
) -> Result<()> {
    let Some(object) = entry.as_object_mut() else { return Ok(()) };
    let Some(path) = object.get("path").and_then(Value::as_str).map(str::to_owned) else { return Ok(()) };
    let bytes = load(&path).map_err(|message| refused(at, &message))?;
    object.shift_remove("path");
    object.insert("data".to_owned(), STANDARD.encode(bytes).into());
    object.insert("encoding".to_owned(), "base64".into());
    if !object.contains_key("content_type") && !object.contains_key("contentType") {
        object.insert("content_type".to_owned(), guess(&path).into());
    }
    Ok(())
}

/// The type that gives a module the name its path would.
fn guess_module(path: &str) -> &'static str {
    match module_name(&Entry { content: Content::Path(path.to_owned()), content_type: None }) {
        "index.ts" => "application/typescript",
        "index.tsx" => "text/tsx",
        "index.jsx" => "text/jsx",
        _ => content_type::guess(path),
    }
}

fn refused(at: &str, message: &str) -> Error {
    Error::spec(Code::InvalidSpec, at, message)
}

#[cfg(test)]
#[path = "inline_tests.rs"]
mod tests;
