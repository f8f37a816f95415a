// An error out of a class that is called half a billion characters: the stack names it in each frame.
// expect: 500 local_executor_failed or 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
class Named {
  deeper(depth) {
    if (depth === 0) throw new Error("from below");
    this.deeper(depth - 1);
  }
}
const attack = () => {
  Object.defineProperty(Named, "name", { value: "x".repeat(2 ** 29 - 24) });
  Error.stackTraceLimit = 100;
  new Named().deeper(50);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
