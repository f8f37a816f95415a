//! What a function's source says about the function itself: line comments that begin with `@fluxbase:` (reference 5, seed 1).

use super::model::{BlobRef, Release};
use super::spec::{ReleaseSpec, Section};
use crate::error::Result;
use bytes::Bytes;

/// Lets everybody call the function by its name.
const ALLOW_UNAUTHENTICATED: &str = "@fluxbase:allow-unauthenticated";

/// Reads the entry module of every function that `spec` gives code, and gives the release its digest again. `read` gets a module.
///
/// # Errors
/// What `read` says.
pub fn complete(release: &mut Release, spec: &ReleaseSpec, read: &dyn Fn(&BlobRef) -> Result<Bytes>) -> Result<()> {
    let mut changed = false;
    for (name, _) in spec.functions.iter().flat_map(Section::set).filter(|(_, function)| function.code.is_some()) {
        let Some(function) = release.functions.get_mut(name) else { continue };
        let Some(entry) = function.files.get(&function.entrypoint) else { continue };
        let marked = allows_unauthenticated(&read(entry)?);
        changed |= function.marked_unauthenticated != marked;
        function.marked_unauthenticated = marked;
    }
    if changed {
        release.digest = release.content_digest();
    }
    Ok(())
}

/// Whether a comment before the code says so; imports are not yet code. Further down, the same line may be part of a text.
fn allows_unauthenticated(source: &[u8]) -> bool {
    /// What goes on over the end of a line.
    enum Within {
        Nothing,
        Comment,
        Import,
    }
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    let mut within = Within::Nothing;
    for line in source.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        within = match within {
            Within::Comment if line.ends_with(b"*/") => Within::Nothing,
            Within::Import if ends_import(line) => Within::Nothing,
            Within::Nothing if line.is_empty() || line.starts_with(b"#!") => Within::Nothing,
            Within::Nothing if line.starts_with(b"//") => match is_directive(line) {
                true => return true,
                false => Within::Nothing,
            },
            Within::Nothing if line.starts_with(b"/*") && line.ends_with(b"*/") => Within::Nothing,
            Within::Nothing if line.starts_with(b"/*") => Within::Comment,
            Within::Nothing if line.starts_with(b"import") && ends_import(line) => Within::Nothing,
            Within::Nothing if line.starts_with(b"import") => Within::Import,
            Within::Nothing => return false,
            within => within,
        };
    }
    false
}

fn ends_import(line: &[u8]) -> bool {
    matches!(line.last(), Some(b';' | b'\'' | b'"'))
}

fn is_directive(line: &[u8]) -> bool {
    let said = line
        .get(2..)
        .map(<[u8]>::trim_ascii_start)
        .and_then(|text| text.strip_prefix(ALLOW_UNAUTHENTICATED.as_bytes()));
    said.is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comments_before_the_code_count() {
        for source in [
            "// @fluxbase:allow-unauthenticated\nasync function handler() {}",
            "//@fluxbase:allow-unauthenticated",
            "import a from 'a';\nimport {\n  b,\n} from \"b\"\n\n/**\n * A webhook.\n */\n// @fluxbase:allow-unauthenticated\nexport default 1",
            "\u{feff}// A webhook.\r\n\r\n  //   @fluxbase:allow-unauthenticated  for their servers\r\nexport default 1",
        ] {
            assert!(allows_unauthenticated(source.as_bytes()), "{source}");
        }
        for source in [
            "",
            "export default 1 // @fluxbase:allow-unauthenticated",
            "const help = `\n// @fluxbase:allow-unauthenticated\n`;",
            "export default 1\n// @fluxbase:allow-unauthenticated",
            "// @fluxbase:allow-unauthenticated-never",
            "// Never say @fluxbase:allow-unauthenticated",
            "/* @fluxbase:allow-unauthenticated */",
            "/*\n// @fluxbase:allow-unauthenticated\n*/",
            "import `\n// @fluxbase:allow-unauthenticated\n`;",
            "import a from 'a'; const b = `\n// @fluxbase:allow-unauthenticated\n`;",
            "// @Fluxbase:allow-unauthenticated",
            "\"// @fluxbase:allow-unauthenticated\"",
        ] {
            assert!(!allows_unauthenticated(source.as_bytes()), "{source}");
        }
    }
}
