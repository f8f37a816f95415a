// A thousand transforms behind each other.
// expect: 200 text or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  let stream = new Blob(["text"]).stream();
  for (let n = 0; n < 1000; n++) stream = stream.pipeThrough(new TransformStream());
  return new Response(stream);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
