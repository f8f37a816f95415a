// An expression that is a hundred thousand deep.
// expect: 500 local_executor_failed or 200 survived
const attack = () => {
  new RegExp("(".repeat(1e5) + ")".repeat(1e5)).test("x");
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
