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

/// RFC 4647, 3.4: subtags are cut off the end, one at a time, until the rest is a locale.
#[test]
fn rfc_4647_3_4_lookup_truncates_from_the_right() {
    by_header(
        &["en", "zh-Hant", "zh", "de-1996", "fr-CA", "sr-Latn-RS", "sr"],
        &[
            ("zh-Hant-TW", "zh-Hant"),
            ("zh-Hans-CN", "zh"),
            ("de-1996-x-abc", "de-1996"),
            ("sr-Latn-RS-ekavsk", "sr-Latn-RS"),
            ("sr-Latn-ME", "sr"),
            // Only the end is cut: a script between language and region is not skipped over.
            ("sr-RS", "sr"),
            ("fr-Latn-CA", "en"),
            ("fr-CA-x-y", "fr-CA"),
            // A subtag is cut whole.
            ("deu", "en"),
            ("zhx", "en"),
        ],
    );
}

/// RFC 4647, 3.4: the best range is cut down to nothing before the next one is looked at.
#[test]
fn rfc_4647_3_4_each_range_is_exhausted_before_the_next() {
    by_header(
        &["en", "es", "pt-BR"],
        &[("es-AR,pt-BR;q=0.9", "es"), ("xx-YY,es-AR,pt-BR", "es"), ("pt-BR;q=0.1,es-AR;q=0.2", "es")],
    );
}

/// RFC 4647, 3.4, and reference 3.6: that is lookup. A general range never leads to a special locale, as it would in filtering.
#[test]
fn rfc_4647_3_4_a_general_range_finds_no_special_locale() {
    by_header(
        &["en", "es-MX", "zh-Hant", "de-AT"],
        &[
            ("es", "en"),
            ("es-ES", "en"),
            ("zh", "en"),
            ("zh-TW", "en"),
            ("zh-Hans", "en"),
            ("es,de-AT;q=0.1", "de-AT"),
            ("es-MX", "es-MX"),
        ],
    );
}

/// RFC 4647, 3.4: a single letter or digit goes with what follows it, whether it begins an extension, a private part, or the tag.
#[test]
fn rfc_4647_3_4_a_single_letter_is_cut_with_what_follows() {
    by_header(
        &["en", "de-x", "de", "zh-a", "zh", "i", "x"],
        &[
            ("de-x-abc", "de"),
            ("de-u-co-phonebk", "de"),
            ("de-1-abc", "de"),
            ("zh-a-b-c", "zh"),
            ("zh-hant-cn-x-private1-private2", "zh"),
            ("x-whatever", "en"),
            ("i-klingon", "en"),
            // What the client names itself is compared whole first.
            ("de-x", "de-x"),
            ("zh-a", "zh-a"),
        ],
    );
    by_header(&["en", "i-klingon", "x-pig-latin"], &[("i-klingon", "i-klingon"), ("X-Pig-Latin-y", "x-pig-latin")]);
}

/// RFC 4647, 3.4, and reference 3.6: `*` names no locale; the others are looked at, and then the default is taken.
#[test]
fn rfc_4647_3_4_a_wildcard_picks_nothing() {
    by_header(
        &["en", "de"],
        &[("*", "en"), ("*,de;q=0.1", "de"), ("de;q=0.5,*", "de"), ("*-DE,de;q=0.1", "de"), ("xx,*;q=0.1", "en")],
    );
}

/// RFC 4647, 2: tags are compared without regard to case, and the locale is given in the release's casing.
#[test]
fn rfc_4647_2_case_plays_no_part() {
    by_header(
        &["en", "zh-Hant-TW", "pt-BR"],
        &[("ZH-HANT-tw", "zh-Hant-TW"), ("Pt-bR", "pt-BR"), ("pT-Br-X-Y;Q=0.1", "pt-BR")],
    );
}

/// RFC 4647, 2.1: what is no language range is left out; the others count.
#[test]
fn rfc_4647_2_1_what_is_no_range_is_left_out() {
    for part in [
        "fr_CA",
        "f\u{f6}",
        "\u{fffd}",
        "fr-",
        "-fr",
        "fr--CA",
        "1fr",
        "francaises",
        "fr-toolongsubtag",
        "f r",
        "fr/CA",
        "\"fr\"",
        "fr=1",
        "q=1",
        "*fr",
        "fr-*",
        "**",
    ] {
        by_header(&["en", "es", "fr"], &[(&format!("{part},es;q=0.1"), "es"), (&format!("es;q=0.1, {part}"), "es")]);
    }
}

/// RFC 9110, 12.5.4: the greater weight wins; 12.4.2: no weight is 1. Equal weights keep the order of the header.
#[test]
fn rfc_9110_12_5_4_weights_decide_and_order_breaks_ties() {
    by_header(
        &["en", "es", "fr", "de"],
        &[
            ("", "en"),
            ("es", "es"),
            ("es;q=0.5,fr;q=0.9", "fr"),
            ("es;q=0.5,fr;q=0.5", "es"),
            ("fr;q=0.5,es;q=0.5", "fr"),
            ("es;q=0.999,fr", "fr"),
            ("de;q=0.001,fr;q=0.002", "fr"),
            ("xx,yy,de", "de"),
            ("es;q=0.5,fr;q=0.50,de;q=0.500", "es"),
            ("de;q=0.1,es;q=0.3,fr;q=0.3,en;q=0.2", "es"),
        ],
    );
}

/// RFC 9110, 12.4.2: weight 0 is "not acceptable".
#[test]
fn rfc_9110_12_4_2_weight_zero_is_no_wish() {
    by_header(
        &["en", "fr", "de"],
        &[
            ("fr;q=0,de;q=0.1", "de"),
            ("fr;q=0", "en"),
            ("fr;q=0.0", "en"),
            ("fr;q=0.000", "en"),
            ("fr;q=0.", "en"),
            ("*;q=0", "en"),
            // Such a range is dropped (reference 3.6); it does not take back what another one asks for.
            ("de;q=0,de-AT", "de"),
        ],
    );
}

/// RFC 9110, 12.4.2: `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`, and no other parameter.
#[test]
fn rfc_9110_12_4_2_weights_have_a_grammar() {
    for weight in ["0.1", "0.12", "0.123", "0.001", "1", "1.", "1.0", "1.00", "1.000"] {
        by_header(&["en", "fr"], &[(&format!("fr;q={weight}"), "fr"), (&format!("fr;Q={weight}"), "fr")]);
    }
    for weight in [
        "q=1e3",
        "q=NaN",
        "q=inf",
        "q=1.001",
        "q=0.1234",
        "q=1.0000",
        "q=2",
        "q=-1",
        "q=+1",
        "q=",
        "q",
        "q=.5",
        "q=00.5",
        "q=01",
        "q=0,5",
        "q=0.5.5",
        "q=0x1",
        "q=\"1\"",
        "q =0.5",
        "q= 0.5",
        "level=1",
        "q=0.5;level=1",
        "level=1;q=0.5",
        "",
        ";q=0.5",
        "q=\u{ff11}",
    ] {
        by_header(&["en", "es", "fr"], &[(&format!("fr;{weight},es;q=0.1"), "es")]);
    }
}

/// RFC 9110, 5.6.1: empty members of a list are ignored; 5.6.3: white space is spaces and tabs, and optional.
#[test]
fn rfc_9110_5_6_empty_members_and_white_space_mean_nothing() {
    by_header(
        &["en", "es", "fr", "de"],
        &[
            (",,fr,", "fr"),
            (" , \t,fr", "fr"),
            ("fr ; q=0.4 , de;Q=0.5", "de"),
            ("fr\t;\tq=0.4\t,\tde\t;\tq=0.5", "de"),
            (" \tfr\t", "fr"),
            (",", "en"),
            // No white space: a no-break space is part of the member, which is then no range.
            ("fr\u{a0},de;q=0.1", "de"),
        ],
    );
    let many = format!("{}fr", ",".repeat(limits::ACCEPT_LANGUAGE_RANGES_MAX * 2));
    by_header(&["en", "fr"], &[(&many, "fr")]);
}

/// A range that is there twice counts where it is best.
#[test]
fn a_repeated_range_counts_where_it_is_best() {
    by_header(
        &["en", "es", "fr"],
        &[("fr;q=0.1,es;q=0.5,fr;q=0.9", "fr"), ("fr;q=0.9,es;q=0.5,FR;q=0.1", "fr"), ("fr,fr,fr", "fr")],
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
        ("wl_locale=", "en"),
        ("wl_locale =pt", "en"),
        ("wl_locale= pt", "en"),
        ("wl_locale=pt ; a=b", "pt"),
        ("\twl_locale=pt", "pt"),
        ("wl_locale==pt", "en"),
        ("wl_locale=pt-BR-x", "en"),
        ("wl_locale=*", "en"),
        ("wl_locale=pt,wl_locale=pt-BR", "en"),
        ("a=\u{fffd}; wl_locale=pt", "pt"),
        (";;=;wl_locale=pt;", "pt"),
        ("", "en"),
    ] {
        assert_eq!(table.negotiate(Some("pt"), Some(cookie)), locale, "{cookie}");
    }
    // A locale with characters that no language tag has can still be a cookie's.
    let odd = locales(&["en", "a.b_c"], &["cookie:l", "accept-language"], UnknownLocalePolicy::Reject);
    assert_eq!(odd.negotiate(Some("a.b_c"), Some("l=A.B_C")), "a.b_c");
    assert_eq!(odd.negotiate(Some("a.b_c"), None), "en");
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
        (Some("de\r\nx-evil: 1,pt"), Some("l=a\r\nb"), "pt"),
        (Some("DE;q=0"), None, "en"),
        (Some("xx-YY-1234"), Some("l="), "xx-yy-1234"),
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

/// Lookup again, the slow and plain way: every prefix of every range, best first.
fn expected<'l>(known: &[&'l str], members: &[(String, u16)]) -> &'l str {
    let mut wishes: Vec<&(String, u16)> =
        members.iter().filter(|(range, weight)| *weight > 0 && range != "*").collect();
    wishes.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    for (range, _) in wishes {
        let subtags: Vec<&str> = range.split('-').collect();
        for count in (1..=subtags.len()).rev() {
            let is_cut = count < subtags.len();
            if is_cut && subtags[count - 1].len() == 1 {
                continue;
            }
            let candidate = subtags[..count].join("-");
            if let Some(found) = known.iter().find(|locale| locale.eq_ignore_ascii_case(&candidate)) {
                return found;
            }
        }
    }
    known[0]
}

fn members() -> impl Strategy<Value = Vec<(String, u16)>> {
    let subtag = prop::sample::select(vec!["en", "zh", "Hant", "TW", "x", "a", "de", "AT", "1996", "u", "co"]);
    let range = prop_oneof![
        8 => prop::collection::vec(subtag, 1..5).prop_map(|subtags| subtags.join("-")).prop_filter("begins with letters", |r| !r.starts_with('1')),
        1 => Just("*".to_owned()),
    ];
    prop::collection::vec((range, prop_oneof![Just(1000_u16), 0_u16..=1000]), 0..limits::ACCEPT_LANGUAGE_RANGES_MAX)
}

proptest! {
    #[test]
    fn lookup_finds_what_the_rfc_says(members in members()) {
        let known = ["fr", "en", "zh-Hant", "zh", "de-AT", "de-1996", "en-x-a", "x-de"];
        let header: Vec<String> = members.iter().map(|(range, weight)| match weight {
            1000 => range.clone(),
            weight => format!("{range};q=0.{weight:03}"),
        }).collect();
        let header = header.join(", ");
        prop_assume!(header.len() <= limits::ACCEPT_LANGUAGE_BYTES_MAX);
        let table = locales(&known, &["accept-language"], UnknownLocalePolicy::Reject);
        prop_assert_eq!(table.negotiate(Some(&header), None), expected(&known, &members), "{}", header);
    }

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
