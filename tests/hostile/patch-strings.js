// Methods of texts and expressions throw.
// expect: any
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  for (const Class of [String, RegExp]) {
    for (const name of Reflect.ownKeys(Class.prototype)) {
      if (name === "constructor") continue;
      try {
        Object.defineProperty(Class.prototype, name, { value: () => { throw new Error("gotcha"); }, configurable: true });
      } catch {}
    }
  }
  return new Response("body", { headers: { "content-type": "text/html; charset=utf-8" } });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
