//! What a function is: its modules, its environment and its limits, and the identity made of all of them.

use super::modules::Prepared;
use super::settings::Settings;
use super::temper::Temper;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// The functions of one release by name.
pub type Handles = BTreeMap<String, Arc<Function>>;

/// Everything that makes up one version of a function.
#[derive(Clone)]
pub struct FunctionSource {
    /// The project it belongs to.
    pub project: String,
    /// Its name within the project.
    pub name: String,
    /// The path of the module with the handler, a key of `modules`.
    pub entry: String,
    /// Module sources by path.
    pub modules: BTreeMap<String, Bytes>,
    /// What the function sees as `process.env` and `context.env`: secrets among it.
    pub env: BTreeMap<String, String>,
    /// What names the keys that its isolates may fetch, once and for their lives. With other keys it gets isolates of its own.
    pub keys: String,
    /// What it may do and use.
    pub settings: Settings,
    /// Whether it renders every path that nothing else answers.
    pub class_ssr: bool,
}

impl fmt::Debug for FunctionSource {
    // Neither code nor environment: the latter holds secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FunctionSource({}/{})", self.project, self.name)
    }
}

/// One version of a function. Two releases with the same version share its isolates.
#[derive(Debug)]
pub struct Function {
    source: FunctionSource,
    key: FunctionKey,
    /// Its modules as they run: made when they are first needed.
    pub(super) prepared: Prepared,
    /// Requests handed to the host and not answered yet.
    pub(super) in_flight: AtomicUsize,
    /// How it has behaved lately.
    pub(super) temper: Temper,
}

/// The identity of a version: a digest over everything in its [`FunctionSource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FunctionKey([u8; 16]);

impl FunctionKey {
    /// Eight bytes of the digest, for choosing threads.
    pub(super) fn hash(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl Function {
    /// Makes a function and computes its identity. Nothing is compiled until [`super::Host::check`] or the first request.
    pub fn new(source: FunctionSource) -> Arc<Self> {
        let key = key_of(&source);
        Arc::new(Self {
            source,
            key,
            prepared: Prepared::default(),
            in_flight: AtomicUsize::new(0),
            temper: Temper::default(),
        })
    }

    /// What it is made of.
    pub fn source(&self) -> &FunctionSource {
        &self.source
    }

    pub(super) fn key(&self) -> FunctionKey {
        self.key
    }
}

/// Each field is preceded by its length, so that no two sources run together into the same bytes.
fn key_of(source: &FunctionSource) -> FunctionKey {
    let mut hasher = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(source.project.as_bytes());
    field(source.name.as_bytes());
    field(source.entry.as_bytes());
    field(&(source.modules.len() as u64).to_le_bytes());
    for (path, code) in &source.modules {
        field(path.as_bytes());
        field(code);
    }
    for (name, value) in &source.env {
        field(name.as_bytes());
        field(value.as_bytes());
    }
    field(source.keys.as_bytes());
    field(&source.settings.identity());
    field(&[u8::from(source.class_ssr)]);
    let digest = hasher.finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    FunctionKey(key)
}

#[cfg(test)]
mod tests {
    use super::super::settings::Compat;
    use super::*;

    fn source() -> FunctionSource {
        FunctionSource {
            project: "p".into(),
            name: "f".into(),
            entry: "index.mjs".into(),
            modules: BTreeMap::from([("index.mjs".into(), Bytes::from_static(b"export default 1"))]),
            env: BTreeMap::from([("A".into(), "1".into())]),
            keys: "k".into(),
            settings: Settings::for_tests(),
            class_ssr: false,
        }
    }

    #[test]
    fn identity_covers_every_field() {
        let base = key_of(&source());
        assert_eq!(base, key_of(&source()));
        let changes: [fn(&mut FunctionSource); 22] = [
            |s| s.project = "q".into(),
            |s| s.name = "g".into(),
            |s| s.entry = "other.mjs".into(),
            |s| drop(s.modules.insert("b.mjs".into(), Bytes::new())),
            |s| drop(s.env.insert("A".into(), "2".into())),
            |s| s.keys = "other".into(),
            |s| s.settings.timeout *= 2,
            |s| s.settings.cpu *= 2,
            |s| s.settings.wait_until *= 2,
            |s| s.settings.memory_bytes += 1,
            |s| s.settings.streaming = true,
            |s| s.settings.eval = true,
            |s| s.settings.wasm = false,
            |s| s.settings.compat = Compat::Fluxbase,
            |s| s.settings.subrequests_max += 1,
            |s| s.settings.concurrent_fetches_max += 1,
            |s| s.settings.fetch_timeout *= 2,
            |s| s.settings.fetch_response_bytes_max += 1,
            |s| s.settings.timers_max += 1,
            |s| s.settings.log_bytes_max += 1,
            |s| s.settings.kdf_iterations_max += 1,
            |s| s.class_ssr = true,
        ];
        for change in changes {
            let mut other = source();
            change(&mut other);
            assert_ne!(base, key_of(&other));
        }
    }

    #[test]
    fn debug_shows_no_environment() {
        let mut source = source();
        source.env.insert("SECRET".into(), "canary-value".into());
        assert!(!format!("{:?}", Function::new(source)).contains("canary"));
    }
}
