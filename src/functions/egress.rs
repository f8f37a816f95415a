//! Where a function may connect to: the public internet, not this machine and not its neighbours.
//!
//! deno_fetch checks every address a name resolves to against this list and connects only to an address it has checked, and it
//! does so again for each redirect (deno_core reference 4). Everything else a permission could grant stays denied.

use deno_permissions::{Host, NetDescriptor, Permissions, PermissionsContainer, RuntimePermissionDescriptorParser};
use std::sync::Arc;

/// Networks that are not the public internet (IANA special-purpose registries), and the IPv6 ranges that carry
/// an IPv4 address inside, through which one could be reached under another name.
const DENIED: [&str; 26] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/32",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// The permissions of every function.
pub(super) fn permissions() -> Result<PermissionsContainer, String> {
    let parser = Arc::new(RuntimePermissionDescriptorParser::new(sys_traits::impls::RealSys));
    let denied = DENIED
        .iter()
        .map(|network| network.parse().map(|network| NetDescriptor(Host::IpSubnet(network), None)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let mut permissions = Permissions::none_without_prompt();
    // An empty list of what is allowed means everything that is not denied.
    permissions.net = Permissions::new_unary(Some(Vec::new()), Some(denied), false);
    Ok(PermissionsContainer::new(parser, permissions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_denied_and_public_ones_are_not() {
        let mut permissions = permissions().unwrap();
        let mut allowed =
            |url: &str| permissions.check_net_url(&deno_core::url::Url::parse(url).unwrap(), "fetch()").is_ok();
        for url in [
            "http://127.0.0.1/",
            "http://127.1.2.3:8080/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[fd00::1]/",
            "http://0.0.0.0/",
        ] {
            assert!(!allowed(url), "{url} must be denied");
        }
        for url in ["http://1.1.1.1/", "https://example.com/", "http://[2606:4700:4700::1111]/"] {
            assert!(allowed(url), "{url} must be allowed");
        }
    }
}
