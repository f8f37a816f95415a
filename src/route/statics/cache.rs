//! Cache classes: how long browsers may keep a file without asking again (reference 3.5).
//!
//! A year for files whose name changes with their content, and for nothing else: a wish for it is granted only to names
//! that carry a fingerprint, because the mistake cannot be taken back from the browsers that believed it.

use serde::Serialize;

/// Hex digits that make a delimited part of a name a fingerprint.
const DELIMITED_HEX_MIN: usize = 8;

/// Hex digits that make the end of a name a fingerprint without a delimiter before it.
const TRAILING_HEX_MIN: usize = 12;

/// How long a file may be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheClass {
    /// A page: asked for again each time.
    Html,
    /// Never changes under its name: kept for a year.
    ImmutableVersioned,
    /// Anything else: asked for again each time.
    RevalidatingAsset,
}

impl CacheClass {
    /// The string on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::ImmutableVersioned => "immutable_versioned",
            Self::RevalidatingAsset => "revalidating_asset",
        }
    }

    /// The value of `Cache-Control`.
    pub const fn cache_control(self) -> &'static str {
        match self {
            Self::ImmutableVersioned => "public, max-age=31536000, immutable",
            Self::Html | Self::RevalidatingAsset => "public, max-age=0, must-revalidate",
        }
    }
}

/// Who decided on a cache class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheClassSource {
    /// The author.
    Declared,
    /// The file is a page.
    InferredHtml,
    /// The name has a fingerprint.
    InferredShaFilename,
    /// Nothing speaks for more than the safe class.
    Downgraded,
}

impl CacheClassSource {
    /// The string on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::InferredHtml => "inferred_html",
            Self::InferredShaFilename => "inferred_sha_filename",
            Self::Downgraded => "downgraded",
        }
    }
}

/// A cache class and who decided on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classified {
    /// The class.
    pub class: CacheClass,
    /// Its source.
    pub source: CacheClassSource,
}

/// The class of a file at a public path. `declared` may be any string: one that is not known is as safe as none.
pub fn classify(path: &str, content_type: &str, declared: Option<&str>) -> Classified {
    use CacheClass::{Html, ImmutableVersioned, RevalidatingAsset};
    use CacheClassSource::{Declared, Downgraded, InferredHtml, InferredShaFilename};
    let (class, source) = match (declared, is_fingerprinted(path)) {
        _ if is_html(path, content_type) => (Html, InferredHtml),
        (Some("html"), _) => (Html, Declared),
        (Some("immutable_versioned"), true) => (ImmutableVersioned, Declared),
        (Some("revalidating_asset"), _) => (RevalidatingAsset, Declared),
        (None, true) => (ImmutableVersioned, InferredShaFilename),
        _ => (RevalidatingAsset, Downgraded),
    };
    Classified { class, source }
}

/// The class of a file that a route names, whatever the file's own name says. Never kept for a year: the URL is the route's,
/// and with the next release the route may name another file.
pub fn classify_alias(path: &str, content_type: &str) -> Classified {
    match classify(path, content_type, None) {
        Classified { class: CacheClass::ImmutableVersioned, .. } => {
            Classified { class: CacheClass::RevalidatingAsset, source: CacheClassSource::Downgraded }
        }
        revalidated => revalidated,
    }
}

fn is_html(path: &str, content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/html")
        || path.len() >= 5 && path.as_bytes()[path.len() - 5..].eq_ignore_ascii_case(b".html")
}

/// Whether the last segment of a path carries a fingerprint: 8 or more hex digits between delimiters, or a name that
/// ends with 12 or more before its extension.
pub fn is_fingerprinted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let delimiter = |c: char| matches!(c, '.' | '_' | '-');
    // The last part has no delimiter after it: it is the extension, or the end of the name.
    let mut parts: Vec<&str> = name.split(delimiter).collect();
    let last = parts.pop().unwrap_or_default();
    let delimited = parts.iter().any(|part| part.len() >= DELIMITED_HEX_MIN && is_hex(part));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let trailing = |text: &str| text.bytes().rev().take_while(u8::is_ascii_hexdigit).count() >= TRAILING_HEX_MIN;
    delimited || trailing(stem) || (!name.contains('.') && trailing(last))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_hex_between_delimiters_or_at_the_end() {
        for name in [
            "/app.deadbeef.js",
            "/app-0123abcd.css",
            "/a_01234567_b.png",
            "/deadbeef.js",
            "/x/y.ABCDEF01.woff2",
            "/chunk0123456789ab.js",
            "/0123456789abcdef",
            "/v0123456789ab",
        ] {
            assert!(is_fingerprinted(name), "{name}");
        }
        for name in [
            "/app.js",
            "/app.deadbee.js",
            "/app.deadbeeg.js",
            "/deadbeef",
            "/app.deadbeef",
            "/chunk0123456789a.js",
            "/deadbeef.d/app.js",
            "/x.deadbeef/",
            "/facade.js",
            "/",
        ] {
            assert!(!is_fingerprinted(name), "{name}");
        }
    }

    #[test]
    fn immutable_is_granted_to_fingerprinted_names_only() {
        use CacheClass::*;
        use CacheClassSource::*;
        for (path, content_type, declared, class, source) in [
            ("/a.html", "text/plain", None, Html, InferredHtml),
            ("/a", "text/html; charset=utf-8", None, Html, InferredHtml),
            ("/a.deadbeef.html", "text/html", Some("immutable_versioned"), Html, InferredHtml),
            ("/a.deadbeef.js", "text/javascript", None, ImmutableVersioned, InferredShaFilename),
            ("/a.deadbeef.js", "text/javascript", Some("immutable_versioned"), ImmutableVersioned, Declared),
            ("/a.deadbeef.js", "text/javascript", Some("revalidating_asset"), RevalidatingAsset, Declared),
            ("/a.js", "text/javascript", Some("immutable_versioned"), RevalidatingAsset, Downgraded),
            ("/a.js", "text/javascript", None, RevalidatingAsset, Downgraded),
            ("/feed", "application/rss+xml", Some("html"), Html, Declared),
            ("/a.deadbeef.js", "text/javascript", Some("of_the_future"), RevalidatingAsset, Downgraded),
        ] {
            assert_eq!(classify(path, content_type, declared), Classified { class, source }, "{path} {declared:?}");
        }
    }

    #[test]
    fn only_immutable_is_kept() {
        assert_eq!(CacheClass::ImmutableVersioned.cache_control(), "public, max-age=31536000, immutable");
        assert_eq!(CacheClass::Html.cache_control(), "public, max-age=0, must-revalidate");
        assert_eq!(CacheClass::RevalidatingAsset.cache_control(), "public, max-age=0, must-revalidate");
    }
}
