//! Locale negotiation: which of a release's locales a request gets (reference 3.6).
//!
//! Sources are asked in the order the release gives; the first that names one of its locales wins. `Accept-Language` is
//! read as RFC 9110 (12.5.4) has it and looked up as RFC 4647 (3.4) says: a range is cut from the right until it is one
//! of the locales. That is lookup, not filtering: `es` never leads to `es-MX`. Cookies are compared whole.
//!
//! The work is bounded whatever a client sends: [`limits::ACCEPT_LANGUAGE_BYTES_MAX`],
//! [`limits::ACCEPT_LANGUAGE_RANGES_MAX`], [`limits::COOKIE_HEADER_BYTES_MAX`].

mod accept;
mod tag;

pub use tag::{canonical_casing, is_cookie_name, is_tag};

use crate::limits;
use accept::Ranges;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A place where a request says which locale it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Detect {
    /// The `Accept-Language` header.
    AcceptLanguage,
    /// The cookie of that name; names are case-sensitive.
    Cookie(String),
}

impl From<Detect> for String {
    fn from(detect: Detect) -> Self {
        match detect {
            Detect::AcceptLanguage => "accept-language".to_owned(),
            Detect::Cookie(name) => format!("cookie:{name}"),
        }
    }
}

impl TryFrom<String> for Detect {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("cookie:") {
            Some(name) if is_cookie_name(name) => Ok(Self::Cookie(name.to_owned())),
            None if text == "accept-language" => Ok(Self::AcceptLanguage),
            _ => Err(format!("{text:?} is neither `accept-language` nor `cookie:` and a cookie name")),
        }
    }
}

/// What a wish for a locale that the release does not have leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownLocalePolicy {
    /// To the default locale.
    #[default]
    Reject,
    /// To the function, in lower case: it may know better.
    PassThrough,
}

/// The locales of a release, ready for negotiation. Immutable.
#[derive(Debug, Clone)]
pub struct Locales {
    default: String,
    /// In lower case and sorted, with the casing they have in the release.
    by_lower_case: Vec<(Box<str>, Box<str>)>,
    detect: Vec<Detect>,
    policy: UnknownLocalePolicy,
}

impl Locales {
    /// A table of locales that were validated: `default` is one of `locales`.
    pub fn build(default: &str, locales: &[String], detect: &[Detect], policy: UnknownLocalePolicy) -> Self {
        let mut by_lower_case: Vec<(Box<str>, Box<str>)> =
            locales.iter().map(|locale| (locale.to_ascii_lowercase().into(), locale.as_str().into())).collect();
        by_lower_case.sort();
        Self { default: default.to_owned(), by_lower_case, detect: detect.to_vec(), policy }
    }

    /// The default locale.
    pub fn default_locale(&self) -> &str {
        &self.default
    }

    /// The locale for a request with these headers; several `Cookie` or `Accept-Language` lines are joined by the
    /// caller (`; `, `, `). Borrows, and allocates nothing, unless an unknown locale is passed through.
    pub fn negotiate(&self, accept_language: Option<&str>, cookie: Option<&str>) -> Cow<'_, str> {
        let mut unknown = None;
        for source in &self.detect {
            let (found, wish) = match source {
                Detect::AcceptLanguage => self.by_ranges(&accept::parse(accept_language.unwrap_or_default())),
                Detect::Cookie(name) => self.by_cookie(cookie.unwrap_or_default(), name),
            };
            if let Some(locale) = found {
                return Cow::Borrowed(locale);
            }
            unknown = unknown.or(wish);
        }
        match (self.policy, unknown) {
            (UnknownLocalePolicy::PassThrough, Some(wish)) => Cow::Owned(wish.to_ascii_lowercase()),
            _ => Cow::Borrowed(&self.default),
        }
    }

    /// The locale of the best range that has one, and the best range.
    fn by_ranges<'h>(&self, ranges: &Ranges<'h>) -> (Option<&str>, Option<&'h str>) {
        let found = ranges.iter().find_map(|range| self.look_up(range));
        (found, ranges.iter().next())
    }

    fn by_cookie<'h>(&self, header: &'h str, name: &str) -> (Option<&str>, Option<&'h str>) {
        match cookie_value(header, name).filter(|value| is_tag(value)) {
            Some(value) => (self.find(value), Some(value)),
            None => (None, None),
        }
    }

    /// RFC 4647, 3.4: cuts subtags off the end of a range until the rest is a locale. Single letters and digits are cut
    /// with what follows them: alone they mean nothing.
    fn look_up(&self, range: &str) -> Option<&str> {
        let mut range = range;
        loop {
            if let Some(locale) = self.find(range) {
                return Some(locale);
            }
            range = &range[..range.rfind('-')?];
            while range.len() - range.rfind('-').map_or(0, |dash| dash + 1) == 1 {
                range = &range[..range.rfind('-')?];
            }
        }
    }

    /// The locale that is `tag`, in whatever case.
    fn find(&self, tag: &str) -> Option<&str> {
        let mut buffer = [0; limits::LOCALE_TAG_BYTES_MAX];
        let lower = buffer.get_mut(..tag.len())?;
        lower.copy_from_slice(tag.as_bytes());
        lower.make_ascii_lowercase();
        let position = self.by_lower_case.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)).ok()?;
        Some(&self.by_lower_case[position].1)
    }
}

/// The value of the first cookie of that name, as it was sent.
fn cookie_value<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let header = cut(header, limits::COOKIE_HEADER_BYTES_MAX);
    let pairs = header.split(';').filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The first `bytes` of a text, less if that is within a character.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
#[path = "locale_tests.rs"]
mod tests;
