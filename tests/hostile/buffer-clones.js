// Copies of an answer, of which none is read.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (;;) {
    const answer = new Response(new Uint8Array(1 << 20).fill(1));
    all.push(answer.clone(), answer);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
