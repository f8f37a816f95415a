//! The processor time of a thread, readable from other threads.

#![allow(unsafe_code, reason = "thread clocks are part of the C library only")]

use std::mem::MaybeUninit;
use std::time::Duration;

/// The clock of one thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadClock {
    clock: libc::clockid_t,
    thread: libc::pid_t,
}

impl ThreadClock {
    /// The clock of the thread that calls.
    pub(super) fn of_this_thread() -> Option<Self> {
        let mut id = MaybeUninit::uninit();
        // SAFETY: the thread is alive, since it is this one, and `id` has room for what is written.
        let failed = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), id.as_mut_ptr()) };
        // SAFETY: written by the call when it did not fail.
        (failed == 0).then(|| Self { clock: unsafe { id.assume_init() }, thread: own_id() })
    }

    /// Lessens the thread's claim to the processor, for good: from 1, a little, to 19, to what nobody else wants.
    pub(super) fn stand_back(&self, by: libc::c_int) {
        // SAFETY: takes numbers only. A thread that has ended is an error, which does not matter.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, self.thread.cast_unsigned(), by) };
    }

    /// Lets the thread wait its turn when it is woken, instead of taking the processor from a thread that answers clients. What comes in
    /// meanwhile it then does in one go; without this, two threads on one processor change places for every request. While a processor
    /// is free nothing waits.
    pub(super) fn wait_its_turn(&self) {
        let parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: reads the parameters only. Where it is not allowed, all goes on as before.
        unsafe { libc::sched_setscheduler(self.thread, libc::SCHED_BATCH, &raw const parameters) };
    }

    /// What the thread has used; nothing once it has ended.
    pub(super) fn now(&self) -> Option<Duration> {
        let mut time = MaybeUninit::<libc::timespec>::uninit();
        // SAFETY: `time` has room for what is written; an unknown clock is an error, not undefined.
        let failed = unsafe { libc::clock_gettime(self.clock, time.as_mut_ptr()) };
        if failed != 0 {
            return None;
        }
        // SAFETY: written by the call, which did not fail.
        let time = unsafe { time.assume_init() };
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

fn own_id() -> libc::pid_t {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::gettid() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threads_clock_counts_its_work_and_not_its_sleep() {
        let clock = ThreadClock::of_this_thread().unwrap();
        let before = clock.now().unwrap();
        let mut x = 1_u64;
        while clock.now().unwrap() - before < Duration::from_millis(5) {
            x = std::hint::black_box(x.wrapping_mul(3));
        }
        let other = std::thread::spawn(move || clock.now().unwrap()).join().unwrap();
        assert!(other >= before + Duration::from_millis(5));
    }

    #[test]
    fn a_thread_that_waits_its_turn_says_so_to_the_kernel() {
        let policy = std::thread::spawn(|| {
            ThreadClock::of_this_thread().unwrap().wait_its_turn();
            // SAFETY: takes a number, and 0 is the thread that calls.
            unsafe { libc::sched_getscheduler(0) }
        });
        assert_eq!(policy.join().unwrap(), libc::SCHED_BATCH);
    }
}
