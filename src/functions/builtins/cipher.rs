//! AES in the modes that packages use: CBC, CTR and GCM, each piece by piece.

use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit, KeyIvInit, StreamCipher};
use aes::{Aes128, Aes192, Aes256};
use aws_lc_rs::constant_time;
use deno_core::convert::Uint8Array;
use deno_core::{GarbageCollected, op2, v8};
use deno_error::JsErrorBox;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use std::cell::RefCell;
use std::ffi::CStr;

const BLOCK: usize = 16;

/// AES with a key of any length.
enum Aes {
    K128(Box<Aes128>),
    K192(Box<Aes192>),
    K256(Box<Aes256>),
}

impl Aes {
    fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::K128(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => Self::K192(Box::new(Aes192::new_from_slice(key).ok()?)),
            32 => Self::K256(Box::new(Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    fn encrypt(&self, block: &mut [u8; BLOCK]) {
        let block = GenericArray::from_mut_slice(block);
        match self {
            Self::K128(aes) => aes.encrypt_block(block),
            Self::K192(aes) => aes.encrypt_block(block),
            Self::K256(aes) => aes.encrypt_block(block),
        }
    }

    fn decrypt(&self, block: &mut [u8; BLOCK]) {
        let block = GenericArray::from_mut_slice(block);
        match self {
            Self::K128(aes) => aes.decrypt_block(block),
            Self::K192(aes) => aes.decrypt_block(block),
            Self::K256(aes) => aes.decrypt_block(block),
        }
    }
}

/// The key stream of CTR, with a counter of 128 bits, or of GCM, with one of 32.
fn key_stream(key: &[u8], start: &[u8; BLOCK], gcm: bool) -> Option<Box<dyn StreamCipher>> {
    macro_rules! stream {
        ($counter:ident, $aes:ty) => {
            Box::new(ctr::$counter::<$aes>::new_from_slices(key, start).ok()?) as Box<dyn StreamCipher>
        };
    }
    Some(match (key.len(), gcm) {
        (16, false) => stream!(Ctr128BE, Aes128),
        (24, false) => stream!(Ctr128BE, Aes192),
        (32, false) => stream!(Ctr128BE, Aes256),
        (16, true) => stream!(Ctr32BE, Aes128),
        (24, true) => stream!(Ctr32BE, Aes192),
        (32, true) => stream!(Ctr32BE, Aes256),
        _ => return None,
    })
}

/// GHASH over pieces of any length.
struct Authenticator {
    hash: GHash,
    pending: Vec<u8>,
    length: u64,
}

impl Authenticator {
    fn new(aes: &Aes) -> Self {
        let mut key = [0; BLOCK];
        aes.encrypt(&mut key);
        Self { hash: GHash::new(GenericArray::from_slice(&key)), pending: Vec::new(), length: 0 }
    }

    fn update(&mut self, data: &[u8]) {
        self.length += data.len() as u64;
        self.pending.extend_from_slice(data);
        let whole = self.pending.len() / BLOCK * BLOCK;
        self.hash.update_padded(&self.pending[..whole]);
        self.pending.drain(..whole);
    }

    /// Fills the last block with zeros; answers how many bits there were since the last time.
    fn pad(&mut self) -> u64 {
        self.hash.update_padded(&self.pending);
        self.pending.clear();
        std::mem::take(&mut self.length) * 8
    }

    fn finish(mut self, aad_bits: u64, text_bits: u64) -> [u8; BLOCK] {
        let mut lengths = [0; BLOCK];
        lengths[..8].copy_from_slice(&aad_bits.to_be_bytes());
        lengths[8..].copy_from_slice(&text_bits.to_be_bytes());
        self.hash.update_padded(&lengths);
        self.hash.finalize().into()
    }
}

struct Gcm {
    stream: Box<dyn StreamCipher>,
    authenticator: Option<Authenticator>,
    /// The first block of the key stream, which hides the tag.
    mask: [u8; BLOCK],
    aad_bits: Option<u64>,
    tag: Option<[u8; BLOCK]>,
}

enum Mode {
    Cbc { aes: Aes, chain: [u8; BLOCK], pending: Vec<u8>, padding: bool },
    Ctr(Box<dyn StreamCipher>),
    Gcm(Box<Gcm>),
}

/// A text that is being encrypted or decrypted.
pub(super) struct Cipher {
    encrypting: bool,
    mode: RefCell<Mode>,
}

// SAFETY: it holds nothing of V8, so there is nothing to trace.
#[allow(unsafe_code, reason = "V8's collector asks for it")]
unsafe impl GarbageCollected for Cipher {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static CStr {
        c"Cipher"
    }
}

fn xor(into: &mut [u8; BLOCK], other: &[u8; BLOCK]) {
    for (byte, other) in into.iter_mut().zip(other) {
        *byte ^= other;
    }
}

impl Gcm {
    fn new(key: &[u8], iv: &[u8]) -> Option<Self> {
        let aes = Aes::new(key)?;
        let mut first = [0; BLOCK];
        if iv.len() == 12 {
            first[..12].copy_from_slice(iv);
            first[15] = 1;
        } else {
            let mut hash = Authenticator::new(&aes);
            hash.update(iv);
            let bits = hash.pad();
            first = hash.finish(0, bits);
        }
        let mut mask = first;
        aes.encrypt(&mut mask);
        let counter = u32::from_be_bytes([first[12], first[13], first[14], first[15]]).wrapping_add(1);
        first[12..].copy_from_slice(&counter.to_be_bytes());
        let stream = key_stream(key, &first, true)?;
        Some(Self { stream, authenticator: Some(Authenticator::new(&aes)), mask, aad_bits: None, tag: None })
    }

    fn update(&mut self, encrypting: bool, data: &mut [u8]) -> Option<()> {
        let authenticator = self.authenticator.as_mut()?;
        if self.aad_bits.is_none() {
            self.aad_bits = Some(authenticator.pad());
        }
        if encrypting {
            self.stream.try_apply_keystream(data).ok()?;
            authenticator.update(data);
        } else {
            authenticator.update(data);
            self.stream.try_apply_keystream(data).ok()?;
        }
        Some(())
    }

    fn finish(&mut self) -> Option<[u8; BLOCK]> {
        let mut authenticator = self.authenticator.take()?;
        let bits = authenticator.pad();
        let (aad_bits, text_bits) = self.aad_bits.map_or((bits, 0), |aad_bits| (aad_bits, bits));
        let mut tag = authenticator.finish(aad_bits, text_bits);
        xor(&mut tag, &self.mask);
        self.tag = Some(tag);
        Some(tag)
    }
}

fn failed() -> JsErrorBox {
    JsErrorBox::generic("Unsupported state or unable to authenticate data")
}

/// `mode` is `cbc`, `ctr` or `gcm`; the length of the key is checked by the caller and here.
#[op2]
#[cppgc]
pub(super) fn op_node_cipher_new(
    encrypting: bool,
    #[string] mode: &str,
    #[buffer] key: &[u8],
    #[buffer] iv: &[u8],
    padding: bool,
) -> Result<Cipher, JsErrorBox> {
    let invalid = || JsErrorBox::type_error("Invalid key length or initialization vector");
    let mode = if mode == "gcm" {
        Mode::Gcm(Box::new(Gcm::new(key, iv).ok_or_else(invalid)?))
    } else {
        let start: [u8; BLOCK] = iv.try_into().map_err(|_| invalid())?;
        if mode == "ctr" {
            Mode::Ctr(key_stream(key, &start, false).ok_or_else(invalid)?)
        } else {
            Mode::Cbc { aes: Aes::new(key).ok_or_else(invalid)?, chain: start, pending: Vec::new(), padding }
        }
    };
    Ok(Cipher { encrypting, mode: RefCell::new(mode) })
}

/// Data that is authenticated and not encrypted. Before the first update.
#[op2(fast)]
pub(super) fn op_node_cipher_aad(#[cppgc] cipher: &Cipher, #[buffer] data: &[u8]) -> Result<(), JsErrorBox> {
    match &mut *cipher.mode.borrow_mut() {
        Mode::Gcm(gcm) if gcm.aad_bits.is_none() => {
            gcm.authenticator.as_mut().ok_or_else(failed)?.update(data);
            Ok(())
        }
        _ => Err(JsErrorBox::generic("Invalid state for operation setAAD")),
    }
}

#[op2]
pub(super) fn op_node_cipher_update(#[cppgc] cipher: &Cipher, #[buffer] data: &[u8]) -> Result<Uint8Array, JsErrorBox> {
    let mut output = data.to_vec();
    match &mut *cipher.mode.borrow_mut() {
        Mode::Ctr(stream) => stream.try_apply_keystream(&mut output).map_err(|_| failed())?,
        Mode::Gcm(gcm) => gcm.update(cipher.encrypting, &mut output).ok_or_else(failed)?,
        Mode::Cbc { aes, chain, pending, padding } => {
            pending.extend_from_slice(data);
            let mut whole = pending.len() / BLOCK * BLOCK;
            // The last block may be padding.
            if !cipher.encrypting && *padding && whole == pending.len() {
                whole = whole.saturating_sub(BLOCK);
            }
            output = pending.drain(..whole).collect();
            cbc(cipher.encrypting, aes, chain, &mut output);
        }
    }
    Ok(output.into())
}

fn cbc(encrypting: bool, aes: &Aes, chain: &mut [u8; BLOCK], data: &mut [u8]) {
    for piece in data.chunks_exact_mut(BLOCK) {
        let mut block = [0; BLOCK];
        block.copy_from_slice(piece);
        if encrypting {
            xor(&mut block, chain);
            aes.encrypt(&mut block);
            *chain = block;
        } else {
            let next = block;
            aes.decrypt(&mut block);
            xor(&mut block, chain);
            *chain = next;
        }
        piece.copy_from_slice(&block);
    }
}

/// What is left. For decrypting GCM, `tag` is what it must be.
#[op2]
pub(super) fn op_node_cipher_final(
    #[cppgc] cipher: &Cipher,
    #[buffer] tag: Option<&[u8]>,
) -> Result<Uint8Array, JsErrorBox> {
    match &mut *cipher.mode.borrow_mut() {
        Mode::Ctr(_) => Ok(Vec::new().into()),
        Mode::Gcm(gcm) => {
            let computed = gcm.finish().ok_or_else(failed)?;
            if !cipher.encrypting {
                let tag = tag.filter(|tag| (4..=BLOCK).contains(&tag.len())).ok_or_else(failed)?;
                constant_time::verify_slices_are_equal(&computed[..tag.len()], tag).map_err(|_| failed())?;
            }
            Ok(Vec::new().into())
        }
        Mode::Cbc { aes, chain, pending, padding } => {
            let mut data = std::mem::take(pending);
            let wrong_length = || JsErrorBox::generic("wrong final block length");
            if cipher.encrypting && *padding {
                let count = BLOCK - data.len() % BLOCK;
                // At most the length of a block.
                data.resize(data.len() + count, count as u8);
            }
            if data.len() % BLOCK != 0 || (!cipher.encrypting && *padding && data.is_empty()) {
                return Err(wrong_length());
            }
            cbc(cipher.encrypting, aes, chain, &mut data);
            if !cipher.encrypting && *padding {
                let count = data.last().map_or(0, |byte| usize::from(*byte));
                let start = data.len().checked_sub(count).filter(|_| (1..=BLOCK).contains(&count));
                let start = start.filter(|start| data[*start..].iter().all(|byte| usize::from(*byte) == count));
                data.truncate(start.ok_or_else(|| JsErrorBox::generic("bad decrypt"))?);
            }
            Ok(data.into())
        }
    }
}

/// The tag of a text that was encrypted to its end.
#[op2]
pub(super) fn op_node_cipher_tag(#[cppgc] cipher: &Cipher) -> Result<Uint8Array, JsErrorBox> {
    match &*cipher.mode.borrow() {
        Mode::Gcm(gcm) => gcm.tag.map(|tag| tag.to_vec().into()).ok_or_else(failed),
        _ => Err(failed()),
    }
}
