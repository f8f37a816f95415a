//! What a function may import, and what a release is refused for (reference 2.1, 2.13).

use crate::support::functions::{of_contents, of_files};
use crate::support::node::Node;
use crate::support::spec::base64;
use serde_json::{Value, json};

/// A module with a function `add` and a memory; no imports.
const ADD_WASM: &[u8] = &[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9,
    1, 7, 0, 32, 0, 32, 1, 106, 11,
];

fn refusal(node: &Node, files: &[(&str, &str)]) -> Value {
    let mut spec = of_files(files);
    spec["project"] = "site".into();
    let refused = node.refused(&spec);
    assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{refused}");
    refused
}

#[test]
fn files_import_each_other_and_data_by_relative_path() {
    let node = Node::start();
    let bytes: Vec<u8> = vec![0, 255, 128, 10];
    let index = "
        import { word } from './lib/word.js';
        import { again } from './lib';
        import json from './data.json';
        import typed from './data.json' with { type: 'json' };
        import text from './page.html';
        import sql from './query.sql';
        import other from './other.xyz' with { type: 'text' };
        import bytes from './raw.bin' with { type: 'bytes' };
        import buffer from './raw.bin';
        import wasm from './add.wasm';
        import same from './add.wasm?module';
        const instance = new WebAssembly.Instance(wasm);
        export default async (req) => {
          const late = await import('./late.js');
          const chosen = await import(`./lib/${'word'}.js`);
          return Response.json([word, again, json, typed === json, text, sql, other, [...bytes], bytes instanceof Uint8Array,
            buffer instanceof ArrayBuffer && buffer.byteLength, instance.exports.add(2, 3), wasm === same,
            late.default, chosen.word === word]);
        };";
    let data = |text: &str| json!({ "data": text });
    let raw = |bytes: &[u8]| json!({ "data": base64(bytes), "encoding": "base64" });
    node.site(of_contents(&[
        ("index.js", data(index)),
        ("lib/word.js", data("export const word = 'word';")),
        ("lib/index.js", data("export { word as again } from '../lib/word.js';")),
        ("data.json", data("\u{feff}{\"a\":[1]}")),
        ("page.html", data("<p>é</p>")),
        ("query.sql", data("select 1")),
        ("other.xyz", data("other")),
        ("raw.bin", raw(&bytes)),
        ("add.wasm", raw(ADD_WASM)),
        ("late.js", data("export default import.meta.url")),
    ]));
    let answer = node.get("/f");
    let expected = json!([
        "word", "word", { "a": [1] }, true, "<p>é</p>", "select 1", "other", [0, 255, 128, 10], true, 4, 5, true,
        "fn:///late.js", true
    ]);
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), expected);
}

#[test]
fn a_module_is_evaluated_once_however_it_is_named() {
    let node = Node::start();
    node.site(of_files(&[
        (
            "index.js",
            "import './count.js'; import '/count.js'; import './count'; import './count.js?x';
             export default async () => { await import('fn:///count.js#y'); return Response.json(globalThis.counted); };",
        ),
        ("count.js", "globalThis.counted = (globalThis.counted ?? 0) + 1;"),
    ]));
    assert_eq!(node.get("/f").text(), "1");
}

#[test]
fn imports_of_anything_else_are_refused_with_their_place() {
    let node = Node::start();
    for specifier in [
        "left-pad",
        "@scope/package",
        "https://esm.sh/left-pad",
        "http://127.0.0.1/a.js",
        "data:text/javascript,export default 1",
        "blob:null/0",
        "file:///etc/passwd",
        "ext:core/mod.js",
        "ext:portico/30_dispatch.js",
        "npm:left-pad",
        "node:nothing",
        "./missing.js",
        "../../../etc/passwd",
        "//etc/passwd",
        "./logo.png",
        "./old.cjs",
        "#internal",
        "builtin:///run402/functions.js",
    ] {
        for statement in [
            format!("import x from '{specifier}';"),
            format!("export * from '{specifier}';"),
            format!("const f = () => import('{specifier}');"),
        ] {
            // A library may ask for a module of Node to find out where it runs.
            if specifier.starts_with("node:") && statement.starts_with("const") {
                continue;
            }
            let code = format!("// first\n{statement}\n");
            let refused = refusal(
                &node,
                &[
                    ("index.js", "import './lib/a.js'; export default () => new Response('x')"),
                    ("lib/a.js", &code),
                    ("logo.png", "x"),
                    ("old.cjs", "module.exports = 1"),
                ],
            );
            let column = statement.find('\'').unwrap() + 1;
            let details = &refused["details"];
            assert_eq!(
                (&details["file"], &details["line"], &details["column"]),
                (&json!("lib/a.js"), &json!(2), &json!(column)),
                "{refused}"
            );
            let message = refused["message"].as_str().unwrap();
            assert!(message.contains(specifier) && message.contains("lib/a.js"), "{message}");
        }
    }
}

#[test]
fn an_import_that_the_code_expects_to_fail_fails_when_it_runs() {
    let node = Node::start();
    node.site(of_files(&[(
        "index.js",
        "const errors = [];
         try { await import('left-pad') } catch (error) { errors.push(error.message) }
         await import('https://example.com/a.js').catch((error) => errors.push(error.message));
         for (const text of ['data:text/javascript,1', 'ext:core/ops', 'file:///etc/passwd', './none.js', 'node:nothing']) {
           try { await import(text); errors.push('imported ' + text) } catch (error) { errors.push(error.name) }
         }
         export default () => Response.json(errors)",
    )]));
    let errors: Vec<String> = serde_json::from_slice(&node.get("/f").body).unwrap();
    assert!(errors[0].contains("left-pad") && errors[1].contains("https://example.com/a.js"), "{errors:?}");
    assert_eq!(errors[2..], ["TypeError"; 5]);
}

#[test]
fn files_that_nothing_imports_are_not_looked_into() {
    let node = Node::start();
    node.site(of_files(&[
        ("index.js", "export default () => new Response('fine')"),
        ("index.test.ts", "import { test } from 'vitest'; test(;"),
        ("broken.json", "{"),
    ]));
    assert_eq!(node.get("/f").text(), "fine");
}

#[test]
fn broken_data_and_missing_names_are_refused_with_their_place() {
    let node = Node::start();
    let handler = "export default () => new Response('x')";
    let refused =
        refusal(&node, &[("index.js", &format!("import x from './a.json'; {handler}")), ("a.json", "{\n  x\n}")]);
    assert_eq!((&refused["details"]["file"], &refused["details"]["line"]), (&json!("a.json"), &json!(2)));
    let refused = refusal(
        &node,
        &[("index.js", &format!("\nimport {{ nope }} from './a.js'; {handler}")), ("a.js", "export const a = 1")],
    );
    assert!(refused["message"].as_str().unwrap().contains("nope"), "{refused}");
    assert_eq!((&refused["details"]["file"], &refused["details"]["line"]), (&json!("index.js"), &json!(2)));
    let refused = refusal(&node, &[("index.js", &format!("import {{ nope }} from '@run402/functions'; {handler}"))]);
    assert!(refused["message"].as_str().unwrap().contains("nope"), "{refused}");
    let refused = refusal(&node, &[("index.js", &format!("const a = 1;\nconst a = 2; {handler}"))]);
    assert_eq!((&refused["details"]["file"], &refused["details"]["line"]), (&json!("index.js"), &json!(2)));
}

#[test]
fn webassembly_can_be_switched_off() {
    let node = Node::start();
    let data = |text: &str| json!({ "data": text });
    let wasm = json!({ "data": base64(ADD_WASM), "encoding": "base64" });
    let code = "import m from './add.wasm'; export default () => new Response('x')";
    let mut spec = of_contents(&[("index.js", data(code)), ("add.wasm", wasm)]);
    spec["functions"]["replace"]["f"]["config"] = json!({ "allowWasm": false });
    spec["project"] = "site".into();
    assert_eq!(node.refused(&spec)["code"], "FUNCTION_BUILD_FAILED");
}

#[test]
fn import_meta_tells_nothing_of_the_host() {
    let node = Node::start();
    node.site(of_files(&[(
        "sub/index.js",
        "const meta = import.meta;
         export default () => {
           let refused;
           try { meta.resolve('left-pad') } catch (error) { refused = error.name + error.message }
           return Response.json([Object.keys(meta).sort(), meta.url, meta.main, meta.resolve('./index.js'), refused]);
         }",
    )]));
    let answer: Value = serde_json::from_slice(&node.get("/f").body).unwrap();
    assert_eq!(answer[0], json!(["main", "resolve", "url"]));
    assert_eq!(
        (&answer[1], &answer[2], &answer[3]),
        (&json!("fn:///sub/index.js"), &json!(true), &json!("fn:///sub/index.js"))
    );
    assert!(answer[4].as_str().unwrap().starts_with("TypeErrorCannot import \"left-pad\""), "{answer}");
}

#[test]
fn the_platforms_package_is_the_releases_own_or_else_built_in() {
    let node = Node::start();
    let code = "import * as f from '@run402/functions'; export default (req) => Response.json(
        [f.own ?? null, typeof f.getUser, f.getUserId?.(req) ?? null, f.getRole?.(req) ?? null, f.getUser?.(req) ?? null])";
    node.site(of_files(&[("index.js", code)]));
    assert_eq!(node.get("/f").text(), r#"[null,"function",null,null,null]"#);
    node.site(of_files(&[("index.js", code), ("@run402/functions.js", "export const own = 'file'")]));
    assert_eq!(node.get("/f").text(), r#"["file","undefined",null,null,null]"#);
    node.site(of_files(&[
        ("index.js", code),
        ("node_modules/@run402/functions/package.json", r#"{ "exports": { ".": { "import": "./dist/index.js" } } }"#),
        ("node_modules/@run402/functions/dist/index.js", "export { own } from './own.js'"),
        ("node_modules/@run402/functions/dist/own.js", "export const own = 'package'"),
    ]));
    assert_eq!(node.get("/f").text(), r#"["package","undefined",null,null,null]"#);
}

#[test]
fn get_user_verifies_the_callers_token() {
    let node = Node::start();
    let mut spec = of_files(&[(
        "index.js",
        "import { getUser } from '@run402/functions';
         process.env.RUN402_JWT_SECRET = 'a secret of the test';
         export default async (req) => Response.json([getUser(req), await getUser(req)])",
    )]);
    spec["project"] = "site".into();
    node.site(spec);
    let ask = |token: &str| node.send("GET", "/f", &[("authorization", &format!("Bearer {token}"))], b"").text();
    // HS256 over {"sub":"u1","role":"authenticated","email":"u@x.test","project_id":"site"}.
    let good = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSIsInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiZW1haWwiOiJ1QHgudGVzdCIsInByb2plY3RfaWQiOiJzaXRlIn0.9E72OrBJJRtDcQaxRMAMQoN4ALbHHFAhp-xKkUk-L1c";
    let user = r#"{"id":"u1","role":"authenticated","email":"u@x.test"}"#;
    assert_eq!(ask(good), format!("[{user},{user}]"));
    let other = if good.ends_with('A') { "B" } else { "A" };
    for bad in [&good[..good.len() - 3], "", "a.b.c", &format!("{}{other}", &good[..good.len() - 2])] {
        assert_eq!(ask(bad), "[null,null]", "{bad}");
    }
}

#[test]
fn a_large_module_comes_from_the_code_cache_the_second_time() {
    let node = Node::start();
    let filler: String = (0..3000).map(|n| format!("export function f{n}(a) {{ return a + {n}; }}\n")).collect();
    let code = format!("{filler}\nexport default () => new Response(String(f7(1)));");
    // Two functions of the same source: the second isolate is served from what the first has compiled.
    let mut spec = of_files(&[("index.js", &code)]);
    spec["functions"]["replace"]["g"] = spec["functions"]["replace"]["f"].clone();
    spec["routes"]["replace"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "pattern": "/g", "target": { "type": "function", "name": "g" } }));
    node.site(spec);
    assert_eq!((node.get("/f").text(), node.get("/g").text()), ("8".to_owned(), "8".to_owned()));
}
