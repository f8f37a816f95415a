//! The two forms of an access line, byte for byte as the log's subscriber would write the same event.
//!
//! It is written by hand because there is one for every request: the subscriber asks its filter, walks the fields through three
//! layers and formats each by itself, which costs several times as much as a small request otherwise does.

use super::access::AccessLine;
use super::stamp;
use std::io::Write;
use std::net::SocketAddr;

/// The name of a field as each form begins it.
struct Name {
    text: &'static str,
    json: &'static str,
}

macro_rules! name {
    ($name:literal) => {
        Name { text: concat!(" ", $name, "="), json: concat!(",\"", $name, "\":") }
    };
}

/// The line for people.
pub(super) fn text(line: &AccessLine<'_>, out: &mut Vec<u8>) {
    stamp::now(out);
    out.extend_from_slice(b"  INFO portico::access: request");
    fields(line, &mut Text(out));
    out.push(b'\n');
}

/// The line for machines.
pub(super) fn json(line: &AccessLine<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"timestamp\":\"");
    stamp::now(out);
    out.extend_from_slice(b"\",\"level\":\"INFO\",\"message\":\"request\"");
    fields(line, &mut Json(out));
    out.extend_from_slice(b",\"target\":\"portico::access\"}\n");
}

#[inline]
fn fields(line: &AccessLine<'_>, form: &mut impl Form) {
    form.string(name!("request_id"), line.request_id);
    form.address(name!("client"), line.client);
    form.string(name!("protocol"), line.protocol);
    form.string(name!("method"), line.method);
    form.string(name!("host"), line.host);
    form.string(name!("path"), line.path);
    form.number(name!("status"), line.status.into());
    form.number(name!("bytes_in"), line.bytes_in);
    form.number(name!("bytes_out"), line.bytes_out);
    form.number(name!("took_us"), line.took_us());
    form.string(name!("served_by"), line.served_by.as_str());
    for (name, value) in [
        (name!("served_by_name"), line.target),
        (name!("project"), line.project),
        (name!("release"), line.release),
        (name!("error"), line.error),
        (name!("cause"), line.cause),
    ] {
        if let Some(value) = value {
            form.string(name, value);
        }
    }
}

trait Form {
    /// Begins a field, and answers where its value goes.
    fn begin(&mut self, name: Name) -> &mut Vec<u8>;

    /// A text that somebody else may have chosen.
    fn string(&mut self, name: Name, value: &str);

    #[inline]
    fn number(&mut self, name: Name, value: u64) {
        decimal(value, self.begin(name));
    }

    #[inline]
    fn address(&mut self, name: Name, address: Option<SocketAddr>) {
        let out = self.begin(name);
        out.push(b'"');
        match address {
            Some(SocketAddr::V4(address)) => {
                let [a, b, c, d] = address.ip().octets();
                for (part, after) in [(a, b'.'), (b, b'.'), (c, b'.'), (d, b':')] {
                    decimal(part.into(), out);
                    out.push(after);
                }
                decimal(address.port().into(), out);
            }
            // Writing to memory cannot fail, here and below.
            Some(address) => drop(write!(out, "{address}")),
            None => {}
        }
        out.push(b'"');
    }
}

struct Text<'a>(&'a mut Vec<u8>);

impl Form for Text<'_> {
    #[inline]
    fn begin(&mut self, name: Name) -> &mut Vec<u8> {
        self.0.extend_from_slice(name.text.as_bytes());
        self.0
    }

    #[inline]
    fn string(&mut self, name: Name, value: &str) {
        let out = self.begin(name);
        if all(value, |byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\') {
            quote(value, out);
        } else {
            let _ = write!(out, "{value:?}");
        }
    }
}

struct Json<'a>(&'a mut Vec<u8>);

impl Form for Json<'_> {
    #[inline]
    fn begin(&mut self, name: Name) -> &mut Vec<u8> {
        self.0.extend_from_slice(name.json.as_bytes());
        self.0
    }

    #[inline]
    fn string(&mut self, name: Name, value: &str) {
        let out = self.begin(name);
        if all(value, |byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            quote(value, out);
        } else {
            let _ = serde_json::to_writer(out, value);
        }
    }
}

/// Whether every byte is one of those that need no care. Looks at all of them, which is quicker than to stop at the first that does:
/// many at a time can be compared.
#[inline]
fn all(value: &str, plain: impl Fn(u8) -> bool) -> bool {
    value.bytes().fold(true, |all, byte| all & plain(byte))
}

#[inline]
fn quote(value: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
}

#[inline]
fn decimal(mut value: u64, out: &mut Vec<u8>) {
    /// Digits of the largest number.
    const LONGEST: usize = 20;
    let mut digits = [0; LONGEST];
    let mut begin = LONGEST;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        begin -= 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[begin..]);
}
