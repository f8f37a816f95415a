// Maps, sets and their weak kin are spies: what the runtime keeps in its own would pass through them.
// expect: 200 nothing
// after: 200 good or 500 local_executor_failed
const caught = [];
const attack = async (request, context) => {
  const before = [];
  for (const Class of [Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry]) {
    for (const name of Object.getOwnPropertyNames(Class.prototype)) {
      const own = Object.getOwnPropertyDescriptor(Class.prototype, name);
      if (typeof own.value !== "function" || name === "constructor") continue;
      before.push([Class.prototype, name, own]);
      Class.prototype[name] = function (...values) {
        caught.push(`${Class.name}.${name}`);
        return Reflect.apply(own.value, this, values);
      };
    }
  }
  try {
    const target = new EventTarget();
    target.addEventListener("x", () => {});
    target.dispatchEvent(new Event("x"));
    new Response("x", { headers: { a: "b" } }).clone();
    await request.text();
    clearTimeout(setTimeout(() => {}, 1));
    new AbortController().abort();
    AbortSignal.any([request.signal]);
    console.log(new Error("x"));
    new MessageChannel().port1.close();
    structuredClone({});
    URL.revokeObjectURL(URL.createObjectURL(new Blob([])));
    context.waitUntil?.(Promise.resolve());
  } finally {
    for (const [holder, name, own] of before) Object.defineProperty(holder, name, own);
  }
  return new Response(caught.length === 0 ? "nothing" : "caught " + [...new Set(caught)].join());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
