//! The requests that an isolate is serving, and how far each of them is.

use super::outbox::ReplyTo;
use super::reply::{Piece, ReplyBody, ReplyStream};
use super::watchdog::{Kill, Slot};
use super::{Function, Invocation, Reply};
use crate::error::{Code, Error, Result};
use crate::limits;
use deno_core::{Resource, ResourceId};
use deno_error::JsErrorBox;
use futures::future::{AbortHandle, Abortable, LocalBoxFuture};
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The requests of one isolate.
pub(super) struct Requests {
    pub(super) function: Arc<Function>,
    kill: Arc<Kill>,
    slot: Arc<Slot>,
    active: HashMap<u32, Active>,
    /// Answers whose bodies have begun since the isolate last looked.
    begun: Vec<Pump>,
    /// Console output outside of any request since the last one came.
    pub(super) logged_outside_bytes: usize,
    /// Processor time shared out so far: what one request has taken is the difference to when it came.
    accrued: Duration,
    /// The value of `accrued` at which some request may be over a limit.
    look_at: Duration,
}

struct Active {
    invocation: Invocation,
    phase: Phase,
    /// Whether `waitUntil` was given something that has not ended.
    held: bool,
    logged_bytes: usize,
    accrued_before: Duration,
    warned: bool,
}

enum Phase {
    /// The handler has not answered.
    Answering(ReplyTo),
    /// The answer's body is being produced.
    Streaming { abort: AbortHandle, resource: ResourceId, gathered: Option<Gathered> },
    /// Answered; what `waitUntil` was given goes on until then.
    Background(Instant),
}

/// Where an answer goes that is gathered first. Whoever fails the request takes it.
type Gathered = Rc<Cell<Option<ReplyTo>>>;

/// Moves the body of an answer from JavaScript to the client; ends with the request's number and how that went.
pub(super) type Pump = LocalBoxFuture<'static, (u32, Pumped)>;

/// How the way of a body ended.
#[derive(Debug)]
pub(super) enum Pumped {
    /// Nothing is left to move.
    Done,
    /// Nobody takes it any more: the function is to be told.
    NobodyThere,
    /// It broke off.
    Failed(String),
}

/// What became of a request that is cancelled.
pub(super) struct Cancelled {
    /// The resource behind its answer, to be closed.
    pub(super) resource: Option<ResourceId>,
}

/// Requests over their processor time.
#[derive(Default)]
pub(super) struct OverCpu {
    /// Above the soft limit, with the release of each.
    pub(super) soft: Vec<u32>,
    /// Above the hard limit.
    pub(super) hard: Vec<u32>,
}

impl Requests {
    pub(super) fn new(function: Arc<Function>, kill: Arc<Kill>, slot: Arc<Slot>) -> Self {
        Self {
            function,
            kill,
            slot,
            active: HashMap::new(),
            begun: Vec::new(),
            logged_outside_bytes: 0,
            accrued: Duration::ZERO,
            look_at: Duration::MAX,
        }
    }

    /// Takes a request in under the number that JavaScript will name it by.
    pub(super) fn insert(&mut self, id: u32, invocation: Invocation, reply: ReplyTo) {
        self.logged_outside_bytes = 0;
        self.kill.serves(&invocation.release_id);
        self.look_at = self.look_at.min(self.accrued + self.soft_limit());
        let phase = Phase::Answering(reply);
        let accrued_before = self.accrued;
        let active = Active { invocation, phase, held: false, logged_bytes: 0, accrued_before, warned: false };
        self.active.insert(id, active);
    }

    /// Whether nothing is being served and nothing goes on in the background.
    pub(super) fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// How many requests are being served or go on in the background.
    pub(super) fn len(&self) -> usize {
        self.active.len()
    }

    pub(super) fn invocation(&mut self, id: u32) -> Result<&mut Invocation, JsErrorBox> {
        self.active
            .get_mut(&id)
            .map(|active| &mut active.invocation)
            .ok_or_else(|| JsErrorBox::type_error("The request is already answered"))
    }

    /// Where the console output of a request is counted, and the release that routed it.
    pub(super) fn log_budget(&mut self, id: u32) -> (&mut usize, &str) {
        match self.active.get_mut(&id) {
            Some(active) => (&mut active.logged_bytes, active.invocation.release_id.as_str()),
            // Outside of any request, or after it ended.
            None => (&mut self.logged_outside_bytes, ""),
        }
    }

    /// The release that routed a request, for the log.
    pub(super) fn release_of(&self, id: u32) -> &str {
        self.active.get(&id).map_or("", |active| active.invocation.release_id.as_str())
    }

    /// A release that is being served, for the log.
    pub(super) fn any_release(&self) -> &str {
        self.active.values().next().map_or("", |active| active.invocation.release_id.as_str())
    }

    /// Answers a request; whoever waits is told by the end of the slice. A second answer, or one after the deadline, has nobody waiting for it.
    ///
    /// What code says that is being ended is not an answer: the isolate's end is.
    pub(super) fn finish(&mut self, id: u32, reply: Result<Reply>) {
        if self.kill.reason().is_some() {
            return;
        }
        let Some(active) = self.active.remove(&id) else { return };
        match active.phase {
            Phase::Answering(to) => {
                self.slot.outbox.hold(to, reply);
                if active.held {
                    let phase = Phase::Background(Instant::now() + self.function.source().settings.wait_until);
                    self.active.insert(id, Active { phase, ..active });
                }
            }
            // The body is still being gathered: its request can be failed, but not answered anew.
            Phase::Streaming { abort, gathered: Some(to), .. } if reply.is_err() => {
                abort.abort();
                send(&to, reply);
            }
            _ => drop(self.active.insert(id, active)),
        }
    }

    /// Begins an answer whose body comes piece by piece from a resource. Answers whether there is somebody to take it.
    pub(super) fn stream(&mut self, id: u32, mut reply: Reply, rid: ResourceId, resource: Rc<dyn Resource>) -> bool {
        let streaming = self.function.source().settings.streaming;
        let Some(active) = self.active.get_mut(&id) else { return false };
        if !matches!(active.phase, Phase::Answering(_)) {
            return false;
        }
        let (abort, registration) = AbortHandle::new_pair();
        let phase = Phase::Streaming { abort, resource: rid, gathered: None };
        let Phase::Answering(sender) = std::mem::replace(&mut active.phase, phase) else { return false };
        let pump: LocalBoxFuture<'static, Pumped> = if streaming {
            let (pieces, receiver) = mpsc::channel(limits::FUNCTION_STREAM_PIECES);
            reply.body = ReplyBody::Stream(ReplyStream::new(receiver));
            sender.send(Ok(reply));
            Box::pin(pump(resource, pieces))
        } else {
            let to = Rc::new(Cell::new(Some(sender)));
            if let Phase::Streaming { gathered, .. } = &mut active.phase {
                *gathered = Some(Rc::clone(&to));
            }
            Box::pin(gather(resource, reply, to, failed(&self.function)))
        };
        self.begun.push(Box::pin(async move {
            // Aborted means that whoever aborted it has forgotten the request already.
            (id, Abortable::new(pump, registration).await.unwrap_or(Pumped::Done))
        }));
        true
    }

    /// The answers whose bodies have begun since this was last asked.
    pub(super) fn take_begun(&mut self) -> Vec<Pump> {
        std::mem::take(&mut self.begun)
    }

    /// The body of an answer has ended. Answers the resource it came from, to be closed.
    pub(super) fn stream_ended(&mut self, id: u32) -> Option<ResourceId> {
        let active = self.active.remove(&id)?;
        let Phase::Streaming { resource, .. } = active.phase else {
            self.active.insert(id, active);
            return None;
        };
        if active.held {
            let phase = Phase::Background(Instant::now() + self.function.source().settings.wait_until);
            self.active.insert(id, Active { phase, ..active });
        }
        Some(resource)
    }

    /// `waitUntil` was given its first promise, or the last of them has settled.
    pub(super) fn hold(&mut self, id: u32, held: bool) {
        let Some(active) = self.active.get_mut(&id) else { return };
        active.held = held;
        if !held && matches!(active.phase, Phase::Background(_)) {
            self.active.remove(&id);
        }
    }

    /// The client of a request is gone, or its time is over. Answers nothing if it was not waiting for anything any more.
    pub(super) fn cancel(&mut self, id: u32) -> Option<Cancelled> {
        let active = self.active.remove(&id)?;
        let resource = match &active.phase {
            Phase::Answering(_) => None,
            Phase::Streaming { abort, resource, .. } => {
                abort.abort();
                Some(*resource)
            }
            Phase::Background(_) => {
                self.active.insert(id, active);
                return None;
            }
        };
        if active.held {
            let phase = Phase::Background(Instant::now() + self.function.source().settings.wait_until);
            self.active.insert(id, Active { phase, ..active });
        }
        Some(Cancelled { resource })
    }

    /// When the first of the background work is over its time.
    pub(super) fn background_deadline(&self) -> Option<Instant> {
        let until = |active: &Active| match active.phase {
            Phase::Background(until) => Some(until),
            _ => None,
        };
        self.active.values().filter_map(until).min()
    }

    /// Forgets background work that is over its time; answers its numbers.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<u32> {
        let over = |active: &Active| matches!(active.phase, Phase::Background(until) if until <= now);
        self.active.extract_if(|_, active| over(active)).map(|(id, _)| id).collect()
    }

    /// Answers every request with an error: the isolate is lost.
    pub(super) fn fail_all(&mut self, error: &Error) {
        for (_, active) in self.active.drain() {
            match active.phase {
                Phase::Answering(to) => to.send(Err(error.clone())),
                Phase::Streaming { abort, gathered, .. } => {
                    abort.abort();
                    if let Some(to) = gathered {
                        send(&to, Err(error.clone()));
                    }
                }
                Phase::Background(_) => {}
            }
        }
    }

    fn soft_limit(&self) -> Duration {
        self.function.source().settings.cpu * limits::FUNCTION_CPU_SOFT_PERCENT / 100
    }

    /// Shares processor time out among the requests that are being served, and says which are over a limit.
    ///
    /// Code of several requests runs interleaved; which of them a slice belonged to is not known.
    pub(super) fn charge(&mut self, cpu: Duration) -> OverCpu {
        let mut over = OverCpu::default();
        let Ok(count @ 1..) = u32::try_from(self.active.len()) else { return over };
        self.accrued += cpu / count;
        if self.accrued < self.look_at {
            return over;
        }
        let (soft, hard) = (self.soft_limit(), self.function.source().settings.cpu);
        self.look_at = Duration::MAX;
        for (id, active) in &mut self.active {
            let used = self.accrued.saturating_sub(active.accrued_before);
            if used >= hard {
                over.hard.push(*id);
                continue;
            }
            if used >= soft && !active.warned {
                active.warned = true;
                over.soft.push(*id);
            }
            self.look_at = self.look_at.min(active.accrued_before + if active.warned { hard } else { soft });
        }
        over
    }
}

/// Hands a body on piece by piece, as fast as the client takes it.
async fn pump(resource: Rc<dyn Resource>, pieces: mpsc::Sender<Piece>) -> Pumped {
    loop {
        let view = match Rc::clone(&resource).read(limits::FUNCTION_STREAM_PIECE_BYTES).await {
            Ok(view) => view,
            Err(error) => return Pumped::Failed(error.to_string()),
        };
        let piece = match view.len() {
            0 => Piece::End,
            _ => Piece::Data(bytes::Bytes::copy_from_slice(&view)),
        };
        let end = matches!(piece, Piece::End);
        if pieces.send(piece).await.is_err() {
            return Pumped::NobodyThere;
        }
        if end {
            return Pumped::Done;
        }
    }
}

/// Gathers a body to its end, never holding more than the limit: an endless stream must fail, not fill memory.
async fn gather(resource: Rc<dyn Resource>, mut reply: Reply, to: Gathered, failed: Error) -> Pumped {
    let mut body = bytes::BytesMut::new();
    loop {
        match Rc::clone(&resource).read(limits::FUNCTION_STREAM_PIECE_BYTES).await {
            Ok(view) if view.is_empty() => break,
            Ok(view) if body.len() + view.len() > limits::FUNCTION_RESPONSE_BODY_BYTES_MAX => {
                send(&to, Err(too_large()));
                return Pumped::Done;
            }
            Ok(view) => body.extend_from_slice(&view),
            Err(error) => {
                send(&to, Err(failed.because(error)));
                return Pumped::Done;
            }
        }
    }
    reply.body = ReplyBody::Whole(body.freeze());
    send(&to, Ok(reply));
    Pumped::Done
}

fn send(to: &Gathered, reply: Result<Reply>) {
    if let Some(to) = to.take() {
        to.send(reply);
    }
}

/// The answer's body is more than a buffered one may be.
pub(super) fn too_large() -> Error {
    Error::new(Code::RoutedResponseTooLarge, "The function's response is larger than the limit.")
        .detail("limit_bytes", limits::FUNCTION_RESPONSE_BODY_BYTES_MAX)
}

/// The handler gave no answer: it threw.
pub(super) fn failed(function: &Function) -> Error {
    if function.source().class_ssr {
        return Error::new(Code::SsrRuntimeError, "The page could not be rendered.");
    }
    Error::new(Code::FunctionFailed, "The function failed.")
}
