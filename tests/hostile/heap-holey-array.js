// One array with an element at the far end of what an array can be.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const list = new Array(2 ** 25).fill(0);
  list.unshift(...new Array(1e5).fill(1));
  for (;;) list.splice(0, 0, ...new Array(1e5).fill(1));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
