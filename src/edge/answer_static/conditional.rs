//! Whether a client wants the file at all: the preconditions of RFC 9110 section 13, in the order of section 13.2.2.
//!
//! Files have tags and no date: `If-Modified-Since` and `If-Unmodified-Since` are ignored, as sections 13.1.3 and 13.1.4 demand of a
//! resource without one. A tag that cannot be read is a tag of something else.

use crate::limits;
use http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH, IF_RANGE};

/// What the preconditions lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The file, or a part of it.
    Send,
    /// 304: the client has these bytes.
    NotModified,
    /// 412: the client wants other bytes.
    Failed,
}

/// Evaluates the preconditions of a GET or HEAD for the form of a file with this tag.
pub(super) fn evaluate(headers: &HeaderMap, etag: &str) -> Outcome {
    match (lists(headers, IF_MATCH, etag, Comparison::Strong), lists(headers, IF_NONE_MATCH, etag, Comparison::Weak)) {
        (Some(false), _) => Outcome::Failed,
        (_, Some(true)) => Outcome::NotModified,
        (Some(true) | None, Some(false) | None) => Outcome::Send,
    }
}

/// Whether `Range` may be obeyed: the part that the client has is of this form of the file (RFC 9110 section 13.1.5). A date, a weak
/// tag or anything else says nothing about bytes.
pub(super) fn has_part_of(headers: &HeaderMap, etag: &str) -> bool {
    let mut lines = headers.get_all(IF_RANGE).iter();
    match (lines.next(), lines.next()) {
        (None, _) => true,
        (Some(validator), None) => validator == etag,
        (Some(_), Some(_)) => false,
    }
}

/// How tags are compared (RFC 9110 section 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// A weak tag is never equal.
    Strong,
    /// A weak tag is equal to the strong one it was: a proxy may have made it weak.
    Weak,
}

/// Whether a field lists the tag, or `*`; `None` without the field.
fn lists(headers: &HeaderMap, name: HeaderName, etag: &str, comparison: Comparison) -> Option<bool> {
    if !headers.contains_key(&name) {
        return None;
    }
    let tags = headers.get_all(name).iter().flat_map(|line| Tags(line.as_bytes()));
    let found = tags.take(limits::CONDITION_TAGS_MAX).any(|tag| match tag {
        Tag::Any => true,
        Tag::Weak(tag) => comparison == Comparison::Weak && tag == etag.as_bytes(),
        Tag::Strong(tag) => tag == etag.as_bytes(),
        Tag::Malformed => false,
    });
    Some(found)
}

/// A member of a list of tags; with its quotes.
enum Tag<'h> {
    Any,
    Weak(&'h [u8]),
    Strong(&'h [u8]),
    Malformed,
}

/// The members of a list. A comma may be part of a tag.
struct Tags<'h>(&'h [u8]);

impl<'h> Iterator for Tags<'h> {
    type Item = Tag<'h>;

    fn next(&mut self) -> Option<Tag<'h>> {
        let start = self.0.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        let text = self.0.get(start..)?;
        let (weak, tag) = text.strip_prefix(b"W/").map_or((false, text), |tag| (true, tag));
        let length = quoted(tag).unwrap_or(0);
        let (tag, rest) = tag.split_at_checked(length)?;
        // What follows a tag up to the next comma is not part of it, and makes it something else.
        let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
        let (after, rest) = rest.split_at_checked(end)?;
        self.0 = rest;
        let clean = after.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        Some(match () {
            () if length == 0 && !weak && after.trim_ascii_end() == b"*" => Tag::Any,
            () if length == 0 || !clean => Tag::Malformed,
            () if weak => Tag::Weak(tag),
            () => Tag::Strong(tag),
        })
    }
}

/// The length of the quoted tag that `text` begins with, its quotes included.
fn quoted(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"\"")?;
    Some(inner.iter().position(|byte| *byte == b'"')? + 2)
}

#[cfg(test)]
#[path = "conditional_tests.rs"]
mod tests;
