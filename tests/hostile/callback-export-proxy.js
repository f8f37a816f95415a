// The handler is a proxy that loops when it is called with an attack.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
export default new Proxy(() => {}, {
  apply(target, self, [request]) {
    if (request.url.endsWith("?attack")) for (;;);
    return new Response("good");
  },
});
