//! Many isolates: what they cost in memory and time, and that they give everything back.
//!
//! Figures are printed (`--nocapture`); only what the machine's speed does not decide is asserted. A build of the release profile
//! is measured with `PORTICO_BINARY`; `PORTICO_ISOLATES` is how many are made.

use crate::support::functions::functions;
use crate::support::http;
use crate::support::node::{Node, PATIENCE};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PROJECTS: usize = 10;
/// A function has one route, and a release has at most a hundred.
const FUNCTIONS_EACH: usize = 50;
const FUNCTIONS: usize = PROJECTS * FUNCTIONS_EACH;

/// A handler with about as much code around it as `bytes`, of which a request runs little: what a bundle of packages looks like.
fn script(number: usize, bytes: usize) -> String {
    let mut code = String::with_capacity(bytes + 512);
    let mut part = 0;
    while code.len() + 200 < bytes {
        code.push_str(&format!(
            "function part{part}(a, b) {{ const o = {{ name: 'part {part}', a, list: [a, b, {part}] }}; \
             if (b > {part}) {{ for (const x of o.list) o.a += x; }} return o; }}\n"
        ));
        part += 1;
    }
    if part > 0 {
        code.push_str("const table = [part0];\n");
    }
    code.push_str(&format!(
        "let seen = 0;\nexport default (request) => new Response(`function {number} ${{++seen}} ${{new URL(request.url).pathname}}`);\n"
    ));
    code
}

/// Deploys the functions of some projects, of one size each.
fn deploy(node: &Node, projects: usize, bytes: usize) {
    for project in 0..projects {
        let names: Vec<String> = (0..FUNCTIONS_EACH).map(|n| format!("f{n}")).collect();
        let sources: Vec<String> = (0..FUNCTIONS_EACH).map(|n| script(project * FUNCTIONS_EACH + n, bytes)).collect();
        let mut spec = functions(
            &names.iter().zip(&sources).map(|(name, source)| (name.as_str(), source.as_str())).collect::<Vec<_>>(),
        );
        spec["project"] = format!("p{project}").into();
        node.apply(&spec);
        let output = node.cli(&["hosts", "bind", &format!("p{project}.test"), "--project", &format!("p{project}")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Asks one function; how long it took, and for the how manieth time its isolate was asked.
fn ask(node: &Node, number: usize) -> (Duration, u32) {
    let (host, path) = (format!("p{}.test", number / FUNCTIONS_EACH), format!("/f{}", number % FUNCTIONS_EACH));
    let start = Instant::now();
    let answer = http::request(node.edge, "GET", &host, &path, &[], b"");
    let took = start.elapsed();
    let text = answer.text();
    assert_eq!(answer.status, 200, "{text}\n{}", node.log());
    let seen = text.strip_prefix(&format!("function {number} ")).and_then(|rest| rest.split(' ').next()?.parse().ok());
    (took, seen.unwrap_or_else(|| panic!("{number}: {text}")))
}

fn resident_mb(node: &Node) -> u64 {
    node.memory_kib("VmRSS") / 1024
}

/// How many threads run functions: more are started when functions are slow, and each keeps an isolate.
fn js_threads(node: &Node) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", node.pid())).unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("js-")).count() as u64
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    format!("p50 {:.1} ms, p99 {:.1} ms", at(50), at(99))
}

#[test]
fn isolates_that_are_retired_leave_no_memory_behind() {
    let count: usize = std::env::var("PORTICO_ISOLATES").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let node = Node::with("[functions]\nisolates_per_thread_max = 1\nthreads = 2\n[log]\naccess = false");
    deploy(&node, PROJECTS, 1024);
    let (mut first, mut threads, mut times, mut most, mut kept) = (0, 0, Vec::new(), 0, 0);
    for round in 0..count.div_ceil(FUNCTIONS).max(2) {
        for number in 0..FUNCTIONS {
            let (took, seen) = ask(&node, number);
            // A thread that was started for a slow moment keeps its one isolate until it is needed again.
            kept += usize::from(seen != 1);
            times.push(took);
        }
        let now = resident_mb(&node);
        most = most.max(now);
        if round == 0 {
            first = now;
            threads = js_threads(&node);
        }
        eprintln!("{:6} isolates: {now} MiB", (round + 1) * FUNCTIONS);
    }
    // A tenth, and what the isolate and the stack of each further thread take.
    let bound = first + first / 10 + 6 * js_threads(&node).saturating_sub(threads);
    // What V8 and the allocator give back, they give back when they have nothing else to do.
    let start = Instant::now();
    while resident_mb(&node) > bound && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
    }
    let last = resident_mb(&node);
    eprintln!("first {first} MiB, most {most} MiB, last {last} MiB; cold starts: {}", percentiles(&mut times));
    assert!(last <= bound, "{first} MiB after the first {FUNCTIONS}, {last} MiB after {}", times.len());
    assert!(kept * 100 <= times.len(), "{kept} of {} had an isolate already", times.len());
}

#[test]
fn five_hundred_functions_fit_into_two_gigabytes() {
    let node = Node::with("[functions]\nisolates_per_thread_max = 1000\nthreads = 2\n[log]\naccess = false");
    let empty = resident_mb(&node);
    deploy(&node, PROJECTS, 1024);
    let mut times: Vec<Duration> = (0..FUNCTIONS).map(|number| ask(&node, number).0).collect();
    let all = resident_mb(&node);
    let mut warm: Vec<Duration> = (0..FUNCTIONS).map(|number| ask(&node, number).0).collect();
    let each = (all - empty) as f64 / FUNCTIONS as f64;
    eprintln!("empty {empty} MiB, with {FUNCTIONS} isolates {all} MiB: {each:.2} MiB each");
    eprintln!("first request {}; second request {}", percentiles(&mut times), percentiles(&mut warm));
    assert!(all < 2048, "{FUNCTIONS} functions take {all} MiB");
}

/// A gauge or counter of the node.
fn metric(node: &Node, name: &str) -> f64 {
    let text = node.metrics();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[test]
fn isolates_that_have_nothing_to_do_end_when_all_of_them_hold_too_much_memory() {
    let node = Node::with("[functions]\nisolates_memory_mb_max = 100\nthreads = 2\n[log]\naccess = false");
    deploy(&node, 2, 1024);
    for number in 0..100 {
        assert_eq!(ask(&node, number).1, 1);
    }
    let start = Instant::now();
    while metric(&node, "portico_isolates_memory_bytes") > 100.0 * 1048576.0 {
        assert!(start.elapsed() < PATIENCE, "{} MiB", metric(&node, "portico_isolates_memory_bytes") / 1048576.0);
        std::thread::sleep(Duration::from_millis(20));
    }
    let left = metric(&node, "portico_isolates");
    assert!((10.0..60.0).contains(&left), "{left} isolates");
    assert_eq!(ask(&node, 1).1, 1, "the oldest was to go");
}

#[test]
fn an_isolate_that_has_nothing_to_do_gives_its_garbage_back() {
    let node = Node::start();
    node.site(functions(&[(
        "f",
        "export default () => { const all = []; for (let i = 0; i < 3e5; i++) all.push({ i, text: 'x' + i }); return new Response(String(all.length)); }",
    )]));
    assert_eq!(node.get("/f").text(), "300000");
    let mib = || metric(&node, "portico_isolates_memory_bytes") / 1048576.0;
    let start = Instant::now();
    let mut most = mib();
    while most < 15.0 || mib() > 10.0 {
        assert!(start.elapsed() < PATIENCE, "{} MiB at most, {} MiB now", most, mib());
        // It is asked for its memory when it runs.
        if most < 15.0 {
            std::thread::sleep(Duration::from_millis(300));
            node.get("/f");
            most = mib();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn cold_starts_of_small_and_large_scripts() {
    for (bytes, most) in [(1024, 50), (700 * 1024, 250)] {
        let node = Node::with("[functions]\nisolates_per_thread_max = 1\nthreads = 2\n[log]\naccess = false");
        // More than there are threads, so that none finds its isolate still there.
        let names: Vec<String> = (0..24).map(|n| format!("f{n}")).collect();
        let sources: Vec<String> = (0..24).map(|n| script(n, bytes)).collect();
        let all: Vec<(&str, &str)> =
            names.iter().zip(&sources).map(|(name, source)| (name.as_str(), source.as_str())).collect();
        let mut spec = functions(&all);
        spec["project"] = "p0".into();
        node.apply(&spec);
        assert!(node.cli(&["hosts", "bind", "p0.test", "--project", "p0"]).status.success());
        let mut times = Vec::new();
        for _ in 0..10 {
            for number in 0..24 {
                // A function that was moved to another thread may find an isolate of its own still there.
                let (took, seen) = ask(&node, number);
                if seen == 1 {
                    times.push(took);
                }
            }
        }
        assert!(times.len() > 100, "only {} cold starts", times.len());
        eprintln!("script of {} KB, {} cold starts: {}", bytes / 1024, times.len(), percentiles(&mut times));
        let middle = times[times.len() / 2];
        // Ten times what it takes on a quiet machine.
        assert!(middle < Duration::from_millis(most * 10), "{middle:?}");
    }
}

/// Asks until the answer is right; when that was.
fn first_answer(node: &Node, path: &str, right: &str, stop: &AtomicBool) -> Option<Instant> {
    while !stop.load(Ordering::Relaxed) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: p0.test\r\nconnection: close\r\n\r\n");
        let answer = TcpStream::connect(node.edge).and_then(|mut stream| {
            use std::io::{Read as _, Write as _};
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(request.as_bytes())?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok(text)
        });
        if answer.is_ok_and(|text| text.starts_with("HTTP/1.1 200") && text.contains(right)) {
            return Some(Instant::now());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    None
}

#[test]
fn a_node_that_was_killed_answers_again_soon() {
    let mut node = Node::with("[log]\naccess = false");
    let names: Vec<String> = (0..FUNCTIONS_EACH).map(|n| format!("f{n}")).collect();
    let sources: Vec<String> = (0..FUNCTIONS_EACH).map(|n| script(n, 1024)).collect();
    let all: Vec<(&str, &str)> =
        names.iter().zip(&sources).map(|(name, source)| (name.as_str(), source.as_str())).collect();
    let mut spec = functions(&all);
    crate::support::functions::add_file(&mut spec, "index.html", "home");
    spec["project"] = "p0".into();
    node.apply(&spec);
    assert!(node.cli(&["hosts", "bind", "p0.test", "--project", "p0"]).status.success());
    let (mut statics, mut dynamics) = (Vec::new(), Vec::new());
    for round in 0..20 {
        node.kill();
        let start = Instant::now();
        node.spawn();
        let stop = AtomicBool::new(false);
        let (at_static, at_function) = std::thread::scope(|scope| {
            let (node, stop) = (&node, &stop);
            let file = scope.spawn(move || first_answer(node, "/", "home", stop));
            let path = format!("/f{}", round % FUNCTIONS_EACH);
            let function = scope.spawn(move || first_answer(node, &path, "function ", stop));
            let clock = Instant::now();
            while (!file.is_finished() || !function.is_finished()) && clock.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(1));
            }
            stop.store(true, Ordering::Relaxed);
            (file.join().unwrap(), function.join().unwrap())
        });
        statics.push(at_static.expect("no file was served") - start);
        dynamics.push(at_function.expect("no function was served") - start);
    }
    eprintln!("from the start of the process to the first file {}", percentiles(&mut statics));
    eprintln!("from the start of the process to the first function {}", percentiles(&mut dynamics));
    // Ten times what a restart may take on a quiet machine.
    assert!(dynamics[dynamics.len() / 2] < Duration::from_secs(2), "{dynamics:?}");
}
