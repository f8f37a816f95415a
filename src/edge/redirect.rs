//! Redirects: what the rules of a site may know of a client, and the answer that sends it elsewhere.

use super::answer_function::caller;
use super::exchange::Exchange;
use super::request::Request;
use super::wire::{Head, Wire};
use super::{Release, responder};
use crate::route::redirects::{Client, Rule, Varies};
use crate::route::statics::CacheClass;
use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use pingora::{ErrorType, OrErr, Result};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// What rules may ask of a client.
#[derive(Default)]
pub(super) struct Facts<'r> {
    accept_language: Option<Cow<'r, str>>,
    cookie: Option<Cow<'r, str>>,
    country: Option<&'r str>,
}

impl<'r> Facts<'r> {
    /// Reads a request. `country_header` is the field that the operator trusts; empty for none.
    pub(super) fn read(request: &Request<'r>, country_header: &str) -> Self {
        Self {
            accept_language: request.field(ACCEPT_LANGUAGE, ", "),
            cookie: request.field(COOKIE, "; "),
            country: country(&request.header().headers, country_header),
        }
    }

    /// As rules see it; `roles` are those of the client's user.
    pub(super) fn client<'c>(&'c self, roles: &'c [&'c str]) -> Client<'c> {
        Client {
            accept_language: self.accept_language.as_deref(),
            cookie: self.cookie.as_deref(),
            country: self.country,
            roles,
        }
    }
}

/// The role of the client's user, where a rule for this path asks for one: the role that the release's gates would find. Without a gate that
/// says where roles are, nobody has one.
pub(super) async fn role<W: Wire>(release: &Release, wire: &W, path: &str, secure: bool) -> Option<Arc<str>> {
    if !release.tables.redirects.asks_role(path) {
        return None;
    }
    let roles = release.payload.roles.as_ref()?;
    // Where functions differ in how long a role is good, the strictest is meant.
    let gates = release.release.functions.values().filter_map(|function| function.gate.require_role.as_ref());
    let seconds = gates.map(|gate| gate.cache_ttl).min()?;
    let asking = caller::asking(wire.request(), secure);
    release.payload.auth.role_of(roles, Duration::from_secs(seconds), &asking).await
}

/// The country that a proxy in front says. Two of them are no answer: one may be the client's own.
fn country<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(HeaderName::from_bytes(name.as_bytes()).ok()?).iter();
    let country = values.next()?.to_str().ok()?;
    let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphanumeric());
    (values.next().is_none() && is_code).then_some(country)
}

/// The country as functions are told it (reference 2.4).
pub(super) fn country_code(headers: &HeaderMap, name: &str) -> Option<[u8; 2]> {
    if name.is_empty() {
        return None;
    }
    let mut code: [u8; 2] = country(headers, name)?.as_bytes().try_into().ok()?;
    code.make_ascii_uppercase();
    Some(code)
}

/// `Vary` for a choice that depended on this; none when it is everyone's.
pub(super) fn vary(varies: Varies, country_header: &str) -> Option<HeaderValue> {
    if varies.is_nothing() {
        return None;
    }
    let country = Some(country_header).filter(|name| !name.is_empty()).map(str::to_ascii_lowercase);
    let fields = varies.fields(country.as_deref());
    HeaderValue::from_str(&fields.join(", ")).ok().filter(|value| !value.is_empty())
}

/// Sends the client where a rule leads.
pub(super) async fn answer<W: Wire>(wire: &mut W, exchange: &Exchange, rule: &Rule, location: &str) -> Result<()> {
    let mut header = Head::new(responder::status(rule.source().status)?, 4);
    // A target is encoded to visible ASCII.
    let location = HeaderValue::from_str(location).or_err(ErrorType::InternalError, "a rule has an invalid target")?;
    header.insert(LOCATION, location);
    let permanent = matches!(rule.source().status, 301 | 308);
    let cache_control = match permanent || exchange.vary.is_none() {
        true => CacheClass::RevalidatingAsset.cache_control(),
        false => "no-store",
    };
    header.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    responder::send(wire, exchange, header, Bytes::new()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_believed_only_from_the_field_that_is_trusted() {
        let mut headers = HeaderMap::new();
        headers.insert("cf-ipcountry", HeaderValue::from_static("CH"));
        assert_eq!(country(&headers, "CF-IPCountry"), Some("CH"));
        assert_eq!(country(&headers, ""), None);
        assert_eq!(country(&headers, "x-country"), None);
        headers.append("cf-ipcountry", HeaderValue::from_static("AT"));
        assert_eq!(country(&headers, "cf-ipcountry"), None);
        headers.insert("cf-ipcountry", HeaderValue::from_static("t1"));
        assert_eq!(country_code(&headers, "cf-ipcountry"), Some(*b"T1"));
        assert_eq!(country_code(&headers, ""), None);
        headers.insert("cf-ipcountry", HeaderValue::from_static("Switzerland"));
        assert_eq!(country(&headers, "cf-ipcountry"), None);
    }

    #[test]
    fn vary_has_no_field_that_nobody_reads() {
        assert_eq!(vary(Varies::NOTHING, "x"), None);
        assert_eq!(vary(Varies::COUNTRY, ""), None);
        assert_eq!(vary(Varies::COUNTRY.union(Varies::LANGUAGE), "X-C").unwrap(), "accept-language, x-c");
    }
}
