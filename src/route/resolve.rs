//! The resolver: what answers a request (reference 3.4). Pure, and the only one: diagnosis asks it too.
//!
//! The order:
//!
//! 1. routes; what one matches never falls through to a file because it failed
//! 2. what the method of a route shut out, if it is unsafe
//! 3. the rule of `_redirects` that matches first, if it has a `!` or there is no file
//! 4. files, also those of earlier releases that pages loaded before may still ask for
//! 5. the renderer
//! 6. the nearest `404.html`; where there is none, the fallback of single-page applications
//! 7. nothing
//!
//! An unsafe method never gets a page. A rule that rewrites has the new path looked up among routes and files, once.

use super::header_rules::{Field, HeaderRules};
use super::locale::Locales;
use super::method::{Method, Methods};
use super::path::canonicalize;
use super::redirects::{Action, Client, RedirectTable, Rule, Varies};
use super::statics::{CacheClass, StaticFile, StaticHit, StaticKind, StaticTable};
use super::table::{Route, RouteMatch, RouteTable, Target};
use std::borrow::Cow;

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
    /// The rules of `_redirects`.
    pub redirects: RedirectTable,
    /// The rules of `_headers`.
    pub header_rules: HeaderRules,
}

/// What of a request decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'r> {
    /// The method.
    pub method: Method,
    /// The canonical path ([`super::path::canonicalize`]).
    pub path: &'r str,
    /// The query as it was sent, without its question mark.
    pub query: Option<&'r str>,
    /// What is known of the client.
    pub client: Client<'r>,
}

impl<'r> Ask<'r> {
    /// A request of which nothing else is known.
    pub fn of(method: Method, path: &'r str) -> Self {
        Self { method, path, query: None, client: Client::default() }
    }
}

/// What answers a request, and what led there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'t> {
    /// The answer.
    pub answer: Resolution<'t>,
    /// The rule of `_redirects` that it is the answer of.
    pub rule: Option<&'t Rule>,
    /// Whether the rules were asked: they are not where a route answers, nor where there is a file that none insists on.
    pub asked_rules: bool,
    /// What of the client it depended on, whether or not a rule matched.
    pub varies: Varies,
}

impl Decision<'_> {
    /// How a static answer may be cached where that is not its file's to say: a file's own name may let it be kept for a
    /// year, the path of a rule or of nothing at all does not.
    pub fn cache_control(&self) -> Option<&'static str> {
        // Who has the role may see it, and nobody who shares a cache with them.
        if self.rule.is_some_and(|rule| !rule.source().conditions.role.is_empty()) {
            return Some("private, no-cache");
        }
        let stands_in = match self.answer {
            Resolution::Static { .. } => self.rule.is_some(),
            Resolution::NotFound { page: Some(_), .. } => true,
            _ => false,
        };
        stands_in.then(|| CacheClass::RevalidatingAsset.cache_control())
    }
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
    /// The client is sent elsewhere, by the rule of the [`Decision`].
    Redirect {
        /// That rule.
        rule: &'t Rule,
    },
    /// Nothing answers.
    NotFound {
        /// The site's page that says so.
        page: Option<&'t StaticFile>,
        /// 404, or 410 if a rule says that it is gone.
        status: u16,
    },
}

impl Resolution<'_> {
    /// Nothing answers, and the site has no page that says so.
    pub const NOTHING: Self = Self::NotFound { page: None, status: 404 };
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
    /// What answers `method` at a canonical path, for a client of which nothing is known.
    pub fn resolve<'t>(&'t self, method: Method, path: &str) -> Resolution<'t> {
        self.decide(&Ask::of(method, path)).answer
    }

    /// What answers a request. Allocates nothing unless a rule matches.
    pub fn decide<'t>(&'t self, ask: &Ask<'_>) -> Decision<'t> {
        let plain = |answer| Decision { answer, rule: None, asked_rules: false, varies: Varies::NOTHING };
        let &Ask { method, path, .. } = ask;
        let shut_out = match self.routes.lookup(path, method) {
            RouteMatch::Hit(route) => return plain(self.follow(route)),
            RouteMatch::MethodMiss { allow, route } => Some((allow, route)),
            RouteMatch::None => None,
        };
        let hit = self.statics.lookup(path);
        if let Some((allow, route)) = shut_out
            && !method.is_read()
        {
            // The file that GET would get is there too, so `Allow` says so.
            let allow = if hit.is_some() { allow.union(Methods::READ) } else { allow };
            return plain(Resolution::MethodNotAllowed { allow, by_route: true, route: Some(route) });
        }
        let is_there = hit.is_some() || (method.is_read() && self.statics.superseded(path).is_some());
        if self.redirects.is_empty() || (is_there && !self.redirects.has_forced()) {
            return plain(self.unruled(ask, hit, shut_out, Methods::NONE));
        }
        let choice = self.redirects.choose(path, ask.query, &ask.client);
        let rule = choice.rule.filter(|rule| !is_there || rule.source().force);
        let (answer, rule) = match rule.map_or(Obeyed::Not(Methods::NONE), |rule| self.obey(rule, ask)) {
            Obeyed::Answer(answer) => (answer, rule),
            Obeyed::Not(others) => (self.unruled(ask, hit, shut_out, others), None),
        };
        Decision { answer, rule, asked_rules: true, varies: choice.varies }
    }

    /// The fields that rules give to a static answer at `path`, beside those of its file.
    pub fn fields<'t>(&'t self, decision: &Decision<'t>, path: &str) -> Cow<'t, [Field]> {
        let direct = match decision.answer {
            Resolution::Static { how: StaticHow::Exact | StaticHow::Index, .. } => decision.rule.is_none(),
            Resolution::Static { .. } | Resolution::NotFound { page: Some(_), .. } => false,
            _ => return Cow::Borrowed(&[]),
        };
        // What stands in for another path is not in the table of paths.
        if direct { Cow::Borrowed(self.statics.fields(path)) } else { Cow::Owned(self.header_rules.fields(path)) }
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
            Target::Static { file } => self.statics.alias(file).map_or(Resolution::NOTHING, |file| {
                Resolution::Static { file, how: StaticHow::Alias, route: Some(route) }
            }),
        }
    }

    /// What a rule leads to.
    fn obey<'t>(&'t self, rule: &'t Rule, ask: &Ask<'_>) -> Obeyed<'t> {
        if rule.action() == Action::Redirect {
            // A value that has no place in the target: the rule is not for this request.
            return match rule.location(ask.path, ask.query) {
                Some(_) => Obeyed::Answer(Resolution::Redirect { rule }),
                None => Obeyed::Not(Methods::NONE),
            };
        }
        let Some(path) = rule.rewritten(ask.path, ask.query) else { return Obeyed::Not(Methods::NONE) };
        let Ok(path) = canonicalize(&path) else { return Obeyed::Not(Methods::NONE) };
        let hit = self.statics.lookup(&path);
        if rule.action() == Action::ErrorPage {
            return match hit {
                Some(hit) if ask.method.is_read() => {
                    Obeyed::Answer(Resolution::NotFound { page: Some(hit.file), status: rule.source().status })
                }
                _ => Obeyed::Not(Methods::NONE),
            };
        }
        match (self.routes.lookup(&path, ask.method), hit) {
            (RouteMatch::Hit(route), _) => Obeyed::Answer(self.follow(route)),
            (_, Some(StaticHit { file, how })) if ask.method.is_read() => {
                Obeyed::Answer(Resolution::Static { file, how: how.into(), route: None })
            }
            (RouteMatch::MethodMiss { allow, .. }, hit) => {
                Obeyed::Not(if hit.is_some() { allow.union(Methods::READ) } else { allow })
            }
            (RouteMatch::None, Some(_)) => Obeyed::Not(Methods::READ),
            (RouteMatch::None, None) => Obeyed::Not(Methods::NONE),
        }
    }

    /// What answers where no rule does. `others` are the methods that a rule would have had an answer for.
    fn unruled<'t>(
        &'t self,
        ask: &Ask<'_>,
        hit: Option<StaticHit<'t>>,
        shut_out: Option<(Methods, &'t Route)>,
        others: Methods,
    ) -> Resolution<'t> {
        let &Ask { method, path, .. } = ask;
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
        if let Some(name) = &self.ssr {
            if method == Method::Other {
                return Resolution::MethodNotAllowed { allow: Methods::ALL, by_route: false, route: None };
            }
            return Resolution::Function { name, route: None };
        }
        let page = self.statics.not_found_page(path).filter(|_| method.is_read());
        if method.is_read()
            && page.is_none()
            && let Some(file) = self.statics.spa_fallback()
            && Self::spa_eligible(path)
        {
            return Resolution::Static { file, how: StaticHow::SpaFallback, route: None };
        }
        match shut_out {
            Some((allow, route)) => Resolution::MethodNotAllowed { allow, by_route: true, route: Some(route) },
            None if !others.is_empty() => Resolution::MethodNotAllowed { allow: others, by_route: false, route: None },
            None => Resolution::NotFound { page, status: 404 },
        }
    }
}

/// What came of a rule that matched.
enum Obeyed<'t> {
    /// It answers.
    Answer(Resolution<'t>),
    /// It does not, but does for these methods.
    Not(Methods),
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "resolve_rules_tests.rs"]
mod rule_tests;
