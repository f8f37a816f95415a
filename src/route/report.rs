//! What would serve a request, as JSON (reference 3.9).
//!
//! The report is made from the very [`Resolution`] that traffic gets. Its fields, and the strings in them, are those
//! the platform's SDK reads; what has no meaning for an answer is `null`.
//!
//! Four of those strings have no cause on one node. `unauthorized_cas_object`: who may ask at all may ask about every file.
//! `unfinalized_or_deleting_cas_object`: a blob has its name once it is whole, and is never deleted while a release needs
//! it. `negative_cache_hit`: misses are not cached. `target_missing` as the fate of a route: a release whose routes lead
//! nowhere is refused.

use super::method::{Method, Methods};
use super::path::canonicalize;
use super::redirects::Rule;
use super::resolve::{Ask, Decision, Resolution, StaticHow, Tables};
use super::statics::{CacheClass, StaticFile, manifest_digest, metadata};
use super::table::{Route, Target};
use crate::digest::Digest;
use serde_json::{Map, Value, json};

/// Characters that stand in no request target as they are (RFC 9112, 3.2): what has one is refused before anybody looks at
/// its path. Browsers encode them.
const UNSENDABLE: [char; 4] = ['<', '>', '`', ' '];

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The normalised host.
    pub hostname: &'q str,
    /// The path as a client would send it, without query and fragment.
    pub raw_path: &'q str,
    /// The query as a client would send it, without its question mark. Only rules of `_redirects` look at it.
    pub query: Option<&'q str>,
    /// The method.
    pub method: Method,
}

/// What the host leads to.
#[derive(Debug, Clone, Copy)]
pub enum Binding<'b> {
    /// To no project.
    Unbound,
    /// To a project without a live release.
    NoRelease {
        /// The project.
        project: &'b str,
    },
    /// To a project whose live release cannot be used.
    Unusable {
        /// The project.
        project: &'b str,
        /// The release that should be live.
        release_id: Option<&'b str>,
        /// Activations of the project so far.
        generation: Option<u64>,
        /// Why it is not.
        outage: Outage,
    },
    /// To a release.
    Live {
        /// The project.
        project: &'b str,
        /// The live release.
        release_id: &'b str,
        /// Activations of the project so far.
        generation: u64,
        /// The release's tables.
        tables: &'b Tables,
    },
}

/// Why a live release cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Its document is gone or damaged.
    Document,
    /// Its document is of a version that this program does not know.
    Version,
    /// Its document is whole, and something that it needs to answer is not: the code of its functions, its secrets.
    Content,
}

/// What the store says about a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CasObject {
    /// Whether they are there.
    pub exists: bool,
    /// Their length in bytes, if they are.
    pub actual_size: Option<u64>,
}

/// Answers a question. `probe` looks a file's bytes up in the store.
pub fn explain(question: Question<'_>, binding: Binding<'_>, probe: impl FnOnce(&StaticFile) -> CasObject) -> Value {
    let mut report = Report::new(question);
    match binding {
        Binding::Unbound => {
            report.set("binding_status", "unbound");
            report.failed("host_missing", 404, Value::Null, "unavailable", "HOST_NOT_CONFIGURED");
        }
        Binding::NoRelease { project } => {
            report.bound(project);
            report.failed(
                "active_release_missing",
                404,
                "active_release_missing".into(),
                "active_release_missing",
                "NO_SITE_DEPLOYED",
            );
        }
        Binding::Unusable { project, release_id, generation, outage } => {
            report.bound(project);
            report.set("release_id", release_id);
            report.set("release_generation", generation);
            report.unusable(outage);
        }
        Binding::Live { project, release_id, generation, tables } => {
            report.bound(project);
            report.release(release_id, generation, tables);
            match canonicalize(question.raw_path) {
                _ if question.raw_path.contains(UNSENDABLE) => {
                    report.failed("path_error", 400, "path_error".into(), "path_error", "BAD_REQUEST");
                }
                Ok(path) => {
                    report.set("normalized_path", &*path);
                    // Nothing is known of the client that would ask.
                    let ask = Ask { query: question.query, ..Ask::of(question.method, &path) };
                    report.resolution(tables, &ask, probe);
                }
                Err(error) => {
                    report.failed("path_error", 400, "path_error".into(), "path_error", error.code().as_str());
                }
            }
        }
    }
    report.fields.into()
}

/// Every field, in the order of the platform's type.
const FIELDS: &[&str] = &[
    "hostname",
    "host_binding_id",
    "binding_status",
    "project_id",
    "channel",
    "release_id",
    "release_generation",
    "route_manifest_sha256",
    "static_manifest_sha256",
    "static_manifest_metadata",
    "normalized_path",
    "match",
    "route",
    "asset_path",
    "reachability_authority",
    "direct",
    "static_sha256",
    "content_type",
    "cache_class",
    "cache_policy",
    "authorization_result",
    "cas_object",
    "response_variant",
    "allow",
    "route_pattern",
    "target_type",
    "target_name",
    "target_file",
    "authorized",
    "fallback_state",
    "error_code",
    "legacy_immutable_risk",
    "emergency_fallback",
    "result",
    "edge_propagation",
];

/// Every field of the platform's type; only the status has a meaning here.
fn edge_propagation() -> Value {
    json!({
        "binding": null,
        "claimed_at": null,
        "kvs_synced_at": null,
        "kvs_source": null,
        "status": "settled",
        "expected_visible_by": null,
        "hint": null,
    })
}

struct Report {
    fields: Map<String, Value>,
}

impl Report {
    fn new(question: Question<'_>) -> Self {
        let mut report = Self { fields: FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect() };
        report.set("hostname", question.hostname);
        report.set("allow", Vec::<String>::new());
        report.set("legacy_immutable_risk", Vec::<String>::new());
        // There is one node: what is live is live everywhere.
        report.set("edge_propagation", edge_propagation());
        report
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    fn bound(&mut self, project: &str) {
        self.set("binding_status", "active");
        self.set("project_id", project);
        self.set("channel", "production");
        self.set("host_binding_id", self.fields["hostname"].clone());
    }

    fn release(&mut self, id: &str, generation: u64, tables: &Tables) {
        self.set("release_id", id);
        self.set("release_generation", generation);
        self.set("route_manifest_sha256", tables.routes.digest().map(|digest| digest.to_string()));
        self.set("static_manifest_sha256", manifest_digest(&tables.statics).to_string());
        self.set("static_manifest_metadata", metadata(&tables.statics));
    }

    /// What is the same in every answer: what matched, whether it may be served, and the status.
    fn outcome(&mut self, matched: &str, result: u16, authorized: bool, authorization: Value, fallback: &str) {
        self.set("match", matched);
        self.set("result", result);
        self.set("authorized", authorized);
        self.set("authorization_result", authorization);
        self.set("fallback_state", fallback);
    }

    fn failed(&mut self, matched: &str, result: u16, authorization: Value, fallback: &str, error_code: &str) {
        self.outcome(matched, result, false, authorization, fallback);
        self.set("error_code", error_code);
    }

    /// The host's site is there and cannot be read: an outage, not a miss.
    fn unusable(&mut self, outage: Outage) {
        let (matched, fallback) = match outage {
            Outage::Document => ("manifest_missing", "unavailable"),
            Outage::Version => ("unsupported_manifest_version", "unsupported_manifest_version"),
            Outage::Content => ("active_release_missing", "active_release_missing"),
        };
        self.failed(matched, 503, matched.into(), fallback, "STORAGE_UNAVAILABLE");
    }

    fn resolution(&mut self, tables: &Tables, ask: &Ask<'_>, probe: impl FnOnce(&StaticFile) -> CasObject) {
        let &Ask { method, path, .. } = ask;
        let decision = tables.decide(ask);
        self.rules(tables, &decision, ask);
        match decision.answer {
            Resolution::Function { name, route } => {
                self.outcome("route_function", 200, true, "not_applicable".into(), "not_used");
                self.set("target_type", "function");
                self.set("target_name", name);
                match route {
                    Some(route) => self.route(route),
                    // The renderer has no route; it is told as the pattern it amounts to.
                    None => self.set("route_pattern", "/*"),
                }
            }
            Resolution::Proxy { route, .. } => {
                self.outcome("route_proxy", 200, true, "not_applicable".into(), "not_used");
                self.route(route);
            }
            Resolution::Static { file, how, route } => {
                self.file(file, how, decision.rule.is_some(), path, probe);
                if let Some(cache_control) = decision.cache_control() {
                    self.set("cache_policy", cache_control);
                }
                if let Some(route) = route {
                    self.route(route);
                }
            }
            Resolution::MethodNotAllowed { allow, by_route, route } => {
                let code = if by_route { "ROUTE_METHOD_NOT_ALLOWED" } else { "method_not_allowed" };
                let fallback = match tables.statics.spa_fallback() {
                    _ if !method.is_read() => "method_not_static",
                    Some(_) => "not_eligible",
                    None => "not_configured",
                };
                self.failed("route_method_miss", 405, "not_applicable".into(), fallback, code);
                self.allow(allow);
                if let Some(route) = route {
                    self.route(route);
                }
            }
            Resolution::Redirect { rule } => {
                let status = rule.source().status;
                self.outcome("redirect_rule", status, true, "not_applicable".into(), "not_used");
            }
            Resolution::NotFound { page: Some(page), status } => {
                let trouble = self.describe(page, true, path, probe);
                self.set("direct", false);
                match trouble {
                    None => self.failed("none", status, "not_public".into(), "used", "static_not_found"),
                    Some(trouble) => self.failed("none", 503, trouble.into(), "used", "STORAGE_UNAVAILABLE"),
                }
            }
            Resolution::NotFound { page: None, .. } => self.not_found(tables, method, path),
        }
    }

    /// The rule of `_redirects` that led to the answer, and those that would have if the client were another.
    fn rules(&mut self, tables: &Tables, decision: &Decision<'_>, ask: &Ask<'_>) {
        let about = |rule: &Rule| {
            let source = rule.source();
            json!({
                "line": source.line,
                "from": source.from,
                "to": source.to,
                "status": source.status,
                "force": source.force,
            })
        };
        if !decision.asked_rules {
            return;
        }
        let filed = matches!(
            decision.answer,
            Resolution::Static { how: StaticHow::Exact | StaticHow::Index | StaticHow::Superseded, .. }
        ) && decision.rule.is_none();
        let before = tables.redirects.candidates(ask.path).take_while(|rule| Some(*rule) != decision.rule);
        let conditions: Vec<Value> = before
            .filter(|rule| rule.is_conditional() && (!filed || rule.source().force))
            .map(|rule| {
                let mut entry = about(rule);
                entry["query"] = json!(rule.source().query);
                entry["conditions"] = json!(rule.source().conditions);
                entry
            })
            .collect();
        if decision.rule.is_none() && conditions.is_empty() {
            return;
        }
        let mut redirect = decision.rule.map_or_else(|| json!({}), about);
        redirect["location"] = decision.rule.and_then(|rule| rule.location(ask.path, ask.query)).into();
        redirect["conditions"] = conditions.into();
        self.set("redirect", redirect);
    }

    fn not_found(&mut self, tables: &Tables, method: Method, path: &str) {
        let (matched, authorization, fallback) = match tables.statics.spa_fallback() {
            _ if !method.is_read() => ("none", "not_public", "method_not_static"),
            Some(_) => ("none", "not_public", "not_eligible"),
            // A page of an application, on a site that has no root page to answer with.
            None if Tables::spa_eligible(path) && !tables.statics.is_explicit() => {
                ("spa_fallback_missing", "target_missing", "target_missing")
            }
            None => ("none", "not_public", "not_configured"),
        };
        self.failed(matched, 404, authorization.into(), fallback, "static_not_found");
    }

    fn allow(&mut self, allow: Methods) {
        self.set("allow", allow.names());
    }

    fn route(&mut self, route: &Route) {
        self.set("route", json!({ "pattern": route.pattern, "methods": route.methods, "target": route.target }));
        self.set("route_pattern", route.pattern.as_str());
        self.set("target_type", route.target.type_name());
        match &route.target {
            Target::Static { file } => self.set("target_file", file.as_str()),
            Target::Function { name } | Target::Proxy { upstream: name } => self.set("target_name", name.as_str()),
        }
    }

    fn file(
        &mut self,
        file: &StaticFile,
        how: StaticHow,
        by_rule: bool,
        path: &str,
        probe: impl FnOnce(&StaticFile) -> CasObject,
    ) {
        let (matched, fallback) = match how {
            StaticHow::Exact | StaticHow::Superseded => ("static_exact", "not_used"),
            StaticHow::Index => ("static_index", "not_used"),
            StaticHow::SpaFallback => ("spa_fallback", "used"),
            StaticHow::Alias => ("route_static_alias", "not_used"),
        };
        match self.describe(file, by_rule, path, probe) {
            None => self.outcome(matched, 200, true, "authorized".into(), fallback),
            Some(trouble) => self.failed(matched, 503, trouble.into(), fallback, "STORAGE_UNAVAILABLE"),
        }
        self.set("direct", how != StaticHow::Alias);
    }

    /// The file and its bytes; what is wrong with them, if something is. One that stands in for another path may be kept
    /// only as long as it is asked about each time.
    fn describe(
        &mut self,
        file: &StaticFile,
        stands_in: bool,
        path: &str,
        probe: impl FnOnce(&StaticFile) -> CasObject,
    ) -> Option<&'static str> {
        let object = probe(file);
        self.set("asset_path", file.asset_path.as_str());
        self.set("reachability_authority", file.authority.as_str());
        self.set("static_sha256", file.sha256_hex.as_str());
        self.set("content_type", file.content_type.as_str());
        self.set("cache_class", file.cache_class.as_str());
        let policy = if stands_in { CacheClass::Html.cache_control() } else { file.cache_control };
        self.set("cache_policy", policy);
        self.set(
            "cas_object",
            json!({
                "sha256": file.sha256_hex,
                "exists": object.exists,
                "expected_size": file.size,
                "actual_size": object.actual_size,
            }),
        );
        self.variant(file, path);
        match object {
            CasObject { exists: false, .. } => Some("missing_cas_object"),
            CasObject { actual_size: Some(size), .. } if size != file.size => Some("size_mismatch"),
            CasObject { .. } => None,
        }
    }

    /// Which of a file's forms is meant. There is one: the bytes as they are.
    fn variant(&mut self, file: &StaticFile, path: &str) {
        let mut variant = json!({
            "kind": "identity",
            "varies_by": if file.forms.vary() { &["accept-encoding"][..] } else { &[] },
            "hostname": self.fields["hostname"],
            "release_id": self.fields["release_id"],
            "release_generation": self.fields["release_generation"],
            "path": path,
            "raw_static_sha256": file.sha256_hex,
        });
        let inputs = Digest::of(variant.to_string().as_bytes()).to_string();
        variant["variant_inputs_hash"] = inputs.into();
        self.set("response_variant", variant);
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
