//! Static files: bytes named by their digest, with everything a cache needs to know.
//!
//! All header values were made when the release became live (reference 3.5). A file in memory costs a lookup and one write; a
//! large one is read from disk in chunks on threads that may wait, never more than one chunk ahead of the client.
//!
//! First the form of the file is chosen that the client likes best, then its preconditions are compared with the tag of that form,
//! then it is sent, or the part of it that the client asked for. A form that cannot be read is as if it were not there.

mod conditional;
mod multipart;
mod send;

use self::conditional::Outcome;
use super::exchange::Exchange;
use super::wire::{Head, Wire};
use super::{headers, responder};
use crate::cas::{Blob, BlobCache};
use crate::error::{Code, Error};
use crate::route::encoding::Accepted;
use crate::route::header_rules::Field;
use crate::route::range::{self, Part, Selection};
use crate::route::statics::{Representation, StaticFile};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, RANGE, VARY,
};
use http::{Method, StatusCode};
use pingora::{ErrorType, OrErr, Result};
use std::borrow::Cow;

/// Fields of an answer: what [`described`] sets, and the length, the range and the digest.
const FIELDS_MAX: usize = 10;

/// What of an answer is not its file's to say.
pub(super) struct Manner<'r> {
    /// 200; or 404 or 410 for a page that says that there is nothing.
    pub(super) status: StatusCode,
    /// How the answer may be cached, where it is not at a path of the file itself.
    pub(super) cache_control: Option<&'static str>,
    /// Fields that rules of the site add.
    pub(super) fields: Cow<'r, [Field]>,
}

impl Manner<'_> {
    /// Whether the answer is the file. Preconditions and ranges are about a file, not about a page that says that there is
    /// none (RFC 9110 section 13.2.1), and so are tags.
    fn is_file(&self) -> bool {
        self.status == StatusCode::OK
    }
}

/// Answers with `file`; or gives the error that the client is to get instead, before anything was written.
pub(super) async fn answer<W: Wire>(
    blobs: &BlobCache,
    wire: &mut W,
    exchange: &mut Exchange,
    file: &StaticFile,
    manner: &Manner<'_>,
) -> Result<Option<Error>> {
    let chosen = choose(&wire.request().headers, file);
    let Some(error) = answer_with(blobs, wire, exchange, file, chosen, manner).await? else { return Ok(None) };
    if chosen.coding.is_none() || error.code != Code::StorageUnavailable {
        return Ok(Some(error));
    }
    // The store has written to the log what is wrong with the encoded bytes.
    answer_with(blobs, wire, exchange, file, &file.forms.identity, manner).await
}

/// The form to send: only files that have several look at what the client accepts.
fn choose<'f>(headers: &HeaderMap, file: &'f StaticFile) -> &'f Representation {
    if !file.forms.vary() {
        return &file.forms.identity;
    }
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    file.forms.choose(&Accepted::read(lines))
}

/// Answers with one form of `file`.
async fn answer_with<W: Wire>(
    blobs: &BlobCache,
    wire: &mut W,
    exchange: &mut Exchange,
    file: &StaticFile,
    form: &Representation,
    manner: &Manner<'_>,
) -> Result<Option<Error>> {
    let request = wire.request();
    let outcome = match manner.is_file() {
        true => conditional::evaluate(&request.headers, form.etag.as_str()),
        false => Outcome::Send,
    };
    match outcome {
        Outcome::Send => {}
        Outcome::NotModified => {
            let header = kept(file, form, manner, StatusCode::NOT_MODIFIED);
            responder::send(wire, exchange, header, Bytes::new()).await?;
            return Ok(None);
        }
        Outcome::Failed => {
            return Ok(Some(Error::new(Code::PreconditionFailed, "The file is not the one that `If-Match` names.")));
        }
    }
    let selection = match request.method {
        Method::GET if manner.is_file() => select(&request.headers, form),
        // Ranges are defined for GET alone (RFC 9110 section 14.2).
        _ => Selection::Whole,
    };
    if selection == Selection::Unsatisfiable {
        let error = Error::new(Code::RangeNotSatisfiable, "The file has nothing in this range.");
        let fields = [(CONTENT_RANGE, field(&format!("bytes */{}", form.size))?)];
        responder::send_error_with(wire, exchange, error.detail("size", form.size), fields).await?;
        return Ok(None);
    }
    // HEAD looks too: it must not promise what GET cannot give.
    let blob = match blobs.get(&form.sha256) {
        Some(bytes) => Blob::Memory(bytes),
        None => match blobs.fetch(&form.sha256, form.size).await {
            Ok(blob) => blob,
            Err(error) => return Ok(Some(error)),
        },
    };
    match selection {
        Selection::Whole | Selection::Unsatisfiable => {
            let mut header = described(file, form, manner, manner.status);
            header.insert(CONTENT_LENGTH, form.content_length.as_header().clone());
            header.insert(headers::CONTENT_DIGEST, form.digest.as_header().clone());
            send::part(wire, exchange, header, blob, Part { first: 0, length: form.size }).await?;
        }
        Selection::One(part) => {
            let mut header = described(file, form, manner, StatusCode::PARTIAL_CONTENT);
            header.insert(CONTENT_RANGE, field(&content_range(part, form.size))?);
            header.insert(headers::REPR_DIGEST, form.digest.as_header().clone());
            send::part(wire, exchange, header, blob, part).await?;
        }
        Selection::Several(parts) => {
            let mut header = described(file, form, manner, StatusCode::PARTIAL_CONTENT);
            let content_type = header.get(&CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let parts = multipart::Parts::new(&parts, content_type, form.size);
            header.insert(CONTENT_TYPE, field(&parts.content_type())?);
            header.insert(headers::REPR_DIGEST, form.digest.as_header().clone());
            send::parts(wire, exchange, header, blob, parts).await?;
        }
    }
    Ok(None)
}

/// What `Range` asks for, if the client may ask.
fn select(headers: &HeaderMap, form: &Representation) -> Selection {
    let mut lines = headers.get_all(RANGE).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) if conditional::has_part_of(headers, form.etag.as_str()) => {
            line.to_str().map_or(Selection::Whole, |line| range::parse(line, form.size))
        }
        // Without the field, or with several, which is none (RFC 9110 section 5.3).
        _ => Selection::Whole,
    }
}

/// The header of an answer that says how the client's copy is kept, and nothing of what is in it. RFC 9110 section 15.4.5: this much a
/// 304 has.
fn kept(file: &StaticFile, form: &Representation, manner: &Manner<'_>, status: StatusCode) -> Head {
    let mut header = Head::new(status, FIELDS_MAX + manner.fields.len());
    for (name, value) in &*manner.fields {
        // A cache takes the fields of a 304 for those of its copy: what rules changed since, it learns this way.
        if status != StatusCode::NOT_MODIFIED || !describes_content(name) {
            header.insert(name.clone(), value.clone());
        }
    }
    header.insert(CACHE_CONTROL, HeaderValue::from_static(manner.cache_control.unwrap_or(file.cache_control)));
    if manner.is_file() {
        header.insert(ETAG, form.etag.as_header().clone());
    }
    if file.forms.vary() {
        header.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    header
}

/// Whether a field is about the bytes that are sent, and not about what may be done with them.
fn describes_content(name: &HeaderName) -> bool {
    name.as_str().starts_with("content-") && !name.as_str().starts_with("content-security-policy")
}

/// The header of an answer with content.
fn described(file: &StaticFile, form: &Representation, manner: &Manner<'_>, status: StatusCode) -> Head {
    let mut header = kept(file, form, manner, status);
    if !header.contains(&CONTENT_TYPE) {
        header.insert(CONTENT_TYPE, file.content_type.as_header().clone());
    }
    header.insert(headers::CONTENT_SHA256, file.sha256_hex.as_header().clone());
    if manner.is_file() {
        header.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    if let Some(coding) = form.coding {
        header.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
    }
    header
}

/// RFC 9110 section 14.4.
fn content_range(part: Part, size: u64) -> String {
    format!("bytes {}-{}/{size}", part.first, part.last())
}

fn field(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).or_err(ErrorType::InternalError, "a header value of ours is invalid")
}
