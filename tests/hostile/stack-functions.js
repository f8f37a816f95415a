// A hundred thousand bindings of a function to each other.
// expect: 500 local_executor_failed or 200 0
const attack = () => {
  let bound = () => 0;
  for (let n = 0; n < 1e5; n++) bound = bound.bind(null);
  return new Response(String(bound()));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
