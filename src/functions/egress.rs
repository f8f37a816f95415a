//! Where a function may connect to: the public internet, not this machine and not its neighbours.
//!
//! [`Policy`] judges addresses. It is asked three times: for an address written in a URL before anything is sent, for every
//! address a name resolves to, and by deno_fetch's connector, which connects only to addresses it was given by that resolver: a second
//! look-up that answers something else (DNS rebinding) does not happen. Redirects go the same way from the start.
//!
//! One address of this machine is different: the [door](crate::api::door), the listener that this node has for its functions. Who writes
//! exactly its address and port into a URL gets a client that connects there and nowhere else; for all others it is as closed as its
//! neighbours.

use crate::config::{Config, Network};
use crate::limits;
use deno_fetch::dns::{Resolve, Resolver, Resolving};
use deno_fetch::{Client, Options, create_client_from_options};
use deno_permissions::{Host, NetDescriptor, Permissions, PermissionsContainer, RuntimePermissionDescriptorParser};
use hyper_util::client::legacy::connect::dns::Name;
use ipnet::IpNet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::Url;

/// Networks that are not the public internet (IANA's registries of special-purpose addresses). Of IPv6 only global unicast (2000::/3) is, without
/// the ranges that carry an IPv4 address within, through which one could be reached under another name.
const DENIED: [&str; 28] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Unspecified, loopback, IPv4-compatible and -translated, NAT64, discard-only.
    "::/3",
    // Unassigned; unique local, link-local, site-local and multicast are at its end.
    "4000::/2",
    "8000::/1",
    // IETF protocols: Teredo, benchmarking, ORCHID.
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3ffe::/16",
    "3fff::/20",
    "5f00::/16",
];

/// IPv4 addresses as a NAT64 gateway is asked for them (RFC 6052).
const NAT64: &str = "64:ff9b::/96";

/// What a function is told; it learns nothing of the address or of what stands behind it.
pub(super) const NOT_ALLOWED: &str = "destination not allowed";

/// Which addresses functions may reach.
#[derive(Debug)]
pub(super) struct Policy {
    allowed: Vec<IpNet>,
    denied: Vec<IpNet>,
    nat64: Option<IpNet>,
    /// The listener of the deploy API, which nothing in the configuration opens to functions.
    api: Option<SocketAddr>,
    /// The listener for functions.
    door: Option<SocketAddr>,
}

impl Policy {
    /// The policy of a node.
    fn new(allowed: &[IpNet], api: Option<SocketAddr>) -> Self {
        // All of them parse: a test looks.
        let denied = DENIED.iter().filter_map(|network| network.parse().ok()).collect();
        Self { allowed: allowed.to_vec(), denied, nat64: NAT64.parse().ok(), api, door: None }
    }

    /// The client that may have a URL, if any may. What a name in it resolves to is judged later.
    pub(super) fn way_to(&self, url: &Url) -> Option<Way> {
        if self.is_door(url) {
            return Some(Way::Door);
        }
        self.allows_host_of(url).then_some(Way::Out)
    }

    fn is_door(&self, url: &Url) -> bool {
        let Some(door) = self.door else { return false };
        let address = match url.host() {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(address),
            // A name could lead elsewhere by the time it is resolved.
            Some(url::Host::Domain(_)) | None => return false,
        };
        url.scheme() == "http" && url.port_or_known_default() == Some(door.port()) && address == door.ip()
    }

    /// Whether functions may connect to an address.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if let (Some(nat64), IpAddr::V6(v6)) = (&self.nat64, address)
            && nat64.contains(&address)
        {
            // Whoever allows the gateway does not mean the private addresses behind it.
            let [.., a, b, c, d] = v6.octets();
            return self.is_listed(address) && self.allows(Ipv4Addr::new(a, b, c, d).into());
        }
        self.is_listed(address) || !(self.denied.iter().any(|network| network.contains(&address)) || is_own(address))
    }

    /// Whether functions may connect to the host of a URL, as far as that can be said without resolving its name.
    fn allows_host_of(&self, url: &Url) -> bool {
        let address = match url.host() {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(address),
            Some(url::Host::Domain(name)) => return !name.is_empty(),
            None => return false,
        };
        let is_api = self.api.is_some_and(|api| {
            Some(api.port()) == url.port_or_known_default()
                && (api.ip().is_unspecified()
                    || api.ip() == address.to_canonical()
                    // Which the system takes for this machine.
                    || address.to_canonical().is_unspecified())
        });
        !is_api && self.allows(address)
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(&address))
    }

    /// The same rules for the connector, which knows the port as well; without the addresses of this machine.
    fn permissions(&self) -> PermissionsContainer {
        let mut denied: Vec<IpNet> = self.denied.clone();
        for allowed in &self.allowed {
            denied = denied.into_iter().flat_map(|network| without(network, allowed)).collect();
        }
        let mut denied: Vec<_> =
            denied.into_iter().map(|network| NetDescriptor(Host::IpSubnet(network), None)).collect();
        if let Some(api) = self.api {
            let networks = match api.ip() {
                address if !address.is_unspecified() => {
                    vec![address, Ipv4Addr::UNSPECIFIED.into(), ANY_V6.addr()].into_iter().map(IpNet::from).collect()
                }
                _ => vec![IpNet::new_assert(Ipv4Addr::UNSPECIFIED.into(), 0), ANY_V6],
            };
            let port = Some(u32::from(api.port()));
            denied.extend(networks.into_iter().map(|network| NetDescriptor(Host::IpSubnet(network), port)));
        }
        permissions(denied)
    }

    /// The rules of a connector that reaches the door's address only.
    fn permissions_of_door(&self) -> PermissionsContainer {
        let door = self.door.map(|door| IpNet::from(door.ip()));
        let everything = [IpNet::new_assert(Ipv4Addr::UNSPECIFIED.into(), 0), ANY_V6];
        let denied = everything.into_iter().flat_map(|network| match &door {
            Some(door) => without(network, door),
            None => vec![network],
        });
        permissions(denied.map(|network| NetDescriptor(Host::IpSubnet(network), None)).collect())
    }
}

/// Which client has a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To other machines.
    Out,
    /// To this node's own listener for functions.
    Door,
}

/// Lets a connector pass everything that is not denied.
fn permissions(denied: Vec<NetDescriptor>) -> PermissionsContainer {
    let parser = Arc::new(RuntimePermissionDescriptorParser::new(sys_traits::impls::RealSys));
    let mut permissions = Permissions::none_without_prompt();
    // An empty list of what is allowed means everything that is not denied.
    permissions.net = Permissions::new_unary(Some(Vec::new()), Some(denied), false);
    PermissionsContainer::new(parser, permissions)
}

const ANY_V6: IpNet = IpNet::V6(ipnet::Ipv6Net::new_assert(std::net::Ipv6Addr::UNSPECIFIED, 0));

/// The parts of a network that are not in another.
fn without(network: IpNet, hole: &IpNet) -> Vec<IpNet> {
    if hole.contains(&network) {
        return Vec::new();
    }
    if !network.contains(hole) {
        return vec![network];
    }
    // Two networks either contain one another or have nothing in common, so the halves are whole or lead to the hole.
    match network.subnets(network.prefix_len() + 1) {
        Ok(halves) => halves.flat_map(|half| without(half, hole)).collect(),
        Err(_) => vec![network],
    }
}

/// Whether an address is one of this machine's. The system is asked how it would get there: what is its own it reaches from the
/// same address. That sends nothing, and an interface that comes up later is known at once.
fn is_own(address: IpAddr) -> bool {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { ANY_V6.addr() };
    let source = UdpSocket::bind((any, 0)).and_then(|socket| {
        // No port of a datagram is ever used; it must only not be zero.
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    source.is_ok_and(|source| source.ip() == address)
}

/// The policy of this process: it is one node.
static POLICY: OnceLock<Arc<Policy>> = OnceLock::new();

/// Sets the policy of this process; the first one stays. `door` is the listener that functions may reach, if there is one.
pub fn configure_egress(config: &Config, door: Option<SocketAddr>) {
    let allowed: Vec<IpNet> = config.functions.egress_allow.iter().map(Network::net).collect();
    let policy = Policy { door, ..Policy::new(&allowed, Some(config.api_listen)) };
    let _ = POLICY.set(Arc::new(policy));
}

/// The policy of this process.
pub(super) fn policy() -> Arc<Policy> {
    Arc::clone(POLICY.get_or_init(|| Arc::new(Policy::new(&[], None))))
}

/// An HTTP client for one way, that keeps to a policy. It follows no redirects.
pub(super) fn client(policy: &Arc<Policy>, way: Way) -> Result<Client, String> {
    client_with(
        policy,
        way,
        Arc::new(CheckedResolver { policy: Arc::clone(policy), look_up: look_up as fn(String) -> Resolving }),
    )
}

fn client_with(policy: &Arc<Policy>, way: Way, resolver: Arc<dyn Resolve>) -> Result<Client, String> {
    let permissions = match way {
        Way::Out => policy.permissions(),
        Way::Door => policy.permissions_of_door(),
    };
    let options = Options {
        user_agent: "Portico".to_owned(),
        resolver: Resolver::custom(resolver),
        client_builder_hook: Some(|mut builder| {
            builder.pool_max_idle_per_host(limits::FETCH_IDLE_CONNECTIONS_PER_HOST_MAX);
            builder.pool_idle_timeout(Duration::from_secs(limits::FETCH_IDLE_SECONDS_MAX));
            // What one connection may hold of an answer that nobody reads.
            builder.http1_max_buf_size(limits::FETCH_CONNECTION_BYTES_MAX);
            builder.http2_initial_stream_window_size(limits::FETCH_CONNECTION_BYTES_MAX as u32);
            builder.http2_initial_connection_window_size(limits::FETCH_CONNECTION_BYTES_MAX as u32);
            builder
        }),
        ..Options::default()
    };
    create_client_from_options(&options, Some(permissions)).map_err(|error| error.to_string())
}

/// Resolves names, and refuses those that lead to an address that is not allowed. One is enough: a name with public and private
/// addresses is a mistake or an attack.
#[derive(Debug)]
struct CheckedResolver<F> {
    policy: Arc<Policy>,
    look_up: F,
}

impl<F> Resolve for CheckedResolver<F>
where
    F: Fn(String) -> Resolving + Send + Sync + std::fmt::Debug,
{
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        let answer = (self.look_up)(name.as_str().to_owned());
        Box::pin(async move {
            let addresses = answer.await?;
            if addresses.as_slice().iter().all(|address| policy.allows(address.ip())) {
                return Ok(addresses);
            }
            Err(io::Error::new(io::ErrorKind::PermissionDenied, NOT_ALLOWED))
        })
    }
}

/// Asks the system's resolver.
fn look_up(name: String) -> Resolving {
    Box::pin(async move {
        let addresses = tokio::net::lookup_host((name, 0)).await?;
        Ok(addresses.take(limits::FETCH_ADDRESSES_MAX).collect::<Vec<_>>().into_iter())
    })
}

#[cfg(test)]
#[path = "egress_tests.rs"]
mod tests;
