// The frames of the runtime, by the function that makes stack traces.
// expect: 200 nothing
const attack = async (request) => {
  const found = [];
  const before = Error.prepareStackTrace;
  const look = (error, frames) => {
    for (const frame of frames) {
      for (const ask of ["getThis", "getFunction", "getEvalOrigin", "getTypeName"]) {
        let got;
        try {
          got = frame[ask]();
        } catch {}
        if (typeof got === "function" || (typeof got === "object" && got !== null)) {
          if (ask === "getThis" && got === globalThis) continue;
          found.push(`${ask} ${String(frame.getFileName())} ${got.name ?? Object.prototype.toString.call(got)}`);
        }
      }
    }
    return "";
  };
  Error.prepareStackTrace = look;
  const stack = () => void new Error("x").stack;
  stack();
  const ways = [
    () => new Headers({ get a() { stack(); return "b"; } }),
    () => new Response({ toString() { stack(); return "x"; } }),
    () => JSON.stringify({ toJSON: stack }),
    () => new Headers(5),
    () => new URL("x:").searchParams.append(),
    () => request.clone.call(5),
    () => structuredClone(() => {}),
    () => fetch("http://127.0.0.1/"),
    () => crypto.subtle.digest("none", new Uint8Array(1)),
    () => new Response(new ReadableStream({ start: stack, pull(c) { stack(); c.close(); } })).text(),
    () => console.log({ get [Symbol.toStringTag]() { stack(); return "x"; } }),
    () => new EventTarget().addEventListener("x", stack),
    () => [2, 1].sort(stack),
    () => new Promise((done) => setTimeout(() => done(stack()))),
    () => crypto.subtle.importKey("jwk", { get kty() { stack(); return "oct"; } }, { name: "HMAC", hash: "SHA-256" }, true, ["sign"]),
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      void error.stack;
      const holder = {};
      try {
        Error.captureStackTrace(holder);
        void holder.stack;
      } catch {}
    }
  }
  Error.prepareStackTrace = before;
  return new Response([...new Set(found)].join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
