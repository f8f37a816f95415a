//! Hosts: one spelling each, and the table from host to project.
//!
//! A `Host` header, an SNI name and a binding made by an operator name the same host in many ways: case, a port, a
//! trailing dot. All of them go through [`normalize`] before they are compared, and what is not a host name at all
//! never gets to the table.

use super::lookup::Lookup;
use std::borrow::Cow;
use std::net::Ipv6Addr;

/// Longest host name, in bytes (RFC 1035, 2.3.4; without the trailing dot).
const HOST_BYTES_MAX: usize = 253;

/// Longest label of a host name, in bytes (RFC 1035, 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// The one spelling of a host: no port, no trailing dot, ASCII lower case; an IPv6 address in brackets, in the form of
/// RFC 5952. `None` for what is not a host. Underscores are allowed, because real host names have them.
///
/// Borrows when `host` is already in that form, or is it after cutting off its end.
pub fn normalize(host: &str) -> Option<Cow<'_, str>> {
    if let Some(rest) = host.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        if !after.is_empty() {
            check_port(after.strip_prefix(':')?)?;
        }
        return normalize_ipv6(&host[..address.len() + 2], address);
    }
    let name = match host.split_once(':') {
        Some((name, port)) => {
            check_port(port)?;
            name
        }
        None => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > HOST_BYTES_MAX || !name.split('.').all(is_label) {
        return None;
    }
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some(Cow::Owned(name.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(name))
}

fn normalize_ipv6<'h>(bracketed: &'h str, address: &str) -> Option<Cow<'h, str>> {
    let canonical = format!("[{}]", address.parse::<Ipv6Addr>().ok()?);
    Some(if canonical == bracketed { Cow::Borrowed(bracketed) } else { Cow::Owned(canonical) })
}

/// A port is digits; it may be empty (RFC 3986, 3.2.3).
fn check_port(port: &str) -> Option<()> {
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    (digits && (port.is_empty() || port.parse::<u16>().is_ok())).then_some(())
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// From normalised host to what it leads to. Immutable.
///
/// The hash is keyed at random by the standard library: hosts come from the network.
#[derive(Debug, Clone)]
pub struct HostTable<T> {
    hosts: Lookup<T>,
    catch_all: Option<T>,
}

impl<T> HostTable<T> {
    /// A table of normalised hosts. `catch_all` answers for every other host.
    pub fn new(hosts: impl IntoIterator<Item = (String, T)>, catch_all: Option<T>) -> Self {
        let hosts = hosts.into_iter().map(|(host, leads_to)| (host.into_boxed_str(), leads_to)).collect();
        Self { hosts, catch_all }
    }

    /// What a normalised host leads to. Allocates nothing.
    pub fn lookup(&self, normalized: &str) -> Option<&T> {
        self.hosts.get(normalized).or(self.catch_all.as_ref())
    }

    /// How many hosts the table names.
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Whether the table names no host.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_host_has_one_spelling() {
        for (host, normalized) in [
            ("example.com", "example.com"),
            ("EXAMPLE.Com", "example.com"),
            ("example.com.", "example.com"),
            ("example.com:8080", "example.com"),
            ("Example.com.:443", "example.com"),
            ("example.com:", "example.com"),
            ("localhost", "localhost"),
            ("_acme.example.com", "_acme.example.com"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[0:0::1]:8080", "[::1]"),
            ("[2001:DB8::A]", "[2001:db8::a]"),
        ] {
            assert_eq!(normalize(host).as_deref(), Some(normalized), "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let long_label = format!("{}.com", "a".repeat(64));
        let long_name = format!("{}com", "abcdefg.".repeat(32));
        for host in [
            "",
            ".",
            "..",
            ".com",
            "a..b",
            "a.b..",
            "exam ple.com",
            "example.com/x",
            "user@example.com",
            "bücher.example",
            "-a.com",
            "a-.com",
            ":80",
            "a:b",
            "a:99999",
            "a:80:80",
            "a:+80",
            "[::1",
            "[]",
            "[::1]80",
            "[::1]:x",
            "[fe80::1%25eth0]",
            "::1",
            "a\0b",
            "a,b",
            "a;b",
            &long_label,
            &long_name,
        ] {
            assert_eq!(normalize(host), None, "{host}");
        }
    }

    #[test]
    fn a_normalised_host_is_borrowed() {
        for host in ["example.com", "example.com:80", "example.com.", "[::1]", "[::1]:80"] {
            assert!(matches!(normalize(host), Some(Cow::Borrowed(_))), "{host}");
        }
    }

    #[test]
    fn a_catch_all_answers_for_hosts_that_are_not_named() {
        let hosts = || [("a.example".to_owned(), 1)];
        let table = HostTable::new(hosts(), None);
        assert_eq!((table.lookup("a.example"), table.lookup("b.example")), (Some(&1), None));
        let table = HostTable::new(hosts(), Some(2));
        assert_eq!((table.lookup("a.example"), table.lookup("b.example")), (Some(&1), Some(&2)));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(host in "[a-zA-Z0-9:._\\[\\]-]{0,40}") {
            if let Some(once) = normalize(&host) {
                let twice = normalize(&once);
                prop_assert_eq!(twice.as_deref(), Some(&*once));
            }
        }

        #[test]
        fn any_text_is_taken(host in ".*") {
            let _ = normalize(&host);
        }
    }
}
