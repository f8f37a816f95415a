use super::*;
use crate::digest::Digest;
use crate::release::spec::from_value;
use crate::release::store::testing;
use serde_json::json;

/// A release of a page and these files of rules, or why there is none.
fn completed(redirects: &str, headers: &str, more: &[&str]) -> Result<Release> {
    let spec =
        from_value(&json!({ "project": "p", "site": { "replace": { REDIRECTS: redirects, "a.html": "x" } } })).unwrap();
    let mut release = testing::release("p", "rel_0123456789abcdef01234567", "page", &[]);
    let file = |text: &str| SiteFile {
        size: text.len() as u64,
        sha256: Digest::of(text.as_bytes()),
        ..release.site.files["index.html"].clone()
    };
    let mut files = vec![(REDIRECTS, file(redirects)), (HEADERS, file(headers))];
    files.extend(more.iter().map(|path| (*path, file(path))));
    release.site.files.extend(files.into_iter().map(|(path, file)| (path.to_owned(), file)));
    complete(&mut release, &spec, &|file| {
        let of = |text: &str| (Digest::of(text.as_bytes()) == file.sha256).then(|| text.to_owned());
        Ok(Bytes::from(of(redirects).or_else(|| of(headers)).unwrap()))
    })?;
    Ok(release)
}

fn refused(redirects: &str, headers: &str) -> Error {
    completed(redirects, headers, &[]).unwrap_err()
}

#[test]
fn a_release_keeps_the_rules_and_is_another_one_with_them() {
    let without = completed("", "", &[]).unwrap();
    let with = completed("/a /b", "/*\n  X-A: 1\n", &[]).unwrap();
    assert_eq!((with.redirects.len(), with.header_rules.len()), (1, 1));
    assert_ne!(with.digest, without.digest);
    assert_eq!(with.digest, with.content_digest());
    let document = serde_json::to_value(&with).unwrap();
    assert_eq!(serde_json::from_value::<Release>(document).unwrap(), with);
    // A release without rules has the document it always had.
    let document = serde_json::to_value(&without).unwrap();
    assert!(document.get("redirects").is_none() && document.get("header_rules").is_none());
}

#[test]
fn the_files_are_not_public() {
    let tables = completed("/a /b", "/*\n  X-A: 1\n", &[]).unwrap().tables(None);
    for path in ["/_redirects", "/_headers"] {
        assert!(tables.statics.lookup(path).is_none(), "{path}");
    }
    assert_eq!(tables.statics.fields("/index.html").len(), 1);
}

#[test]
fn a_refusal_names_the_file_the_line_and_what_is_there() {
    let error = refused("/a /b\n/c /d 999\nx y", "");
    assert_eq!((error.code, error.path()), (Code::InvalidSpec, Some("site.replace._redirects")));
    assert!(error.message.starts_with("Line 2 of `_redirects`: `999` is none of"), "{}", error.message);
    assert!(error.message.ends_with("One more line is wrong."), "{}", error.message);
    let details = &error.details;
    assert_eq!(
        (&details["line"], &details["text"], &details["file"]),
        (&json!(2), &json!("/c /d 999"), &json!("_redirects"))
    );
    assert_eq!(details["problems"][1]["line"], 3);
    // A file that the spec does not name was there before.
    assert_eq!(refused("", "X: 1").path(), Some("site._headers"));
    let many = refused(&"x\n".repeat(50), "");
    assert_eq!((&many.details["problem_count"], many.details["problems"].as_array().unwrap().len()), (&json!(50), 20));
    assert_eq!(refused("/a /b 301 Langauge=de", "").details["did_you_mean"], "Language");
}

#[test]
fn a_rule_that_leads_to_itself_is_refused() {
    for rule in [
        "/a /a",
        "/a /a/",
        "/a/ /a 308!",
        "/a /a 200",
        "/* /:splat",
        "/x/* /x/:splat 302",
        "/x/:y /x/:y",
        "/x/* /x",
        "/x/* /x/y 302!",
        "/* /index.html 302!",
        "/a /a 302 Language=de",
        "/%61 /a",
    ] {
        let error = refused(&format!("# one\n{rule}"), "");
        assert_eq!(error.details["line"], 2, "{rule}");
        assert!(error.message.contains("leads to itself"), "{rule}: {}", error.message);
    }
    for rule in [
        "/* /index.html 200",
        "/* /index.html 200!",
        // Where there is a page, the file wins over the rule.
        "/* /index.html 302",
        "/* / 302",
        "/* https://a.example/:splat",
        "/a id=:id /a?x=:id",
        "/a id=:id /a",
        "/x/* /y/:splat",
        "/* /en/:splat 302 Language=en",
    ] {
        assert!(completed(rule, "", &[]).is_ok(), "{rule}: {:?}", completed(rule, "", &[]).unwrap_err());
    }
}

#[test]
fn rules_that_lead_in_a_circle_are_refused() {
    let error = refused("/a /b\n/b /c 302\n/c /a/ 308\n/x /y", "");
    assert_eq!(error.details["line"], 1);
    assert!(error.message.contains("by way of line 3"), "{}", error.message);
    assert_eq!(error.details["problem_count"], 3);
    for rules in [
        "/a /b\n/b /c",
        // Someone gets out, or gets there only with a query or a cookie.
        "/a /b\n/b /index.html\n/index.html /a",
        "/a /b\n/b /a 302 Cookie=x",
        "/a /b\n/b x=1 /a 302",
        "/a https://b.example/b\n/b /a",
    ] {
        assert!(completed(rules, "", &[]).is_ok(), "{rules}");
    }
}

#[test]
fn the_page_of_an_error_is_there() {
    assert!(completed("/a /gone.html 410", "", &["gone.html"]).is_ok());
    assert!(completed("/a /gone 404", "", &["gone.html"]).is_ok());
    assert!(completed("/:l/* /:l/404.html 404", "", &[]).is_ok());
    assert!(refused("/a /gone.html 410", "").message.contains("no public page"), "");
}

#[test]
fn a_path_gets_no_more_fields_than_it_may() {
    let fields: String = (0..33).map(|n| format!("  X-{n}: 1\n")).collect();
    let error = refused("", &format!("# many\n/index.html\n{fields}"));
    assert_eq!((&error.details["line"], &error.details["file"]), (&json!(2), &json!("_headers")));
}

#[test]
fn a_file_is_text_of_some_size() {
    let spec = from_value(&json!({ "project": "p", "site": { "replace": { "a.html": "x" } } })).unwrap();
    let mut release = testing::release("p", "rel_0123456789abcdef01234567", "page", &[]);
    let mut file = release.site.files["index.html"].clone();
    release.site.files.insert(REDIRECTS.to_owned(), file.clone());
    let error = complete(&mut release, &spec, &|_| Ok(Bytes::from_static(b"/a /b\n/\xff /b"))).unwrap_err();
    assert!(error.message.contains("Line 2"), "{}", error.message);
    file.size = RULES_FILE_BYTES_MAX + 1;
    release.site.files.insert(REDIRECTS.to_owned(), file);
    let error = complete(&mut release, &spec, &|_| unreachable!("it is too large to be read")).unwrap_err();
    assert_eq!(error.details["max"], RULES_FILE_BYTES_MAX);
}
