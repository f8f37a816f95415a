//! TypeScript and JSX as a release has them: compiled when it is applied, with errors and stacks that name what was written.

use crate::support::functions::{limit_seconds, of_files};
use crate::support::node::Node;
use serde_json::{Value, json};
use std::time::Instant;

fn refusal(node: &Node, files: &[(&str, &str)]) -> Value {
    let mut spec = of_files(files);
    spec["project"] = "site".into();
    let refused = node.refused(&spec);
    assert_eq!(refused["code"], "FUNCTION_BUILD_FAILED", "{refused}");
    refused
}

#[test]
fn typescript_runs() {
    let node = Node::start();
    node.site(of_files(&[
        (
            "index.ts",
            "import { Point, type Shape } from './shapes';
             import type { Unknown } from 'not-installed';
             import { twice } from './lib/math.js';
             import { greet } from './view.tsx';
             enum Colour { Red, Green = Red + 5, Blue = 'b' as any }
             const enum Small { One = 1 }
             namespace Space { export const x = 2; export namespace Inner { export const y = x + 1; } }
             abstract class Base<T> { constructor(protected readonly value: T, public name?: string) {} abstract get(): T; }
             class Derived extends Base<number> { declare ghost: string; get(): number { return this.value!; } }
             function log(target: any, key: string, d: PropertyDescriptor) {
               const inner = d.value; d.value = function (...args: any[]) { return ['logged', inner.apply(this, args)]; };
             }
             function tagged(tag: string) { return (target: any) => { target.tag = tag; }; }
             @tagged('t') class Decorated { @log method(x: number): unknown { return x; } }
             function over(a: string): string; function over(a: number): number; function over(a: any) { return a; }
             let tuple: [a: number, b?: string] = [1]; tuple satisfies unknown;
             export default async (req: Request): Promise<Response> => {
               const p = new Point(1, 2) as Shape & Point;
               return Response.json([p.sum(), twice(4), Colour.Green, Colour[0], Small.One, Space.Inner.y,
                 new Derived(9, 'n').get(), new Derived(9, 'n').name, 'ghost' in new Derived(1),
                 new Decorated().method(3), (Decorated as any).tag, over(5), greet('x'), <number><unknown>tuple[0]]);
             };",
        ),
        ("shapes/index.ts", "export interface Shape { sum(): number }\nexport class Point implements Shape { constructor(public x: number, public y: number) {} sum() { return this.x + this.y; } }"),
        ("lib/math.ts", "export const twice = (n: number): number => n * 2;"),
        ("view.tsx", "/** @jsxRuntime classic @jsx h */\nconst h = (tag: string, props: any, ...rest: any[]) => `<${tag}>${rest.join('')}</${tag}>`;\nexport const greet = (name: string) => <b>Hi {name}</b>;"),
    ]));
    let answer: Value = serde_json::from_slice(&node.get("/f").body).unwrap();
    let expected = json!([3, 8, 5, "Red", 1, 3, 9, "n", false, ["logged", 3], "t", 5, "<b>Hi x</b>", 1]);
    assert_eq!(answer, expected);
}

#[test]
fn a_single_source_may_be_typescript() {
    let node = Node::start();
    let mut spec = of_files(&[("index.ts", "export default (req: Request) => new Response(req.method as string);")]);
    node.site(spec.clone());
    assert_eq!(node.get("/f").text(), "GET");
    spec["functions"]["replace"]["f"] = json!({
        "runtime": "node22",
        "source": { "data": "const x: number = 1; export default () => new Response(String(x));", "contentType": "application/typescript" },
    });
    node.site(spec);
    assert_eq!(node.get("/f").text(), "1");
}

#[test]
fn errors_name_file_line_and_column() {
    let node = Node::start();
    let handler = "export default () => new Response('x');\n";
    let place = |refused: &Value| {
        let details = &refused["details"];
        (details["file"].clone(), details["line"].clone(), details["column"].clone())
    };
    let refused = refusal(&node, &[("index.ts", &format!("{handler}const a: = 1;\n"))]);
    assert_eq!(place(&refused), (json!("index.ts"), json!(2), json!(10)), "{refused}");
    let broken = "export const a = 1;\nlet b = 2;\nlet b = 3;\nlet c = 1;\nlet c = 2;\n";
    let refused = refusal(&node, &[("index.ts", &format!("import './lib/b.ts';\n{handler}")), ("lib/b.ts", broken)]);
    assert_eq!(refused["details"]["file"], "lib/b.ts", "{refused}");
    assert_eq!(refused["details"]["errors"].as_array().unwrap().len(), 2, "{refused}");
    let refused =
        refusal(&node, &[("index.ts", &format!("interface A {{}}\n{handler}import {{ x }} from 'left-pad';\nx;\n"))]);
    assert_eq!(place(&refused), (json!("index.ts"), json!(3), json!(19)), "{refused}");
    // What only shows when it runs is at the place in the source, too.
    let refused = refusal(&node, &[("index.ts", "interface A {\n  a: string;\n}\n\nthrow new Error('at start');\n")]);
    assert_eq!(
        (&refused["details"]["file"], &refused["details"]["line"]),
        (&json!("index.ts"), &json!(5)),
        "{refused}"
    );
}

#[test]
fn stacks_in_the_log_name_the_source_and_clients_see_none() {
    let node = Node::start();
    let typed = "interface A {\n  a: string;\n}\n\nfunction deep(): never {\n  throw new Error('canary-deep');\n}\nexport default (req: Request) => {\n  if (req.url.endsWith('log')) {\n    try { deep() } catch (e) { console.error(e) }\n    return new Response('logged');\n  }\n  deep();\n};\n";
    node.site(of_files(&[("index.ts", typed)]));
    let answer = node.get("/f");
    assert_eq!(answer.status, 500);
    assert!(!answer.text().contains("canary") && !answer.text().contains("index.ts"), "{}", answer.text());
    node.wait_for_log("fn:///index.ts:6:");
    assert_eq!(node.get("/f?log").text(), "logged");
    let count = node.log().matches("fn:///index.ts:6:").count();
    assert!(count >= 2, "{}", node.log());
    assert!(node.log().contains("fn:///index.ts:13:"), "the caller's line, too");
}

#[test]
fn maps_of_bundlers_are_applied() {
    let node = Node::start();
    // Line 2 of the bundle is line 41 of its source.
    let map = json!({ "version": 3, "sources": ["../src/app.ts"], "names": [], "mappings": ";AAwCA" }).to_string();
    let bundle = "export default () => {\nthrow new Error('canary-bundle'); };\n";
    node.site(of_files(&[
        ("index.js", &format!("{bundle}//# sourceMappingURL=index.js.map\n")),
        ("index.js.map", &map),
    ]));
    assert_eq!(node.get("/f").status, 500);
    node.wait_for_log("fn:///src/app.ts:41:");
    let inline = crate::support::spec::base64(map.replace("app.ts", "inline.ts").as_bytes());
    node.site(of_files(&[(
        "index.js",
        &format!("{bundle}//# sourceMappingURL=data:application/json;base64,{inline}"),
    )]));
    assert_eq!(node.get("/f").status, 500);
    node.wait_for_log("fn:///src/inline.ts:41:");
    // A map that is none changes nothing.
    node.site(of_files(&[
        ("index.js", &format!("{bundle}//# sourceMappingURL=index.js.map\n")),
        ("index.js.map", r#"{"version":3,"sources":["a"],"names":[],"mappings":"A////////D;;;;!"}"#),
    ]));
    assert_eq!(node.get("/f").status, 500);
    node.wait_for_log("fn:///index.js:2:");
}

#[test]
fn hostile_sources_end_their_compiler_and_not_the_node() {
    let node = Node::start();
    let handler = "export default () => new Response('x');\n";
    node.site(of_files(&[("index.ts", "export default () => new Response('before');")]));
    let deep = 100_000;
    let sources = [
        format!("{handler}const a = {}1{};", "(".repeat(deep), ")".repeat(deep)),
        format!("{handler}const a = {}1{};", "[".repeat(deep), "]".repeat(deep)),
        format!("{handler}const a = {}", "[".repeat(1_000_000)),
        format!("{handler}const a = {}1{};", "{a:".repeat(deep), "}".repeat(deep)),
        format!("{handler}type A = {}B{};", "(".repeat(1_000_000), ")".repeat(1_000_000)),
        format!("{handler}const a = {}1;", "!".repeat(4_000_000)),
        format!("{handler}const a = 1{};", "+1".repeat(1_000_000)),
        // Each level is read anew from where it may have begun: the time grows much faster than the source.
        format!("{handler}const a = {}1{};", "(a?:A,b=(".repeat(4000), "))=>1".repeat(4000)),
    ];
    for (index, source) in sources.iter().enumerate() {
        let start = Instant::now();
        let mut spec = of_files(&[("index.ts", source)]);
        spec["project"] = "site".into();
        let output = node.try_apply(&spec);
        // Some of these may be compiled; V8 then refuses them, or not. None may take the node, or its time.
        let text = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            assert!(text.contains("FUNCTION_BUILD_FAILED"), "{index}: {text}");
        }
        assert!(start.elapsed().as_secs() < 120, "{index} took {:?}", start.elapsed());
    }
    assert_eq!(node.get("/f").status, 200, "{}", node.log());
}

#[test]
fn a_function_in_typescript_answers_after_a_restart() {
    let mut node = Node::start();
    let mut spec = of_files(&[("index.ts", "export default (): Response => new Response('typed');")]);
    limit_seconds(&mut spec, "f", 10);
    node.site(spec);
    assert_eq!(node.get("/f").text(), "typed");
    node.kill();
    node.run();
    assert_eq!(node.get("/f").text(), "typed");
}
