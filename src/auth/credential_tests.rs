use super::*;

fn bearer_of<'r>(values: &[&'r str]) -> Bearer<'r> {
    bearer(values.iter().map(|value| Some(*value)))
}

fn cookie_of<'r>(values: &[&'r str]) -> Cookie<'r> {
    session_cookie(values.iter().map(|value| value.as_bytes()))
}

#[test]
fn rfc6750_2_1_a_bearer_token() {
    for value in ["Bearer abc", "bearer abc", "BEARER  abc", "Bearer abc "] {
        assert_eq!(bearer_of(&[value]), Bearer::Token("abc"), "{value}");
    }
    for value in ["Basic abc", "Bearerabc", "Digest a=b", ""] {
        assert_eq!(bearer_of(&[value]), Bearer::None, "{value:?}");
    }
    assert_eq!(bearer_of(&[]), Bearer::None);
}

#[test]
fn what_could_be_read_in_two_ways_is_unclear() {
    for values in [
        &["Bearer a", "Bearer a"][..],
        &["Basic a", "Bearer b"],
        &["Bearer"],
        &["Bearer "],
        &["Bearer a b"],
        &["Bearer a,Bearer b"],
    ] {
        assert_eq!(bearer_of(values), Bearer::Unclear, "{values:?}");
    }
    assert_eq!(bearer([None].into_iter()), Bearer::Unclear);
}

#[test]
fn the_sessions_cookie() {
    let one = "a=b; __Host-Http-r402_session=v1.id_1.se-cret; c=d";
    assert_eq!(cookie_of(&[one]), Cookie::Session { id: "id_1", secret: "se-cret" });
    assert_eq!(cookie_of(&["a=b", "__Host-Http-r402_session=v1.i.s"]), Cookie::Session { id: "i", secret: "s" });
    // The same twice is one session.
    assert_eq!(
        cookie_of(&["__Host-Http-r402_session=v1.i.s", one.split_at(0).0]),
        Cookie::Session { id: "i", secret: "s" }
    );
    for none in
        ["", "a=b", "__host-http-r402_session=v1.i.s", "x__Host-Http-r402_session=v1.i.s", "__Host-Http-r402_session"]
    {
        assert_eq!(cookie_of(&[none]), Cookie::None, "{none:?}");
    }
}

#[test]
fn a_name_that_only_looks_like_the_sessions_is_another() {
    for space in ["\u{a0}", "\u{2000}", "\u{3000}", "\u{85}", "\u{b}", "\u{c}"] {
        let cookie = format!("a=b;{space}__Host-Http-r402_session=v1.i.s");
        assert_eq!(cookie_of(&[&cookie]), Cookie::None, "{space:?}");
    }
    assert_eq!(cookie_of(&["a=b;\t __Host-Http-r402_session=v1.i.s"]), Cookie::Session { id: "i", secret: "s" });
    let odd = session_cookie([&b"a=\xff; __Host-Http-r402_session=v1.i.s; b=\xfe"[..]].into_iter());
    assert_eq!(odd, Cookie::Session { id: "i", secret: "s" });
}

#[test]
fn others_are_not_told_of_a_session() {
    for (value, rest) in [
        ("__Host-Http-r402_session=v1.i.s", None),
        ("a=b; __Host-Http-r402_session=v1.i.s; c=d", Some("a=b; c=d")),
        ("__Host-Http-r402_session=v1.i.s;__Host-Http-r402_session=x;e=f", Some("e=f")),
        ("a=b; c=__Host-Http-r402_session", Some("a=b; c=__Host-Http-r402_session")),
    ] {
        assert!(has_session(value.as_bytes()));
        assert_eq!(without_session(value.as_bytes()).as_deref(), rest.map(str::as_bytes), "{value}");
    }
}

#[test]
fn another_cookie_of_that_name_is_no_session() {
    for value in ["v1.i", "v2.i.s", "v1.i.s.x", "v1..s", "v1.i.", "v1.i.s%20", "v1.i.\"s\"", "V1.i.s", ""] {
        assert_eq!(cookie_of(&[&format!("__Host-Http-r402_session={value}")]), Cookie::Unclear, "{value:?}");
    }
    let long = "a".repeat(crate::limits::SESSION_PART_BYTES_MAX + 1);
    assert_eq!(cookie_of(&[&format!("__Host-Http-r402_session=v1.{long}.s")]), Cookie::Unclear);
    let two = "__Host-Http-r402_session=v1.i.s; __Host-Http-r402_session=v1.j.s";
    assert_eq!(cookie_of(&[two]), Cookie::Unclear);
}

#[test]
fn where_a_request_came_from() {
    for (origin, referer, authority, secure, same) in [
        (Some("https://a.test"), None, "a.test", true, true),
        (Some("https://A.test"), None, "a.TEST", true, true),
        (Some("https://a.test:443"), None, "a.test", true, true),
        (Some("https://a.test"), None, "a.test:443", true, true),
        (Some("https://a.test:8443"), None, "a.test:8443", true, true),
        (Some("https://a.test:8443"), None, "a.test", true, false),
        (Some("http://a.test"), None, "a.test", true, false),
        (Some("http://a.test"), None, "a.test", false, true),
        (Some("http://a.test:80"), None, "a.test", false, true),
        (Some("https://a.test"), None, "a.test", false, true),
        (Some("https://a.test:80"), None, "a.test", false, false),
        (Some("https://b.test"), None, "a.test", true, false),
        (Some("https://a.test.b.test"), None, "a.test", true, false),
        (Some("https://b-a.test"), None, "a.test", true, false),
        (Some("https://sub.a.test"), None, "a.test", true, false),
        (Some("null"), None, "a.test", true, false),
        (Some("null"), Some("https://a.test/"), "a.test", true, false),
        (Some(""), Some("https://a.test/"), "a.test", true, false),
        (Some("https://b.test"), Some("https://a.test/"), "a.test", true, false),
        (Some("https://a.test/"), None, "a.test", true, false),
        (Some("https://a.test@b.test"), None, "a.test", true, false),
        (Some("https://b.test@a.test"), None, "a.test", true, false),
        (Some("https://a.test, https://b.test"), None, "a.test", true, false),
        (Some("https://"), None, "", true, false),
        (None, Some("https://a.test/x?y"), "a.test", true, true),
        (None, Some("https://a.test?x"), "a.test", true, true),
        (None, Some("https://a.test"), "a.test", true, true),
        (None, Some("https://b.test/https://a.test"), "a.test", true, false),
        (None, Some("https://a.test#@b.test"), "a.test", true, true),
        (None, Some("https://user@a.test/"), "a.test", true, false),
        (None, Some("file:///a.test"), "a.test", true, false),
        (None, None, "a.test", true, false),
    ] {
        assert_eq!(
            is_same_origin(origin, referer, authority, secure),
            same,
            "{origin:?} {referer:?} {authority} {secure}"
        );
    }
}
