//! The token of the API listener: made once, readable by the node's user only.

use super::storage;
use crate::cas::{StateDir, durable, private};
use crate::error::{Code, Error, Result};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// Name of the file in the state folder.
const FILE: &str = "api-token";

/// Random bytes of a token; twice as many hex digits.
const TOKEN_BYTES: usize = 32;

/// The secret that callers of the API listener present. `Debug` does not show it.
#[derive(Clone)]
pub struct ApiToken(String);

impl ApiToken {
    /// The token of a state folder, made if there is none yet.
    pub fn load_or_create(state: &StateDir) -> Result<Self> {
        let path = state.root().join(FILE);
        if path.try_exists().map_err(|e| storage(path.display(), &e))? {
            return Self::read(state.root());
        }
        let mut random = [0; TOKEN_BYTES];
        getrandom::fill(&mut random).map_err(Error::internal)?;
        let token = hex::encode(random);
        durable::write(&state.temp_dir(), &path, token.as_bytes()).map_err(|e| storage(path.display(), &e))?;
        Ok(Self(token))
    }

    /// Reads the token of a node that runs on this machine, without opening its state folder.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`: there is no token, it may not be read, or others than its owner may read it.
    pub fn read(state_dir: &Path) -> Result<Self> {
        let path = state_dir.join(FILE);
        private::refuse_if_shared(&path)?;
        let text = fs::read_to_string(&path).map_err(|e| storage(path.display(), &e))?;
        let token = text.trim();
        if token.len() < TOKEN_BYTES || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(storage(
                path.display(),
                &io::Error::other("it does not hold a token; remove it to get a new one"),
            ));
        }
        Ok(Self(token.to_owned()))
    }

    /// The token itself, for a client to present.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is the token. Takes as long for a near miss as for any other.
    pub fn matches(&self, presented: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), presented.as_bytes());
        let differences = ours.iter().zip(theirs).fold(0, |all, (a, b)| all | (a ^ b));
        ours.len() == theirs.len() && std::hint::black_box(differences) == 0
    }

    /// Refuses a caller who presents anything else.
    ///
    /// # Errors
    /// `UNAUTHORIZED`.
    pub fn authorize(&self, presented: Option<&str>) -> Result<()> {
        if presented.is_some_and(|presented| self.matches(presented)) {
            return Ok(());
        }
        Err(Error::new(Code::Unauthorized, "The API token is missing or wrong."))
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_token_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        let token = ApiToken::load_or_create(&state).unwrap();
        assert_eq!(token.expose().len(), 64);
        assert_eq!(ApiToken::load_or_create(&state).unwrap().expose(), token.expose());
        let path = dir.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!format!("{token:?}").contains(token.expose()));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        ApiToken::read(dir.path()).unwrap_err();
    }

    #[test]
    fn only_the_whole_token_matches() {
        let dir = tempfile::tempdir().unwrap();
        let token = ApiToken::load_or_create(&StateDir::open(dir.path()).unwrap()).unwrap();
        let right = token.expose();
        assert!(token.matches(right));
        for wrong in ["", &right[1..], &right[..63], &format!("{right}0"), &"0".repeat(64)] {
            assert!(!token.matches(wrong), "{wrong}");
            assert_eq!(token.authorize(Some(wrong)).unwrap_err().code, Code::Unauthorized);
        }
        assert!(token.authorize(None).is_err());
        token.authorize(Some(right)).unwrap();
    }

    #[test]
    fn an_empty_token_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        durable::write(&state.temp_dir(), &dir.path().join(FILE), b"\n").unwrap();
        ApiToken::load_or_create(&state).unwrap_err();
    }
}
