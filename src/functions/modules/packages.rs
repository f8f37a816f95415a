//! Packages among the function's files: `node_modules/NAME` as a package manager lays it out, or `NAME.js`.
//!
//! One folder at the root, no nesting: who has more bundles. The point is that a release can bring the package
//! that it was tested with, above all `@run402/functions`.

use super::resolve::{Files, ROOT, candidates};
use serde_json::Value;

/// Conditions of `exports` that hold here. The environment is a worker's, not Node's.
const CONDITIONS: [&str; 4] = ["workerd", "worker", "import", "default"];

/// Depth of conditions within conditions.
const CONDITIONS_DEPTH_MAX: usize = 8;

/// The module that a bare import means. `None` if no file is of that name; an error if the package does not offer it.
pub(super) fn find(files: &impl Files, text: &str) -> Option<Result<String, String>> {
    let (name, subpath) = split(text)?;
    let folder = format!("{ROOT}node_modules/{name}");
    let manifest = files.content(&format!("{folder}/package.json"));
    if let Some(manifest) = manifest.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()) {
        let target = match manifest.get("exports") {
            Some(exports) => exported(exports, subpath),
            None if subpath.is_empty() => Some(main(&manifest).to_owned()),
            None => Some(subpath.to_owned()),
        };
        let Some(target) = target else { return Some(Err(format!("the package does not export `.{subpath}`"))) };
        let target = target.trim_start_matches('.').trim_start_matches('/');
        return Some(
            existing(files, &format!("{folder}/{target}"))
                .ok_or_else(|| format!("the package's file {target} is not among the function's files")),
        );
    }
    existing(files, &format!("{folder}{subpath}")).or_else(|| existing(files, &format!("{ROOT}{text}"))).map(Ok)
}

/// `@scope/name/sub/path` to name and `/sub/path`.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.match_indices('/').map(|(at, _)| at);
    let end = if text.starts_with('@') { parts.nth(1) } else { parts.next() }.unwrap_or(text.len());
    let (name, subpath) = text.split_at(end);
    let fits = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '%', '?', '#']);
    (name.split('/').all(fits) && !subpath.split('/').any(|part| part == "..")).then_some((name, subpath))
}

fn main(manifest: &Value) -> &str {
    let field = |name: &str| manifest.get(name).and_then(Value::as_str);
    field("module").or_else(|| field("main")).unwrap_or("index.js")
}

/// What `exports` has for `subpath`, `""` being the package itself.
fn exported(exports: &Value, subpath: &str) -> Option<String> {
    let key = format!(".{subpath}");
    let by_path = exports.as_object().filter(|object| object.keys().any(|key| key.starts_with('.')));
    let Some(paths) = by_path else {
        return if subpath.is_empty() { by_condition(exports, 0) } else { None };
    };
    if let Some(target) = paths.get(&key) {
        return by_condition(target, 0);
    }
    paths.iter().find_map(|(pattern, target)| {
        let (before, after) = pattern.split_once('*')?;
        let star = key.strip_prefix(before)?.strip_suffix(after)?;
        Some(by_condition(target, 0)?.replace('*', star))
    })
}

fn by_condition(target: &Value, depth: usize) -> Option<String> {
    match target {
        Value::String(path) => Some(path.clone()),
        Value::Array(choices) if depth < CONDITIONS_DEPTH_MAX => {
            choices.iter().find_map(|choice| by_condition(choice, depth + 1))
        }
        Value::Object(conditions) if depth < CONDITIONS_DEPTH_MAX => conditions
            .iter()
            .filter(|(name, _)| CONDITIONS.contains(&name.as_str()))
            .find_map(|(_, target)| by_condition(target, depth + 1)),
        _ => None,
    }
}

fn existing(files: &impl Files, path: &str) -> Option<String> {
    candidates(path).find(|candidate| files.contains(candidate))
}

#[cfg(test)]
mod tests {
    use super::super::resolve::tests::Fake;
    use super::*;

    #[test]
    fn a_package_is_found_by_its_exports() {
        let files = Fake::new(&[
            (
                "node_modules/@run402/functions/package.json",
                r#"{"exports":{".":{"types":"./d.d.ts","node":"./no.js","import":"./dist/index.js"},"./x/*":"./dist/x/*.js"}}"#,
            ),
            ("node_modules/@run402/functions/dist/index.js", ""),
            ("node_modules/@run402/functions/dist/x/y.js", ""),
        ]);
        let found = |text| find(&files, text).unwrap();
        assert!(found("@run402/functions").unwrap().ends_with("dist/index.js"));
        assert!(found("@run402/functions/x/y").unwrap().ends_with("dist/x/y.js"));
        assert!(found("@run402/functions/secret").is_err());
        assert!(find(&files, "@run402/other").is_none());
    }

    #[test]
    fn older_packages_and_single_files_are_found() {
        let files = Fake::new(&[
            ("node_modules/a/package.json", r#"{"main":"cjs.js","module":"esm"}"#),
            ("node_modules/a/esm.js", ""),
            ("node_modules/a/sub.js", ""),
            ("node_modules/b/index.js", ""),
            ("@run402/functions.js", ""),
        ]);
        let found = |text| find(&files, text).unwrap().unwrap();
        assert!(found("a").ends_with("a/esm.js"));
        assert!(found("a/sub").ends_with("a/sub.js"));
        assert!(found("b").ends_with("b/index.js"));
        assert_eq!(found("@run402/functions"), "fn:///@run402/functions.js");
        for text in ["", "@run402", "@/x", "a/../b", "..", "c"] {
            assert!(find(&files, text).is_none_or(|found| found.is_err()), "{text}");
        }
    }
}
