//! The resolver against a plain reading of its rules (reference 3.4), for any table and any request.

use crate::digest::Digest;
use crate::route::method::{Method, Methods};
use crate::route::path::canonicalize;
use crate::route::resolve::{Resolution, StaticHow, Tables};
use crate::route::statics::{Asset, PublicPaths, StaticTable, public_path};
use crate::route::table::{Route, RouteKind, RouteTable, Target};
use std::collections::{BTreeMap, BTreeSet};

/// A release in a few lines, and a request.
#[derive(Default)]
struct World {
    routes: Vec<Route>,
    /// Public path -> path in the site.
    files: BTreeMap<String, String>,
    ssr: bool,
}

/// The input: a line `METHOD PATH`; then lines `f FILE`, `s` for a renderer, and `r METHODS PATTERN` with the methods as in
/// `GET,POST`, or `-` for all, or `a PATTERN FILE` for an alias.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.lines().take(40);
    let Some((method, raw)) = lines.next().and_then(|line| line.split_once(' ')) else { return };
    let (method, Ok(path)) = (Method::parse(method), canonicalize(raw)) else { return };
    let mut world = World::default();
    lines.for_each(|line| world.read(line));
    let tables = world.tables();

    let resolution = tables.resolve(method, &path);
    assert_eq!(describe(resolution), world.expected(method, &path), "{method:?} {path}");
    if let Resolution::Static { .. } = resolution {
        assert!(method.is_read(), "{method:?} got a file");
    }
    if let Resolution::MethodNotAllowed { allow, .. } = resolution {
        assert!(!allow.is_empty() && !allow.contains(method));
        for allowed in allow.iter() {
            let other = tables.resolve(allowed, &path);
            assert!(
                !matches!(other, Resolution::MethodNotAllowed { .. } | Resolution::NotFound { .. }),
                "{path}: Allow has {allowed:?}, which gets {other:?}"
            );
        }
    }
    if method == Method::Get {
        assert_eq!(describe(tables.resolve(Method::Head, &path)), describe(resolution), "HEAD is not answered as GET");
    }
}

/// The answer in a few words.
fn describe(resolution: Resolution<'_>) -> String {
    match resolution {
        Resolution::Function { name, .. } => format!("function {name}"),
        Resolution::Proxy { upstream, .. } => format!("proxy {upstream}"),
        Resolution::Static { file, how: StaticHow::Alias, .. } => format!("alias {}", file.asset_path),
        Resolution::Static { file, .. } => format!("file {}", file.asset_path),
        Resolution::MethodNotAllowed { allow, .. } => format!("405 {}", allow.allow_header()),
        Resolution::Redirect { rule } => format!("redirect to {}", rule.source().to),
        Resolution::NotFound { page: Some(page), status } => format!("{status} {}", page.asset_path),
        Resolution::NotFound { page: None, status } => format!("{status}"),
    }
}

impl World {
    fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["s"] => self.ssr = true,
            ["f", file] if canonicalize(&format!("/{}", file.replace('%', "%25"))).is_ok() && !file.ends_with('/') => {
                self.files.entry(public_path(file)).or_insert_with(|| file.to_owned());
            }
            ["r", methods, pattern] => {
                let methods: Methods = methods.split(',').map(Method::parse).collect();
                // `HEAD` alone on a route is left out here, so that GET and HEAD get the same.
                let methods = if methods.contains(Method::Head) { methods.with(Method::Get) } else { methods };
                let target = Target::Function { name: format!("f{}", self.routes.len()) };
                self.add(pattern, (!methods.is_empty()).then_some(methods), target);
            }
            ["a", pattern, file] if self.files.values().any(|known| known == file) && !pattern.ends_with("/*") => {
                self.add(pattern, Some(Methods::READ), Target::Static { file: file.to_owned() });
            }
            _ => {}
        }
    }

    /// Adds a route, if a release could have it.
    fn add(&mut self, pattern: &str, methods: Option<Methods>, target: Target) {
        let (stem, kind) = match pattern.strip_suffix('*') {
            Some(stem) if stem.len() > 1 && stem.ends_with('/') => (stem, RouteKind::Prefix),
            Some(_) => return,
            None => (pattern, RouteKind::Exact),
        };
        let route = Route { pattern: pattern.to_owned(), kind, methods, target, acknowledge_readonly: false };
        let twin = |other: &&Route| other.kind == kind && other.key() == route.key();
        let taken =
            self.routes.iter().filter(twin).any(|other| !other.admitted().intersection(route.admitted()).is_empty());
        if !taken
            && !stem.contains(['*', '?', '#'])
            && canonicalize(&format!("{stem}x")).is_ok()
            && canonicalize(stem).is_ok()
        {
            self.routes.push(route);
        }
    }

    fn tables(&self) -> Tables {
        let asset = |path: &String| Asset {
            path: path.clone(),
            sha256: Digest::of(path.as_bytes()),
            size: 1,
            content_type: "text/plain".to_owned(),
            encodings: Vec::new(),
        };
        let assets: Vec<Asset> = self.files.values().map(asset).collect();
        let aliased: BTreeSet<&str> = self.files.values().map(String::as_str).collect();
        Tables {
            routes: RouteTable::build(self.routes.clone()),
            statics: StaticTable::build(&assets, &PublicPaths::Implicit, &aliased),
            ssr: self.ssr.then(|| "ssr".to_owned()),
            ..Tables::default()
        }
    }

    /// Every rule one after the other, over lists.
    fn expected(&self, method: Method, path: &str) -> String {
        let mut matching: Vec<&Route> = self.routes.iter().filter(|route| matches(route, path)).collect();
        matching.sort_by_key(|route| (route.kind, std::cmp::Reverse(route.key().len())));
        if let Some(route) = matching.iter().find(|route| route.admitted().contains(method)) {
            return match &route.target {
                Target::Function { name } => format!("function {name}"),
                Target::Static { file } => format!("alias {file}"),
                Target::Proxy { upstream } => format!("proxy {upstream}"),
            };
        }
        let by_routes = matching.iter().fold(Methods::NONE, |all, route| all.union(route.admitted()));
        let file = self.file(path);
        if !method.is_read() && !by_routes.is_empty() {
            let all = if file.is_some() { by_routes.union(Methods::READ) } else { by_routes };
            return format!("405 {}", all.allow_header());
        }
        match file {
            Some(file) if method.is_read() => return format!("file {file}"),
            Some(_) => return "405 GET, HEAD".to_owned(),
            None => {}
        }
        if self.ssr {
            return if method == Method::Other {
                format!("405 {}", Methods::ALL.allow_header())
            } else {
                "function ssr".to_owned()
            };
        }
        let missing = self.error_page(path).filter(|_| method.is_read());
        match self.files.get("/index.html") {
            Some(page) if method.is_read() && missing.is_none() && !names_a_file(path) => format!("file {page}"),
            _ if !by_routes.is_empty() => format!("405 {}", by_routes.allow_header()),
            _ => missing.map_or("404".to_owned(), |page| format!("404 {page}")),
        }
    }

    /// The `404.html` of the nearest folder.
    fn error_page(&self, path: &str) -> Option<&String> {
        let slashes = path.match_indices('/').map(|(at, _)| &path[..=at]);
        let folders: Vec<&str> = slashes.collect();
        folders.iter().rev().find_map(|folder| self.files.get(&format!("{folder}404.html")))
    }

    /// The file of a public path: itself, as a page, as a folder.
    fn file(&self, path: &str) -> Option<&String> {
        let last = path.rsplit('/').next().unwrap_or_default();
        let page = (!last.is_empty() && !last.contains('.')).then(|| format!("{path}.html"));
        let folder = if path.ends_with('/') { format!("{path}index.html") } else { format!("{path}/index.html") };
        let candidates = [Some(path.to_owned()), page, Some(folder)];
        candidates.into_iter().flatten().find_map(|candidate| self.files.get(&candidate))
    }
}

fn matches(route: &Route, path: &str) -> bool {
    let bare =
        |path: &str| if path.len() > 1 { path.strip_suffix('/').unwrap_or(path).to_owned() } else { path.to_owned() };
    match route.kind {
        RouteKind::Exact => canonicalize(&route.pattern).is_ok_and(|pattern| bare(&pattern) == bare(path)),
        RouteKind::Prefix => path.strip_prefix(&route.key()).is_some_and(|rest| !rest.is_empty()),
    }
}

/// Whether the last segment ends in what looks like a file's extension.
fn names_a_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=12).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric())
    })
}
