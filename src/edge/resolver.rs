//! Addresses of an upstream's name.
//!
//! Pingora resolves names while a request waits, on the thread that serves other requests, and panics when it
//! cannot. Here a name is resolved beside the requests, remembered for a while, and its old addresses are used
//! while it cannot be resolved.

use crate::limits;
use arc_swap::ArcSwapOption;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Where a name leads.
#[derive(Debug)]
struct Addresses {
    all: Vec<SocketAddr>,
    resolved: Instant,
}

impl Addresses {
    fn age_at_most(&self, seconds: u64) -> bool {
        self.resolved.elapsed() <= Duration::from_secs(seconds)
    }
}

/// The addresses of one `host:port`.
#[derive(Debug)]
pub(super) struct Resolver {
    name: String,
    known: ArcSwapOption<Addresses>,
    /// Where to begin: moves on when a connection fails, so that an address that is down costs one request and not each.
    first: AtomicUsize,
    resolving: Mutex<()>,
    literal: bool,
}

impl Resolver {
    /// `address` is `host:port`, or an address that needs no resolving.
    pub(super) fn new(address: &str) -> Self {
        let literal = address.parse::<SocketAddr>().ok();
        let known = literal.map(|address| Arc::new(Addresses { all: vec![address], resolved: Instant::now() }));
        Self {
            name: address.to_owned(),
            known: ArcSwapOption::new(known),
            first: AtomicUsize::new(0),
            resolving: Mutex::new(()),
            literal: literal.is_some(),
        }
    }

    /// The address to connect to.
    pub(super) async fn address(&self) -> io::Result<SocketAddr> {
        let addresses = self.addresses().await?;
        let index = self.first.load(Ordering::Relaxed) % addresses.all.len().max(1);
        addresses.all.get(index).copied().ok_or_else(|| io::Error::other("the name has no address"))
    }

    /// Notes that nothing can be reached at `address`, so that the next attempt goes elsewhere. Gives how many other addresses
    /// there are.
    pub(super) fn failed(&self, address: IpAddr) -> usize {
        let known = self.known.load();
        let Some(addresses) = known.as_ref().filter(|addresses| addresses.all.len() > 1) else {
            return 0;
        };
        let first = self.first.load(Ordering::Relaxed);
        if addresses.all[first % addresses.all.len()].ip() == address {
            // Another request may have moved on at the same time; then it has moved on.
            let _ = self.first.compare_exchange(first, first.wrapping_add(1), Ordering::Relaxed, Ordering::Relaxed);
        }
        addresses.all.len() - 1
    }

    async fn addresses(&self) -> io::Result<Arc<Addresses>> {
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        // Those who find the addresses stale while somebody resolves already go on with them.
        let resolving = match self.resolving.try_lock() {
            Ok(resolving) => resolving,
            Err(_) => match self.usable() {
                Some(old) => return Ok(old),
                None => self.resolving.lock().await,
            },
        };
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let resolved = self.resolve().await;
        drop(resolving);
        match resolved {
            Ok(all) => {
                let addresses = Arc::new(Addresses { all, resolved: Instant::now() });
                self.known.store(Some(Arc::clone(&addresses)));
                Ok(addresses)
            }
            Err(error) => {
                tracing::warn!(name = self.name, %error, "an upstream's name cannot be resolved");
                self.usable().ok_or(error)
            }
        }
    }

    async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let limit = Duration::from_secs(limits::UPSTREAM_RESOLVE_SECONDS_MAX);
        let found = tokio::time::timeout(limit, tokio::net::lookup_host(self.name.as_str())).await;
        let all: Vec<_> = found.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??.collect();
        if all.is_empty() { Err(io::Error::other("the name has no address")) } else { Ok(all) }
    }

    fn fresh(&self) -> Option<Arc<Addresses>> {
        self.known.load_full().filter(|known| self.literal || known.age_at_most(limits::UPSTREAM_ADDRESS_SECONDS))
    }

    fn usable(&self) -> Option<Arc<Addresses>> {
        self.known.load_full().filter(|known| known.age_at_most(limits::UPSTREAM_STALE_ADDRESS_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_needs_no_resolving() {
        let resolver = Resolver::new("127.0.0.1:81");
        assert_eq!(resolver.address().await.unwrap(), "127.0.0.1:81".parse().unwrap());
        assert_eq!(resolver.address().await.unwrap(), "127.0.0.1:81".parse().unwrap());
        assert_eq!(resolver.failed([127, 0, 0, 1].into()), 0);
    }

    #[tokio::test]
    async fn a_name_that_leads_nowhere_is_an_error() {
        assert!(Resolver::new("no-such-name.invalid:80").address().await.is_err());
    }

    #[tokio::test]
    async fn an_address_that_is_down_is_left_for_the_next() {
        let resolver = Resolver::new("two.invalid:80");
        let all: Vec<SocketAddr> = vec!["192.0.2.1:80".parse().unwrap(), "192.0.2.2:80".parse().unwrap()];
        resolver.known.store(Some(Arc::new(Addresses { all: all.clone(), resolved: Instant::now() })));
        assert_eq!(resolver.address().await.unwrap(), all[0]);
        assert_eq!(resolver.failed(all[0].ip()), 1);
        assert_eq!(resolver.address().await.unwrap(), all[1]);
        // Late news of the same failure does not move back.
        assert_eq!(resolver.failed(all[0].ip()), 1);
        assert_eq!(resolver.address().await.unwrap(), all[1]);
    }
}
