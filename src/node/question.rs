//! What is asked when someone asks what would serve a request (reference 3.9).

use crate::error::{Code, Error, Result};
use serde::Deserialize;

/// The question as it comes: a URL, or host and path.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    url: Option<String>,
    host: Option<String>,
    path: Option<String>,
    method: Option<String>,
}

/// The question as it is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub host: String,
    /// As a client would send it: neither decoded nor normalised, so that what is wrong with it shows.
    pub path: String,
    pub method: String,
    /// The query, if there was one, without its question mark.
    pub query: Option<String>,
    /// There was a fragment, which a client never sends.
    pub fragment_ignored: bool,
}

impl Asked {
    /// Checks the question.
    ///
    /// # Errors
    /// `BAD_FIELD`, naming the parameter.
    pub(super) fn question(self) -> Result<Question> {
        let method = self.method.as_deref().unwrap_or("GET").to_ascii_uppercase();
        if method.is_empty() || !method.bytes().all(is_token) {
            return Err(bad("method", "The method is not an HTTP method."));
        }
        match (self.url, self.host, self.path) {
            (Some(url), None, None) => from_url(&url, method),
            (None, Some(host), path) => {
                let path = path.unwrap_or_else(|| "/".to_owned());
                if !path.starts_with('/') {
                    return Err(bad("path", "A path begins with a slash."));
                }
                if path.contains(['?', '#']) {
                    return Err(bad("path", "The path has a query or a fragment: leave it out, or ask with `url`."));
                }
                Ok(Question { host, path, method, query: None, fragment_ignored: false })
            }
            (None, None, _) => Err(bad("url", "Ask with `url`, or with `host` and `path`.")),
            (Some(_), ..) => Err(bad("url", "Ask with `url` or with `host` and `path`, not with both.")),
        }
    }
}

/// Takes a URL apart without normalising it, as a parser for fetching would.
fn from_url(url: &str, method: String) -> Result<Question> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("url", "The URL is not absolute."))?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(bad("url", "The URL is neither http nor https."));
    }
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains('@') {
        return Err(bad("url", "The URL has credentials: leave them out."));
    }
    Ok(Question {
        host: host.to_owned(),
        path: if path.is_empty() { "/" } else { path }.to_owned(),
        method,
        query: query.map(str::to_owned),
        fragment_ignored: fragment.is_some(),
    })
}

/// A character of a token (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn bad(field: &str, message: &str) -> Error {
    Error::new(Code::BadField, message).detail("field", field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str) -> Result<Question> {
        Asked { url: Some(url.to_owned()), ..Asked::default() }.question()
    }

    #[test]
    fn a_url_is_taken_apart_and_not_cleaned() {
        let question = ask("https://Shop.example:8443/a/../%2e?q=1#f").unwrap();
        assert_eq!((question.host.as_str(), question.path.as_str()), ("Shop.example:8443", "/a/../%2e"));
        assert_eq!((question.query.as_deref(), question.fragment_ignored), (Some("q=1"), true));
        let question = ask("http://shop.example?x").unwrap();
        assert_eq!((question.path.as_str(), question.query.as_deref()), ("/", Some("x")));
    }

    #[test]
    fn a_url_is_absolute_http_and_without_credentials() {
        for wrong in ["shop.example/", "/cart", "ftp://shop.example/", "http://me:pw@shop.example/"] {
            assert_eq!(ask(wrong).unwrap_err().details["field"], "url", "{wrong}");
        }
    }

    #[test]
    fn host_and_path_are_the_other_way_to_ask() {
        let asked = Asked { host: Some("a.example".into()), method: Some("post".into()), ..Asked::default() };
        let question = asked.question().unwrap();
        assert_eq!((question.path.as_str(), question.method.as_str()), ("/", "POST"));

        let both = Asked { url: Some("http://a/".into()), host: Some("a".into()), ..Asked::default() };
        assert_eq!(both.question().unwrap_err().code, Code::BadField);
        assert_eq!(Asked::default().question().unwrap_err().code, Code::BadField);
        for path in ["/a?b", "/a#b", "a", ""] {
            let asked = Asked { host: Some("a".into()), path: Some(path.into()), ..Asked::default() };
            assert_eq!(asked.question().unwrap_err().details["field"], "path", "{path}");
        }
        let method = Asked { host: Some("a".into()), method: Some("GE T".into()), ..Asked::default() };
        assert_eq!(method.question().unwrap_err().details["field"], "method");
    }
}
