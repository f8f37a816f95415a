// The source of the host's functions: none of them shows any of the host's operations or paths.
// expect: 200 nothing
const attack = () => {
  const found = [];
  const seen = new Set();
  const look = (path, value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    if (typeof value === "function") {
      const text = Function.prototype.toString.call(value);
      if (/\/root\/|\/home\/|\.cargo|registry\/src|\/tmp\//.test(text)) found.push(path);
    }
    for (const name of Reflect.ownKeys(value)) {
      const own = Reflect.getOwnPropertyDescriptor(value, name);
      for (const part of [own.value, own.get, own.set]) look(`${path}.${String(name)}`, part);
    }
  };
  look("globalThis", globalThis);
  return new Response(found.slice(0, 10).join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
