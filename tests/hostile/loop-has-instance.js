// Loops where a class is asked whether the answer is one of it.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  class Everything {
    static [Symbol.hasInstance]() {
      for (;;);
    }
  }
  return ({}) instanceof Everything;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
