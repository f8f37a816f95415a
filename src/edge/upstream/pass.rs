//! One request that goes to an upstream by our own client, and its answer.
//!
//! Requests on this way have no body, so that nothing has to flow both ways at once: one task asks, waits, and hands over what comes,
//! a buffer at a time. A client that takes its time holds the upstream back.

use super::super::request_id::RequestId;
use super::answer::Malformed;
use super::body::Body;
use super::connection::{Connection, Ended};
use super::rules::{self, AnswerFacts, Facts, Framing};
use super::{Attempt, timeout, unavailable};
use crate::error::Error;
use crate::limits;
use http::StatusCode;
use http::header::HeaderValue;
use http::request::Parts;
use std::future::{Future, poll_fn};
use std::io;
use std::io::Write as _;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The client's side of an exchange.
pub(in crate::edge) trait Client {
    /// Takes bytes of the answer: gathers them, or sends them when they are many. Fails when the client takes nothing for too long.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Sends what was gathered, and is ready when the client has left.
    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Error>;

    /// Decides whether the connection is kept after the answer. Asked when the header of the answer is written.
    fn keep(&mut self) -> bool;
}

/// A request for an upstream. It has no body, does not wait for `100 Continue`, and does not ask for an upgrade.
pub(in crate::edge) struct Ask<'r> {
    pub(in crate::edge) request: &'r Parts,
    pub(in crate::edge) forwarded_for: Option<&'r HeaderValue>,
    /// Whether the client speaks TLS.
    pub(in crate::edge) secure: bool,
    pub(in crate::edge) id: RequestId,
    /// What the site's rules looked at before they chose the upstream.
    pub(in crate::edge) vary: Option<&'r HeaderValue>,
}

/// What the client has of the answer, complete or not.
#[derive(Debug, Default)]
pub(in crate::edge) struct Passed {
    /// The status, once the header of the final answer is written.
    pub(in crate::edge) status: Option<StatusCode>,
    /// Bytes of the body.
    pub(in crate::edge) bytes: u64,
}

/// Why there is no complete answer.
#[derive(Debug)]
pub(in crate::edge) enum Failure {
    /// Nothing of a final answer is written: the client is told this.
    NoAnswer(Error),
    /// The answer has begun and has no end. The client's connection must end without one, too.
    BrokenOff(Error),
    /// The client left, or took too long.
    Client(io::Error),
}

/// A try that came to nothing.
struct Missed {
    ended: Ended,
    /// Whether the upstream cannot have acted on the request, or may act on it twice.
    again: bool,
}

/// Asks the upstream of `attempt`, and passes its answer on. The last of it may still be gathered when this ends.
pub(in crate::edge) async fn pass<C: Client>(
    attempt: &mut Attempt,
    ask: &Ask<'_>,
    client: &mut C,
    passed: &mut Passed,
) -> Result<(), Failure> {
    let mut connection = answered(attempt, ask, client).await?;
    let upstream = &attempt.upstream;
    let pause_max = Duration::from_secs(upstream.config.idle_timeout_seconds);
    let (head, input, output) = connection.head_and_output();
    let mut body = Body::of(head, &ask.request.method);
    let framing = framing(&body, head.status(), head.length());
    let facts = AnswerFacts { id: ask.id, vary: ask.vary, framing, kept: client.keep() };
    rules::answer_head(head, input, &facts, output);
    passed.status = Some(head.status());
    let (header_bytes, keeps) = (head.bytes(), head.keeps_connection());
    write(client, &connection.output).await.map_err(Failure::Client)?;
    connection.take(header_bytes);
    loop {
        while !connection.input().is_empty() && !body.is_done() {
            let part = body.take(connection.input()).map_err(|malformed| broken_off(malformed.into()))?;
            connection.take(part.framing);
            let data = &connection.input()[..part.data];
            let written = match framing {
                Framing::Chunks if !data.is_empty() => write_chunk(client, data).await,
                _ => write(client, data).await,
            };
            written.map_err(Failure::Client)?;
            passed.bytes += part.data as u64;
            connection.take(part.data);
        }
        if body.is_done() {
            break;
        }
        match connection.fill(client, Some(pause_max)).await {
            Ok(1..) => {}
            Ok(0) if body.ends_with_connection() => break,
            Ok(0) => return Err(broken_off(Ended::Lost(io::ErrorKind::UnexpectedEof.into()))),
            Err(ended) => return Err(broken_off(ended)),
        }
    }
    if framing == Framing::Chunks {
        write(client, b"0\r\n\r\n").await.map_err(Failure::Client)?;
    }
    if keeps && !body.ends_with_connection() {
        upstream.pool.put(connection);
    }
    Ok(())
}

/// How the client is told where the body ends.
fn framing(body: &Body, status: StatusCode, length: Option<u64>) -> Framing {
    match body {
        Body::Length(_) if status == StatusCode::NO_CONTENT => Framing::None,
        // The answer to HEAD and a 304 have the length of what they are about (RFC 9110 section 8.6).
        Body::Length(_) => length.map_or(Framing::None, Framing::Length),
        // A client can tell a whole answer from a part, whatever the upstream's own framing is.
        Body::Chunked(_) | Body::UntilClose => Framing::Chunks,
    }
}

/// A connection with the header of the final answer.
async fn answered<C: Client>(attempt: &mut Attempt, ask: &Ask<'_>, client: &mut C) -> Result<Box<Connection>, Failure> {
    let mut tries = limits::UPSTREAM_TRIES_MAX;
    let mut reuse = true;
    loop {
        let (mut connection, reused) = connection(attempt, client, reuse, &mut tries).await?;
        match ask_once(&mut connection, attempt, ask, client).await {
            Ok(()) => return Ok(connection),
            // It was closed while it was unused, most likely. There may be more like it.
            Err(missed) if missed.again && reused => reuse = false,
            Err(missed) => return Err(no_answer(missed.ended)),
        }
    }
}

/// A connection, and whether it was used before.
async fn connection<C: Client>(
    attempt: &mut Attempt,
    client: &mut C,
    reuse: bool,
    tries: &mut usize,
) -> Result<(Box<Connection>, bool), Failure> {
    loop {
        let upstream = &attempt.upstream;
        let address = unless_left(client, upstream.resolver.address()).await?;
        let address = address.map_err(|error| Failure::NoAnswer(unavailable().because(error)))?;
        if let Some(connection) = reuse.then(|| upstream.pool.take(address)).flatten() {
            return Ok((connection, true));
        }
        *tries = tries.saturating_sub(1);
        let limit = Duration::from_secs(upstream.config.connect_timeout_seconds);
        let error = match unless_left(client, tokio::time::timeout(limit, Connection::open(address))).await? {
            Ok(Ok(connection)) => return Ok((connection, false)),
            Ok(Err(error)) => unavailable().because(format!("cannot connect to {address}: {error}")),
            Err(_) => timeout().because(format!("cannot connect to {address} within connect_timeout_seconds")),
        };
        if !attempt.connect_failed(address.ip()) || *tries == 0 {
            return Err(Failure::NoAnswer(error));
        }
    }
}

/// Sends the request and reads up to the end of the final answer's header.
async fn ask_once<C: Client>(
    connection: &mut Connection,
    attempt: &Attempt,
    ask: &Ask<'_>,
    client: &mut C,
) -> Result<(), Missed> {
    let upstream = &attempt.upstream;
    let repeatable = ask.request.method.is_idempotent();
    connection.output.clear();
    write_request(ask, upstream.host.as_ref(), &mut connection.output);
    let pause_max = Duration::from_secs(upstream.config.idle_timeout_seconds);
    if let Err((ended, sent)) = connection.send(client, pause_max).await {
        let again = matches!(ended, Ended::Lost(_)) && (sent == 0 || repeatable);
        return Err(Missed { ended, again });
    }
    connection.output.clear();
    connection.expect_answer_within(Duration::from_secs(upstream.config.response_timeout_seconds));
    match connection.fill(client, None).await {
        Ok(1..) => {}
        Ok(0) => {
            let ended = Ended::Lost(io::Error::new(io::ErrorKind::UnexpectedEof, "closed without an answer"));
            return Err(Missed { ended, again: repeatable });
        }
        Err(ended) => {
            let again = repeatable && matches!(ended, Ended::Lost(_));
            return Err(Missed { ended, again });
        }
    }
    read_head(connection, client).await.map_err(|ended| Missed { ended, again: false })
}

/// Reads up to the end of the final answer's header. Interim answers before it are passed on.
async fn read_head<C: Client>(connection: &mut Connection, client: &mut C) -> Result<(), Ended> {
    let mut interim = 0;
    loop {
        while connection.advance_head()? {
            match connection.head.status().as_u16() {
                101 => return Err(Malformed("a switch of protocols that nobody asked for").into()),
                status @ 100..200 => {
                    interim += 1;
                    if interim > limits::UPSTREAM_INTERIM_ANSWERS_MAX {
                        return Err(Malformed("too many interim answers").into());
                    }
                    // The client did not ask to be told to continue.
                    if status != 100 {
                        let (head, input, output) = connection.head_and_output();
                        output.clear();
                        rules::interim_head(head, input, output);
                        write(client, &connection.output).await.map_err(Ended::Client)?;
                        connection.output.clear();
                    }
                    connection.take(connection.head.bytes());
                    connection.head.reset();
                }
                _ => {
                    connection.answer_begun();
                    return Ok(());
                }
            }
        }
        if connection.fill(client, None).await? == 0 {
            return Err(Ended::Lost(io::Error::new(io::ErrorKind::UnexpectedEof, "closed within the header")));
        }
    }
}

fn write_request(ask: &Ask<'_>, host: Option<&HeaderValue>, output: &mut Vec<u8>) {
    // An upstream is no proxy: it gets a path, whatever form the client chose (RFC 9112 section 3.2.1).
    let target = ask.request.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    for part in [ask.request.method.as_str(), " ", target, " HTTP/1.1\r\n"] {
        output.extend_from_slice(part.as_bytes());
    }
    let facts = Facts { forwarded_for: ask.forwarded_for, secure: ask.secure, id: ask.id, host };
    let nothing_kept = |_: &_| false;
    rules::request_fields(&ask.request.headers, &facts, nothing_kept, |name, value| {
        rules::write_field(name.as_str().as_bytes(), value, output);
    });
    output.extend_from_slice(b"\r\n");
}

/// Waits for `future` while the client is there.
async fn unless_left<C: Client, F: Future>(client: &mut C, future: F) -> Result<F::Output, Failure> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => client.poll_left(cx).map(|error| Err(Failure::Client(error))),
    })
    .await
}

async fn write<C: Client>(client: &mut C, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match poll_fn(|cx| client.poll_write(cx, bytes)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}

async fn write_chunk<C: Client>(client: &mut C, data: &[u8]) -> io::Result<()> {
    let mut line = [0; 18];
    let mut rest = &mut line[..];
    // A length has at most 16 digits.
    write!(rest, "{:x}\r\n", data.len())?;
    let length = 18 - rest.len();
    write(client, &line[..length]).await?;
    write(client, data).await?;
    write(client, b"\r\n").await
}

fn no_answer(ended: Ended) -> Failure {
    match told(ended) {
        Ok(error) => Failure::NoAnswer(error),
        Err(client) => Failure::Client(client),
    }
}

fn broken_off(ended: Ended) -> Failure {
    match told(ended) {
        Ok(error) => Failure::BrokenOff(error),
        Err(client) => Failure::Client(client),
    }
}

fn told(ended: Ended) -> Result<Error, io::Error> {
    match ended {
        Ended::Lost(error) => Ok(unavailable().because(error)),
        Ended::Malformed(Malformed(what)) => {
            Ok(unavailable().because(format!("what the upstream sent is no answer: {what}")))
        }
        Ended::Expired(what) => Ok(timeout().because(what)),
        Ended::Client(error) => Err(error),
    }
}

#[cfg(test)]
#[path = "pass_tests.rs"]
mod tests;
