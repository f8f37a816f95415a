// Loops where the reason of an abort is made into an answer.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = (request) => {
  const stop = new AbortController();
  stop.signal.onabort = () => {
    for (;;);
  };
  stop.abort({ get message() { for (;;); } });
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
