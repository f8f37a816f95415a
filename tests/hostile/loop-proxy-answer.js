// Every question that the runtime has about the answer loops.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const traps = new Proxy({}, {
  get: () => () => {
    for (;;);
  },
});
const attack = () => new Proxy(new Response("x"), traps);

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
