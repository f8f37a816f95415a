use super::*;
use PathError::*;
use proptest::prelude::*;

fn refused(cases: &[(&str, PathError)]) {
    for (raw, error) in cases {
        assert_eq!(canonicalize(raw), Err(*error), "{raw:?}");
    }
}

fn accepted(cases: &[(&str, &str)]) {
    for (raw, canonical) in cases {
        assert_eq!(canonicalize(raw).as_deref(), Ok(*canonical), "{raw:?}");
    }
}

#[test]
fn a_usual_path_is_borrowed() {
    for raw in
        ["/", "/index.html", "/a/b/c.d", "/a/", "/.well-known/x", "/...", "/a..b/c", "/~u/$&'()*+,;=:@!", "/caf\u{e9}"]
    {
        assert!(matches!(canonicalize(raw), Ok(Cow::Borrowed(path)) if path == raw), "{raw}");
    }
}

#[test]
fn path_must_start_with_slash() {
    refused(&[
        ("", MustStartWithSlash),
        ("a", MustStartWithSlash),
        ("*", MustStartWithSlash),
        ("http://h/", MustStartWithSlash),
        ("%2Fa", MustStartWithSlash),
        ("\\a", MustStartWithSlash),
    ]);
}

#[test]
fn path_raw_backslash_is_refused() {
    refused(&[("/a\\b", RawBackslash), ("/\\", RawBackslash), ("/..\\x//", RawBackslash)]);
}

#[test]
fn path_control_character_is_refused() {
    refused(&[
        ("/a\nb", ControlCharacter),
        ("/\0", ControlCharacter),
        ("/\u{7f}", ControlCharacter),
        ("/\u{85}", ControlCharacter),
        ("/%00", ControlCharacter),
        ("/a%0d%0aSet-Cookie:x", ControlCharacter),
        ("/%7F", ControlCharacter),
        ("/%C2%85", ControlCharacter),
    ]);
}

#[test]
fn path_duplicate_slash_is_refused() {
    refused(&[
        ("//", DuplicateSlash),
        ("//host/a", DuplicateSlash),
        ("/a//b", DuplicateSlash),
        ("/a//", DuplicateSlash),
    ]);
}

#[test]
fn path_encoded_separator_is_refused() {
    refused(&[
        ("/a%2fb", EncodedSeparator),
        ("/a%2Fb", EncodedSeparator),
        ("/a%5cb", EncodedSeparator),
        ("/%5C", EncodedSeparator),
        ("/..%2f..%2fetc/passwd", EncodedSeparator),
        ("/%zz%2f", EncodedSeparator),
    ]);
}

#[test]
fn path_invalid_percent_encoding_is_refused() {
    refused(&[
        ("/%", InvalidPercentEncoding),
        ("/%a", InvalidPercentEncoding),
        ("/%zz", InvalidPercentEncoding),
        ("/%+1", InvalidPercentEncoding),
        ("/%é", InvalidPercentEncoding),
        ("/100%", InvalidPercentEncoding),
        // Not UTF-8: a lone byte, an overlong slash, an overlong dot, half a surrogate pair.
        ("/%ff", InvalidPercentEncoding),
        ("/%c0%af", InvalidPercentEncoding),
        ("/%c0%ae%c0%ae/x", InvalidPercentEncoding),
        ("/%ed%a0%80", InvalidPercentEncoding),
    ]);
}

#[test]
fn path_double_decode_traversal_is_refused() {
    refused(&[
        ("/%252e%252e/x", DoubleDecodeTraversal),
        ("/a%252fb", DoubleDecodeTraversal),
        ("/a%255Cb", DoubleDecodeTraversal),
        ("/%25%32%65", DoubleDecodeTraversal),
    ]);
}

#[test]
fn path_dot_segment_is_refused() {
    refused(&[
        ("/.", DotSegment),
        ("/..", DotSegment),
        ("/a/../b", DotSegment),
        ("/a/./b", DotSegment),
        ("/a/..", DotSegment),
        ("/%2e%2e/etc/passwd", DotSegment),
        ("/.%2E", DotSegment),
        ("/a/%2e", DotSegment),
        // With parameters, which some servers take off before they look for dots.
        ("/a/..;/b", DotSegment),
        ("/a/..;jsessionid=1/b", DotSegment),
        ("/.;x", DotSegment),
        ("/%2e%2e%3b/b", DotSegment),
    ]);
    // Names, not steps.
    for path in ["/...", "/a/.../b", "/a./b", "/a../b", "/..a", "/.a/b", "/a;..", "/a;/b", "/...;x"] {
        accepted(&[(path, path)]);
    }
}

#[test]
fn path_internal_namespace_is_refused() {
    refused(&[
        ("/_cas", InternalNamespace),
        ("/_cas/", InternalNamespace),
        ("/_cas/ab", InternalNamespace),
        ("/_run402", InternalNamespace),
        ("/_run402/x", InternalNamespace),
        ("/%5fcas/ab", InternalNamespace),
        ("/_%63as", InternalNamespace),
    ]);
    accepted(&[
        ("/_casting", "/_casting"),
        ("/a/_cas", "/a/_cas"),
        ("/_CAS", "/_CAS"),
        ("/_astro/x.js", "/_astro/x.js"),
    ]);
}

#[test]
fn a_path_is_decoded_once_and_composed() {
    accepted(&[
        ("/a%20b", "/a b"),
        ("/%41", "/A"),
        ("/100%25", "/100%"),
        ("/%2541", "/%41"),
        ("/caf%C3%A9", "/caf\u{e9}"),
        ("/cafe%CC%81", "/caf\u{e9}"),
        ("/cafe\u{301}", "/caf\u{e9}"),
        ("/%E2%84%AA", "/K"),
        ("/a%3Fb%23c", "/a?b#c"),
    ]);
}

/// Unicode has more dots, slashes and backslashes, which compatibility normalisation (NFKC) would make ours. NFC leaves all of
/// them, and none is made by composing others, so what is refused cannot come into being behind the checks.
#[test]
fn no_other_character_becomes_a_separator_or_a_dot() {
    for path in [
        "/\u{2024}\u{2024}/x",
        "/\u{2025}/x",
        "/\u{ff0e}\u{ff0e}/x",
        "/a\u{ff0f}b",
        "/a\u{2044}b",
        "/a\u{2215}b",
        "/a\u{ff3c}b",
        "/a\u{2216}b",
        "/\u{ff05}2e",
        "/\u{ff3f}cas",
    ] {
        accepted(&[(path, path)]);
    }
    for composed in ('\u{80}'..=char::MAX).filter(|c| !c.is_control()) {
        let nfc: String = std::iter::once(composed).nfc().collect();
        assert!(!nfc.contains(['/', '\\', '.', '%', '_']) && !nfc.contains(char::is_control), "{composed:?}");
    }
    // A mark that follows a separator does not hide it.
    for mark in ["\u{338}", "\u{301}", "\u{327}"] {
        refused(&[
            (&format!("/../{mark}x"), DotSegment),
            (&format!("//{mark}"), DuplicateSlash),
            (&format!("/_cas/{mark}"), InternalNamespace),
        ]);
        assert!(canonicalize(&format!("/a/{mark}")).unwrap().starts_with("/a/"));
    }
}

/// The canonical path as a URL would write it.
fn write(canonical: &str) -> String {
    canonical.replace('%', "%25")
}

/// A spelling of the canonical path: `choices` says, byte by byte, what is percent-encoded, in which case of hex digits. What
/// must be encoded is, and slashes, which must not be, are not.
fn spell(canonical: &str, choices: &[u8]) -> String {
    let mut spelling = String::new();
    let mut choices = choices.iter().cycle();
    for c in canonical.chars() {
        let choice = choices.next().copied().unwrap_or(0);
        match c {
            '/' => spelling.push('/'),
            c if choice % 3 == 0 && c != '%' => spelling.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| match choice % 3 {
                1 => spelling.push_str(&format!("%{b:02x}")),
                _ => spelling.push_str(&format!("%{b:02X}")),
            }),
        }
    }
    spelling
}

fn raw_paths() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/"),
        Just("."),
        Just(".."),
        Just("%2e"),
        Just("%2F"),
        Just("%25"),
        Just("%5c"),
        Just("%"),
        Just("\\"),
        Just("a"),
        Just("e\u{301}"),
        Just("%CC%81"),
        Just("_cas"),
        Just("\u{212a}"),
        Just("%00"),
        Just("\u{1f}"),
        Just("2e"),
        Just("2E"),
        Just(";"),
        Just("%3B"),
        Just("_run402"),
        Just("%5f"),
        Just("%c0%ae"),
        Just("%c0%af"),
        Just("\u{ff0e}"),
        Just("\u{ff0f}"),
        Just("\u{338}"),
        Just("\u{37e}"),
        Just("\u{ad}"),
        Just("%E2%80%8B"),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_canonical_path_written_as_a_url_is_its_own_canonical_form(raw in raw_paths()) {
        if let Ok(path) = canonicalize(&raw) {
            let again = canonicalize(&write(&path)).map(Cow::into_owned);
            prop_assert_eq!(again.as_deref(), Ok(&*path));
        }
    }

    #[test]
    fn no_accepted_path_has_a_way_out(raw in raw_paths()) {
        if let Ok(path) = canonicalize(&raw) {
            prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains('\\'));
            prop_assert!(!path.chars().any(char::is_control));
            let name = |segment: &str| segment.split(';').next().unwrap_or_default().to_owned();
            prop_assert!(path.split('/').map(name).all(|s| s != "." && s != ".."));
            let lower = path.to_lowercase();
            prop_assert!(!["%2e", "%2f", "%5c"].iter().any(|e| lower.contains(e)));
            prop_assert!(!is_internal(&path));
            prop_assert!(is_nfc(&path));
        }
    }

    #[test]
    fn a_canonical_path_without_a_percent_sign_is_its_own(raw in raw_paths()) {
        if let Ok(path) = canonicalize(&raw)
            && !path.contains('%')
        {
            let again = canonicalize(&path);
            prop_assert!(matches!(&again, Ok(Cow::Borrowed(same)) if *same == path), "{path:?}: {again:?}");
        }
    }

    #[test]
    fn every_spelling_of_a_path_is_the_path(raw in raw_paths(), choices in prop::collection::vec(any::<u8>(), 1..16)) {
        if let Ok(path) = canonicalize(&raw) {
            let spelled = spell(&path, &choices);
            let again = canonicalize(&spelled).map(Cow::into_owned);
            prop_assert_eq!(again.as_deref(), Ok(&*path), "{}", spelled);
        }
    }

    #[test]
    fn any_text_is_taken(raw in ".*") {
        let _ = canonicalize(&raw);
        let _ = canonicalize(&format!("/{raw}"));
    }
}
