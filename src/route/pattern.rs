//! Path patterns of rules: what `_redirects` and `_headers` write before the rest of a line.
//!
//! A pattern is a path. A segment that begins with a colon is a placeholder and stands for any one segment; `*` as the
//! last segment stands for all that follows, also for nothing. A slash at the end makes no difference, as with exact
//! routes. Patterns match canonical paths ([`super::path`]), and so have no second spelling either.

use super::path::{PathError, canonicalize};

/// What a splat is called where its value is used.
pub const SPLAT: &str = "splat";

/// A pattern that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
    splat: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// Canonical.
    Literal(Box<str>),
    /// By its name, without the colon.
    Placeholder(Box<str>),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It names a server.
    #[error("a rule is for the paths of this site, whatever its host: begin with the path")]
    Origin,
    /// It has a query or a fragment.
    #[error("`?` and `#` are no part of a path")]
    Query,
    /// It is not the path of any request.
    #[error("no request has this path: {0}")]
    Path(#[from] PathError),
    /// A `*` that is not the last segment.
    #[error("`*` stands for the rest of the path, so it is the last segment, as in `/blog/*`")]
    SplatInside,
    /// A colon without a name, or with more than a name behind it.
    #[error(
        "`{0}` is no placeholder: a colon, a letter, then letters, digits and `_`, and nothing else in the segment"
    )]
    Placeholder(String),
    /// Two placeholders of one name.
    #[error("`:{0}` stands here twice")]
    Twice(String),
}

/// What a path has where its pattern has placeholders and the splat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captures<'c>(Vec<(&'c str, &'c str)>);

impl<'c> Captures<'c> {
    /// The value of a placeholder, or of [`SPLAT`].
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Adds a value from elsewhere.
    pub fn add(&mut self, name: &'c str, value: &'c str) {
        self.0.push((name, value));
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.contains("://") || text.starts_with("//") {
            return Err(PatternError::Origin);
        }
        if text.contains(['?', '#']) {
            return Err(PatternError::Query);
        }
        canonicalize(text)?;
        let (path, splat) = match text.strip_suffix("/*") {
            Some(path) => (path, true),
            None => (text.strip_suffix('/').unwrap_or(text), false),
        };
        let mut segments = Vec::new();
        // What is before the first slash is empty.
        for segment in path.split('/').skip(1) {
            segments.push(Self::segment(segment)?);
        }
        let pattern = Self { segments, splat };
        let mut names: Vec<&str> = pattern.names().collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => Err(PatternError::Twice(twice[0].to_owned())),
            None => Ok(pattern),
        }
    }

    fn segment(text: &str) -> Result<Segment, PatternError> {
        if text.contains('*') {
            return Err(PatternError::SplatInside);
        }
        match text.strip_prefix(':') {
            Some(name) if is_name(name) => Ok(Segment::Placeholder(name.into())),
            Some(_) => Err(PatternError::Placeholder(text.to_owned())),
            None => Ok(Segment::Literal(canonicalize(&format!("/{text}"))?[1..].into())),
        }
    }

    /// The names of what it captures, the splat's last.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let placeholders = self.segments.iter().filter_map(|segment| match segment {
            Segment::Placeholder(name) => Some(&**name),
            Segment::Literal(_) => None,
        });
        placeholders.chain(self.splat.then_some(SPLAT))
    }

    /// The one path it stands for, without a slash at its end, if it stands for one.
    pub fn exact(&self) -> Option<String> {
        let mut path = String::new();
        for segment in &self.segments {
            let Segment::Literal(text) = segment else { return None };
            path.push('/');
            path.push_str(text);
        }
        match (self.splat, path.is_empty()) {
            (true, _) => None,
            (false, true) => Some("/".to_owned()),
            (false, false) => Some(path),
        }
    }

    /// Whether a canonical path matches. Allocates nothing; its work is bounded by the pattern's segments.
    pub fn matches(&self, path: &str) -> bool {
        self.walk(path, |_, _| ())
    }

    /// What a canonical path has for the placeholders, if it matches.
    pub fn captures<'c>(&'c self, path: &'c str) -> Option<Captures<'c>> {
        let mut captures = Captures::default();
        self.walk(path, |name, value| captures.add(name, value)).then_some(captures)
    }

    /// Whether some path matches both patterns.
    pub fn overlaps(&self, other: &Self) -> bool {
        let apart = self.segments.iter().zip(&other.segments).any(|pair| match pair {
            (Segment::Literal(a), Segment::Literal(b)) => a != b,
            _ => false,
        });
        let (short, long) = if self.segments.len() < other.segments.len() { (self, other) } else { (other, self) };
        !apart && (short.splat || short.segments.len() == long.segments.len())
    }

    fn walk<'c>(&'c self, path: &'c str, mut see: impl FnMut(&'c str, &'c str)) -> bool {
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        for segment in &self.segments {
            if rest.is_empty() {
                return false;
            }
            let (found, after) = rest.split_once('/').unwrap_or((rest, ""));
            match segment {
                Segment::Literal(text) if **text != *found => return false,
                Segment::Literal(_) => {}
                Segment::Placeholder(name) => see(name, found),
            }
            rest = after;
        }
        if self.splat {
            see(SPLAT, rest);
        }
        self.splat || rest.is_empty()
    }
}

/// A path without the slash at its end, which makes no difference.
pub fn without_slash(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some("") | None => path,
        Some(shorter) => shorter,
    }
}

/// Whether `text` can be the name of a placeholder.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
