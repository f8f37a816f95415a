//! `portico dev`: a folder is served, every change of it is, and mistakes are told with file and field.

use crate::support::dev::Dev;
use crate::support::http::{self, Connection};
use crate::support::node::{free_address, portico};
use crate::support::spec::{files, function, mirror, says, to_function};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use tempfile::TempDir;

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A folder with a manifest that names a page and a function by their paths.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "portico.json", manifest().to_string());
    write(folder.path(), "pages/index.html", "first");
    write(folder.path(), "functions/api.js", "export default () => new Response('api first');");
    folder
}

fn manifest() -> Value {
    json!({
        "project": "shop",
        "site": { "replace": { "index.html": { "path": "pages/index.html" } } },
        "functions": { "replace": { "api": { "runtime": "node22", "source": { "path": "functions/api.js" } } } },
        "routes": { "replace": [to_function("/api", "api")] },
    })
}

#[test]
fn a_change_of_any_file_is_a_new_release() {
    let folder = folder();
    let mut dev = Dev::start(folder.path(), &[]);
    let first = dev.wait_for_release(1);
    let serving = dev.lines("serving");
    assert_eq!(serving[0]["url"], format!("http://localhost:{}", dev.address.port()));
    assert_eq!((dev.get("/").text(), dev.get("/api").text()), ("first".to_owned(), "api first".to_owned()));
    // Every host of this node is the site's.
    assert_eq!(http::request(dev.address, "GET", "any.test", "/", &[], b"").text(), "first");

    write(folder.path(), "pages/index.html", "second");
    dev.wait_for_body("/", "second");
    let second = dev.wait_for_release(2);
    assert_ne!((&first["release_id"], &first["release_id"]), (&second["release_id"], &Value::Null));

    write(folder.path(), "functions/api.js", "export default () => new Response('api second');");
    dev.wait_for_body("/api", "api second");

    let mut changed = manifest();
    changed["site"]["replace"]["about.html"] = "about".into();
    // As editors save: written beside, and renamed.
    write(folder.path(), "portico.json.tmp", changed.to_string());
    fs::rename(folder.path().join("portico.json.tmp"), folder.path().join("portico.json")).unwrap();
    dev.wait_for_body("/about", "about");
    assert_eq!(dev.get("/").text(), "second");
}

#[test]
fn files_outside_the_folder_and_files_yet_to_come_are_followed() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("site");
    write(root.path(), "shared/footer.txt", "first");
    let mut spec = manifest();
    spec["site"]["replace"]["footer.txt"] = json!({ "path": "../shared/footer.txt" });
    spec["site"]["replace"]["index.html"] = json!({ "path": "dist/new/index.html" });
    write(&folder, "portico.json", spec.to_string());
    write(&folder, "functions/api.js", "export default () => new Response('api');");
    let mut dev = Dev::start(&folder, &[]);
    // What a build has not made yet is named, with its place in the manifest.
    dev.wait_for_error("dist/new/index.html does not exist");
    assert!(dev.stderr().contains("site.replace[\"index.html\"]"), "{}", dev.stderr());
    write(&folder, "dist/new/index.html", "built");
    dev.wait_for_body("/", "built");
    write(root.path(), "shared/footer.txt", "second");
    dev.wait_for_body("/footer.txt", "second");
}

#[test]
fn a_release_spec_may_be_called_app_json() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "app.json", json!({ "site": files(&[("index.html", "app")]) }).to_string());
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_body("/", "app");
    // The name of our own wins.
    write(folder.path(), "portico.json", json!({ "site": files(&[("index.html", "portico")]) }).to_string());
    dev.wait_for_body("/", "portico");
}

#[test]
fn a_bad_manifest_is_explained_and_the_old_release_goes_on() {
    let folder = folder();
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    let mut bad = manifest();
    bad["routes"]["replace"][0]["patern"] = "/x".into();
    write(folder.path(), "portico.json", bad.to_string());
    dev.wait_for_error("did you mean `pattern`?");
    let said = dev.stderr();
    for part in ["not applied", "INVALID_SPEC", "routes.replace[0].patern", "portico.json"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert_eq!((dev.get("/").text(), dev.get("/api").text()), ("first".to_owned(), "api first".to_owned()));

    write(folder.path(), "portico.json", "{ \"site\":\n  nonsense }");
    dev.wait_for_error("not JSON");
    assert_eq!(dev.get("/").text(), "first");

    // Mended to what is live already: said as well, or one would wait for it.
    write(folder.path(), "portico.json", manifest().to_string());
    let mended = dev.wait_for_release(2);
    assert_eq!(mended["is_noop"], true);
    write(folder.path(), "pages/index.html", "after");
    dev.wait_for_body("/", "after");
}

#[test]
fn a_function_that_does_not_compile_is_named_by_its_own_file() {
    let folder = folder();
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    write(folder.path(), "functions/api.js", "const a = 1;\nexport default () => new Response('x';\n");
    dev.wait_for_error("FUNCTION_BUILD_FAILED");
    dev.wait_for_error("line: 2");
    let said = dev.stderr();
    assert!(said.contains("file: functions/api.js") && said.contains("SyntaxError"), "{said}");
    assert_eq!(dev.get("/api").text(), "api first");
}

#[test]
fn a_folder_without_a_good_release_waits_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_error("neither portico.json nor app.json");
    let nothing = dev.get("/");
    assert_eq!((nothing.status, nothing.code().as_str()), (404, "NO_SITE_DEPLOYED"));
    write(folder.path(), "portico.json", json!({ "project": "shop", "sitee": {} }).to_string());
    dev.wait_for_error("did you mean `site`?");
    write(
        folder.path(),
        "portico.json",
        json!({ "project": "shop", "site": files(&[("index.html", "good")]) }).to_string(),
    );
    dev.wait_for_body("/", "good");
}

#[test]
fn what_a_function_says_is_shown_and_why_it_failed() {
    let folder = folder();
    write(
        folder.path(),
        "functions/api.js",
        "export default (req) => {\n  console.log('called by', req.method);\n  if (req.method === 'POST') throw new Error('on purpose');\n  return new Response('x');\n};",
    );
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    assert_eq!(dev.get("/api").status, 200);
    dev.wait_for_error("[api] called by GET\n");
    dev.wait_for_error("GET /api 200 ");
    let failed = dev.send("POST", "/api", &[], b"x");
    assert_eq!((failed.status, failed.code().as_str()), (500, "local_executor_failed"));
    assert!(!failed.text().contains("on purpose"));
    dev.wait_for_error("POST /api 500 ");
    dev.wait_for_error("on purpose");
    assert!(dev.stderr().contains(":3:"), "the line is not said: {}", dev.stderr());
}

#[test]
fn secrets_come_from_dotenv_and_changes_of_it_are_seen() {
    let folder = folder();
    let mut spec = manifest();
    spec["secrets"] = json!({ "require": ["GREETING"] });
    write(folder.path(), "portico.json", spec.to_string());
    write(folder.path(), "functions/api.js", "export default () => new Response(process.env.GREETING);");
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_error("MISSING_REQUIRED_SECRET");
    write(folder.path(), ".env", "# a comment\nGREETING=\"good day\"\n");
    dev.wait_for_body("/api", "good day");
    write(folder.path(), ".env", "GREETING=hello\n");
    dev.wait_for_body("/api", "hello");
    // The file of secrets is no file of the site.
    assert_eq!(dev.get("/.env").status, 404);
}

#[test]
fn an_upstream_is_given_on_the_command_line() {
    let behind = tempfile::tempdir().unwrap();
    let mut renderer = mirror("upstream");
    renderer["class"] = "ssr".into();
    write(behind.path(), "portico.json", json!({ "functions": { "replace": { "f": renderer } } }).to_string());
    let mut upstream = Dev::start(behind.path(), &[]);
    upstream.wait_for_release(1);

    let folder = tempfile::tempdir().unwrap();
    let spec =
        json!({ "routes": { "replace": [{ "pattern": "/up/*", "target": { "type": "proxy", "upstream": "api" } }] } });
    write(folder.path(), "portico.json", spec.to_string());
    let mut without = Dev::start(folder.path(), &[]);
    without.wait_for_error("which is no upstream of this node");
    let mut with = Dev::start(folder.path(), &["--upstream", &format!("api={}", upstream.address)]);
    with.wait_for_release(1);
    let seen = with.send("POST", "/up/x?y", &[], b"body").json();
    assert_eq!(
        (&seen["name"], &seen["path"], &seen["query"], &seen["body"]),
        (&json!("upstream"), &json!("/up/x"), &json!("?y"), &json!("body"))
    );
}

#[test]
fn either_signal_ends_it_at_once_and_leaves_nothing_behind() {
    for signal in ["INT", "TERM"] {
        let folder = folder();
        // Were a connection that asks for nothing waited for, the test would not see the end.
        write(folder.path(), "portico.toml", "drain_seconds = 3600\n");
        let mut dev = Dev::start(folder.path(), &[]);
        dev.wait_for_release(1);
        let mut idle = Connection::open(dev.address);
        assert_eq!(idle.request("GET", "localhost", "/", &[], b"").unwrap().text(), "first");
        assert_eq!(dev.temporary_files(), 1, "its state is in a temporary folder");
        assert_eq!(dev.end(signal).code(), Some(0), "{signal}: {}", dev.stderr());
        assert!(idle.read("GET").unwrap().is_none(), "{signal}: the connection is still open");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!((left.len(), dev.temporary_files()), (4, 0), "{signal}: {left:?}");
    }
}

#[test]
fn it_does_not_start_where_it_cannot_serve() {
    let folder = folder();
    let run = |args: &[&str]| portico().arg("dev").args(args).output().unwrap();
    let path = folder.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&[path, "--port", &port]);
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(
        output.stderr.split(|byte| *byte == b'\n').rfind(|line| line.starts_with(b"{")).unwrap(),
    )
    .unwrap();
    assert!(said["message"].as_str().unwrap().contains(&port), "{said}");

    let free = free_address().port().to_string();
    for (args, code) in [
        (vec!["/no/such/folder", "--port", &free], 1),
        (vec![path, "--port", "99999"], 2),
        (vec![path, "--port", &free, "--upstream", "nonsense"], 2),
        (vec![path, "--port", &free, "--upstream", "api=127.0.0.1"], 2),
    ] {
        let output = run(&args);
        assert_eq!(
            (output.status.code(), output.stdout.len()),
            (Some(code), 0),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn settings_of_the_folder_are_used() {
    let folder = folder();
    write(folder.path(), "portico.toml", "[functions]\ntimeout_seconds_default = 1\n");
    write(
        folder.path(),
        "functions/api.js",
        "export default () => new Promise(() => { setTimeout(() => {}, 60_000); });",
    );
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    let slow = dev.get("/api");
    assert_eq!((slow.status, slow.code().as_str()), (504, "dynamic_runtime_timeout"));

    write(folder.path(), "portico.toml", "[functions]\ntimeout = 1\n");
    let output = portico().arg("dev").arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&said["code"], &said["details"]["problems"][0]["line"]), (&json!("INVALID_CONFIG"), &json!(2)));
}

/// Text of a function cannot command the developer's terminal.
#[test]
fn control_characters_of_a_function_are_shown_and_not_sent() {
    let folder = folder();
    let code = function("export default () => { console.log('a\\x1b]0;owned\\x07b'); return new Response('x'); }");
    let mut spec = manifest();
    spec["functions"]["replace"]["api"] = code;
    spec["functions"]["replace"]["other"] = says("x");
    write(folder.path(), "portico.json", spec.to_string());
    let mut dev = Dev::start(folder.path(), &[]);
    dev.wait_for_release(1);
    dev.get("/api");
    dev.wait_for_error("owned");
    assert!(!dev.stderr().contains('\x1b') && !dev.stderr().contains('\x07'), "{:?}", dev.stderr());
}
