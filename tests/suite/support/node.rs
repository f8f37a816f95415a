//! A Portico process with a state folder, ports and a configuration of its own.

use super::http::{self, Response};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for the slowest machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running node. Killed and removed when dropped.
pub struct Node {
    folder: TempDir,
    child: Option<Child>,
    environment: Vec<(String, String)>,
    pub edge: SocketAddr,
    pub api: SocketAddr,
}

/// An address of this machine that nobody listens on. Not one from the range out of which the system takes ports for
/// connections: another test's connection would have it before the node does.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let port = 10_000 + (std::process::id() * 97 + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", u16::try_from(port).unwrap())) {
            return listener.local_addr().unwrap();
        }
    }
}

/// The binary under test.
pub fn portico() -> Command {
    // A build of another profile can be tested without compiling the tests again.
    let built = std::env::var_os("PORTICO_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_portico").into());
    let mut command = Command::new(built);
    command.env_remove("PORTICO_CONFIG").env_remove("PORTICO_API").env_remove("PORTICO_TOKEN_FILE");
    command
}

impl Node {
    /// A node with the default configuration.
    pub fn start() -> Self {
        Self::with("")
    }

    /// A node with more TOML: tables such as `[upstreams.x]`, or keys of the top level before them.
    pub fn with(more: &str) -> Self {
        Self::with_environment(more, &[])
    }

    /// A node with more TOML and more variables in its environment.
    pub fn with_environment(more: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (edge, api) = (free_address(), free_address());
        let config = format!(
            "state_dir = {:?}\nlisten = [\"{edge}\"]\napi_listen = \"{api}\"\n{more}\n",
            folder.path().join("state")
        );
        fs::write(folder.path().join("portico.toml"), config).unwrap();
        let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut node = Self { folder, child: None, environment, edge, api };
        node.run();
        node
    }

    /// Starts the process (again) and does not wait.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "the node is running already");
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let child = portico()
            .envs(self.environment.iter().cloned())
            .args(["serve", "--config"])
            .arg(self.path().join("portico.toml"))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// Starts the process (again) and waits until both listeners answer.
    pub fn run(&mut self) {
        self.spawn();
        let start = Instant::now();
        while TcpStream::connect(self.edge).is_err() || TcpStream::connect(self.api).is_err() {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                panic!("the node ended with {status}:\n{}", self.log());
            }
            assert!(start.elapsed() < PATIENCE, "the node does not listen:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills the process without warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends a signal by name, e.g. `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits until the process ends by itself; answers its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            if start.elapsed() > PATIENCE {
                let _ = child.kill();
                panic!("the node does not end:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts the process again after its end.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// The process's number in the system.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// A field of `/proc/PID/status` in KiB, such as `VmRSS`; 0 when the process is gone.
    pub fn memory_kib(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let value = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        value.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }

    /// The most memory it had since the last reset, in MiB.
    pub fn memory_peak_mb(&self) -> u64 {
        self.memory_kib("VmHWM") / 1024
    }

    /// Forgets the peak of its memory (Linux, `proc(5)`, `clear_refs`).
    pub fn reset_memory_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.pid()), "5");
    }

    /// Whether the process is still running.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// The test's own folder: configuration, log and state are in it.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    fn log_path(&self) -> PathBuf {
        self.path().join("log")
    }

    /// Everything the process has written.
    pub fn log(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(self.log_path()) {
            file.read_to_end(&mut text).unwrap();
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Waits until the log has `text`.
    pub fn wait_for_log(&self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            assert!(start.elapsed() < PATIENCE, "the log never has {text:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs a command of the CLI against this node.
    pub fn cli(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// The same with something on its standard input.
    pub fn cli_with(&self, args: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that refuses its arguments does not wait for it.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    /// A command of the CLI against this node.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = portico();
        command
            .args(args)
            .env("PORTICO_API", format!("http://{}", self.api))
            .env("PORTICO_TOKEN_FILE", self.state().join("api-token"))
            .current_dir(self.path());
        command
    }

    /// One request to the API, with its token and a JSON body.
    pub fn call(&self, method: &str, path: &str, body: &[u8]) -> Response {
        let token = fs::read_to_string(self.state().join("api-token")).unwrap();
        let bearer = format!("Bearer {}", token.trim());
        http::request(self.api, method, "localhost", path, &[("authorization", &bearer)], body)
    }

    /// Writes a spec into a file and applies it whatever it warns of; answers the CLI's JSON.
    pub fn apply(&self, spec: &Value) -> Value {
        let output = self.try_apply_with(spec, &["--allow-warnings"]);
        assert!(output.status.success(), "apply failed: {}\n{}", String::from_utf8_lossy(&output.stderr), self.log());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Writes a spec into a file and applies it.
    pub fn try_apply(&self, spec: &Value) -> Output {
        self.try_apply_with(spec, &[])
    }

    /// The same with more arguments.
    pub fn try_apply_with(&self, spec: &Value, more: &[&str]) -> Output {
        let file = tempfile::Builder::new().suffix(".json").tempfile_in(self.path()).unwrap();
        fs::write(file.path(), spec.to_string()).unwrap();
        self.cli(&[&["apply", "--manifest", file.path().to_str().unwrap()], more].concat())
    }

    /// The envelope of an apply that must fail.
    pub fn refused(&self, spec: &Value) -> Value {
        let output = self.try_apply(spec);
        assert!(!output.status.success(), "apply should have failed: {}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stderr)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Applies a spec of project `site` and binds the host `site.test` to it.
    pub fn site(&self, mut spec: Value) -> Value {
        spec["project"] = "site".into();
        let applied = self.apply(&spec);
        let output = self.cli(&["hosts", "bind", "site.test", "--project", "site"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        applied
    }

    /// What a Prometheus server would collect.
    pub fn metrics(&self) -> String {
        self.call("GET", "/metrics", b"").text()
    }

    /// One request to the host `site.test`.
    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], b"")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        http::request(self.edge, method, "site.test", path, headers, body)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of the node ---\n{}", self.log());
        }
        self.kill();
    }
}
