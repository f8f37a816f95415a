// Loops where a stack trace is made, also those of the runtime's own errors.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async (request) => {
  Error.prepareStackTrace = () => {
    for (;;);
  };
  new Headers(5);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
