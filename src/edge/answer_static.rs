//! Static files: bytes named by their digest, with everything a cache needs to know.
//!
//! All header values were made when the release became live (reference 3.5). A file in memory costs a lookup and one write; a
//! large one is read from disk in chunks on threads that may wait, never more than one chunk ahead of the client.

use super::exchange::Exchange;
use super::{headers, responder};
use crate::cas::{Blob, BlobCache, LargeBlob};
use crate::error::Error;
use crate::limits;
use crate::route::header_rules::Field;
use crate::route::statics::StaticFile;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{ErrorType, OrErr, Result};
use std::borrow::Cow;

/// What of an answer is not its file's to say.
pub(super) struct Manner<'r> {
    /// 200; 404 or 410 for a page that says that there is nothing.
    pub(super) status: StatusCode,
    /// How the answer may be cached, where it is not at a path of the file itself.
    pub(super) cache_control: Option<&'static str>,
    /// Fields that rules of the site add.
    pub(super) fields: Cow<'r, [Field]>,
}

/// Answers with `file`; or gives the error that the client is to get instead, before anything was written.
pub(super) async fn answer(
    blobs: &BlobCache,
    session: &mut Session,
    exchange: &Exchange,
    file: &StaticFile,
    manner: &Manner<'_>,
) -> Result<Option<Error>> {
    // RFC 9110 section 13.2.1: preconditions are for answers that would be a success.
    if manner.status == StatusCode::OK && is_known(&session.req_header().headers, &file.etag) {
        let header = header(file, manner, StatusCode::NOT_MODIFIED)?;
        responder::send(session, exchange, header, Bytes::new()).await?;
        return Ok(None);
    }
    // HEAD looks too: it must not promise what GET cannot give.
    let blob = match blobs.get(&file.sha256) {
        Some(bytes) => Blob::Memory(bytes),
        None => match blobs.fetch(&file.sha256, file.size).await {
            Ok(blob) => blob,
            Err(error) => return Ok(Some(error)),
        },
    };
    let mut header = header(file, manner, manner.status)?;
    header.insert_header(CONTENT_LENGTH, HeaderValue::from(file.size))?;
    match blob {
        Blob::Memory(bytes) => responder::send(session, exchange, header, bytes).await?,
        Blob::Large(blob) => {
            if responder::begin(session, exchange, header, file.size).await? {
                stream(session, blob).await?;
            }
        }
    }
    Ok(None)
}

fn header(file: &StaticFile, manner: &Manner<'_>, status: StatusCode) -> Result<Box<ResponseHeader>> {
    let mut header = responder::header(status.as_u16(), 6 + manner.fields.len())?;
    // RFC 9110 section 15.4.5: a 304 says what would have changed how the client keeps its copy.
    if status != StatusCode::NOT_MODIFIED {
        header.insert_header(CONTENT_TYPE, value(&file.content_type)?)?;
        header.insert_header(headers::CONTENT_DIGEST, value(&file.content_digest)?)?;
        header.insert_header(headers::CONTENT_SHA256, value(&file.sha256_hex)?)?;
    }
    let cache_control = manner.cache_control.unwrap_or(file.cache_control);
    header.insert_header(CACHE_CONTROL, HeaderValue::from_static(cache_control))?;
    if manner.status == StatusCode::OK {
        header.insert_header(ETAG, value(&file.etag)?)?;
    }
    for (name, value) in &*manner.fields {
        header.insert_header(name, value)?;
    }
    Ok(header)
}

/// A text of the release as a header value; the release was checked before it became live.
fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).or_err(ErrorType::InternalError, "a static file has an invalid header value")
}

/// Sends a large file. The next chunk is read while the client takes this one.
async fn stream(session: &mut Session, blob: LargeBlob) -> Result<()> {
    let size = blob.size();
    let (mut read_to, mut next) = (0, Some(read(&blob, 0)));
    while let Some(chunk) = next {
        // Without these bytes the answer breaks off: the client was told the length and will notice.
        let chunk = chunk.await.or_err(ErrorType::InternalError, "a read was cancelled")?;
        let chunk = chunk.or_err(ErrorType::FileReadError, "a file changed while it was sent")?;
        if chunk.is_empty() {
            return pingora::Error::e_explain(ErrorType::FileReadError, "a file became shorter while it was sent");
        }
        read_to += chunk.len() as u64;
        next = (read_to < size).then(|| read(&blob, read_to));
        responder::body(session, chunk, read_to == size).await?;
    }
    Ok(())
}

fn read(blob: &LargeBlob, offset: u64) -> tokio::task::JoinHandle<std::io::Result<Bytes>> {
    let blob = blob.clone();
    tokio::task::spawn_blocking(move || blob.read_at(offset, u64::MAX))
}

/// Whether the client has these bytes already: its `If-None-Match` is `*` or has their tag. The comparison is the weak one, as
/// RFC 9110 section 13.1.2 demands: a tag that a proxy made weak still names these bytes.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    if !headers.contains_key(IF_NONE_MATCH) {
        return false;
    }
    let tags = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    // No tag of ours has a comma, so cutting another's tag in two does no harm.
    tags.map(str::trim)
        .take(limits::IF_NONE_MATCH_TAGS_MAX)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
        }
        is_known(&headers, "\"sha256-ab\"")
    }

    #[test]
    fn rfc9110_13_1_2_if_none_match() {
        for values in [
            &["*"][..],
            &["\"sha256-ab\""],
            &["W/\"sha256-ab\""],
            &["\"x\", \"sha256-ab\""],
            &["\"a,b\",\t\"sha256-ab\""],
            &["\"x\"", "\"sha256-ab\""],
        ] {
            assert!(known(values), "{values:?}");
        }
        for values in [&[][..], &[""], &["sha256-ab"], &["\"sha256-abc\""], &["\"SHA256-AB\""], &["w/\"sha256-ab\""]] {
            assert!(!known(values), "{values:?}");
        }
    }
}
