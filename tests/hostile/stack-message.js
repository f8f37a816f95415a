// Sends such a thing to a port, and reads it there.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived
const attack = async () => {
  let value = {};
  for (let n = 0; n < 1e5; n++) value = { value };
  const { port1, port2 } = new MessageChannel();
  const got = new Promise((resolve) => port2.onmessage = resolve);
  port1.postMessage(value);
  await got;
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
