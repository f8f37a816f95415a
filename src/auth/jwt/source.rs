//! Where an issuer's keys are.

use std::fmt;
use std::path::PathBuf;
use url::{Host, Url};

/// Where a JWK Set is read.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// From a server.
    Url(Url),
    /// From a file of this machine.
    File(PathBuf),
}

impl Source {
    /// Reads an operator's text: an absolute path, or a URL that nobody between can change the answer of.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.starts_with('/') {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let url = Url::parse(text).map_err(|_| "must be an https URL or the absolute path of a file")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user or a password in it");
        }
        if is_trustworthy(&url) {
            Ok(Self::Url(url))
        } else {
            Err("must be https; http only for an address of this machine")
        }
    }
}

// A query may be a secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "{}{}", url.origin().ascii_serialization(), url.path()),
            Self::File(path) => path.fmt(f),
        }
    }
}

/// Whether what comes from `url` comes from its host: encrypted, or without leaving the machine.
fn is_trustworthy(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a server at `from` may send us on to `to`. A redirect never loosens what the operator wrote: neither out of encryption,
/// nor from elsewhere to this machine's own ports.
pub(super) fn may_lead(from: &Url, to: &Url) -> bool {
    is_trustworthy(to) && (is_loopback(from) || !is_loopback(to)) && to.username().is_empty() && to.password().is_none()
}
