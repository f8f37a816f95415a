//! Connections to an upstream that wait for their next request.
//!
//! The one that was used last is used next: it is the least likely to have been closed, and when there are fewer requests the others
//! grow old and are closed. The lock is held for a few instructions and never while anything waits.

use super::connection::Connection;
use crate::limits;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The unused connections to one upstream.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Idle>,
    max: usize,
    limit: Duration,
}

#[derive(Debug, Default)]
struct Idle {
    /// The last one was used last.
    connections: Vec<(Box<Connection>, Instant)>,
    swept: bool,
}

impl Pool {
    /// A pool of at most `max`, none of which is unused for longer than `limit`.
    pub(super) fn new(max: usize, limit: Duration) -> Self {
        Self { idle: Mutex::new(Idle::default()), max, limit }
    }

    /// A connection to this address that is still good.
    pub(super) fn take(&self, address: SocketAddr) -> Option<Box<Connection>> {
        loop {
            let (connection, since) = {
                let mut idle = self.idle();
                let index = idle.connections.iter().rposition(|(connection, _)| connection.address == address)?;
                idle.connections.remove(index)
            };
            // Whatever it is, those before it are older, but perhaps not closed.
            if since.elapsed() < self.limit && connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last answer is complete. Needs a running tokio runtime.
    pub(super) fn put(self: &Arc<Self>, mut connection: Box<Connection>) {
        if self.max == 0 || !connection.rest() {
            return;
        }
        let mut idle = self.idle();
        // The oldest makes room; it is closed outside of the lock.
        let oldest = (idle.connections.len() >= self.max).then(|| idle.connections.remove(0));
        idle.connections.push((connection, Instant::now()));
        let sweep = !std::mem::replace(&mut idle.swept, true);
        drop(idle);
        drop(oldest);
        if sweep {
            tokio::spawn(sweep_until_empty(Arc::downgrade(self)));
        }
    }

    /// Closes what is too old or was closed by the upstream, and says whether anything is left.
    fn sweep(&self) -> bool {
        let mut idle = self.idle();
        let all = std::mem::take(&mut idle.connections);
        let (kept, ended): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(connection, since)| since.elapsed() < self.limit && connection.is_quiet());
        idle.connections = kept;
        idle.swept = !idle.connections.is_empty();
        let left = idle.swept;
        drop(idle);
        drop(ended);
        left
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // Nothing is left half done when a thread panics within.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sweeps until there is nothing to sweep, so that an upstream that is no longer used costs nothing.
async fn sweep_until_empty(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(Duration::from_secs(limits::UPSTREAM_SWEEP_SECONDS)).await;
        if !pool.upgrade().is_some_and(|pool| pool.sweep()) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};

    const HOUR: Duration = Duration::from_secs(3600);

    /// A connection and the upstream's end of it.
    async fn connection(listener: &TcpListener) -> (Box<Connection>, TcpStream) {
        let near = Connection::open(listener.local_addr().unwrap()).await.unwrap();
        (near, listener.accept().await.unwrap().0)
    }

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Until the runtime has heard what the kernel knows.
    async fn heard(pool: &Pool) {
        for _ in 0..10_000 {
            if !pool.idle().connections.iter().all(|(connection, _)| connection.is_quiet()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("the end of a connection is not noticed");
    }

    fn port(connection: Option<Box<Connection>>) -> Option<u16> {
        connection.map(|connection| connection.local_port())
    }

    #[tokio::test]
    async fn the_last_used_is_used_next_and_the_oldest_makes_room() {
        let ((listener, address), pool) = (listener().await, Arc::new(Pool::new(2, HOUR)));
        let mut far = Vec::new();
        let mut ports = Vec::new();
        for _ in 0..3 {
            let (near, end) = connection(&listener).await;
            ports.push(near.local_port());
            far.push(end);
            pool.put(near);
        }
        assert_eq!(port(pool.take("127.0.0.1:1".parse().unwrap())), None);
        assert_eq!(port(pool.take(address)), Some(ports[2]));
        assert_eq!(port(pool.take(address)), Some(ports[1]));
        assert_eq!(port(pool.take(address)), None);
    }

    #[tokio::test]
    async fn one_that_was_closed_or_spoke_out_of_turn_is_not_used() {
        let ((listener, address), pool) = (listener().await, Arc::new(Pool::new(9, HOUR)));
        let (good, _good_end) = connection(&listener).await;
        let good_port = good.local_port();
        pool.put(good);
        let (closed, end) = connection(&listener).await;
        pool.put(closed);
        drop(end);
        heard(&pool).await;
        assert_eq!(port(pool.take(address)), Some(good_port));
        let (loud, mut end) = connection(&listener).await;
        pool.put(loud);
        end.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        heard(&pool).await;
        assert_eq!(port(pool.take(address)), None);
    }

    #[tokio::test]
    async fn one_that_is_too_old_is_not_used_and_swept() {
        let ((listener, address), pool) = (listener().await, Arc::new(Pool::new(9, Duration::ZERO)));
        let (near, _end) = connection(&listener).await;
        pool.put(near);
        assert_eq!(port(pool.take(address)), None);
        let (near, _end) = connection(&listener).await;
        pool.put(near);
        assert!(!pool.sweep());
        assert!(pool.idle().connections.is_empty());
    }
}
