// Small messages to a port that nobody reads, very many.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const { port1, port2 } = new MessageChannel();
  globalThis.kept = port2;
  for (let n = 0;; n++) port1.postMessage(n);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
