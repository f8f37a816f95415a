//! The bytes of a file, or parts of them, to a client.
//!
//! From memory they go without a copy. From disk they are read in chunks, the next one while the client takes this one.

use super::multipart::Parts;
use crate::cas::{Blob, LargeBlob};
use crate::edge::exchange::Exchange;
use crate::edge::responder;
use crate::edge::wire::{Head, Wire};
use crate::route::range::Part;
use bytes::Bytes;
use pingora::{ErrorType, OrErr, Result};
use tokio::task::JoinHandle;

/// Sends one part, which may be all there is.
pub(super) async fn part<W: Wire>(
    wire: &mut W,
    exchange: &Exchange,
    header: Head,
    blob: Blob,
    part: Part,
) -> Result<()> {
    if responder::begin(wire, exchange, header, part.length).await? {
        bytes(wire, &blob, part, true).await?;
    }
    Ok(())
}

/// Sends several parts, with what is between them.
pub(super) async fn parts<W: Wire>(
    wire: &mut W,
    exchange: &Exchange,
    header: Head,
    blob: Blob,
    parts: Parts,
) -> Result<()> {
    if !responder::begin(wire, exchange, header, parts.length()).await? {
        return Ok(());
    }
    let (parts, end) = parts.into_body();
    for (head, part) in parts {
        responder::body(wire, head, false).await?;
        bytes(wire, &blob, part, false).await?;
    }
    responder::body(wire, end, true).await
}

/// Sends a part's bytes; `last` when nothing follows them.
async fn bytes<W: Wire>(wire: &mut W, blob: &Blob, part: Part, last: bool) -> Result<()> {
    match blob {
        Blob::Memory(whole) => responder::body(wire, slice(whole, part)?, last).await,
        Blob::Large(blob) => stream(wire, blob, part, last).await,
    }
}

/// A part of what is in memory. The blob has the length that the release says, and the part is within it.
fn slice(whole: &Bytes, part: Part) -> Result<Bytes> {
    let range = usize::try_from(part.first).ok().zip(usize::try_from(part.first + part.length).ok());
    let range = range.filter(|(first, end)| first <= end && *end <= whole.len());
    match range {
        Some((first, end)) => Ok(whole.slice(first..end)),
        None => pingora::Error::e_explain(ErrorType::InternalError, "a part is not within its file"),
    }
}

/// Sends a part of a large file.
async fn stream<W: Wire>(wire: &mut W, blob: &LargeBlob, part: Part, last: bool) -> Result<()> {
    let end = part.first + part.length;
    let (mut at, mut next) = (part.first, Some(read(blob, part.first, end)));
    while let Some(chunk) = next {
        // Without these bytes the answer breaks off: the client was told the length and will notice.
        let chunk = chunk.await.or_err(ErrorType::InternalError, "a read was cancelled")?;
        let chunk = chunk.or_err(ErrorType::FileReadError, "a file changed while it was sent")?;
        if chunk.is_empty() {
            return pingora::Error::e_explain(ErrorType::FileReadError, "a file became shorter while it was sent");
        }
        at += chunk.len() as u64;
        next = (at < end).then(|| read(blob, at, end));
        responder::body(wire, chunk, last && at == end).await?;
    }
    Ok(())
}

/// Begins to read the chunk at `at`, up to `end`.
fn read(blob: &LargeBlob, at: u64, end: u64) -> JoinHandle<std::io::Result<Bytes>> {
    let blob = blob.clone();
    tokio::task::spawn_blocking(move || blob.read_at(at, end - at))
}
