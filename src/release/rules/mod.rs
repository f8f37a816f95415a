//! Rules that a site brings as files: `_redirects` and `_headers` at its root.
//!
//! They are read when a release is made, also from files that are carried forward, and kept in it: what a release does
//! never depends on how a later version of this program reads them. A line that is not understood refuses the release
//! with its number, because a rule that is left out does something else than its author meant. The files themselves are
//! not public.
//!
//! [`redirects::parse`] and [`headers::parse`] are plain functions of a text; what only the whole release can tell (a
//! rule that leads to itself, a page that does not exist) is checked after them.

pub mod headers;
mod lines;
pub mod redirects;
mod whole;

pub use lines::Problem;

use super::model::{Release, SiteFile};
use super::spec::{ReleaseSpec, SiteFiles, join, site_at};
use crate::error::{Code, Error, Result};
use crate::limits::{RULE_PROBLEMS_MAX, RULES_FILE_BYTES_MAX};
use bytes::Bytes;
use serde_json::Value;

/// The file of redirects, rewrites and error pages.
pub const REDIRECTS: &str = "_redirects";

/// The file of header fields.
pub const HEADERS: &str = "_headers";

/// Whether a site's file at that path holds rules, and so is not public.
pub fn is_rule_file(path: &str) -> bool {
    matches!(path, REDIRECTS | HEADERS)
}

/// Reads the rules of a release that was made from `spec`, and gives it its digest again. `read` gets the bytes of a file
/// of the site.
///
/// # Errors
/// `INVALID_SPEC` at the file, with its bad lines in `details.problems`; what `read` says.
pub fn complete(release: &mut Release, spec: &ReleaseSpec, read: &dyn Fn(&SiteFile) -> Result<Bytes>) -> Result<()> {
    release.redirects = match text(release, spec, REDIRECTS, read)? {
        Some(text) => redirects::parse(&text).map_err(|problems| refusal(spec, REDIRECTS, &problems))?,
        None => Vec::new(),
    };
    release.header_rules = match text(release, spec, HEADERS, read)? {
        Some(text) => headers::parse(&text).map_err(|problems| refusal(spec, HEADERS, &problems))?,
        None => Vec::new(),
    };
    if release.redirects.is_empty() && release.header_rules.is_empty() {
        return Ok(());
    }
    let tables = release.tables(None);
    let problems = whole::redirects(&tables);
    if !problems.is_empty() {
        return Err(refusal(spec, REDIRECTS, &problems));
    }
    if let Some(problem) = whole::headers(&tables) {
        return Err(refusal(spec, HEADERS, &[problem]));
    }
    release.digest = release.content_digest();
    Ok(())
}

/// The text of one of the files, if the site has it.
fn text(
    release: &Release,
    spec: &ReleaseSpec,
    name: &str,
    read: &dyn Fn(&SiteFile) -> Result<Bytes>,
) -> Result<Option<String>> {
    let Some(file) = release.site.files.get(name) else { return Ok(None) };
    let invalid = |message: String| Error::spec(Code::InvalidSpec, place(spec, name), message).detail("file", name);
    if file.size > RULES_FILE_BYTES_MAX {
        let message = format!("`{name}` has at most {RULES_FILE_BYTES_MAX} bytes.");
        return Err(invalid(message).detail("max", RULES_FILE_BYTES_MAX));
    }
    match String::from_utf8(read(file)?.into()) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            Err(invalid(format!("Line {line} of `{name}` is not UTF-8 text.")).detail("line", line))
        }
    }
}

/// Where a spec says what a file of the site is; one that it does not name was carried forward.
fn place(spec: &ReleaseSpec, name: &str) -> String {
    match &spec.site.files {
        Some(SiteFiles::Listed(files)) if files.set().contains_key(name) => join(site_at(files), name),
        _ => join("site", name),
    }
}

fn refusal(spec: &ReleaseSpec, name: &str, problems: &[Problem]) -> Error {
    let Some(first) = problems.first() else { return Error::internal("a file of rules was refused without a reason") };
    let others = match problems.len() - 1 {
        0 => String::new(),
        1 => " One more line is wrong.".to_owned(),
        more => format!(" {more} more lines are wrong."),
    };
    let message = format!("Line {} of `{name}`: {}.{others}", first.line, first.message);
    let listed: Vec<Value> = problems.iter().take(RULE_PROBLEMS_MAX).map(Problem::to_json).collect();
    let mut error = Error::spec(Code::InvalidSpec, place(spec, name), message)
        .detail("file", name)
        .detail("line", first.line)
        .detail("text", first.text.as_str())
        .detail("problem_count", problems.len())
        .detail("problems", listed);
    if let Some(near) = &first.did_you_mean {
        error = error.detail("did_you_mean", near.as_str());
    }
    error
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
