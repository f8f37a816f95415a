//! What `resolve` says is what a request gets: random releases, random requests, both asked.
//!
//! Seeds are fixed, so a failure comes again; the message has everything to repeat it by hand. To cover something new, give
//! [`World::spec`] a chance to contain it and [`World::path`] a chance to ask for it.

use crate::support::http::Connection;
use crate::support::node::Node;
use serde_json::{Map, Value, json};
use std::fs;

const RELEASES: u64 = 12;
const REQUESTS: usize = 150;

/// Xorshift64 (Marsaglia, 2003): enough to spread, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len())]
    }
}

/// Names that meet each other: files and folders of one name, pages with and without extension, names that need
/// encoding, that look like error pages, rules or fingerprints.
const FILES: &[&str] = &[
    "index.html",
    "404.html",
    "about.html",
    "about/index.html",
    "about",
    "docs/index.html",
    "docs/a.html",
    "docs/404.html",
    "docs/deep/index.html",
    "docs.html",
    "a.css",
    "app.0123abcd.js",
    "app.0123456789ab.css",
    "api/data.json",
    "caf\u{e9}/men\u{fc}.html",
    "with space.txt",
    "per%cent.txt",
    "pl+us&amp.txt",
    "\u{65e5}\u{672c}/index.html",
    ".well-known/security.txt",
    "no-extension",
    "UPPER.TXT",
    "tilde~.html",
];

const PATTERNS: &[&str] = &[
    "/",
    "/about",
    "/about/",
    "/about.html",
    "/docs",
    "/docs/*",
    "/docs/deep/*",
    "/api",
    "/api/*",
    "/api/v1/*",
    "/api/v1/items",
    "/a.css",
    "/caf\u{e9}/*",
    "/caf%C3%A9/men%C3%BC",
    "/no-extension",
    "/only",
];

/// Lines of `_redirects`, and the file that the line's page is, if it must be there.
const RULES: &[(&str, Option<&str>)] = &[
    ("/old /about 301", None),
    ("/moved/* /docs/:splat 302", None),
    ("/shop/:id /items/:id?from=shop 307", None),
    ("/find q=:q /results/:q 302", None),
    ("/find /results 308", None),
    ("/about /elsewhere 301!", None),
    ("/start /a.css 200", None),
    ("/some/* /docs/index.html 200", None),
    ("/caf%C3%A9/* /moved/:splat 301", None),
    ("/lang /de 302 Language=de", None),
    ("/none/* /404.html 404", Some("404.html")),
    ("/gone/* /404.html 410", Some("404.html")),
];

const METHOD_SETS: &[&[&str]] =
    &[&["GET"], &["POST"], &["GET", "POST"], &["PUT", "DELETE"], &["HEAD"], &["OPTIONS"], &["POST", "PATCH"]];

const METHODS: &[&str] = &["GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"];

/// One release, and what may be asked of it.
struct World {
    dice: Dice,
    files: Vec<&'static str>,
    patterns: Vec<&'static str>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        // With a root page the site is an application, without one it is not.
        let mut files: Vec<&str> = FILES.iter().copied().filter(|_| !dice.one_in(3)).collect();
        // With an error page it is none either.
        if !dice.one_in(3) {
            files.retain(|file| *file != "404.html");
        }
        let mut patterns: Vec<&str> = PATTERNS.iter().copied().filter(|_| dice.one_in(2)).collect();
        // These two are one route.
        if patterns.contains(&"/about") {
            patterns.retain(|pattern| *pattern != "/about/");
        }
        Self { dice, files, patterns }
    }

    fn spec(&mut self) -> Value {
        let mut spec = json!({ "project": "site", "base": { "release": "empty" } });
        spec["site"] = self.site();
        let mut functions = json!({ "one": answers("one"), "two": answers("two") });
        if self.dice.one_in(3) {
            functions["render"] = answers("render");
            functions["render"]["class"] = "ssr".into();
        }
        spec["functions"] = json!({ "replace": functions });
        let patterns = self.patterns.clone();
        let routes: Vec<Value> = patterns.iter().flat_map(|pattern| self.routes(pattern)).collect();
        spec["routes"] = json!({ "replace": routes });
        spec
    }

    fn site(&mut self) -> Value {
        let content = |path: &&str| ((*path).to_owned(), json!({ "data": format!("the file {path}") }));
        let mut replace: Map<String, Value> = self.files.iter().map(content).collect();
        let mut rules = String::new();
        for (line, page) in RULES {
            if self.dice.one_in(2) && page.is_none_or(|page| self.files.contains(&page)) {
                rules.push_str(line);
                rules.push('\n');
            }
        }
        // The page of a rule has to be public, which it need not be in a site that lists its paths.
        let has_pages = rules.contains("404.html");
        if self.dice.one_in(2) {
            replace.insert("_redirects".to_owned(), rules.into());
        }
        let mut site = json!({ "replace": replace });
        if !has_pages && self.dice.one_in(4) && !self.files.is_empty() {
            let mut paths = Map::new();
            for path in ["/", "/home", "/docs/", "/docs", "/a.css", "/caf\u{e9}", "/x/y/z"] {
                if self.dice.one_in(2) {
                    let asset = self.files[self.dice.below(self.files.len())];
                    paths.insert(path.to_owned(), json!({ "asset": asset }));
                }
            }
            site["public_paths"] = json!({ "mode": "explicit", "replace": paths });
        }
        site
    }

    /// One route of a pattern, or two for different methods.
    fn routes(&mut self, pattern: &str) -> Vec<Value> {
        let target = |dice: &mut Dice| json!({ "type": "function", "name": dice.pick(&["one", "two"]) });
        let whole = json!({ "pattern": pattern, "target": target(&mut self.dice) });
        match self.dice.below(4) {
            0 if !pattern.ends_with('*') && !self.files.is_empty() => {
                let file = self.files[self.dice.below(self.files.len())];
                vec![json!({ "pattern": pattern, "target": { "type": "static", "file": file } })]
            }
            1 => vec![
                json!({ "pattern": pattern, "methods": ["GET"], "target": target(&mut self.dice) }),
                json!({ "pattern": pattern, "methods": ["POST", "DELETE"], "target": target(&mut self.dice) }),
            ],
            2 => {
                let methods = self.dice.pick(METHOD_SETS);
                vec![json!({ "pattern": pattern, "methods": methods, "target": target(&mut self.dice) })]
            }
            _ => vec![whole],
        }
    }

    /// A path somebody may ask for: near a file, near a route, or wrong.
    fn path(&mut self) -> String {
        let names: Vec<String> = FILES.iter().map(|file| format!("/{file}")).collect();
        let mut path = match self.dice.below(12) {
            0..=3 => names[self.dice.below(names.len())].clone(),
            4..=6 => self.dice.pick(PATTERNS).replace('*', "item/7"),
            7 => self.dice.pick(&["/", "/some/view", "/missing.png", "/docs/none", "/x.y/z"]).to_owned(),
            8 => {
                return self
                    .dice
                    .pick(&[
                        "/a%2fb",
                        "/a%5Cb",
                        "/../a",
                        "/a/./b",
                        "/%2e%2e/a",
                        "//a",
                        "/a//b",
                        "/_cas/x",
                        "/_run402",
                        "/%zz",
                        "/%",
                        "/%00",
                        "/%252e%252e/",
                        "/a\\b",
                        "/%ff",
                        "/a%0d",
                    ])
                    .to_owned();
            }
            9..=10 => self
                .dice
                .pick(&[
                    "/old",
                    "/moved/a/b",
                    "/shop/7",
                    "/find",
                    "/start",
                    "/some/thing",
                    "/lang",
                    "/none/x",
                    "/gone/x",
                ])
                .to_owned(),
            _ => format!("/api/v1/items/{}", self.dice.below(9)),
        };
        match self.dice.below(6) {
            0 => path.push('/'),
            1 => path = path.strip_suffix(".html").map(str::to_owned).unwrap_or(path),
            2 => path = path.strip_suffix("index.html").map(str::to_owned).unwrap_or(path),
            _ => {}
        }
        let mut sent = String::new();
        let already = path.contains("%C3");
        for byte in path.bytes() {
            let plain = byte.is_ascii_graphic() && (byte != b'%' || already);
            // Now and then a character is encoded that need not be.
            if plain && (byte == b'/' || byte == b'%' || !self.dice.one_in(12)) {
                sent.push(char::from(byte));
            } else {
                let hex = format!("%{byte:02x}");
                sent.push_str(&if self.dice.one_in(2) { hex.to_uppercase() } else { hex });
            }
        }
        if self.dice.one_in(8) {
            sent.push_str("?q=1");
        }
        sent
    }
}

/// A function that says who it is.
fn answers(name: &str) -> Value {
    let code = format!("export default () => new Response(null, {{ headers: {{ 'x-function': '{name}' }} }});");
    json!({ "runtime": "node22", "source": { "data": code } })
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn what_resolve_says_is_what_the_edge_does() {
    let node = Node::start();
    let token = fs::read_to_string(node.state().join("api-token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let headers = [("authorization", bearer.as_str())];
    node.site(json!({ "site": { "replace": { "first.txt": "first" } } }));
    let mut edge = Connection::open(node.edge);
    let mut api = Connection::open(node.api);
    let mut matches = std::collections::BTreeMap::<String, usize>::new();
    for seed in 1..=RELEASES {
        let mut world = World::new(seed);
        let spec = world.spec();
        node.apply(&spec);
        for _ in 0..REQUESTS {
            let (method, path) = (world.dice.pick(METHODS), world.path());
            let question =
                format!("/apply/v1/resolve?url={}&method={method}", encode(&format!("http://site.test{path}")));
            let report = api.request("GET", "api.test", &question, &headers, b"").expect("an answer of the API");
            assert_eq!(report.status, 200, "{question}: {}", report.text());
            let report = report.json();
            let answer = edge.request(method, "site.test", &path, &[], b"");
            // A refusal may end the connection.
            let answer = answer.unwrap_or_else(|| {
                edge = Connection::open(node.edge);
                edge.request(method, "site.test", &path, &[], b"").expect("an answer of the edge")
            });
            if answer.header("connection") == Some("close") {
                edge = Connection::open(node.edge);
            }
            let case = format!("release {seed}: {method} {path}\nreport: {report}\nanswer: {answer:?}\nspec: {spec}");
            let text = |field: &str| report[field].as_str();
            assert_eq!(report["result"], answer.status, "{case}");
            assert_eq!(text("static_sha256"), answer.header("x-run402-content-sha256"), "{case}");
            let function = text("target_name").filter(|_| text("match") == Some("route_function"));
            assert_eq!(function, answer.header("x-function"), "{case}");
            let allow: Vec<&str> = report["allow"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(allow.join(", "), answer.header("allow").unwrap_or_default(), "{case}");
            if answer.status < 400 && text("static_sha256").is_some() {
                assert_eq!(text("content_type"), answer.header("content-type"), "{case}");
                assert_eq!(text("cache_policy"), answer.header("cache-control"), "{case}");
            }
            if (300..400).contains(&answer.status) {
                assert_eq!(report["redirect"]["location"].as_str(), answer.header("location"), "{case}");
            }
            if answer.status >= 400 && method != "HEAD" && text("static_sha256").is_none() {
                assert_eq!(text("error_code"), Some(answer.code().as_str()), "{case}");
            }
            let served = report["authorized"] == true;
            assert_eq!(served, answer.status < 400, "{case}");
            *matches.entry(text("match").unwrap().to_owned()).or_default() += 1;
        }
    }
    // The dice have been everywhere.
    for matched in [
        "static_exact",
        "static_index",
        "spa_fallback",
        "spa_fallback_missing",
        "route_function",
        "route_static_alias",
        "route_method_miss",
        "none",
        "path_error",
        "redirect_rule",
    ] {
        assert!(matches.get(matched).is_some_and(|count| *count >= 5), "{matched}: {matches:?}");
    }
}
