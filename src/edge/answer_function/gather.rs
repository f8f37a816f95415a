//! The request body, whole: functions are called with all of it.

use super::super::exchange::Exchange;
use super::super::request::{content_length, expects_continue};
use super::super::wire::Wire;
use super::super::{dispatch, upstream};
use crate::error::Error;
use crate::limits;
use bytes::{Bytes, BytesMut};
use http::Method;
use pingora::Result;

/// Reads the request body. The outer error is the client's end, the inner one what the client is told.
pub(super) async fn gather<W: Wire>(wire: &mut W, exchange: &Exchange) -> Result<Result<Bytes, Error>> {
    const MAX: usize = limits::FUNCTION_REQUEST_BODY_BYTES_MAX;
    // The function gets no body with these (the Fetch standard has none), so there is nothing to wait for.
    if matches!(wire.request().method, Method::GET | Method::HEAD) || wire.is_body_done() {
        return Ok(Ok(Bytes::new()));
    }
    let announced = content_length(wire.request());
    if announced.is_some_and(|length| length > MAX as u64) {
        return Ok(Err(dispatch::body_too_large()));
    }
    if expects_continue(wire.request()) {
        wire.write_continue().await?;
    }
    let mut body = Gathered::None;
    loop {
        match wire.read_body().await {
            Ok(Some(bytes)) => {
                if body.len() + bytes.len() > MAX {
                    return Ok(Err(dispatch::body_too_large()));
                }
                body.push(bytes, announced);
            }
            Ok(None) => return Ok(Ok(body.into_bytes())),
            Err(error) => {
                // Too slow, or no body at all; or the client is gone.
                let error = error.into_down();
                return upstream::failure(exchange.connection.as_deref(), &error).map(Err).ok_or(error);
            }
        }
    }
}

/// A body as it comes in. Most come in one piece, which is then not copied.
enum Gathered {
    None,
    One(Bytes),
    Many(BytesMut),
}

impl Gathered {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, bytes: Bytes, announced: Option<u64>) {
        match self {
            Self::None => *self = Self::One(bytes),
            Self::One(first) => {
                // The announced length is at most the limit, and was checked; it saves growing.
                let expected = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(first.len() * 2);
                let mut all = BytesMut::with_capacity(expected.max(first.len() + bytes.len()));
                all.extend_from_slice(first);
                all.extend_from_slice(&bytes);
                *self = Self::Many(all);
            }
            Self::Many(all) => all.extend_from_slice(&bytes),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_in_pieces_is_one_body() {
        let mut body = Gathered::None;
        for piece in ["ab", "c", "def"] {
            body.push(Bytes::from_static(piece.as_bytes()), None);
        }
        assert_eq!((body.len(), body.into_bytes()), (6, Bytes::from_static(b"abcdef")));
    }
}
