//! RFC 9110 section 14, by example and by property.

use super::*;
use proptest::prelude::*;

fn one(first: u64, length: u64) -> Selection {
    Selection::One(Part { first, length })
}

fn several(parts: &[(u64, u64)]) -> Selection {
    Selection::Several(parts.iter().map(|&(first, length)| Part { first, length }).collect())
}

#[test]
fn one_range() {
    for (header, selection) in [
        ("bytes=0-0", one(0, 1)),
        ("bytes=0-99", one(0, 100)),
        ("bytes=10-19", one(10, 10)),
        ("bytes=0-", one(0, 100)),
        ("bytes=99-", one(99, 1)),
        ("bytes=-1", one(99, 1)),
        ("bytes=-100", one(0, 100)),
        // What leads beyond the end ends there.
        ("bytes=90-1000", one(90, 10)),
        ("bytes=-1000", one(0, 100)),
        ("bytes=1-99999999999999999999999999", one(1, 99)),
        ("bytes=-99999999999999999999999999", one(0, 100)),
        // Units are compared without case (section 14.1), and lists may have empty members and white space (5.6.1).
        ("BYTES=5-6", one(5, 2)),
        ("bytes= 5-6", one(5, 2)),
        ("bytes=,, 5-6\t,", one(5, 2)),
        ("bytes=0005-0006", one(5, 2)),
    ] {
        assert_eq!(parse(header, 100), selection, "{header}");
    }
}

#[test]
fn what_is_no_range_of_bytes_is_ignored() {
    for header in [
        "",
        "bytes",
        "bytes=",
        "bytes= ",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=1",
        "bytes=a-b",
        "bytes=1-b",
        "bytes=a-1",
        "bytes=2-1",
        "bytes=1-2-3",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes =1-2",
        " bytes=1-2",
        "bytes=1-2;3-4",
        "bytes:1-2",
        "items=0-1",
        "bytes=1-2,x",
        "bytes=x,1-2",
        "bytes=200-300,2-1",
        "bytes=１-２",
        "seconds=1-2",
        "=1-2",
        "none",
    ] {
        assert_eq!(parse(header, 100), Selection::Whole, "{header}");
    }
}

#[test]
fn what_is_not_there_is_unsatisfiable() {
    for header in [
        "bytes=100-",
        "bytes=100-200",
        "bytes=-0",
        "bytes=100-,200-300",
        "bytes=-0,-0",
        "bytes=18446744073709551615-",
        "bytes=18446744073709551616-18446744073709551617",
    ] {
        assert_eq!(parse(header, 100), Selection::Unsatisfiable, "{header}");
    }
}

/// A suffix of an empty file is satisfiable (RFC 9110 section 14.1.2), but no `Content-Range` can say so.
#[test]
fn an_empty_file_has_no_range() {
    for header in ["bytes=0-", "bytes=0-0", "bytes=1-", "bytes=-0", "bytes=0-,5-6"] {
        assert_eq!(parse(header, 0), Selection::Unsatisfiable, "{header}");
    }
    for header in ["bytes=-1", "bytes=-1,-2", "bytes=0-,-1"] {
        assert_eq!(parse(header, 0), Selection::Whole, "{header}");
    }
}

#[test]
fn the_largest_file() {
    assert_eq!(parse("bytes=0-", u64::MAX), one(0, u64::MAX));
    assert_eq!(parse("bytes=-1", u64::MAX), one(u64::MAX - 1, 1));
    assert_eq!(parse("bytes=0-0,18446744073709551614-", u64::MAX), several(&[(0, 1), (u64::MAX - 1, 1)]));
    assert_eq!(parse("bytes=0-,0-", u64::MAX), Selection::Whole);
}

#[test]
fn several_ranges_stay_in_their_order() {
    for (header, selection) in [
        ("bytes=0-0,50-59", several(&[(0, 1), (50, 10)])),
        ("bytes=50-59, 0-0 ,-1", several(&[(50, 10), (0, 1), (99, 1)])),
        // Those that are not there are left out.
        ("bytes=0-0,200-,50-59", several(&[(0, 1), (50, 10)])),
        ("bytes=200-,7-7", one(7, 1)),
        // Those that touch are one.
        ("bytes=0-4,5-9", one(0, 10)),
        ("bytes=5-9,0-4", one(0, 10)),
        ("bytes=0-10,5-15,50-50", several(&[(0, 16), (50, 1)])),
        ("bytes=50-50,0-10,70-70,5-15", several(&[(50, 1), (0, 16), (70, 1)])),
        // One that fills a gap joins both sides.
        ("bytes=20-29,0-9,10-19", one(0, 30)),
        ("bytes=3-3,3-3,3-3", one(3, 1)),
    ] {
        assert_eq!(parse(header, 100), selection, "{header}");
    }
}

#[test]
fn too_much_to_ask_is_the_whole_file() {
    let list = |count: usize| {
        let ranges: Vec<String> = (0..count).map(|i| format!("{0}-{0}", i * 2)).collect();
        format!("bytes={}", ranges.join(","))
    };
    assert_eq!(
        parse(&list(RANGE_PARTS_MAX), 1000),
        several(&(0..RANGE_PARTS_MAX as u64).map(|i| (i * 2, 1)).collect::<Vec<_>>())
    );
    assert_eq!(parse(&list(RANGE_PARTS_MAX + 1), 1000), Selection::Whole);
    assert_eq!(parse(&list(10_000), 1_000_000), Selection::Whole);
    // CVE-2011-3192.
    assert_eq!(parse("bytes=0-,1-,2-,3-", 100), Selection::Whole);
    assert_eq!(parse("bytes=0-60,30-90", 100), Selection::Whole);
}

/// What the positions of a header select, worked out byte by byte.
fn model(ranges: &[(Option<u64>, Option<u64>)], size: u64) -> Vec<bool> {
    let mut wanted = vec![false; size as usize];
    for &range in ranges {
        let (first, end) = match range {
            (Some(first), last) => (first, last.map_or(size, |last| last + 1)),
            (None, last) => (size - last.unwrap().min(size), size),
        };
        (first..end.min(size)).for_each(|at| wanted[at as usize] = true);
    }
    wanted
}

fn parts(selection: &Selection) -> Vec<Part> {
    match selection {
        Selection::Whole | Selection::Unsatisfiable => Vec::new(),
        Selection::One(part) => vec![*part],
        Selection::Several(parts) => parts.clone(),
    }
}

fn check(selection: &Selection, size: u64) {
    let parts = parts(selection);
    assert!(parts.len() <= RANGE_PARTS_MAX);
    assert!(parts.len() != 1 || matches!(selection, Selection::One(_)));
    for (i, part) in parts.iter().enumerate() {
        assert!(part.length > 0 && part.last() < size, "{selection:?} of {size}");
        assert!(parts[..i].iter().all(|other| !other.touches(*part)), "{selection:?}");
    }
}

fn ranges() -> impl Strategy<Value = Vec<(Option<u64>, Option<u64>)>> {
    let range = prop_oneof![
        (0..60_u64, 0..20_u64).prop_map(|(first, more)| (Some(first), Some(first + more))),
        (0..60_u64).prop_map(|first| (Some(first), None)),
        (1..60_u64).prop_map(|length| (None, Some(length))),
    ];
    prop::collection::vec(range, 1..8)
}

proptest! {
    /// The parts are exactly the bytes that were asked for, each once, or the answer is the whole file.
    #[test]
    fn parts_are_what_was_asked_for(ranges in ranges(), size in 1..50_u64) {
        let text = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let header: Vec<String> = ranges.iter().map(|&(first, last)| format!("{}-{}", text(first), text(last))).collect();
        let selection = parse(&format!("bytes={}", header.join(",")), size);
        check(&selection, size);
        let wanted = model(&ranges, size);
        match &selection {
            Selection::Whole => prop_assert!(ranges.len() > 1),
            Selection::Unsatisfiable => prop_assert!(!wanted.contains(&true)),
            _ => {
                let mut sent = vec![false; size as usize];
                for part in parts(&selection) {
                    (part.first..=part.last()).for_each(|at| sent[at as usize] = true);
                }
                prop_assert_eq!(sent, wanted);
            }
        }
    }

    /// Nothing a client sends is a panic, nor a part outside of the file.
    #[test]
    fn anything_is_read(header in "(bytes=)?[0-9,\\- \t=xb]{0,60}", size: u64) {
        check(&parse(&header, size), size);
    }

    #[test]
    fn any_text_is_read(header: String, size: u64) {
        check(&parse(&header, size), size);
    }
}
