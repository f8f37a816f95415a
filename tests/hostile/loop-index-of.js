// The same search from the front.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 -1
const attack = () => {
  const text = "a".repeat(2 ** 25);
  let found = -1;
  for (let n = 0; n < 100; n++) found = text.indexOf("a".repeat(2 ** 12) + "b" + "a".repeat(2 ** 12));
  return new Response(String(found));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
