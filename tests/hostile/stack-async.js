// The same with async functions, whose frames are promises.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  const deeper = async () => 1 + await deeper();
  return await deeper();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
