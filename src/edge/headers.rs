//! Which header fields pass the edge, in both directions.
//!
//! Three kinds do not. Fields about one connection end with it (RFC 9110 section 7.6.1). Fields in the platform's name are said
//! by the platform only, or a client could claim a user or a locale (reference 2.4). And what a client says about where it
//! comes from is replaced by what this node sees.
//!
//! Requests have few fields, so each is looked at once, instead of looking for each of many that are unwanted.

use super::wire::Head;
use crate::auth::credential::{has_session, without_session};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use pingora::http::ResponseHeader;
use std::borrow::Cow;
use std::net::SocketAddr;

/// The namespace of the platform.
const PLATFORM_PREFIX: &str = "x-run402-";

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-run402-request-id");
pub(crate) const PROJECT_ID: HeaderName = HeaderName::from_static("x-run402-project-id");
pub(crate) const RELEASE_ID: HeaderName = HeaderName::from_static("x-run402-release-id");
pub(super) const HOST: HeaderName = HeaderName::from_static("x-run402-host");
pub(super) const COUNTRY: HeaderName = HeaderName::from_static("x-run402-country");
/// The user whom a gate let pass, and the role that it asked for.
pub(crate) const USER_ID: HeaderName = HeaderName::from_static("x-run402-user-id");
pub(crate) const USER_ROLE: HeaderName = HeaderName::from_static("x-run402-user-role");
/// The signed-in user, signed by this node, for the function and for what the function calls.
pub(super) const ACTOR_CONTEXT: HeaderName = HeaderName::from_static("x-run402-actor-context");
pub(super) const ACTOR_TOKEN: HeaderName = HeaderName::from_static("x-run402-actor-token");
pub(crate) const LOCALE: HeaderName = HeaderName::from_static("x-run402-locale");
pub(crate) const DEFAULT_LOCALE: HeaderName = HeaderName::from_static("x-run402-default-locale");
/// Set on answers of a node that has nothing for the host (reference 2.4).
pub(super) const EDGE: HeaderName = HeaderName::from_static("x-run402-edge");
pub(super) const CACHE: HeaderName = HeaderName::from_static("x-run402-cache");
/// Says of a function's answer that it depends on who asks. From our own JavaScript; never leaves the node.
pub(super) const CACHE_TAINTED: HeaderName = HeaderName::from_static("x-run402-cache-tainted");
pub(super) const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-run402-content-sha256");
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
pub(super) const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(super) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(super) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Our name in `Via`.
const VIA: &str = "1.1 portico";

/// Whether a field is about the connection it came on.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Whether a client's field would be taken for the platform's or for this node's own word.
fn is_forged(name: &HeaderName) -> bool {
    let name = name.as_str();
    match name.as_bytes()[0] {
        b'x' => name.starts_with(PLATFORM_PREFIX) || name.starts_with("x-forwarded-") || name == "x-real-ip",
        b'c' => matches!(name, "cf-ipcountry" | "cf-connecting-ip" | "cloudfront-viewer-country"),
        b't' => name == "true-client-ip",
        b'f' => name == "forwarded",
        _ => false,
    }
}

/// The names in `Connection`: fields that end with the connection because its sender says so.
pub(crate) struct Nominated<'h>(Vec<&'h str>);

impl<'h> Nominated<'h> {
    /// Collects them. Without `Connection`, or with the usual one, nothing is allocated.
    pub(crate) fn of(headers: &'h HeaderMap) -> Self {
        Self::from_values(headers.get_all(header::CONNECTION).iter())
    }

    /// [`Nominated::of`] for a list of fields.
    fn of_list(fields: &'h [(HeaderName, HeaderValue)]) -> Self {
        Self::from_values(fields.iter().filter(|(name, _)| *name == header::CONNECTION).map(|(_, value)| value))
    }

    fn from_values(values: impl Iterator<Item = &'h HeaderValue>) -> Self {
        Self::from_texts(values.filter_map(|value| value.to_str().ok()))
    }

    /// [`Nominated::of`] for the bytes of values.
    pub(super) fn of_bytes(values: impl Iterator<Item = &'h [u8]>) -> Self {
        Self::from_texts(values.filter_map(|value| std::str::from_utf8(value).ok()))
    }

    fn from_texts(values: impl Iterator<Item = &'h str>) -> Self {
        let tokens = values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| {
            !["", "keep-alive", "close", "upgrade"].iter().any(|usual| token.eq_ignore_ascii_case(usual))
        });
        Self(tokens.collect())
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|token| token.eq_ignore_ascii_case(name))
    }
}

/// Whether a client's field is passed on to a function or an upstream.
pub(crate) fn passes_inward(name: &HeaderName, nominated: &Nominated<'_>) -> bool {
    !is_hop_by_hop(name.as_str()) && !is_forged(name) && !nominated.contains(name.as_str())
}

/// Whether a field of an answer is passed on to the client. The directives are for the platform: they are never
/// forwarded, whether or not they were followed (reference 2.4).
pub(super) fn passes_outward(name: &HeaderName, nominated: &Nominated<'_>) -> bool {
    name_passes_outward(name.as_str(), nominated)
}

/// [`passes_outward`] for a name in lower case.
pub(super) fn name_passes_outward(name: &str, nominated: &Nominated<'_>) -> bool {
    !is_hop_by_hop(name)
        && !matches!(name, "x-run402-mint-directive" | "x-run402-merchant-fulfillment" | "x-run402-cache-tainted")
        && !nominated.contains(name)
}

/// The names of those of `headers` that do not pass.
pub(super) fn blocked(headers: &HeaderMap, passes: impl Fn(&HeaderName, &Nominated<'_>) -> bool) -> Vec<HeaderName> {
    let nominated = Nominated::of(headers);
    headers.keys().filter(|name| !passes(name, &nominated)).cloned().collect()
}

/// The names of a function's fields that do not pass outward. Usually none, and then nothing is allocated.
pub(super) fn blocked_in_list(fields: &[(HeaderName, HeaderValue)]) -> Vec<HeaderName> {
    let nominated = Nominated::of_list(fields);
    fields.iter().map(|(name, _)| name).filter(|name| !passes_outward(name, &nominated)).cloned().collect()
}

/// The client's address in `X-Forwarded-For`. An IPv4 client on an IPv6 socket is an IPv4 client.
pub(crate) fn forwarded_for(client: SocketAddr) -> Option<HeaderValue> {
    // An address is always a valid value.
    HeaderValue::try_from(client.ip().to_canonical().to_string()).ok()
}

/// Where the request came from, as this node sees it: three fields, in place of the client's. `address` is of [`forwarded_for`].
pub(crate) fn forwarding(
    address: Option<HeaderValue>,
    secure: bool,
    host: Option<&HeaderValue>,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let proto = HeaderValue::from_static(if secure { "https" } else { "http" });
    let address = address.map(|address| (FORWARDED_FOR, address));
    let host = host.map(|host| (FORWARDED_HOST, host.clone()));
    [address, Some((FORWARDED_PROTO, proto)), host].into_iter().flatten()
}

/// `Cookie` as others than this node are told of it: without the session, whose secret is between the node and the browser. `None` when
/// nothing is left.
pub(crate) fn cookie_for_others(value: &HeaderValue) -> Option<HeaderValue> {
    if !has_session(value.as_bytes()) {
        return Some(value.clone());
    }
    without_session(value.as_bytes()).and_then(|rest| HeaderValue::from_bytes(&rest).ok())
}

/// [`cookie_for_others`] for any field.
pub(crate) fn for_others(name: &HeaderName, value: &HeaderValue) -> Option<(HeaderName, HeaderValue)> {
    let value = if *name == header::COOKIE { cookie_for_others(value)? } else { value.clone() };
    Some((name.clone(), value))
}

/// Makes one `Cookie` field of several: JavaScript would join them with a comma, which no cookie parser takes for a separator (RFC
/// 9113 section 8.2.3 says the same of HTTP/2).
pub(crate) fn join_cookies(fields: &mut Vec<(HeaderName, HeaderValue)>) {
    let cookies: Vec<&[u8]> =
        fields.iter().filter(|(name, _)| *name == header::COOKIE).map(|(_, value)| value.as_bytes()).collect();
    if cookies.len() < 2 {
        return;
    }
    // Values and the separator are valid in a field, and so is what they make.
    let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..])) else { return };
    fields.retain(|(name, _)| *name != header::COOKIE);
    fields.push((header::COOKIE, joined));
}

/// `Via` with this node added (RFC 9110 section 7.6.3).
pub(super) fn via(headers: &HeaderMap) -> HeaderValue {
    match via_after(headers.get_all(header::VIA).iter().map(HeaderValue::as_bytes)) {
        Cow::Borrowed(only) => HeaderValue::from_static(only),
        // Values that were valid are valid when joined by a comma.
        Cow::Owned(chain) => HeaderValue::try_from(chain).unwrap_or(HeaderValue::from_static(VIA)),
    }
}

/// [`via`] for the bytes of values. What is not ASCII is left out.
pub(super) fn via_after<'h>(before: impl Iterator<Item = &'h [u8]>) -> Cow<'static, str> {
    let before = before.filter(|value| value.is_ascii()).filter_map(|value| std::str::from_utf8(value).ok());
    // Nearly always there is none, and nothing is allocated.
    let mut chain: Vec<&str> = before.collect();
    if chain.is_empty() {
        return Cow::Borrowed(VIA);
    }
    chain.push(VIA);
    Cow::Owned(chain.join(", "))
}

/// Adds names to `Vary` (RFC 9110 section 12.5.5), which stays one field.
pub(super) fn add_vary(header: &mut ResponseHeader, names: &HeaderValue) -> pingora::Result<()> {
    match with_vary(header.headers.get_all(header::VARY).iter(), names) {
        Some(joined) => header.insert_header(header::VARY, joined),
        None => Ok(()),
    }
}

/// [`add_vary`] for an answer of ours.
pub(super) fn vary_also(head: &mut Head, names: &HeaderValue) {
    if let Some(joined) = with_vary(head.get_all(&header::VARY), names) {
        head.insert(header::VARY, joined);
    }
}

/// `Vary` with more names; none when it says already that everything matters.
fn with_vary<'v>(before: impl Iterator<Item = &'v HeaderValue>, names: &'v HeaderValue) -> Option<HeaderValue> {
    // Values that were valid are valid when joined by a comma.
    vary_with(before.map(HeaderValue::as_bytes), names).and_then(|joined| HeaderValue::from_bytes(&joined).ok())
}

/// The bytes of `Vary` with more names; none when it says already that everything matters.
pub(super) fn vary_with<'v>(before: impl Iterator<Item = &'v [u8]>, names: &'v HeaderValue) -> Option<Vec<u8>> {
    let mut all: Vec<&[u8]> = before.collect();
    if all.contains(&&b"*"[..]) {
        return None;
    }
    all.push(names.as_bytes());
    Some(all.join(&b", "[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    fn passing(headers: &HeaderMap, passes: impl Fn(&HeaderName, &Nominated<'_>) -> bool) -> Vec<&str> {
        let nominated = Nominated::of(headers);
        headers.keys().filter(|name| passes(name, &nominated)).map(HeaderName::as_str).collect()
    }

    #[test]
    fn a_client_cannot_speak_for_the_platform() {
        let headers = map(&[
            ("x-run402-user-id", "admin"),
            ("x-run402-actor-context", "e30"),
            ("x-run402-country", "CH"),
            ("cf-ipcountry", "CH"),
            ("cloudfront-viewer-country", "CH"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-prefix", "/a"),
            ("x-real-ip", "10.0.0.1"),
            ("forwarded", "for=10.0.0.1"),
            ("cookie", "a=b"),
            ("x-mine", "1"),
        ]);
        assert_eq!(passing(&headers, passes_inward), ["cookie", "x-mine"]);
    }

    #[test]
    fn rfc9110_7_6_1_fields_of_the_connection_end_with_it() {
        let headers = map(&[
            ("connection", "keep-alive, X-Secret"),
            ("connection", "te"),
            ("keep-alive", "timeout=5"),
            ("x-secret", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAA"),
            ("proxy-authorization", "Basic x"),
            ("authorization", "Bearer x"),
        ]);
        assert_eq!(passing(&headers, passes_inward), ["authorization"]);
        assert_eq!(passing(&headers, passes_outward), ["authorization"]);
        assert_eq!(blocked(&headers, passes_outward).len(), headers.keys_len() - 1);
    }

    #[test]
    fn directives_do_not_leave_and_other_platform_fields_do() {
        let headers = map(&[
            ("x-run402-mint-directive", "a"),
            ("x-run402-merchant-fulfillment", "b"),
            ("x-run402-cache-reason", "auth"),
        ]);
        assert_eq!(passing(&headers, passes_outward), ["x-run402-cache-reason"]);
    }

    #[test]
    fn where_a_request_came_from() {
        let host = HeaderValue::from_static("shop.example:8080");
        let address = forwarded_for("[::ffff:192.0.2.7]:5000".parse().unwrap());
        let fields: Vec<_> = forwarding(address, false, Some(&host)).collect();
        let text: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        let expected = [
            ("x-forwarded-for", "192.0.2.7"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "shop.example:8080"),
        ];
        assert_eq!(text, expected);
    }

    #[test]
    fn rfc9110_7_6_3_via_is_a_chain() {
        assert_eq!(via(&HeaderMap::new()), "1.1 portico");
        assert_eq!(via(&map(&[("via", "1.0 a"), ("via", "2 b")])), "1.0 a, 2 b, 1.1 portico");
    }
}
