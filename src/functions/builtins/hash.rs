//! Digests, HMAC and random numbers for `node:crypto`.

use super::tickets::{self, Ticket};
use aws_lc_rs::{constant_time, digest, hmac, rand};
use deno_core::convert::Uint8Array;
use deno_core::{GarbageCollected, OpState, op2, v8};
use deno_error::JsErrorBox;
use hmac_md5::Mac as _;
use md5::{Digest as _, Md5};
use std::cell::RefCell;
use std::ffi::CStr;

/// A digest by Node's name in lower case.
pub(super) fn algorithm(name: &str) -> Option<&'static digest::Algorithm> {
    Some(match name {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha224" => &digest::SHA224,
        "sha256" => &digest::SHA256,
        "sha384" => &digest::SHA384,
        "sha512" => &digest::SHA512,
        "sha512-256" => &digest::SHA512_256,
        "sha3-256" => &digest::SHA3_256,
        "sha3-384" => &digest::SHA3_384,
        "sha3-512" => &digest::SHA3_512,
        _ => return None,
    })
}

/// The algorithm of an HMAC by Node's name in lower case.
pub(super) fn hmac_algorithm(name: &str) -> Option<hmac::Algorithm> {
    Some(match name {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha224" => hmac::HMAC_SHA224,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return None,
    })
}

#[derive(Clone)]
enum State {
    Digest(digest::Context),
    Hmac(Box<hmac::Context>),
    // What aws-lc leaves out and old protocols need.
    Md5(Md5),
    HmacMd5(hmac_md5::Hmac<Md5>),
}

impl State {
    fn new(name: &str, key: Option<&[u8]>) -> Option<Self> {
        Some(match (name, key) {
            ("md5", None) => Self::Md5(Md5::new()),
            ("md5", Some(key)) => Self::HmacMd5(hmac_md5::Hmac::new_from_slice(key).ok()?),
            (_, None) => Self::Digest(digest::Context::new(algorithm(name)?)),
            (_, Some(key)) => {
                Self::Hmac(Box::new(hmac::Context::with_key(&hmac::Key::new(hmac_algorithm(name)?, key))))
            }
        })
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Digest(context) => context.update(data),
            Self::Hmac(context) => context.update(data),
            Self::Md5(context) => context.update(data),
            Self::HmacMd5(context) => context.update(data),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Digest(context) => context.finish().as_ref().to_vec(),
            Self::Hmac(context) => context.sign().as_ref().to_vec(),
            Self::Md5(context) => context.finalize().to_vec(),
            Self::HmacMd5(context) => context.finalize().into_bytes().to_vec(),
        }
    }
}

/// A digest that is being computed; nothing once it was taken.
pub(super) struct Hasher(RefCell<Option<(State, Ticket)>>);

// SAFETY: it holds nothing of V8, so there is nothing to trace.
#[allow(unsafe_code, reason = "V8's collector asks for it")]
unsafe impl GarbageCollected for Hasher {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static CStr {
        c"Hasher"
    }
}

fn unknown() -> JsErrorBox {
    JsErrorBox::generic("Digest method not supported")
}

/// A digest in one call.
#[op2]
pub(super) fn op_node_hash(#[string] name: &str, #[buffer] data: &[u8]) -> Result<Uint8Array, JsErrorBox> {
    let mut state = State::new(name, None).ok_or_else(unknown)?;
    state.update(data);
    Ok(state.finish().into())
}

/// Begins a digest, or an HMAC if there is a key.
#[op2]
#[cppgc]
pub(super) fn op_node_hash_new(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[string] name: &str,
    #[buffer] key: Option<&[u8]>,
) -> Result<Hasher, JsErrorBox> {
    let ticket = tickets::take(scope, state)?;
    State::new(name, key).map(|state| Hasher(RefCell::new(Some((state, ticket))))).ok_or_else(unknown)
}

/// Answers whether the digest was still open.
#[op2(fast)]
pub(super) fn op_node_hash_update(#[cppgc] hasher: &Hasher, #[buffer] data: &[u8]) -> bool {
    let mut state = hasher.0.borrow_mut();
    state.as_mut().map(|(state, _)| state.update(data)).is_some()
}

#[op2(fast)]
pub(super) fn op_node_hash_update_text(#[cppgc] hasher: &Hasher, #[string] text: &str) -> bool {
    let mut state = hasher.0.borrow_mut();
    state.as_mut().map(|(state, _)| state.update(text.as_bytes())).is_some()
}

#[op2]
#[cppgc]
pub(super) fn op_node_hash_copy(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[cppgc] hasher: &Hasher,
) -> Result<Hasher, JsErrorBox> {
    let ticket = tickets::take(scope, state)?;
    let copied = hasher.0.borrow().as_ref().map(|(state, _)| state.clone());
    let state = copied.ok_or_else(|| JsErrorBox::generic("Digest already called"))?;
    Ok(Hasher(RefCell::new(Some((state, ticket)))))
}

#[op2]
pub(super) fn op_node_hash_digest(#[cppgc] hasher: &Hasher) -> Result<Uint8Array, JsErrorBox> {
    let state = hasher.0.borrow_mut().take();
    state.map(|(state, _)| state.finish().into()).ok_or_else(|| JsErrorBox::generic("Digest already called"))
}

#[op2(fast)]
pub(super) fn op_node_random_fill(#[buffer] bytes: &mut [u8]) -> Result<(), JsErrorBox> {
    rand::fill(bytes).map_err(|_| JsErrorBox::generic("there are no random numbers"))
}

/// In a time that does not depend on where the two differ. Their lengths are equal.
#[op2(fast)]
pub(super) fn op_node_equal(#[buffer] one: &[u8], #[buffer] other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}
