//! One document, sealed with AES-256-GCM for its place.
//!
//! `portico1`, a nonce of 12 random bytes, the ciphertext, a tag of 16 bytes. The place is authenticated beside the text: the form's
//! version, the project and the name, each with its length before it, so that no two places have the same bytes.

use super::node_key::NodeKey;
use crate::error::{Error, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::{Zeroize, Zeroizing};

/// What every sealed document begins with: its form, and that version of it.
const FORM: &[u8; 8] = b"portico1";

/// Bytes of the tag.
const TAG_BYTES: usize = 16;

/// How much longer a sealed document is than its text.
pub(super) const OVERHEAD_BYTES: usize = FORM.len() + NONCE_LEN + TAG_BYTES;

/// Seals and opens. A nonce is random for each write: that of one key repeats with a chance of 2^-32 after 2^32 writes.
pub(super) struct Sealer(RandomizedNonceKey);

impl Sealer {
    pub(super) fn new(key: &NodeKey) -> Result<Self> {
        let mut bytes = key.derive(&["seal"]);
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes);
        bytes.zeroize();
        key.map(Self).map_err(|_| Error::internal("the vault's cipher cannot be set up"))
    }

    /// Seals `text` for its place.
    pub(super) fn seal(&self, project: &str, name: &str, text: Zeroizing<Vec<u8>>) -> Result<Vec<u8>> {
        let mut sealed = Vec::with_capacity(text.len() + OVERHEAD_BYTES);
        sealed.extend_from_slice(FORM);
        sealed.extend_from_slice(&[0; NONCE_LEN]);
        let mut body = text.to_vec();
        // Room for the tag: growing would leave a copy of the text behind.
        body.reserve_exact(TAG_BYTES);
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(place(project, name)), &mut body)
            .map_err(|_| Error::internal("the vault cannot seal a document"))?;
        sealed[FORM.len()..].copy_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what was sealed for that place; or says why it does not open.
    pub(super) fn open(&self, project: &str, name: &str, sealed: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        let rest = sealed.strip_prefix(FORM).ok_or("it is no document of the vault, or one of another version")?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or("it is cut off")?;
        let mut text = Zeroizing::new(body.to_vec());
        let opened = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place(project, name)), &mut text)
            .map_err(|_| {
                "it does not open: it is damaged, was moved here from another place, or was sealed with another node key"
            })?;
        let length = opened.len();
        text.truncate(length);
        Ok(text)
    }
}

/// The place of a document, as bytes that no other place has.
fn place(project: &str, name: &str) -> Vec<u8> {
    let mut place = FORM.to_vec();
    for part in [project, name] {
        place.extend_from_slice(&(part.len() as u64).to_be_bytes());
        place.extend_from_slice(part.as_bytes());
    }
    place
}
