// Refuses to be closed.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
function* stubborn() {
  for (;;) {
    try {
      yield 1;
    } finally {
      for (;;);
    }
  }
}
const attack = () => {
  for (const _ of stubborn()) break;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
