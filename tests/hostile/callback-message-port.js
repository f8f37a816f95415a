// Two ports that answer each other without an end.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event) => port1.postMessage(event.data);
  port2.onmessage = (event) => port2.postMessage(event.data);
  port1.postMessage("x");
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
