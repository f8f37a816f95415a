//! A JS thread: a small event loop that owns the isolates of many functions.

use super::call::Job;
use super::footprint::Footprint;
use super::function::FunctionKey;
use super::isolate;
use super::queue::{Message, Queue};
use super::spares::Spares;
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
use std::time::Duration;
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

/// What a JS thread is to know of the node.
#[derive(Clone)]
pub(super) struct Settings {
    /// Isolates on the thread.
    pub(super) isolates_max: usize,
    /// The memory that spare isolates are made with.
    pub(super) spare_memory_bytes: usize,
    /// Shared by all threads.
    pub(super) footprint: Arc<Footprint>,
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
        settings: &Settings,
        lost: Arc<AtomicUsize>,
    ) -> std::io::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the pool bounds what is pending; a cancellation must never wait"
        )]
        let (commands, receiver) = mpsc::unbounded_channel();
        let (own_slot, settings) = (Arc::clone(&slot), settings.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(limits::JS_THREAD_BLOCKING_THREADS_MAX)
            .build()?;
        std::thread::Builder::new().name(name).stack_size(limits::JS_THREAD_STACK_BYTES).spawn(move || {
            own_slot.claim(lane.stands_back());
            fatal::spare(&own_slot);
            let local = Local {
                isolates: RefCell::default(),
                isolates_max: settings.isolates_max,
                spares: Spares::new(settings.spare_memory_bytes),
                slot: Arc::clone(&own_slot),
                footprint: settings.footprint,
            };
            LocalSet::new().block_on(&runtime, run(receiver, Rc::new(local), lane.spares()));
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

/// What a JS thread has.
pub(super) struct Local {
    isolates: RefCell<HashMap<FunctionKey, Rc<Entry>>>,
    isolates_max: usize,
    pub(super) spares: Spares,
    pub(super) slot: Arc<Slot>,
    pub(super) footprint: Arc<Footprint>,
}

async fn run(mut commands: mpsc::UnboundedReceiver<Command>, local: Rc<Local>, spares: usize) {
    tokio::task::spawn_local({
        let local = Rc::clone(&local);
        async move { local.spares.keep(spares).await }
    });
    tokio::task::spawn_local(Rc::clone(&local).trim());
    while let Some(command) = commands.recv().await {
        match command {
            Command::Invoke { function, id, job } => local.push(&function, Message::Invoke { id, job }),
            Command::Check { function, reply } => local.push(&function, Message::Check { reply }),
            Command::Cancel { key, id } => {
                if let Some(entry) = local.isolates.borrow().get(&key) {
                    // Only the isolate that has begun the request knows its number.
                    entry.draining.borrow().iter().for_each(|queue| queue.cancel(id));
                    entry.queue.cancel(id);
                }
            }
            Command::Retire { key } => {
                if let Some(entry) = local.isolates.borrow().get(&key) {
                    entry.queue.retire();
                }
            }
        }
    }
}

impl Local {
    /// Hands a message to a function's isolate, which is begun if there is none.
    fn push(self: &Rc<Self>, function: &Arc<Function>, message: Message) {
        let key = function.key();
        let known = self.isolates.borrow().get(&key).cloned();
        let entry = known.unwrap_or_else(|| {
            self.retire_surplus();
            let entry = Rc::new(Entry::default());
            self.isolates.borrow_mut().insert(key, Rc::clone(&entry));
            entry
        });
        entry.queue.push(message);
        if entry.running.replace(true) {
            return;
        }
        let (function, local) = (Arc::clone(function), Rc::clone(self));
        tokio::task::spawn_local(async move {
            isolate::serve(&function, &entry, &local).await;
            // Nothing was pushed since `serve` saw the queue empty: there was no await in between.
            entry.running.set(false);
            local.forget_if_over(key, &entry);
        });
    }

    fn forget_if_over(&self, key: FunctionKey, entry: &Entry) {
        if !entry.running.get() && entry.draining.borrow().is_empty() {
            self.isolates.borrow_mut().remove(&key);
        }
    }

    /// An isolate of `entry` has ended what it had begun.
    pub(super) fn drained(&self, key: FunctionKey, entry: &Entry, queue: &Rc<Queue>) {
        entry.draining.borrow_mut().retain(|other| !Rc::ptr_eq(other, queue));
        self.forget_if_over(key, entry);
    }

    /// Asks isolates to end when a new one would be too many.
    fn retire_surplus(&self) {
        let surplus = (self.isolates.borrow().len() + 1).saturating_sub(self.isolates_max.max(1));
        for _ in 0..surplus {
            if !self.retire_oldest() {
                return;
            }
        }
    }

    /// Asks the isolate to end that has had nothing to do for the longest time. Answers whether there was one.
    fn retire_oldest(&self) -> bool {
        let isolates = self.isolates.borrow();
        let idle = isolates.values().filter(|entry| entry.queue.may_retire());
        let Some(oldest) = idle.min_by_key(|entry| entry.queue.last_used()) else { return false };
        oldest.queue.retire();
        true
    }

    /// Ends isolates that have nothing to do while all together hold too much memory.
    async fn trim(self: Rc<Self>) {
        loop {
            self.footprint.became_too_much().await;
            while self.footprint.is_too_much() && self.retire_oldest() {
                // It ends in its own time.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}
