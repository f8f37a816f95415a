//! Locale negotiation against a plain reading of the RFCs (9110 section 12.5.4, 4647 section 3.4).

use crate::limits::{ACCEPT_LANGUAGE_BYTES_MAX, ACCEPT_LANGUAGE_RANGES_MAX, COOKIE_HEADER_BYTES_MAX};
use crate::route::locale::{Detect, Locales, UnknownLocalePolicy, is_tag};

/// The default is the first.
const KNOWN: [&str; 8] = ["en", "de", "de-1996", "pt-BR", "zh-Hant", "zh", "i-klingon", "en-a"];

/// The input is an `Accept-Language`, and after a line feed a `Cookie`.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (accepted, cookie) = text.split_once('\n').unwrap_or((&text, ""));
    let known: Vec<String> = KNOWN.map(str::to_owned).to_vec();
    let build = |detect: &[Detect], policy| Locales::build(KNOWN[0], &known, detect, policy);

    let languages = build(&[Detect::AcceptLanguage], UnknownLocalePolicy::Reject);
    let chosen = languages.negotiate(Some(accepted), None);
    assert!(KNOWN.contains(&&*chosen), "{chosen:?} is no locale");
    let members: Vec<&str> = accepted.split(',').map(trim).filter(|member| !member.is_empty()).collect();
    if accepted.len() <= ACCEPT_LANGUAGE_BYTES_MAX && members.len() <= ACCEPT_LANGUAGE_RANGES_MAX {
        assert_eq!(chosen, look_up(&members), "{accepted:?}");
    }

    let cookies = build(&[Detect::Cookie("l".to_owned())], UnknownLocalePolicy::Reject);
    let value = cookie.split(';').map(trim).find_map(|pair| pair.strip_prefix("l="));
    let wanted = value.and_then(|value| KNOWN.into_iter().find(|locale| locale.eq_ignore_ascii_case(value)));
    if cookie.len() <= COOKIE_HEADER_BYTES_MAX {
        assert_eq!(cookies.negotiate(None, Some(cookie)), wanted.unwrap_or(KNOWN[0]), "{cookie:?}");
    }

    let passing = build(&[Detect::Cookie("l".to_owned()), Detect::AcceptLanguage], UnknownLocalePolicy::PassThrough);
    let passed = passing.negotiate(Some(accepted), Some(cookie));
    assert!(is_tag(&passed), "{passed:?} is handed to a function");
}

/// Each range is cut down to nothing before the next best is looked at.
fn look_up(members: &[&str]) -> &'static str {
    let mut wishes: Vec<(&str, u32)> = members.iter().filter_map(|member| weighted(member)).collect();
    wishes.sort_by_key(|(_, thousandths)| std::cmp::Reverse(*thousandths));
    for (range, _) in wishes {
        let subtags: Vec<&str> = range.split('-').collect();
        for count in (1..=subtags.len()).rev() {
            // A single letter is never left at the end of what was cut.
            if count < subtags.len() && subtags[count - 1].len() == 1 {
                continue;
            }
            let candidate = subtags[..count].join("-");
            if let Some(found) = KNOWN.into_iter().find(|locale| locale.eq_ignore_ascii_case(&candidate)) {
                return found;
            }
        }
    }
    KNOWN[0]
}

/// A language range and its weight, if it is one and wants something.
fn weighted(member: &str) -> Option<(&str, u32)> {
    let (range, weight) = match member.split_once(';') {
        None => (member, "1"),
        Some((range, parameter)) => (trim(range), trim(parameter).get(2..).filter(|_| is_q(trim(parameter)))?),
    };
    let mut subtags = range.split('-');
    let well_formed =
        |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.chars().all(|c| c.is_ascii_alphanumeric());
    let primary =
        subtags.next().is_some_and(|first| well_formed(first) && first.chars().all(|c| c.is_ascii_alphabetic()));
    let thousandths = thousandths(weight)?;
    (range.len() <= 64 && primary && subtags.all(well_formed) && thousandths > 0).then_some((range, thousandths))
}

fn is_q(parameter: &str) -> bool {
    parameter.get(..2).is_some_and(|name| name.eq_ignore_ascii_case("q="))
}

/// `0`, `0.` and up to three digits, `1`, `1.` and up to three zeros.
fn thousandths(weight: &str) -> Option<u32> {
    let decimals = match weight.get(1..) {
        Some("") => "",
        Some(rest) => rest.strip_prefix('.')?,
        None => return None,
    };
    if decimals.len() > 3 || !decimals.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let fraction: u32 = format!("{decimals:0<3}").parse().ok()?;
    match &weight[..1] {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
