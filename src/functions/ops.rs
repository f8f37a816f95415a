//! What JavaScript may ask of the host: the request it serves, a place for its answer, its environment, the log.
//!
//! Each isolate has one [`Requests`] in its `OpState`. JavaScript names a request by a number; a number that is not (or no longer) known
//! is an ordinary error, since the handler may hold on to a request after answering it.

use super::settings::Compat;
use super::{Function, Invocation, Reply};
use crate::error::{Code, Error, Result};
use crate::limits;
use bytes::Bytes;
use deno_core::convert::{ByteString, Uint8Array};
use deno_core::{OpState, op2, v8};
use deno_error::JsErrorBox;
use http::{HeaderName, HeaderValue};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The requests an isolate is serving.
pub(super) struct Requests {
    function: Arc<Function>,
    active: HashMap<u32, Active>,
    /// Console output outside of any request since the last one came.
    logged_outside_bytes: usize,
}

struct Active {
    invocation: Invocation,
    reply: oneshot::Sender<Result<Reply>>,
    logged_bytes: usize,
}

impl Requests {
    pub(super) fn new(function: Arc<Function>) -> Self {
        Self { function, active: HashMap::new(), logged_outside_bytes: 0 }
    }

    /// Takes a request in under the number that JavaScript will name it by.
    pub(super) fn insert(&mut self, id: u32, invocation: Invocation, reply: oneshot::Sender<Result<Reply>>) {
        self.logged_outside_bytes = 0;
        self.active.insert(id, Active { invocation, reply, logged_bytes: 0 });
    }

    /// Forgets a request whose client is gone. Answers whether it was still being served.
    pub(super) fn cancel(&mut self, id: u32) -> bool {
        self.active.remove(&id).is_some()
    }

    /// Whether anything is being served.
    pub(super) fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// How many requests are being served.
    pub(super) fn len(&self) -> usize {
        self.active.len()
    }

    /// Answers every request with an error: the isolate is lost.
    pub(super) fn fail_all(&mut self, error: &Error) {
        for (_, active) in self.active.drain() {
            let _ = active.reply.send(Err(error.clone()));
        }
    }

    fn finish(&mut self, id: u32, reply: Result<Reply>) {
        // A second answer, or one after the deadline, has nobody waiting for it.
        if let Some(active) = self.active.remove(&id) {
            let _ = active.reply.send(reply);
        }
    }

    fn invocation(&self, id: u32) -> Result<&Invocation, JsErrorBox> {
        self.active
            .get(&id)
            .map(|active| &active.invocation)
            .ok_or_else(|| JsErrorBox::type_error("The request is already answered"))
    }
}

fn requests(state: &mut OpState) -> &mut Requests {
    state.borrow_mut::<Requests>()
}

#[op2]
#[string]
fn op_portico_request_method(state: &mut OpState, #[smi] id: u32) -> Result<String, JsErrorBox> {
    Ok(requests(state).invocation(id)?.method.as_str().to_owned())
}

#[op2]
#[string]
fn op_portico_request_url(state: &mut OpState, #[smi] id: u32) -> Result<String, JsErrorBox> {
    Ok(requests(state).invocation(id)?.url.clone())
}

#[op2]
#[string]
fn op_portico_request_id(state: &mut OpState, #[smi] id: u32) -> Result<String, JsErrorBox> {
    Ok(requests(state).invocation(id)?.request_id.clone())
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

/// The body, or null if there is none.
#[op2]
fn op_portico_request_body(state: &mut OpState, #[smi] id: u32) -> Result<Option<Uint8Array>, JsErrorBox> {
    let active =
        requests(state).active.get_mut(&id).ok_or_else(|| JsErrorBox::type_error("The request is already answered"))?;
    let body = std::mem::take(&mut active.invocation.body);
    if body.is_empty() {
        return Ok(None);
    }
    // Owned bytes become the array's memory as they are; shared ones are copied, because JavaScript may write to them.
    Ok(Some(Vec::from(body).into()))
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

#[op2(fast)]
fn op_portico_respond_text(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[smi] id: u32,
    #[smi] status: u32,
    headers: v8::Local<'_, v8::Array>,
    #[string] body: String,
) {
    let reply = reply(scope, status, headers, body.into());
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
    let reply = if body.len() > limits::FUNCTION_RESPONSE_BODY_BYTES_MAX {
        Err(too_large())
    } else {
        reply(scope, status, headers, Bytes::copy_from_slice(body))
    };
    requests(state).finish(id, reply);
}

/// Why a handler gave no response; the numbers are those of `30_dispatch.js`.
#[op2(fast)]
fn op_portico_fail(state: &mut OpState, #[smi] id: u32, #[smi] kind: u32, #[string] description: String) {
    let requests = requests(state);
    let error = match kind {
        2 => too_large(),
        _ if requests.function.source().class_ssr => {
            Error::new(Code::SsrRuntimeError, "The page could not be rendered.")
        }
        _ => Error::new(Code::FunctionFailed, "The function failed."),
    };
    let (description, marker) = shortened(&description);
    requests.finish(id, Err(error.because(format_args!("{description}{marker}"))));
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
    let source = requests.function.source();
    let (text, mut marker) = shortened(text.trim_end_matches('\n'));
    let (logged, release_id) = match requests.active.get_mut(&id) {
        Some(active) => (&mut active.logged_bytes, active.invocation.release_id.as_str()),
        // Outside of any request, or after the answer.
        None => (&mut requests.logged_outside_bytes, ""),
    };
    if *logged >= limits::FUNCTION_LOG_INVOCATION_BYTES_MAX {
        return;
    }
    *logged = logged.saturating_add(text.len() + 1);
    if *logged >= limits::FUNCTION_LOG_INVOCATION_BYTES_MAX {
        marker = "...[further lines of this request are dropped]";
    }
    // Further lines are indented, so that none of them can pass for a line of ours.
    let text = text.replace('\n', "\n    ");
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

#[op2(fast)]
#[smi]
fn op_portico_response_body_max() -> u32 {
    // Fits: the limit is far below 4 GiB.
    limits::FUNCTION_RESPONSE_BODY_BYTES_MAX as u32
}

fn too_large() -> Error {
    Error::new(Code::RoutedResponseTooLarge, "The function's response is larger than the limit.")
        .detail("limit_bytes", limits::FUNCTION_RESPONSE_BODY_BYTES_MAX)
}

fn reply(
    scope: &mut v8::PinScope<'_, '_>,
    status: u32,
    headers: v8::Local<'_, v8::Array>,
    body: Bytes,
) -> Result<Reply> {
    if body.len() > limits::FUNCTION_RESPONSE_BODY_BYTES_MAX {
        return Err(too_large());
    }
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
    Ok(Reply { status, headers: list, body })
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
        op_portico_request_method,
        op_portico_request_url,
        op_portico_request_id,
        op_portico_request_headers,
        op_portico_request_body,
        op_portico_respond_empty,
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
