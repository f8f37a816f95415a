// The comparison loops inside of the sort.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  new Array(1e5).fill(0).sort(() => {
    for (;;);
  });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
