// The body loops when it begins.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => new Response(new ReadableStream({
  start() {
    for (;;);
  },
}));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
