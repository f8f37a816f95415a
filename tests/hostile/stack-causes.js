// An error that has a hundred thousand causes.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  let error = new Error("end");
  for (let n = 0; n < 1e5; n++) error = new Error("x", { cause: error });
  throw error;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
