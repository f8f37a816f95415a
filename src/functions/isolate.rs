//! The life of one isolate: it is made when the first request comes, serves many requests interleaved, and ends when it is
//! idle for long, unused for the longest, too old, used up, or condemned.

use super::boot::{self, Loaded};
use super::call::Work;
use super::outbox::Outbox;
use super::queue::{Message, Queue};
use super::requests::{Pumped, Requests};
use super::thread::{Entry, Local};
use super::watchdog::{Allowance, Reason, STALL, count_condemned};
use super::{Function, Invocation};
use crate::error::{Code, Error};
use crate::limits;
use deno_core::error::CoreError;
use deno_core::{JsRuntime, PollEventLoopOptions, v8};
use futures::stream::{FuturesUnordered, StreamExt};
use http::Method;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How long an isolate may serve nothing.
const IDLE: Duration = Duration::from_secs(limits::ISOLATE_IDLE_SECONDS_MAX);

/// How long an isolate serves nothing before it gives back what it does not need.
const TIDY: Duration = Duration::from_millis(limits::ISOLATE_TIDY_MS);

/// How long what is left running after the last answer goes on.
const LINGER: Duration = Duration::from_millis(limits::ISOLATE_LINGER_MS);

/// How often an isolate that runs is asked what memory it holds.
const MEASURE: Duration = Duration::from_millis(limits::ISOLATE_MEASURE_MS);

/// How long answers wait for those of other requests.
const HELD: Duration = Duration::from_micros(limits::REPLIES_HELD_US_MAX);

/// How long an isolate may take requests in.
const AGE: Duration = Duration::from_secs(limits::ISOLATE_AGE_SECONDS_MAX);

/// Serves a function until it may be forgotten; when this ends, the queue is empty.
pub(super) async fn serve(function: &Arc<Function>, entry: &Rc<Entry>, local: &Rc<Local>) {
    let queue = &entry.queue;
    while !queue.is_empty() {
        queue.begin_anew();
        let began = Instant::now();
        let mut isolate = match boot::load(function, &local.slot, &local.spares).await {
            Ok(loaded) => Isolate::new(loaded, Arc::clone(function), local),
            Err(error) => {
                while let Some(message) = queue.pop() {
                    message.fail(&error);
                }
                continue;
            }
        };
        metrics::counter!("portico_isolates_started_total").increment(1);
        metrics::histogram!("portico_isolate_start_seconds").record(began.elapsed().as_secs_f64());
        match poll_fn(|cx| isolate.poll(queue, true, cx)).await {
            End::Retired => {}
            End::Condemned(error) => isolate.condemn(&error),
            End::Draining => {
                let own = Rc::new(Queue::default());
                entry.draining.borrow_mut().push(Rc::clone(&own));
                let (entry, local, key) = (Rc::clone(entry), Rc::clone(local), function.key());
                tokio::task::spawn_local(async move {
                    if let End::Condemned(error) = poll_fn(|cx| isolate.poll(&own, false, cx)).await {
                        isolate.condemn(&error);
                    }
                    drop(isolate);
                    local.drained(key, &entry, &own);
                });
            }
        }
    }
}

/// Why an isolate stopped taking requests.
enum End {
    /// It has nothing left to do.
    Retired,
    /// It has begun requests that it is to end.
    Draining,
    /// It was terminated, or cannot go on.
    Condemned(Error),
}

/// An isolate whose function is loaded.
struct Isolate {
    /// Bodies of answers on their way out. They hold memory of the isolate, so they go first.
    pumps: FuturesUnordered<super::requests::Pump>,
    /// The release that has routed the latest request, and its name in the isolate: most requests come by the same.
    release: Option<(String, v8::Global<v8::String>)>,
    loaded: Loaded,
    function: Arc<Function>,
    local: Rc<Local>,
    /// What it held when it was last asked, in bytes, and when that was.
    footprint: usize,
    measured: Instant,
    born: Instant,
    /// When it last served anything.
    served: Instant,
    /// Whether it has given back what it does not need since then.
    tidy: bool,
    /// What it held after its garbage was last collected for that; 0 before.
    tidied: usize,
    /// Whether it takes no more requests.
    used_up: bool,
    timer: Pin<Box<Sleep>>,
}

impl Isolate {
    fn new(loaded: Loaded, function: Arc<Function>, local: &Rc<Local>) -> Self {
        local.slot.isolate_began();
        let timer = Box::pin(tokio::time::sleep(TIDY));
        let born = Instant::now();
        let mut isolate = Self {
            pumps: FuturesUnordered::new(),
            release: None,
            loaded,
            function,
            local: Rc::clone(local),
            footprint: 0,
            measured: born,
            born,
            served: born,
            tidy: false,
            tidied: 0,
            used_up: false,
            timer,
        };
        isolate.measure();
        isolate
    }

    /// Says what it holds to those who watch the memory of all isolates.
    fn measure(&mut self) {
        let held = self.loaded.cell.with(|runtime| {
            let heap = runtime.v8_isolate().get_heap_statistics();
            heap.total_physical_size() + heap.malloced_memory() + heap.external_memory()
        });
        let now = held + limits::ISOLATE_OVERHEAD_BYTES;
        self.local.footprint.change(self.footprint, now);
        self.footprint = now;
        self.measured = Instant::now();
    }

    /// Fails whatever it was serving, and says why in the log.
    fn condemn(&mut self, error: &Error) {
        let reason = self.loaded.kill.reason();
        if reason.is_some() {
            self.function.temper.was_ended();
        }
        let function = Arc::clone(&self.function);
        let source = function.source();
        let release = self.requests(|requests| {
            let release = requests.any_release().to_owned();
            requests.fail_all(error);
            release
        });
        let reason = reason.map_or("failed", Reason::as_str);
        count_condemned(source, reason);
        tracing::error!(
            target: "portico::function",
            project = source.project, function = source.name, release, reason, code = error.code.as_str(),
            cause = error.cause, "isolate condemned"
        );
    }

    fn requests<R>(&mut self, f: impl FnOnce(&mut Requests) -> R) -> R {
        let state = self.loaded.cell.with(|runtime| runtime.op_state());
        let mut state = state.borrow_mut();
        f(state.borrow_mut::<Requests>())
    }

    /// One turn: take requests in, run what can run, see whether the isolate lives on.
    fn poll(&mut self, queue: &Queue, accepting: bool, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            queue.register(cx);
            // A termination that came just after the last turn: what is queued is left to the next isolate.
            if let Some(reason) = self.loaded.kill.reason() {
                return Poll::Ready(End::Condemned(killed(reason)));
            }
            let settings = &self.function.source().settings;
            let allowance = Allowance { wall: settings.timeout, cpu: settings.cpu };
            let slice = self.local.slot.arm(self.loaded.cell.handle(), &self.loaded.kill, allowance);
            let (served, outbox) = (self.served, &self.local.slot.outbox);
            let turn = {
                let (loaded, used_up) = (&mut self.loaded, self.used_up || !accepting);
                let (dispatch, cancel, release) = (&loaded.dispatch, &loaded.cancel, &mut self.release);
                loaded.cell.with(|runtime| {
                    take_cancelled(runtime, queue, cancel);
                    if !used_up {
                        take_in(runtime, queue, dispatch, release, outbox);
                    }
                    let state = runtime.op_state();
                    // What a function leaves running after its answers soon stands still, until the next request.
                    let lingers = served.max(queue.last_used()).elapsed() < LINGER;
                    if !lingers && state.borrow().borrow::<Requests>().is_idle() {
                        return Poll::Pending;
                    }
                    runtime.poll_event_loop(cx, PollEventLoopOptions::default())
                })
            };
            let cpu = slice.end();

            // Asked before anything else: a terminated runtime looks idle and well (deno_core reference 1.4).
            if let Some(reason) = self.loaded.kill.reason() {
                return Poll::Ready(End::Condemned(killed(reason)));
            }
            if let Poll::Ready(Err(error)) = turn {
                return Poll::Ready(End::Condemned(unavailable(&error)));
            }
            self.charge(cpu);
            self.pump(cx);
            let (in_service, full) = self
                .requests(|requests| (!requests.is_idle(), requests.len() >= limits::ISOLATE_CONCURRENT_REQUESTS_MAX));
            queue.set_serving(in_service);
            if in_service {
                self.served = Instant::now();
                self.tidy = false;
            }
            if self.measured.elapsed() >= MEASURE {
                self.measure();
            }
            if queue.is_to_retire() || (accepting && self.born.elapsed() >= AGE) {
                self.used_up = true;
            }
            if !in_service && (self.used_up || !accepting) {
                return Poll::Ready(End::Retired);
            }
            if self.used_up && accepting {
                return Poll::Ready(End::Draining);
            }
            if !queue.is_empty() && !full {
                continue;
            }
            return match self.wait(queue, in_service, cx) {
                Poll::Ready(Some(end)) => Poll::Ready(end),
                // Background work was ended just now; that took a turn of its own.
                Poll::Ready(None) => continue,
                Poll::Pending => Poll::Pending,
            };
        }
    }

    /// Charges a slice to the requests, and ends those that are over their processor time.
    fn charge(&mut self, cpu: Duration) {
        // By the processor: of a machine that is out of breath, the function is not the reason.
        if cpu >= STALL {
            self.function.temper.was_slow();
        }
        let over = self.requests(|requests| requests.charge(cpu));
        if over.soft.is_empty() && over.hard.is_empty() {
            return;
        }
        self.used_up = true;
        let source = self.function.source();
        let (project, function) = (source.project.as_str(), source.name.as_str());
        let limit_ms = u64::try_from(source.settings.cpu.as_millis()).unwrap_or(u64::MAX);
        for (ids, what) in [(&over.soft, "near"), (&over.hard, "over")] {
            for &id in ids {
                let state = self.loaded.cell.with(|runtime| runtime.op_state());
                let release = state.borrow().borrow::<Requests>().release_of(id).to_owned();
                metrics::counter!(
                    "portico_function_cpu_excesses_total",
                    "project" => project.to_owned(), "function" => function.to_owned(), "limit" => what
                )
                .increment(1);
                tracing::warn!(
                    target: "portico::function", project, function, release, limit_ms,
                    "a request is {what} its processor time; its isolate takes no new ones"
                );
            }
        }
        for id in over.hard {
            // Told with the slice that cancels it.
            self.requests(|requests| requests.finish(id, Err(killed(Reason::Cpu))));
            self.cancel(id);
        }
    }

    /// Moves bodies of answers on.
    fn pump(&mut self, cx: &mut Context<'_>) {
        let begun = self.requests(Requests::take_begun);
        self.pumps.extend(begun);
        while let Poll::Ready(Some((id, outcome))) = self.pumps.poll_next_unpin(cx) {
            match outcome {
                Pumped::Done => {}
                // The pump may notice before the cancellation has come from the other thread; that then finds nothing.
                Pumped::NobodyThere => {
                    let cancelled = self.requests(|requests| requests.cancel(id));
                    self.close(cancelled.and_then(|cancelled| cancelled.resource));
                    self.cancel(id);
                    continue;
                }
                Pumped::Failed(error) => {
                    let source = self.function.source();
                    tracing::error!(
                        target: "portico::function",
                        project = source.project, function = source.name, cause = error,
                        "the body of an answer broke off"
                    );
                }
            }
            let resource = self.requests(|requests| requests.stream_ended(id));
            self.close(resource);
            self.call(Notice::Forget, id);
        }
    }

    /// Waits for what the isolate does next: serve, end background work, or end itself.
    fn wait(&mut self, queue: &Queue, in_service: bool, cx: &mut Context<'_>) -> Poll<Option<End>> {
        if in_service {
            // Only background work has a time to look at.
            let Some(until) = self.requests(|requests| requests.background_deadline()) else { return Poll::Pending };
            self.timer.as_mut().reset(until);
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let over = self.requests(|requests| requests.expire(Instant::now()));
            for id in over {
                let source = self.function.source();
                tracing::warn!(
                    target: "portico::function",
                    project = source.project, function = source.name, "work of waitUntil was ended: its time was over"
                );
                self.cancel(id);
            }
            return Poll::Ready(None);
        }
        let tidy_at = queue.last_used() + TIDY;
        if !self.tidy && self.timer.deadline() > tidy_at {
            self.timer.as_mut().reset(tidy_at);
        }
        // Otherwise set anew only when it fires: a timer for each request would cost more than the request.
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if !self.tidy && queue.last_used() + TIDY <= now {
                self.tidy();
            }
            let until = queue.last_used() + if self.tidy { IDLE } else { TIDY };
            if until <= now {
                return Poll::Ready(Some(End::Retired));
            }
            self.timer.as_mut().reset(until);
        }
        Poll::Pending
    }

    /// Collects garbage, and gives the memory of it back to the system.
    fn tidy(&mut self) {
        self.tidy = true;
        self.measure();
        // The first time gives back what loading took. After it, a few small requests leave less than looking for it would cost: of a
        // thousand functions most are asked now and then.
        if self.footprint < self.tidied.saturating_add(limits::ISOLATE_TIDY_BYTES_MIN) {
            return;
        }
        // Of a large heap this takes a while: who waits behind it may leave.
        let local = Rc::clone(&self.local);
        let _taken = local.slot.take_apart();
        self.loaded.cell.with(|runtime| runtime.v8_isolate().low_memory_notification());
        self.measure();
        self.tidied = self.footprint;
    }

    /// Tells a handler that nobody waits for it any more.
    fn cancel(&mut self, id: u32) {
        self.call(Notice::Cancel, id);
    }

    fn call(&mut self, notice: Notice, id: u32) {
        let settings = &self.function.source().settings;
        let allowance = Allowance { wall: settings.timeout, cpu: settings.cpu };
        let loaded = &mut self.loaded;
        let function = match notice {
            Notice::Cancel => &loaded.cancel,
            Notice::Forget => &loaded.forget,
        };
        let _slice = self.local.slot.arm(loaded.cell.handle(), &loaded.kill, allowance);
        loaded.cell.with(|runtime| call_with_id(runtime, function, id));
    }

    fn close(&mut self, resource: Option<deno_core::ResourceId>) {
        let Some(resource) = resource else { return };
        self.loaded.cell.with(|runtime| close(runtime, resource));
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        self.local.footprint.change(self.footprint, 0);
        self.local.slot.isolate_ended();
    }
}

/// Functions of the start script that take a request's number.
#[derive(Clone, Copy)]
enum Notice {
    Cancel,
    Forget,
}

/// Tells handlers that nobody waits for them any more.
fn take_cancelled(runtime: &mut JsRuntime, queue: &Queue, cancel: &v8::Global<v8::Function>) {
    let state = runtime.op_state();
    for id in queue.take_cancelled() {
        let cancelled = state.borrow_mut().borrow_mut::<Requests>().cancel(id);
        let Some(cancelled) = cancelled else { continue };
        if let Some(resource) = cancelled.resource {
            close(runtime, resource);
        }
        call_with_id(runtime, cancel, id);
    }
}

/// Takes in what has come, as much as is good for one turn.
fn take_in(
    runtime: &mut JsRuntime,
    queue: &Queue,
    dispatch: &v8::Global<v8::Function>,
    release: &mut Option<(String, v8::Global<v8::String>)>,
    outbox: &Outbox,
) {
    if queue.is_empty() {
        return;
    }
    let state = runtime.op_state();
    deno_core::scope!(scope, runtime);
    let dispatch = v8::Local::new(scope, dispatch);
    let mut told = Instant::now();
    for _ in 0..limits::ISOLATE_INTAKE_PER_TURN {
        if state.borrow().borrow::<Requests>().len() >= limits::ISOLATE_CONCURRENT_REQUESTS_MAX {
            return;
        }
        let Some(message) = queue.pop() else { return };
        let now = Instant::now();
        queue.is_used(now);
        if now - told >= HELD {
            told = now;
            outbox.tell();
        }
        match message {
            Message::Check { reply } => {
                // It was loaded where nothing else runs; it will serve elsewhere.
                queue.retire();
                let _ = reply.send(Ok(()));
            }
            Message::Invoke { id, job } => {
                // Its sender may have taken it elsewhere, or not have waited for its turn.
                let Some(Work { invocation, reply }) = job.take() else { continue };
                if reply.is_closed() {
                    continue;
                }
                let Some(arguments) = arguments(scope, id, &invocation, release) else {
                    reply.send(Err(Error::internal("a request has a text that is too long for V8")));
                    continue;
                };
                state.borrow_mut().borrow_mut::<Requests>().insert(id, *invocation, reply);
                call(scope, dispatch, &arguments);
            }
        }
    }
}

/// What the start script is called with for a request; nothing if a text is longer than any of V8 may be.
fn arguments<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    id: u32,
    invocation: &Invocation,
    release: &mut Option<(String, v8::Global<v8::String>)>,
) -> Option<[v8::Local<'s, v8::Value>; 7]> {
    let known = release.as_ref().filter(|(known, _)| *known == invocation.release_id);
    let release_id = match known {
        Some((_, string)) => v8::Local::new(scope, string),
        None => {
            let string = string(scope, &invocation.release_id)?;
            *release = Some((invocation.release_id.clone(), v8::Global::new(scope, string)));
            string
        }
    };
    let method = match invocation.method {
        Method::GET => v8::undefined(scope).into(),
        ref method => string(scope, method.as_str())?.into(),
    };
    Some([
        v8::Integer::new_from_unsigned(scope, id).into(),
        string(scope, &invocation.request_id)?.into(),
        string(scope, &invocation.url)?.into(),
        release_id.into(),
        or_null(scope, invocation.locale.as_deref())?,
        or_null(scope, invocation.default_locale.as_deref())?,
        method,
    ])
}

fn or_null<'s>(scope: &mut v8::PinScope<'s, '_>, text: Option<&str>) -> Option<v8::Local<'s, v8::Value>> {
    match text {
        Some(text) => Some(string(scope, text)?.into()),
        None => Some(v8::null(scope).into()),
    }
}

fn string<'s>(scope: &mut v8::PinScope<'s, '_>, text: &str) -> Option<v8::Local<'s, v8::String>> {
    if text.is_ascii() {
        return v8::String::new_from_one_byte(scope, text.as_bytes(), v8::NewStringType::Normal);
    }
    v8::String::new(scope, text)
}

/// Closes a resource, outside of any borrow of the state: what it holds may want the state as well.
fn close(runtime: &mut JsRuntime, resource: deno_core::ResourceId) {
    let state = runtime.op_state();
    let taken = state.borrow_mut().resource_table.take_any(resource);
    if let Ok(taken) = taken {
        taken.close();
    }
}

/// Calls a function of the start script that takes a request's number.
fn call_with_id(runtime: &mut JsRuntime, function: &v8::Global<v8::Function>, id: u32) {
    deno_core::scope!(scope, runtime);
    let function = v8::Local::new(scope, function);
    let id = v8::Integer::new_from_unsigned(scope, id).into();
    call(scope, function, &[id]);
}

/// Calls a function of the start script and lets promises settle. It catches what the handler throws; only termination gets out of it.
fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: v8::Local<'s, v8::Function>,
    arguments: &[v8::Local<'s, v8::Value>],
) {
    v8::tc_scope!(let scope, scope);
    let undefined = v8::undefined(scope).into();
    let _ = function.call(scope, undefined, arguments);
    if !scope.is_execution_terminating() {
        scope.perform_microtask_checkpoint();
    }
}

pub(super) fn killed(reason: Reason) -> Error {
    match reason {
        Reason::Timeout => Error::new(Code::RuntimeTimeout, "The function did not answer in time.")
            .because("it ran without a pause for longer than its timeout"),
        Reason::Cpu => Error::new(Code::RuntimeCpu, "The function took more processor time than it may.")
            .because("it was over its processor time"),
        Reason::Memory => Error::new(Code::RuntimeMemory, "The function used more memory than it may.")
            .because("its memory reached the limit"),
        Reason::Fault => Error::new(Code::RuntimeUnavailable, "The function could not be run.")
            .because("the runtime failed while it served a request"),
    }
}

pub(super) fn unavailable(error: &CoreError) -> Error {
    Error::new(Code::RuntimeUnavailable, "The function could not be run.").because(error)
}
