//! What JavaScript may ask of the host: the request it serves, a place for its answer, its environment, the log.
//!
//! Each isolate has one [`Requests`] in its `OpState`. JavaScript names a request by a number; a number that is not (or no longer) known
//! is an ordinary error, since the handler may hold on to a request after answering it.

use super::Settings;
use super::body::{BodyResource, RequestBody};
use super::reply::{Reply, ReplyBody};
use super::requests::{Requests, failed, too_large};
use super::settings::Compat;
use crate::error::{Code, Error, Result};
use crate::limits;
use bytes::Bytes;
use deno_core::convert::{ByteString, Uint8Array};
use deno_core::{OpState, op2, v8};
use deno_error::JsErrorBox;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

fn requests(state: &mut OpState) -> &mut Requests {
    state.borrow_mut::<Requests>()
}

/// What the isolate's function may do and use.
pub(super) fn settings(state: &OpState) -> &Settings {
    &state.borrow::<Requests>().function.source().settings
}

/// Names and values in turn, in one array: one crossing for all headers.
#[op2]
fn op_portico_request_headers(state: &mut OpState, #[smi] id: u32) -> Result<Vec<ByteString>, JsErrorBox> {
    let headers = &requests(state).invocation(id)?.headers;
    let mut flat = Vec::with_capacity(headers.len() * 2);
    for (name, value) in headers {
        flat.push(ByteString::from(name.as_str()));
        flat.push(ByteString::from(value.as_bytes()));
    }
    Ok(flat)
}

/// The body, or null if there is none or if it comes as a stream.
#[op2]
fn op_portico_request_body(state: &mut OpState, #[smi] id: u32) -> Result<Option<Uint8Array>, JsErrorBox> {
    let RequestBody::Whole(body) = &mut requests(state).invocation(id)?.body else { return Ok(None) };
    let body = std::mem::take(body);
    // Owned bytes become the array's memory as they are; shared ones are copied, because JavaScript may write to them.
    Ok((!body.is_empty()).then(|| Vec::from(body).into()))
}

/// The resource of a body that comes as a stream, or 0 if it does not.
#[op2(fast)]
#[smi]
fn op_portico_request_body_stream(state: &mut OpState, #[smi] id: u32) -> Result<u32, JsErrorBox> {
    let body = &mut requests(state).invocation(id)?.body;
    if matches!(body, RequestBody::Whole(_)) {
        return Ok(0);
    }
    let RequestBody::Stream(pieces) = std::mem::replace(body, RequestBody::Whole(Bytes::new())) else { return Ok(0) };
    // A table may begin with number 0, hence one more.
    Ok(state.resource_table.add(BodyResource::new(pieces)) + 1)
}

/// How a request came to its function, and the signed-in user's record as JSON if the host has it.
#[op2]
#[serde]
fn op_portico_request_identity(
    state: &mut OpState,
    #[smi] id: u32,
) -> Result<(&'static str, Option<Arc<str>>), JsErrorBox> {
    let invocation = requests(state).invocation(id)?;
    Ok((invocation.kind.as_str(), invocation.actor.clone()))
}

/// Whether `waitUntil` was given work that has not ended.
#[op2(fast)]
fn op_portico_hold(state: &mut OpState, #[smi] id: u32, held: bool) {
    requests(state).hold(id, held);
}

#[op2(fast)]
fn op_portico_respond_empty(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[smi] id: u32,
    #[smi] status: u32,
    headers: v8::Local<'_, v8::Array>,
) {
    let reply = reply(scope, status, headers, Bytes::new());
    requests(state).finish(id, reply);
}

/// A text of status 200 and its type: what most answers are. Answers whether it can be said so; nothing has happened otherwise.
#[op2(fast)]
fn op_portico_respond_plain(
    state: &mut OpState,
    #[smi] id: u32,
    #[string] content_type: &str,
    #[string] body: String,
) -> bool {
    let content_type = match content_type {
        "text/plain;charset=UTF-8" => HeaderValue::from_static("text/plain;charset=UTF-8"),
        "text/plain" => HeaderValue::from_static("text/plain"),
        "application/json" => HeaderValue::from_static("application/json"),
        // To V8 a character is what is a byte of a header: beyond ASCII, the text here is another one.
        other if other.is_ascii() && other.len() <= limits::FUNCTION_RESPONSE_HEADER_BYTES_MAX => {
            let Ok(value) = HeaderValue::from_str(other) else { return false };
            value
        }
        _ => return false,
    };
    let reply = if body.len() > body_max(state) {
        Err(too_large())
    } else {
        Ok(Reply { status: 200, headers: vec![(CONTENT_TYPE, content_type)], body: ReplyBody::Whole(body.into()) })
    };
    requests(state).finish(id, reply);
    true
}

#[op2(fast)]
fn op_portico_respond_text(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[smi] id: u32,
    #[smi] status: u32,
    headers: v8::Local<'_, v8::Array>,
    #[string] body: String,
) {
    let reply =
        if body.len() > body_max(state) { Err(too_large()) } else { reply(scope, status, headers, body.into()) };
    requests(state).finish(id, reply);
}

#[op2(fast)]
fn op_portico_respond_bytes(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[smi] id: u32,
    #[smi] status: u32,
    headers: v8::Local<'_, v8::Array>,
    #[buffer] body: &[u8],
) {
    let reply = if body.len() > body_max(state) {
        Err(too_large())
    } else {
        reply(scope, status, headers, Bytes::copy_from_slice(body))
    };
    requests(state).finish(id, reply);
}

/// An answer whose body is read from a resource. It goes to the client as it comes, or whole if the function does not stream.
#[op2(fast)]
fn op_portico_respond_stream(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[smi] id: u32,
    #[smi] status: u32,
    headers: v8::Local<'_, v8::Array>,
    #[smi] rid: u32,
) -> bool {
    let Ok(resource) = state.resource_table.get_any(rid) else { return false };
    match reply(scope, status, headers, Bytes::new()) {
        Ok(reply) => requests(state).stream(id, reply, rid, resource),
        Err(error) => {
            requests(state).finish(id, Err(error));
            false
        }
    }
}

/// What the handler answered with cannot be made an answer. As in `30_dispatch.js`, like the next.
const KIND_NOT_A_RESPONSE: u32 = 1;

/// The answer's body is too large; any other number means that the handler threw.
const KIND_TOO_LARGE: u32 = 2;

/// Why a handler gave no response.
#[op2(fast)]
fn op_portico_fail(state: &mut OpState, #[smi] id: u32, #[smi] kind: u32, #[string] description: String) {
    let requests = requests(state);
    let (text, marker) = shortened(&description);
    let description = format!("{}{marker}", printable(text));
    let error = match kind {
        KIND_NOT_A_RESPONSE => invalid(&description),
        KIND_TOO_LARGE => too_large().because(description),
        _ => failed(&requests.function).because(description),
    };
    requests.finish(id, Err(error));
}

/// A text that cannot pass for a line of ours or move a terminal's cursor: further lines are indented, other control characters shown.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c.is_control() && c != '\t') {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\n    "),
            '\t' => safe.push(c),
            c if c.is_control() => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// As much of a text as a line of the log takes, and what to put behind it.
fn shortened(text: &str) -> (&str, &'static str) {
    if text.len() <= limits::FUNCTION_LOG_LINE_BYTES_MAX {
        return (text, "");
    }
    (&text[..text.floor_char_boundary(limits::FUNCTION_LOG_LINE_BYTES_MAX)], "...[truncated]")
}

/// A console line, or an error nobody handled.
#[op2(fast)]
fn op_portico_log(
    state: &mut OpState,
    #[smi] id: u32,
    #[smi] level: u32,
    #[string] text: String,
    #[string] request_id: String,
) {
    let requests = requests(state);
    let function = Arc::clone(&requests.function);
    let source = function.source();
    let (text, mut marker) = shortened(text.trim_end_matches('\n'));
    let (logged, release_id) = requests.log_budget(id);
    if *logged >= source.settings.log_bytes_max {
        return;
    }
    // Our own fields of the line count as well: many short lines are as costly as few long ones.
    *logged = logged.saturating_add(text.len() + limits::FUNCTION_LOG_LINE_COST_BYTES);
    if *logged >= source.settings.log_bytes_max {
        marker = "...[further lines of this request are dropped]";
    }
    let text = printable(text);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "portico::function",
                request_id,
                project = source.project,
                function = source.name,
                release = release_id,
                "{text}{marker}"
            )
        };
    }
    match level {
        0 => line!(debug),
        1 => line!(info),
        2 => line!(warn),
        _ => line!(error),
    }
}

#[op2]
#[serde]
fn op_portico_env(state: &mut OpState) -> BTreeMap<String, String> {
    requests(state).function.source().env.clone()
}

/// Whether the handler is called with plain objects.
#[op2(fast)]
fn op_portico_is_fluxbase(state: &mut OpState) -> bool {
    requests(state).function.source().settings.compat == Compat::Fluxbase
}

/// Largest body that is answered in one piece.
#[op2(fast)]
#[smi]
fn op_portico_response_body_max(state: &mut OpState) -> u32 {
    u32::try_from(body_max(state)).unwrap_or(i32::MAX as u32).min(i32::MAX as u32)
}

/// A buffered answer has the platform's limit; one of a function that streams only that of the function's memory.
fn body_max(state: &mut OpState) -> usize {
    let settings = &requests(state).function.source().settings;
    if settings.streaming { settings.memory_bytes } else { limits::FUNCTION_RESPONSE_BODY_BYTES_MAX }
}

fn reply(
    scope: &mut v8::PinScope<'_, '_>,
    status: u32,
    headers: v8::Local<'_, v8::Array>,
    body: Bytes,
) -> Result<Reply> {
    let status = u16::try_from(status).map_err(|_| invalid("the status is out of range"))?;
    let count = headers.length() / 2;
    if count as usize > limits::FUNCTION_RESPONSE_HEADERS_MAX {
        return Err(invalid("there are too many headers"));
    }
    let mut list = Vec::with_capacity(count as usize);
    let mut total = 0;
    for index in 0..count {
        let name = one_byte(scope, headers, index * 2).ok_or_else(|| invalid("a header name is not a string"))?;
        let value = one_byte(scope, headers, index * 2 + 1).ok_or_else(|| invalid("a header value is not a string"))?;
        total += name.len() + value.len();
        if total > limits::FUNCTION_RESPONSE_HEADER_BYTES_MAX {
            return Err(invalid("the headers are too long"));
        }
        let name = HeaderName::from_bytes(&name).map_err(|_| invalid("a header name is not a token"))?;
        let value = HeaderValue::from_maybe_shared(Bytes::from(value))
            .map_err(|_| invalid("a header value has a control character"))?;
        list.push((name, value));
    }
    Ok(Reply { status, headers: list, body: ReplyBody::Whole(body) })
}

fn invalid(cause: &str) -> Error {
    Error::new(Code::RoutedResponseInvalid, "The function's response is not a valid HTTP response.").because(cause)
}

/// A string of code points up to 255 as bytes: what Fetch calls a byte string.
fn one_byte(scope: &mut v8::PinScope<'_, '_>, array: v8::Local<'_, v8::Array>, index: u32) -> Option<Vec<u8>> {
    let value = array.get_index(scope, index)?;
    let string = v8::Local::<v8::String>::try_from(value).ok()?;
    if string.length() > limits::FUNCTION_RESPONSE_HEADER_BYTES_MAX || !string.contains_only_onebyte() {
        return None;
    }
    let mut bytes = vec![0; string.length()];
    string.write_one_byte_v2(scope, 0, &mut bytes, v8::WriteFlags::empty());
    Some(bytes)
}

deno_core::extension!(
    portico,
    deps = [deno_webidl, deno_web, deno_fetch, deno_crypto],
    ops = [
        op_portico_request_headers,
        op_portico_request_body,
        op_portico_request_body_stream,
        op_portico_request_identity,
        op_portico_hold,
        op_portico_respond_stream,
        op_portico_respond_empty,
        op_portico_respond_plain,
        op_portico_respond_text,
        op_portico_respond_bytes,
        op_portico_fail,
        op_portico_log,
        op_portico_env,
        op_portico_is_fluxbase,
        op_portico_response_body_max,
    ],
);

deno_core::extension!(deno_net, lazy_loaded_js = [ dir "runtime-js", "ext:deno_net/02_tls.js" = "net_tls.js" ]);

/// The extensions of the runtime that are ours.
pub(super) fn portico_extension() -> deno_core::Extension {
    portico::init()
}

/// The one script of deno_net that deno_fetch asks for.
pub(super) fn net_extension() -> deno_core::Extension {
    deno_net::init()
}
