//! Where a rule leads, and how the values of a request get there without changing where that is.
//!
//! Scheme and host come from the rule alone. A value is encoded for the place it stands in: in a path it can neither
//! begin a query nor another host nor, unless it is the splat, another segment; in a query it can begin no other
//! parameter. Slashes are never doubled, so no path can be read as `//host`.

use super::super::pattern::{Captures, SPLAT, is_name};
use std::fmt::Write as _;
use url::Url;

/// A target that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `https://host:port`; none for a path of the same site.
    origin: Option<Box<str>>,
    path: Vec<Piece>,
    query: Option<Vec<Piece>>,
    fragment: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Encoded for a URL.
    Text(Box<str>),
    /// The value of that name.
    Value(Box<str>),
}

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Another scheme, or neither a path nor an address.
    #[error("a target is a path that begins with a slash, or an address that begins with `http://` or `https://`")]
    Form,
    /// `//host`, or what a browser takes for it.
    #[error("a target that begins with `//` or `/\\` leads to another host: write `https://` before it")]
    ProtocolRelative,
    /// A character that has no place in a URL.
    #[error("a target has no backslash, space or control character")]
    Character,
    /// A percent sign that encodes nothing.
    #[error("a percent sign is followed by two hex digits; the sign itself is `%25`")]
    Percent,
    /// A host from the request.
    #[error("the host of a target is the rule's to say, not the request's: no placeholder may be in it")]
    ValueInHost,
    /// A user in an address.
    #[error("an address has no user and password")]
    Credentials,
    /// A host that is none.
    #[error("this is no address: {0}")]
    Address(String),
    /// A value that the pattern does not have.
    #[error("`:{name}` is used, but what is before the target does not have it")]
    UnknownValue {
        /// Its name.
        name: String,
    },
}

impl Target {
    /// Reads a target. `names` are the values there are.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, TargetError> {
        if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
            // `/\host` is what browsers take for `//host`.
            return Err(if text.starts_with("/\\") { TargetError::ProtocolRelative } else { TargetError::Character });
        }
        if text.starts_with("//") {
            return Err(TargetError::ProtocolRelative);
        }
        let (origin, rest) = match text.starts_with('/') {
            true => (None, text),
            false => split_origin(text, names)?,
        };
        let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        Ok(Self {
            origin,
            path: pieces(if path.is_empty() { "/" } else { path }, names)?,
            query: query.map(|query| pieces(query, names)).transpose()?,
            fragment: fragment.map(|fragment| encoded(fragment).map(Into::into)).transpose()?,
        })
    }

    /// Whether it leads to an address, not to a path.
    pub const fn is_absolute(&self) -> bool {
        self.origin.is_some()
    }

    /// The folder of the same site that all it leads to is in, encoded.
    pub fn folder(&self) -> Option<String> {
        match (&self.origin, self.path.first()) {
            (None, Some(Piece::Text(text))) => text.rfind('/').map(|slash| text[..=slash].to_owned()),
            _ => None,
        }
    }

    /// Whether it has more than a path.
    pub const fn has_query_or_fragment(&self) -> bool {
        self.query.is_some() || self.fragment.is_some()
    }

    /// Whether it has a query of its own.
    pub const fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// Whether it is the same whatever the request.
    pub fn is_fixed(&self) -> bool {
        let fixed = |pieces: &[Piece]| pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
        fixed(&self.path) && self.query.as_deref().is_none_or(fixed)
    }

    /// The target for these values, as `Location` has it. `query` is that of the request; it is kept where the target
    /// has none. `None` when a value has no place in a path: `.` and `..` would move the rest of it.
    pub fn location(&self, captures: &Captures<'_>, query: Option<&str>) -> Option<String> {
        let mut location = String::from(self.origin.as_deref().unwrap_or_default());
        self.push_path(&mut location, captures)?;
        match (&self.query, query) {
            (Some(own), _) => {
                location.push('?');
                for piece in own {
                    match piece {
                        Piece::Text(text) => location.push_str(text),
                        Piece::Value(name) => encode_into(&mut location, captures.value(name)?, is_unreserved),
                    }
                }
            }
            (None, Some(query)) if !query.is_empty() => {
                location.push('?');
                // As the client wrote it, but for what no URL has.
                encode_into(&mut location, query, |b| is_pchar(b) || b"/?%[]|^`{}".contains(&b));
            }
            (None, _) => {}
        }
        if let Some(fragment) = &self.fragment {
            location.push('#');
            location.push_str(fragment);
        }
        Some(location)
    }

    /// The path alone, encoded. None as for [`Target::location`].
    pub fn path(&self, captures: &Captures<'_>) -> Option<String> {
        let mut path = String::new();
        self.push_path(&mut path, captures)?;
        Some(path)
    }

    fn push_path(&self, out: &mut String, captures: &Captures<'_>) -> Option<()> {
        let begin = out.len();
        for piece in &self.path {
            let from = out.len();
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value(name) => {
                    let value = captures.value(name)?;
                    if value.split('/').any(|segment| matches!(segment, "." | "..")) {
                        return None;
                    }
                    let splat = &**name == SPLAT;
                    encode_into(out, value, |b| is_pchar(b) || (splat && b == b'/'));
                }
            }
            // A splat that is empty or ends with a slash stands beside the target's own slash.
            while from > begin && out[..from].ends_with('/') && out[from..].starts_with('/') {
                out.remove(from);
            }
        }
        Some(())
    }
}

/// Scheme and host of an address, and the rest.
fn split_origin<'t>(text: &'t str, names: &[&str]) -> Result<(Option<Box<str>>, &'t str), TargetError> {
    let (scheme, rest) = text.split_once("://").ok_or(TargetError::Form)?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(TargetError::Form);
    }
    let (host, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if host.contains('@') {
        return Err(TargetError::Credentials);
    }
    if values(host).any(|(_, name)| names.contains(&name) || name == SPLAT) || host.contains('*') {
        return Err(TargetError::ValueInHost);
    }
    let origin = format!("{}://{host}", scheme.to_ascii_lowercase());
    let url = Url::parse(&origin).map_err(|error| TargetError::Address(error.to_string()))?;
    // As a browser would read it, with a name of other letters in its ASCII form.
    Ok((Some(url.origin().ascii_serialization().into()), rest))
}

/// Cuts a text at its values.
fn pieces(text: &str, names: &[&str]) -> Result<Vec<Piece>, TargetError> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for (at, name) in values(text) {
        if !names.contains(&name) {
            // A colon within a segment is a colon, as in `/wiki/Special:Search`.
            if text[..at].ends_with(['/', '=']) || name == SPLAT {
                return Err(TargetError::UnknownValue { name: name.to_owned() });
            }
            continue;
        }
        if done < at {
            pieces.push(Piece::Text(encoded(&text[done..at])?.into()));
        }
        pieces.push(Piece::Value(name.into()));
        done = at + 1 + name.len();
    }
    if done < text.len() {
        pieces.push(Piece::Text(encoded(&text[done..])?.into()));
    }
    Ok(pieces)
}

/// Every colon with a name behind it: where it is, and the name.
fn values(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(':').filter_map(|(at, _)| {
        let after = &text[at + 1..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        is_name(&after[..end]).then_some((at, &after[..end]))
    })
}

/// A text of the rule as a URL has it. What is encoded already stays so.
fn encoded(text: &str) -> Result<String, TargetError> {
    let broken = |(at, _): (usize, &str)| {
        !text.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    if text.match_indices('%').any(broken) {
        return Err(TargetError::Percent);
    }
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text, |b| is_pchar(b) || b"/?%[]|".contains(&b));
    Ok(out)
}

/// Appends a text, with all bytes in percent-encoding that are not `kept`.
fn encode_into(out: &mut String, text: &str, kept: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if byte.is_ascii() && kept(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// RFC 3986, 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// RFC 3986, 3.3, without percent-encoding.
fn is_pchar(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
