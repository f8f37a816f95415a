// Typed arrays and buffers lie about their lengths, and their methods throw.
// expect: any
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID or 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => {
  const Typed = Object.getPrototypeOf(Uint8Array);
  for (const holder of [Typed.prototype, ArrayBuffer.prototype, DataView.prototype, Uint8Array.prototype]) {
    for (const name of Reflect.ownKeys(holder)) {
      const own = Object.getOwnPropertyDescriptor(holder, name);
      if (name === "constructor" || !own.configurable) continue;
      Object.defineProperty(holder, name, own.get ? { get: () => 1e9, configurable: true } : { value: () => { throw new Error("gotcha"); }, configurable: true });
    }
  }
  return new Response(new Blob(["body"]).stream());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
