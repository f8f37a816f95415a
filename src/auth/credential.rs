//! What a client presents: a bearer token, a session's cookie, and where the request came from.

/// The name of the session's cookie. Browsers take it only over TLS, for one host and its whole path, and show it to no script.
pub const SESSION_COOKIE: &str = "__Host-Http-r402_session";

/// What the `Authorization` fields of a request hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer<'r> {
    /// No bearer token. Another scheme is the function's own business.
    None,
    /// One.
    Token(&'r str),
    /// More than one field, or one that no token is in: whoever reads it another way would see another user.
    Unclear,
}

/// Reads the values of `Authorization` (RFC 6750 section 2.1). A value that is no text has to be given as `None`.
pub fn bearer<'r>(mut values: impl Iterator<Item = Option<&'r str>>) -> Bearer<'r> {
    let Some(first) = values.next() else { return Bearer::None };
    if values.next().is_some() {
        return Bearer::Unclear;
    }
    let Some(value) = first else { return Bearer::Unclear };
    // With a tab it is no token to us, and may be one to the function.
    let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Bearer::None;
    }
    let token = rest.trim_matches(' ');
    match token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) || token.contains(',') {
        true => Bearer::Unclear,
        false => Bearer::Token(token),
    }
}

/// What the session's cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie<'r> {
    /// There is none.
    None,
    /// One session: its public id and the secret.
    Session {
        /// Names the session.
        id: &'r str,
        /// Proves it.
        secret: &'r str,
    },
    /// Something else, or two that differ.
    Unclear,
}

/// Finds the session's cookie, `v1.<id>.<secret>` (reference 2.6), in the values of `Cookie`. The name is compared with its case: prefixes
/// of names mean something to browsers only as they are written.
///
/// Only the space and the tab count as white space: a name that begins with any other is another name to browsers, which would let a page
/// of a neighbouring domain set it. Pairs that are no text are other cookies, and cost nobody a session.
pub fn session_cookie<'r>(values: impl Iterator<Item = &'r [u8]>) -> Cookie<'r> {
    let pairs = values
        .flat_map(|value| value.split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    let mut found: Option<&str> = None;
    for (_, value) in pairs.filter(|(name, _)| *name == SESSION_COOKIE) {
        if found.is_some_and(|before| before != value) {
            return Cookie::Unclear;
        }
        found = Some(value);
    }
    let Some(value) = found else { return Cookie::None };
    let mut parts = value.split('.');
    let is_part = |part: &str| {
        (1..=crate::limits::SESSION_PART_BYTES_MAX).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("v1"), Some(id), Some(secret), None) if is_part(id) && is_part(secret) => Cookie::Session { id, secret },
        _ => Cookie::Unclear,
    }
}

/// The value of `Cookie` without the session: what others than this node are told of it. `None` when nothing is left.
pub fn without_session(value: &[u8]) -> Option<Vec<u8>> {
    let is_session = |pair: &&[u8]| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        name.trim_ascii() == SESSION_COOKIE.as_bytes()
    };
    let kept: Vec<&[u8]> =
        value.split(|byte| *byte == b';').filter(|pair| !is_session(pair)).map(<[u8]>::trim_ascii).collect();
    let kept: Vec<&[u8]> = kept.into_iter().filter(|pair| !pair.is_empty()).collect();
    (!kept.is_empty()).then(|| kept.join(&b"; "[..]))
}

/// Whether a value of `Cookie` has a session in it.
pub fn has_session(value: &[u8]) -> bool {
    memchr::memmem::find(value, SESSION_COOKIE.as_bytes()).is_some()
}

/// Whether a request with a cookie that changes something came from a page of the same origin (reference 2.6): by `Origin`, and only
/// without one by `Referer`. Without either, or with `null`, it did not.
///
/// `authority` is the request's host and port. A proxy in front may have ended TLS, so that `https` is right although this connection
/// has none; the other way round it is not.
pub fn is_same_origin(origin: Option<&str>, referer: Option<&str>, authority: &str, secure: bool) -> bool {
    let Some(said) = origin.or(referer) else { return false };
    let Some((scheme, rest)) = said.split_once("://") else { return false };
    let default_port = match (scheme, secure) {
        ("https", _) => ":443",
        ("http", false) => ":80",
        _ => return false,
    };
    // An origin ends with its port; a referer goes on.
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if (origin.is_some() && end != rest.len()) || rest[..end].contains('@') {
        return false;
    }
    let plain = |authority: &str| authority.strip_suffix(default_port).unwrap_or(authority).to_ascii_lowercase();
    !rest[..end].is_empty() && plain(&rest[..end]) == plain(authority)
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
