//! The locale that a function is told (reference 3.6).

use crate::support::node::Node;
use crate::support::spec::{files, mirror, to_function};
use serde_json::{Value, json};

fn node(i18n: Value) -> Node {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("index.html", "page")]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function("/f", "f")] },
        "i18n": i18n,
    }));
    node
}

/// The locale and the default locale that the function was told.
fn told(node: &Node, headers: &[(&str, &str)]) -> (Value, Value) {
    let seen = node.send("GET", "/f", headers, b"").json();
    (seen["headers"]["x-run402-locale"].clone(), seen["headers"]["x-run402-default-locale"].clone())
}

#[test]
fn the_languages_a_client_accepts_are_looked_up() {
    let node = node(json!({ "defaultLocale": "en", "locales": ["en", "de", "pt-BR", "zh-Hant"] }));
    for (accepted, locale) in [
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("pt-br", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant"),
        // A language is not one of its variants.
        ("pt", "en"),
        ("zh-TW", "en"),
        ("*", "en"),
        ("fr", "en"),
        ("", "en"),
        ("x;;q=,,=", "en"),
    ] {
        assert_eq!(told(&node, &[("accept-language", accepted)]), (json!(locale), json!("en")), "{accepted}");
    }
    assert_eq!(told(&node, &[]), (json!("en"), json!("en")));
    // Several lines are one list, and the platform's own word is not the client's to say.
    assert_eq!(told(&node, &[("accept-language", "fr"), ("accept-language", "de")]).0, "de");
    assert_eq!(
        told(&node, &[("x-run402-locale", "de"), ("x-run402-default-locale", "de")]),
        (json!("en"), json!("en"))
    );
    // A cookie says nothing unless the release looks for it.
    assert_eq!(told(&node, &[("cookie", "locale=de")]).0, "en");
}

#[test]
fn a_cookie_is_asked_in_the_order_of_the_release() {
    let node = node(
        json!({ "default_locale": "en", "locales": ["en", "de", "fr"], "detect": ["cookie:lang", "accept-language"] }),
    );
    for (cookie, accepted, locale) in [
        ("lang=de", "fr", "de"),
        ("a=b; lang=DE; c=d", "fr", "de"),
        ("lang=xx", "fr", "fr"),
        ("LANG=de", "fr", "fr"),
        ("slang=de", "fr", "fr"),
        ("lang=", "fr", "fr"),
        ("other=1", "", "en"),
    ] {
        assert_eq!(told(&node, &[("cookie", cookie), ("accept-language", accepted)]).0, locale, "{cookie} {accepted}");
    }
    assert_eq!(told(&node, &[("cookie", "a=b"), ("cookie", "lang=de")]).0, "de");
}

#[test]
fn a_release_may_look_nowhere_or_pass_on_what_it_does_not_know() {
    let node = node(json!({ "default_locale": "de", "locales": ["de", "en"], "detect": [] }));
    assert_eq!(told(&node, &[("accept-language", "en")]).0, "de");
    node.site(
        json!({ "i18n": { "default_locale": "de", "locales": ["de", "en"], "unknown_locale_policy": "pass-through" } }),
    );
    assert_eq!(told(&node, &[("accept-language", "FR-ca, en;q=0.1")]).0, "en");
    assert_eq!(told(&node, &[("accept-language", "FR-ca")]).0, "fr-ca");
    assert_eq!(told(&node, &[]).0, "de");
}

#[test]
fn without_locales_nothing_is_said() {
    let node = node(Value::Null);
    assert_eq!(told(&node, &[("accept-language", "de"), ("x-run402-locale", "de")]), (Value::Null, Value::Null));
}

/// A file is the same for everyone, so caches may keep one of it.
#[test]
fn files_do_not_vary() {
    let node = node(json!({ "default_locale": "en", "locales": ["en", "de"] }));
    let page = node.send("GET", "/", &[("accept-language", "de")], b"");
    assert_eq!((page.text().as_str(), page.header("vary"), page.header("content-language")), ("page", None, None));
}
