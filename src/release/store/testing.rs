//! Releases for tests.

use crate::digest::Digest;
use crate::release::model::{Release, Site, SiteFile, VERSION};

/// A release with one file.
pub(crate) fn release(project: &str, id: &str, content: &str, subdomains: &[&str]) -> Release {
    let file = SiteFile {
        sha256: Digest::of(content.as_bytes()),
        size: content.len() as u64,
        content_type: "text/html; charset=utf-8".to_owned(),
        encodings: [].into(),
    };
    let mut release = Release {
        version: VERSION.to_owned(),
        id: id.to_owned(),
        project: project.to_owned(),
        parent: None,
        created_at: 1_700_000_000_000,
        digest: Digest::of(b""),
        site: Site { files: [("index.html".to_owned(), file)].into(), ..Site::default() },
        functions: [].into(),
        routes: Vec::new(),
        i18n: None,
        subdomains: subdomains.iter().map(|name| (*name).to_owned()).collect(),
        secrets_required: Vec::new(),
        superseded: [].into(),
        redirects: Vec::new(),
        header_rules: Vec::new(),
    };
    release.digest = release.content_digest();
    release
}
