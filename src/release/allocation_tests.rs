//! What a request costs in memory until it is known what answers it: nothing.
//!
//! The allocator of the unit tests counts, per thread, how often it is asked. That is only here: the program's own allocator is set in
//! `main.rs`, which unit tests are not part of.

use super::live::{Live, LiveRelease};
use super::model::{I18n, Release, SiteFile};
use super::store::testing::release;
use super::store::{HostBinding, HostMap, HostSource};
use crate::digest::Digest;
use crate::route::host::normalize;
use crate::route::locale::{Detect, UnknownLocalePolicy};
use crate::route::method::{Method, Methods};
use crate::route::path::canonicalize;
use crate::route::resolve::{Resolution, StaticHow};
use crate::route::table::{Route, RouteKind, Target};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    // Without a destructor, so that using it allocates nothing.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn count() {
    // A thread that is ending has none any more, and is not measured.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

#[allow(
    unsafe_code,
    reason = "a global allocator is an unsafe trait; this one only counts and hands on to the system's"
)]
// SAFETY: every call is handed on as it came to `System`, which keeps the contract; counting neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the same, and the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the same, and the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `work` answers, and how often it asked for memory.
fn allocations<R>(work: impl FnOnce() -> R) -> (R, u64) {
    let before = ALLOCATIONS.get();
    let result = work();
    (result, ALLOCATIONS.get() - before)
}

const HOSTS: usize = 2_000;
const PROJECTS: usize = 20;
const ROUTES: usize = 100;
const FILES: usize = 300;

fn project(index: usize) -> Release {
    let mut release = release(&format!("p{index}"), &format!("rel_{index:024x}"), "<h1>", &[]);
    let page = release.site.files["index.html"].clone();
    let file =
        |i: usize| (format!("docs/{i}/index.html"), SiteFile { sha256: Digest::of(&i.to_le_bytes()), ..page.clone() });
    release.site.files.extend((0..FILES).map(file));
    release.site.files.insert("caf\u{e9}.txt".to_owned(), page);
    let route = |i: usize| {
        let (pattern, kind, target) = match i % 4 {
            0 => (format!("/api/v{i}/resource"), RouteKind::Exact, Target::Function { name: format!("f{i}") }),
            1 => (
                format!("/api/{}v{i}/*", "nested/".repeat(i % 7)),
                RouteKind::Prefix,
                Target::Function { name: format!("f{i}") },
            ),
            2 => (format!("/alias/{i}"), RouteKind::Exact, Target::Static { file: format!("docs/{i}/index.html") }),
            _ => (format!("/up/{i}/*"), RouteKind::Prefix, Target::Proxy { upstream: "shop".to_owned() }),
        };
        let methods = matches!(target, Target::Static { .. }).then_some(Methods::READ);
        Route { pattern, kind, methods, target, acknowledge_readonly: false }
    };
    release.routes = (0..ROUTES).map(route).collect();
    let locales = ["en", "de", "pt-BR", "zh-Hant"].map(str::to_owned).to_vec();
    release.i18n = Some(I18n {
        default_locale: "en".to_owned(),
        locales,
        detect: vec![Detect::Cookie("locale".to_owned()), Detect::AcceptLanguage],
        unknown_locale_policy: UnknownLocalePolicy::Reject,
    });
    release
}

fn node() -> Live<()> {
    let binding = |i: usize| HostBinding {
        host: format!("www.customer-{i}.example.com"),
        project: format!("p{}", i % PROJECTS),
        source: HostSource::Custom,
    };
    let hosts = HostMap { revision: 1, bindings: (0..HOSTS).map(binding).collect(), ..HostMap::default() };
    let live = Live::new();
    live.publish_all(hosts, (0..PROJECTS).map(|i| LiveRelease::new(project(i), 1, (), None)));
    live
}

/// Host, path and table, as the edge asks them; what answers is looked at where it is.
fn serve(node: &Live<()>, host: &str, method: Method, path: &str, check: impl FnOnce(Resolution<'_>) -> bool) -> bool {
    let Some(host) = normalize(host) else { return false };
    let Ok(release): Result<Arc<LiveRelease<()>>, _> = node.lookup(&host) else { return false };
    let Ok(path) = canonicalize(path) else { return false };
    check(release.tables.resolve(method, &path))
}

/// A kind of request and the answer it must get.
type Case = (&'static str, Method, fn(Resolution<'_>) -> bool);

#[test]
fn finding_what_answers_a_request_allocates_nothing() {
    let node = node();
    let cases: [Case; 12] = [
        ("/docs/7/index.html", Method::Get, |r| matches!(r, Resolution::Static { how: StaticHow::Exact, .. })),
        ("/docs/7/", Method::Head, |r| matches!(r, Resolution::Static { how: StaticHow::Index, .. })),
        ("/", Method::Get, |r| matches!(r, Resolution::Static { how: StaticHow::Index, .. })),
        ("/caf\u{e9}.txt", Method::Get, |r| matches!(r, Resolution::Static { how: StaticHow::Exact, .. })),
        ("/some/view", Method::Get, |r| matches!(r, Resolution::Static { how: StaticHow::SpaFallback, .. })),
        ("/alias/42", Method::Get, |r| matches!(r, Resolution::Static { how: StaticHow::Alias, .. })),
        ("/alias/42/", Method::Post, |r| matches!(r, Resolution::MethodNotAllowed { by_route: true, .. })),
        ("/docs/7/", Method::Put, |r| matches!(r, Resolution::MethodNotAllowed { by_route: false, .. })),
        ("/api/v96/resource", Method::Post, |r| matches!(r, Resolution::Function { name: "f96", .. })),
        ("/api/nested/v1/items/42", Method::Delete, |r| matches!(r, Resolution::Function { name: "f1", .. })),
        ("/up/3/a/b/c", Method::Get, |r| matches!(r, Resolution::Proxy { upstream: "shop", .. })),
        ("/missing.png", Method::Get, |r| r == Resolution::NOTHING),
    ];
    for host in ["www.customer-0.example.com", "www.customer-1999.example.com:8443", "www.customer-77.example.com."] {
        for (path, method, check) in cases {
            // The first lookup of a thread gives it a place in the table's list of readers.
            assert!(serve(&node, host, method, path, check), "{method:?} {host}{path}");
            let (found, count) = allocations(|| serve(&node, host, method, path, check));
            assert_eq!((found, count), (true, 0), "{method:?} {host}{path}");
        }
    }
    let (missed, count) = allocations(|| node.lookup("unknown.example.com").is_err());
    assert_eq!((missed, count), (true, 0), "a host without a project");
}

#[test]
fn rules_that_do_not_match_allocate_nothing_and_neither_do_fields_of_files() {
    use super::rules::{headers, redirects};
    use crate::route::redirects::Client;
    use crate::route::resolve::Ask;
    let mut release = project(0);
    let dynamic: String = (0..98).map(|i| format!("/d{i}/:x/* /y/:x/:splat\n")).collect();
    let rules = format!("{dynamic}/docs/7/ /z 302! Language=fr\n/docs/7/ /z 302! Cookie=beta\n/x /y\n");
    release.redirects = redirects::parse(&rules).unwrap();
    release.header_rules = headers::parse("/docs/*\n  X-A: 1\n/*\n  X-A: 2\n").unwrap();
    let tables = release.tables(None);
    let client = Client { cookie: Some("a=b"), accept_language: Some("de, en;q=0.5"), ..Client::default() };
    for (path, count_of_fields) in [("/docs/7/index.html", 1), ("/docs/7/", 1), ("/", 1), ("/missing.png", 0)] {
        let ask = Ask { query: Some("x=1"), client, ..Ask::of(Method::Get, path) };
        let (found, count) = allocations(|| {
            let decision = tables.decide(&ask);
            (decision.rule.is_none(), tables.fields(&decision, path).len())
        });
        assert_eq!((found, count), ((true, count_of_fields), 0), "{path}");
    }
}

#[test]
fn negotiating_a_locale_allocates_nothing() {
    let locales = project(0).i18n.map(|i18n| i18n.table()).unwrap();
    let most = "xx-Yyyy-ZZ-a1b2c3d4,".repeat(crate::limits::ACCEPT_LANGUAGE_RANGES_MAX);
    for (accepted, cookie, locale) in [
        (Some("de-CH,de;q=0.9,en-US;q=0.8"), None, "de"),
        (Some("zh-hant-TW"), Some("a=b; c=d"), "zh-Hant"),
        (Some("de"), Some("session=0123456789; locale=PT-br"), "pt-BR"),
        (Some(most.as_str()), Some("locale=xx"), "en"),
        (None, None, "en"),
    ] {
        let (same, count) = allocations(|| locales.negotiate(accepted, cookie) == locale);
        assert_eq!((same, count), (true, 0), "{accepted:?} {cookie:?}");
    }
}

/// The counter sees what there is to see.
#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))).1, 1);
    assert_eq!(allocations(|| canonicalize("/%61").is_ok()).1, 1, "a path in another spelling is written anew");
}
