// Runs once, while the snapshot is made: what the first request of every isolate needs is compiled here, so that the snapshot carries
// the code and no isolate compiles it again.
//
// Requests go through the dispatch with operations that answer what a small request would. Nothing of it may stay: no request, no handler.

(function () {
const { core } = __bootstrap;
const dispatching = core.loadExtScript("ext:portico/30_dispatch.js");
const { Console, getDefaultInspectOptions, inspect, inspectArgs, setNoColorFns } = core.loadExtScript("ext:deno_web/01_console.js");
const { learn, limits } = core.loadExtScript("ext:portico/41_limits_kit.js");
const { limitConsole, shown } = core.loadExtScript("ext:portico/49_limits_console.js");
const { setTimeOrigin } = core.loadExtScript("ext:deno_web/15_performance.js");
const { EventTarget, defineEventHandler, setEventTargetData } = core.loadExtScript("ext:deno_web/02_event.js");

const nothing = () => {};
const operations = {
  op_portico_hold: nothing,
  op_portico_fail: nothing,
  op_portico_log: nothing,
  op_portico_request_body: () => new Uint8Array([123, 125]),
  op_portico_request_body_stream: () => 0,
  op_portico_request_headers: () => ["accept", "*/*", "content-type", "application/json", "host", "localhost"],
  op_portico_request_identity: () => ["routed_http", null],
  op_portico_respond_bytes: nothing,
  op_portico_respond_empty: nothing,
  op_portico_respond_plain: () => true,
  op_portico_respond_text: nothing,
};

const handlers = [
  () => new Response("text"),
  { fetch: (_request, env) => new Response(env.requestId) },
  () => Response.json({ ok: true }, { status: 201, headers: { "x-name": "value" } }),
  () => new Response(null, { status: 204 }),
  () => new Response(new Uint8Array([1]), { headers: [["content-type", "text/plain"]] }),
  () => Response.redirect("http://localhost/", 302),
  (request, context) => {
    const url = new URL(request.url);
    url.searchParams.get("query");
    for (const pair of url.searchParams) nothing(pair);
    request.headers.get("accept");
    request.headers.has("cookie");
    for (const pair of request.headers) nothing(pair);
    const headers = new Headers({ "content-type": "text/html", "cache-control": "no-store" });
    headers.set("vary", "accept");
    headers.append("set-cookie", "a=b");
    context.waitUntil;
    return new Response(`${request.method} ${url.pathname} ${url.origin} ${context.requestId}`, { headers });
  },
  (request) => request.text().then((text) => new Response(text)),
  (request) => request.json().then((value) => Response.json(value)),
  async (request) => new Response(await request.arrayBuffer()),
  (request) => new Response(new TextDecoder().decode(new TextEncoder().encode(request.method))),
];

// What every isolate does before its first request (20_bootstrap.js), with other objects.
function beginIsolate() {
  setTimeOrigin();
  setNoColorFns(() => true, () => true);
  // Its methods make an object that no snapshot can hold; this is what they come to.
  limitConsole(new Console(nothing));
  inspectArgs(shown(["text %s", "text", 1, true, null, { key: ["value"] }, new Error("message")]), getDefaultInspectOptions());
  inspect(new TypeError("message"), getDefaultInspectOptions());
  const target = new EventTarget();
  setEventTargetData(target);
  target.addEventListener("name", nothing);
  target.dispatchEvent(new Event("name"));
  defineEventHandler({ __proto__: EventTarget.prototype }, "name", undefined, true);
  learn(limits);
  core.setReportExceptionCallback(nothing);
  core.propReadOnly(core.propNonEnumerable(core.propWritable(nothing)));
}

return {
  begin() {
    beginIsolate();
    dispatching.rehearse(operations, handlers);
  },
  end: dispatching.forgetRehearsal,
};
})();
