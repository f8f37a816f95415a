//! Requests to other servers: how many, how long, whereto.
//!
//! These two operations take the place of deno_fetch's own behind its `fetch`. They use its client, and add what it does not have: the
//! judgement of [`super::super::egress`], a bound on the time and on how many are under way, and errors that
//! tell nothing of the network. How many one request may make is counted in `42_limits_fetch.js`, which knows the request.

use super::fetch_body::Body;
use super::fetch_error;
use crate::functions::Function;
use crate::functions::egress::{self, NOT_ALLOWED, Way};
use crate::limits;
use bytes::Bytes;
use deno_core::convert::{ByteString, Uint8Array};
use deno_core::{CancelHandle, OpState, Resource, ResourceId, op2};
use deno_error::JsErrorBox;
use deno_fetch::data_url::DataUrl;
use deno_fetch::{Client, FetchCancelHandle, FetchResponse, FetchResponseResource, FetchReturn, ReqBody, ResBody};
use deno_fetch::{ResourceToBodyAdapter, extract_authority};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// What the fetches of one isolate have in common.
pub(super) struct Fetches {
    function: Arc<Function>,
    /// Made at the first use: most functions fetch nothing.
    out: RefCell<Option<Client>>,
    door: RefCell<Option<Client>>,
    slots: Arc<Semaphore>,
    waiting: Rc<Cell<usize>>,
    refusals_logged: Cell<u32>,
}

impl Fetches {
    pub(super) fn new(function: Arc<Function>) -> Self {
        let slots = function.source().settings.concurrent_fetches_max.max(1) as usize;
        Self {
            function,
            out: RefCell::default(),
            door: RefCell::default(),
            slots: Arc::new(Semaphore::new(slots)),
            waiting: Rc::default(),
            refusals_logged: Cell::new(0),
        }
    }

    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    fn client(&self, way: Way) -> Result<Client, JsErrorBox> {
        let kept = match way {
            Way::Out => &self.out,
            Way::Door => &self.door,
        };
        let mut client = kept.borrow_mut();
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let made = egress::client(&egress::policy(), way).map_err(|cause| {
            tracing::error!(target: "portico::function", cause, "no client for the requests of a function");
            JsErrorBox::type_error("fetch failed: not available")
        })?;
        Ok(client.insert(made).clone())
    }

    /// Names a refused destination in the log, where its developer can see it; a few times, not at each attempt.
    fn log_refusal(&self, host: Option<&str>) {
        let logged = self.refusals_logged.get();
        if logged < limits::FETCH_REFUSALS_LOGGED_MAX {
            self.refusals_logged.set(logged + 1);
            let source = self.function.source();
            tracing::warn!(
                target: "portico::function",
                project = source.project, function = source.name, host, "fetch: {NOT_ALLOWED}"
            );
        }
    }
}

/// A request that is not sent yet.
struct Prepared {
    url: Url,
    work: Cell<Option<Work>>,
    cancel: Rc<CancelHandle>,
    deadline: Instant,
}

enum Work {
    Send(Box<(Request<ReqBody>, Client)>),
    Answer { mime: String, body: Bytes },
}

impl Resource for Prepared {
    fn name(&self) -> Cow<'_, str> {
        "fetchRequest".into()
    }
}

/// Takes the request of one hop: every redirect is a hop of its own. `elapsed_ms` is what the hops before it took.
#[op2]
pub(super) fn op_portico_fetch(
    state: &mut OpState,
    #[scoped] method: ByteString,
    #[string] url: String,
    #[scoped] headers: Vec<(ByteString, ByteString)>,
    has_body: bool,
    data: Option<Uint8Array>,
    #[smi] stream: Option<ResourceId>,
    elapsed_ms: f64,
) -> Result<FetchReturn, JsErrorBox> {
    // Taken first, so that it is closed whatever is wrong with the rest.
    let stream = stream.map(|rid| state.resource_table.take_any(rid)).transpose().map_err(JsErrorBox::from_err)?;
    let mut url = Url::parse(&url).map_err(|_| failed("the URL is not valid"))?;
    let settings = &state.borrow::<Fetches>().function.source().settings;
    let elapsed = std::time::Duration::try_from_secs_f64(elapsed_ms.max(0.0) / 1000.0).unwrap_or_default();
    let deadline = Instant::now() + settings.fetch_timeout.saturating_sub(elapsed);
    let work = match url.scheme() {
        "http" | "https" => {
            let fetches = state.borrow::<Fetches>();
            let Some(way) = egress::policy().way_to(&url) else {
                fetches.log_refusal(url.host_str());
                return Err(failed(NOT_ALLOWED));
            };
            let body = match (data, stream) {
                (Some(data), _) if has_body => RequestBody::Whole(data.0.into()),
                (None, Some(stream)) if has_body => RequestBody::Stream(stream),
                _ => RequestBody::None,
            };
            Work::Send(Box::new((request(&method, &mut url, headers, body)?, fetches.client(way)?)))
        }
        "data" => {
            let invalid = || failed("the data URL is not valid");
            let data = DataUrl::process(url.as_str()).map_err(|_| invalid())?;
            let (body, _) = data.decode_to_vec().map_err(|_| invalid())?;
            Work::Answer { mime: data.mime_type().to_string(), body: body.into() }
        }
        "blob" => return Err(failed("the blob URL is not known")),
        _ => return Err(failed("the scheme of the URL is not supported")),
    };
    let cancel = CancelHandle::new_rc();
    let prepared = Prepared { url, work: Cell::new(Some(work)), cancel: Rc::clone(&cancel), deadline };
    Ok(FetchReturn {
        request_rid: state.resource_table.add(prepared),
        cancel_handle_rid: Some(state.resource_table.add(FetchCancelHandle(cancel))),
    })
}

enum RequestBody {
    None,
    Whole(Bytes),
    Stream(Rc<dyn Resource>),
}

fn request(
    method: &[u8],
    url: &mut Url,
    headers: Vec<(ByteString, ByteString)>,
    body: RequestBody,
) -> Result<Request<ReqBody>, JsErrorBox> {
    let method = Method::from_bytes(method).map_err(|_| failed("the method is not valid"))?;
    let authority = extract_authority(url);
    let uri: Uri = url.as_str().parse().map_err(|_| failed("the URL is not valid"))?;
    let mut fields = HeaderMap::new();
    let mut bytes = 0;
    if headers.len() > limits::FETCH_REQUEST_HEADERS_MAX {
        return Err(failed("there are too many headers"));
    }
    for (name, value) in headers {
        bytes += name.len() + value.len();
        if bytes > limits::FETCH_REQUEST_HEADER_BYTES_MAX {
            return Err(failed("the headers are too long"));
        }
        let name = HeaderName::from_bytes(&name).map_err(|_| failed("a header name is not valid"))?;
        let value = HeaderValue::from_bytes(&value).map_err(|_| failed("a header value is not valid"))?;
        // Both are said by the URL and the body, and must not be said differently.
        if name != HOST && name != CONTENT_LENGTH {
            fields.try_append(name, value).map_err(|_| failed("there are too many headers"))?;
        }
    }
    if let Some((user, password)) = authority {
        fields.insert(AUTHORIZATION, deno_fetch::basic_auth(&user, password.as_deref()));
    }
    let (length, body) = match body {
        // RFC 9110, 8.6: a method that defines content says that there is none.
        RequestBody::None => (matches!(method, Method::POST | Method::PUT).then_some(0), ReqBody::empty()),
        RequestBody::Whole(bytes) => (Some(bytes.len() as u64), ReqBody::full(bytes)),
        RequestBody::Stream(stream) => {
            let length = match stream.size_hint() {
                (low, Some(high)) if low == high && low > 0 => Some(low),
                _ => None,
            };
            (length, ReqBody::streaming(ResourceToBodyAdapter::new(stream)))
        }
    };
    if let Some(length) = length {
        fields.insert(CONTENT_LENGTH, length.into());
    }
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = fields;
    Ok(request)
}

/// Sends a prepared request and answers when the head of the response is there.
#[op2]
pub(super) async fn op_portico_fetch_send(
    state: Rc<RefCell<OpState>>,
    #[smi] rid: ResourceId,
) -> Result<FetchResponse, JsErrorBox> {
    let prepared = state.borrow_mut().resource_table.take::<Prepared>(rid).map_err(JsErrorBox::from_err)?;
    let Some(work) = prepared.work.take() else { return Err(failed("it was sent before")) };
    let (function, slots, waiting) = {
        let state = state.borrow();
        let fetches = state.borrow::<Fetches>();
        (Arc::clone(&fetches.function), Arc::clone(&fetches.slots), Rc::clone(&fetches.waiting))
    };
    let bytes_max = function.source().settings.fetch_response_bytes_max;
    let (request, client) = match work {
        Work::Send(prepared) => *prepared,
        Work::Answer { mime, body } => {
            let length = body.len() as u64;
            let mut response = described(200, "OK", prepared.url.to_string());
            response.headers.push((ByteString::from("content-type"), ByteString::from(mime)));
            response.content_length = Some(length);
            response.response_rid = state.borrow_mut().resource_table.add(Body::whole(body, bytes_max));
            return Ok(response);
        }
    };
    let answer = async {
        let slot = {
            let _waiting = Waiting::enter(&waiting)?;
            slots.acquire_owned().await.map_err(|_| failed("cancelled"))?
        };
        let answer = client.send(request).await.map_err(|error| {
            let reason = fetch_error::reason(&error);
            if reason == NOT_ALLOWED {
                state.borrow().borrow::<Fetches>().log_refusal(prepared.url.host_str());
            }
            failed(&reason)
        })?;
        Ok::<_, JsErrorBox>((answer, slot))
    };
    let cancel = Rc::clone(&prepared.cancel);
    let answer = timeout_at(prepared.deadline, deno_core::CancelFuture::or_cancel(answer, cancel)).await;
    let (answer, slot) = match answer {
        Err(_) => return Err(failed("it took too long")),
        Ok(Err(_)) => return Err(failed("cancelled")),
        Ok(Ok(answer)) => answer?,
    };
    // Held for the head only: a body that nobody reads would otherwise keep other requests waiting for ever.
    drop(slot);
    let mut state = state.borrow_mut();
    Ok(take_answer(&mut state, answer, prepared.url.to_string(), bytes_max, prepared.deadline))
}

fn take_answer(
    state: &mut OpState,
    answer: Response<ResBody>,
    url: String,
    bytes_max: usize,
    deadline: Instant,
) -> FetchResponse {
    let mut response = described(answer.status().as_u16(), answer.status().canonical_reason().unwrap_or(""), url);
    for (name, value) in answer.headers() {
        response.headers.push((ByteString::from(name.as_str()), ByteString::from(value.as_bytes())));
    }
    response.content_length = hyper::body::Body::size_hint(answer.body()).exact();
    response.body_decoded = answer.extensions().get::<deno_fetch::BodyDecoded>().is_some();
    let inner = FetchResponseResource::new(answer, response.content_length);
    response.response_rid = state.resource_table.add(Body::fetched(inner, bytes_max, deadline));
    response
}

fn described(status: u16, status_text: &str, url: String) -> FetchResponse {
    FetchResponse { status, status_text: status_text.to_owned(), url, ..FetchResponse::default() }
}

/// Counts a fetch that waits for others to get their answers.
struct Waiting(Rc<Cell<usize>>);

impl Waiting {
    fn enter(waiting: &Rc<Cell<usize>>) -> Result<Self, JsErrorBox> {
        if waiting.get() >= limits::FETCHES_WAITING_MAX {
            return Err(failed("too many requests are waiting"));
        }
        waiting.set(waiting.get() + 1);
        Ok(Self(Rc::clone(waiting)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// The error of a fetch, as JavaScript sees it.
fn failed(reason: &str) -> JsErrorBox {
    JsErrorBox::type_error(format!("fetch failed: {reason}"))
}
