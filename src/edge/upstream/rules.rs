//! Which fields an upstream gets, and which its answer brings back: one set of rules for both ways there.

use super::super::headers::{self, Nominated};
use super::super::request_id::RequestId;
use super::answer::Head;
use crate::auth::credential::has_session;
use http::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, VIA};
use pingora::protocols::http::date::get_cached_date;
use std::io::Write;

/// What the edge knows of a request beside its fields.
pub(super) struct Facts<'r> {
    /// The client's address, for `X-Forwarded-For`.
    pub(super) forwarded_for: Option<&'r HeaderValue>,
    /// Whether the client speaks TLS.
    pub(super) secure: bool,
    pub(super) id: RequestId,
    /// The `Host` that the upstream sees, unless it sees the client's.
    pub(super) host: Option<&'r HeaderValue>,
}

/// Gives every field of the request as the upstream gets it: first what passes of the client's, then what the edge says. `kept` are
/// the client's fields about the connection that are about the one to the upstream as well.
pub(super) fn request_fields(
    headers: &HeaderMap,
    facts: &Facts<'_>,
    kept: impl Fn(&HeaderName) -> bool,
    mut field: impl FnMut(&HeaderName, &[u8]),
) {
    let nominated = Nominated::of(headers);
    for (name, value) in headers {
        let said_below = name == VIA || (name == HOST && facts.host.is_some());
        if said_below || !(headers::passes_inward(name, &nominated) || kept(name)) {
            continue;
        }
        if name == COOKIE && has_session(value.as_bytes()) {
            if let Some(rest) = headers::cookie_for_others(value) {
                field(name, rest.as_bytes());
            }
            continue;
        }
        field(name, value.as_bytes());
    }
    if let Some(host) = facts.host {
        field(&HOST, host.as_bytes());
    }
    // Where the request came from, as this node sees it.
    if let Some(address) = facts.forwarded_for {
        field(&headers::FORWARDED_FOR, address.as_bytes());
    }
    field(&headers::FORWARDED_PROTO, if facts.secure { b"https" } else { b"http" });
    if let Some(host) = headers.get(HOST) {
        field(&headers::FORWARDED_HOST, host.as_bytes());
    }
    field(&VIA, headers::via(headers).as_bytes());
    field(&headers::REQUEST_ID, facts.id.as_str().as_bytes());
}

/// How a client is told where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// By its length, or the length it would have.
    Length(u64),
    /// By its last chunk.
    Chunks,
}

/// What the edge knows of an answer beside its fields.
pub(super) struct AnswerFacts<'r> {
    pub(super) id: RequestId,
    /// What the site's rules looked at.
    pub(super) vary: Option<&'r HeaderValue>,
    pub(super) framing: Framing,
    /// Whether the client's connection is kept after it.
    pub(super) kept: bool,
}

/// Writes the header of a final answer as the client gets it: what passes of the upstream's fields, then what the edge says.
pub(super) fn answer_head(head: &Head, input: &[u8], facts: &AnswerFacts<'_>, output: &mut Vec<u8>) {
    status_line(head, input, output);
    let nominated = head.nominated(input);
    let (mut via, mut vary, mut dated) = (false, false, false);
    for (name, value) in head.fields(input) {
        match name {
            b"content-length" | b"x-run402-request-id" => continue,
            b"via" => {
                via = true;
                continue;
            }
            b"vary" if facts.vary.is_some() => {
                vary = true;
                continue;
            }
            b"date" => dated = true,
            _ => {}
        }
        write_passing(name, value, &nominated, output);
    }
    let all = |wanted: &'static [u8], any: bool| {
        head.fields(input).filter(move |(name, _)| any && *name == wanted).map(|(_, value)| value)
    };
    write_field(b"via", headers::via_after(all(b"via", via)).as_bytes(), output);
    if let Some(names) = facts.vary {
        match headers::vary_with(all(b"vary", vary), names) {
            Some(joined) => write_field(b"vary", &joined, output),
            None => write_field(b"vary", b"*", output),
        }
    }
    write_field(b"x-run402-request-id", facts.id.as_str().as_bytes(), output);
    if !dated {
        write_field(b"date", get_cached_date().as_bytes(), output);
    }
    match facts.framing {
        Framing::None => {}
        // Writing to memory does not fail.
        Framing::Length(length) => drop(write!(output, "content-length: {length}\r\n")),
        Framing::Chunks => write_field(b"transfer-encoding", b"chunked", output),
    }
    write_field(b"connection", if facts.kept { b"keep-alive" } else { b"close" }, output);
    output.extend_from_slice(b"\r\n");
}

/// Writes the header of an interim answer: nothing is said about it but what the upstream says.
pub(super) fn interim_head(head: &Head, input: &[u8], output: &mut Vec<u8>) {
    status_line(head, input, output);
    let nominated = head.nominated(input);
    for (name, value) in head.fields(input).filter(|(name, _)| *name != b"content-length") {
        write_passing(name, value, &nominated, output);
    }
    output.extend_from_slice(b"\r\n");
}

fn status_line(head: &Head, input: &[u8], output: &mut Vec<u8>) {
    for part in [b"HTTP/1.1 ", head.status().as_str().as_bytes(), b" ", head.reason(input), b"\r\n"] {
        output.extend_from_slice(part);
    }
}

fn write_passing(name: &[u8], value: &[u8], nominated: &Nominated<'_>, output: &mut Vec<u8>) {
    // A name is ASCII.
    if std::str::from_utf8(name).is_ok_and(|name| headers::name_passes_outward(name, nominated)) {
        write_field(name, value, output);
    }
}

/// Writes a field that is known to be valid.
pub(super) fn write_field(name: &[u8], value: &[u8], output: &mut Vec<u8>) {
    output.reserve(name.len() + value.len() + 4);
    output.extend_from_slice(name);
    output.extend_from_slice(b": ");
    output.extend_from_slice(value);
    output.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(sent: &[(&'static str, &'static str)], host: Option<&'static str>) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let host = host.map(HeaderValue::from_static);
        let address = headers::forwarded_for("[::ffff:192.0.2.7]:5000".parse().unwrap());
        let facts = Facts { forwarded_for: address.as_ref(), secure: false, id: RequestId::new(), host: host.as_ref() };
        let mut all = Vec::new();
        request_fields(
            &headers,
            &facts,
            |_| false,
            |name, value| {
                all.push(format!("{name}: {}", std::str::from_utf8(value).unwrap()));
            },
        );
        let id = all.pop().unwrap();
        assert_eq!(id, format!("x-run402-request-id: {}", facts.id.as_str()));
        all
    }

    #[test]
    fn the_clients_fields_come_first_and_the_edges_replace_what_it_says_itself() {
        let sent = [
            ("host", "shop.example"),
            ("x-forwarded-for", "10.0.0.1"),
            ("connection", "x-secret"),
            ("x-secret", "1"),
            ("via", "1.0 a"),
            ("x-mine", "1"),
            ("x-mine", "2"),
        ];
        let expected = [
            "host: shop.example",
            "x-mine: 1",
            "x-mine: 2",
            "x-forwarded-for: 192.0.2.7",
            "x-forwarded-proto: http",
            "x-forwarded-host: shop.example",
            "via: 1.0 a, 1.1 portico",
        ];
        assert_eq!(fields(&sent, None), expected);
    }

    #[test]
    fn its_own_host_is_in_place_of_the_clients() {
        let all = fields(&[("host", "shop.example")], Some("127.0.0.1:3000"));
        assert_eq!(all.iter().filter(|field| field.starts_with("host:")).collect::<Vec<_>>(), ["host: 127.0.0.1:3000"]);
        assert!(all.contains(&"x-forwarded-host: shop.example".to_owned()));
    }
}
