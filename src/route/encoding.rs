//! In which coding a file is sent: `Accept-Encoding` (RFC 9110 section 12.5.3).
//!
//! The most wanted coding that there is wins; between equals the shortest. A client that says nothing gets the bytes as they
//! are, and so does one that accepts nothing there is: it may have left out what it takes, and an error helps nobody.

use crate::limits::{ACCEPT_ENCODING_BYTES_MAX, ACCEPT_ENCODING_MEMBERS_MAX};
use serde::{Deserialize, Serialize};

/// A content coding that files are kept in, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// Brotli (RFC 7932).
    Br,
    /// Zstandard (RFC 8878, RFC 9659).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Br, Self::Zstd, Self::Gzip];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// Thousandths, as a client weighs them.
type Weight = u16;

const FULL: Weight = 1000;

/// What a client accepts: a weight for each coding, 0 where it does not want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    codings: [Weight; Coding::ALL.len()],
    /// Without a word about it, the file as it is may be sent, but whatever was named is wanted more.
    identity: Option<Weight>,
}

impl Accepted {
    /// A client that says nothing.
    pub const NOTHING: Self = Self { codings: [0; Coding::ALL.len()], identity: None };

    /// Reads the lines of `Accept-Encoding`. A member that is malformed is as if it were not there.
    pub fn read<'h>(lines: impl Iterator<Item = &'h str>) -> Self {
        let mut named = Named::default();
        let mut left = ACCEPT_ENCODING_BYTES_MAX;
        let members = lines.map_while(|line| whole_members(line, &mut left)).flat_map(|line| line.split(','));
        for member in members.take(ACCEPT_ENCODING_MEMBERS_MAX) {
            if let Some((name, weight)) = weighted(member) {
                named.add(name, weight);
            }
        }
        Self {
            codings: named.codings.map(|weight| weight.or(named.any).unwrap_or(0)),
            identity: named.identity.or(named.any),
        }
    }

    /// The coding to send, out of those there are with their lengths; `None` is the file as it is, of `size` bytes.
    pub fn choose(&self, size: u64, there: impl Iterator<Item = (Coding, u64)>) -> Option<Coding> {
        let identity = (self.identity.unwrap_or(0), size, None);
        let codings = there
            .map(|(coding, size)| (self.codings.get(coding.index()).copied().unwrap_or(0), size, Some(coding)))
            .filter(|(weight, ..)| *weight > 0);
        // In a tie of all, the first: the better one of the order of `Coding`.
        let better = |best: (Weight, u64, Option<Coding>), next: (Weight, u64, Option<Coding>)| {
            let wanted = next.0 > best.0 || (next.0 == best.0 && (next.1, next.2) < (best.1, best.2));
            if wanted { next } else { best }
        };
        codings.fold(identity, better).2
    }
}

/// The weights that a client names.
#[derive(Default)]
struct Named {
    codings: [Option<Weight>; Coding::ALL.len()],
    identity: Option<Weight>,
    any: Option<Weight>,
}

impl Named {
    /// A coding that is named twice has its lower weight: who refuses it anywhere is not sent it.
    fn add(&mut self, name: &str, weight: Weight) {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let [br, zstd, gzip] = &mut self.codings;
        let place = match () {
            () if is("br") => br,
            () if is("zstd") => zstd,
            // A recipient takes them for the same (RFC 9110 section 8.4.1.3).
            () if is("gzip") || is("x-gzip") => gzip,
            () if is("identity") => &mut self.identity,
            () if is("*") => &mut self.any,
            () => return,
        };
        *place = Some(place.map_or(weight, |before| before.min(weight)));
    }
}

/// The line, or what of it is within the bound and ends with a member; `None` when nothing is left.
fn whole_members<'h>(line: &'h str, left: &mut usize) -> Option<&'h str> {
    if line.len() <= *left {
        *left -= line.len();
        return Some(line);
    }
    let end = line.as_bytes().get(..*left)?.iter().rposition(|byte| *byte == b',')?;
    *left = 0;
    line.get(..end)
}

/// A member's name and weight: `name [OWS ";" OWS "q=" qvalue]`.
fn weighted(member: &str) -> Option<(&str, Weight)> {
    let blank = [' ', '\t'];
    match member.split_once(';') {
        None => Some((member.trim_matches(blank), FULL)),
        Some((name, weight)) => {
            let (q, value) = weight.trim_matches(blank).split_once('=')?;
            let weight = q.eq_ignore_ascii_case("q").then(|| qvalue(value))??;
            Some((name.trim_matches(blank), weight))
        }
    }
}

/// RFC 9110 section 12.4.2: `0` or `1` with up to three decimals, those of `1` all zero.
fn qvalue(text: &str) -> Option<Weight> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let decimals = decimals.bytes().chain(*b"000").take(3).fold(0, |sum, digit| sum * 10 + Weight::from(digit - b'0'));
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(FULL),
        _ => None,
    }
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
