// The runtime's own modules, the system's files and everything else by import.
// expect: 200 nothing
const names = [
  "ext:core/ops", "ext:core/mod.js", "ext:portico/30_dispatch.js", "ext:deno_web/02_event.js", "ext:portico_node/buffer.js", "node:no_such_module", "node:internal/bootstrap", "internal/util",
  "file:///etc/passwd", "https://site.test/x.js", "data:text/javascript,export default 1", "blob:null/x", "internal:deno_core", "checkin:x", "fn:///../../etc/passwd", "/etc/passwd",
  "fn://other/index.mjs", "npm:x", "jsr:x", "", ".", "..", "./", "fn:", "__proto__", "fn:///__proto__", "fn:///constructor",
];
const attack = async () => {
  const found = [];
  for (const name of names) {
    for (const options of [undefined, { with: { type: "json" } }, { with: { type: "text" } }, { with: { type: "bytes" } }, { with: { type: "css" } }]) {
      try {
        await import(name, options);
        found.push(name);
      } catch (error) {
        if (/\/root\/|\/home\/|\.cargo|\/tmp\//.test(String(error.stack))) found.push(String(error.stack));
      }
    }
  }
  return new Response(found.join() || "nothing");
};
export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
