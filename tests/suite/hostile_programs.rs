//! Every program in `tests/hostile/` is run against a node that has neighbours to serve.
//!
//! A program is a whole function. Its comments say what it tries and how that ends:
//!
//! | line | meaning |
//! |---|---|
//! | `// expect: A or B` | what an attack (`?attack`) is answered: a status, and the code of the error or the text |
//! | `// config: {...}` | the function's `config`, over a second of time and 32 MiB |
//! | `// after: A or B` | what a good request is answered afterwards, when that is not `200 good`; a function whose code could not be ended at all is shut out for a while |
//! | `// memory: MIB` | by how much it may make the node grow for a moment, when that is not the room an isolate has that is being ended |
//! | `// deploy: CODE` | the release is refused, so there is nothing to attack |
//! | `// open: why` | known to hurt the node; run by `known_holes` only |
//!
//! While they run, eight other functions on the same two JavaScript threads and a static file are asked at a constant
//! rate. A request counts from the moment it was due, so one that waits for a late one before it is late too.

use crate::support::functions::{add_file, functions};
use crate::support::http::Connection;
use crate::support::node::{Node, PATIENCE};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests of the neighbours, per second.
const RATE: u32 = 100;
/// What 99 of 100 of them must be answered in.
const P99_MAX: Duration = Duration::from_millis(100);
const NEIGHBOURS: usize = 8;
/// Attacks at the same time, and after that one more alone.
const ATTACKS: usize = 3;
/// What one program may add to the log: a few requests' worth of console lines, and the node's own about each of them.
const LOG_BYTES_MAX: usize = 1024 * 1024;

/// What one program may make the node grow by, in MiB: an isolate that is being ended has 1.125 GiB above its limit, for V8 to get
/// to the end in, and texts and arrays of half a gigabyte use it; a second one still fits where V8 asks for it.
const GROWTH_MB_MAX: u64 = 2000;

/// How long a node is watched that has given a thread up.
const LOST_WATCHED: Duration = Duration::from_secs(6);

/// One attack after another: what is measured is the node, not the machine.
static MACHINE: Mutex<()> = Mutex::new(());

struct Program {
    name: String,
    source: String,
    expect: Vec<String>,
    after: Vec<String>,
    config: Value,
    deploy: Option<String>,
    memory_mb: u64,
    open: bool,
}

impl Program {
    fn read(path: &Path) -> Self {
        let source = std::fs::read_to_string(path).unwrap();
        let line = |key: &str| {
            let start = format!("// {key}: ");
            source.lines().find_map(|line| line.strip_prefix(&start)).map(str::to_owned)
        };
        let answers = |text: &str| text.split(" or ").map(str::to_owned).collect();
        let mut config = json!({ "timeoutSeconds": 1, "memoryMb": 32 });
        let own: Value = line("config").map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        for (key, value) in own.as_object().into_iter().flatten() {
            config[key] = value.clone();
        }
        Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            expect: answers(&line("expect").unwrap_or_default()),
            after: answers(&line("after").unwrap_or_else(|| "200 good".into())),
            config,
            deploy: line("deploy"),
            memory_mb: line("memory").map_or(GROWTH_MB_MAX, |text| text.parse().unwrap()),
            open: line("open").is_some(),
            source,
        }
    }
}

fn programs() -> Vec<Program> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "js"));
    paths.sort();
    let only = std::env::var("PORTICO_HOSTILE").unwrap_or_default();
    paths.iter().map(|path| Program::read(path)).filter(|program| program.name.contains(&only)).collect()
}

/// A request's answer in the words of a program's header; `None` when there was none.
fn ask(address: SocketAddr, path: &str) -> Option<String> {
    let mut connection = Connection::try_open(address).ok()?;
    connection.write(format!("GET {path} HTTP/1.1\r\nhost: site.test\r\n\r\n").as_bytes()).ok()?;
    let response = connection.read("GET").ok()??;
    if let Some((name, value)) = response.headers.iter().find(|(name, _)| is_connections_own(name)) {
        return Some(format!("{} with {name}: {value}", response.status));
    }
    let text = match serde_json::from_slice::<Value>(&response.body) {
        Ok(body) if body["code"].is_string() => body["code"].as_str().unwrap().to_owned(),
        _ => String::from_utf8_lossy(&response.body).chars().take(200).collect(),
    };
    Some(format!("{} {text}", response.status))
}

/// Whether a field is about the connection, which no function has a say in, or was smuggled in by one.
fn is_connections_own(name: &str) -> bool {
    let fields =
        ["keep-alive", "proxy-connection", "proxy-authenticate", "te", "trailer", "upgrade", "b", "x-injected"];
    fields.iter().any(|field| name.eq_ignore_ascii_case(field))
}

/// What the limits say of a program that would have ended by itself on a machine with more time: contained all the same.
const OUT_OF_TIME: [&str; 2] = ["504 dynamic_runtime_timeout", "503 dynamic_runtime_cpu"];

fn is_one_of(answer: Option<&String>, expected: &[String]) -> bool {
    expected.iter().any(|expected| match answer {
        _ if expected == "any" => true,
        Some(answer) => answer == expected || (expected.len() == 3 && answer.starts_with(&format!("{expected} "))),
        None => false,
    })
}

/// One request of the load: when it was due, how long it then took, and what was wrong with it.
struct Sample {
    due: Instant,
    took: Duration,
    wrong: Option<String>,
}

/// Asks at a constant rate, whatever the answers do.
struct Load {
    samples: Mutex<Vec<Sample>>,
    stop: AtomicBool,
    ticket: AtomicUsize,
    /// How often the node was started anew: connections from before are none any more.
    restarts: AtomicUsize,
    started: Instant,
}

impl Load {
    fn new() -> Self {
        let (samples, stop) = (Mutex::default(), AtomicBool::new(false));
        let (ticket, restarts) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { samples, stop, ticket, restarts, started: Instant::now() }
    }

    /// One of the threads that ask. `target` names the path and the right answer for the ticket's number.
    fn run(&self, address: SocketAddr, rate: u32, target: &(impl Fn(usize) -> (String, String) + Sync)) {
        let (mut connection, mut restarts) = (None, 0);
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.ticket.fetch_add(1, Ordering::Relaxed);
            let due = self.started + Duration::from_secs(1) * u32::try_from(number).unwrap() / rate;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let (path, right) = target(number);
            if restarts != self.restarts.load(Ordering::Relaxed) {
                restarts = self.restarts.load(Ordering::Relaxed);
                connection = None;
            }
            let wrong = match Self::one(&mut connection, address, &path) {
                Ok(answer) if answer == right => None,
                Ok(answer) => Some(answer),
                Err(error) => Some(error.to_string()),
            };
            if wrong.is_some() {
                connection = None;
            }
            self.samples.lock().unwrap().push(Sample { due, took: due.elapsed(), wrong });
        }
    }

    fn one(connection: &mut Option<Connection>, address: SocketAddr, path: &str) -> std::io::Result<String> {
        if connection.is_none() {
            *connection = Some(Connection::try_open(address)?);
        }
        let open = connection.as_mut().unwrap();
        open.write(format!("GET {path} HTTP/1.1\r\nhost: site.test\r\n\r\n").as_bytes())?;
        let response = open.read("GET")?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        Ok(format!("{} {}", response.status, String::from_utf8_lossy(&response.body)))
    }

    /// Waits until everything that was due is answered.
    fn settle(&self) {
        let start = Instant::now();
        let due = || u128::from(RATE) * self.started.elapsed().as_millis() / 1000;
        while (self.ticket.load(Ordering::Relaxed) as u128) < due() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(200));
    }

    /// What was due in any of these stretches of time.
    fn within(&self, stretches: &[Range<Instant>]) -> Figures {
        let samples = self.samples.lock().unwrap();
        let is_within = |sample: &&Sample| stretches.iter().any(|stretch| stretch.contains(&sample.due));
        let samples: Vec<&Sample> = samples.iter().filter(is_within).collect();
        let mut took: Vec<Duration> = samples.iter().map(|sample| sample.took).collect();
        took.sort_unstable();
        let at = |part: usize| took.get((took.len() * part / 100).min(took.len().saturating_sub(1))).copied();
        Figures {
            count: took.len(),
            p50: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
            max: at(100).unwrap_or_default(),
            wrong: samples.iter().filter_map(|sample| sample.wrong.clone()).collect(),
        }
    }
}

struct Figures {
    count: usize,
    p50: Duration,
    p99: Duration,
    max: Duration,
    wrong: Vec<String>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        write!(
            f,
            "{:5} asked, p50 {:5.1} p99 {:6.1} max {:6.1} ms",
            self.count,
            ms(self.p50),
            ms(self.p99),
            ms(self.max)
        )
    }
}

/// What became of one program.
struct Report {
    line: String,
    /// While it was running: a node that is started again answers nobody, which is not its doing.
    stretch: Range<Instant>,
    failures: Vec<String>,
    /// Whether the process has ended.
    ended: bool,
}

fn release(program: Option<&Program>) -> Value {
    let names: Vec<String> = (0..NEIGHBOURS).map(|n| format!("neighbour{n}")).collect();
    let sources: Vec<String> =
        (0..NEIGHBOURS).map(|n| format!("export default () => new Response(\"neighbour {n}\")")).collect();
    let mut all: Vec<(&str, &str)> =
        names.iter().zip(&sources).map(|(name, source)| (name.as_str(), source.as_str())).collect();
    if let Some(program) = program {
        all.push(("bad", &program.source));
    }
    let mut spec = functions(&all);
    if let Some(program) = program {
        spec["functions"]["replace"]["bad"]["config"] = program.config.clone();
    }
    spec["project"] = "site".into();
    add_file(&mut spec, "index.html", "home");
    spec
}

fn attack(node: &mut Node, program: &Program, load: &Load) -> Report {
    let mut failures = Vec::new();
    let (begun, log_before) = (Instant::now(), node.log().len());
    node.reset_memory_peak();
    let memory_before = node.memory_kib("VmRSS") / 1024;
    let applied = node.try_apply(&release(Some(program)));
    let mut said = Vec::new();
    if let Some(code) = &program.deploy {
        let refused: Value = serde_json::from_slice(&applied.stderr).unwrap_or_default();
        if refused["code"] != code.as_str() {
            failures.push(format!("deployed: {}", String::from_utf8_lossy(&applied.stderr)));
        }
    } else if applied.status.success() {
        let edge = node.edge;
        let first: Vec<Option<String>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..ATTACKS).map(|_| scope.spawn(move || ask(edge, "/bad?attack"))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        said.extend(first);
        said.push(ask(edge, "/bad?attack"));
        let out_of_time = |answer: &String| OUT_OF_TIME.contains(&answer.as_str());
        let wrong = |answer: &&Option<String>| {
            !is_one_of(answer.as_ref(), &program.expect) && !answer.as_ref().is_some_and(out_of_time)
        };
        for answer in said.iter().filter(wrong) {
            failures.push(format!("answered {answer:?}, not {}", program.expect.join(" or ")));
        }
        if node.is_alive() {
            // An isolate may be seconds away from noticing that it is to end; its own function waits for that.
            let waiting = Instant::now();
            loop {
                let answer = ask(edge, "/bad");
                let shut_out = answer.as_deref() == Some("503 dynamic_runtime_unavailable");
                if is_one_of(answer.as_ref(), &program.after) || (shut_out && cost_a_thread(&node.log(), log_before)) {
                    break;
                }
                if waiting.elapsed() > PATIENCE {
                    failures.push(format!("afterwards {answer:?}, not {}", program.after.join(" or ")));
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    } else {
        failures.push(format!("refused: {}", String::from_utf8_lossy(&applied.stderr)));
    }
    // The last answers may still be on their way.
    std::thread::sleep(Duration::from_millis(50));
    let stretch = begun..Instant::now();
    let figures = load.within(std::slice::from_ref(&stretch));
    // What runs on in a lost thread may still end the process.
    let lost = Instant::now();
    while cost_a_thread(&node.log(), log_before) && lost.elapsed() < LOST_WATCHED && node.is_alive() {
        std::thread::sleep(Duration::from_millis(100));
    }
    let ended = !node.is_alive();
    if ended {
        failures.push(format!("the node has ended: {}", last_lines(&node.log())));
    } else if let Some(wrong) = figures.wrong.first() {
        failures.push(format!("a neighbour ({} times): {wrong}", figures.wrong.len()));
    }
    let log = node.log();
    let thread_lost = cost_a_thread(&log, log_before);
    let log = log.get(log_before..).unwrap_or_default();
    if log.len() > LOG_BYTES_MAX {
        failures.push(format!("the log grew by {} bytes", log.len()));
    }
    if let Some(line) = log.lines().find(|line| is_forged(line)) {
        failures.push(format!("a line of the log is not the node's: {line:?}"));
    }
    let mut answers: Vec<String> = said.into_iter().map(|answer| answer.unwrap_or_else(|| "closed".into())).collect();
    answers.dedup();
    let memory = node.memory_peak_mb().saturating_sub(memory_before);
    if memory > program.memory_mb {
        failures.push(format!("the node grew by {memory} MiB"));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let line = format!(
        "{:30} {seconds:5.1} s +{memory:<4} MiB {figures}  {}{}",
        program.name,
        answers.join(", "),
        if thread_lost { " (a thread was lost)" } else { "" }
    );
    if ended || !failures.is_empty() || thread_lost {
        // What this one broke, or left running for ever, is not the next one's fault.
        node.restart();
        load.restarts.fetch_add(1, Ordering::Relaxed);
        load.settle();
    }
    Report { line, stretch, failures, ended }
}

/// Whether the node says that it gave a thread up: some built-ins of V8 never look whether they are to end.
fn cost_a_thread(log: &str, from: usize) -> bool {
    log.get(from..).is_some_and(|log| log.contains("given up"))
}

/// Whether a line could be taken for one of the node by a program that reads the log, or does something to the terminal of a person.
/// The forgeries of the programs are from the year 2030.
fn is_forged(line: &str) -> bool {
    line.starts_with("2030-") || line.starts_with('{') || line.contains(|c: char| c.is_control() && c != '\t')
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// Runs programs one after the other on one node.
fn run(programs: &[Program]) {
    if programs.is_empty() {
        return;
    }
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut node = Node::with("[functions]\nthreads = 2\n[log]\naccess = false");
    node.site(release(None));
    for number in 0..NEIGHBOURS {
        assert_eq!(node.get(&format!("/neighbour{number}")).status, 200);
    }
    let (load, control) = (Load::new(), Load::new());
    let (mut reports, mut stretches) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..24 {
            let neighbour =
                |n: usize| (format!("/neighbour{}", n % NEIGHBOURS), format!("200 neighbour {}", n % NEIGHBOURS));
            let (load, edge) = (&load, node.edge);
            scope.spawn(move || load.run(edge, RATE, &neighbour));
        }
        for _ in 0..4 {
            let (control, edge) = (&control, node.edge);
            scope.spawn(move || control.run(edge, RATE / 5, &|_| ("/".to_owned(), "200 home".to_owned())));
        }
        for program in programs {
            let mut report = attack(&mut node, program, &load);
            say(&report);
            // A machine that stood still for a second looks like a program that did harm. What does harm does it again; and
            // what ended the node did harm.
            if !report.failures.is_empty() && !report.ended {
                report = attack(&mut node, program, &load);
                say(&report);
            }
            reports.push((program, report.failures));
            stretches.push(report.stretch);
        }
        load.stop.store(true, Ordering::Relaxed);
        control.stop.store(true, Ordering::Relaxed);
    });
    let (neighbours, statics) = (load.within(&stretches), control.within(&stretches));
    eprintln!("{:30} neighbours {neighbours}\n{:30} static     {statics}", "", "");
    let mut failures = String::new();
    for (program, failed) in &reports {
        for failure in failed {
            let _ = writeln!(failures, "{}: {failure}", program.name);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    // Of a machine that serves even a file late, because it has other things to do, nothing can be said.
    // Said always; judged where the machine is there for it.
    if std::env::var_os("PORTICO_JUDGE_LATENCY").is_some() {
        assert!(
            neighbours.p99 < P99_MAX || statics.p99 > P99_MAX / 4,
            "neighbours {neighbours}, static files {statics}"
        );
    }
}

fn say(report: &Report) {
    eprintln!("{}", report.line);
    for failure in &report.failures {
        eprintln!("    FAILED {failure}");
    }
}

fn group(name: &str) {
    let all = programs();
    let mine: Vec<Program> =
        all.into_iter().filter(|program| program.name.split('-').next() == Some(name) && !program.open).collect();
    run(&mine);
}

macro_rules! groups {
    ($($(#[$attribute:meta])* $test:ident $group:literal)*) => {
        $(#[test]
        $(#[$attribute])*
        fn $test() {
            group($group);
        })*

        #[test]
        fn every_program_belongs_to_a_test() {
            let groups = [$($group),*];
            let all = programs();
            for program in &all {
                assert!(groups.contains(&program.name.split('-').next().unwrap()), "{}", program.name);
                assert!(program.deploy.is_some() != program.source.contains("// expect: "), "{}", program.name);
            }
            assert!(all.len() >= 100 || std::env::var_os("PORTICO_HOSTILE").is_some());
        }
    };
}

groups! {
    loops "loop"
    loops_in_callbacks "callback"
    heaps_that_grow "heap"
    memory_outside_of_the_heap "buffer"
    stacks_that_overflow "stack"
    addresses_nobody_may_reach "fetch"
    logs_that_flood_and_lie "log"
    built_ins_that_are_replaced "patch"
    answers_that_are_none "response"
    web_assembly "wasm"
    ways_out_of_the_sandbox "reach"
    errors_that_v8_does_not_come_back_from "fatal"
}

#[test]
#[ignore = "open: each says in its first lines what it still does to the node"]
fn known_holes() {
    run(&programs().into_iter().filter(|program| program.open).collect::<Vec<_>>());
}
