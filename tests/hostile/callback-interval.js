// Many intervals, each of which takes a while.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  for (let n = 0; n < 50; n++) {
    setInterval(() => {
      const end = Date.now() + 20;
      while (Date.now() < end);
    }, 1);
  }
  return new Promise(() => {});
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
