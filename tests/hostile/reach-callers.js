// The functions that called it, by the old ways to ask for them.
// config: {"allowEval": true}
// expect: 200 nothing
const sloppy = new Function(`
  const found = [];
  try { found.push(arguments.callee.caller); } catch {}
  try { found.push(sloppy.caller); } catch {}
  try { found.push(arguments.callee.arguments, arguments.callee.caller?.arguments); } catch {}
  if (this !== globalThis && this !== undefined) found.push(this);
  return found.filter((one) => typeof one === "function");
`);
const attack = async (request) => {
  const found = [];
  const look = (what) => {
    for (const one of sloppy()) found.push(what + " " + one.name);
  };
  look("the handler");
  JSON.stringify({ toJSON: new Function("look", "return () => { look('json'); }")(look) });
  await new Promise((resolve) => {
    setTimeout(new Function("look", "done", "return function () { look('a timer ' + (arguments.callee.caller?.name ?? '')); done(); }")(look, resolve));
  });
  await new Promise((resolve) => {
    queueMicrotask(new Function("done", "found", "return function () { if (arguments.callee.caller) found.push('a microtask'); done(); }")(resolve, found));
  });
  const target = new EventTarget();
  target.addEventListener("x", new Function("found", "return function () { if (arguments.callee.caller) found.push('an event ' + arguments.callee.caller.name); }")(found));
  target.dispatchEvent(new Event("x"));
  new ReadableStream({ start: new Function("found", "return function () { if (arguments.callee.caller) found.push('a stream ' + arguments.callee.caller.name); }")(found) });
  [1].forEach(new Function("found", "return function () { if (arguments.callee.caller?.toString().includes('op_')) found.push('forEach'); }")(found));
  return new Response(found.filter((one) => !/ (anonymous|attack|look)?$/.test(one)).join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
