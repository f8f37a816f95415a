//! RFC 9110 section 12.5.3, by example and by property.

use super::Coding::{Br, Gzip, Zstd};
use super::*;
use proptest::prelude::*;

const THERE: [(Coding, u64); 3] = [(Br, 10), (Zstd, 20), (Gzip, 30)];

fn choose(lines: &[&str]) -> Option<Coding> {
    Accepted::read(lines.iter().copied()).choose(100, THERE.into_iter())
}

#[test]
fn rfc9110_12_5_3_accept_encoding() {
    for (line, coding) in [
        ("gzip", Some(Gzip)),
        ("gzip, deflate", Some(Gzip)),
        ("gzip, deflate, br", Some(Br)),
        ("gzip, deflate, br, zstd", Some(Br)),
        ("zstd, gzip", Some(Zstd)),
        ("GZip", Some(Gzip)),
        ("x-gzip", Some(Gzip)),
        ("gzip;q=1.0, br;q=0.5", Some(Gzip)),
        ("gzip;q=0.5, br;q=0.501", Some(Br)),
        ("br;q=0.001", Some(Br)),
        ("gzip ; q=1 , br\t;\tQ=0.9", Some(Gzip)),
        // What is refused is not sent, whatever else is said of it.
        ("br;q=0, gzip", Some(Gzip)),
        ("br;q=0", None),
        ("br, br;q=0, gzip;q=0.1", Some(Gzip)),
        ("gzip;q=0, x-gzip", None),
        // `*` stands for those that are not named.
        ("*", Some(Br)),
        ("*;q=0.5, gzip", Some(Gzip)),
        ("br;q=0, *", Some(Zstd)),
        ("gzip, *;q=0", Some(Gzip)),
        ("*;q=0", None),
        // The bytes as they are, when they are wanted most, or when nothing else is there.
        ("identity", None),
        ("", None),
        ("deflate", None),
        ("compress, sdch", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.8", Some(Gzip)),
        ("identity;q=0.5, *;q=0.8", Some(Br)),
        ("identity;q=0", None),
        ("identity;q=0, gzip", Some(Gzip)),
        // Between equals the shortest.
        ("identity, gzip", Some(Gzip)),
        ("identity;q=0.3, gzip;q=0.3, zstd;q=0.3", Some(Zstd)),
        // A malformed member is none.
        ("br;q=2, gzip", Some(Gzip)),
        ("br;q=, br;q=x, br;q=1.001, br;q=0.1234, br;q=-1, br;q= 1, br;level=5, br;q=1;x, b r, gzip", Some(Gzip)),
        (",,, ,gzip,,", Some(Gzip)),
        ("brr, xbr, gzip, zstd-dict", Some(Gzip)),
        ("br gzip", None),
        ("\"gzip\"", None),
    ] {
        assert_eq!(choose(&[line]), coding, "{line}");
    }
    assert_eq!(choose(&[]), None);
    assert_eq!(choose(&["deflate", "gzip"]), Some(Gzip));
    assert_eq!(choose(&["br;q=0", "*;q=0.1"]), Some(Zstd));
}

#[test]
fn between_equals_the_shortest_and_then_the_best() {
    let accepted = Accepted::read(["gzip, zstd, br"].into_iter());
    assert_eq!(accepted.choose(100, [(Br, 30), (Zstd, 20), (Gzip, 10)].into_iter()), Some(Gzip));
    assert_eq!(accepted.choose(100, [(Gzip, 10), (Zstd, 10), (Br, 10)].into_iter()), Some(Br));
    assert_eq!(accepted.choose(100, [(Gzip, 10), (Zstd, 10)].into_iter()), Some(Zstd));
    assert_eq!(accepted.choose(100, [].into_iter()), None);
    assert_eq!(Accepted::NOTHING, Accepted::read([].into_iter()));
}

#[test]
fn what_is_too_long_is_read_to_its_bound() {
    let filler = "x,".repeat(ACCEPT_ENCODING_MEMBERS_MAX - 1);
    assert_eq!(choose(&[&format!("{filler}gzip")]), Some(Gzip));
    assert_eq!(choose(&[&format!("{filler}x,gzip")]), None);
    // Cut in two, `gzip;q=0` would be `gzip`.
    for before in 0..20 {
        let name = "x".repeat(ACCEPT_ENCODING_BYTES_MAX - before);
        assert_eq!(choose(&[&format!("{name},gzip;q=0")]), None);
        assert_eq!(choose(&[&name, "gzip;q=0"]), None);
    }
    let long = "y".repeat(ACCEPT_ENCODING_BYTES_MAX);
    assert_eq!(choose(&[&format!("gzip,{long}"), "br"]), Some(Gzip));
}

proptest! {
    /// Nothing a client sends is a panic, and nothing it refuses is chosen.
    #[test]
    fn anything_is_read(line in "[a-z0-9*;=., \\-]{0,80}|\\PC{0,40}") {
        let _ = choose(&[&line]);
        let refused = format!("br;q=0,zstd;q=0,{line}");
        if refused.split(',').count() <= ACCEPT_ENCODING_MEMBERS_MAX {
            prop_assert!(!matches!(choose(&[&refused]), Some(Br | Zstd)));
        }
    }

    #[test]
    fn weights_have_three_decimals(thousandths in 0..=1000_u16) {
        let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        prop_assert_eq!(qvalue(&text), Some(thousandths));
    }
}
