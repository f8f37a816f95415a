// A program that is a hundred thousand deep.
// config: {"allowEval": true}
// expect: 500 local_executor_failed
const attack = () => {
  new Function("return " + "(".repeat(1e6) + "1" + ")".repeat(1e6))();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
