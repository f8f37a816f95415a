//! From places in what runs to places in what was written: maps of the compiler, and those that a bundler put into or beside its output.
//!
//! They are applied to stacks, and stacks go to the log only. A reference to a map is taken out of the code: V8 and deno_core would each keep
//! an inline map, which is often longer than the code, in every isolate. A map is decoded when the first stack asks for it.

use crate::limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

const MARK: &str = "//# sourceMappingURL=";

/// Largest line, column or index in a map that can be meant.
const POSITION_MAX: u32 = 1 << 30;

/// The map of one module.
#[derive(Debug, Default)]
pub(super) struct Map {
    origin: Origin,
    decoded: OnceLock<Option<String>>,
}

#[derive(Debug, Default)]
enum Origin {
    #[default]
    None,
    /// Made by the compiler: known to be sound.
    Compiler(String),
    /// In the code, in base64.
    Inline(String),
    /// A file of the function, by its path relative to the module.
    File(String),
}

impl Map {
    /// The map that the compiler made.
    pub(super) fn of_compiler(json: String) -> Self {
        Self { origin: Origin::Compiler(json), decoded: OnceLock::new() }
    }

    /// The map as JSON. `file` reads a file of the function by its path relative to the module.
    pub(super) fn json(&self, file: impl FnOnce(&str) -> Option<Vec<u8>>) -> Option<&str> {
        let checked = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| check(&bytes));
        match &self.origin {
            Origin::None => None,
            Origin::Compiler(json) => Some(json),
            Origin::Inline(data) => self.decoded.get_or_init(|| checked(STANDARD.decode(data).ok())).as_deref(),
            Origin::File(path) => self.decoded.get_or_init(|| checked(file(path))).as_deref(),
        }
    }
}

/// Takes the reference to a map off the end of some code.
///
/// Only off its last line, and only if nothing in that line could be the end of a string or a comment that began earlier: then it is
/// the comment it looks like.
pub(super) fn take_reference(code: &str) -> (&str, Map) {
    let trimmed = code.trim_end();
    let line = trimmed.rfind('\n').map_or(0, |at| at + 1);
    let none = (code, Map::default());
    let Some(url) = trimmed[line..].strip_prefix(MARK) else { return none };
    let harmless = |b: u8| b.is_ascii_alphanumeric() || b"+/=:;,._-%@".contains(&b);
    if url.is_empty() || !url.bytes().all(harmless) {
        return none;
    }
    let origin = match url.strip_prefix("data:") {
        Some(data) => match data.split_once(";base64,") {
            Some((_, base64)) => Origin::Inline(base64.to_owned()),
            None => Origin::None,
        },
        None if url.contains("://") => Origin::None,
        None => Origin::File(url.to_owned()),
    };
    (&trimmed[..line], Map { origin, decoded: OnceLock::new() })
}

/// Reads a map that a user brought, and writes it anew without the sources in it. `None` if it is not one, or has positions in
/// it that no source has.
fn check(bytes: &[u8]) -> Option<String> {
    if bytes.len() > limits::SOURCE_MAP_BYTES_MAX {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let checked = catch_unwind(AssertUnwindSafe(|| {
        let map = oxc_sourcemap::SourceMap::from_json_string(text).ok()?;
        let sources = u32::try_from(map.get_sources().len()).ok()?;
        let sound = map.get_tokens().all(|token| {
            let positions = [token.get_dst_line(), token.get_dst_col(), token.get_src_line(), token.get_src_col()];
            // A token without a source has the largest number of all in place of each.
            let outside = |position: &u32| *position > POSITION_MAX && *position != u32::MAX;
            !positions.iter().any(outside) && token.get_source_id().is_none_or(|id| id < sources)
        });
        let mut json = sound.then(|| map.to_json())?;
        json.sources_content = None;
        Some(oxc_sourcemap::SourceMap::from_json(json).ok()?.to_json_string())
    }));
    checked.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str =
        r#"{"version":3,"sources":["../src/a.ts"],"sourcesContent":["x"],"names":[],"mappings":"AAAA;AACA"}"#;

    #[test]
    fn a_reference_at_the_end_is_taken_off() {
        let code = format!("a;\nb;\n{MARK}data:application/json;base64,{}\n", STANDARD.encode(MAP));
        let (rest, map) = take_reference(&code);
        assert_eq!(rest, "a;\nb;\n");
        let json = map.json(|_| None).unwrap();
        assert!(json.contains("../src/a.ts") && !json.contains("\"x\""), "{json}");
        let (rest, map) = take_reference("a;\n//# sourceMappingURL=index.js.map");
        assert_eq!(rest, "a;\n");
        assert!(map.json(|path| (path == "index.js.map").then(|| MAP.into())).is_some());
    }

    #[test]
    fn what_may_be_something_else_is_left_alone() {
        for code in [
            "a",
            "",
            "x = `\n//# sourceMappingURL=a.map`",
            "/*\n//# sourceMappingURL=a.map*/",
            "//# sourceMappingURL=a.map\nb",
            "a //# sourceMappingURL=a.map",
            "//# sourceMappingURL=",
        ] {
            assert_eq!(take_reference(code).0, code);
        }
    }

    #[test]
    fn hostile_maps_are_no_maps() {
        for map in [
            "",
            "{}",
            "null",
            r#"{"version":3,"sources":[],"names":[],"mappings":"AAAA"}"#,
            r#"{"version":3,"sources":["a"],"names":[],"mappings":"A////////D"}"#,
            r#"{"version":3,"sources":["a"],"names":[],"mappings":"AADD"}"#,
            r#"{"version":3,"sources":["a"],"names":[],"mappings":"AAAA!"}"#,
        ] {
            let code = format!("{MARK}data:application/json;base64,{}", STANDARD.encode(map));
            let (_, found) = take_reference(&code);
            assert!(found.json(|_| None).is_none(), "{map}");
        }
    }
}
