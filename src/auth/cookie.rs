//! The cookie of a session, as a client is given it (reference 2.6).

use super::credential::SESSION_COOKIE;
use super::session::{Session, SessionSecret};
use cookie::{Cookie, SameSite, time::Duration};

/// A session's cookie. `Debug` does not show it.
pub struct SessionCookie {
    value: String,
    seconds: u64,
}

impl SessionCookie {
    /// The cookie of a session that was just begun: its secret is known at no other time.
    pub fn new(session: &Session, secret: SessionSecret) -> Self {
        let value = format!("v1.{}.{}", session.id, secret.expose());
        Self { value, seconds: session.expires_at.saturating_sub(session.created_at) }
    }

    /// `name=value`, as clients send it.
    pub fn pair(&self) -> String {
        format!("{SESSION_COOKIE}={}", self.value)
    }

    /// The value of `Set-Cookie`. What the name's prefix promises is what browsers insist on: TLS, this host only, the whole site, no
    /// script. `Lax`, because a link from elsewhere is to find the user signed in, and a form from elsewhere is not.
    pub fn set_cookie(&self) -> String {
        let seconds = i64::try_from(self.seconds).unwrap_or(i64::MAX);
        Cookie::build((SESSION_COOKIE, self.value.as_str()))
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(Duration::seconds(seconds))
            .build()
            .to_string()
    }
}
