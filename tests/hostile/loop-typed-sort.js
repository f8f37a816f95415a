// Sorts the same millions of numbers again and again, in native code.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const numbers = new Float64Array(2e6);
  for (;;) {
    for (let n = 0; n < numbers.length; n++) numbers[n] = Math.random();
    numbers.sort();
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
