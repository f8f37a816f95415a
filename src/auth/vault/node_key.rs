//! The node's key: 32 random bytes that everything else is derived from, so that there is one thing to keep.

use crate::cas::private::{refuse_if_public, refuse_if_shared, refused};
use crate::cas::{StateDir, durable};
use crate::error::{Error, Result};
use aws_lc_rs::{constant_time, hkdf};
use std::fs;
use std::io;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Name of its file, in the state folder or among the supervisor's credentials.
const FILE: &str = "node-key";

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// Names this use of the key, for ever: another salt is another node.
const SALT: &[u8] = b"portico node key 1";

/// The key, ready to derive others.
pub(super) struct NodeKey(hkdf::Prk);

impl NodeKey {
    /// The key of a node. `in_use`: something was sealed with it already, so that a new one would open none of it.
    pub(super) fn load_or_create(state: &StateDir, credentials: Option<&Path>, in_use: bool) -> Result<Self> {
        let path = state.root().join(FILE);
        let own = read(&path, refuse_if_shared)?;
        let given = match credentials {
            Some(folder) => read(&folder.join(FILE), refuse_if_public)?,
            None => None,
        };
        let key = match (given, own) {
            (Some(given), Some(own)) if constant_time::verify_slices_are_equal(&*given, &*own).is_err() => {
                let problem =
                    "it is not the key that the supervisor gives: remove it here if nothing was sealed with it";
                return Err(refused(&path, problem));
            }
            (Some(key), _) | (None, Some(key)) => key,
            (None, None) if in_use => {
                let problem = "it is gone, and what it sealed is still in the vault: put it back, or remove the folder `vault` \
                               and set every secret again";
                return Err(refused(&path, problem));
            }
            (None, None) => create(state, &path)?,
        };
        Ok(Self(hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(&*key)))
    }

    /// A key for what `parts` name. Each part has its length before it: no two lists run together.
    pub(super) fn derive(&self, parts: &[&str]) -> [u8; KEY_BYTES] {
        let mut info = Vec::new();
        for part in parts {
            info.extend_from_slice(&(part.len() as u64).to_be_bytes());
            info.extend_from_slice(part.as_bytes());
        }
        let mut key = [0; KEY_BYTES];
        let info = [info.as_slice()];
        // HKDF fails for more than 255 times the hash's length only (RFC 5869 section 2.3); a key of zeros must not follow from it.
        #[expect(clippy::expect_used, reason = "32 bytes are one block of SHA-256")]
        self.0.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).expect("one block of HKDF");
        key
    }
}

fn create(state: &StateDir, path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(&mut *key).map_err(Error::internal)?;
    let text = Zeroizing::new(hex::encode(*key));
    durable::write(&state.temp_dir(), path, text.as_bytes()).map_err(|error| refused(path, &error.to_string()))?;
    Ok(key)
}

/// The key in a file, if there is one: 64 hex digits, or the bytes themselves.
fn read(path: &Path, refuse: impl Fn(&Path) -> Result<()>) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(path, &error.to_string())),
        Ok(bytes) => Zeroizing::new(bytes),
    };
    refuse(path)?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if bytes.len() == KEY_BYTES {
        key.copy_from_slice(&bytes);
    } else if hex::decode_to_slice(bytes.trim_ascii(), &mut *key).is_err() {
        key.zeroize();
        return Err(refused(path, "it holds neither 64 hex digits nor 32 bytes"));
    }
    Ok(Some(key))
}
