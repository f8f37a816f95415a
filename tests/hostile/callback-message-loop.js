// Loops when a message comes.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = () => {
    for (;;);
  };
  port1.postMessage("x");
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
