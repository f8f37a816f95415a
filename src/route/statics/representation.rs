//! The forms a file can be sent in, with everything that is said about each.
//!
//! All values are made when a release becomes live: a request copies references.

use crate::digest::Digest;
use crate::route::encoding::{Accepted, Coding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use serde::{Serialize, Serializer};
use std::fmt;

/// The value of a header field: ASCII, so that it is text as well.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldValue(HeaderValue);

impl FieldValue {
    /// A field of this text; empty if it cannot be one. A release is checked, so that it can.
    pub fn new(text: &str) -> Self {
        Self(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("")))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// As it is sent. Copying it copies a reference.
    pub const fn as_header(&self) -> &HeaderValue {
        &self.0
    }
}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq<&str> for FieldValue {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for FieldValue {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An encoded form of a file, as the table is built from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// How it is encoded.
    pub coding: Coding,
    /// Its bytes, by name.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// One form of a file: its bytes as they are, or encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representation {
    /// How it is encoded, if it is.
    pub coding: Option<Coding>,
    /// Its bytes, by name.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// `ETag`, with its quotes: `"sha256-<hex>"`. Strong, and another one for each form, as their bytes differ.
    pub etag: FieldValue,
    /// `Content-Length`.
    pub content_length: FieldValue,
    /// `Content-Digest` or, beside a part of it, `Repr-Digest` (RFC 9530): `sha-256=:<base64>:`.
    pub digest: FieldValue,
}

impl Representation {
    /// The form of these bytes.
    pub fn new(coding: Option<Coding>, sha256: Digest, size: u64) -> Self {
        Self {
            coding,
            sha256,
            size,
            etag: FieldValue::new(&format!("\"sha256-{sha256}\"")),
            content_length: FieldValue::new(&size.to_string()),
            digest: FieldValue::new(&format!("sha-256=:{}:", STANDARD.encode(sha256.as_bytes()))),
        }
    }
}

/// The forms of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representations {
    /// Its bytes as they are.
    pub identity: Representation,
    /// Its encoded forms, one of a coding.
    pub encoded: Vec<Representation>,
}

impl Representations {
    /// The forms of a file with this content.
    pub fn new(sha256: Digest, size: u64, encoded: &[Encoded]) -> Self {
        let form = |form: &Encoded| Representation::new(Some(form.coding), form.sha256, form.size);
        Self { identity: Representation::new(None, sha256, size), encoded: encoded.iter().map(form).collect() }
    }

    /// Whether what is sent depends on `Accept-Encoding`.
    pub fn vary(&self) -> bool {
        !self.encoded.is_empty()
    }

    /// The form to send.
    pub fn choose(&self, accepted: &Accepted) -> &Representation {
        let there = self.encoded.iter().filter_map(|form| Some((form.coding?, form.size)));
        let coding = accepted.choose(self.identity.size, there);
        self.encoded.iter().find(|form| coding.is_some() && form.coding == coding).unwrap_or(&self.identity)
    }
}
