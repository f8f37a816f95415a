// The same by `finally`, which makes two calls of each: more than there are atoms.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const twice = () => {
    try {
      twice();
    } finally {
      twice();
    }
  };
  twice();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
