//! From nothing to an isolate whose function is loaded.

use super::cell::IsolateCell;
use super::isolate::unavailable;
use super::requests::Requests;
use super::spares::Spares;
use super::watchdog::{Allowance, Kill, Reason, Slice, Slot};
use super::{Function, buffers, fatal, modules, snapshot, stack};
use crate::error::{Code, Error, Result};
use crate::limits;
use deno_core::{
    CrossIsolateStore, JsRuntime, ModuleId, ModuleLoader, ModuleSpecifier, PollEventLoopOptions, RuntimeOptions, v8,
};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// An isolate whose function is loaded, and what is called to have it serve.
pub(super) struct Loaded {
    pub(super) dispatch: v8::Global<v8::Function>,
    pub(super) cancel: v8::Global<v8::Function>,
    pub(super) forget: v8::Global<v8::Function>,
    pub(super) kill: Arc<Kill>,
    // Last: what V8 owns goes before it does.
    pub(super) cell: IsolateCell,
}

/// An isolate from the snapshot that has no function yet.
pub(super) struct Blank {
    budget: Arc<buffers::Budget>,
    loader: Rc<modules::Loader>,
    cell: IsolateCell,
}

impl Blank {
    /// Makes an isolate for a function that may use that much memory.
    pub(super) fn new(memory_bytes: usize) -> Result<Self> {
        let snapshot = snapshot::get()?;
        let budget = buffers::Budget::new(memory_bytes);
        let loader = Rc::new(modules::Loader::default());
        let options = RuntimeOptions {
            startup_snapshot: Some(snapshot.blob),
            residual_lazy_js_sources: snapshot.residual,
            extensions: snapshot::extensions_from_snapshot(),
            skip_op_registration: true,
            module_loader: Some(Rc::clone(&loader) as Rc<dyn ModuleLoader>),
            create_params: Some(create_params(memory_bytes, &budget)),
            // Of this isolate alone: they are what `structuredClone` moves buffers and compiled modules through.
            shared_array_buffer_store: Some(CrossIsolateStore::default()),
            compiled_wasm_module_store: Some(CrossIsolateStore::default()),
            ..RuntimeOptions::default()
        };
        let cell = IsolateCell::new(options).map_err(|error| unavailable(&error))?;
        Ok(Self { budget, loader, cell })
    }
}

/// Loads a function into an isolate, as its first request would find it.
pub(super) async fn load(function: &Arc<Function>, slot: &Arc<Slot>, spares: &Spares) -> Result<Loaded> {
    let memory = function.source().settings.memory_bytes;
    let spare = spares.take(memory);
    let Blank { budget, loader, mut cell } = spare.map_or_else(|| Blank::new(memory), Ok)?;
    loader.bind(function)?;
    let kill = Arc::new(Kill::new(Arc::clone(function)));
    let limit = Duration::from_secs(limits::FUNCTION_STARTUP_SECONDS_MAX);
    let allowance = Allowance { wall: limit, cpu: limit };
    let handle = cell.handle().clone();
    budget.watch(handle.clone(), Arc::clone(&kill));
    let slice = slot.arm(&handle, &kill, allowance);
    let entries = cell.with(|runtime| {
        watch_heap(runtime, &kill);
        fatal::watch(runtime.v8_isolate());
        runtime.v8_isolate().set_prepare_stack_trace_callback(stack::prepare);
        let state = runtime.op_state();
        snapshot::prepare_state(&mut state.borrow_mut(), function);
        state.borrow_mut().put(Requests::new(Arc::clone(function), Arc::clone(&kill), Arc::clone(slot)));
        let entries = start_script(runtime)
            // Only a machine that is out of breath gets here: the time for a start was over.
            .map_err(|error| {
                Error::new(Code::RuntimeUnavailable, "The function could not be started.")
                    .because(format_args!("the runtime's start script failed: {error}"))
            })?;
        super::limits::apply(runtime, function, &kill);
        Ok(entries)
    })?;
    drop(slice);

    let load = async {
        let loading = Loading { slot, handle: &handle, kill: &kill, allowance };
        let specifier = modules::specifier(&function.source().entry).map_err(build_failed)?;
        let entry = loading.module(&mut cell, &specifier, None).await?;
        let library = match function.prepared.get().and_then(|program| program.library()) {
            // The instance that the function's modules have imported, or will: a module is loaded once.
            Some(source) => {
                let specifier = ModuleSpecifier::parse(modules::LIBRARY).map_err(Error::internal)?;
                Some(loading.module(&mut cell, &specifier, Some(source)).await?)
            }
            None => None,
        };
        let _slice = loading.slice();
        cell.with(|runtime| {
            let mut namespace =
                |module| runtime.get_module_namespace(module).map_err(|error| modules::load_failed(&error));
            let entry = namespace(entry)?;
            let library = library.map(namespace).transpose()?;
            call_install(runtime, &entries.install, &entry, library.as_ref())
        })
    };
    let loaded = tokio::time::timeout(limit, load).await;
    if let Some(reason) = kill.reason() {
        function.temper.was_ended();
        return Err(build_failed(match reason {
            Reason::Timeout | Reason::Cpu => "loading the module took longer than the start-up limit",
            Reason::Memory => "loading the module took more memory than the function may use",
            Reason::Fault => "the runtime failed while it loaded the module",
        }));
    }
    loaded.map_err(|_| build_failed("loading the module took longer than the start-up limit"))??;
    let Entries { dispatch, cancel, forget, .. } = entries;
    Ok(Loaded { dispatch, cancel, forget, kill, cell })
}

/// Loads modules into an isolate, each stretch of it under the watchdog.
struct Loading<'a> {
    slot: &'a Arc<Slot>,
    handle: &'a v8::IsolateHandle,
    kill: &'a Arc<Kill>,
    allowance: Allowance,
}

impl Loading<'_> {
    fn slice(&self) -> Slice<'_> {
        self.slot.arm(self.handle, self.kill, self.allowance)
    }

    /// Loads and evaluates a module: the function's entry, or one of the host's, which has a source.
    async fn module(
        &self,
        cell: &mut IsolateCell,
        specifier: &ModuleSpecifier,
        source: Option<String>,
    ) -> Result<ModuleId> {
        let module = {
            let mut load = pin!(cell.drive(async |runtime: &mut JsRuntime| match source {
                Some(source) => runtime.load_side_es_module_from_code(specifier, source).await,
                None => runtime.load_main_es_module(specifier).await,
            }));
            poll_fn(|cx| {
                let _slice = self.slice();
                load.as_mut().poll(cx)
            })
            .await
            .map_err(|error| modules::load_failed(&error))?
        };
        let mut evaluation = {
            let _slice = self.slice();
            pin!(cell.with(|runtime| runtime.mod_evaluate(module)))
        };
        poll_fn(|cx| {
            let _slice = self.slice();
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
        Ok(module)
    }
}

/// The limit applies twice: to the heap, and to array buffers, which are outside of it.
fn create_params(memory_bytes: usize, budget: &Arc<buffers::Budget>) -> v8::CreateParams {
    let allocator = buffers::allocator(Arc::clone(budget)).make_shared();
    v8::CreateParams::default().heap_limits(0, memory_bytes).array_buffer_allocator(allocator).allow_atomics_wait(false)
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

/// The functions that the start script gives out.
struct Entries {
    install: v8::Global<v8::Function>,
    dispatch: v8::Global<v8::Function>,
    cancel: v8::Global<v8::Function>,
    forget: v8::Global<v8::Function>,
}

/// Runs the script that isolates begin with.
fn start_script(runtime: &mut JsRuntime) -> Result<Entries, String> {
    let exports = runtime
        .execute_script("portico:start", "Deno.core.loadExtScript('ext:portico/32_start.js')")
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
    Ok(Entries {
        install: function("install")?,
        dispatch: function("dispatch")?,
        cancel: function("cancel")?,
        forget: function("forget")?,
    })
}

fn call_install(
    runtime: &mut JsRuntime,
    install: &v8::Global<v8::Function>,
    entry: &v8::Global<v8::Object>,
    library: Option<&v8::Global<v8::Object>>,
) -> Result<()> {
    deno_core::scope!(scope, runtime);
    let install = v8::Local::new(scope, install);
    let entry = v8::Local::new(scope, entry);
    let undefined = v8::undefined(scope).into();
    let library = match library {
        Some(namespace) => {
            let namespace = v8::Local::new(scope, namespace);
            let name = v8::String::new(scope, "library").ok_or_else(|| Error::internal("out of memory"))?;
            namespace.get(scope, name.into()).unwrap_or(undefined)
        }
        None => undefined,
    };
    let has_handler = install.call(scope, undefined, &[entry.into(), library]).is_some_and(|value| value.is_true());
    if has_handler {
        return Ok(());
    }
    Err(build_failed(
        "the module exports no handler: `export default` a function or an object with a `fetch` method, or export a function named \
         `handler`",
    ))
}

fn build_failed(why: impl Into<String>) -> Error {
    Error::new(Code::FunctionBuildFailed, why)
}
