// An answer that is a promise for a promise, a hundred thousand deep.
// expect: 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  let promise = Promise.resolve(new Response("survived"));
  for (let n = 0; n < 1e5; n++) {
    const inner = promise;
    promise = { then: (resolve) => resolve(inner) };
  }
  return promise;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
