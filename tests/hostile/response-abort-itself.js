// Aborts its own request, as far as it can.
// expect: 200 survived or 500 local_executor_failed
const attack = (request) => {
  request.signal.dispatchEvent(new Event("abort"));
  AbortSignal.prototype.throwIfAborted.call(request.signal);
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
