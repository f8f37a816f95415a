//! `Accept-Language`, read strictly and within bounds (RFC 9110, 12.5.4).
//!
//! A part of the header that breaks the grammar is left out; the others still count.

use super::cut;
use crate::limits::{ACCEPT_LANGUAGE_BYTES_MAX, ACCEPT_LANGUAGE_RANGES_MAX, LOCALE_TAG_BYTES_MAX};

/// Language ranges, best first. On the stack.
pub(super) struct Ranges<'h> {
    ranges: [(&'h str, u16); ACCEPT_LANGUAGE_RANGES_MAX],
    len: usize,
}

impl<'h> Ranges<'h> {
    /// The ranges, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'h str> {
        self.ranges[..self.len].iter().map(|(range, _)| *range)
    }

    /// Inserts behind everything that is as good: the order of the header decides between equals.
    fn insert(&mut self, range: &'h str, weight: u16) {
        let at = self.ranges[..self.len].iter().rposition(|(_, other)| *other >= weight).map_or(0, |i| i + 1);
        self.ranges.copy_within(at..self.len, at + 1);
        self.ranges[at] = (range, weight);
        self.len += 1;
    }
}

/// The ranges of a header that are acceptable: without those of weight 0, and without `*`, which names none.
pub(super) fn parse(header: &str) -> Ranges<'_> {
    let mut ranges = Ranges { ranges: [("", 0); ACCEPT_LANGUAGE_RANGES_MAX], len: 0 };
    let within = cut(header, ACCEPT_LANGUAGE_BYTES_MAX);
    // A range that the limit cuts in two would be read as another one.
    let whole = match within.len() == header.len() {
        true => within,
        false => within.rsplit_once(',').map_or("", |(whole, _)| whole),
    };
    // Empty members are no ranges (RFC 9110, 5.6.1).
    for part in whole.split(',').map(trim).filter(|part| !part.is_empty()).take(ACCEPT_LANGUAGE_RANGES_MAX) {
        if let Some((range, weight)) = parse_part(part)
            && weight > 0
        {
            ranges.insert(range, weight);
        }
    }
    ranges
}

/// A range and its weight in thousandths.
fn parse_part(part: &str) -> Option<(&str, u16)> {
    let (range, weight) = match part.split_once(';') {
        Some((range, weight)) => (range, parse_weight(trim(weight))?),
        None => (part, 1000),
    };
    let range = trim(range);
    is_range(range).then_some((range, weight))
}

/// `q=` and a number from 0 to 1 with at most three decimals (RFC 9110, 12.4.2), in thousandths.
fn parse_weight(text: &str) -> Option<u16> {
    let value = text.strip_prefix("q=").or_else(|| text.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // At most three digits.
    let thousandths = format_decimals(decimals);
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// Up to three decimals in thousandths: `5` is 500.
fn format_decimals(decimals: &str) -> u16 {
    let digit = |i: usize| decimals.as_bytes().get(i).map_or(0, |b| u16::from(b - b'0'));
    digit(0) * 100 + digit(1) * 10 + digit(2)
}

/// `alpha{1,8}` and any number of `-alphanum{1,8}` (RFC 4647, 2.1), no longer than a locale may be.
fn is_range(text: &str) -> bool {
    let mut subtags = text.split('-');
    let is_subtag = |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= LOCALE_TAG_BYTES_MAX
        && subtags.next().is_some_and(|first| is_subtag(first) && first.bytes().all(|b| b.is_ascii_alphabetic()))
        && subtags.all(is_subtag)
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
