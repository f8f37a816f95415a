//! The resolver: what answers a request (reference 3.4). Pure, and the only one: diagnosis asks it too.
//!
//! The order: routes; what the method of a route shut out, if it is unsafe; files; the renderer; the fallback of
//! single-page applications; nothing. An unsafe method never gets a page, and what a route matched never falls through
//! to a file because it failed.

use super::locale::Locales;
use super::method::{Method, Methods};
use super::statics::{StaticFile, StaticHit, StaticKind, StaticTable};
use super::table::{Route, RouteMatch, RouteTable, Target};

/// Longest file extension, in characters. A path whose last segment has one asks for a file, not for a page of an
/// application.
const EXTENSION_CHARS_MAX: usize = 12;

/// Everything a release knows about its paths. Immutable.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// The routes.
    pub routes: RouteTable,
    /// The files.
    pub statics: StaticTable,
    /// The function that gets every path nothing else answers (`class: ssr`).
    pub ssr: Option<String>,
    /// The locales, if the release has any.
    pub i18n: Option<Locales>,
}

/// What answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution<'t> {
    /// A function.
    Function {
        /// Its name.
        name: &'t str,
        /// The route that names it; none for the renderer.
        route: Option<&'t Route>,
    },
    /// An upstream.
    Proxy {
        /// Its name.
        upstream: &'t str,
        /// The route that names it.
        route: &'t Route,
    },
    /// A file.
    Static {
        /// The file.
        file: &'t StaticFile,
        /// How the path leads there.
        how: StaticHow,
        /// The route that names it, for an alias.
        route: Option<&'t Route>,
    },
    /// The path has an answer, but not for this method: 405.
    MethodNotAllowed {
        /// The methods that have one.
        allow: Methods,
        /// Whether a route says so (`ROUTE_METHOD_NOT_ALLOWED`), not a file (`method_not_allowed`).
        by_route: bool,
        /// The first route that matches the path.
        route: Option<&'t Route>,
    },
    /// Nothing answers: 404.
    NotFound,
}

/// How a path leads to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaticHow {
    /// It is the file's public path.
    Exact,
    /// It is a folder's path.
    Index,
    /// Nothing else answers, and the site is a single-page application.
    SpaFallback,
    /// A route names the file.
    Alias,
    /// An earlier release had it at this path.
    Superseded,
}

impl From<StaticKind> for StaticHow {
    fn from(kind: StaticKind) -> Self {
        match kind {
            StaticKind::Exact => Self::Exact,
            StaticKind::Index => Self::Index,
        }
    }
}

impl Tables {
    /// What answers `method` at a canonical path ([`super::path::canonicalize`]). Allocates nothing.
    pub fn resolve<'t>(&'t self, method: Method, path: &str) -> Resolution<'t> {
        let shut_out = match self.routes.lookup(path, method) {
            RouteMatch::Hit(route) => return self.follow(route),
            RouteMatch::MethodMiss { allow, route } => Some((allow, route)),
            RouteMatch::None => None,
        };
        let hit = self.statics.lookup(path);
        if let Some((allow, route)) = shut_out
            && !method.is_read()
        {
            // The file that GET would get is there too, so `Allow` says so.
            let allow = if hit.is_some() { allow.union(Methods::READ) } else { allow };
            return Resolution::MethodNotAllowed { allow, by_route: true, route: Some(route) };
        }
        if let Some(StaticHit { file, how }) = hit {
            if method.is_read() {
                return Resolution::Static { file, how: how.into(), route: None };
            }
            return Resolution::MethodNotAllowed { allow: Methods::READ, by_route: false, route: None };
        }
        if method.is_read()
            && let Some(file) = self.statics.superseded(path)
        {
            return Resolution::Static { file, how: StaticHow::Superseded, route: None };
        }
        self.unmatched(method, path, shut_out)
    }

    /// Whether the fallback of single-page applications would answer a page at `path`: its last segment does not look
    /// like a file's name.
    pub fn spa_eligible(path: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or_default();
        let extension = last.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_extension = (1..=EXTENSION_CHARS_MAX).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric());
        !is_extension
    }

    fn follow<'t>(&'t self, route: &'t Route) -> Resolution<'t> {
        match &route.target {
            Target::Function { name } => Resolution::Function { name, route: Some(route) },
            Target::Proxy { upstream } => Resolution::Proxy { upstream, route },
            // A release has no alias of a file that does not exist.
            Target::Static { file } => self.statics.alias(file).map_or(Resolution::NotFound, |file| {
                Resolution::Static { file, how: StaticHow::Alias, route: Some(route) }
            }),
        }
    }

    fn unmatched<'t>(&'t self, method: Method, path: &str, shut_out: Option<(Methods, &'t Route)>) -> Resolution<'t> {
        if let Some(name) = &self.ssr {
            if method == Method::Other {
                return Resolution::MethodNotAllowed { allow: Methods::ALL, by_route: false, route: None };
            }
            return Resolution::Function { name, route: None };
        }
        if method.is_read()
            && let Some(file) = self.statics.spa_fallback()
            && Self::spa_eligible(path)
        {
            return Resolution::Static { file, how: StaticHow::SpaFallback, route: None };
        }
        match shut_out {
            Some((allow, route)) => Resolution::MethodNotAllowed { allow, by_route: true, route: Some(route) },
            None => Resolution::NotFound,
        }
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
