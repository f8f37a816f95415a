//! One spelling of a request path, or one of nine errors (reference 3.5).
//!
//! Every rule about paths (routes, files, gates) compares canonical paths, so no second spelling can slip past one of
//! them. A path is decoded exactly once and brought to Unicode NFC. What would read differently if it were decoded
//! again, or by another program behind us, is refused rather than repaired: encoded separators, dot segments, double
//! slashes, doubly encoded dots and slashes, control characters, dots with parameters.

use crate::error::Code;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Namespaces the platform keeps for itself, with all below them (reference 3.5).
const INTERNAL_NAMESPACES: [&str; 2] = ["/_cas", "/_run402"];

/// Why a path has no canonical form. In the order they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathError {
    /// The path does not begin with a slash.
    #[error("the path does not begin with a slash")]
    MustStartWithSlash,
    /// The path has a raw backslash.
    #[error("the path has a backslash")]
    RawBackslash,
    /// The path has a control character, raw or after decoding.
    #[error("the path has a control character")]
    ControlCharacter,
    /// The path has two slashes in a row.
    #[error("the path has two slashes in a row")]
    DuplicateSlash,
    /// The path has an encoded slash or backslash.
    #[error("the path has an encoded slash or backslash")]
    EncodedSeparator,
    /// A percent sign is not followed by two hex digits, or the decoded bytes are not UTF-8.
    #[error("the path has a percent sign that does not encode a character")]
    InvalidPercentEncoding,
    /// Decoding once leaves another encoded dot, slash or backslash.
    #[error("the path has an encoded dot or slash that is encoded twice")]
    DoubleDecodeTraversal,
    /// The path has a `.` or `..` segment, alone or with parameters (`..;x`).
    #[error("the path has a `.` or `..` segment")]
    DotSegment,
    /// The path is in a namespace of the platform.
    #[error("the path is in a namespace of the platform")]
    InternalNamespace,
}

impl PathError {
    /// The code the client is answered with.
    pub const fn code(self) -> Code {
        match self {
            Self::MustStartWithSlash => Code::PathMustStartWithSlash,
            Self::RawBackslash => Code::PathRawBackslash,
            Self::ControlCharacter => Code::PathControlCharacter,
            Self::DuplicateSlash => Code::PathDuplicateSlash,
            Self::EncodedSeparator => Code::PathEncodedSeparator,
            Self::InvalidPercentEncoding => Code::PathInvalidPercentEncoding,
            Self::DoubleDecodeTraversal => Code::PathDoubleDecodeTraversal,
            Self::DotSegment => Code::PathDotSegment,
            Self::InternalNamespace => Code::PathInternalNamespace,
        }
    }
}

/// The canonical form of a raw request path, without its query: decoded once, in NFC.
///
/// Borrows, and allocates nothing, when `raw` is in that form already.
///
/// # Errors
/// The first of the [`PathError`]s, in the order of their declaration.
pub fn canonicalize(raw: &str) -> Result<Cow<'_, str>, PathError> {
    if !raw.starts_with('/') {
        return Err(PathError::MustStartWithSlash);
    }
    if !is_plain(raw.as_bytes()) {
        return canonicalize_slowly(raw);
    }
    if is_internal(raw) {
        return Err(PathError::InternalNamespace);
    }
    Ok(Cow::Borrowed(raw))
}

/// Whether a path cannot have more wrong with it than its namespace: printable ASCII without percent sign, backslash,
/// double slash, or a segment that begins with a dot. One pass without branches, which the compiler makes wide.
fn is_plain(path: &[u8]) -> bool {
    let odd = |b: u8| !(0x20..0x7f).contains(&b) | (b == b'%') | (b == b'\\');
    let odd_pair = |a: u8, b: u8| (a == b'/') & ((b == b'/') | (b == b'.'));
    let pairs = path.iter().zip(path.iter().skip(1));
    !path.iter().fold(false, |found, b| found | odd(*b)) & !pairs.fold(false, |found, (a, b)| found | odd_pair(*a, *b))
}

/// The rules one by one, in their order.
fn canonicalize_slowly(raw: &str) -> Result<Cow<'_, str>, PathError> {
    if raw.contains('\\') {
        return Err(PathError::RawBackslash);
    }
    if raw.chars().any(char::is_control) {
        return Err(PathError::ControlCharacter);
    }
    if raw.contains("//") {
        return Err(PathError::DuplicateSlash);
    }
    let decoded = if raw.contains('%') { Cow::Owned(decode(raw)?) } else { Cow::Borrowed(raw) };
    let path = if decoded.is_ascii() || is_nfc(&decoded) { decoded } else { Cow::Owned(decoded.nfc().collect()) };
    if path.split('/').any(is_dot_segment) {
        return Err(PathError::DotSegment);
    }
    if is_internal(&path) {
        return Err(PathError::InternalNamespace);
    }
    Ok(path)
}

/// Decodes percent-encoding once.
fn decode(raw: &str) -> Result<String, PathError> {
    if has_encoded(raw, b"/\\") {
        return Err(PathError::EncodedSeparator);
    }
    let bytes = raw.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        if *first != b'%' {
            decoded.push(*first);
            rest = after;
            continue;
        }
        let [high, low, after @ ..] = after else { return Err(PathError::InvalidPercentEncoding) };
        decoded.push(hex_byte(*high, *low).ok_or(PathError::InvalidPercentEncoding)?);
        rest = after;
    }
    let decoded = String::from_utf8(decoded).map_err(|_| PathError::InvalidPercentEncoding)?;
    if decoded.chars().any(char::is_control) {
        return Err(PathError::ControlCharacter);
    }
    if has_encoded(&decoded, b"./\\") {
        return Err(PathError::DoubleDecodeTraversal);
    }
    Ok(decoded)
}

/// Whether a segment is `.` or `..`, also when parameters follow: servers that take those off first (servlet containers do)
/// read `/public/..;/admin` as `/admin`, which would get past whatever was decided about `/public/`.
fn is_dot_segment(segment: &str) -> bool {
    let name = segment.split_once(';').map_or(segment, |(name, _)| name);
    name == "." || name == ".."
}

fn is_internal(path: &str) -> bool {
    path.starts_with("/_")
        && INTERNAL_NAMESPACES
            .iter()
            .any(|space| path.strip_prefix(space).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether `text` has one of `targets` in percent-encoding, in either case.
fn has_encoded(text: &str, targets: &[u8]) -> bool {
    text.as_bytes().windows(3).any(|w| w[0] == b'%' && hex_byte(w[1], w[2]).is_some_and(|b| targets.contains(&b)))
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
