//! `_redirects`: redirects, rewrites and error pages by rule, and how a file of rules is refused.

use crate::support::auth::{PROJECT, gated, role_gate};
use crate::support::http::{Connection, Response};
use crate::support::node::Node;
use crate::support::spec::{files, mirror, to_function, to_function_for};
use serde_json::{Value, json};

const REVALIDATE: &str = "public, max-age=0, must-revalidate";

/// A node with a small site and these rules.
fn node(rules: &str) -> Node {
    with("", rules)
}

fn with(config: &str, rules: &str) -> Node {
    let node = Node::with(config);
    node.site(site(rules));
    node
}

fn site(rules: &str) -> Value {
    json!({
        "site": files(&[
            ("index.html", "home"),
            ("page.html", "page"),
            ("gone.html", "gone"),
            ("app.0123abcd.js", "script"),
            ("de/index.html", "Startseite"),
            ("_redirects", rules),
        ]),
        "functions": { "replace": { "f": mirror("f") } },
        "routes": { "replace": [to_function("/api/*", "f"), to_function_for(&["POST"], "/form", "f")] },
    })
}

fn assert_redirect(got: &Response, status: u16, location: &str, what: &str) {
    assert_eq!((got.status, got.header("location")), (status, Some(location)), "{what}");
    assert_eq!((got.header("content-length"), got.body.len()), (Some("0"), 0), "{what}");
}

#[test]
fn a_redirect_says_where_to_go_and_how_long_that_holds() {
    let node = node(
        "/old /new\n/found /new 302\n/see https://other.example/x 303\n/temp /new 307\n/perm /new 308\n\
         /blog/* /news/:splat\n/:year/:month/:slug /posts/:slug?from=:year-:month 302\n/part /new#there",
    );
    for (path, status, location) in [
        ("/old", 301, "/new"),
        ("/old/", 301, "/new"),
        ("/old?a=1&b=%20", 301, "/new?a=1&b=%20"),
        ("/%6Fld", 301, "/new"),
        ("/found", 302, "/new"),
        ("/see?a=1", 303, "https://other.example/x?a=1"),
        ("/temp", 307, "/new"),
        ("/perm", 308, "/new"),
        ("/blog/2024/x/?y", 301, "/news/2024/x/?y"),
        ("/blog", 301, "/news/"),
        ("/2024/05/hello%20w%C3%B6rld?x=1", 302, "/posts/hello%20w%C3%B6rld?from=2024-05"),
        ("/part?a", 301, "/new?a#there"),
    ] {
        let got = node.get(path);
        assert_redirect(&got, status, location, path);
        assert_eq!((got.header("cache-control"), got.header("vary")), (Some(REVALIDATE), None), "{path}");
    }
    // Every method goes where the rule leads, and the connection goes on.
    let mut connection = Connection::open(node.edge);
    for method in ["HEAD", "POST", "DELETE", "OPTIONS", "PROPFIND"] {
        let got = connection.request(method, "site.test", "/perm", &[], b"").unwrap();
        assert_redirect(&got, 308, "/new", method);
    }
    let got = connection.request("POST", "site.test", "/perm", &[], b"some body").unwrap();
    assert_redirect(&got, 308, "/new", "with a body");
}

#[test]
fn a_file_is_shown_unless_the_rule_insists() {
    let node = node("/page /1\n/gone /2 302!\n/api/x /3 301!\n/form /4\n/* /5/:splat 302");
    assert_eq!(node.get("/page").text(), "page");
    assert_redirect(&node.get("/gone"), 302, "/2", "forced");
    assert_redirect(&node.get("/nothing"), 302, "/5/nothing", "for all else");
    // A route answers before any rule.
    assert_eq!(node.get("/api/x").json()["path"], "/api/x");
    assert_eq!(node.send("POST", "/form", &[], b"").status, 200);
    assert_redirect(&node.get("/form"), 301, "/4", "what the route does not take");
    let refused = node.send("DELETE", "/form", &[], b"");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("POST")));
    assert_eq!(node.send("POST", "/page", &[], b"").status, 405);
    // The files of rules are nobody's to read.
    for path in ["/_redirects", "/_headers"] {
        assert_eq!(node.get(path).status, 302, "{path}");
    }
}

#[test]
fn no_request_can_say_where_a_rule_leads() {
    let node = node("/* /:splat/x 302!\n");
    assert_redirect(&node.get("/"), 302, "/x", "an empty rest doubles no slash");
    for path in ["//evil.example", "/\\evil.example", "/%2Fevil.example", "/%5Cevil.example", "/a/..//evil.example"] {
        let got = node.get(path);
        assert_eq!((got.status, got.header("location")), (400, None), "{path}");
    }
    for (path, location) in [
        ("/a%3Fb%23c", "/a%3Fb%23c/x"),
        ("/100%25", "/100%25/x"),
        ("/evil.example", "/evil.example/x"),
        ("/https:%20x", "/https:%20x/x"),
        ("/a?b=%0d%0aset-cookie:x", "/a/x?b=%0d%0aset-cookie:x"),
        ("/%E2%80%A8", "/%E2%80%A8/x"),
    ] {
        assert_redirect(&node.get(path), 302, location, path);
    }
    for path in ["/a%0d%0aLocation:%20x", "/a%00"] {
        assert_eq!((node.get(path).status, node.get(path).header("location")), (400, None), "{path}");
    }
}

#[test]
fn values_of_a_query_stay_values() {
    let node = node("/go to=:to /x/:to 302\n/search q=:q /find?term=:q 302\n/only ref=old /new 302");
    for (path, location) in [
        ("/go?to=%2F%2Fevil.example", "/x/%2F%2Fevil.example"),
        ("/go?to=a%0d%0ab", ""),
        ("/go?to=..", ""),
        ("/go", ""),
        ("/search?q=a%26b%3D1+c", "/find?term=a%26b%3D1%20c"),
        ("/only?x=1&ref=old", "/new?x=1"),
        ("/only?ref=new", ""),
    ] {
        let got = node.get(path);
        if location.is_empty() {
            assert_eq!((got.status, got.text().as_str()), (200, "home"), "{path}");
        } else {
            assert_redirect(&got, 302, location, path);
        }
    }
}

#[test]
fn another_path_answers_in_place_of_this_one() {
    let node = node(
        "/about /page 200\n/v1/* /api/:splat 200\n/app/* /index.html 200\n/latest.js /app.0123abcd.js 200\n/hop /about 200\n/page.html /gone.html 200!",
    );
    let got = node.get("/about?x=1");
    assert_eq!((got.status, got.text().as_str(), got.header("location")), (200, "page", None));
    assert_eq!(got.header("content-type"), Some("text/html; charset=utf-8"));
    let tag = got.header("etag").unwrap().to_owned();
    assert_eq!(node.send("GET", "/about", &[("if-none-match", &tag)], b"").status, 304);
    let head = node.send("HEAD", "/about", &[], b"");
    assert_eq!((head.status, head.header("content-length")), (200, Some("4")));
    let part = node.send("GET", "/about", &[("range", "bytes=1-2")], b"");
    assert_eq!((part.status, part.text().as_str()), (206, "ag"));
    // A file may be kept for a year under its own name; under another one it may change.
    assert_eq!(node.get("/app.0123abcd.js").header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(node.get("/latest.js").header("cache-control"), Some(REVALIDATE));
    assert_eq!(node.get("/app/a/b.png").text(), "home");
    assert_eq!(node.get("/page.html").text(), "gone");
    // One step, not two: what is left is the page that stands in for every path of an application.
    assert_eq!(node.get("/hop").text(), "home");
    let refused = node.send("POST", "/about", &[], b"");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
    // The function sees what the client asked for.
    let seen = node.send("PUT", "/v1/things/1?x=1", &[], b"body").json();
    assert_eq!(
        (&seen["method"], &seen["path"], &seen["query"], &seen["body"]),
        (&json!("PUT"), &json!("/v1/things/1"), &json!("?x=1"), &json!("body"))
    );
}

#[test]
fn a_page_with_the_status_of_an_error() {
    let node = node("/old/* /gone.html 410\n/de/* /de/index.html 404\n/page /gone.html 404!");
    for (path, status, text) in [("/old/x", 410, "gone"), ("/de/x", 404, "Startseite"), ("/page", 404, "gone")] {
        let got = node.send("GET", path, &[("if-none-match", "*"), ("range", "bytes=0-0")], b"");
        assert_eq!((got.status, got.text().as_str()), (status, text), "{path}");
        assert_eq!((got.header("cache-control"), got.header("etag")), (Some(REVALIDATE), None), "{path}");
        let head = node.send("HEAD", path, &[], b"");
        assert_eq!((head.status, head.header("content-length")), (status, Some(text.len().to_string().as_str())));
    }
    assert_eq!(node.send("POST", "/old/x", &[], b"").code(), "static_not_found");
    assert_eq!(node.get("/de/").text(), "Startseite");
    assert_eq!(node.get("/de/").status, 200);
}

#[test]
fn languages_and_cookies_are_looked_at_and_named() {
    let node = node(
        "/ /de/ 302! Language=de\n/start /beta 302 Cookie=beta,team\n/start /page.html 200 Language=de\n/always /de/ 301 Language=de",
    );
    let ask = |path: &str, fields: &[(&str, &str)]| node.send("GET", path, fields, b"");
    let german = ask("/", &[("accept-language", "de-AT, en;q=0.5")]);
    assert_redirect(&german, 302, "/de/", "German");
    assert_eq!((german.header("vary"), german.header("cache-control")), (Some("accept-language"), Some("no-store")));
    // Whoever does not get the redirect gets an answer that depended on it all the same.
    let english = ask("/", &[("accept-language", "en")]);
    assert_eq!((english.status, english.text().as_str()), (200, "home"));
    assert!(english.header("vary").unwrap().contains("accept-language"), "{:?}", english.header("vary"));
    let tag = english.header("etag").unwrap().to_owned();
    let known = ask("/", &[("accept-language", "en"), ("if-none-match", &tag)]);
    assert_eq!(known.status, 304);
    assert!(known.header("vary").unwrap().contains("accept-language"));

    let beta = ask("/start", &[("cookie", "a=b"), ("cookie", "team=1")]);
    assert_redirect(&beta, 302, "/beta", "one of two cookies");
    assert_eq!(beta.header("vary"), Some("cookie"));
    let page = ask("/start", &[("accept-language", "fr;q=0.1, de"), ("cookie", "tea=1")]);
    assert_eq!((page.status, page.text().as_str()), (200, "page"));
    let vary = page.header("vary").unwrap().to_owned();
    assert!(vary.contains("accept-language") && vary.contains("cookie"), "{vary}");
    let neither = ask("/start", &[]);
    assert_eq!((neither.status, neither.text().as_str()), (200, "home"));
    assert!(neither.header("vary").unwrap().contains("cookie"));
    assert_eq!(ask("/always", &[("accept-language", "de")]).header("cache-control"), Some(REVALIDATE));
    // Nothing was looked at for other paths.
    assert!(!ask("/page", &[]).header("vary").unwrap_or_default().contains("cookie"));
}

#[test]
fn a_choice_that_leads_to_a_function_or_to_nothing_is_named_too() {
    let node = Node::start();
    node.site(json!({
        "site": files(&[("a.html", "a"), ("_redirects", "/x /api/x 200 Cookie=beta\n/y /z 302 Cookie=beta")]),
        "functions": { "replace": { "f": { "runtime": "node22", "source": { "data":
            "export default () => new Response('f', { headers: { vary: 'origin' } })" } } } },
        "routes": { "replace": [to_function("/api/*", "f")] },
    }));
    let got = node.send("GET", "/x", &[("cookie", "beta=1")], b"");
    assert_eq!((got.text().as_str(), got.header("vary")), ("f", Some("origin, cookie")));
    let missing = node.get("/y");
    assert_eq!((missing.status, missing.header("vary")), (404, Some("cookie")));
    assert_eq!(node.get("/api/x").header("vary"), Some("origin"));
}

#[test]
fn a_country_is_believed_from_the_field_the_operator_trusts() {
    let rules = "/ /ch 302! Country=ch,li\n";
    let trusting = with("country_header = \"X-Country\"", rules);
    let swiss = trusting.send("GET", "/", &[("x-country", "CH")], b"");
    assert_redirect(&swiss, 302, "/ch", "Swiss");
    assert_eq!(swiss.header("vary"), Some("x-country"));
    for fields in
        [&[][..], &[("x-country", "AT")], &[("cf-ipcountry", "CH")], &[("x-country", "CH"), ("x-country", "AT")]]
    {
        assert_eq!(trusting.send("GET", "/", fields, b"").text(), "home", "{fields:?}");
    }
    // Functions are told the same, and nothing that a client claims.
    let country = |node: &Node, fields: &[(&str, &str)]| {
        node.send("GET", "/api/x", fields, b"").json()["headers"]["x-run402-country"].clone()
    };
    assert_eq!(country(&trusting, &[("x-country", "ch"), ("x-run402-country", "US")]), "CH");
    assert_eq!(country(&trusting, &[("x-run402-country", "US")]), Value::Null);
    // Nobody is believed unless the operator says so.
    let node = node(rules);
    assert_eq!(country(&node, &[("x-country", "ch"), ("cf-ipcountry", "CH")]), Value::Null);
    for name in ["x-country", "cf-ipcountry", "x-vercel-ip-country", "cloudfront-viewer-country"] {
        let got = node.send("GET", "/", &[(name, "CH")], b"");
        assert_eq!((got.status, got.text().as_str()), (200, "home"), "{name}");
    }
}

#[test]
fn nobody_has_a_role_without_a_session() {
    let node = node("/inside /page.html 200 Role=admin\n/page /x 302! Role=admin");
    for fields in
        [&[][..], &[("x-run402-user-role", "admin"), ("cookie", "role=admin"), ("authorization", "Bearer admin")]]
    {
        assert_eq!(node.send("GET", "/inside", fields, b"").text(), "home");
        let page = node.send("GET", "/page", fields, b"");
        assert_eq!((page.status, page.text().as_str()), (200, "page"));
        assert!(page.header("vary").unwrap().contains("cookie, authorization"));
    }
}

#[test]
fn rules_are_carried_forward_with_their_file_and_go_with_it() {
    let mut node = node("/old /new");
    assert_eq!(node.get("/old").status, 301);
    node.apply(&json!({ "project": "site", "site": { "patch": { "put": { "more.html": { "data": "more" } } } } }));
    assert_eq!((node.get("/old").status, node.get("/more").text().as_str()), (301, "more"));
    node.restart();
    assert_eq!(node.get("/old").status, 301);
    node.apply(
        &json!({ "project": "site", "site": { "patch": { "put": { "_redirects": { "data": "/old /newer 302" } } } } }),
    );
    assert_redirect(&node.get("/old"), 302, "/newer", "changed");
    let again = node.apply(
        &json!({ "project": "site", "site": { "patch": { "put": { "_redirects": { "data": "/old /newer 302" } } } } }),
    );
    assert_eq!(again["is_noop"], true);
    node.apply(&json!({ "project": "site", "site": { "patch": { "delete": ["_redirects"] } } }));
    assert_eq!(node.get("/old").text(), "home");
}

#[test]
fn a_bad_line_refuses_the_release_and_says_which() {
    let node = node("/old /new");
    let refused = node.refused(&json!({ "project": "site", "site": { "patch": { "put": {
        "_redirects": { "data": "# rules\n/a /b\n/c //evil.example\n/d /e 301 Langauge=de\n/f /f\n" }
    } } } }));
    assert_eq!(refused["code"], "INVALID_SPEC");
    let details = &refused["details"];
    assert_eq!(details["path"], "site.patch.put._redirects");
    assert_eq!((&details["line"], &details["text"]), (&json!(3), &json!("/c //evil.example")));
    let lines: Vec<&Value> = details["problems"].as_array().unwrap().iter().map(|problem| &problem["line"]).collect();
    assert_eq!(lines, [3, 4]);
    assert_eq!(details["problems"][1]["did_you_mean"], "Language");
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with("Line 3 of `_redirects`") && message.contains("another host"), "{message}");
    // What was live still is.
    assert_eq!(node.get("/old").status, 301);
    for (rules, about) in [
        ("/f /f", "leads to itself"),
        ("/* /:splat", "leads to itself"),
        ("/a https://b.example 200", "upstream"),
        ("/a javascript:alert(1)", "http"),
        ("/a /nowhere.html 404", "no public page"),
    ] {
        let refused = node.refused(
            &json!({ "project": "site", "site": { "patch": { "put": { "_redirects": { "data": rules } } } } }),
        );
        assert!(refused["message"].as_str().unwrap().contains(about), "{rules}: {refused}");
        assert_eq!(refused["details"]["line"], 1, "{rules}");
    }
}

#[test]
fn the_files_of_rules_cannot_be_declared_public() {
    let node = Node::start();
    let files = files(&[("a.html", "a"), ("_redirects", "/x /a"), ("_headers", "/a\n  X-A: 1\n")]);
    for file in ["_redirects", "_headers"] {
        let mut site = files.clone();
        site["public_paths"] = json!({ "mode": "explicit", "replace": { "/rules.txt": { "asset": file } } });
        let refused = node.refused(&json!({ "project": "site", "site": site }));
        assert_eq!(refused["details"]["path"], "site.public_paths.replace[\"/rules.txt\"].asset");
        let route = json!({ "pattern": "/rules", "target": { "type": "static", "file": file } });
        let refused = node.refused(&json!({ "project": "site", "site": files, "routes": { "replace": [route] } }));
        assert_eq!(refused["details"]["path"], "routes.replace[0].target.file");
        assert!(refused["message"].as_str().unwrap().contains("not public"), "{refused}");
    }
}

#[test]
fn resolve_says_what_the_edge_does() {
    let node = node(
        "/old/* /new/:splat 302\n/about /page 200\n/latest.js /app.0123abcd.js 200\n/lost /gone.html 410\n/ /de/ 302! Language=de\n/v1/* /api/:splat 200",
    );
    for (path, matched) in [
        ("/old/a", "redirect_rule"),
        ("/about", "static_exact"),
        ("/latest.js", "static_exact"),
        ("/lost", "none"),
        ("/", "static_index"),
        ("/v1/x", "route_function"),
        ("/page", "static_exact"),
    ] {
        let output = node.cli(&["resolve", "--url", &format!("http://site.test{path}")]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let report = &answer["resolution"];
        let got = node.get(path);
        assert_eq!((&report["match"], &report["result"]), (&json!(matched), &json!(got.status)), "{path}: {report}");
        assert_eq!(
            report["redirect"]["location"].as_str().filter(|_| got.status == 302),
            got.header("location"),
            "{path}"
        );
        if let Some(policy) = report["cache_policy"].as_str() {
            assert_eq!(Some(policy), got.header("cache-control"), "{path}");
        }
        let line = report["redirect"]["line"].as_u64();
        assert_eq!(line.is_some(), !["/", "/page"].contains(&path), "{path}: {report}");
        if path == "/" {
            assert_eq!(report["redirect"]["conditions"][0]["conditions"], json!({ "language": ["de"] }));
        }
    }
}

#[test]
fn rules_for_the_role_of_the_user() {
    let node = Node::start();
    node.auth(PROJECT, &json!({ "roles": { "ada": "admin", "bob": "member" } }));
    let mut spec = gated(&role_gate(&json!({})));
    spec["site"]["replace"] = json!({
        "index.html": "home", "console.html": "console", "login.html": "login",
        "_redirects": "/inside /console.html 200 Role=admin\n/console /login 302! Role=member\n/inside /login 302\n",
    });
    node.site(spec);
    let inside = |fields: &[(&str, &str)]| node.send("GET", "/inside", fields, b"");
    let (ada, bob, eve) = (node.session("ada"), node.session("bob"), node.session("eve"));
    let token = format!("Bearer {}", node.token("ada"));
    for fields in [[("cookie", ada.as_str())], [("authorization", token.as_str())]] {
        let page = inside(&fields);
        assert_eq!((page.status, page.text().as_str()), (200, "console"), "{fields:?}");
        // For this user only, and for no cache that others share.
        assert_eq!(page.header("cache-control"), Some("private, no-cache"));
        assert!(page.header("vary").unwrap().contains("cookie, authorization"));
    }
    let nonsense = [("authorization", "Bearer nonsense"), ("cookie", ada.as_str())];
    for fields in [&[][..], &[("cookie", bob.as_str())], &[("cookie", eve.as_str())], &nonsense] {
        assert_redirect(&inside(fields), 302, "/login", "nobody who may");
    }
    assert_redirect(&node.send("GET", "/console", &[("cookie", bob.as_str())], b""), 302, "/login", "a member");
    assert_eq!(node.send("GET", "/console", &[("cookie", &ada)], b"").text(), "console");
}
