//! The signature algorithms that are verified here (RFC 7518 section 3.1, RFC 8037, RFC 9864).

/// An algorithm. It belongs to a key; a token may only repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Algorithm {
    Hs256,
    Es256,
    Es384,
    Rs256,
    Ps256,
    Ed25519,
}

impl Algorithm {
    /// The algorithm of that name. Names are compared byte for byte: `None`, `nOnE` and `hs256` are none.
    ///
    /// `EdDSA` and `Ed25519` are one here, as no other curve of the former is known (RFC 9864 section 2.2).
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "HS256" => Self::Hs256,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            "EdDSA" | "Ed25519" => Self::Ed25519,
            _ => return None,
        })
    }

    /// Its name for the library that computes it.
    pub(super) fn of_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Es384 => jsonwebtoken::Algorithm::ES384,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Ed25519 => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

#[cfg(test)]
#[path = "algorithm_tests.rs"]
mod tests;
