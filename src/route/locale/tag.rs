//! The grammar of locales and of the cookies that name them (reference 3.2, 3.3).

use crate::limits::LOCALE_TAG_BYTES_MAX;

/// Whether `text` can be a locale: `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`.
pub fn is_tag(text: &str) -> bool {
    text.len() <= LOCALE_TAG_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Whether `text` can be the name of a cookie: a token (RFC 6265, 4.1.1).
pub fn is_cookie_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// A tag in the casing of RFC 5646, 2.1.1: regions of two letters in upper case, scripts of four in title case, all
/// else in lower case; after a single letter or digit everything is in lower case.
pub fn canonical_casing(tag: &str) -> String {
    let mut canonical = String::with_capacity(tag.len());
    let mut after_singleton = false;
    for (position, subtag) in tag.split('-').enumerate() {
        if position > 0 {
            canonical.push('-');
        }
        let letters = subtag.bytes().all(|b| b.is_ascii_alphabetic());
        let plain = position == 0 || after_singleton || !letters;
        match subtag.len() {
            2 if !plain => canonical.push_str(&subtag.to_ascii_uppercase()),
            4 if !plain => {
                canonical.push_str(&subtag[..1].to_ascii_uppercase());
                canonical.push_str(&subtag[1..].to_ascii_lowercase());
            }
            _ => canonical.push_str(&subtag.to_ascii_lowercase()),
        }
        after_singleton |= subtag.len() == 1;
    }
    canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casing_is_that_of_rfc_5646() {
        for (tag, canonical) in [
            ("EN", "en"),
            ("en-us", "en-US"),
            ("ZH-HANT-tw", "zh-Hant-TW"),
            ("pt-br", "pt-BR"),
            ("ES-419", "es-419"),
            ("de-1996", "de-1996"),
            ("SL-ROZAJ", "sl-rozaj"),
            ("en-us-X-TWAIN", "en-US-x-twain"),
            ("AZ-arab-x-AZE-derbend", "az-Arab-x-aze-derbend"),
            ("de-u-CO-PHONEBK", "de-u-co-phonebk"),
            ("x-En-Latn", "x-en-latn"),
            ("en-ca-x-CA", "en-CA-x-ca"),
            ("ss", "ss"),
        ] {
            assert_eq!(canonical_casing(tag), canonical, "{tag}");
            assert_eq!(canonical_casing(canonical), canonical);
        }
    }

    #[test]
    fn tags_and_cookie_names_have_a_grammar() {
        let longest = "a".repeat(64);
        for tag in ["en", "zh-Hant-TW", "1", "a.b_c", &longest] {
            assert!(is_tag(tag), "{tag}");
        }
        for tag in ["", "-en", "e n", "é", "en\n", &"a".repeat(65)] {
            assert!(!is_tag(tag), "{tag}");
        }
        assert!(is_cookie_name("wl_locale") && is_cookie_name("a|~b"));
        for name in ["", "a b", "a=b", "a;b", "a\"", "é", "a:b"] {
            assert!(!is_cookie_name(name), "{name}");
        }
    }
}
