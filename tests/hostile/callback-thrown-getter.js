// Throws something whose message loops when it is written to the log.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const error = new Error("x");
  for (const name of ["stack", "message", "name", "cause"]) {
    Object.defineProperty(error, name, {
      get() {
        for (;;);
      },
    });
  }
  throw error;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
