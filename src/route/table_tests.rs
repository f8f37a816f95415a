use super::*;
use proptest::prelude::*;

fn route(pattern: &str, methods: &[Method], name: &str) -> Route {
    Route {
        pattern: pattern.to_owned(),
        kind: if pattern.ends_with("/*") { RouteKind::Prefix } else { RouteKind::Exact },
        methods: (!methods.is_empty()).then(|| methods.iter().copied().collect()),
        target: Target::Function { name: name.to_owned() },
        acknowledge_readonly: false,
    }
}

fn table(routes: &[(&str, &[Method], &str)]) -> RouteTable {
    RouteTable::build(routes.iter().map(|(pattern, methods, name)| route(pattern, methods, name)).collect())
}

/// The target's name, `405 <allow>` or `-`.
fn ask(table: &RouteTable, method: Method, path: &str) -> String {
    match table.lookup(path, method) {
        RouteMatch::Hit(route) => route.target.name().to_owned(),
        RouteMatch::MethodMiss { allow, .. } => format!("405 {}", allow.allow_header()),
        RouteMatch::None => "-".to_owned(),
    }
}

#[test]
fn exact_pattern_matches_with_and_without_trailing_slash() {
    let table = table(&[("/admin", &[], "a"), ("/docs/", &[], "d"), ("/", &[], "root")]);
    for (path, name) in [
        ("/admin", "a"),
        ("/admin/", "a"),
        ("/docs", "d"),
        ("/docs/", "d"),
        ("/", "root"),
        ("/admin/x", "-"),
        ("/Admin", "-"),
        ("/administrator", "-"),
        ("/doc", "-"),
    ] {
        assert_eq!(ask(&table, Method::Get, path), name, "{path}");
    }
}

#[test]
fn prefix_pattern_matches_below_only() {
    let table = table(&[("/admin/*", &[], "a")]);
    for (path, name) in [
        ("/admin/x", "a"),
        ("/admin/x/", "a"),
        ("/admin/x/y", "a"),
        ("/admin", "-"),
        ("/admin/", "-"),
        ("/admin.css", "-"),
        ("/administrator", "-"),
        ("/x/admin/y", "-"),
        ("/", "-"),
    ] {
        assert_eq!(ask(&table, Method::Post, path), name, "{path}");
    }
}

#[test]
fn exact_beats_prefix_and_longer_prefix_beats_shorter() {
    let table =
        table(&[("/a/*", &[], "short"), ("/a/b/*", &[], "long"), ("/a/b/c", &[], "exact"), ("/a/bb/*", &[], "other")]);
    for (path, name) in [
        ("/a/x", "short"),
        ("/a/b", "short"),
        ("/a/b/x", "long"),
        ("/a/b/c", "exact"),
        ("/a/b/c/d", "long"),
        ("/a/bb/x", "other"),
    ] {
        assert_eq!(ask(&table, Method::Get, path), name, "{path}");
    }
}

#[test]
fn entries_of_one_pattern_are_chosen_by_method() {
    let table = table(&[("/login", &[Method::Post], "post"), ("/login", &[Method::Get], "get")]);
    for (method, name) in [
        (Method::Post, "post"),
        (Method::Get, "get"),
        (Method::Head, "get"),
        (Method::Put, "405 GET, HEAD, POST"),
        (Method::Other, "405 GET, HEAD, POST"),
    ] {
        assert_eq!(ask(&table, method, "/login"), name, "{method:?}");
    }
}

#[test]
fn a_pattern_that_does_not_admit_the_method_lets_the_next_one_answer() {
    let table = table(&[("/api/x", &[Method::Post], "exact"), ("/api/*", &[Method::Get], "prefix")]);
    assert_eq!(ask(&table, Method::Get, "/api/x"), "prefix");
    assert_eq!(ask(&table, Method::Post, "/api/x"), "exact");
    assert_eq!(ask(&table, Method::Delete, "/api/x"), "405 GET, HEAD, POST");
    let RouteMatch::MethodMiss { route, .. } = table.lookup("/api/x", Method::Delete) else { panic!() };
    assert_eq!(route.pattern, "/api/x");
}

#[test]
fn patterns_match_in_canonical_form() {
    let table = table(&[("/caf%C3%A9", &[], "cafe"), ("/a%20b/*", &[], "space"), ("/cafe\u{301}s", &[], "nfd")]);
    assert_eq!(ask(&table, Method::Get, "/caf\u{e9}"), "cafe");
    assert_eq!(ask(&table, Method::Get, "/a b/c"), "space");
    assert_eq!(ask(&table, Method::Get, "/caf\u{e9}s"), "nfd");
}

#[test]
fn a_table_has_one_order_and_one_digest() {
    let routes = [
        ("/b/*", &[][..], "1"),
        ("/a", &[Method::Post][..], "2"),
        ("/bb/*", &[][..], "3"),
        ("/a", &[Method::Get][..], "4"),
    ];
    let one = table(&routes);
    let mut reversed = routes;
    reversed.reverse();
    assert_eq!(one.routes(), table(&reversed).routes());
    assert_eq!(one.digest(), table(&reversed).digest());
    let order: Vec<&str> = one.routes().iter().map(|route| route.target.name()).collect();
    assert_eq!(order, ["4", "2", "3", "1"]);
    assert_eq!(RouteTable::build(Vec::new()).digest(), None);
}

#[test]
fn the_digest_is_taken_over_the_entries_of_the_manifest() {
    let manifest = r#"[{"pattern":"/a/*","kind":"prefix","prefix":"/a/","methods":["GET","POST"],"target":{"type":"function","name":"f"}}]"#;
    let table = table(&[("/a/*", &[Method::Post, Method::Get], "f")]);
    assert_eq!(table.digest(), Some(Digest::of(manifest.as_bytes())));
}

/// The rules again, the slow and plain way.
fn expected<'t>(routes: &'t [Route], path: &str, method: Method) -> Option<&'t str> {
    let matches = |route: &&Route| match route.prefix() {
        None => route.pattern.trim_end_matches('/') == path.trim_end_matches('/'),
        Some(prefix) => path.starts_with(prefix) && path.len() > prefix.len(),
    };
    let mut fitting: Vec<&Route> = routes.iter().filter(matches).filter(|r| r.admitted().contains(method)).collect();
    fitting.sort_by_key(|route| (route.kind, std::cmp::Reverse(route.pattern.len())));
    fitting.first().map(|route| route.target.name())
}

fn segments(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "ab"]), 1..max)
        .prop_map(|parts| format!("/{}", parts.join("/")))
}

proptest! {
    #[test]
    fn a_lookup_finds_what_the_rules_say(
        patterns in prop::collection::btree_set((segments(4), any::<bool>()), 0..12),
        path in segments(6),
        slash in any::<bool>(),
        method in prop::sample::select(Method::SEVEN.to_vec()),
    ) {
        let routes: Vec<Route> = patterns
            .iter()
            .enumerate()
            .map(|(i, (pattern, prefix))| {
                let methods: &[Method] = [&[][..], &[Method::Get], &[Method::Post, Method::Options]][i % 3];
                route(&if *prefix { format!("{pattern}/*") } else { pattern.clone() }, methods, &i.to_string())
            })
            .collect();
        let path = if slash { format!("{path}/") } else { path };
        let table = RouteTable::build(routes.clone());
        let found = match table.lookup(&path, method) {
            RouteMatch::Hit(route) => Some(route.target.name()),
            _ => None,
        };
        prop_assert_eq!(found, expected(&routes, &path, method));
    }
}
