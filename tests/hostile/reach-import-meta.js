// What a module knows of itself, and what it can reach by it.
// expect: 200 nothing
const attack = async () => {
  const found = [];
  for (const name of Reflect.ownKeys(import.meta)) {
    if (!["url", "main", "resolve", "filename", "dirname"].includes(name)) found.push(String(name));
  }
  if (Object.getPrototypeOf(import.meta) !== null) found.push("a prototype");
  if (!import.meta.url.startsWith("fn:///")) found.push(import.meta.url);
  for (const name of ["ext:core/ops", "node:fs", "fs", "/etc/passwd", "../../x"]) {
    try {
      const resolved = import.meta.resolve?.(name);
      if (resolved !== undefined && !/^(fn:\/\/\/|node:)/.test(resolved)) found.push(resolved);
    } catch {}
  }
  return new Response(found.join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
