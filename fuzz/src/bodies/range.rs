//! `Range`: what is sent is what was asked for, and never more than the file.

use crate::limits::RANGE_PARTS_MAX;
use crate::route::range::{Part, Selection, parse};

/// The input is the size of a file, a line feed, and a `Range`.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some((size, header)) = text.split_once('\n') else { return };
    let Ok(size) = size.parse::<u64>() else { return };
    let parts = match parse(header, size) {
        Selection::Whole => {
            let plain = asked(header, size);
            assert!(plain.is_none_or(|asked| is_costly(&asked, size)), "{header:?} of {size} is answered whole");
            return;
        }
        Selection::Unsatisfiable => {
            let nothing = asked(header, size).is_some_and(|asked| asked.iter().all(Option::is_none));
            assert!(nothing, "{header:?} of {size} is refused");
            return;
        }
        Selection::One(part) => vec![part],
        Selection::Several(parts) => {
            assert!((2..=RANGE_PARTS_MAX).contains(&parts.len()), "{} parts", parts.len());
            parts
        }
    };
    let total: u128 = parts.iter().map(|part| u128::from(part.length)).sum();
    assert!(total <= u128::from(size), "{total} bytes of a file of {size}");
    let end = |part: &Part| u128::from(part.first) + u128::from(part.length);
    for (i, part) in parts.iter().enumerate() {
        assert!(part.length > 0 && end(part) <= u128::from(size), "{part:?} of {size}");
        assert_eq!(u128::from(part.last()) + 1, end(part));
        let apart = |other: &Part| end(part) < u128::from(other.first) || end(other) < u128::from(part.first);
        assert!(parts[..i].iter().all(apart), "{parts:?} overlap or touch");
    }
    // Byte for byte, where there are few.
    let Some(asked) = asked(header, size).filter(|_| size <= 4096) else { return };
    for byte in 0..size {
        let wanted = asked.iter().flatten().any(|(first, last)| (*first..=*last).contains(&byte));
        let sent = parts.iter().any(|part| (part.first..=part.last()).contains(&byte));
        assert_eq!(sent, wanted, "byte {byte} of {size} for {header:?}");
    }
}

/// More parts than there may be, or more bytes than there are; or the end of nothing, which no `Content-Range` can say.
fn is_costly(asked: &[Option<(u64, u64)>], size: u64) -> bool {
    let total: u128 = asked.iter().flatten().map(|(first, last)| u128::from(last - first) + 1).sum();
    asked.len() > RANGE_PARTS_MAX || total > u128::from(size) || size == 0
}

/// First and last byte of each range, `None` for one beyond the file; nothing at all for what is no range of bytes.
fn asked(header: &str, size: u64) -> Option<Vec<Option<(u64, u64)>>> {
    let (unit, set) = header.split_once('=')?;
    let mut ranges = Vec::new();
    for member in set.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty()) {
        let (first, last) = member.split_once('-')?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().unwrap_or(u64::MAX));
        let (from, to) = (number(first)?, number(last)?);
        ranges.push(match (first.is_empty(), last.is_empty()) {
            (true, true) => return None,
            (true, false) if to == 0 || size == 0 => None,
            (true, false) => Some((size - to.min(size), size - 1)),
            (false, false) if to < from => return None,
            (false, _) if from >= size => None,
            (false, true) => Some((from, size - 1)),
            (false, false) => Some((from, to.min(size - 1))),
        });
    }
    (unit.eq_ignore_ascii_case("bytes") && !ranges.is_empty()).then_some(ranges)
}
