//! RFC 9110 section 13, by example.

use super::*;
use http::HeaderValue;
use http::header::{IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE};
use proptest::prelude::*;

const ETAG: &str = "\"sha256-ab\"";

fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn evaluated(fields: &[(HeaderName, &str)]) -> Outcome {
    evaluate(&headers(fields), ETAG)
}

fn all_of(name: &HeaderName, values: &[&str]) -> Outcome {
    evaluated(&values.iter().map(|value| (name.clone(), *value)).collect::<Vec<_>>())
}

#[test]
fn rfc9110_13_1_2_if_none_match() {
    for values in [
        &["*"][..],
        &["\"sha256-ab\""],
        &["W/\"sha256-ab\""],
        &["\"x\", \"sha256-ab\""],
        &["\"a,b\",\t\"sha256-ab\""],
        &[",, \"x\" ,,W/\"sha256-ab\" ,"],
        &["\"x\"", "\"sha256-ab\""],
        &["malformed, \"sha256-ab\""],
        &["\"x\" y, \"sha256-ab\""],
    ] {
        assert_eq!(all_of(&IF_NONE_MATCH, values), Outcome::NotModified, "{values:?}");
    }
    for values in [
        &[""][..],
        &["sha256-ab"],
        &["\"sha256-abc\""],
        &["\"SHA256-AB\""],
        &["w/\"sha256-ab\""],
        &["W/ \"sha256-ab\""],
        &["\"sha256-ab"],
        &["sha256-ab\""],
        &["\"sha256-ab\"x"],
        &["x\"sha256-ab\""],
        // One tag, with a comma in it.
        &["\"x,\"sha256-ab\",y\""],
        &["**"],
        &["W/*"],
        &["\"*\""],
        &["\"\""],
        &[",,,"],
    ] {
        assert_eq!(all_of(&IF_NONE_MATCH, values), Outcome::Send, "{values:?}");
    }
}

#[test]
fn rfc9110_13_1_1_if_match() {
    for values in [&["*"][..], &["\"sha256-ab\""], &["\"x\"", "\"y\" , \"sha256-ab\""]] {
        assert_eq!(all_of(&IF_MATCH, values), Outcome::Send, "{values:?}");
    }
    // The comparison is the strong one; a list without a tag has not this one.
    for values in [&["\"x\""][..], &["W/\"sha256-ab\""], &[""], &["sha256-ab"], &["\"sha256-ab"]] {
        assert_eq!(all_of(&IF_MATCH, values), Outcome::Failed, "{values:?}");
    }
}

#[test]
fn rfc9110_13_2_2_the_order_of_preconditions() {
    for (fields, outcome) in [
        (&[][..], Outcome::Send),
        (&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, ETAG)], Outcome::Failed),
        (&[(IF_MATCH, ETAG), (IF_NONE_MATCH, ETAG)], Outcome::NotModified),
        (&[(IF_MATCH, ETAG), (IF_NONE_MATCH, "\"x\"")], Outcome::Send),
        // There is no date to compare with.
        (&[(IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT")], Outcome::Send),
        (&[(IF_UNMODIFIED_SINCE, "Thu, 01 Jan 1970 00:00:00 GMT")], Outcome::Send),
        (&[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT")], Outcome::Send),
    ] {
        assert_eq!(evaluated(fields), outcome, "{fields:?}");
    }
}

#[test]
fn rfc9110_13_1_5_if_range() {
    let obeyed = |values: &[&str]| {
        has_part_of(&headers(&values.iter().map(|value| (IF_RANGE, *value)).collect::<Vec<_>>()), ETAG)
    };
    assert!(obeyed(&[]) && obeyed(&[ETAG]));
    for values in [
        &["W/\"sha256-ab\""][..],
        &["\"x\""],
        &["*"],
        &[""],
        &["sha256-ab"],
        &["\"x\", \"sha256-ab\""],
        &[ETAG, ETAG],
        &["Fri, 01 Jan 2100 00:00:00 GMT"],
    ] {
        assert!(!obeyed(values), "{values:?}");
    }
}

#[test]
fn tags_beyond_the_bound_are_not_read() {
    let list = |before: usize| format!("{}{ETAG}", "\"x\",".repeat(before));
    assert_eq!(all_of(&IF_NONE_MATCH, &[&list(limits::CONDITION_TAGS_MAX - 1)]), Outcome::NotModified);
    assert_eq!(all_of(&IF_NONE_MATCH, &[&list(limits::CONDITION_TAGS_MAX)]), Outcome::Send);
    assert_eq!(all_of(&IF_MATCH, &[&list(limits::CONDITION_TAGS_MAX)]), Outcome::Failed);
}

proptest! {
    /// Every list is read to its end, whatever is in it.
    #[test]
    fn anything_is_read(bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'W'), Just(b'/'), Just(b' '), any::<u8>()], 0..60)) {
        prop_assert!(Tags(&bytes).count() <= bytes.len());
    }
}
