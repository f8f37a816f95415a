//! What a caller presents, read from the header and from nowhere else: a key in a query would be in every log on its way.

use crate::auth::credential::{Bearer, bearer};
use crate::error::{Code, Error};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The key of a call, as the platform's SDK sends it.
pub(super) const APIKEY: HeaderName = HeaderName::from_static("apikey");
/// Fluxbase's keys.
pub(super) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
pub(super) const X_SERVICE_KEY: HeaderName = HeaderName::from_static("x-service-key");
/// The project, where nothing else says which.
pub(super) const X_PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");

/// What a field holds that may be there once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'r> {
    /// It is not there.
    None,
    /// Its text.
    One(&'r str),
    /// There are several, or what it holds is no text: whoever reads it another way would see another caller.
    Unclear,
}

/// Reads a field.
pub(super) fn field<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Field<'r> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Field::None,
        (Some(value), None) => value.to_str().map_or(Field::Unclear, Field::One),
        (Some(_), Some(_)) => Field::Unclear,
    }
}

/// What every key of this node begins with.
const KEY_PREFIX: &[u8] = b"portico_";

/// `Authorization`.
pub(super) fn authorization(headers: &HeaderMap) -> Bearer<'_> {
    bearer(headers.get_all(header::AUTHORIZATION).iter().map(|value| value.to_str().ok()))
}

/// Whether a field of the call is passed on to the function. No key of this node is: a function has its own, and what its callers
/// hold may open more than it.
pub(super) fn reaches_function(name: &HeaderName, value: &HeaderValue) -> bool {
    if *name == APIKEY {
        return false;
    }
    if *name != header::AUTHORIZATION && *name != X_API_KEY && *name != X_SERVICE_KEY {
        return true;
    }
    // Wherever in the field: behind any scheme, in quotes, in a list.
    memchr::memmem::find(&value.as_bytes().to_ascii_lowercase(), KEY_PREFIX).is_none()
}

/// The one answer to a key that is missing, wrong, revoked or over.
pub(super) fn key_required() -> Error {
    Error::new(Code::ApiKeyRequired, "This needs a good API key of the project, in the header field `apikey`.")
}

/// The same for Fluxbase's callers.
pub(super) fn credential_required() -> Error {
    let message = "This needs a token of the project, or an API key of it in `X-API-Key` or `X-Service-Key`.";
    Error::new(Code::ApiKeyRequired, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_there_once_or_unclear() {
        let mut headers = HeaderMap::new();
        assert_eq!(field(&headers, &APIKEY), Field::None);
        headers.append(APIKEY, HeaderValue::from_static("a"));
        assert_eq!(field(&headers, &APIKEY), Field::One("a"));
        headers.append(APIKEY, HeaderValue::from_static("a"));
        assert_eq!(field(&headers, &APIKEY), Field::Unclear);
        let mut headers = HeaderMap::new();
        headers.append(APIKEY, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(field(&headers, &APIKEY), Field::Unclear);
    }

    #[test]
    fn no_key_reaches_a_function() {
        let passes = |name: &HeaderName, value: &'static str| reaches_function(name, &HeaderValue::from_static(value));
        assert!(!passes(&APIKEY, "anything"));
        for value in
            ["Bearer portico_service_x_y", "bearer  portico_anon_x_y", "portico_anon_x", "Bearer a, portico_anon_x"]
        {
            assert!(!passes(&header::AUTHORIZATION, value), "{value}");
        }
        assert!(!passes(&X_API_KEY, "portico_anon_x_y") && !passes(&X_SERVICE_KEY, "portico_service_x_y"));
        assert!(passes(&header::AUTHORIZATION, "Bearer eyJhbGciOi") && passes(&X_API_KEY, "of somebody else"));
    }
}
