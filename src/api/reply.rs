//! Answers of the API: JSON on success, the platform's envelope on every failure.
//!
//! A handler returns an [`Error`]; the outermost layer turns it into the envelope, because only that layer
//! knows the request id, and because axum's own refusals (a body over the limit, a method without a handler)
//! pass it too and must not reach a client as plain text.

use crate::edge::asks_for_patience;
use crate::error::{Code, Error};
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// The request id of an answer, as the public edge names it too (reference 2.4).
const REQUEST_ID: HeaderName = HeaderName::from_static("x-run402-request-id");

/// What a handler returns.
pub type Reply = Result<Json<Value>, Failure>;

/// An error on its way to the outermost layer.
#[derive(Debug)]
pub struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status_of(self.0.code).into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// The id of a request, among its extensions.
#[derive(Clone)]
pub struct RequestId(pub String);

/// Marks the answer of a function, among its extensions: its status and its fields are its own, also when they tell of a failure.
#[derive(Clone)]
pub struct OfFunction;

/// The outermost layer: gives the request its id, and every failure its envelope.
pub async fn finish(mut request: Request, next: Next) -> Response {
    let id = request_id();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let of_function = response.extensions().get::<OfFunction>().is_some();
    if of_function {
        // Nothing of it is ours but the id.
    } else if let Some(error) = failure_of(&mut response) {
        log(&id, method.as_str(), &path, &error);
        let allow = response.headers().get(header::ALLOW).cloned();
        response = (status_of(error.code), Json(error.envelope(Some(&id)))).into_response();
        // RFC 9110 section 15.5.2.
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if asks_for_patience(error.code) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    // What the API answers is about this moment and for this caller.
    if !of_function {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// No endpoint has this path.
pub async fn not_found() -> Failure {
    Error::new(Code::NotFound, "The API has no such endpoint.").into()
}

/// The endpoint has no such method; axum adds `Allow`.
pub async fn method_not_allowed() -> Failure {
    Error::new(Code::MethodNotAllowed, "The endpoint does not take this method.").into()
}

/// Our error, or the one that says what axum refused in its own words.
fn failure_of(response: &mut Response) -> Option<Error> {
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        return Some(error);
    }
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Error::new(Code::NotFound, "The API has no such endpoint."),
        StatusCode::METHOD_NOT_ALLOWED => Error::new(Code::MethodNotAllowed, "The endpoint does not take this method."),
        StatusCode::PAYLOAD_TOO_LARGE => Error::new(Code::RequestBodyTooLarge, "The request body is too large."),
        status if status.is_client_error() => Error::new(Code::BadField, "The request cannot be understood."),
        _ => Error::internal(format!("the API's framework answered {status}")),
    })
}

fn log(id: &str, method: &str, path: &str, error: &Error) {
    // What a function asked for in vain is nothing that this node failed in.
    if error.code.status() >= 500 && error.code != Code::PlatformServiceUnavailable {
        tracing::error!(target: "portico::api", request_id = id, method, path, %error);
    } else {
        tracing::info!(target: "portico::api", request_id = id, method, path, %error);
    }
}

fn status_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// `req_` and 24 hex digits (reference 3.14). An id of a log line, not a secret: a fast generator will do.
fn request_id() -> String {
    format!("req_{:024x}", fastrand::u128(..) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_have_the_platform_form() {
        let id = request_id();
        let digits = id.strip_prefix("req_").unwrap();
        assert!(digits.len() == 24 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }

    #[test]
    fn a_refusal_of_the_framework_gets_a_code_of_ours() {
        for (status, code) in [
            (StatusCode::NOT_FOUND, Code::NotFound),
            (StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed),
            (StatusCode::PAYLOAD_TOO_LARGE, Code::RequestBodyTooLarge),
            (StatusCode::UNPROCESSABLE_ENTITY, Code::BadField),
            (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
        ] {
            assert_eq!(failure_of(&mut status.into_response()).unwrap().code, code);
        }
        assert!(failure_of(&mut StatusCode::OK.into_response()).is_none());
    }
}
