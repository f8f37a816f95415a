//! A JS thread: a small event loop that owns the isolates of many functions.

use super::function::FunctionKey;
use super::isolate::{self, Queue};
use super::watchdog::Slot;
use super::{Function, Invocation, Reply};
use crate::error::{Error, Result};
use crate::limits;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

/// What other threads may ask of a JS thread.
pub(super) enum Command {
    /// Serve a request.
    Invoke { function: Arc<Function>, id: u32, invocation: Box<Invocation>, reply: oneshot::Sender<Result<Reply>> },
    /// Load a function without serving anything.
    Check { function: Arc<Function>, reply: oneshot::Sender<Result<()>> },
    /// The client of a request is gone, or its time is over.
    Cancel { key: FunctionKey, id: u32 },
}

/// A JS thread as other threads see it.
pub(super) struct JsThread {
    commands: mpsc::UnboundedSender<Command>,
    /// What it is running now.
    pub(super) slot: Arc<Slot>,
    /// Requests sent and not answered; the channel's bound.
    pub(super) pending: AtomicUsize,
    next_id: AtomicU32,
}

impl JsThread {
    /// Starts the thread. It ends when the handle is dropped and its isolates are idle.
    pub(super) fn start(index: usize, slot: Arc<Slot>, isolates_max: usize) -> std::io::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the pool bounds what is pending; a cancellation must never wait"
        )]
        let (commands, receiver) = mpsc::unbounded_channel();
        let own_slot = Arc::clone(&slot);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name(format!("js-{index}"))
            .stack_size(limits::JS_THREAD_STACK_BYTES)
            .spawn(move || LocalSet::new().block_on(&runtime, run(receiver, own_slot, isolates_max)))?;
        Ok(Self { commands, slot, pending: AtomicUsize::new(0), next_id: AtomicU32::new(0) })
    }

    /// A number for a request, not in use by another of this thread: a small integer to V8, never 0.
    pub(super) fn next_id(&self) -> u32 {
        self.next_id.fetch_add(1, Ordering::Relaxed) % (1 << 30) + 1
    }

    pub(super) fn send(&self, command: Command) -> Result<()> {
        self.commands.send(command).map_err(|_| Error::internal("a JavaScript thread has ended"))
    }
}

/// The isolates of a thread, by function.
type Isolates = Rc<RefCell<HashMap<FunctionKey, Rc<Queue>>>>;

async fn run(mut commands: mpsc::UnboundedReceiver<Command>, slot: Arc<Slot>, isolates_max: usize) {
    let isolates: Isolates = Rc::default();
    while let Some(command) = commands.recv().await {
        match command {
            Command::Invoke { function, id, invocation, reply } => {
                let queue = queue_of(&isolates, &function, &slot, isolates_max);
                queue.push(isolate::Message::Invoke { id, invocation, reply });
            }
            Command::Check { function, reply } => {
                let queue = queue_of(&isolates, &function, &slot, isolates_max);
                queue.push(isolate::Message::Check { reply });
            }
            Command::Cancel { key, id } => {
                let queue = isolates.borrow().get(&key).cloned();
                if let Some(queue) = queue {
                    queue.push(isolate::Message::Cancel { id });
                }
            }
        }
    }
}

/// The queue of a function's isolate, which is begun if there is none.
fn queue_of(isolates: &Isolates, function: &Arc<Function>, slot: &Arc<Slot>, isolates_max: usize) -> Rc<Queue> {
    let key = function.key();
    if let Some(queue) = isolates.borrow().get(&key) {
        return Rc::clone(queue);
    }
    retire_surplus(isolates, isolates_max);
    let queue = Rc::new(Queue::default());
    isolates.borrow_mut().insert(key, Rc::clone(&queue));
    let (function, slot) = (Arc::clone(function), Arc::clone(slot));
    let (own_queue, isolates) = (Rc::clone(&queue), Rc::clone(isolates));
    tokio::task::spawn_local(async move {
        isolate::serve(function, &own_queue, &slot).await;
        // Nothing was pushed since `serve` saw the queue empty: there was no await in between.
        isolates.borrow_mut().remove(&key);
    });
    queue
}

/// Asks the isolates that were unused for the longest time to end, when a new one would be too many.
fn retire_surplus(isolates: &Isolates, isolates_max: usize) {
    let isolates = isolates.borrow();
    let surplus = (isolates.len() + 1).saturating_sub(isolates_max.max(1));
    if surplus == 0 {
        return;
    }
    let mut candidates: Vec<&Rc<Queue>> = isolates.values().filter(|queue| queue.may_retire()).collect();
    candidates.sort_by_key(|queue| queue.last_used());
    for queue in candidates.into_iter().take(surplus) {
        queue.retire();
    }
}
