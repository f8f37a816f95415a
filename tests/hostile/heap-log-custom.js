// A console line of an object that shows itself as half a billion characters.
// open: costs a thread: the host calls the function that shows it, and nothing looks at what it answers
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200 survived
const attack = () => {
  console.log({ [Symbol.for("nodejs.util.inspect.custom")]: () => "x".repeat(2 ** 29 - 24) });
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
