// Headers that never end.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => new Response("x", {
  headers: {
    *[Symbol.iterator]() {
      for (let n = 0;; n++) yield ["x-" + n % 7, ""];
    },
  },
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
