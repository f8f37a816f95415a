//! What it costs to find out what answers a request: a node with 10,000 hosts, each with 100 routes and some files.
//!
//! The budget of the design is less than a microsecond for host, path and resolution together. The releases are
//! shared by the hosts in groups, as the hosts of one project share theirs; the lookups walk over all hosts, so that
//! the tables are not simply in the cache.

use criterion::{Criterion, criterion_group, criterion_main};
use portico::digest::Digest;
use portico::route::host::{HostTable, normalize};
use portico::route::method::{Method, Methods};
use portico::route::path::canonicalize;
use portico::route::resolve::{Resolution, Tables};
use portico::route::statics::{Asset, PublicPaths, StaticTable};
use portico::route::table::{Route, RouteKind, RouteTable, Target};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

const HOSTS: usize = 10_000;
const PROJECTS: usize = 500;
const ROUTES: usize = 100;
const FILES: usize = 200;

fn tables(project: usize) -> Tables {
    let asset = |i: usize| Asset {
        path: format!("assets/{project}/page-{i}.html"),
        sha256: Digest::of(&i.to_le_bytes()),
        size: 1024,
        content_type: "text/html; charset=utf-8".to_owned(),
        encodings: Vec::new(),
    };
    let index = Asset { path: "index.html".to_owned(), ..asset(0) };
    let assets: Vec<Asset> = (0..FILES).map(asset).chain([index]).collect();
    let route = |i: usize| {
        let (pattern, kind) = match i % 2 {
            0 => (format!("/api/v{i}/resource"), RouteKind::Exact),
            _ => (format!("/api/{}/v{i}/*", "nested/".repeat(i % 7)).replace("//", "/"), RouteKind::Prefix),
        };
        let target = Target::Function { name: format!("f{i}") };
        Route {
            pattern,
            kind,
            methods: i.is_multiple_of(3).then_some(Methods::ALL),
            target,
            acknowledge_readonly: false,
        }
    };
    Tables {
        routes: RouteTable::build((0..ROUTES).map(route).collect()),
        statics: StaticTable::build(&assets, &PublicPaths::Implicit, &BTreeSet::new()),
        ..Tables::default()
    }
}

struct Node {
    hosts: HostTable<Arc<Tables>>,
    names: Vec<String>,
}

fn node() -> Node {
    let projects: Vec<Arc<Tables>> = (0..PROJECTS).map(|i| Arc::new(tables(i))).collect();
    let names: Vec<String> = (0..HOSTS).map(|i| format!("www.customer-{i}.example.com")).collect();
    let hosts = names.iter().enumerate().map(|(i, name)| (name.clone(), Arc::clone(&projects[i % PROJECTS])));
    Node { hosts: HostTable::new(hosts, None), names }
}

/// The way of a request, without its answer.
fn serve<'n>(node: &'n Node, host: &str, method: Method, path: &str) -> Option<Resolution<'n>> {
    let host = normalize(host)?;
    let path = canonicalize(path).ok()?;
    Some(node.hosts.lookup(&host)?.resolve(method, &path))
}

/// A kind of request: its name, its method, and the path of the n-th.
type Case = (&'static str, Method, fn(usize) -> String);

fn resolve(criterion: &mut Criterion) {
    let node = node();
    let mut group = criterion.benchmark_group("resolve");
    let cases: [Case; 7] = [
        ("static", Method::Get, |i| format!("/assets/{}/page-{}.html", i % PROJECTS, i % FILES)),
        ("static clean url", Method::Get, |i| format!("/assets/{}/page-{}", i % PROJECTS, i % FILES)),
        ("static percent-encoded", Method::Get, |i| format!("/assets/{}/page%2D{}.html", i % PROJECTS, i % FILES)),
        ("exact route", Method::Post, |i| format!("/api/v{}/resource", i % (ROUTES / 2) * 2)),
        ("prefix route", Method::Post, |i| format!("/api/nested/v{}/items/42", [1, 15, 29, 43, 57, 71, 85, 99][i % 8])),
        ("spa fallback", Method::Get, |i| format!("/app/orders/{i}")),
        ("deep path", Method::Get, |i| format!("/{}{i}", "deep/".repeat(100))),
    ];
    for (name, method, path) in cases {
        let requests: Vec<(&str, String)> =
            (0..HOSTS).map(|i| (i * 7919) % HOSTS).map(|i| (node.names[i].as_str(), path(i))).collect();
        let answered = |(host, path): &(&str, String)| {
            serve(&node, host, method, path).is_some_and(|resolution| resolution != Resolution::NOTHING)
        };
        assert!(requests.iter().all(answered), "{name}: a request has no answer");
        let mut next = requests.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                // The list is not empty, so its cycle has no end.
                if let Some((host, path)) = next.next() {
                    black_box(serve(&node, host, method, path));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, resolve);
criterion_main!(benches);
