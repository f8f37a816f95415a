//! Why a token is refused.

use std::fmt;

macro_rules! refusals {
    ($( $(#[$doc:meta])* $name:ident = $text:literal; )*) => {
        /// Why a token is refused. For the log and the metrics: a client learns only that it was.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal { $( $(#[$doc])* $name, )* }

        impl Refusal {
            /// Every reason, in the order of their declaration.
            pub const ALL: &'static [Refusal] = &[$( Refusal::$name, )*];

            /// The reason's stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $( Refusal::$name => $text, )* }
            }
        }
    };
}

refusals! {
    /// Longer than [`TOKEN_BYTES_MAX`](crate::limits::TOKEN_BYTES_MAX).
    TooLarge = "too_large";
    /// Not three base64url parts, or not two JSON objects in them, or an object that says something twice.
    Malformed = "malformed";
    /// The header has something that must be understood and is not: `crit`, `b64`, `cty`, `enc`, or a `typ` of something else than an access token.
    UnsupportedHeader = "unsupported_header";
    /// `alg` is none of those that are verified here; among them `none`.
    UnsupportedAlgorithm = "unsupported_algorithm";
    /// No issuer of the project has this name, and no key of the project's own fits.
    UnknownIssuer = "unknown_issuer";
    /// The issuer has no such key.
    UnknownKey = "unknown_key";
    /// The issuer has two keys of this name.
    AmbiguousKey = "ambiguous_key";
    /// The key is for another algorithm than the token names.
    AlgorithmMismatch = "algorithm_mismatch";
    /// The signature is not the key's.
    BadSignature = "bad_signature";
    /// A claim has the wrong type, is out of its range, or is missing.
    BadClaim = "bad_claim";
    /// It has ended, or never ends: `exp`.
    Expired = "expired";
    /// It has not begun: `nbf`.
    NotYetValid = "not_yet_valid";
    /// It was issued in the future: `iat`.
    IssuedInFuture = "issued_in_future";
    /// It is for somebody else: `aud`.
    WrongAudience = "wrong_audience";
    /// It is another project's: `project_id`.
    WrongProject = "wrong_project";
    /// The token, its key or its user was revoked.
    Revoked = "revoked";
    /// The issuer's keys cannot be had, so nothing is known about the token. The only reason that may be gone a moment later.
    KeysUnavailable = "keys_unavailable";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
