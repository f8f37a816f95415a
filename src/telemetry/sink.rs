//! Lines on their way to standard error: gathered by those who answer requests, written by a thread that does nothing else.
//!
//! One system call per line costs more than a small request. Lines that wait are written together, when there are many or when the
//! first has waited for [`limits::LOG_GATHER_MS`]. Whoever answers requests never waits for a log that is read slowly: when
//! [`limits::LOG_WAITING_BYTES_MAX`] are waiting, further lines are dropped, and counted.

use crate::limits;
use metrics::Counter;
use std::io::{self, Write};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const GATHER: Duration = Duration::from_millis(limits::LOG_GATHER_MS);
const FLUSH: Duration = Duration::from_millis(limits::LOG_FLUSH_MS_MAX);

/// Pause before standard error is tried again, if it is of the kind that does not let its writer wait.
const TRY_AGAIN: Duration = Duration::from_millis(5);

/// The lines of this process.
pub(super) static STDERR: Sink = Sink::new();

// Not before the first is dropped: what collects begins after the log does.
static DROPPED: LazyLock<Counter> = LazyLock::new(|| metrics::counter!("portico_access_lines_dropped_total"));

/// Where lines wait.
pub(super) struct Sink {
    state: Mutex<State>,
    /// The writer has something to do.
    called: Condvar,
    /// It has done it.
    done: Condvar,
}

struct State {
    /// Whole lines.
    lines: Vec<u8>,
    /// Lines for which there was no room.
    dropped: u64,
    writer: Writer,
    /// Somebody waits until everything is written.
    hurry: bool,
    /// Bytes that came, ever.
    taken: u64,
    /// Bytes of them that are done with.
    finished: u64,
}

/// What the writer is about, and so when it has to be called: a call is a system call.
enum Writer {
    /// It waits for a line.
    Asleep,
    /// It waits for more lines, and not for ever.
    Gathering,
    /// It is at work, or called.
    Busy,
}

impl Sink {
    const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                lines: Vec::new(),
                dropped: 0,
                writer: Writer::Busy,
                hurry: false,
                taken: 0,
                finished: 0,
            }),
            called: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// Takes a line, with its end. Never waits for whoever reads the log.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.lines.len() + line.len() > limits::LOG_WAITING_BYTES_MAX {
            state.dropped += 1;
            drop(state);
            return DROPPED.increment(1);
        }
        state.lines.extend_from_slice(line);
        state.taken += line.len() as u64;
        let call = match state.writer {
            Writer::Asleep => true,
            Writer::Gathering => state.lines.len() >= limits::LOG_WRITE_BYTES,
            Writer::Busy => false,
        };
        if call {
            state.writer = Writer::Busy;
            drop(state);
            self.called.notify_one();
        }
    }

    /// Waits until every line that was taken is written, or nobody can wait any longer.
    pub(super) fn flush(&self) {
        let mut state = self.lock();
        let target = state.taken;
        if state.finished >= target {
            return;
        }
        state.hurry = true;
        self.called.notify_one();
        // Whoever flushes is about to end the process: that the time is over changes nothing.
        drop(self.done.wait_timeout_while(state, FLUSH, |state| state.finished < target));
    }

    /// Writes what comes, for ever.
    fn run(&self, mut write: impl FnMut(&[u8]) -> io::Result<()>) {
        let mut lines = Vec::new();
        loop {
            self.turn(&mut lines, &mut write);
        }
    }

    /// Waits for lines and writes them. `lines` is memory to use again.
    fn turn(&self, lines: &mut Vec<u8>, write: &mut impl FnMut(&[u8]) -> io::Result<()>) {
        let mut state = self.gather();
        std::mem::swap(lines, &mut state.lines);
        let dropped = std::mem::take(&mut state.dropped);
        state.hurry = false;
        drop(state);
        let mut lost = 0;
        for lines in together(lines) {
            if write(lines).is_err() {
                lost += memchr::memchr_iter(b'\n', lines).count() as u64;
            }
        }
        if lost > 0 {
            DROPPED.increment(lost);
        } else if dropped > 0 {
            tracing::warn!(dropped, "access lines were dropped: the log is read too slowly");
        }
        let mut state = self.lock();
        state.finished += lines.len() as u64;
        if lost > 0 {
            // Not now: a log that cannot be written cannot say so either.
            state.dropped += dropped + lost;
        }
        drop(state);
        self.done.notify_all();
        // After a burst, a node that is idle again is as small as before.
        if lines.capacity() > limits::LOG_WRITE_BYTES_MAX {
            *lines = Vec::new();
        }
        lines.clear();
    }

    /// Waits until there are lines, and then until there are many or the first has waited long enough.
    fn gather(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        loop {
            state.writer = Writer::Gathering;
            let more = |state: &mut State| state.lines.len() < limits::LOG_WRITE_BYTES && !state.hurry;
            let waited = self.called.wait_timeout_while(state, GATHER, more);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if !state.lines.is_empty() || state.hurry {
                state.writer = Writer::Busy;
                return state;
            }
            // Nothing came for a while: from here on nothing wakes it but a line.
            state.writer = Writer::Asleep;
            let waited = self.called.wait_while(state, |state| state.lines.is_empty() && !state.hurry);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to write lines to standard error.
///
/// # Errors
/// When there can be no thread for it.
pub(super) fn start() -> io::Result<()> {
    let writer = || {
        loop {
            // The subscriber panics when what it has to say cannot be written. The log may be read again later.
            let _ = std::panic::catch_unwind(|| STDERR.run(to_stderr));
        }
    };
    thread::Builder::new().name("log".to_owned()).spawn(writer).map(drop)
}

/// Parts of so many whole lines as are written together. Between two, other lines of the log get their turn.
fn together(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if lines.is_empty() {
            return None;
        }
        let fits = &lines[..lines.len().min(limits::LOG_WRITE_BYTES_MAX)];
        // A line longer than that is still a line.
        let end = memchr::memrchr(b'\n', fits).or_else(|| memchr::memchr(b'\n', lines));
        let (now, later) = lines.split_at(end.map_or(lines.len(), |end| end + 1));
        lines = later;
        Some(now)
    })
}

/// Writes whole lines, under the lock that the rest of the log takes for each of its own: none gets into the middle of another.
fn to_stderr(mut lines: &[u8]) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    while !lines.is_empty() {
        match stderr.write(lines) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => lines = &lines[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::park_timeout(TRY_AGAIN),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "sink_tests.rs"]
mod tests;
