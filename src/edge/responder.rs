//! Every rule about how an answer is written, in one place.
//!
//! An answer of ours always has a length, so a connection can be kept and a client can tell a whole answer from a part.
//! HEAD, 204 and 304 have no body (RFC 9110 sections 6.4.1, 9.3.2). A request body that nobody read is read when it is
//! small, and otherwise the connection ends after the answer. Errors are the platform's envelope (reference 3.13)
//! with the request's id.

use super::exchange::Exchange;
use super::headers;
use super::request::{content_length, expects_continue};
use super::request_id::RequestId;
use crate::error::{Code, Error};
use crate::limits;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use pingora::http::ResponseHeader;
use pingora::protocols::http::date::get_cached_date;
use pingora::proxy::Session;
use pingora::{ErrorType, OrErr, Result};
use std::time::Duration;

/// An empty answer header. Names keep no case of their own: that would be a second map to fill and to walk.
pub(super) fn header(status: u16, fields: usize) -> Result<Box<ResponseHeader>> {
    // Two fields more are Pingora's: Date and Connection.
    ResponseHeader::build_no_case(status, Some(fields + 2)).map(Box::new)
}

/// Whether an answer of that status has a body for that method.
fn has_body(method: &Method, status: StatusCode) -> bool {
    *method != Method::HEAD && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Writes the header of an answer whose body is `length` bytes, and says whether the body is to follow.
///
/// A `Content-Length` that is there already is kept for HEAD, where it describes what GET would have had.
pub(super) async fn begin(session: &mut Session, mut header: Box<ResponseHeader>, length: u64) -> Result<bool> {
    let status = header.status;
    match status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => drop(header.remove_header(&CONTENT_LENGTH)),
        _ if header.headers.contains_key(CONTENT_LENGTH) => {}
        _ => header.insert_header(CONTENT_LENGTH, HeaderValue::from(length))?,
    }
    discard_unwanted_body(session).await;
    let body = has_body(&session.req_header().method, status) && length > 0;
    session.downstream_session.write_response_header(header).await.map_err(|error| error.into_down())?;
    Ok(body)
}

/// Writes a part of the body that [`begin`] announced.
pub(super) async fn body(session: &mut Session, bytes: Bytes, last: bool) -> Result<()> {
    session.downstream_session.write_response_body(bytes, last).await.map_err(|error| error.into_down())
}

/// Writes a whole answer.
pub(super) async fn send(session: &mut Session, header: Box<ResponseHeader>, bytes: Bytes) -> Result<()> {
    if begin(session, header, bytes.len() as u64).await? {
        body(session, bytes, true).await?;
    }
    Ok(())
}

/// Answers with an error, and notes it for the log. `allow` is what a 405 names.
pub(super) async fn send_error(
    session: &mut Session,
    exchange: &mut Exchange,
    error: Error,
    allow: Option<String>,
) -> Result<()> {
    let body = Bytes::from(error.envelope(Some(exchange.id.as_str())).to_string());
    let mut header = header(error.code.status(), 6)?;
    header.insert_header(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))?;
    header.insert_header(CACHE_CONTROL, HeaderValue::from_static("private, no-store"))?;
    header.insert_header(headers::REQUEST_ID, id_value(exchange.id)?)?;
    if let Some(allow) = allow {
        header.insert_header(ALLOW, allow)?;
    }
    if matches!(error.code, Code::RuntimeBusy | Code::RuntimeUnavailable | Code::StorageUnavailable) {
        header.insert_header(RETRY_AFTER, HeaderValue::from_static("1"))?;
    }
    if ends_connection(error.code) {
        session.set_keepalive(None);
    }
    exchange.error = Some(error);
    send(session, header, body).await
}

/// Errors after which what the client sends next cannot be told from what it sent before, or is not worth reading.
fn ends_connection(code: Code) -> bool {
    matches!(code, Code::BadRequest | Code::RequestTimeout | Code::RequestBodyTooLarge | Code::RequestHeaderTooLarge)
}

/// The bytes of an error answer to something that never became a request.
pub(super) fn refusal(id: RequestId, error: &Error) -> Vec<u8> {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = error.envelope(Some(id.as_str())).to_string();
    // A 405 names what is allowed; the one that gets here is a CONNECT.
    let allow = if status == StatusCode::METHOD_NOT_ALLOWED { "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" } else { "" };
    let date = get_cached_date();
    format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: private, no-store\r\n\
         {}: {}\r\n{allow}content-length: {}\r\ndate: {}\r\nconnection: close\r\n\r\n{body}",
        status.as_str(),
        status.canonical_reason().unwrap_or_default(),
        headers::REQUEST_ID.as_str(),
        id.as_str(),
        body.len(),
        date.to_str().unwrap_or_default(),
    )
    .into_bytes()
}

pub(super) fn id_value(id: RequestId) -> Result<HeaderValue> {
    HeaderValue::from_str(id.as_str()).or_err(ErrorType::InternalError, "an id is letters and digits")
}

/// Reads what is left of a request body if that is quick, so that the connection can be kept. If it is not, Pingora ends
/// the connection after the answer, and [`super::client`] lets the client read it.
async fn discard_unwanted_body(session: &mut Session) {
    if session.is_body_done() {
        return;
    }
    let small = content_length(session.req_header()).is_some_and(|length| length <= limits::UNWANTED_BODY_BYTES_MAX);
    // A client that waits for `100 Continue` may never send what it announced.
    if small && !expects_continue(session.req_header()) && session.get_keepalive().is_some() {
        session.set_total_drain_timeout(Some(Duration::from_secs(limits::UNWANTED_BODY_SECONDS_MAX)));
        // If it fails, the body is not done, and that is what ends the connection.
        let _ = session.drain_request_body().await;
    }
}
