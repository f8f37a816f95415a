// A search that compares thousands of characters at each of millions of places, in one call.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory or 200 -1
const attack = () => {
  const text = "a".repeat(2 ** 27);
  return new Response(String(text.lastIndexOf("b" + "a".repeat(2 ** 14))));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
