// Signals that depend on signals.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = (request) => {
  let signal = request.signal;
  const all = [];
  for (;;) all.push(signal = AbortSignal.any([signal, AbortSignal.timeout(1e6)]));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
