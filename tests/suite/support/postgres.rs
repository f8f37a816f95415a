//! A PostgreSQL of a test's own: made, started, stopped, held up and asked. Also used by the unit tests of `src/auth`.

#![allow(dead_code, reason = "the unit tests and the black-box tests use different parts of it")]

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Long enough for the slowest machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What no log and no error may ever contain: the password of the node's user.
pub const PASSWORD: &str = "CANARY-database-password";

/// A server. Ended and removed when dropped.
pub struct Postgres {
    folder: TempDir,
    server: Option<Child>,
    port: u16,
}

impl Postgres {
    /// A server with a user `portico`, who has a password and owns the schema `public`; nothing else is in it.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// The same with settings of `postgresql.conf`, such as `max_connections=10`.
    pub fn with(options: &[&str]) -> Self {
        Self::prepared(options, |_| {})
    }

    /// The same with TLS: `tls/ca.pem` in its folder signed the certificate, which is for `localhost` and 127.0.0.1.
    pub fn with_tls() -> Self {
        let options = ["ssl=on", "ssl_cert_file='../tls/server.pem'", "ssl_key_file='../tls/server.key'"];
        Self::prepared(&options, make_certificates)
    }

    fn prepared(options: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = servant() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        prepare(folder.path());
        let mut postgres = Self { folder, server: None, port: free_port() };
        let arguments = ["-U", "postgres", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C", "-A", "trust"];
        let made = program("initdb").args(arguments).arg("-D").arg(postgres.data()).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        fs::write(postgres.data().join("pg_hba.conf"), "local all all trust\nhost all all all scram-sha-256\n")
            .unwrap();
        let mut settings = File::options().append(true).open(postgres.data().join("postgresql.conf")).unwrap();
        writeln!(settings, "{}", options.join("\n")).unwrap();
        postgres.run();
        postgres.sql(&format!("CREATE ROLE portico LOGIN PASSWORD '{PASSWORD}'; ALTER SCHEMA public OWNER TO portico"));
        postgres
    }

    /// Starts the server (again) and waits until it answers.
    pub fn run(&mut self) {
        assert!(self.server.is_none(), "the server is running already");
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = program("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_statement=all"]);
        command.arg("-c").arg(format!("unix_socket_directories={}", self.folder.path().display()));
        let server = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        self.server = Some(server);
        let start = Instant::now();
        while !self.try_sql("SELECT 1").status.success() {
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "PostgreSQL does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it: connections are ended with a word (`fast`), or broken off (`immediate`).
    pub fn stop(&mut self, mode: &str) {
        let signal = match mode {
            "fast" => "INT",
            "immediate" => "QUIT",
            other => panic!("{other} is no way to stop"),
        };
        let mut server = self.server.take().unwrap();
        assert!(kill(signal, server.id()));
        server.wait().unwrap();
    }

    /// Stops and starts it.
    pub fn restart(&mut self, mode: &str) {
        self.stop(mode);
        self.run();
    }

    /// Holds all its processes up: connections stay, and nothing answers.
    pub fn pause(&self) {
        for process in self.processes() {
            kill("STOP", process);
        }
    }

    /// Lets it go on.
    pub fn resume(&self) {
        for process in self.processes() {
            kill("CONT", process);
        }
    }

    fn processes(&self) -> Vec<u32> {
        let Some(server) = &self.server else { return Vec::new() };
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &server.id().to_string()]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        std::iter::once(server.id()).chain(children.split_whitespace().map(|pid| pid.parse().unwrap())).collect()
    }

    /// Runs SQL as the superuser; answers rows as lines, fields with `|` between them.
    pub fn sql(&self, text: &str) -> String {
        let output = self.try_sql(text);
        assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn try_sql(&self, text: &str) -> Output {
        let mut command = program("psql");
        command.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string(), "-U", "postgres"]);
        command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text, "postgres"]).output().unwrap()
    }

    /// Runs the SQL of a file of this repository, such as `conf/sql/roles_notify.sql`.
    pub fn sql_file(&self, path: &str) {
        self.sql(&fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap());
    }

    /// The URL of the user `portico`.
    pub fn url(&self) -> String {
        format!("postgres://portico:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many statements with this text in them have been executed, by anyone.
    pub fn executed(&self, text: &str) -> usize {
        let log = self.log();
        let lines = log.lines().filter(|line| line.contains(" execute ") || line.contains(" statement: "));
        lines.filter(|line| line.contains(text)).count()
    }

    /// How many connections the user `portico` has.
    pub fn connections(&self) -> usize {
        self.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'portico'").parse().unwrap()
    }

    /// What it logged; every statement among it.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.resume();
        if self.server.is_some() {
            self.stop("immediate");
        }
    }
}

/// A program of PostgreSQL's, as a user it agrees to run as: it refuses root.
fn program(name: &str) -> Command {
    let on_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()));
    // Debian puts the server's programs where the PATH does not lead.
    let debian = || {
        let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok).collect();
        versions.sort_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
        versions.iter().rev().map(|version| version.path().join("bin").join(name)).find(|file| file.is_file())
    };
    let file =
        debian().or(on_path).unwrap_or_else(|| panic!("{name} of PostgreSQL is not installed: scripts/setup test"));
    let mut command = Command::new(file);
    command.current_dir("/").env_remove("PGHOST").env_remove("PGPORT").env_remove("PGUSER").env_remove("PGDATABASE");
    if let Some((user, group)) = servant() {
        command.uid(user).gid(group);
    }
    command
}

/// The user and group `postgres`, if this is root.
fn servant() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> u32 {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])))
}

/// A port that nobody listens on, not among those the system gives to connections.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let port = 10_000 + (std::process::id() * 131 + 7 + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn kill(signal: &str, process: u32) -> bool {
    Command::new("kill").args(["-s", signal, &process.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

fn make_certificates(folder: &Path) {
    let tls = folder.join("tls");
    fs::create_dir(&tls).unwrap();
    fs::write(tls.join("san"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
    let run = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&tls).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for authority in ["ca", "other"] {
        run(&format!("req -x509 {key} -keyout {authority}.key -out {authority}.pem -days 2 -subj /CN={authority}"));
    }
    run(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    run("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem");
    fs::set_permissions(tls.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
    if let Some((user, group)) = servant() {
        chown(tls.join("server.key"), Some(user), Some(group)).unwrap();
    }
}
