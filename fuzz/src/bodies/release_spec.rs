//! Release specs: any JSON is read or refused, and what is read makes a release that says one thing.

use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::release::materialize::{Making, materialize};
use crate::release::model::{BlobRef, Release};
use crate::release::spec::{self, ReleaseSpec};
use crate::route::method::Method;
use std::collections::{BTreeMap, BTreeSet};

/// The input is the JSON of a spec.
pub fn check(data: &[u8]) {
    let spec = match spec::parse(data) {
        Ok(spec) => spec,
        Err(error) => return refused(&error),
    };
    let release = match make(&spec, None, "rel_000000000000000000000001") {
        Ok(release) => release,
        Err(error) => return refused(&error),
    };
    let json = serde_json::to_vec(&release).expect("a release is strings, numbers and maps of them");
    let read: Release = serde_json::from_slice(&json).expect("a release reads what it writes");
    assert_eq!(read, release, "a release changes when it is stored");
    assert_eq!(read.content_digest(), release.digest);

    // What is reachable does not depend on who asks when.
    let tables = release.tables(None);
    for (path, _) in tables.statics.entries() {
        let _ = tables.resolve(Method::Get, path);
        assert!(crate::route::path::canonicalize(&path.replace('%', "%25")).is_ok(), "no request reaches {path:?}");
    }
    for route in &release.routes {
        assert!(tables.routes.routes().contains(route));
    }
    assert_eq!(release.tables(None).routes.digest(), tables.routes.digest());

    // The same spec over its own release changes nothing.
    if let Ok(again) = make(&spec, Some(&release), "rel_000000000000000000000002") {
        assert_eq!(again.digest, release.digest, "a spec that is applied twice means two things");
    }
}

fn make(spec: &ReleaseSpec, base: Option<&Release>, id: &str) -> Result<Release, Error> {
    let blob = |(at, _): (String, _)| (at.clone(), BlobRef { sha256: Digest::of(at.as_bytes()), size: 1 });
    let content: BTreeMap<String, BlobRef> = spec.contents().map(blob).collect();
    let upstreams = BTreeSet::from(["shop".to_owned()]);
    let making = Making { upstreams: &upstreams, id: id.to_owned(), created_at_ms: 1, superseded_ms: 1_000 };
    materialize(spec, "p", base, &content, making)
}

/// The author is told what to do about it, and never that the node failed.
fn refused(error: &Error) {
    assert!((400..500).contains(&error.code.status()), "{error}");
    assert!(!error.message.is_empty() && error.code != Code::BadRequest, "{error}");
}
