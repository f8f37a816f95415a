//! Paths and hosts: what is accepted has one spelling and no way out.

use crate::route::host::normalize;
use crate::route::path::canonicalize;
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_normalization::is_nfc;

/// The input is a path as a client sends it, and a host.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(once) = normalize(text) {
        let twice = normalize(&once);
        assert_eq!(twice.as_deref(), Some(&*once), "a host of two spellings");
        assert!(once.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase() && !b"/\\@?#%".contains(&b)));
    }
    let Ok(path) = canonicalize(text) else { return };
    assert!(path.starts_with('/') && !path.contains("//") && !path.contains('\\'), "{path:?}");
    assert!(!path.chars().any(char::is_control) && is_nfc(&path), "{path:?}");
    for segment in path.split('/') {
        let name = segment.split(';').next().unwrap_or_default();
        assert!(name != "." && name != "..", "{path:?}");
    }
    for space in ["/_cas", "/_run402"] {
        assert!(*path != *space && !path.starts_with(&format!("{space}/")), "{path:?}");
    }
    let lower = path.to_ascii_lowercase();
    assert!(!["%2e", "%2f", "%5c"].iter().any(|hidden| lower.contains(hidden)), "{path:?} hides a dot or a slash");
    // Written in any way, it is the same path again.
    let encode = |keep: fn(u8) -> bool| {
        path.bytes().fold(String::new(), |mut url, byte| {
            match keep(byte) {
                true => url.push(char::from(byte)),
                false => write!(url, "%{byte:02x}").unwrap_or_default(),
            }
            url
        })
    };
    for url in [encode(|byte| byte == b'/'), encode(|byte| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte))] {
        assert_eq!(canonicalize(&url).as_deref(), Ok(&*path), "{url:?}");
    }
    if !path.contains('%') {
        assert!(matches!(canonicalize(&path), Ok(Cow::Borrowed(same)) if same == path), "{path:?}");
    }
}
