use super::*;
use crate::release::materialize::{Making, materialize};
use crate::release::spec;
use serde_json::json;
use std::collections::BTreeMap;

/// A release of content that nobody stored: only its names and digests matter here.
fn release(spec: Value, base: Option<&Release>) -> Release {
    let mut spec = spec;
    spec["project"] = "p".into();
    let spec = spec::from_value(&spec).unwrap();
    let blob = |text: &[u8]| crate::release::model::BlobRef {
        sha256: crate::digest::Digest::of(text),
        size: text.len() as u64,
    };
    let content: BTreeMap<_, _> = spec
        .contents()
        .map(|(at, content)| match content {
            spec::Content::Inline(bytes) => (at, blob(bytes)),
            _ => (at, blob(b"")),
        })
        .collect();
    let making = Making { upstreams: &BTreeSet::new(), id: "rel_1".to_owned(), created_at_ms: 0, superseded_ms: 0 };
    materialize(&spec, "p", base, &content, making).unwrap()
}

fn codes(new: &Release, base: Option<&Release>) -> Vec<&'static str> {
    warnings(new, base, None).iter().map(|warning| warning.code).collect()
}

fn site(files: Value) -> Value {
    json!({ "site": { "replace": files } })
}

#[test]
fn a_plain_site_has_nothing_to_warn_of() {
    let first = release(site(json!({ "index.html": "page", "a.css": "a" })), None);
    assert!(codes(&first, None).is_empty());
    let next = release(site(json!({ "index.html": "new", "a.css": "a" })), Some(&first));
    assert!(codes(&next, Some(&first)).is_empty());
    assert!(codes(&first, Some(&first)).is_empty());
}

#[test]
fn every_code_that_is_raised_is_known() {
    let functions = json!({ "replace": { "f": { "runtime": "node22", "source": { "data": "" } } } });
    let read_only = json!({ "pattern": "/f/*", "methods": ["GET"], "target": { "type": "function", "name": "f" } });
    let mut busy = site(json!({ "index.html": "page", "f/a.css": "a" }));
    busy["functions"] = functions;
    busy["routes"] = json!({ "replace": [read_only] });
    let first = release(busy, None);
    let nothing = release(json!({ "base": { "release": "empty" }, "routes": { "replace": [] } }), Some(&first));
    for code in codes(&first, None).into_iter().chain(codes(&nothing, Some(&first))) {
        assert_eq!(known(code), Ok(()), "{code}");
    }
    assert_eq!(
        codes(&nothing, Some(&first)),
        [
            "DESTRUCTIVE_FUNCTION_REMOVAL",
            "SITE_BULK_REMOVAL",
            "SITE_ENTRYPOINT_REMOVED",
            "ZERO_SITE_FILES_AFTER",
            "ZERO_FUNCTIONS_AFTER"
        ]
    );
    assert_eq!(
        codes(&first, None),
        ["PUBLIC_ROUTED_FUNCTION", "WILDCARD_ROUTE_SHADOWS_STATIC_PATHS", "WILDCARD_ROUTE_EXCLUDES_MUTATION_METHODS"]
    );
}

#[test]
fn a_gate_that_is_gone_is_told_louder_than_a_function_that_never_had_one() {
    let spec = |gate: bool| {
        json!({
            "functions": { "replace": { "f": { "source": { "data": "" }, "requireAuth": gate } } },
            "routes": { "replace": [{ "pattern": "/f", "target": { "type": "function", "name": "f" } }] },
        })
    };
    let (gated, open) = (release(spec(true), None), release(spec(false), None));
    let told = |new: &Release, base: Option<&Release>| {
        let found = warnings(new, base, None);
        found.into_iter().find(|warning| warning.code == "PUBLIC_ROUTED_FUNCTION")
    };
    assert_eq!(told(&gated, None), None);
    assert_eq!(told(&open, None).unwrap().severity, Severity::Info);
    assert_eq!(told(&open, Some(&open)), None);
    let gone = told(&open, Some(&gated)).unwrap();
    assert_eq!((gone.severity, &gone.details["gates_removed"]), (Severity::High, &json!(["f"])));
    assert!(!gone.requires_confirmation);
}

#[test]
fn long_lists_are_cut_and_counted() {
    let names: Vec<String> = (0..LISTED_MAX + 7).map(|n| n.to_string()).collect();
    let warning = Warning::new("SITE_BULK_REMOVAL", Severity::High, "gone", names);
    assert_eq!((warning.affected.len(), &warning.details["total"]), (LISTED_MAX, &json!(LISTED_MAX + 7)));
}

#[test]
fn an_unknown_code_is_told_with_the_nearest() {
    assert_eq!(known("site_entrypoint_removed"), Err(Some("SITE_ENTRYPOINT_REMOVED")));
    assert_eq!(known("zzz"), Err(None));
}
