//! The time of a line, as the log's subscriber writes it: UTC, in microseconds.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

/// `2026-01-31T23:59:59.`
const TO_THE_SECOND: usize = 20;

/// `123456Z`
const BELOW: usize = 7;

const SECONDS_A_DAY: u64 = 86_400;

thread_local! {
    /// The last second that was written, and its text: the next line is nearly always of the same.
    static SECOND: Cell<(u64, [u8; TO_THE_SECOND])> = const { Cell::new((0, *b"1970-01-01T00:00:00.")) };
}

/// Writes the time of this moment.
pub(super) fn now(out: &mut Vec<u8>) {
    // A clock before 1970 is not worth a failure.
    at(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(), out);
}

/// Writes the time so long after the beginning of 1970.
fn at(since: Duration, out: &mut Vec<u8>) {
    let (mut second, mut text) = SECOND.get();
    if second != since.as_secs() {
        second = since.as_secs();
        text = to_the_second(second);
        SECOND.set((second, text));
    }
    out.extend_from_slice(&text);
    let mut below = *b"000000Z";
    digits(u64::from(since.subsec_micros()), &mut below[..BELOW - 1]);
    out.extend_from_slice(&below);
}

fn to_the_second(since: u64) -> [u8; TO_THE_SECOND] {
    let (year, month, day) = date(since / SECONDS_A_DAY);
    let of_day = since % SECONDS_A_DAY;
    let mut text = *b"0000-00-00T00:00:00.";
    for (range, value) in [
        (0..4, year),
        (5..7, month),
        (8..10, day),
        (11..13, of_day / 3_600),
        (14..16, of_day / 60 % 60),
        (17..19, of_day % 60),
    ] {
        digits(value, &mut text[range]);
    }
    text
}

/// Year, month and day, so many days after the first of 1970. Years are counted from March, so that the day a leap year has more is
/// the last of one.
fn date(days: u64) -> (u64, u64, u64) {
    const FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    const DAYS_400_YEARS: u64 = 146_097;
    let days = days + FROM_MARCH_OF_YEAR_0;
    let day = days % DAYS_400_YEARS;
    let year = (day - day / 1_460 + day / 36_524 - day / (DAYS_400_YEARS - 1)) / 365;
    let of_year = day - (year * 365 + year / 4 - year / 100);
    let from_march = (of_year * 5 + 2) / 153;
    let of_month = of_year - (from_march * 153 + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (days / DAYS_400_YEARS * 400 + year + u64::from(month <= 2), month, of_month)
}

/// Writes the last digits of a number, as many as there is room for.
fn digits(mut value: u64, room: &mut [u8]) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: u64, micros: u32) -> String {
        let mut out = Vec::new();
        at(Duration::new(seconds, micros * 1_000), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_of_all_kinds_of_days() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000000Z"),
        ] {
            assert_eq!(text(seconds, 0), expected);
        }
    }

    #[test]
    fn a_second_that_is_remembered_is_not_taken_for_another() {
        assert_eq!(text(1, 999_999), "1970-01-01T00:00:01.999999Z");
        assert_eq!(text(1, 7), "1970-01-01T00:00:01.000007Z");
        assert_eq!(text(61, 7), "1970-01-01T00:01:01.000007Z");
        assert_eq!(text(1, 7), "1970-01-01T00:00:01.000007Z");
    }
}
