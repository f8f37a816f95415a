// What errors of the runtime say of the machine: no path, no address, no name of another function.
// expect: 200 nothing
const attack = async (request) => {
  const found = [];
  const ways = [
    () => fetch("http://127.0.0.1/"), () => fetch("http://localhost/"), () => fetch("http://x.invalid/"), () => fetch("file:///etc/passwd"), () => import("node:fs"), () => new Headers(5), () => new URL("x"),
    () => crypto.subtle.digest("x", 5), () => new Response(5, { status: 5 }), () => structuredClone(Symbol()), () => new DecompressionStream("x"), () => request.json(), () => new TextDecoder("x"),
    () => new WebAssembly.Module(new Uint8Array(3)), () => new MessageChannel().port1.postMessage(() => {}), () => atob("\u1234"), () => new Blob([], { endings: 5 }), () => new URLPattern("("),
    () => new Response(new Blob(["x"]).stream().pipeThrough(new DecompressionStream("gzip"))).text(),
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      let text = "";
      for (let one = error; one; one = one.cause) text += one.stack + String(one) + JSON.stringify(one, Object.getOwnPropertyNames(one));
      const leak = text.match(/\/(?:root|home|tmp|work|usr)\/\S*|\S*\.cargo\S*|\S*\.rs\b\S*|allow-net|neighbour\d|deno\.land/i);
      if (leak) found.push(leak[0]);
    }
  }
  return new Response(found.join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
