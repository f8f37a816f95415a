//! Every rule about how an answer is written, in one place.
//!
//! An answer of ours always has a length, so a connection can be kept and a client can tell a whole answer from a part.
//! HEAD, 204 and 304 have no body (RFC 9110 sections 6.4.1, 9.3.2). A request body that nobody read is read when it is
//! small, and otherwise the connection ends after the answer. Errors are the platform's envelope (reference 3.13)
//! with the request's id.

use super::exchange::Exchange;
use super::headers;
use super::request_id::RequestId;
use super::wire::{Head, Wire};
use crate::error::{Code, Error};
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING,
};
use http::{Method, StatusCode, Version};
use pingora::protocols::http::date::get_cached_date;
use pingora::{ErrorType, OrErr, Result};

/// A status that comes as a number.
pub(super) fn status(number: u16) -> Result<StatusCode> {
    StatusCode::from_u16(number).or_err(ErrorType::InternalError, "a status of ours is no status")
}

/// Whether an answer of that status has a body for that method.
fn has_body(method: &Method, status: StatusCode) -> bool {
    *method != Method::HEAD && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Writes the header of an answer whose body is `length` bytes, and says whether the body is to follow.
///
/// A `Content-Length` that is there already is kept for HEAD, where it describes what GET would have had.
pub(super) async fn begin<W: Wire>(wire: &mut W, exchange: &Exchange, mut head: Head, length: u64) -> Result<bool> {
    let status = head.status;
    match status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => head.remove(&CONTENT_LENGTH),
        _ if head.contains(&CONTENT_LENGTH) => {}
        _ => head.insert(CONTENT_LENGTH, HeaderValue::from(length)),
    }
    if let Some(names) = &exchange.vary {
        headers::vary_also(&mut head, names);
    }
    wire.discard_body().await;
    if exchange.is_stopping() {
        wire.end_connection();
    }
    let body = has_body(&wire.request().method, status) && length > 0;
    wire.write_head(head, false).await?;
    Ok(body)
}

/// Writes the header of an answer whose length is not known yet, unless it says so itself, and says whether a body is to follow.
pub(super) async fn begin_stream<W: Wire>(wire: &mut W, exchange: &Exchange, mut head: Head) -> Result<bool> {
    let body = has_body(&wire.request().method, head.status);
    if !body {
        head.remove(&CONTENT_LENGTH);
    } else if !head.contains(&CONTENT_LENGTH) && wire.request().version == Version::HTTP_11 {
        // An older client takes the end of the connection for the end of the body.
        head.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    if let Some(names) = &exchange.vary {
        headers::vary_also(&mut head, names);
    }
    if exchange.is_stopping() {
        wire.end_connection();
    }
    // The answer may begin before the request has ended.
    wire.write_head(head, true).await?;
    Ok(body)
}

/// Writes a part of the body that [`begin`] announced.
pub(super) async fn body<W: Wire>(wire: &mut W, bytes: Bytes, last: bool) -> Result<()> {
    wire.write_body(bytes, last).await
}

/// Writes a whole answer.
pub(super) async fn send<W: Wire>(wire: &mut W, exchange: &Exchange, head: Head, bytes: Bytes) -> Result<()> {
    if begin(wire, exchange, head, bytes.len() as u64).await? {
        body(wire, bytes, true).await?;
    }
    Ok(())
}

/// Answers with an error, and notes it for the log. `allow` is what a 405 names.
pub(super) async fn send_error<W: Wire>(
    wire: &mut W,
    exchange: &mut Exchange,
    error: Error,
    allow: Option<String>,
) -> Result<()> {
    let allow = allow.map(HeaderValue::try_from).transpose();
    let allow = allow.or_err(ErrorType::InternalError, "methods are letters")?.map(|methods| (ALLOW, methods));
    send_error_with(wire, exchange, error, allow).await
}

/// [`send_error`] with other fields that the status needs.
pub(super) async fn send_error_with<W: Wire>(
    wire: &mut W,
    exchange: &mut Exchange,
    error: Error,
    fields: impl IntoIterator<Item = (HeaderName, HeaderValue)> + Send,
) -> Result<()> {
    let body = Bytes::from(error.envelope(Some(exchange.id.as_str())).to_string());
    let mut head = Head::new(status(error.code.status())?, 8);
    head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    head.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    head.insert(headers::REQUEST_ID, id_value(exchange.id)?);
    for (name, value) in fields {
        head.insert(name, value);
    }
    if matches!(error.code, Code::HostNotConfigured | Code::SubdomainNotConfigured | Code::NoSiteDeployed) {
        head.insert(headers::EDGE, HeaderValue::from_static("kvs-miss"));
    }
    if asks_for_patience(error.code) {
        head.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if ends_connection(error.code) {
        wire.end_connection();
    }
    exchange.error = Some(error);
    send(wire, exchange, head, body).await
}

/// Errors that are over soon, as far as anyone can tell.
pub(crate) fn asks_for_patience(code: Code) -> bool {
    matches!(
        code,
        Code::RuntimeBusy
            | Code::RuntimeUnavailable
            | Code::StorageUnavailable
            | Code::RoleLookupUnavailable
            | Code::SessionLookupUnavailable
            | Code::IssuerKeysUnavailable
    )
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
    let allow = if status == StatusCode::METHOD_NOT_ALLOWED {
        "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
    } else {
        ""
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use pingora::proxy::Session;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// A session that has read `request`, and the client's side of it.
    async fn session(request: &str) -> (Session, DuplexStream) {
        let (near, mut far) = duplex(1 << 16);
        far.write_all(request.as_bytes()).await.unwrap();
        let mut session = Session::new_h1(Box::new(near));
        assert!(session.read_request().await.unwrap());
        (session, far)
    }

    async fn wire(session: Session, mut far: DuplexStream) -> (String, String) {
        drop(session);
        let mut text = String::new();
        far.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    async fn answered(request: &str, status: u16, bytes: &'static str) -> (String, String) {
        let (mut session, far) = session(request).await;
        let head = Head::new(StatusCode::from_u16(status).unwrap(), 0);
        send(&mut session, &Exchange::new(), head, Bytes::from_static(bytes.as_bytes())).await.unwrap();
        wire(session, far).await
    }

    #[tokio::test]
    async fn an_answer_has_a_length() {
        let (head, body) = answered("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200, "hello").await;
        assert!(head.contains("content-length: 5") && head.contains("connection: keep-alive"), "{head}");
        assert_eq!(body, "hello");
    }

    #[tokio::test]
    async fn rfc9110_9_3_2_head_has_the_length_and_no_body() {
        let (head, body) = answered("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", 200, "hello").await;
        assert!(head.contains("content-length: 5"), "{head}");
        assert_eq!(body, "");
    }

    #[tokio::test]
    async fn rfc9110_6_4_1_204_and_304_have_neither() {
        for status in [204, 304] {
            let (head, body) = answered("GET / HTTP/1.1\r\nHost: x\r\n\r\n", status, "hello").await;
            assert!(!head.contains("content-length"), "{head}");
            assert_eq!(body, "");
        }
    }

    #[tokio::test]
    async fn a_small_unread_body_does_not_cost_the_connection_and_a_large_one_does() {
        let (head, _) = answered("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 404, "no").await;
        assert!(head.contains("connection: keep-alive"), "{head}");
        for framing in
            ["Content-Length: 9000000", "Transfer-Encoding: chunked", "Content-Length: 3\r\nExpect: 100-continue"]
        {
            let (head, _) = answered(&format!("POST / HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n"), 404, "no").await;
            assert!(head.contains("connection: close"), "{framing}: {head}");
        }
    }

    #[tokio::test]
    async fn an_error_is_the_envelope_with_the_id() {
        let (mut session, far) = session("POST / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let mut exchange = Exchange::new();
        let error = Error::new(Code::MethodNotAllowed, "no").because("a secret");
        send_error(&mut session, &mut exchange, error, Some("GET, HEAD".to_owned())).await.unwrap();
        let (head, body) = wire(session, far).await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert!(head.starts_with("http/1.1 405 ") && head.contains("allow: get, head"), "{head}");
        assert!(head.contains(&format!("x-run402-request-id: {}", exchange.id.as_str())), "{head}");
        assert_eq!(body["request_id"], exchange.id.as_str());
        assert_eq!(body["code"], "method_not_allowed");
        assert!(!body.to_string().contains("secret"));
        assert_eq!(exchange.error.unwrap().cause.as_deref(), Some("a secret"));
    }

    #[test]
    fn a_refusal_is_a_whole_answer() {
        let id = RequestId::new();
        let text = String::from_utf8(refusal(id, &Error::new(Code::RequestHeaderTooLarge, "too large"))).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{head}");
        assert!(
            head.contains(&format!("content-length: {}", body.len())) && head.contains("connection: close"),
            "{head}"
        );
        assert!(body.contains(id.as_str()));
    }
}
