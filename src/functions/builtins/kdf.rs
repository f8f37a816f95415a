//! Keys from passwords and from other keys, within the function's limits: they run on the isolate's thread and cannot be interrupted.
//! They write to memory that JavaScript made, because that is counted as the function's.

use super::hash::{algorithm, hmac_algorithm};
use crate::functions::ops::settings;
use crate::limits;
use aws_lc_rs::{digest, hmac, pbkdf2};
use deno_core::{OpState, op2};
use deno_error::JsErrorBox;
use std::num::NonZeroU32;

fn too_costly(what: &str, limit: impl std::fmt::Display) -> JsErrorBox {
    JsErrorBox::range_error(format!("{what} is above the function's limit of {limit}"))
}

fn check_length(length: usize) -> Result<(), JsErrorBox> {
    if length > limits::FUNCTION_KDF_OUTPUT_BYTES_MAX {
        return Err(too_costly("The key's length", limits::FUNCTION_KDF_OUTPUT_BYTES_MAX));
    }
    Ok(())
}

#[op2(fast)]
pub(super) fn op_node_pbkdf2(
    state: &mut OpState,
    #[string] name: &str,
    #[buffer] password: &[u8],
    #[buffer] salt: &[u8],
    #[smi] iterations: u32,
    #[buffer] key: &mut [u8],
) -> Result<(), JsErrorBox> {
    check_length(key.len())?;
    let most = settings(state).kdf_iterations_max;
    let blocks = key.len().div_ceil(algorithm(name).map_or(20, digest::Algorithm::output_len)).max(1);
    // Each block of the key costs all iterations again.
    if u64::from(iterations) * blocks as u64 > u64::from(most) {
        return Err(too_costly("The number of iterations", most));
    }
    let algorithm = match name {
        "sha1" => pbkdf2::PBKDF2_HMAC_SHA1,
        "sha256" => pbkdf2::PBKDF2_HMAC_SHA256,
        "sha384" => pbkdf2::PBKDF2_HMAC_SHA384,
        "sha512" => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err(JsErrorBox::type_error(format!("Invalid digest: {name}"))),
    };
    let iterations = NonZeroU32::new(iterations).ok_or_else(|| JsErrorBox::range_error("no iterations"))?;
    if !key.is_empty() {
        pbkdf2::derive(algorithm, iterations, salt, password, key);
    }
    Ok(())
}

/// RFC 5869. Its output is at most 255 digests long, so there is nothing to limit.
#[op2(fast)]
pub(super) fn op_node_hkdf(
    #[string] name: &str,
    #[buffer] secret: &[u8],
    #[buffer] salt: &[u8],
    #[buffer] info: &[u8],
    #[buffer] output: &mut [u8],
) -> Result<(), JsErrorBox> {
    let algorithm = hmac_algorithm(name).ok_or_else(|| JsErrorBox::type_error(format!("Invalid digest: {name}")))?;
    let extracted = hmac::sign(&hmac::Key::new(algorithm, salt), secret);
    let key = hmac::Key::new(algorithm, extracted.as_ref());
    if output.len() > 255 * extracted.as_ref().len() {
        return Err(JsErrorBox::range_error("Invalid key length"));
    }
    let mut block: Vec<u8> = Vec::new();
    for (piece, counter) in output.chunks_mut(extracted.as_ref().len()).zip(1..=255u8) {
        let mut context = hmac::Context::with_key(&key);
        context.update(&block);
        context.update(info);
        context.update(&[counter]);
        block = context.sign().as_ref().to_vec();
        piece.copy_from_slice(&block[..piece.len()]);
    }
    Ok(())
}

#[op2(fast)]
pub(super) fn op_node_scrypt(
    state: &mut OpState,
    #[buffer] password: &[u8],
    #[buffer] salt: &[u8],
    #[smi] log_n: u32,
    #[smi] r: u32,
    #[smi] p: u32,
    #[buffer] key: &mut [u8],
) -> Result<(), JsErrorBox> {
    check_length(key.len())?;
    let invalid = || JsErrorBox::range_error("Invalid scrypt params");
    let log_n = u8::try_from(log_n).ok().filter(|log_n| *log_n < 32).ok_or_else(invalid)?;
    // Each step of r hashes 128 bytes twice: about as much work as that many iterations of PBKDF2, in two passes over the memory.
    let n = 1u64 << log_n;
    let memory = n.saturating_mul(u64::from(r)).saturating_mul(128);
    let work = n.saturating_mul(u64::from(r)).saturating_mul(u64::from(p)).saturating_mul(2);
    let most = u64::from(settings(state).kdf_iterations_max);
    if memory > limits::FUNCTION_SCRYPT_BYTES_MAX {
        return Err(too_costly("The memory of scrypt in bytes", limits::FUNCTION_SCRYPT_BYTES_MAX));
    }
    if work > most {
        return Err(too_costly("The cost of scrypt (2 * N * r * p)", most));
    }
    if key.is_empty() {
        return Ok(());
    }
    // The last argument only says which length the crate would print.
    let params = scrypt::Params::new(log_n, r, p, 32).map_err(|_| invalid())?;
    scrypt::scrypt(password, salt, &params, key).map_err(|_| invalid())
}
