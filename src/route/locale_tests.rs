use super::*;
use proptest::prelude::*;

fn locales(locales: &[&str], detect: &[&str], policy: UnknownLocalePolicy) -> Locales {
    let locales: Vec<String> = locales.iter().map(|l| (*l).to_owned()).collect();
    let detect: Vec<Detect> = detect.iter().map(|d| Detect::try_from((*d).to_owned()).unwrap()).collect();
    Locales::build(&locales[0], &locales, &detect, policy)
}

fn by_header(known: &[&str], cases: &[(&str, &str)]) {
    let table = locales(known, &["accept-language"], UnknownLocalePolicy::Reject);
    for (header, locale) in cases {
        assert_eq!(table.negotiate(Some(header), None), *locale, "{header}");
    }
}

/// RFC 4647, 3.4: the order of truncation, and what is never done.
#[test]
fn rfc_4647_lookup_truncates_from_the_right() {
    by_header(
        &["en", "zh-Hant", "zh", "es-MX", "de-1996", "fr-CA"],
        &[
            ("zh-Hant-TW", "zh-Hant"),
            ("zh-Hans-CN", "zh"),
            ("ZH-HANT", "zh-Hant"),
            ("zh-hant-cn-x-private1-private2", "zh-Hant"),
            ("de-1996-x-abc", "de-1996"),
            // A general range never leads to a special locale.
            ("es", "en"),
            ("fr", "en"),
            ("es-MX", "es-MX"),
            ("es-AR,fr-CA;q=0.1", "fr-CA"),
        ],
    );
}

/// RFC 9110, 12.5.4 and 12.4.2.
#[test]
fn rfc_9110_weights_decide_and_order_breaks_ties() {
    by_header(
        &["en", "es", "fr", "de"],
        &[
            ("", "en"),
            ("es", "es"),
            ("es;q=0.5,fr;q=0.9", "fr"),
            ("es;q=0.5,fr;q=0.5", "es"),
            ("de;q=0.001,fr;q=0.002", "fr"),
            ("fr;q=0,de;q=0.1", "de"),
            ("fr;q=0", "en"),
            ("fr;q=0.000", "en"),
            ("*", "en"),
            ("*,de;q=0.1", "de"),
            ("xx,yy,de", "de"),
            ("fr ; q=0.4 , de;Q=0.5", "de"),
            (" \tfr\t", "fr"),
            ("fr;q=1.000", "fr"),
            (",,fr,", "fr"),
        ],
    );
}

#[test]
fn rfc_4647_lookup_cuts_a_single_letter_with_what_follows_it() {
    by_header(&["en", "de-x", "de"], &[("de-x-abc", "de"), ("de-x", "de-x")]);
}

#[test]
fn what_breaks_the_grammar_is_left_out() {
    by_header(
        &["en", "es", "fr"],
        &[
            ("fr;q=1e3,es;q=0.1", "es"),
            ("fr;q=NaN,es;q=0.1", "es"),
            ("fr;q=1.001,es;q=0.1", "es"),
            ("fr;q=0.1234,es;q=0.1", "es"),
            ("fr;q=2,es;q=0.1", "es"),
            ("fr;q=-1,es;q=0.1", "es"),
            ("fr;q=,es;q=0.1", "es"),
            ("fr;level=1,es;q=0.1", "es"),
            ("fr_CA,es;q=0.1", "es"),
            ("f\u{f6},es;q=0.1", "es"),
            ("fr-,es;q=0.1", "es"),
            ("-fr,es;q=0.1", "es"),
            ("1fr,es;q=0.1", "es"),
            ("francaises,es;q=0.1", "es"),
        ],
    );
}

#[test]
fn a_hostile_header_costs_no_more_than_the_limits() {
    let table = locales(&["en", "fr"], &["accept-language"], UnknownLocalePolicy::Reject);
    let ranges = |before: usize| format!("{}fr", "xx,".repeat(before));
    assert_eq!(table.negotiate(Some(&ranges(limits::ACCEPT_LANGUAGE_RANGES_MAX - 1)), None), "fr");
    assert_eq!(table.negotiate(Some(&ranges(limits::ACCEPT_LANGUAGE_RANGES_MAX)), None), "en");
    // A range that the limit cuts in two is not read: `fr` is all that fits of `fr-CA`.
    let cut = format!("{},fr-CA", " ".repeat(limits::ACCEPT_LANGUAGE_BYTES_MAX - 3));
    assert_eq!(table.negotiate(Some(&cut), None), "en");
    for header in ["a".repeat(65_536), "a-".repeat(32_768), ",".repeat(65_536), "\u{20ac}".repeat(20_000)] {
        assert_eq!(table.negotiate(Some(&header), None), "en");
    }
}

#[test]
fn cookies_are_compared_whole_and_names_exactly() {
    let table = locales(&["en", "pt-BR", "pt"], &["cookie:wl_locale"], UnknownLocalePolicy::Reject);
    for (cookie, locale) in [
        ("wl_locale=pt-BR", "pt-BR"),
        ("a=b; wl_locale=PT-br; c=d", "pt-BR"),
        ("WL_LOCALE=pt-BR", "en"),
        ("xwl_locale=pt", "en"),
        ("wl_locale=pt-PT", "en"),
        ("wl_locale=pt%2DBR", "en"),
        ("wl_locale=\"pt\"", "en"),
        ("wl_locale=pt;wl_locale=pt-BR", "pt"),
        ("wl_locale=xx; wl_locale=pt", "en"),
        ("wl_locale", "en"),
        ("", "en"),
    ] {
        assert_eq!(table.negotiate(Some("pt"), Some(cookie)), locale, "{cookie}");
    }
    let far = format!("a={}; wl_locale=pt", "x".repeat(limits::COOKIE_HEADER_BYTES_MAX));
    assert_eq!(table.negotiate(None, Some(&far)), "en");
}

#[test]
fn sources_are_asked_in_order() {
    let known = &["en", "es", "fr"];
    let table = locales(known, &["cookie:l", "accept-language"], UnknownLocalePolicy::Reject);
    assert_eq!(table.negotiate(Some("fr"), Some("l=es")), "es");
    assert_eq!(table.negotiate(Some("fr"), Some("l=xx")), "fr");
    assert_eq!(table.negotiate(Some("fr"), None), "fr");
    assert_eq!(table.negotiate(None, None), "en");
    assert_eq!(locales(known, &[], UnknownLocalePolicy::Reject).negotiate(Some("fr"), Some("l=es")), "en");
}

#[test]
fn an_unknown_locale_is_passed_through_when_asked_for() {
    let table = locales(&["en", "es"], &["cookie:l", "accept-language"], UnknownLocalePolicy::PassThrough);
    for (header, cookie, locale) in [
        (Some("PT-br , de;q=0.5"), None, "pt-br"),
        (Some("de"), Some("l=Fr"), "fr"),
        (Some("es"), Some("l=Fr"), "es"),
        (Some("de;q=0.5,fr"), None, "fr"),
        (Some("*"), Some("l=<script>"), "en"),
        (None, None, "en"),
    ] {
        assert_eq!(table.negotiate(header, cookie), locale, "{header:?} {cookie:?}");
    }
}

#[test]
fn a_known_locale_is_borrowed() {
    let table = locales(&["en", "pt-BR"], &["accept-language"], UnknownLocalePolicy::PassThrough);
    assert!(matches!(table.negotiate(Some("PT-BR"), None), Cow::Borrowed("pt-BR")));
    assert!(matches!(table.negotiate(None, None), Cow::Borrowed("en")));
}

#[test]
fn sources_have_a_text() {
    for text in ["accept-language", "cookie:wl_locale"] {
        assert_eq!(String::from(Detect::try_from(text.to_owned()).unwrap()), text);
    }
    for text in ["", "Accept-Language", "cookie", "cookie:", "cookie:a b", "query:lang"] {
        assert!(Detect::try_from(text.to_owned()).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn the_answer_is_one_of_the_locales(header in "[a-zA-Z*;=q0-9., -]{0,80}", cookie in "[l=a-z;\" ]{0,30}") {
        let known = ["en", "es-MX", "zh-Hant", "q"];
        let table = locales(&known, &["cookie:l", "accept-language"], UnknownLocalePolicy::Reject);
        let locale = table.negotiate(Some(&header), Some(&cookie));
        prop_assert!(known.contains(&&*locale));
    }

    #[test]
    fn what_is_passed_through_can_be_a_header(header in ".{0,80}", cookie in ".{0,80}") {
        let table = locales(&["en"], &["cookie:l", "accept-language"], UnknownLocalePolicy::PassThrough);
        let cookie = format!("l={cookie}");
        let locale = table.negotiate(Some(&header), Some(&cookie));
        prop_assert!(is_tag(&locale));
    }
}
