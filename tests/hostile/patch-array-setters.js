// Sets traps at the first places of every array: what the runtime puts into its own lists would pass through them.
// expect: 200 nothing or 500 local_executor_failed
// after: 200 nothing or 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const caught = [];
const attack = async (request) => {
  for (let place = 0; place < 16; place++) {
    Object.defineProperty(Array.prototype, place, {
      configurable: true,
      set(value) {
        caught.push(String(value));
        Object.defineProperty(this, place, { value, writable: true, enumerable: true, configurable: true });
      },
      get() {
        return undefined;
      },
    });
  }
  await 0;
  for (const [name, value] of request.headers) void name;
  try {
    await new Response("x", { headers: { a: "b" } }).text();
    await request.text();
  } catch {}
  for (let place = 0; place < 16; place++) delete Array.prototype[place];
  return new Response(caught.length === 0 ? "nothing" : "caught " + caught.join(" ").slice(0, 150));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
