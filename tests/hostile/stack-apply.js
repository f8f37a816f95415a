// The same by `apply`, `Reflect.construct` and `String.fromCharCode`.
// expect: 200 survived or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const many = { length: 2 ** 24 };
  for (const call of [() => Math.max.apply(null, many), () => Reflect.construct(Array, many), () => String.fromCharCode.apply(null, many), () => new Date(...new Array(2e6))]) {
    try {
      call();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
