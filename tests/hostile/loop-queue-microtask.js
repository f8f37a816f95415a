// Microtasks that queue microtasks, two for each that runs.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const again = () => {
    queueMicrotask(again);
    queueMicrotask(again);
  };
  again();
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
