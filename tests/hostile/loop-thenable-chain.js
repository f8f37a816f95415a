// An answer that is a promise of a promise of a promise, without an end.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const next = () => ({ then: (resolve) => resolve(next()) });
  return next();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
