//! The life of one isolate: it is made when the first request comes, serves many requests interleaved, and ends when it is
//! idle for long, unused for the longest, or condemned.

use super::cell::IsolateCell;
use super::ops::Requests;
use super::watchdog::{Kill, Reason, Slot};
use super::{Function, Invocation, Reply, buffers, modules, snapshot};
use crate::error::{Code, Error, Result};
use crate::limits;
use deno_core::error::CoreError;
use deno_core::{JsRuntime, PollEventLoopOptions, RuntimeOptions, v8};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

/// How long an isolate may serve nothing.
const IDLE: Duration = Duration::from_secs(limits::ISOLATE_IDLE_SECONDS_MAX);

/// What an isolate's thread tells it.
pub(super) enum Message {
    Invoke { id: u32, invocation: Box<Invocation>, reply: oneshot::Sender<Result<Reply>> },
    Check { reply: oneshot::Sender<Result<()>> },
    Cancel { id: u32 },
}

impl Message {
    fn fail(self, error: &Error) {
        match self {
            Self::Invoke { reply, .. } => drop(reply.send(Err(error.clone()))),
            Self::Check { reply } => drop(reply.send(Err(error.clone()))),
            Self::Cancel { .. } => {}
        }
    }
}

/// The mailbox of an isolate. It outlives a condemned isolate: what was not begun is served by the next one.
pub(super) struct Queue {
    messages: RefCell<VecDeque<Message>>,
    waker: RefCell<Option<Waker>>,
    retire: Cell<bool>,
    serving: Cell<bool>,
    last_used: Cell<Instant>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            messages: RefCell::default(),
            waker: RefCell::default(),
            retire: Cell::new(false),
            serving: Cell::new(true),
            last_used: Cell::new(Instant::now()),
        }
    }
}

impl Queue {
    pub(super) fn push(&self, message: Message) {
        self.messages.borrow_mut().push_back(message);
        self.wake();
    }

    /// Asks the isolate to end as soon as it serves nothing.
    pub(super) fn retire(&self) {
        self.retire.set(true);
        self.wake();
    }

    pub(super) fn may_retire(&self) -> bool {
        !self.serving.get() && !self.retire.get() && self.messages.borrow().is_empty()
    }

    pub(super) fn last_used(&self) -> Instant {
        self.last_used.get()
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    fn pop(&self) -> Option<Message> {
        self.messages.borrow_mut().pop_front()
    }

    fn is_empty(&self) -> bool {
        self.messages.borrow().is_empty()
    }

    fn register(&self, cx: &Context<'_>) {
        *self.waker.borrow_mut() = Some(cx.waker().clone());
    }
}

/// Serves a function until it may be forgotten; when this ends, the queue is empty.
pub(super) async fn serve(function: Arc<Function>, queue: &Queue, slot: &Arc<Slot>) {
    while !queue.is_empty() {
        match Isolate::boot(&function, slot).await {
            Ok(mut isolate) => match poll_fn(|cx| isolate.poll(queue, cx)).await {
                End::Retired => {}
                End::Condemned(error) => {
                    let source = function.source();
                    tracing::error!(
                        target: "portico::function",
                        project = source.project, function = source.name, code = error.code.as_str(),
                        cause = error.cause, "isolate condemned"
                    );
                    isolate.fail_all(&error);
                }
            },
            Err(error) => {
                while let Some(message) = queue.pop() {
                    message.fail(&error);
                }
            }
        }
    }
}

/// Why an isolate ended.
enum End {
    Retired,
    Condemned(Error),
}

/// An isolate whose function is loaded.
struct Isolate {
    cell: IsolateCell,
    function: Arc<Function>,
    slot: Arc<Slot>,
    kill: Arc<Kill>,
    dispatch: v8::Global<v8::Function>,
    cancel: v8::Global<v8::Function>,
    idle: Pin<Box<Sleep>>,
}

impl Isolate {
    async fn boot(function: &Arc<Function>, slot: &Arc<Slot>) -> Result<Self> {
        let snapshot = snapshot::get()?;
        let kill = Arc::new(Kill::default());
        let budget = buffers::Budget::new(function.source().settings.memory_bytes);
        let options = RuntimeOptions {
            startup_snapshot: Some(snapshot.blob),
            residual_lazy_js_sources: snapshot.residual,
            extensions: snapshot::extensions_from_snapshot(),
            skip_op_registration: true,
            module_loader: Some(Rc::new(modules::Loader::new(function)?)),
            create_params: Some(create_params(function, &budget)),
            ..RuntimeOptions::default()
        };
        let mut cell = IsolateCell::new(options).map_err(|error| unavailable(&error))?;
        let limit = Duration::from_secs(limits::FUNCTION_STARTUP_SECONDS_MAX);
        let key = function.key().hash();
        let handle = cell.handle().clone();
        budget.watch(handle.clone(), Arc::clone(&kill));
        let slice = slot.arm(key, &handle, &kill, limit);
        let (install, dispatch, cancel) = cell.with(|runtime| {
            watch_heap(runtime, &kill);
            let state = runtime.op_state();
            snapshot::prepare_state(&mut state.borrow_mut())?;
            state.borrow_mut().put(Requests::new(Arc::clone(function)));
            start_script(runtime).map_err(|error| Error::internal(error).because("the runtime's start script failed"))
        })?;
        drop(slice);

        let load = async {
            let specifier = modules::specifier(&function.source().entry).map_err(build_failed)?;
            let module = {
                let mut load =
                    pin!(cell.drive(async |runtime: &mut JsRuntime| runtime.load_main_es_module(&specifier).await));
                poll_fn(|cx| {
                    let _slice = slot.arm(key, &handle, &kill, limit);
                    load.as_mut().poll(cx)
                })
                .await
                .map_err(|error| modules::load_failed(&error))?
            };
            let mut evaluation = {
                let _slice = slot.arm(key, &handle, &kill, limit);
                pin!(cell.with(|runtime| runtime.mod_evaluate(module)))
            };
            poll_fn(|cx| {
                let _slice = slot.arm(key, &handle, &kill, limit);
                cell.with(|runtime| {
                    let turn = runtime.poll_event_loop(cx, PollEventLoopOptions::default());
                    match evaluation.as_mut().poll(cx) {
                        Poll::Ready(result) => Poll::Ready(result.map_err(|error| modules::load_failed(&error))),
                        Poll::Pending => match turn {
                            Poll::Ready(Err(error)) => Poll::Ready(Err(modules::load_failed(&error))),
                            Poll::Ready(Ok(())) => {
                                Poll::Ready(Err(build_failed("a top-level await of the module can never finish")))
                            }
                            Poll::Pending => Poll::Pending,
                        },
                    }
                })
            })
            .await?;
            let _slice = slot.arm(key, &handle, &kill, limit);
            cell.with(|runtime| {
                let namespace = runtime.get_module_namespace(module).map_err(|error| modules::load_failed(&error))?;
                call_install(runtime, &install, &namespace)
            })
        };
        let loaded = tokio::time::timeout(limit, load).await;
        if let Some(reason) = kill.reason() {
            return Err(build_failed(match reason {
                Reason::Timeout => "loading the module took longer than the start-up limit",
                Reason::Memory => "loading the module took more memory than the function may use",
            }));
        }
        loaded.map_err(|_| build_failed("loading the module took longer than the start-up limit"))??;
        let idle = Box::pin(tokio::time::sleep(IDLE));
        Ok(Self { cell, function: Arc::clone(function), slot: Arc::clone(slot), kill, dispatch, cancel, idle })
    }

    fn fail_all(&mut self, error: &Error) {
        self.cell.with(|runtime| runtime.op_state().borrow_mut().borrow_mut::<Requests>().fail_all(error));
    }

    /// One turn: take requests in, run what can run, see whether the isolate lives on.
    fn poll(&mut self, queue: &Queue, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            queue.register(cx);
            // A termination that came just after the last turn: what is queued is left to the next isolate.
            if let Some(reason) = self.kill.reason() {
                return Poll::Ready(End::Condemned(killed(reason)));
            }
            let limit = self.function.source().settings.timeout;
            let slice = self.slot.arm(self.function.key().hash(), self.cell.handle(), &self.kill, limit);
            let (dispatch, cancel) = (&self.dispatch, &self.cancel);
            let (turn, in_service) = self.cell.with(|runtime| {
                let state = runtime.op_state();
                for _ in 0..limits::ISOLATE_INTAKE_PER_TURN {
                    if state.borrow().borrow::<Requests>().len() >= limits::ISOLATE_CONCURRENT_REQUESTS_MAX {
                        break;
                    }
                    let Some(message) = queue.pop() else { break };
                    queue.last_used.set(Instant::now());
                    match message {
                        Message::Check { reply } => drop(reply.send(Ok(()))),
                        // Its client did not wait for its turn.
                        Message::Invoke { reply, .. } if reply.is_closed() => {}
                        Message::Invoke { id, invocation, reply } => {
                            state.borrow_mut().borrow_mut::<Requests>().insert(id, *invocation, reply);
                            call_with_id(runtime, dispatch, id);
                        }
                        Message::Cancel { id } => {
                            if state.borrow_mut().borrow_mut::<Requests>().cancel(id) {
                                call_with_id(runtime, cancel, id);
                            }
                        }
                    }
                }
                let turn = runtime.poll_event_loop(cx, PollEventLoopOptions::default());
                let in_service = !state.borrow().borrow::<Requests>().is_idle();
                (turn, in_service)
            });
            drop(slice);
            queue.serving.set(in_service);

            // Asked before anything else: a terminated runtime looks idle and well (deno_core reference 1.4).
            if let Some(reason) = self.kill.reason() {
                return Poll::Ready(End::Condemned(killed(reason)));
            }
            if let Poll::Ready(Err(error)) = turn {
                return Poll::Ready(End::Condemned(unavailable(&error)));
            }
            if in_service || !queue.is_empty() {
                if !queue.is_empty() && !self.is_full() {
                    continue;
                }
                return Poll::Pending;
            }
            if queue.retire.get() {
                return Poll::Ready(End::Retired);
            }
            // Set anew only when it fires: a timer for each request would cost more than the request.
            while self.idle.as_mut().poll(cx).is_ready() {
                let until = queue.last_used.get() + IDLE;
                if until <= Instant::now() {
                    return Poll::Ready(End::Retired);
                }
                self.idle.as_mut().reset(until);
            }
            return Poll::Pending;
        }
    }

    fn is_full(&mut self) -> bool {
        let state = self.cell.with(|runtime| runtime.op_state());
        let state = state.borrow();
        state.borrow::<Requests>().len() >= limits::ISOLATE_CONCURRENT_REQUESTS_MAX
    }
}

/// The limit applies twice: to the heap, and to array buffers, which are outside of it.
fn create_params(function: &Function, budget: &Arc<buffers::Budget>) -> v8::CreateParams {
    let allocator = buffers::allocator(Arc::clone(budget)).make_shared();
    v8::CreateParams::default()
        .heap_limits(0, function.source().settings.memory_bytes)
        .array_buffer_allocator(allocator)
}

/// Terminates the isolate when its heap nears the limit, and gives V8 room to notice: without it, V8 ends the process.
fn watch_heap(runtime: &mut JsRuntime, kill: &Arc<Kill>) {
    let handle = runtime.v8_isolate().thread_safe_handle();
    let kill = Arc::clone(kill);
    runtime.add_near_heap_limit_callback(move |current, _initial| {
        kill.set(Reason::Memory);
        handle.terminate_execution();
        current.saturating_mul(2).saturating_add(limits::ISOLATE_HEAP_HEADROOM_BYTES)
    });
}

type Entries = (v8::Global<v8::Function>, v8::Global<v8::Function>, v8::Global<v8::Function>);

/// Runs the script that isolates begin with; answers its `install`, `dispatch` and `cancel`.
fn start_script(runtime: &mut JsRuntime) -> Result<Entries, String> {
    let exports = runtime
        .execute_script("portico:start", "Deno.core.loadExtScript('ext:portico/30_dispatch.js')")
        .map_err(|error| error.to_string())?;
    deno_core::scope!(scope, runtime);
    let exports = v8::Local::new(scope, exports);
    let exports = v8::Local::<v8::Object>::try_from(exports).map_err(|error| error.to_string())?;
    let function = |name: &'static str| {
        let key = v8::String::new(scope, name).ok_or("out of memory")?;
        let value = exports.get(scope, key.into()).ok_or("no such entry")?;
        let function = v8::Local::<v8::Function>::try_from(value).map_err(|_| "not a function")?;
        Ok::<_, &str>(v8::Global::new(scope, function))
    };
    Ok((function("install")?, function("dispatch")?, function("cancel")?))
}

fn call_install(
    runtime: &mut JsRuntime,
    install: &v8::Global<v8::Function>,
    namespace: &v8::Global<v8::Object>,
) -> Result<()> {
    deno_core::scope!(scope, runtime);
    let install = v8::Local::new(scope, install);
    let namespace = v8::Local::new(scope, namespace);
    let undefined = v8::undefined(scope).into();
    let has_handler = install.call(scope, undefined, &[namespace.into()]).is_some_and(|value| value.is_true());
    if has_handler {
        return Ok(());
    }
    Err(build_failed(
        "the module exports no handler: `export default` a function or an object with a `fetch` method, or export a function named `handler`",
    ))
}

/// Calls a function of the start script and lets promises settle. It catches what the handler throws; only termination gets out of it.
fn call_with_id(runtime: &mut JsRuntime, function: &v8::Global<v8::Function>, id: u32) {
    deno_core::scope!(scope, runtime);
    v8::tc_scope!(let scope, scope);
    let function = v8::Local::new(scope, function);
    let undefined = v8::undefined(scope).into();
    let id = v8::Integer::new_from_unsigned(scope, id).into();
    let _ = function.call(scope, undefined, &[id]);
    if !scope.is_execution_terminating() {
        scope.perform_microtask_checkpoint();
    }
}

fn killed(reason: Reason) -> Error {
    match reason {
        Reason::Timeout => Error::new(Code::RuntimeTimeout, "The function did not answer in time.")
            .because("it ran without a pause for longer than its timeout"),
        Reason::Memory => Error::new(Code::RuntimeMemory, "The function used more memory than it may.")
            .because("its heap reached the limit"),
    }
}

fn unavailable(error: &CoreError) -> Error {
    Error::new(Code::RuntimeUnavailable, "The function could not be run.").because(error)
}

fn build_failed(why: impl Into<String>) -> Error {
    Error::new(Code::FunctionBuildFailed, why)
}
