//! The route table: from path and method to the route that answers.
//!
//! Exact patterns beat prefixes, longer prefixes beat shorter ones, and among those the first one that admits the
//! method wins, so `POST /login` can be a function while `GET /login` is a file (reference 3.4). A lookup allocates
//! nothing; its work is bounded by the number of different prefix lengths in the table, not by the path a client
//! sends.

use super::lookup::Lookup;
use super::method::{Method, Methods};
use super::path::canonicalize;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::HashMap;

/// How a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteKind {
    /// `/admin`: this path, with or without a slash at its end.
    Exact,
    /// `/admin/*`: every path below, but not `/admin` and `/admin/`.
    Prefix,
}

/// What answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A function of the release.
    Function {
        /// Its name.
        name: String,
    },
    /// A file of the release, whatever its public path.
    Static {
        /// Its path in the site, without a slash at its beginning.
        file: String,
    },
    /// An upstream of the node.
    Proxy {
        /// Its name in the node's configuration.
        upstream: String,
    },
}

impl Target {
    /// The type, as written in a spec.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Function { .. } => "function",
            Self::Static { .. } => "static",
            Self::Proxy { .. } => "proxy",
        }
    }

    /// The function, file or upstream.
    pub fn name(&self) -> &str {
        match self {
            Self::Function { name } => name,
            Self::Static { file } => file,
            Self::Proxy { upstream } => upstream,
        }
    }
}

/// One entry of a route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// As written in the spec.
    pub pattern: String,
    /// How the pattern matches.
    pub kind: RouteKind,
    /// The methods it names; `None` is all seven.
    pub methods: Option<Methods>,
    /// What answers.
    pub target: Target,
    /// The author knows that a read-only prefix answers no other methods (reference 3.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acknowledge_readonly: bool,
}

impl Route {
    /// The methods the route admits, `HEAD` included where there is `GET`.
    pub fn admitted(&self) -> Methods {
        self.methods.unwrap_or(Methods::ALL).effective()
    }

    /// The pattern up to its `*`: `/admin/` of `/admin/*`.
    pub fn prefix(&self) -> Option<&str> {
        match self.kind {
            RouteKind::Exact => None,
            RouteKind::Prefix => self.pattern.strip_suffix('*'),
        }
    }

    /// What two routes have in common when they match the same paths: the canonical pattern, for an exact one without
    /// a slash at its end, for a prefix with one.
    pub fn key(&self) -> String {
        let pattern = self.prefix().unwrap_or(&self.pattern);
        // A spec's patterns have a canonical form; one that has none matches nothing.
        let key = canonicalize(pattern).map_or_else(|_| pattern.to_owned(), |canonical| canonical.into_owned());
        match self.kind {
            RouteKind::Exact => without_trailing_slash(&key).to_owned(),
            RouteKind::Prefix => key,
        }
    }

    /// The order of a table (reference 3.3).
    fn order(&self, other: &Self) -> Ordering {
        let length = |route: &Self| route.prefix().map_or(0, str::len);
        (self.kind.cmp(&other.kind))
            .then_with(|| length(other).cmp(&length(self)))
            .then_with(|| self.pattern.cmp(&other.pattern))
            .then_with(|| self.methods_key().cmp(&other.methods_key()))
            .then_with(|| self.target.cmp(&other.target))
    }

    fn methods_key(&self) -> String {
        self.methods.map_or_else(|| "*".to_owned(), |methods| sorted_names(methods.effective()).join(","))
    }

    /// The route as manifests and inventories have it (reference 3.3, 3.10).
    pub fn manifest_entry(&self) -> Value {
        json!({
            "pattern": self.pattern,
            "kind": self.kind,
            "prefix": self.prefix(),
            "methods": self.methods.map(sorted_names),
            "target": self.target,
        })
    }
}

/// Sorts routes into the order of a table: exact first, longer prefixes first (reference 3.3).
pub fn sort(routes: &mut [Route]) {
    routes.sort_by(Route::order);
}

/// What a table says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteMatch<'t> {
    /// This route answers.
    Hit(&'t Route),
    /// Patterns match, but none of them admits the method.
    MethodMiss {
        /// What they admit together.
        allow: Methods,
        /// The first of them.
        route: &'t Route,
    },
    /// No pattern matches.
    None,
}

/// Positions of the routes with one key, in the order of the table.
type Positions = Box<[usize]>;

/// The routes of a release, ready for lookups. Immutable.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    routes: Vec<Route>,
    exact: Lookup<Positions>,
    prefixes: Lookup<Positions>,
    /// The lengths of the keys of `prefixes`, longest first, each once.
    prefix_lengths: Vec<usize>,
    digest: Option<Digest>,
}

impl RouteTable {
    /// Builds the table of routes that were validated.
    pub fn build(mut routes: Vec<Route>) -> Self {
        sort(&mut routes);
        let mut exact: HashMap<String, Vec<usize>> = HashMap::new();
        let mut prefixes: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, route) in routes.iter().enumerate() {
            let patterns = match route.kind {
                RouteKind::Exact => &mut exact,
                RouteKind::Prefix => &mut prefixes,
            };
            patterns.entry(route.key()).or_default().push(position);
        }
        let mut prefix_lengths: Vec<usize> = prefixes.keys().map(String::len).collect();
        prefix_lengths.sort_unstable_by(|a, b| b.cmp(a));
        prefix_lengths.dedup();
        let freeze = |patterns: HashMap<String, Vec<usize>>| {
            patterns.into_iter().map(|(key, positions)| (key.into(), positions.into())).collect()
        };
        let digest = digest(&routes);
        Self { exact: freeze(exact), prefixes: freeze(prefixes), prefix_lengths, digest, routes }
    }

    /// The routes, in order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The table's name: the SHA-256 of its entries in order; none when there are none (reference 3.3).
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The route of a canonical path. Allocates nothing.
    pub fn lookup(&self, path: &str, method: Method) -> RouteMatch<'_> {
        let mut miss = Miss::default();
        if !self.exact.is_empty()
            && let Some(positions) = self.exact.get(without_trailing_slash(path))
            && let Some(route) = self.choose(positions, method, &mut miss)
        {
            return RouteMatch::Hit(route);
        }
        for length in &self.prefix_lengths {
            // Something must come after the slash the prefix ends with.
            let candidate = match path.as_bytes().get(length - 1) {
                Some(b'/') if path.len() > *length => &path[..*length],
                _ => continue,
            };
            if let Some(positions) = self.prefixes.get(candidate)
                && let Some(route) = self.choose(positions, method, &mut miss)
            {
                return RouteMatch::Hit(route);
            }
        }
        match miss.route {
            Some(route) => RouteMatch::MethodMiss { allow: miss.allow, route },
            None => RouteMatch::None,
        }
    }

    fn choose<'t>(&'t self, positions: &[usize], method: Method, miss: &mut Miss<'t>) -> Option<&'t Route> {
        for position in positions {
            let route = &self.routes[*position];
            if route.admitted().contains(method) {
                return Some(route);
            }
            miss.allow = miss.allow.union(route.admitted());
            miss.route.get_or_insert(route);
        }
        None
    }
}

/// What was passed over because of the method.
#[derive(Default)]
struct Miss<'t> {
    allow: Methods,
    route: Option<&'t Route>,
}

fn without_trailing_slash(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some("") | None => path,
        Some(shorter) => shorter,
    }
}

/// Method names in ASCII order, as manifests have them.
fn sorted_names(methods: Methods) -> Vec<&'static str> {
    let mut names = methods.names();
    names.sort_unstable();
    names
}

fn digest(routes: &[Route]) -> Option<Digest> {
    let entries: Vec<Value> = routes.iter().map(Route::manifest_entry).collect();
    (!entries.is_empty()).then(|| Digest::of(Value::from(entries).to_string().as_bytes()))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
