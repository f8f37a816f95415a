// Generators that hand on to generators.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
function* deeper() {
  yield* deeper();
}
const attack = () => [...deeper()];

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
