// The same, but each call comes after the last one has let go of the thread.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  const deeper = async () => {
    await null;
    return 1 + await deeper();
  };
  return await deeper();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
