//! What a token says, once it is known to be good.

/// Claims of a verified token. Only what Portico or the platform's packages use (reference 2.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the user. A token of role `anon` may have none.
    pub subject: Option<Box<str>>,
    /// `role`: the system role (`anon`, `authenticated`, `service_role`, ...), not the one of a gate.
    pub role: Option<Box<str>>,
    /// `email`.
    pub email: Option<Box<str>>,
    /// `project_id`.
    pub project_id: Option<Box<str>>,
    /// `session_id`.
    pub session_id: Option<Box<str>>,
    /// `iss`.
    pub issuer: Option<Box<str>>,
    /// `jti`.
    pub token_id: Option<Box<str>>,
    /// `is_test`.
    pub is_test: bool,
    /// `auth_time`, in seconds since 1970.
    pub auth_time: Option<u64>,
    /// `amr`.
    pub amr: Vec<Box<str>>,
    /// `iat`, in seconds since 1970.
    pub issued_at: Option<u64>,
    /// `nbf`, in seconds since 1970.
    pub not_before: Option<u64>,
    /// `exp`, in seconds since 1970. Always there: a token without an end is refused.
    pub expires_at: u64,
    /// The `kid` of the key that verified it; empty when that key has none.
    pub key_id: Box<str>,
}
