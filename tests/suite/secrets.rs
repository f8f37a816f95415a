//! Secrets: set from a pipe or a file, seen by functions at once, and by nobody else.

use crate::support::functions::functions;
use crate::support::http;
use crate::support::node::Node;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

/// Says the value of what its query names.
const TELLS: &str =
    "export default (req, { env }) => new Response(env[new URL(req.url).searchParams.get('name')] ?? 'none');";

fn set(node: &Node, project: &str, name: &str, value: &str) -> Value {
    done(&node.cli_with(&["secrets", "set", name, "--project", project, "--stdin"], value.as_bytes()))
}

fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The code of a command that must fail, with what it wrote.
fn fails(output: &Output) -> (String, String) {
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    let envelope: Value = serde_json::from_slice(&output.stderr).unwrap();
    (envelope["code"].as_str().unwrap().to_owned(), String::from_utf8(output.stderr.clone()).unwrap())
}

fn told(node: &Node, name: &str) -> String {
    node.get(&format!("/f?name={name}")).text()
}

fn names(node: &Node, project: &str) -> Vec<String> {
    let listed = done(&node.cli(&["secrets", "list", "--project", project]));
    let names = listed["secrets"].as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap().to_owned());
    names.collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_secret_is_seen_from_the_next_request_on() {
    let mut node = Node::start();
    // Before there is a project at all.
    let early = set(&node, "site", "EARLY", "bird");
    assert_eq!(early, json!({ "project": "site", "name": "EARLY", "created": true, "release_id": null }));
    let mut spec = functions(&[("f", TELLS)]);
    spec["secrets"] = json!({ "require": ["EARLY"] });
    let applied = node.site(spec);
    assert_eq!((told(&node, "EARLY"), told(&node, "LATE")), ("bird".to_owned(), "none".to_owned()));

    let late = set(&node, "site", "LATE", "train\n");
    assert_eq!((&late["created"], &late["release_id"]), (&json!(true), &applied["release_id"]));
    assert_eq!(told(&node, "LATE"), "train");
    let file = node.path().join("value");
    fs::write(&file, "  two\nlines\r\n").unwrap();
    let args = ["secrets", "set", "LATE", "--project", "site", "--file", file.to_str().unwrap()];
    assert_eq!(done(&node.cli(&args))["created"], json!(false));
    assert_eq!(told(&node, "LATE"), "  two\nlines");
    assert_eq!(names(&node, "site"), ["EARLY", "LATE"]);
    let listed = done(&node.cli(&["secrets", "list", "--project", "site"]));
    assert_eq!(listed["secrets"][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["name", "updated_at"]);

    node.restart();
    assert_eq!((told(&node, "EARLY"), told(&node, "LATE")), ("bird".to_owned(), "  two\nlines".to_owned()));
    done(&node.cli(&["secrets", "delete", "LATE", "--project", "site"]));
    assert_eq!((told(&node, "LATE"), names(&node, "site")), ("none".to_owned(), vec!["EARLY".to_owned()]));
    assert_eq!(fails(&node.cli(&["secrets", "delete", "LATE", "--project", "site"])).0, "SECRET_NOT_FOUND");
    // The release is the one it was.
    assert_eq!(done(&node.cli(&["releases", "--project", "site"]))["releases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_required_secret_goes_by_force_only() {
    let node = Node::start();
    let mut spec = functions(&[("f", TELLS)]);
    spec["secrets"] = json!({ "require": ["KEY"] });
    spec["project"] = "site".into();
    let refused = node.refused(&spec);
    assert_eq!(
        (&refused["code"], &refused["details"]["missing"]),
        (&json!("MISSING_REQUIRED_SECRET"), &json!(["KEY"]))
    );
    set(&node, "site", "KEY", "x");
    node.site(spec.clone());
    let (code, _) = fails(&node.cli(&["secrets", "delete", "KEY", "--project", "site"]));
    assert_eq!((code.as_str(), told(&node, "KEY").as_str()), ("SECRET_IN_USE", "x"));
    done(&node.cli(&["secrets", "delete", "KEY", "--project", "site", "--force"]));
    assert_eq!(told(&node, "KEY"), "none");
    assert_eq!(node.refused(&spec)["code"], "MISSING_REQUIRED_SECRET");
}

#[test]
fn a_value_with_which_a_function_does_not_load_changes_nothing() {
    let mut node = Node::start();
    set(&node, "site", "URL_OF_IT", "https://a.test");
    node.site(functions(&[(
        "f",
        "const url = new URL(process.env.URL_OF_IT); export default () => new Response(url.host);",
    )]));
    assert_eq!(node.get("/f").text(), "a.test");
    let args = ["secrets", "set", "URL_OF_IT", "--project", "site", "--stdin"];
    let (code, said) = fails(&node.cli_with(&args, b"canary is no url"));
    assert_eq!(code, "FUNCTION_BUILD_FAILED");
    assert!(said.contains("URL_OF_IT"), "{said}");
    assert_eq!(node.get("/f").text(), "a.test");
    node.restart();
    assert_eq!(node.get("/f").text(), "a.test");
    done(&node.cli_with(&[&args[..], &["--force"]].concat(), b"no url"));
    assert_eq!(node.get("/f").status, 503);
    set(&node, "site", "URL_OF_IT", "https://b.test");
    assert_eq!(node.get("/f").text(), "b.test");
}

#[test]
fn a_project_sees_its_own_secrets_only() {
    let node = Node::start();
    for project in ["one", "two"] {
        set(&node, project, "KEY", &format!("of {project}"));
        let mut spec = functions(&[("f", TELLS)]);
        spec["project"] = project.into();
        node.apply(&spec);
        done(&node.cli(&["hosts", "bind", &format!("{project}.test"), "--project", project]));
    }
    set(&node, "one", "MINE", "x");
    let ask =
        |host: &str, name: &str| http::request(node.edge, "GET", host, &format!("/f?name={name}"), &[], b"").text();
    assert_eq!((ask("one.test", "KEY"), ask("two.test", "KEY")), ("of one".to_owned(), "of two".to_owned()));
    assert_eq!((ask("one.test", "MINE"), ask("two.test", "MINE")), ("x".to_owned(), "none".to_owned()));
    assert_eq!(names(&node, "two"), ["KEY"]);
    assert_eq!(names(&node, "three"), Vec::<String>::new());
}

/// Values are looked for in all that leaves or stays, with a node that logs all it can.
#[test]
fn a_value_is_nowhere_in_the_clear() {
    let mut node = Node::with("[log]\nlevel = \"trace\"");
    let canary = "canary-6f1d8a";
    // Also taken in from a file.
    let file = node.state().join("secrets/site.env");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, format!("FROM_FILE={canary}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut said = Vec::new();
    node.site(functions(&[
        ("f", &format!("export default (req, {{ env }}) => Response.json([env.KEY?.startsWith('{}' + '{}'), env.FROM_FILE === env.KEY]);", &canary[..6], &canary[6..])),
        ("throws", "export default () => { throw new Error('on purpose'); }"),
    ]));
    let args = ["secrets", "set", "KEY", "--project", "site", "--stdin"];
    let output = node.cli_with(&args, canary.as_bytes());
    done(&output);
    said.push(output);
    assert_eq!(node.get("/f").json(), json!([true, true]));
    assert!(!file.exists());
    node.get("/throws");
    // All that is refused on the way in.
    for args in [
        &["secrets", "set", "KEY", canary, "--project", "site"][..],
        &["secrets", "set", &format!("KEY={canary}"), "--project", "site", "--stdin"],
        &["secrets", "set", canary, "--project", "site", "--stdin"],
        &["secrets", "set", "KEY", "--project", "site"],
        &["secrets", "set", "NODE_ENV", "--project", "site", "--stdin"],
        &["secrets", "delete", canary, "--project", "site"],
        &["secrets", "set", "KEY", "--project", "no project", "--stdin"],
    ] {
        let output = node.cli_with(args, canary.as_bytes());
        assert!(!output.status.success(), "{args:?}");
        said.push(output);
    }
    said.push(node.cli_with(&args, &[canary.as_bytes(), b"\xff"].concat()));
    said.push(node.cli_with(&args, &[canary.as_bytes(), b"\0"].concat()));
    said.push(node.cli_with(&args, canary.repeat(10_000).as_bytes()));
    said.push(node.cli(&["secrets", "list", "--project", "site"]));
    for output in &said {
        assert!(!contains(&output.stdout, canary) && !contains(&output.stderr, canary), "{output:?}");
    }
    for body in [
        format!("{{\"value\": [\"{canary}\"]}}"),
        format!("{{\"valu\": \"{canary}\"}}"),
        format!("\"{canary}\""),
        format!("{{\"value\": \"{canary}\", \"more\": 1}}"),
        format!("{{\"value\": \"{canary}\\u0000\"}}"),
        canary.to_owned(),
    ] {
        let answer = node.call("PUT", "/secrets/v1/site/KEY", body.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_FIELD"), "{body}");
        assert!(!contains(&answer.body, canary), "{body}");
    }
    for answer in [
        node.call("GET", "/secrets/v1/site", b""),
        node.call("GET", "/metrics", b""),
        node.call("GET", "/apply/v1/releases/active?project=site", b""),
        node.call("GET", "/apply/v1/resolve?host=site.test&path=/f", b""),
    ] {
        assert!(!contains(&answer.body, canary), "{answer:?}");
    }
    node.restart();
    assert_eq!(node.get("/f").json(), json!([true, true]));
    assert!(!node.log().contains(canary));
    for file in files(&node.state()) {
        assert!(!contains(&fs::read(&file).unwrap(), canary), "{}", file.display());
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert!(!file.starts_with(node.state().join("vault")) || mode == 0o600, "{} {mode:o}", file.display());
    }
    assert_eq!(fs::metadata(node.state().join("node-key")).unwrap().permissions().mode() & 0o777, 0o600);
}

/// What any user of the machine can see of a process.
#[test]
fn a_value_is_no_argument_and_no_variable() {
    let node = Node::start();
    let mut command = node.command(&["secrets", "set", "KEY", "--project", "site", "--stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"canary-value").unwrap();
    // It waits for the rest.
    for of in ["cmdline", "environ", "comm"] {
        assert!(!contains(&fs::read(format!("/proc/{}/{of}", child.id())).unwrap(), "canary"), "{of}");
        assert!(!contains(&fs::read(format!("/proc/{}/{of}", node.pid())).unwrap(), "canary"), "{of}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn documents_that_do_not_open_cost_their_own_project() {
    let mut node = Node::start();
    for project in ["one", "two"] {
        let mut spec = functions(&[("f", TELLS)]);
        spec["project"] = project.into();
        set(&node, project, "KEY", &format!("of {project}"));
        node.apply(&spec);
        done(&node.cli(&["hosts", "bind", &format!("{project}.test"), "--project", project]));
    }
    let ask = |node: &Node, host: &str| http::request(node.edge, "GET", host, "/f?name=KEY", &[], b"");
    let place = |node: &Node, project: &str| node.state().join("vault").join(project).join("secrets");

    // Somebody puts the secrets of one project in the place of another's.
    let own = fs::read(place(&node, "two")).unwrap();
    fs::copy(place(&node, "one"), place(&node, "two")).unwrap();
    node.restart();
    assert_eq!((ask(&node, "one.test").text(), ask(&node, "two.test").status), ("of one".to_owned(), 503));
    assert!(node.log().contains("vault/two/secrets"), "{}", node.log());
    let (code, said) = fails(&node.cli_with(&["secrets", "set", "KEY", "--project", "two", "--stdin"], b"x"));
    assert!(code == "STORAGE_UNAVAILABLE" && !said.contains("/vault/"), "{said}");

    fs::write(place(&node, "two"), &own[..own.len() - 1]).unwrap();
    node.restart();
    assert_eq!((ask(&node, "one.test").text(), ask(&node, "two.test").status), ("of one".to_owned(), 503));
    // Gone altogether, it is no damage; what is set anew brings the project back at once.
    fs::remove_file(place(&node, "two")).unwrap();
    set(&node, "two", "KEY", "again");
    assert_eq!(ask(&node, "two.test").text(), "again");

    // With another node's key nothing opens, and nothing is guessed.
    let key = node.state().join("node-key");
    let right = fs::read(&key).unwrap();
    fs::write(&key, "0".repeat(64)).unwrap();
    node.restart();
    assert_eq!((ask(&node, "one.test").status, ask(&node, "two.test").status), (503, 503));
    fs::write(&key, right).unwrap();
    node.restart();
    assert_eq!(
        (ask(&node, "one.test").text(), ask(&node, "two.test").text()),
        ("of one".to_owned(), "again".to_owned())
    );
}

#[test]
fn a_node_does_not_start_with_a_key_that_others_read_or_without_the_one_it_had() {
    let mut node = Node::start();
    set(&node, "site", "KEY", "x");
    let key = node.state().join("node-key");
    node.kill();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    node.spawn();
    assert_eq!(node.wait(), Some(1));
    assert!(node.log().contains("node-key"), "{}", node.log());
    fs::remove_file(&key).unwrap();
    node.spawn();
    assert_eq!(node.wait(), Some(1));
    assert!(node.log().contains("it is gone") && !key.exists(), "{}", node.log());
}

#[test]
fn the_api_of_secrets_needs_the_token_and_a_project() {
    let node = Node::start();
    for (method, path) in
        [("GET", "/secrets/v1/site"), ("PUT", "/secrets/v1/site/KEY"), ("DELETE", "/secrets/v1/site/KEY")]
    {
        let answer = http::request(node.api, method, "localhost", path, &[], b"");
        assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHORIZED"));
        // Not on the public side.
        let answer = http::request(node.edge, method, "localhost", path, &[], b"");
        assert_ne!(answer.status, 200);
    }
    for path in ["/secrets/v1/..%2Fx", "/secrets/v1/a.b", "/secrets/v1/-a"] {
        let answer = node.call("GET", path, b"");
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_FIELD"), "{path}");
    }
    let answer = node.call("PUT", "/secrets/v1/site/lower", br#"{"value":"x"}"#);
    assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_FIELD"));
    let answer = node.call("PUT", "/secrets/v1/site/KEY?forse=true", br#"{"value":"x"}"#);
    assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_FIELD"));
}
