//! Parameters and bodies of API calls, refused in our own words instead of the framework's.

use crate::api::reply::Failure;
use crate::error::{Code, Error};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde::de::DeserializeOwned;

/// The query of a call.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(refusal) => {
                // The cause says which parameter; axum's own text begins with how it was read.
                let cause =
                    std::error::Error::source(&refusal).map_or_else(|| refusal.to_string(), ToString::to_string);
                Err(Error::new(Code::BadField, format!("The query is not what this call takes: {cause}.")).into())
            }
        }
    }
}

/// The JSON body of a call, whatever its content type says.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = Bytes::from_request(request, state).await.map_err(refused)?;
        match serde_json::from_slice(&bytes) {
            Ok(body) => Ok(Self(body)),
            // Serde's own words may quote the body, and there are bodies with secrets in them.
            Err(error) if error.is_data() => Err(Error::new(
                Code::BadField,
                "The body is not what this call takes: a field is missing, unknown, or of another type.",
            )
            .detail("line", error.line())
            .detail("column", error.column())
            .into()),
            Err(error) => Err(Error::new(Code::BadField, "The body is not JSON.")
                .detail("line", error.line())
                .detail("column", error.column())
                .into()),
        }
    }
}

fn refused(refusal: BytesRejection) -> Failure {
    let text = refusal.body_text();
    if refusal.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::new(Code::RequestBodyTooLarge, "The request body is larger than this call takes.").into()
    } else {
        Error::new(Code::BadField, "The request body broke off.").because(text).into()
    }
}
