// Loops when the stream ends.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const loop = new TransformStream({
    flush() {
      for (;;);
    },
  });
  return new Response(new Blob(["text"]).stream().pipeThrough(loop));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
