//! From the text of an import to a module: the function's own files, its packages, and what is built in.

use super::{builtin, packages};
use deno_core::ModuleSpecifier;

/// The root under which a function's files appear to it, in `import.meta.url` and in stack traces.
pub(super) const ROOT: &str = "fn:///";

/// The query under which a wasm file's own module asks for its bytes.
pub(super) const WASM_SOURCE: &str = "source";

/// What a path may be meant for, in this order, when there is no file of that name.
const EXTENSIONS: [&str; 8] = [".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx", ".json", ".wasm"];

/// What an extension may stand for in a TypeScript source, which names the file that a compiler would write.
const WRITTEN_AS: [(&str, &[&str]); 3] = [(".js", &[".ts", ".tsx", ".jsx"]), (".mjs", &[".mts"]), (".jsx", &[".tsx"])];

/// What is said of a module of Node that is not built in.
const NO_SUCH_MODULE: &str = "this runtime has no such module of Node";

/// Modules of Node that are not built in, and that have no prefix when an older package asks for them: no bundler would find them.
const OF_NODE: [&str; 6] = ["domain", "inspector/promises", "repl", "test", "trace_events", "wasi"];

/// The files of a function, for whoever asks.
pub(super) trait Files {
    /// Whether there is a file of this specifier.
    fn contains(&self, specifier: &str) -> bool;
    /// The content of a file.
    fn content(&self, specifier: &str) -> Option<&[u8]>;
}

/// The specifier of a function's file.
pub(in crate::functions) fn specifier(path: &str) -> Result<ModuleSpecifier, String> {
    let root = ModuleSpecifier::parse(ROOT).map_err(|error| error.to_string())?;
    let mut url = root;
    // Set, not joined: a file's name may have any character in it.
    url.set_path(path.trim_start_matches('/'));
    Ok(url)
}

/// The path of a file, from its specifier, as a person would write it.
pub(super) fn display(specifier: &str) -> &str {
    specifier.strip_prefix(ROOT).unwrap_or(specifier)
}

/// The module that `text` means in the module `referrer`.
///
/// # Errors
/// Why there is none, as the end of a sentence that begins with what was imported.
pub(super) fn resolve(files: &impl Files, text: &str, referrer: &str) -> Result<ModuleSpecifier, String> {
    if let Some(specifier) = builtin::node(text) {
        return ModuleSpecifier::parse(specifier).map_err(|error| error.to_string());
    }
    if text.starts_with("./") || text.starts_with("../") || text.starts_with('/') || text.starts_with(ROOT) {
        return file(files, text, referrer);
    }
    if let Some((scheme, _)) = text.split_once(':') {
        return Err(match scheme {
            "node" => NO_SUCH_MODULE.to_owned(),
            "http" | "https" => "a function imports nothing from the network; put the file into the release".to_owned(),
            _ => format!("a function imports nothing by `{scheme}:`"),
        });
    }
    if text.starts_with('#') {
        return Err("a function has no `imports` map".to_owned());
    }
    if let Some(found) = packages::find(files, text) {
        return ModuleSpecifier::parse(&found?).map_err(|error| error.to_string());
    }
    if let Some(specifier) = builtin::specifier(text) {
        return ModuleSpecifier::parse(specifier).map_err(|error| error.to_string());
    }
    if OF_NODE.contains(&text) {
        return Err(NO_SUCH_MODULE.to_owned());
    }
    Err("it is not among the function's files; bundle it with the function".to_owned())
}

fn file(files: &impl Files, text: &str, referrer: &str) -> Result<ModuleSpecifier, String> {
    let mut url = ModuleSpecifier::parse(referrer)
        .and_then(|base| base.join(text))
        .map_err(|error| format!("it is not a path ({error})"))?;
    if !url.as_str().starts_with(ROOT) {
        return Err("it is not a file of the function".to_owned());
    }
    // Only a wasm file's own module has a use for it, see `loader`.
    let is_wasm_source = url.query() == Some(WASM_SOURCE) && display_without_query(&url) == referrer;
    url.set_query(None);
    url.set_fragment(None);
    let found = candidates(url.as_str()).find(|candidate| files.contains(candidate));
    let found = found.ok_or_else(|| format!("the function has no file {}", display(url.as_str())))?;
    let mut url = ModuleSpecifier::parse(&found).map_err(|error| error.to_string())?;
    if is_wasm_source {
        url.set_query(Some(WASM_SOURCE));
    }
    Ok(url)
}

fn display_without_query(url: &ModuleSpecifier) -> &str {
    url.as_str().split(['?', '#']).next().unwrap_or_default()
}

/// Names under which what `path` means may be found, the path itself first.
pub(super) fn candidates(path: &str) -> impl Iterator<Item = String> {
    let written = WRITTEN_AS.iter().filter_map(move |(extension, sources)| {
        let stem = path.strip_suffix(extension)?;
        Some(sources.iter().map(move |source| format!("{stem}{source}")))
    });
    let folder = path.trim_end_matches('/');
    std::iter::once(path.to_owned())
        .chain(written.flatten())
        .chain(EXTENSIONS.iter().map(move |extension| format!("{path}{extension}")))
        .chain(EXTENSIONS.iter().map(move |extension| format!("{folder}/index{extension}")))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Files for tests of resolution.
    pub(in crate::functions::modules) struct Fake(BTreeMap<String, Vec<u8>>);

    impl Fake {
        pub(in crate::functions::modules) fn new(files: &[(&str, &str)]) -> Self {
            let entry = |(path, text): &(&str, &str)| (specifier(path).unwrap().to_string(), text.as_bytes().to_vec());
            Self(files.iter().map(entry).collect())
        }
    }

    impl Files for Fake {
        fn contains(&self, specifier: &str) -> bool {
            self.0.contains_key(specifier)
        }
        fn content(&self, specifier: &str) -> Option<&[u8]> {
            self.0.get(specifier).map(Vec::as_slice)
        }
    }

    #[test]
    fn relative_imports_find_files_as_typescript_and_bundlers_write_them() {
        let files = Fake::new(&[
            ("index.ts", ""),
            ("a.ts", ""),
            ("b.js", ""),
            ("b.ts", ""),
            ("lib/index.mts", ""),
            ("lib/c.tsx", ""),
            ("data.json", ""),
            ("with space#.js", ""),
        ]);
        let found = |text: &str, from: &str| resolve(&files, text, from).map(|url| url.to_string());
        for (text, from, expected) in [
            ("./a", "index.ts", "a.ts"),
            ("./a.ts", "index.ts", "a.ts"),
            ("./a.js", "index.ts", "a.ts"),
            ("./b.js", "index.ts", "b.js"),
            ("./b", "index.ts", "b.ts"),
            ("./lib", "index.ts", "lib/index.mts"),
            ("./lib/", "index.ts", "lib/index.mts"),
            ("./index.mjs", "lib/c.tsx", "lib/index.mts"),
            ("../data", "lib/c.tsx", "data.json"),
            ("/data.json", "lib/c.tsx", "data.json"),
            ("./a.ts?x=1#y", "index.ts", "a.ts"),
            ("../../../../a.ts", "index.ts", "a.ts"),
            ("./with space%23.js", "index.ts", "with%20space%23.js"),
        ] {
            assert_eq!(found(text, &format!("fn:///{from}")), Ok(format!("fn:///{expected}")), "{text} from {from}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let files = Fake::new(&[("index.js", ""), ("x.wasm", "")]);
        for text in [
            "https://example.com/a.js",
            "http://example.com/a.js",
            "data:text/javascript,1",
            "blob:null/1",
            "file:///etc/passwd",
            "ext:core/mod.js",
            "ext:portico/30_dispatch.js",
            "npm:left-pad",
            "jsr:@a/b",
            "checkin:x",
            "builtin:///@run402/functions",
            "fn://other/index.js",
            "left-pad",
            "#internal",
            "./missing.js",
            "//etc/passwd",
            "",
            "node:nothing",
        ] {
            assert!(resolve(&files, text, "fn:///index.js").is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_wasm_module_itself_reaches_its_bytes() {
        let files = Fake::new(&[("index.js", ""), ("x.wasm", "")]);
        let from = |referrer: &str| resolve(&files, "/x.wasm?source", referrer).unwrap().to_string();
        assert_eq!(from("fn:///x.wasm"), "fn:///x.wasm?source");
        assert_eq!(from("fn:///index.js"), "fn:///x.wasm");
    }
}
