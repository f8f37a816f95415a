//! Reads a connection URL. What libpq knows of TLS and the driver does not (`verify-ca`, `verify-full`, `sslrootcert`) is taken out
//! before the driver reads the rest.
//!
//! | `sslmode` | what it does here (libpq's own meaning) |
//! |---|---|
//! | `disable` | no TLS |
//! | `prefer` (default) | TLS if the server has it, whoever it is; safe only on a network of one's own |
//! | `require` | TLS always, whoever the server is; with an `sslrootcert` as `verify-ca` |
//! | `verify-ca` | TLS, and a certificate of a known authority, whatever its name |
//! | `verify-full` | TLS, and a certificate of a known authority for this host. What to use over a network |
//!
//! Known authorities are those of the file `sslrootcert`, or without one (or with `system`) those of the machine. A Unix socket has no TLS.

use super::invalid;
use crate::config;
use crate::error::Error;
use crate::limits;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};

/// How far the server's certificate is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// Any certificate.
    Anyone,
    /// One of a known authority, for any name.
    Authority(Roots),
    /// One of a known authority for the host.
    Host(Roots),
}

/// Where the authorities are known from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// The machine's.
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// A connection URL, understood.
pub(super) struct Address {
    pub(super) driver: tokio_postgres::Config,
    pub(super) trust: Trust,
}

/// Reads a URL. Errors do not repeat any of it: it has a password.
pub(super) fn parse(url: &str, settings: &config::Auth) -> Result<Address, Error> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
    let rest = rest.ok_or_else(|| invalid("url", "The URL must begin with postgres:// or postgresql://."))?;
    let (base, mode, roots) = split(rest);
    let mut driver: tokio_postgres::Config = format!("postgres://{base}")
        .parse()
        .map_err(|_| invalid("url", "The URL is not a PostgreSQL connection URL."))?;
    if driver.get_hosts().is_empty() && driver.get_hostaddrs().is_empty() {
        return Err(invalid("url", "The URL names no host."));
    }
    let (ssl_mode, trust) = understand(mode.as_deref(), roots.as_deref())?;
    // A Unix socket has no TLS, whatever is asked for, as in libpq.
    let sockets =
        driver.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) && driver.get_hostaddrs().is_empty();
    driver.ssl_mode(if sockets { SslMode::Disable } else { ssl_mode });
    complete(&mut driver, settings);
    Ok(Address { driver, trust })
}

/// The URL without its TLS parameters, and these.
fn split(rest: &str) -> (String, Option<String>, Option<String>) {
    // As the driver does: what is before the first @ is the user and password, where a question mark means nothing.
    let host = rest.find('@').map_or(0, |at| at + 1);
    let Some(query) = rest.get(host..).and_then(|text| text.find('?')).map(|at| host + at) else {
        return (rest.to_owned(), None, None);
    };
    let (base, query) = rest.split_at(query);
    let (mut mode, mut roots, mut kept) = (None, None, Vec::new());
    for pair in query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(decode(value)),
            Some(("sslrootcert", value)) => roots = Some(decode(value)),
            _ => kept.push(pair),
        }
    }
    (if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) }, mode, roots)
}

fn decode(value: &str) -> String {
    // In a connection URL a plus is a plus.
    let form = format!("v={}", value.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}

fn understand(mode: Option<&str>, roots: Option<&str>) -> Result<(SslMode, Trust), Error> {
    let system = matches!(roots, None | Some("" | "system"));
    let known = match roots {
        Some(path) if !system => Roots::File(PathBuf::from(path)),
        _ => Roots::System,
    };
    match mode.unwrap_or(if roots == Some("system") { "verify-full" } else { "prefer" }) {
        "disable" => Ok((SslMode::Disable, Trust::Anyone)),
        "prefer" | "require" | "verify-ca" if roots == Some("system") => Err(invalid(
            "url",
            "`sslrootcert=system` needs `sslmode=verify-full`: otherwise any certificate that can be bought would do.",
        )),
        "prefer" => Ok((SslMode::Prefer, Trust::Anyone)),
        "require" if system => Ok((SslMode::Require, Trust::Anyone)),
        "require" | "verify-ca" => Ok((SslMode::Require, Trust::Authority(known))),
        "verify-full" => Ok((SslMode::Require, Trust::Host(known))),
        _ => Err(invalid("url", "`sslmode` must be disable, prefer, require, verify-ca or verify-full.")),
    }
}

/// What the driver leaves without a bound unless the URL says otherwise.
fn complete(driver: &mut tokio_postgres::Config, settings: &config::Auth) {
    if driver.get_application_name().is_none() {
        driver.application_name("portico");
    }
    if driver.get_connect_timeout().is_none() {
        // Half of what a look-up has: a second address, or a second host, gets a chance within it.
        driver.connect_timeout(Duration::from_millis(settings.lookup_timeout_ms / 2).max(Duration::from_millis(1)));
    }
    if driver.get_tcp_user_timeout().is_none() {
        // A connection that the network forgot breaks soon enough for the look-up to be made on another one.
        driver.tcp_user_timeout(Duration::from_millis(settings.lookup_timeout_ms / 2));
    }
    let driver_default = Duration::from_secs(2 * 60 * 60);
    if driver.get_keepalives_idle() == driver_default {
        driver.keepalives_idle(Duration::from_secs(limits::DATABASE_KEEPALIVE_SECONDS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(SslMode, Trust), Error> {
        parse(url, &config::Auth::default()).map(|address| (address.driver.get_ssl_mode(), address.trust))
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        let ca = || Roots::File("/etc/my ca+.pem".into());
        let cases = [
            ("", SslMode::Prefer, Trust::Anyone),
            ("?sslmode=disable", SslMode::Disable, Trust::Anyone),
            ("?sslmode=prefer", SslMode::Prefer, Trust::Anyone),
            ("?connect_timeout=3&sslmode=require", SslMode::Require, Trust::Anyone),
            ("?sslmode=require&sslrootcert=/etc/my%20ca+.pem", SslMode::Require, Trust::Authority(ca())),
            ("?sslrootcert=%2Fetc%2Fmy%20ca+.pem&sslmode=verify-ca", SslMode::Require, Trust::Authority(ca())),
            ("?sslmode=verify-full&sslrootcert=/etc/my%20ca%2B.pem", SslMode::Require, Trust::Host(ca())),
            ("?sslmode=verify-full", SslMode::Require, Trust::Host(Roots::System)),
            ("?sslrootcert=system", SslMode::Require, Trust::Host(Roots::System)),
        ];
        for (query, mode, trust) in cases {
            let url = format!("postgres://user:p%40ss@db.example:5433/name{query}");
            assert_eq!(read(&url).unwrap(), (mode, trust), "{query}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_without_being_repeated() {
        let cases = [
            "mysql://user:CANARY@h/x",
            "host=h password=CANARY",
            "postgres://user:CANARY@h/x?sslmode=allow",
            "postgres://user:CANARY@h/x?sslmode=Verify-Full",
            "postgres://user:CANARY@h/x?sslmode=require&sslrootcert=system",
            "postgres://user:CANARY@h/x?sslcert=CANARY",
            "postgres://user:CANARY@h:port/x",
            "postgres://user:CANARY@",
            "postgres:///x?password=CANARY",
            "",
        ];
        for url in cases {
            let Err(error) = read(url) else { panic!("{url} was accepted") };
            assert_eq!(error.code.as_str(), "INVALID_AUTH_SETTINGS");
            assert_eq!(error.path(), Some("database.url"), "{url}");
            assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
        }
    }

    #[test]
    fn a_password_may_have_a_question_mark_and_a_socket_has_no_tls() {
        let address = parse("postgres://u:a?sslmode=disable@h/x?sslmode=require", &config::Auth::default()).unwrap();
        assert_eq!(address.driver.get_password(), Some(b"a?sslmode=disable".as_slice()));
        assert_eq!(address.driver.get_ssl_mode(), SslMode::Require);
        assert_eq!(read("postgres://u@%2Frun%2Fpostgresql/x?sslmode=require").unwrap().0, SslMode::Disable);
    }

    #[test]
    fn nothing_is_without_a_bound() {
        let address = parse("postgres://u@h/x", &config::Auth::default()).unwrap();
        assert_eq!(address.driver.get_connect_timeout(), Some(&Duration::from_millis(1_000)));
        assert_eq!(address.driver.get_keepalives_idle(), Duration::from_secs(30));
        assert_eq!(address.driver.get_application_name(), Some("portico"));
        let address =
            parse("postgres://u@h/x?connect_timeout=7&application_name=mine", &config::Auth::default()).unwrap();
        assert_eq!(address.driver.get_connect_timeout(), Some(&Duration::from_secs(7)));
        assert_eq!(address.driver.get_application_name(), Some("mine"));
    }
}
