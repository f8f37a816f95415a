//! A request as the rest of the program sees it.

use crate::error::{Code, Error};
use crate::route::host;
use http::header;
use http::request::Parts;
use std::borrow::Cow;

/// The parts of a request that decide what answers it, borrowed from its header.
#[derive(Debug)]
pub(super) struct Request<'r> {
    header: &'r Parts,
    /// The host as the client wrote it, with its port.
    pub(super) authority: &'r str,
    /// The host in its one spelling.
    pub(super) host: Cow<'r, str>,
}

impl<'r> Request<'r> {
    /// Reads a header.
    ///
    /// # Errors
    /// `BAD_REQUEST` when there is no host or it is not one (RFC 9110 section 7.2).
    pub(super) fn read(header: &'r Parts) -> Result<Self, Error> {
        let no_host = || Error::new(Code::BadRequest, "The request has no valid Host.");
        let sent = header.headers.get(header::HOST).map(|value| value.to_str());
        // HTTP/2 has the authority in the target; HTTP/1.1 has it in both or in Host.
        let authority = match sent {
            Some(sent) => sent.map_err(|_| no_host())?,
            None => header.uri.authority().map(http::uri::Authority::as_str).ok_or_else(no_host)?,
        };
        let host = host::normalize(authority).ok_or_else(no_host)?;
        Ok(Self { header, authority, host })
    }

    /// The path as the client wrote it.
    pub(super) fn raw_path(&self) -> &'r str {
        self.header.uri.path()
    }

    /// The URL the client asked for, path and query as it wrote them.
    pub(super) fn url(&self, secure: bool) -> String {
        let scheme = if secure { "https" } else { "http" };
        let target = self.header.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        [scheme, "://", self.authority, target].concat()
    }

    /// A field's values as one text; more than one line of them is joined by `separator`.
    /// Bytes that are no UTF-8 become U+FFFD: what stands beside them still counts, such as a cookie after one with
    /// a name in Latin-1.
    pub(super) fn field(&self, name: header::HeaderName, separator: &str) -> Option<Cow<'r, str>> {
        let mut values =
            self.header.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let mut joined = values.next()?;
        for value in values {
            let joined = joined.to_mut();
            joined.push_str(separator);
            joined.push_str(&value);
        }
        Some(joined)
    }

    pub(super) fn header(&self) -> &'r Parts {
        self.header
    }
}

/// Whether the client asks to leave HTTP on this connection. An upgrade to HTTP/2 may be ignored, and is
/// (RFC 9110 section 7.8): clients offer it to every server.
pub(super) fn asks_for_upgrade(header: &Parts) -> bool {
    header.version == http::Version::HTTP_11
        && header.headers.get_all(header::UPGRADE).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"h2c"))
}

/// Whether the client waits for a word before it sends its body (RFC 9110 section 10.1.1).
pub(super) fn expects_continue(header: &Parts) -> bool {
    header.version == http::Version::HTTP_11
        && header
            .headers
            .get(header::EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// The length of the body, if the client said it. The header was checked before: it is one number.
pub(super) fn content_length(header: &Parts) -> Option<u64> {
    header.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// The host for a line of the log, whatever it is.
pub(super) fn host_for_log(header: &Parts) -> &str {
    header.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(target: &str, fields: &[(&'static str, &'static str)]) -> Parts {
        let request = http::Request::get(target);
        fields
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    #[test]
    fn the_url_is_what_the_client_asked_for() {
        let header = header("/a%2Db/../c?x=%20&y=1+2", &[("Host", "Shop.example:8080")]);
        let request = Request::read(&header).unwrap();
        assert_eq!(request.host, "shop.example");
        assert_eq!(request.raw_path(), "/a%2Db/../c");
        assert_eq!(request.url(false), "http://Shop.example:8080/a%2Db/../c?x=%20&y=1+2");
        assert_eq!(request.url(true), "https://Shop.example:8080/a%2Db/../c?x=%20&y=1+2");
    }

    #[test]
    fn a_target_with_a_host_has_the_same_url() {
        let header = header("http://shop.example/a?b", &[("Host", "shop.example")]);
        assert_eq!(Request::read(&header).unwrap().url(false), "http://shop.example/a?b");
    }

    #[test]
    fn a_request_without_a_host_is_refused() {
        for fields in [&[][..], &[("Host", "")], &[("Host", "a b")], &[("Host", "a/b")]] {
            let header = header("/", fields);
            assert_eq!(Request::read(&header).unwrap_err().code, Code::BadRequest, "{fields:?}");
        }
    }

    #[test]
    fn an_offer_of_http2_is_not_an_upgrade_that_matters() {
        assert!(!asks_for_upgrade(&header("/", &[])));
        assert!(!asks_for_upgrade(&header("/", &[("Upgrade", "h2c")])));
        assert!(asks_for_upgrade(&header("/", &[("Upgrade", "websocket")])));
    }
}
