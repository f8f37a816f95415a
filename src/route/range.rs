//! Which bytes of a file a request asks for: `Range` (RFC 9110 section 14).
//!
//! A server may always send the whole file instead, so whatever is not a well-formed range of bytes, and whatever would cost
//! more to answer in parts than whole, is not an error but [`Selection::Whole`]. Ranges that overlap or touch become one, so that
//! no request makes an answer longer than the file with a head before each part (CVE-2011-3192).

use crate::limits::RANGE_PARTS_MAX;

/// Bytes of a file that follow each other. Never empty, and within the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Position of the first byte.
    pub first: u64,
    /// Number of bytes, at least 1.
    pub length: u64,
}

impl Part {
    /// Position of the last byte.
    pub const fn last(self) -> u64 {
        self.first + (self.length - 1)
    }

    /// Whether the two overlap, or one begins where the other ends.
    const fn touches(self, other: Self) -> bool {
        self.first <= other.first + other.length && other.first <= self.first + self.length
    }

    /// Both, and what is between them.
    fn union(self, other: Self) -> Self {
        let first = self.first.min(other.first);
        let end = (self.first + self.length).max(other.first + other.length);
        Self { first, length: end - first }
    }
}

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Everything, as if there had been no `Range`: 200.
    Whole,
    /// One part: 206.
    One(Part),
    /// Two to [`RANGE_PARTS_MAX`] parts that do not touch, in the order in which they were asked for: 206 with
    /// `multipart/byteranges`.
    Several(Vec<Part>),
    /// Nothing of what was asked for is there: 416.
    Unsatisfiable,
}

/// Reads the value of `Range` for a file of `size` bytes.
///
/// [`Selection::Whole`] stands for another unit than bytes, invalid syntax, more than [`RANGE_PARTS_MAX`] ranges, and
/// ranges that are together longer than the file. Work is in proportion to the length of `header`.
pub fn parse(header: &str, size: u64) -> Selection {
    let Some((unit, set)) = header.split_once('=') else { return Selection::Whole };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Selection::Whole;
    }
    // Empty members of a list are no members (RFC 9110 section 5.6.1).
    let mut members = set.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    let (first, second) = (members.next(), members.next());
    match (first.map_or(Asked::Invalid, |first| range(first, size)), second) {
        (Asked::Invalid | Asked::Whole, _) => Selection::Whole,
        (Asked::Nothing, None) => Selection::Unsatisfiable,
        (Asked::Part(part), None) => Selection::One(part),
        (Asked::Nothing | Asked::Part(_), Some(_)) => several(first.into_iter().chain(second).chain(members), size),
    }
}

fn several<'h>(members: impl Iterator<Item = &'h str>, size: u64) -> Selection {
    let mut parts = Vec::with_capacity(RANGE_PARTS_MAX);
    let mut left = size;
    for (before, member) in members.enumerate() {
        match range(member, size) {
            _ if before == RANGE_PARTS_MAX => return Selection::Whole,
            Asked::Invalid | Asked::Whole => return Selection::Whole,
            Asked::Nothing => {}
            Asked::Part(part) => match left.checked_sub(part.length) {
                None => return Selection::Whole,
                Some(rest) => {
                    left = rest;
                    add(&mut parts, part);
                }
            },
        }
    }
    match parts.as_slice() {
        [] => Selection::Unsatisfiable,
        [part] => Selection::One(*part),
        _ => Selection::Several(parts),
    }
}

/// Adds a part to those that do not touch each other. It is joined with those it touches, in the place of the first of them.
fn add(parts: &mut Vec<Part>, part: Part) {
    let mut at = parts.len();
    let mut part = part;
    // What it has grown to may touch one that it did not touch before.
    while let Some(touched) = parts.iter().position(|other| other.touches(part)) {
        part = part.union(parts.remove(touched));
        at = at.min(touched);
    }
    parts.insert(at.min(parts.len()), part);
}

/// What one member of the list asks for.
enum Asked {
    /// It is no range.
    Invalid,
    /// All of an empty file: a suffix of it, which is there and cannot be said in a `Content-Range`.
    Whole,
    /// Nothing that is there.
    Nothing,
    /// These bytes.
    Part(Part),
}

/// One `first-last`, `first-` or `-length`. What leads beyond the end is cut off there.
fn range(member: &str, size: u64) -> Asked {
    let Some((first, last)) = member.split_once('-') else { return Asked::Invalid };
    match (number(first), number(last)) {
        (Number::None, Number::Some(0)) => Asked::Nothing,
        (Number::None, Number::Some(_)) if size == 0 => Asked::Whole,
        (Number::None, Number::Some(length)) => {
            let length = length.min(size);
            Asked::Part(Part { first: size - length, length })
        }
        (Number::Some(first), Number::Some(last)) if last < first => Asked::Invalid,
        (Number::Some(first), Number::Some(_) | Number::None) if first >= size => Asked::Nothing,
        (Number::Some(first), Number::None) => Asked::Part(Part { first, length: size - first }),
        (Number::Some(first), Number::Some(last)) => {
            Asked::Part(Part { first, length: last.min(size - 1) - first + 1 })
        }
        (Number::None, Number::None) | (Number::Invalid, _) | (_, Number::Invalid) => Asked::Invalid,
    }
}

/// A position or length.
enum Number {
    None,
    Some(u64),
    Invalid,
}

/// Digits and nothing else. A number that is too large for any file is the largest.
fn number(digits: &str) -> Number {
    if digits.is_empty() {
        return Number::None;
    }
    let mut value = 0_u64;
    for digit in digits.bytes() {
        if !digit.is_ascii_digit() {
            return Number::Invalid;
        }
        value = value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    }
    Number::Some(value)
}

#[cfg(test)]
#[path = "range_tests.rs"]
mod tests;
