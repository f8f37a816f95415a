//! What a function may export and answer with (reference 2.8, 2.12), and Fluxbase style (reference 5).

use crate::support::functions::{functions, of_files};
use crate::support::node::Node;
use serde_json::{Value, json};

fn node(sources: &[(&str, &str)]) -> Node {
    let node = Node::start();
    node.site(functions(sources));
    node
}

#[test]
fn a_handler_is_the_default_export_or_is_named_handler() {
    let node = node(&[
        ("named", "export const handler = () => new Response('named')"),
        ("both", "export const handler = () => new Response('named'); export default () => new Response('default')"),
        ("null", "export const handler = async () => new Response('named'); export default null"),
        (
            "object",
            "export default { word: 'this', async fetch(request, env, ctx) {
               return Response.json([this.word, env.NODE_ENV, env.env.NODE_ENV, ctx.env.NODE_ENV, 'env' in Object.keys(env),
                 request instanceof Request, ctx.requestId === env.requestId]) } }",
        ),
        ("class", "class App { #n = 1; fetch() { return new Response(`n=${this.#n}`) } } export default new App()"),
    ]);
    assert_eq!(node.get("/named").text(), "named");
    assert_eq!(node.get("/both").text(), "default");
    assert_eq!(node.get("/null").text(), "named");
    assert_eq!(node.get("/class").text(), "n=1");
    assert_eq!(node.get("/object").text(), r#"["this","production","production","production",false,true,true]"#);
}

#[test]
fn the_second_argument_of_fetch_is_variables_and_context() {
    let node = node(&[(
        "f",
        "export default { async fetch(request, env, context) {
           if (request.url.endsWith('set')) { env.NODE_ENV = 'changed'; env.MORE = 'x'; env.requestId = 'mine'; }
           const wrapped = new Proxy(env, {});
           let done; env.waitUntil(new Promise((resolve) => { done = resolve; })); done();
           return Response.json({
             variables: env.NODE_ENV, more: env.MORE ?? null, own: Object.keys(env).includes('requestId'),
             spread: { ...env }.releaseId ?? null, through: [wrapped.requestId, Object.create(env).requestId, { ...context }.requestId],
             all: ['env', 'requestId', 'releaseId', 'locale', 'defaultLocale', 'waitUntil'].map((name) => name in env),
             same: [env.env === context.env, env.releaseId === context.releaseId, env.locale, env.constructor === Object],
           }) } }",
    )]);
    let changed = node.get("/f/set").json();
    assert_eq!(
        (&changed["variables"], &changed["more"], &changed["own"]),
        (&json!("changed"), &json!("x"), &json!(true))
    );
    assert_eq!((&changed["through"][0], &changed["through"][1]), (&json!("mine"), &json!("mine")));
    let answer = node.get("/f");
    let (told, id) = (answer.json(), answer.header("x-run402-request-id").unwrap());
    assert_eq!((&told["variables"], &told["more"], &told["own"]), (&json!("production"), &Value::Null, &json!(false)));
    assert_eq!((&told["spread"], &told["through"]), (&Value::Null, &json!([id, id, id])));
    assert_eq!(told["all"], json!([true, true, true, true, true, true]));
    assert_eq!(told["same"], json!([true, true, null, true]));
}

/// Such answers go a shorter way, as long as nothing has been done with them.
#[test]
fn a_plain_answer_is_what_was_made_of_it() {
    let node = node(&[(
        "f",
        "let kept = new Response('kept');
         const ways = {
           text: () => new Response('a text \u{20ac}'),
           json: () => Response.json({ a: '\u{e4}' }),
           typed: () => new Response('<p>', { headers: { 'content-type': 'text/html' } }),
           latin: () => new Response('x', { headers: { 'content-type': 'text/x; name=\u{e4}' } }),
           looked: () => { const r = new Response('looked'); r.headers.set('x-own', '1'); return r; },
           status: () => new Response('teapot', { status: 418 }),
           stream: () => { const r = new Response('streamed'); r.body; return r; },
           copy: () => { const r = new Response('copied'); r.clone(); return r; },
           twice: () => kept,
           read: async () => { const r = new Response('read'); await r.text(); return r; },
           after: async () => { const r = Response.json(1); setTimeout(() => r.text().catch((e) => console.log(`after: ${e.name}`)), 1); return r; },
         };
         export default (request) => ways[request.url.split('/').pop()]();",
    )]);
    let told = |way: &str| {
        let answer = node.get(&format!("/f/{way}"));
        (answer.status, answer.header("content-type").unwrap_or_default().to_owned(), answer.text())
    };
    let text = "text/plain;charset=UTF-8";
    let expected = [
        ("text", (200, text, "a text \u{20ac}")),
        ("json", (200, "application/json", "{\"a\":\"\u{e4}\"}")),
        ("typed", (200, "text/html", "<p>")),
        ("looked", (200, text, "looked")),
        ("status", (418, text, "teapot")),
        ("stream", (200, text, "streamed")),
        ("copy", (200, text, "copied")),
        ("twice", (200, text, "kept")),
    ];
    for (way, (status, content_type, body)) in expected {
        assert_eq!(told(way), (status, content_type.to_owned(), body.to_owned()), "{way}");
    }
    assert_eq!(node.get("/f/looked").header("x-own"), Some("1"));
    assert_eq!((told("twice").0, told("read").0), (502, 502));
    told("after");
    node.wait_for_log("after: TypeError");
    assert_eq!(told("latin").0, 200);
}

#[test]
fn anything_without_a_status_is_json() {
    let values = [
        ("object", "{ a: [1, null] }", r#"{"a":[1,null]}"#),
        ("text", "'text'", r#""text""#),
        ("number", "5", "5"),
        ("nothing", "undefined", "null"),
        ("nil", "null", "null"),
        ("function", "() => 1", "null"),
        ("date", "new Date(0)", r#""1970-01-01T00:00:00.000Z""#),
        ("status", "{ status: 'ok' }", r#"{"status":"ok"}"#),
    ];
    let sources: Vec<(&str, String)> =
        values.iter().map(|(name, value, _)| (*name, format!("export default async () => ({value})"))).collect();
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, code)| (*name, code.as_str())).collect();
    let node = node(&sources);
    for (name, _, expected) in values {
        let answer = node.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.text().as_str()), (200, expected), "{name}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    }
}

#[test]
fn an_object_with_a_status_is_a_routed_response() {
    let node = node(&[
        (
            "full",
            "export default () => ({ status: 201, headers: [['X-A', '1'], ['x-a', '2']], cookies: ['a=1; Path=/', 'b=2; Secure'],
               body: { encoding: 'base64', data: 'aMOp', size: 3 } })",
        ),
        ("record", "export default () => ({ status: 404, headers: { 'content-type': 'text/csv', 'x-n': 5 }, body: 'a,b' })"),
        ("empty", "export default () => ({ status: 204, body: 'ignored' })"),
        ("none", "export default () => ({ status: 200 })"),
        ("bytes", "export default () => ({ status: 200, body: new Uint8Array([104, 105]) })"),
        ("json", "export default () => ({ status: 200, body: { a: 1 } })"),
        (
            "alike",
            "export default () => ({ ok: true, status: 202, headers: new Headers({ 'x-b': 'c' }), body: new Response('stream').body })",
        ),
        ("helper", "import { routedHttp } from '@run402/functions'; export default () => routedHttp.json({ é: 1 }, { status: 203 })"),
    ]);
    let full = node.get("/full");
    assert_eq!((full.status, full.text().as_str()), (201, "hé"));
    assert_eq!(full.all("x-a"), ["1", "2"]);
    assert_eq!(full.all("set-cookie"), ["a=1; Path=/", "b=2; Secure"]);
    let record = node.get("/record");
    assert_eq!(
        (record.status, record.header("content-type"), record.header("x-n")),
        (404, Some("text/csv"), Some("5"))
    );
    assert_eq!((node.get("/empty").status, node.get("/none").text().as_str()), (204, ""));
    assert_eq!(node.get("/bytes").text(), "hi");
    let json = node.get("/json");
    assert_eq!(
        (json.text().as_str(), json.header("content-type")),
        (r#"{"a":1}"#, Some("application/json; charset=utf-8"))
    );
    let alike = node.get("/alike");
    assert_eq!((alike.status, alike.header("x-b"), alike.text().as_str()), (202, Some("c"), "stream"));
    let helper = node.get("/helper");
    assert_eq!((helper.status, helper.text().as_str()), (203, r#"{"é":1}"#));
    assert_eq!(helper.header("content-type"), Some("application/json; charset=utf-8"));
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    let values = [
        ("low", "{ status: 99 }"),
        ("high", "{ status: 600 }"),
        ("switch", "{ status: 101 }"),
        ("part", "{ status: 200.5 }"),
        ("nan", "{ status: NaN }"),
        ("size", "{ status: 200, body: { encoding: 'base64', data: 'aGk=', size: 5 } }"),
        ("code", "{ status: 200, body: { encoding: 'base64', data: '%%%' } }"),
        ("header", "{ status: 200, headers: { 'a b': 'c' } }"),
        ("value", "{ status: 200, headers: { a: 'b\\r\\nc: d' } }"),
        ("cookies", "{ status: 200, cookies: 'a=1' }"),
        ("bigint", "10n"),
        ("cycle", "(() => { const a = {}; a.a = a; return a; })()"),
        ("getter", "{ get status() { throw new Error('canary') } }"),
        ("tojson", "{ toJSON() { throw new Error('canary') } }"),
        ("read", "(() => { const answer = new Response('canary'); answer.text(); return answer; })()"),
    ];
    let sources: Vec<(&str, String)> =
        values.iter().map(|(name, value)| (*name, format!("export default () => ({value})"))).collect();
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, code)| (*name, code.as_str())).collect();
    let node = node(&sources);
    for (name, _) in values {
        let answer = node.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.code().as_str()), (502, "ROUTED_RESPONSE_INVALID"), "{name}");
        assert!(!answer.text().contains("canary"), "{name}");
    }
}

#[test]
fn errors_of_the_auth_helpers_are_answers() {
    let node = node(&[
        (
            "sync",
            "export default () => { throw Object.assign(new Error('Sign in.'), { code: 'R402_AUTH_REQUIRED', status: 401 }) }",
        ),
        (
            "async",
            "export default async () => { throw { code: 'R402_AUTH_INSUFFICIENT_ROLE', status: 403, message: 'No.' } }",
        ),
        ("code", "export default () => { throw Object.assign(new Error('canary'), { code: 'OTHER', status: 401 }) }"),
        (
            "status",
            "export default () => { throw Object.assign(new Error('canary'), { code: 'R402_AUTH_X', status: 200 }) }",
        ),
    ]);
    let answer = node.get("/sync");
    let envelope: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (answer.status, &envelope["code"], &envelope["message"]),
        (401, &json!("R402_AUTH_REQUIRED"), &json!("Sign in."))
    );
    assert_eq!(envelope["request_id"], answer.header("x-run402-request-id").unwrap());
    assert_eq!((node.get("/async").status, node.get("/async").code().as_str()), (403, "R402_AUTH_INSUFFICIENT_ROLE"));
    for path in ["/code", "/status"] {
        let answer = node.get(path);
        assert_eq!((answer.status, answer.text().contains("canary")), (500, false));
    }
}

#[test]
fn a_request_reads_like_the_gateways_envelope() {
    let node = node(&[
        (
            "f",
            "export default async (req) => Response.json([req.version, req.path, req.rawPath, req.rawQuery, req.cookies,
               req.context.projectId, req.context.requestId, req.context.host, req.routedBody, Object.keys(req).length,
               await req.text(), req.routedBody, new Request('http://x/').version ?? null])",
        ),
        ("set", "export default (req) => { req.path = 'mine'; req.cookies = { a: 1 }; return Response.json([req.path, req.cookies]) }"),
    ]);
    let answer = node.send("POST", "/f/a%20b?x=1&y", &[("cookie", "a=1; b=2")], "hé".as_bytes());
    let id = answer.header("x-run402-request-id").unwrap();
    let expected = json!([
        "run402.routed_http.v1", "/f/a%20b", "/f/a%20b", "x=1&y", { "raw": "a=1; b=2" }, "site", id, "site.test",
        { "encoding": "base64", "data": "aMOp", "size": 3 }, 0, "hé", null, null
    ]);
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), expected);
    assert_eq!(node.get("/set").text(), r#"["mine",{"a":1}]"#);
}

fn fluxbase(files: &[(&str, &str)]) -> Value {
    let mut spec = of_files(files);
    spec["functions"]["replace"]["f"]["compat"] = "fluxbase".into();
    spec
}

#[test]
fn a_fluxbase_script_has_a_global_handler_and_deno_env() {
    let node = Node::start();
    let script = "// @fluxbase:allow-unauthenticated
        const at_start = Deno.env.get('NODE_ENV');
        async function handler(req) {
          const body = req.body ? JSON.parse(req.body) : null;
          return { status: 201, headers: { 'Content-Type': 'application/json', 'x-twice': req.headers['x-twice'] },
            body: JSON.stringify([req.method, new URL(req.url).pathname, body, req.user_id ?? null, at_start,
              Deno.env.get('MISSING') ?? null, Deno.env.toObject().NODE_ENV, Object.keys(Deno), typeof Deno.core]) };
        }";
    node.site(fluxbase(&[("index.js", script)]));
    let answer = node.send("POST", "/f", &[("x-twice", "a"), ("x-twice", "b")], br#"{"a":1}"#);
    assert_eq!((answer.status, answer.header("content-type")), (201, Some("application/json")));
    assert_eq!(answer.header("x-twice"), Some("a, b"));
    let expected = json!(["POST", "/f", { "a": 1 }, null, "production", null, "production", ["env"], "undefined"]);
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), expected);
}

#[test]
fn fluxbase_takes_modules_and_typescript_too() {
    let node = Node::start();
    for (path, code) in [
        ("index.js", "export function handler(req) { return { status: 200, body: req.method } }"),
        ("index.js", "export default async (req) => ({ status: 200, body: req.method })"),
        ("index.js", "const handler = (req) => new Response(req.method);"),
        (
            "index.ts",
            "interface R { method: string }\nasync function handler(req: R) { return { status: 200, body: req.method } }",
        ),
    ] {
        node.site(fluxbase(&[(path, code)]));
        assert_eq!(node.get("/f").text(), "GET", "{code}");
    }
    let mut without = fluxbase(&[("index.js", "function other() {}")]);
    without["project"] = "site".into();
    assert_eq!(node.refused(&without)["code"], "FUNCTION_BUILD_FAILED");
    // Elsewhere there is no `Deno`, and a script exports nothing.
    node.site(of_files(&[("index.js", "export default () => new Response(typeof Deno)")]));
    assert_eq!(node.get("/f").text(), "undefined");
    let mut script = of_files(&[("index.js", "function handler() { return new Response('x') }")]);
    script["project"] = "site".into();
    assert_eq!(node.refused(&script)["code"], "FUNCTION_BUILD_FAILED");
}
