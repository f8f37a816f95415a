// An abort of a signal that a hundred thousand others follow.
// expect: 500 local_executor_failed or 200 survived or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_unavailable
const attack = () => {
  const stop = new AbortController();
  let signal = stop.signal;
  for (let n = 0; n < 1e4; n++) {
    const next = new AbortController();
    signal.addEventListener("abort", () => next.abort());
    signal = next.signal;
  }
  stop.abort();
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
