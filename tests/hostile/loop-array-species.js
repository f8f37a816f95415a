// Loops in the class that an array says its copies should have.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const list = [1, 2, 3];
  list.constructor = {
    get [Symbol.species]() {
      for (;;);
    },
  };
  return new Response(String(list.map((x) => x)));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
