// A request of its own whose body loops when it is read.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async (request) => {
  const body = new ReadableStream({
    pull() {
      for (;;);
    },
  });
  return new Response(await new Request("https://site.test/", { method: "POST", body, duplex: "half" }).text());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
