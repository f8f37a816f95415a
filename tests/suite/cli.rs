//! The program as people and scripts use it: help, exit status, JSON, configuration.

use crate::support::node::{Node, free_address, portico};
use crate::support::spec::files;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;

fn run(args: &[&str]) -> Output {
    portico().args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The envelope of a command that must fail with this status, and says nothing on standard output.
fn failure(output: &Output, status: i32) -> Value {
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(status), ""), "{}", text(&output.stderr));
    let envelope: Value =
        serde_json::from_slice(&output.stderr).unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    assert_eq!(envelope["status"], "error");
    envelope
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let top = run(&["--help"]);
    assert_eq!(top.status.code(), Some(0));
    let commands: Vec<Vec<&str>> = vec![
        vec!["serve"],
        vec!["dev"],
        vec!["apply"],
        vec!["releases"],
        vec!["releases", "show"],
        vec!["releases", "diff"],
        vec!["resolve"],
        vec!["diagnose"],
        vec!["hosts", "bind"],
        vec!["hosts", "unbind"],
        vec!["hosts", "list"],
        vec!["secrets", "set"],
        vec!["secrets", "list"],
        vec!["secrets", "delete"],
        vec!["keys", "create"],
        vec!["keys", "list"],
        vec!["keys", "rotate"],
        vec!["keys", "revoke"],
        vec!["config", "print"],
        vec!["config", "check"],
    ];
    for command in &commands {
        assert!(text(&top.stdout).contains(command[0]), "{command:?} is not in the list");
        let help = run(&[command.as_slice(), &["--help"]].concat());
        assert_eq!(help.status.code(), Some(0), "{command:?}");
        let said = text(&help.stdout);
        let example = format!("portico {}", command.join(" "));
        let (_, examples) =
            said.split_once("Examples:").unwrap_or_else(|| panic!("{command:?} has no example:\n{said}"));
        assert!(examples.contains(&example), "{command:?}:\n{said}");
    }
    for group in ["hosts", "secrets", "config"] {
        assert_eq!(run(&[group, "--help"]).status.code(), Some(0));
    }
    let version = run(&["--version"]);
    assert_eq!(text(&version.stdout).trim(), concat!("portico ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_that_was_called_wrongly_ends_with_2() {
    for args in [
        &[][..],
        &["aply"],
        &["serve", "--confg", "x"],
        &["apply"],
        &["resolve"],
        &["resolve", "--path", "/x"],
        &["resolve", "--url", "http://a/", "--host", "a"],
        &["diagnose"],
        &["releases", "diff", "--to", "active"],
        &["releases", "--project", "p", "--allow-warnings"],
        &["hosts", "bind", "a.test"],
        &["hosts"],
        &["config", "check"],
        &["dev", "--port", "many"],
    ] {
        let envelope = failure(&run(args), 2);
        assert_eq!(envelope["code"], "BAD_USAGE", "{args:?}");
    }
    assert!(
        failure(&run(&["aply"]), 2)["message"].as_str().unwrap().contains("apply"),
        "no hint at the nearest command"
    );
}

#[test]
fn a_command_that_fails_ends_with_1_and_says_why() {
    let node = Node::start();
    let nobody = failure(
        &run(&[
            "hosts",
            "list",
            "--api",
            &format!("http://{}", free_address()),
            "--token-file",
            node.state().join("api-token").to_str().unwrap(),
        ]),
        1,
    );
    assert_eq!((&nobody["code"], &nobody["retryable"]), (&json!("NETWORK_ERROR"), &json!(true)));
    let tokenless = failure(&run(&["hosts", "list", "--token-file", "/no/such/token"]), 1);
    assert_eq!(tokenless["code"], "UNAUTHORIZED");
    assert!(tokenless.to_string().contains("/no/such/token"));
    fs::write(node.path().join("wrong"), "wrong\n").unwrap();
    let wrong = failure(&node.cli(&["hosts", "list", "--token-file", "wrong"]), 1);
    assert_eq!(wrong["code"], "UNAUTHORIZED");
    assert!(wrong["request_id"].as_str().unwrap().starts_with("req_"));
    // The edge is not the API, and the answer of a stranger is not taken for one.
    let stranger = failure(&node.cli(&["hosts", "list", "--api", &format!("http://{}", node.edge)]), 1);
    assert!(["HOST_NOT_CONFIGURED", "COMMAND_FAILED"].contains(&stranger["code"].as_str().unwrap()), "{stranger}");
    assert_eq!(failure(&node.cli(&["releases", "--project", "none"]), 1)["code"], "PROJECT_NOT_FOUND");
}

#[test]
fn a_result_is_one_line_of_json() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "page")]) }));
    fs::write(
        node.path().join("m.json"),
        json!({ "project": "site", "site": files(&[("index.html", "two")]) }).to_string(),
    )
    .unwrap();
    for args in [
        &["apply", "-m", "m.json"][..],
        &["releases", "--project", "site"],
        &["releases"],
        &["releases", "show", "--project", "site"],
        &["releases", "diff", "--from", "empty", "--to", "active"],
        &["apply", "-m", "m.json", "--dry-run"],
        &["resolve", "--url", "http://site.test/"],
        &["resolve", "--host", "site.test", "--path", "/"],
        &["diagnose", "http://nowhere.test/x?y#z"],
        &["hosts", "list"],
        &["hosts", "bind", "b.test", "--project", "site"],
        &["hosts", "unbind", "b.test"],
        &["--json", "hosts", "list"],
    ] {
        let output = node.cli(args);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{args:?}");
        let said = text(&output.stdout);
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        assert!(serde_json::from_str::<Value>(&said).unwrap().is_object(), "{args:?}");
    }
}

/// The environment, the options and the configuration are three ways to the same node.
#[test]
fn the_node_is_found_by_its_configuration_too() {
    let node = Node::start();
    node.site(json!({ "site": files(&[("index.html", "page")]) }));
    let config = node.path().join("portico.toml");
    let by_option = run(&["hosts", "list", "--config", config.to_str().unwrap()]);
    assert_eq!(by_option.status.code(), Some(0), "{}", text(&by_option.stderr));
    let by_environment = portico().args(["hosts", "list"]).env("PORTICO_CONFIG", &config).output().unwrap();
    assert_eq!(by_option.stdout, by_environment.stdout);
    assert!(text(&by_option.stdout).contains("site.test"));
}

#[test]
fn the_printed_configuration_is_the_documented_one_and_is_good() {
    let printed = run(&["config", "print"]);
    assert_eq!(printed.status.code(), Some(0));
    let documented = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/portico.toml")).unwrap();
    assert_eq!(text(&printed.stdout), documented, "run `portico config print > conf/portico.toml`");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    fs::write(&file, &printed.stdout).unwrap();
    let checked = run(&["config", "check", file.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&checked.stdout).unwrap()["status"], "ok");
}

#[test]
fn a_bad_configuration_is_refused_with_file_line_and_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    let path = file.to_str().unwrap();
    for (config, line, field, says) in [
        ("# a comment\nlissten = [\"127.0.0.1:0\"]\n", 2, "lissten", "`listen`"),
        ("[limits]\nheader_byte_max = 1\n", 2, "limits.header_byte_max", "`header_bytes_max`"),
        ("[upstreams.a]\naddress = \"a:1\"\ntimeout = 3\n", 3, "upstreams.a.timeout", "known are"),
        ("listen = [\"8080\"]\n", 1, "listen[0]", "127.0.0.1:8080"),
        ("drain_seconds = \"long\"\n", 1, "drain_seconds", "expected"),
        ("[upstreams.a]\n", 1, "upstreams.a.address", "missing"),
        ("listen = [\"127.0.0.1:8081\"]\n", 0, "api_listen", "taken"),
        ("x = \n", 1, "", ""),
    ] {
        fs::write(&file, config).unwrap();
        for command in
            [&["config", "check", path][..], &["serve", "--config", path], &["hosts", "list", "--config", path]]
        {
            let envelope = failure(&run(command), 1);
            assert_eq!(
                (&envelope["code"], &envelope["details"]["file"]),
                (&json!("INVALID_CONFIG"), &json!(path)),
                "{config}"
            );
            let problem = &envelope["details"]["problems"][0];
            assert_eq!((&problem["line"], &problem["field"]), (&json!(line), &json!(field)), "{config}: {envelope}");
            let message = envelope["message"].as_str().unwrap();
            assert!(problem["message"].as_str().unwrap().contains(says), "{envelope}");
            // The message alone tells a person where to look.
            let place = if line > 0 { format!("{path}:{line}:") } else { format!("{path}:") };
            assert!(message.starts_with(&place), "{message}");
        }
    }
    // Every mistake at once, not one per attempt.
    fs::write(&file, "lissten = []\nthreds = 1\n").unwrap();
    let both = failure(&run(&["config", "check", path]), 1);
    assert_eq!(both["details"]["problems"].as_array().unwrap().len(), 2);
    let missing = failure(&run(&["serve", "--config", "/no/such/portico.toml"]), 1);
    assert!(missing["message"].as_str().unwrap().contains("/no/such/portico.toml"));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let node = Node::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    for (edge, api, taken) in [(node.edge, free_address(), node.edge), (free_address(), node.api, node.api)] {
        fs::write(
            &file,
            format!("state_dir = {:?}\nlisten = [\"{edge}\"]\napi_listen = \"{api}\"\n", folder.path().join("state")),
        )
        .unwrap();
        let output = run(&["serve", "--config", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(&taken.to_string()), "{}", text(&output.stderr));
    }
}
