//! A `portico dev` process on a folder, and what it says.

use super::http::{self, Response};
use super::node::{PATIENCE, free_address, portico};
use serde_json::Value;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder that is being served. Killed when dropped.
pub struct Dev {
    output: TempDir,
    child: Child,
    pub address: SocketAddr,
}

impl Dev {
    /// Serves `folder` with more arguments, and waits until it answers. It may have nothing to answer with yet.
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let address = free_address();
        let output = tempfile::tempdir().unwrap();
        let file = |name| File::create(output.path().join(name)).unwrap();
        let temp = output.path().join("temp");
        fs::create_dir(&temp).unwrap();
        let child = portico()
            .arg("dev")
            .arg(folder)
            .args(["--port", &address.port().to_string()])
            .args(more)
            .env("TMPDIR", &temp)
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        let mut dev = Self { output, child, address };
        dev.wait_until("it listens", |dev| {
            if let Some(status) = dev.child.try_wait().unwrap() {
                panic!("it ended with {status}:\n{}", dev.stderr());
            }
            TcpStream::connect(dev.address).is_ok()
        });
        dev
    }

    /// A release from `examples/`, served as its README says. The first release is live when this returns.
    pub fn example(name: &str, more: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let mut dev = Self::start(&folder, more);
        dev.wait_for_release(1);
        dev
    }

    pub fn stdout(&self) -> String {
        fs::read_to_string(self.output.path().join("stdout")).unwrap()
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(self.output.path().join("stderr")).unwrap()
    }

    /// The lines it wrote to standard output, of one status.
    pub fn lines(&self, status: &str) -> Vec<Value> {
        let text = self.stdout();
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let lines = whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
        lines.filter(|line: &Value| line["status"] == status).collect()
    }

    /// Waits for the `count`th release since the start and gives what was said of it.
    pub fn wait_for_release(&mut self, count: usize) -> Value {
        self.wait_until("a release is live", |dev| dev.lines("applied").len() >= count);
        self.lines("applied").swap_remove(count - 1)
    }

    /// Waits until it wrote `text` to standard error.
    pub fn wait_for_error(&mut self, text: &str) {
        self.wait_until(text, |dev| dev.stderr().contains(text));
    }

    /// Waits until the body at `path` is `text`.
    pub fn wait_for_body(&mut self, path: &str, text: &str) {
        self.wait_until(text, |dev| dev.get(path).body == text.as_bytes());
    }

    pub fn wait_until(&mut self, what: &str, done: impl Fn(&mut Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < PATIENCE, "never: {what}\n{}\n{}", self.stdout(), self.stderr());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], b"")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        http::request(self.address, method, "localhost", path, headers, body)
    }

    /// What is in the folder that temporary files of the process are made in.
    pub fn temporary_files(&self) -> usize {
        fs::read_dir(self.output.path().join("temp")).unwrap().count()
    }

    /// Sends a signal by name, and waits until the process has ended.
    pub fn end(&mut self, signal: &str) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        self.wait_until("it ends", |dev| dev.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- portico dev ---\n{}{}", self.stdout(), self.stderr());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
