// Every level of a recursion catches the overflow of the stack and calls itself again: the end is met where there is no stack for it.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const again = () => {
    for (;;) {
      try {
        again();
      } catch {}
    }
  };
  again();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
