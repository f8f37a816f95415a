//! A JS thread: a small event loop that owns the isolates of many functions.

use super::call::Job;
use super::function::FunctionKey;
use super::isolate::{self, Message, Queue};
use super::temper::Lane;
use super::watchdog::Slot;
use super::{Function, fatal};
use crate::error::{Error, Result};
use crate::limits;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

/// What other threads may ask of a JS thread.
pub(super) enum Command {
    /// Serve a request.
    Invoke { function: Arc<Function>, id: u32, job: Arc<Job> },
    /// Load a function without serving anything.
    Check { function: Arc<Function>, reply: oneshot::Sender<Result<()>> },
    /// The client of a request is gone, or its time is over.
    Cancel { key: FunctionKey, id: u32 },
    /// No release that is live has this version any more.
    Retire { key: FunctionKey },
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
    ///
    /// `lost` counts the threads that were given up and have not ended.
    pub(super) fn start(
        name: String,
        lane: Lane,
        slot: Arc<Slot>,
        isolates_max: usize,
        lost: Arc<AtomicUsize>,
    ) -> std::io::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the pool bounds what is pending; a cancellation must never wait"
        )]
        let (commands, receiver) = mpsc::unbounded_channel();
        let own_slot = Arc::clone(&slot);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(limits::JS_THREAD_BLOCKING_THREADS_MAX)
            .build()?;
        std::thread::Builder::new().name(name).stack_size(limits::JS_THREAD_STACK_BYTES).spawn(move || {
            own_slot.claim(lane.stands_back());
            fatal::spare(&own_slot);
            LocalSet::new().block_on(&runtime, run(receiver, Arc::clone(&own_slot), isolates_max));
            if own_slot.is_lost() {
                lost.fetch_sub(1, Ordering::Relaxed);
            }
        })?;
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

/// The isolates of one function on a thread: one that takes requests, and those that only end what they have begun.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) queue: Queue,
    /// Whether a task serves `queue`.
    running: Cell<bool>,
    pub(super) draining: RefCell<Vec<Rc<Queue>>>,
}

/// The isolates of a thread, by function.
pub(super) type Isolates = Rc<RefCell<HashMap<FunctionKey, Rc<Entry>>>>;

async fn run(mut commands: mpsc::UnboundedReceiver<Command>, slot: Arc<Slot>, isolates_max: usize) {
    let isolates: Isolates = Rc::default();
    while let Some(command) = commands.recv().await {
        match command {
            Command::Invoke { function, id, job } => {
                push(&isolates, &function, &slot, isolates_max, Message::Invoke { id, job });
            }
            Command::Check { function, reply } => {
                push(&isolates, &function, &slot, isolates_max, Message::Check { reply });
            }
            Command::Cancel { key, id } => {
                if let Some(entry) = isolates.borrow().get(&key) {
                    // Only the isolate that has begun the request knows its number.
                    entry.draining.borrow().iter().for_each(|queue| queue.cancel(id));
                    entry.queue.cancel(id);
                }
            }
            Command::Retire { key } => {
                if let Some(entry) = isolates.borrow().get(&key) {
                    entry.queue.retire();
                }
            }
        }
    }
}

/// Hands a message to a function's isolate, which is begun if there is none.
fn push(isolates: &Isolates, function: &Arc<Function>, slot: &Arc<Slot>, isolates_max: usize, message: Message) {
    let key = function.key();
    let known = isolates.borrow().get(&key).cloned();
    let entry = known.unwrap_or_else(|| {
        retire_surplus(isolates, isolates_max);
        let entry = Rc::new(Entry::default());
        isolates.borrow_mut().insert(key, Rc::clone(&entry));
        entry
    });
    entry.queue.push(message);
    if entry.running.replace(true) {
        return;
    }
    let (function, slot, isolates) = (Arc::clone(function), Arc::clone(slot), Rc::clone(isolates));
    tokio::task::spawn_local(async move {
        isolate::serve(&function, &entry, &slot, &isolates).await;
        // Nothing was pushed since `serve` saw the queue empty: there was no await in between.
        entry.running.set(false);
        forget_if_over(&isolates, key, &entry);
    });
}

fn forget_if_over(isolates: &Isolates, key: FunctionKey, entry: &Entry) {
    if !entry.running.get() && entry.draining.borrow().is_empty() {
        isolates.borrow_mut().remove(&key);
    }
}

/// An isolate of `entry` has ended what it had begun.
pub(super) fn drained(isolates: &Isolates, key: FunctionKey, entry: &Entry, queue: &Rc<Queue>) {
    entry.draining.borrow_mut().retain(|other| !Rc::ptr_eq(other, queue));
    forget_if_over(isolates, key, entry);
}

/// Asks the isolates that were unused for the longest time to end, when a new one would be too many.
fn retire_surplus(isolates: &Isolates, isolates_max: usize) {
    let isolates = isolates.borrow();
    let surplus = (isolates.len() + 1).saturating_sub(isolates_max.max(1));
    if surplus == 0 {
        return;
    }
    let mut candidates: Vec<&Rc<Entry>> = isolates.values().filter(|entry| entry.queue.may_retire()).collect();
    candidates.sort_by_key(|entry| entry.queue.last_used());
    for entry in candidates.into_iter().take(surplus) {
        entry.queue.retire();
    }
}
