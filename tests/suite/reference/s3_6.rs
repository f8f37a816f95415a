//! Reference 3.6: locale negotiation, row by row.

use crate::support::node::Node;
use crate::support::spec::{files, function, to_function};
use serde_json::{Value, json};

/// A node whose function says which locale it was told, and the default.
fn node(i18n: Value) -> Node {
    let code = "export default (req) => new Response([req.headers.get('x-run402-locale'), req.headers.get('x-run402-default-locale')].join(' of '))";
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "page")]),
        "functions": { "replace": { "f": function(code) } },
        "routes": { "replace": [to_function("/f", "f")] },
        "i18n": i18n,
    }));
    node
}

fn told(node: &Node, headers: &[(&str, &str)]) -> String {
    node.send("GET", "/f", headers, b"").text().split(" of ").next().unwrap_or_default().to_owned()
}

/// The languages a client accepts, by weight and then by order, cut from the right; never from general to special.
#[test]
fn accept_language() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en", "zh-Hant", "zh", "es-MX", "pt-BR"] }));
    for (accepted, locale) in [
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-Hans", "zh"),
        ("ZH-HANT", "zh-Hant"),
        ("es", "en"),
        ("es-MX", "es-MX"),
        ("pt-br;q=0.2, zh;q=0.3", "zh"),
        ("pt-BR;q=0.3, zh;q=0.3", "pt-BR"),
        ("zh;q=0, pt-BR;q=0.001", "pt-BR"),
        ("*", "en"),
        ("*;q=1, pt-BR;q=0.1", "pt-BR"),
        ("pt-BR;q=1.5, zh;q=0.1", "zh"),
        ("pt_BR, zh;q=0.1", "zh"),
        ("", "en"),
    ] {
        assert_eq!(told(&node, &[("accept-language", accepted)]), locale, "{accepted}");
    }
    // Lines of one field are one list, and a line that is not ASCII does not silence the others, nor the rest of itself.
    assert_eq!(told(&node, &[("accept-language", "fr"), ("accept-language", "pt-BR")]), "pt-BR");
    assert_eq!(
        told(&node, &[("accept-language", "fran\u{e7}ais, zh;q=0.5"), ("accept-language", "pt-BR;q=0.1")]),
        "zh"
    );
}

/// A cookie by its exact name, its value as it was sent, in whatever case.
#[test]
fn cookie() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en", "pt-BR", "pt"], "detect": ["cookie:wl_locale"] }));
    for (cookie, locale) in [
        ("wl_locale=pt-BR", "pt-BR"),
        ("a=b; wl_locale=PT-br; c=d", "pt-BR"),
        ("WL_LOCALE=pt", "en"),
        ("wl_locale=pt%2DBR", "en"),
        ("wl_locale=\"pt\"", "en"),
        ("wl_locale=pt-PT", "en"),
        ("wl_locale=pt; wl_locale=pt-BR", "pt"),
        // A name in another encoding beside it is somebody else's.
        ("user=J\u{fc}rgen; wl_locale=pt", "pt"),
        ("", "en"),
    ] {
        assert_eq!(told(&node, &[("cookie", cookie), ("accept-language", "pt")]), locale, "{cookie}");
    }
}

/// Sources are asked in their order and the first match wins; none of them is the default, and so is no source.
#[test]
fn detect_order_and_default() {
    let node = node(
        json!({ "defaultLocale": "de", "locales": ["en", "de", "fr"], "detect": ["cookie:l", "accept-language"] }),
    );
    for (cookie, accepted, locale) in
        [("l=en", "fr", "en"), ("l=xx", "fr", "fr"), ("", "fr", "fr"), ("l=xx", "yy", "de"), ("", "", "de")]
    {
        assert_eq!(told(&node, &[("cookie", cookie), ("accept-language", accepted)]), locale, "{cookie} {accepted}");
    }
    node.site(json!({ "i18n": { "defaultLocale": "de", "locales": ["en", "de"], "detect": [] } }));
    assert_eq!(told(&node, &[("cookie", "l=en"), ("accept-language", "en")]), "de");
}

/// The locale is told in the release's casing, with the default; the client's own words of that name are not believed.
#[test]
fn result_casing() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en", "zh-Hant-TW"] }));
    let seen = node.send("GET", "/f", &[("accept-language", "ZH-hant-tw"), ("x-run402-locale", "xx")], b"");
    assert_eq!(seen.text(), "zh-Hant-TW of en");
}

/// Only functions are told, and nothing is said of it to caches; a release without locales tells nothing.
#[test]
fn only_routed_functions() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en", "de"] }));
    for path in ["/f", "/"] {
        let answer = node.send("GET", path, &[("accept-language", "de")], b"");
        assert_eq!((answer.status, answer.header("content-language")), (200, None), "{path}");
        let vary = answer.header("vary").unwrap_or_default().to_ascii_lowercase();
        assert!(!vary.contains("language") && !vary.contains("cookie"), "{path}: {vary}");
    }
    node.site(json!({ "i18n": null }));
    assert_eq!(node.send("GET", "/f", &[("accept-language", "de"), ("x-run402-locale", "de")], b"").text(), " of ");
}

/// A wish that is no locale is handed over, lower-cased and trimmed, where the release asks for it; otherwise it is the default.
#[test]
fn unknown_locale_policy() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en", "es"] }));
    let policy = |policy: &str| json!({ "i18n": { "defaultLocale": "en", "locales": ["en", "es"], "detect": ["cookie:l", "accept-language"], "unknownLocalePolicy": policy } });
    let ask = || {
        [("", " PT-br , de;q=0.5"), ("l=Fr", "de"), ("l=Fr", "es"), ("l=<b>", "*"), ("", "")]
            .map(|(cookie, accepted)| told(&node, &[("cookie", cookie), ("accept-language", accepted)]))
    };
    for name in ["reject", "default"] {
        node.site(policy(name));
        assert_eq!(ask(), ["en", "en", "es", "en", "en"], "{name}");
    }
    node.site(policy("pass-through"));
    assert_eq!(ask(), ["pt-br", "fr", "es", "en", "en"]);
}

/// The section's own rules: casing, a default among 1 to 50 locales, at most ten sources that are known.
#[test]
fn section() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en"] }));
    let many: Vec<String> = (0..51).map(|i| format!("en-x-{i}")).collect();
    let refused = |i18n: Value, code: &str, path: &str| {
        let envelope = node.refused(&json!({ "project": "site", "i18n": i18n }));
        assert_eq!((&envelope["code"], &envelope["details"]["path"]), (&json!(code), &json!(path)), "{i18n}");
    };
    let with = |field: &str, value: Value| {
        let mut i18n = json!({ "defaultLocale": "en", "locales": ["en", "de"] });
        i18n[field] = value;
        i18n
    };
    refused(with("locales", json!([])), "INVALID_SPEC", "i18n.locales");
    refused(with("locales", json!(many)), "INVALID_SPEC", "i18n.locales");
    refused(with("locales", json!(["en", "en"])), "INVALID_SPEC", "i18n.locales[1]");
    refused(with("locales", json!(["en", "-x"])), "INVALID_SPEC", "i18n.locales[1]");
    refused(with("locales", json!(["en", "de-at"])), "R402_LOCALE_NOT_CANONICAL", "i18n.locales[1]");
    refused(with("defaultLocale", json!("EN")), "INVALID_SPEC", "i18n.defaultLocale");
    refused(with("detect", json!(["query:l"])), "INVALID_SPEC", "i18n.detect[0]");
    refused(with("detect", json!(["accept-language", "cookie:a b"])), "INVALID_SPEC", "i18n.detect[1]");
    refused(with("detect", json!(vec!["accept-language"; 11])), "INVALID_SPEC", "i18n.detect");
    refused(with("unknownLocalePolicy", json!("404")), "INVALID_SPEC", "i18n.unknownLocalePolicy");
    let longest: Vec<String> = std::iter::once("en".to_owned()).chain((1..50).map(|i| format!("en-x-{i}"))).collect();
    node.site(json!({ "i18n": { "defaultLocale": "en", "locales": longest, "detect": vec!["accept-language"; 10] } }));
    assert_eq!(told(&node, &[("accept-language", "EN-X-49")]), "en-x-49");
}
