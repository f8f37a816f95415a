//! What a function is: its modules, its environment and its limits, and the identity made of all of them.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

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
    /// Wall-clock time of one invocation.
    pub timeout: Duration,
    /// JavaScript heap, in bytes.
    pub memory_bytes: usize,
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
    /// Requests handed to the host and not answered yet.
    pub(super) in_flight: AtomicUsize,
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
        Arc::new(Self { source, key, in_flight: AtomicUsize::new(0) })
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
    field(&source.timeout.as_nanos().to_le_bytes());
    field(&(source.memory_bytes as u64).to_le_bytes());
    field(&[u8::from(source.class_ssr)]);
    let digest = hasher.finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    FunctionKey(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> FunctionSource {
        FunctionSource {
            project: "p".into(),
            name: "f".into(),
            entry: "index.mjs".into(),
            modules: BTreeMap::from([("index.mjs".into(), Bytes::from_static(b"export default 1"))]),
            env: BTreeMap::from([("A".into(), "1".into())]),
            timeout: Duration::from_secs(10),
            memory_bytes: 1 << 27,
            class_ssr: false,
        }
    }

    #[test]
    fn identity_covers_every_field() {
        let base = key_of(&source());
        assert_eq!(base, key_of(&source()));
        let changes: [fn(&mut FunctionSource); 8] = [
            |s| s.project = "q".into(),
            |s| s.name = "g".into(),
            |s| s.entry = "other.mjs".into(),
            |s| drop(s.modules.insert("b.mjs".into(), Bytes::new())),
            |s| drop(s.env.insert("A".into(), "2".into())),
            |s| s.timeout = Duration::from_secs(11),
            |s| s.memory_bytes += 1,
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
