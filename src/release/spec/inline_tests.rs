use super::super::{ReleaseSpec, from_value};
use super::*;
use std::collections::BTreeMap;

fn load(path: &str) -> Result<Vec<u8>, String> {
    if path.contains("gone") {
        Err(format!("{path} does not exist."))
    } else {
        Ok(format!("<{path}>\u{ff}").into_bytes())
    }
}

fn list(folder: &str) -> Result<Vec<String>, String> {
    assert_eq!(folder, "dist");
    Ok(vec!["index.html".to_owned(), "a/b.js".to_owned()])
}

fn inlined(mut value: Value) -> (Value, ReleaseSpec) {
    inline_paths(&mut value, &mut load, &mut list).unwrap();
    let spec = from_value(&value).unwrap();
    (value, spec)
}

#[test]
fn paths_become_bytes_wherever_content_may_be() {
    let value = json!({
        "site": { "patch": { "put": { "about": { "path": "p/about.html" }, "x": { "path": "x", "contentType": "a/b" }, "t": "path" } } },
        "functions": {
            "patch": { "set": { "f": { "source": { "path": "f.ts" } }, "g": { "files": { "m.js": { "path": "m.js" } }, "entrypoint": "m.js" } } },
        },
    });
    let (value, spec) = inlined(value);
    let put = &value["site"]["patch"]["put"];
    assert_eq!(put["about"]["content_type"], "text/html; charset=utf-8");
    assert_eq!((put["x"].get("path"), put["x"].get("content_type"), &put["t"]), (None, None, &json!("path")));
    let contents: BTreeMap<String, &Content> = spec.contents().collect();
    assert_eq!(contents["site.patch.put.x"], &Content::Inline("<x>\u{ff}".into()));
    assert_eq!(contents["functions.patch.set.f.source"], &Content::Inline("<f.ts>\u{ff}".into()));
    assert_eq!(contents[r#"functions.patch.set.g.files["m.js"]"#], &Content::Inline("<m.js>\u{ff}".into()));
}

#[test]
fn a_module_keeps_the_name_its_path_gives_it() {
    for path in ["f.ts", "f.mts", "f.tsx", "f.jsx", "f.js", "f.mjs", "f"] {
        let by_path = json!({ "functions": { "replace": { "f": { "source": { "path": path } } } } });
        let name = |spec: &ReleaseSpec| match &spec.functions.as_ref().unwrap().set()["f"].code {
            Some(super::super::Code::Source { name, .. }) => *name,
            other => panic!("{other:?}"),
        };
        assert_eq!(name(&inlined(by_path.clone()).1), name(&from_value(&by_path).unwrap()), "{path}");
    }
}

#[test]
fn a_folder_becomes_the_files_in_it() {
    let (_, spec) = inlined(json!({ "site": { "replace": { "__source": "local-dir", "path": "dist" } } }));
    let contents: BTreeMap<String, &Content> = spec.contents().collect();
    assert_eq!(contents.len(), 2);
    assert_eq!(contents[r#"site.replace["a/b.js"]"#], &Content::Inline("<dist/a/b.js>\u{ff}".into()));
}

#[test]
fn a_file_that_is_missing_is_named_with_its_place() {
    let mut value = json!({ "functions": { "replace": { "f": { "source": { "path": "gone.js" } } } } });
    let error = inline_paths(&mut value, &mut load, &mut list).unwrap_err();
    assert_eq!((error.path(), error.message.as_str()), (Some("functions.replace.f.source"), "gone.js does not exist."));
}

#[test]
fn what_is_no_spec_is_left_alone() {
    for value in [
        json!(null),
        json!([1]),
        json!({ "site": 1, "functions": [] }),
        json!({ "site": { "replace": { "a": { "path": 1 } } } }),
    ] {
        let mut inlined = value.clone();
        inline_paths(&mut inlined, &mut load, &mut list).unwrap();
        assert_eq!(inlined, value);
    }
}
