use super::*;
use crate::digest::Digest;
use crate::release::model::{Site, SiteFile, VERSION};
use std::collections::BTreeMap;

const GIVEN: Given = Given { timeout_seconds: (10, 60), memory_mb: (128, 512) };

fn release(id: &str, files: &[(&str, &str)]) -> Release {
    let file = |text: &str| SiteFile {
        sha256: Digest::of(text.as_bytes()),
        size: text.len() as u64,
        content_type: "text/plain".to_owned(),
        encodings: BTreeMap::new(),
    };
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect();
    let mut release = Release {
        version: VERSION.to_owned(),
        id: id.to_owned(),
        project: "p".to_owned(),
        parent: None,
        created_at: 0,
        digest: Digest::of(b""),
        site: Site { files, ..Site::default() },
        functions: BTreeMap::new(),
        routes: Vec::new(),
        i18n: None,
        subdomains: Vec::new(),
        secrets_required: Vec::new(),
        superseded: BTreeMap::new(),
        redirects: Vec::new(),
        header_rules: Vec::new(),
    };
    release.digest = release.content_digest();
    release
}

fn compare(from: &Release, to: &Release, limit: usize) -> Value {
    json!(diff(Some(from), to, &GIVEN, limit, &|_| true))
}

#[test]
fn the_same_content_is_no_difference() {
    let (a, b) = (release("rel_a", &[("a", "1")]), release("rel_b", &[("a", "1")]));
    let same = compare(&a, &b, 10);
    assert_eq!((&same["is_noop"], &same["static_assets"]["unchanged"]), (&json!(true), &json!(1)));
}

#[test]
fn lists_are_cut_and_totals_are_not() {
    let (a, b) = (release("rel_a", &[]), release("rel_b", &[("a", "1"), ("b", "2"), ("c", "3")]));
    let cut = compare(&a, &b, 1);
    assert_eq!((cut["site"]["added"].as_array().unwrap().len(), &cut["site"]["totals"]["added"]), (1, &json!(3)));
    assert_eq!(cut["warnings"][0]["details"]["site.added"], 3);
    assert_eq!(cut["summary"], "Different: 3 files, 3 public paths.");
}

#[test]
fn bytes_are_counted_once_for_each_content() {
    let a = release("rel_a", &[("a", "four"), ("b", "five5")]);
    let b = release("rel_b", &[("a", "four"), ("c", "four"), ("d", "sixsix"), ("e", "sixsix")]);
    let assets = &compare(&a, &b, 10)["static_assets"];
    let numbers = ["newly_uploaded_cas_bytes", "reused_cas_bytes", "deployment_copy_bytes_eliminated"];
    assert_eq!(numbers.map(|field| assets[field].as_u64().unwrap()), [6, 4, 14]);
    let missing = json!(diff(None, &b, &GIVEN, 1, &|_| false));
    assert_eq!(missing["static_assets"]["cas_authorization_failures"].as_array().unwrap().len(), 1);
}
