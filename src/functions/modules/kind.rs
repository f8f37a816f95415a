//! What a file is, by its name: the rules that the users of Workers and of esbuild know.

use super::transform::Language;

/// What a module's file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A program.
    Code(Language),
    /// `export default` of the parsed value.
    Json,
    /// `export default` of the text.
    Text,
    /// `export default` of an `ArrayBuffer`.
    Buffer,
    /// `export default` of a `WebAssembly.Module`.
    Wasm,
    /// A CommonJS module, which is not supported.
    CommonJs,
    /// Something else: readable as text or bytes by an import that says so.
    Other,
}

/// The kind of the file at `path`.
pub(super) fn of(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return Kind::Code(Language::JavaScript) };
    // Declarations have nothing in them that could be run.
    if stem.ends_with(".d") && matches!(extension, "ts" | "mts" | "cts") {
        return Kind::Other;
    }
    match extension.to_ascii_lowercase().as_str() {
        "js" | "mjs" => Kind::Code(Language::JavaScript),
        "jsx" => Kind::Code(Language::Jsx),
        "ts" | "mts" => Kind::Code(Language::TypeScript),
        "tsx" => Kind::Code(Language::Tsx),
        "json" => Kind::Json,
        "txt" | "html" | "htm" | "md" | "sql" | "css" | "svg" => Kind::Text,
        "bin" => Kind::Buffer,
        "wasm" => Kind::Wasm,
        "cjs" | "cts" => Kind::CommonJs,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_what_a_file_is() {
        for (path, kind) in [
            ("index.js", Kind::Code(Language::JavaScript)),
            ("handler", Kind::Code(Language::JavaScript)),
            ("a.b/handler", Kind::Code(Language::JavaScript)),
            ("lib/A.MJS", Kind::Code(Language::JavaScript)),
            ("a.mts", Kind::Code(Language::TypeScript)),
            ("a.tsx", Kind::Code(Language::Tsx)),
            ("types.d.ts", Kind::Other),
            ("query.sql", Kind::Text),
            ("a.wasm", Kind::Wasm),
            ("a.bin", Kind::Buffer),
            ("a.cjs", Kind::CommonJs),
            ("logo.png", Kind::Other),
        ] {
            assert_eq!(of(path), kind, "{path}");
        }
    }
}
